"""What a person has to mend before a document can be posted."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from connections.errors import Reason
from connections.pages import moments
from mappings.models import Mapping
from mappings.releases import row_name
from mappings.validity import Bounded, in_words


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing that a person has to mend before the document can be posted."""

    reason: Reason
    sentence: str
    facts: dict[str, str] = dataclasses.field(default_factory=dict)

    def plain(self) -> dict[str, str]:
        return {"reason": str(self.reason), "sentence": self.sentence, **self.facts}


@dataclasses.dataclass(frozen=True)
class OtherDays:
    """A rule for it, which does not count on the document's day."""

    table: type[Mapping]
    key: int
    days: str

    @classmethod
    def of(cls, table: type[Mapping], row: Any) -> OtherDays | None:
        """`row`: of the table, as a look-up knows it; None where there is none."""
        return cls(table, row.pk, days_of(row)) if row is not None else None

    @property
    def name(self) -> str:
        return row_name(self.table, self.key)


def days_of(row: Bounded) -> str:
    return in_words(row.valid_from, row.valid_until)


def without_rule(
    reason: Reason, what: str, lacks: str, day: dt.date | None, other: OtherDays | None,
    facts: dict[str, str],
) -> Problem:  # fmt: skip
    """`what` `lacks` something; or it has it on other days, or nobody knows the day."""
    if other is not None:
        facts = {**facts, "rule": other.name}
    if day is None and other is not None:
        said = f"{what} is mapped {other.days}, this document has no date: no rule can be chosen."
        return Problem(Reason.MISSING_DATE, said, facts)
    facts = {**facts, "day": str(day)} if day else facts
    if other is not None:
        said = f"{what} is mapped {other.days}, this document is of {moments.day(day)}."
        return Problem(reason, said, facts)
    return Problem(reason, f"{what} {lacks}.", facts)
