"""What waits for a mapping, and how it is let go.

The records live in `syncs`, which may import us but not the other way round. So this module says
what a mapping covers (`Wanted`), and `syncs` registers who knows the records (`Releaser`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import NamedTuple, Protocol

from django.db.models import Model

from connections.amounts import MoneyBag
from connections.errors import Reason
from connections.models import Integration
from mappings.validity import Bounded

# The fact that a problem names -> the reason that it has then.
REASONS = {
    "cost_code": Reason.MISSING_MAPPING,
    "tax_code": Reason.MISSING_MAPPING,
    "vendor_id": Reason.MISSING_VENDOR,
    "project_id": Reason.MISSING_PROJECT,
    "purpose": Reason.SETTINGS,
    "account": Reason.ACCOUNT_UNUSABLE,
    "dimension": Reason.DIMENSION,
    # Of documents that come from the ledger:
    "ledger_account": Reason.MISSING_MAPPING,
    "ledger_vendor": Reason.MISSING_VENDOR,
    "project_value": Reason.MISSING_PROJECT,
    # Of what is shown on a board:
    "board": Reason.SETTINGS,
    "label": Reason.SETTINGS,
}


NOTHING = MoneyBag()
Days = tuple[str, str]  # the first and the last, ISO
EVER: Days = (dt.date.min.isoformat(), dt.date.max.isoformat())


@dataclasses.dataclass(frozen=True)
class Wanted:
    """The problems that a mapping would solve: those about `subject` that have these facts."""

    subject: str  # a key of REASONS
    facts: tuple[tuple[str, str], ...] = ()  # none: every problem about the subject
    days: Days = EVER  # those of documents of these days; a problem that names none is one, too

    @classmethod
    def of(cls, subject: str, **facts: str) -> Wanted:
        """Empty facts mean any, as in the mapping tables."""
        return cls(subject, tuple((name, value) for name, value in facts.items() if value))

    def within(self, row: Bounded) -> Wanted:
        """Of documents on whose day this row counts."""
        if not (row.valid_from or row.valid_until):
            return self
        first, last = row.valid_from or dt.date.min, row.valid_until or dt.date.max
        return dataclasses.replace(self, days=(first.isoformat(), last.isoformat()))

    @property
    def reason(self) -> str:
        return str(REASONS[self.subject])


class Covers(NamedTuple):
    """What a rule for lines covers, and on which days; empty is any."""

    cost_code: str
    project: str
    cost_type: str
    valid_from: dt.date | None
    valid_until: dt.date | None


@dataclasses.dataclass(frozen=True)
class Releasable:
    """Held documents that would be posted then, their sum, and how many need more."""

    documents: int = 0
    money: MoneyBag = NOTHING
    partly: int = 0
    shadow: int = 0  # lack nothing then but that their flow is switched on
    shadow_money: MoneyBag = NOTHING
    about: bool = False  # worked out for a part of them

    def __add__(self, other: Releasable) -> Releasable:
        return Releasable(
            self.documents + other.documents,
            self.money + other.money,
            self.partly + other.partly,
            self.shadow + other.shadow,
            self.shadow_money + other.shadow_money,
            self.about or other.about,
        )

    def times(self, whole: int, part: int) -> Releasable:
        """As many more as the whole is more than the part for which it was worked out."""

        def more(number: int) -> int:
            return round(number * whole / part)

        return Releasable(
            more(self.documents), self.money.times(whole, part), more(self.partly),
            more(self.shadow), self.shadow_money.times(whole, part), about=True,
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Booked:
    """Posted documents whose entry was worked out by some rows of the tables, and their sum."""

    documents: int = 0
    money: MoneyBag = NOTHING
    more: bool = False  # there are more than are counted; then the sum is not known


@dataclasses.dataclass(frozen=True)
class Untold:
    """Posted documents of which nobody kept by which rows they were worked out."""

    documents: int = 0
    more: bool = False  # there are more than are counted
    before: dt.datetime | None = None  # from then on it is kept


@dataclasses.dataclass(frozen=True)
class Unmapped:
    """Something that held documents miss: which, how many documents, how much money."""

    integration: Integration
    subject: str  # cost_code, vendor_id, project_id, tax_code
    facts: dict[str, str]
    documents: int
    money: MoneyBag


class Releaser(Protocol):
    """What `syncs` registers: it knows the held records."""

    def impact(
        self, integration: Integration, wanted: Sequence[Wanted], rows: Sequence[Model] = ()
    ) -> Releasable:
        """What `release` would let go once these rows are saved. Changes nothing."""

    def release(
        self, integration: Integration, wanted: Sequence[Wanted], actor: str, why: str
    ) -> Releasable:
        """Replay every held record that names one of the wanted problems."""

    def unmapped(self, integration: Integration) -> list[Unmapped]:
        """One row for each thing that held records miss, the most money first."""

    def booked(
        self, integration: Integration, rows: Sequence[str], line: Mapping[str, str]
    ) -> Booked:
        """Posted documents that were worked out by any of these rows (`row_name`).

        `line`: only those that have such a line (cost_code, cost_type, project); empty is any.
        """

    def untold(self, integration: Integration) -> Untold:
        """Documents that `booked` leaves out, as they were posted before rows were kept."""

    def lost(
        self, integration: Integration, rows: Sequence[str], wanted: Sequence[Wanted],
        stay: Sequence[Model], covers: Sequence[Covers],
    ) -> Releasable:  # fmt: skip
        """Documents not posted yet that would be held if these rows were not there.

        `wanted`: what the rows solve, for those that no worker has looked at since; `stay`: those
        among them that stay, as they will be; `covers`: rules that will be there.
        """

    def again(
        self, integration: Integration, rows: Sequence[str], actor: str, why: str
    ) -> Releasable:
        """Replay what is held, was worked out by any of these rows and is not posted."""


class Nobody:
    """Before anybody registered: nothing is held."""

    def impact(
        self, integration: Integration, wanted: Sequence[Wanted], rows: Sequence[Model] = ()
    ) -> Releasable:
        return Releasable()

    def release(
        self, integration: Integration, wanted: Sequence[Wanted], actor: str, why: str
    ) -> Releasable:
        return Releasable()

    def unmapped(self, integration: Integration) -> list[Unmapped]:
        return []

    def booked(
        self, integration: Integration, rows: Sequence[str], line: Mapping[str, str]
    ) -> Booked:
        return Booked()

    def untold(self, integration: Integration) -> Untold:
        return Untold()

    def lost(
        self, integration: Integration, rows: Sequence[str], wanted: Sequence[Wanted],
        stay: Sequence[Model], covers: Sequence[Covers],
    ) -> Releasable:  # fmt: skip
        return Releasable()

    def again(
        self, integration: Integration, rows: Sequence[str], actor: str, why: str
    ) -> Releasable:
        return Releasable()


_releaser: list[Releaser] = [Nobody()]


def register(releaser: Releaser) -> None:
    """Called once by `syncs` when the application starts. Safe to call twice."""
    _releaser[0] = releaser


def impact(
    integration: Integration, wanted: Sequence[Wanted], rows: Sequence[Model] = ()
) -> Releasable:
    return _releaser[0].impact(integration, wanted, rows) if wanted else Releasable()


def release(integration: Integration, wanted: Sequence[Wanted], actor: str, why: str) -> Releasable:
    if not wanted:
        return Releasable()
    return _releaser[0].release(integration, wanted, actor, why)


def row_name(model: type[Model], key: int) -> str:
    """How a record names a row that its entry was worked out by."""
    return f"{model._meta.model_name}:{key}"


def booked(
    integration: Integration, rows: Sequence[str], line: Mapping[str, str] | None = None
) -> Booked:
    return _releaser[0].booked(integration, rows, line or {}) if rows else Booked()


def untold(integration: Integration) -> Untold:
    return _releaser[0].untold(integration)


def lost(
    integration: Integration, rows: Sequence[str], wanted: Sequence[Wanted],
    stay: Sequence[Model] = (), covers: Sequence[Covers] = (),
) -> Releasable:  # fmt: skip
    return _releaser[0].lost(integration, rows, wanted, stay, covers) if rows else Releasable()


def again(integration: Integration, rows: Sequence[str], actor: str, why: str) -> Releasable:
    return _releaser[0].again(integration, rows, actor, why) if rows else Releasable()


def unmapped(integrations: Iterable[Integration]) -> list[Unmapped]:
    """Over all of these integrations, the most money first."""
    rows = [row for each in integrations for row in _releaser[0].unmapped(each)]
    return sorted(rows, key=lambda row: (-row.money.size, -row.documents))


class Matcher:
    """Whether a problem is one of many wanted ones, without asking each of them."""

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        self.wanted = wanted

    @cached_property
    def keys(self) -> dict[tuple[str, frozenset[tuple[str, str]]], set[Days]]:
        """Sorted when the first problem asks: mostly nothing is held."""
        found: dict[tuple[str, frozenset[tuple[str, str]]], set[Days]] = {}
        for each in self.wanted:
            found.setdefault((each.subject, frozenset(each.facts)), set()).add(each.days)
        return found

    @cached_property
    def subjects(self) -> set[str]:
        return {subject for subject, _ in self.keys}

    @cached_property
    def names(self) -> set[str]:
        return {name for _, facts in self.keys for name, _ in facts}

    def matches(self, problem: Mapping[str, str]) -> bool:
        subject = subject_of(problem)
        if subject not in self.subjects:
            return False
        facts = [(name, problem[name]) for name in self.names if name in problem]
        day = problem.get("day", "")
        return any(
            not day or first <= day <= last
            for size in range(len(facts) + 1)
            for some in combinations(facts, size)
            for first, last in self.keys.get((subject, frozenset(some)), ())
        )


def subject_of(problem: Mapping[str, str]) -> str:
    """What a held record's problem is about, or empty."""
    return next(
        (
            subject
            for subject, reason in REASONS.items()
            if problem.get("reason") == reason and subject in problem
        ),
        "",
    )
