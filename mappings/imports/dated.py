"""Files of rules that count on some days only: their days, and which row of the table they mean."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from import_export.fields import Field
from import_export.results import Result
from import_export.widgets import Widget

from mappings import validity
from mappings.imports.heading import DAYS
from mappings.imports.resources import MappingResource, Standing
from mappings.imports.rows import Read
from mappings.models import Mapping

ISO = re.compile(r"\d{4}-\d\d-\d\d")
CLASH = "Somebody made a rule for the same and for one of these days meanwhile."
SEVERAL = (
    "There are several rules for this, by days: {listed}. Name the one that is meant by its first "
    "day, in the column valid_from."
)


class DayWidget(Widget):
    """2027-01-31; empty is no bound."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> dt.date | None:
        text = str(value or "")
        if not text:
            return None
        try:
            if ISO.fullmatch(text):
                return dt.date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"“{text}” is no day of the calendar.") from error
        raise ValueError(f"“{text}” is not written as a day is here: 2027-01-31.")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.isoformat() if value else ""


WIDGET = DayWidget()


@dataclasses.dataclass
class Period:
    """The days of a rule as they will be; `line` of the file, or the row of the table."""

    valid_from: dt.date | None
    valid_until: dt.date | None
    line: int = 0
    row: tuple[Any, ...] | None = None


class DatedResource(MappingResource):
    """A row is known by what it stands for and its first day; without that column, by what it
    stands for where one row of the table does."""

    valid_from = Field("valid_from", "valid_from", widget=WIDGET)
    valid_until = Field("valid_until", "valid_until", widget=WIDGET)

    def __init__(self, **kwargs: Any) -> None:
        """Columns in the table's own order: the days stand beside what they belong to."""
        super().__init__(**kwargs)
        mine: Any = self
        mine.fields = {name: mine.fields[name] for name in self._meta.fields}

    def import_data(self, dataset: tablib.Dataset, *args: Any, **kwargs: Any) -> Result:
        try:
            return super().import_data(dataset, *args, **kwargs)
        except IntegrityError:
            found = self.get_result_class()()
            found.append_base_error(self.get_error_result_class()(error=ValueError(CLASH)))
            self.after_import(dataset, found, **{**kwargs, "dry_run": True})
            return found

    def writing(self, dry_run: bool) -> AbstractContextManager[None]:
        """In whatever order its rows are written, in the end no two count on one day."""
        table: Any = self._meta.model
        return nullcontext() if dry_run else validity.together(table)

    def by_key(self, rows: Iterable[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> Standing:
        self.periods: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
        for key, row in rows:
            self.periods[key].append(row)
        return {key: found[-1] for key, found in self.periods.items()}

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        self.given = [name for name in DAYS if name in (dataset.headers or [])]
        super().before_import(dataset, **kwargs)
        self.meant: dict[int, tuple[Any, ...]] = {}
        together: dict[tuple[Any, ...], list[tuple[int, Period]]] = defaultdict(list)
        for number, read in enumerate(self.reads, start=1):
            if period := self.period(read, number):
                together[read.key].append((number, period))
        for key, found in together.items():
            for number, problem in self.overlapping(key, found):
                self.repeats.setdefault(number, problem)

    def folded(self, read: Read) -> tuple[Any, ...]:
        first = read.cells.get("valid_from") if "valid_from" in self.given else ""
        return (*super().folded(read), first or "")

    def stands(self, read: Read, number: int) -> tuple[Any, ...] | None:
        return self.meant.get(number)

    def period(self, read: Read, number: int) -> Period | None:
        """None where no other can be in its way, a cell is no day, or it is not known which rule is
        meant."""
        rows = self.periods.get(read.key, [])
        if not self.given and len(rows) < 2:  # its days stay as they are, or are all days
            if rows:
                self.meant[number] = rows[0]
            return None
        try:
            said = {name: WIDGET.clean(read.cells.get(name)) for name in self.given}
        except ValueError:
            return None
        if "valid_from" in self.given:
            rows = [row for row in rows if self.day(row, "valid_from") == said["valid_from"]]
        elif len(rows) > 1:
            listed = "; ".join(validity.in_words(*self.days(row)) for row in rows)
            self.repeats.setdefault(number, SEVERAL.format(listed=listed))
            return None
        if rows:
            self.meant[number] = rows[0]
        first, last = self.days(rows[0]) if rows else (None, None)
        return Period(
            said.get("valid_from", first), said.get("valid_until", last), self.lines[number - 1]
        )

    def day(self, row: tuple[Any, ...], name: str) -> dt.date | None:
        found: dt.date | None = row[self.place[name]]
        return found

    def days(self, row: tuple[Any, ...]) -> tuple[dt.date | None, dt.date | None]:
        return self.day(row, "valid_from"), self.day(row, "valid_until")

    def overlapping(
        self, key: tuple[Any, ...], found: list[tuple[int, Period]]
    ) -> Iterator[tuple[int, str]]:
        """Of the file's rows for the same, those that count on a day on which another does."""
        key_of = self.place["id"]
        meant = {self.meant[number][key_of] for number, _ in found if number in self.meant}
        before = [Period(*self.days(row), row=row)
                  for row in self.periods.get(key, []) if row[key_of] not in meant]  # fmt: skip
        for number, period in found:
            if backwards(period):
                continue
            if other := next((one for one in before if validity.overlap(one, period)), None):
                yield number, self.in_the_way(other)
            before.append(period)

    def in_the_way(self, other: Period) -> str:
        if other.row is None:
            days = validity.in_words(other.valid_from, other.valid_until) or "for all days"
            return f"Line {other.line} is for the same, {days}. On a day one rule counts."
        row: Any = self.row_of(other.row)
        return validity.in_the_way(row)

    def check(self, row: Mapping, wrong: dict[str, Any]) -> None:
        if not wrong and isinstance(row, validity.Dated) and backwards(row):
            wrong = {"valid_until": ValidationError(validity.BACKWARDS)}
        super().check(row, wrong)


def backwards(row: validity.Bounded) -> bool:
    return bool(row.valid_from and row.valid_until and row.valid_until < row.valid_from)
