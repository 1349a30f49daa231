"""On which days a rule counts: by the date of the document, the first and the last day included.

What is absent is always. Of two rules for the same, one counts on a day at most; the database
refuses others, whoever writes them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar, Protocol, Self, TypeVar

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models
from django.db.models import F, Q

from connections.pages import moments

TOGETHER = "mappings.together"  # a setting of the transaction: `together` looks at its end
SAME = """
    SELECT mine.id FROM %(mine)s AS mine JOIN {meta.db_table} AS other
    ON %(same)s AND other.integration_id = mine.integration_id AND other.id <> mine.id
    AND daterange(other.valid_from, other.valid_until, ''[]'')
        && daterange(mine.valid_from, mine.valid_until, ''[]'') LIMIT 1
"""
CHECK = """
    IF current_setting('%(together)s', true) = 'on' OR NOT EXISTS (SELECT FROM changed) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('{meta.db_table}', 0));
    EXECUTE '%(query)s' INTO clash;
    IF clash IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'exclusion_violation', MESSAGE = format(
            'another row of {meta.db_table} for the same as %%s counts on one of its days', clash
        );
    END IF;
    RETURN NULL;
"""  # planned anew each time: by how many rows changed; others' rows show once the lock is ours
# One sort: what the planner believes of a table that was just filled makes no difference. Where two
# rules for the same overlap, so do two that follow each other by their first day.
ALL_AT_ONCE = """
    SELECT 1 FROM (
        SELECT COALESCE(valid_from, '-infinity') AS first, lag(COALESCE(valid_until, 'infinity'))
        OVER (PARTITION BY %(same)s ORDER BY valid_from NULLS FIRST) AS last_before
        FROM %(table)s
    ) AS rules WHERE first <= last_before LIMIT 1
"""
BACKWARDS = "The last day comes before the first one."


class Bounded(Protocol):
    """Whatever has a first and a last day."""

    @property
    def valid_from(self) -> dt.date | None: ...

    @property
    def valid_until(self) -> dt.date | None: ...


R = TypeVar("R", bound=Bounded)


def counts_on(row: Bounded, day: dt.date | None) -> bool:
    """On an unknown day counts what always does."""
    first, last = row.valid_from, row.valid_until
    if day is None:
        return first is None and last is None
    return (first is None or first <= day) and (last is None or day <= last)


def counting(rows: Iterable[R], day: dt.date | None) -> R | None:
    """Of several rules for the same, the one of that day."""
    return next((row for row in rows if counts_on(row, day)), None)


def nearest(rows: Iterable[R], day: dt.date | None) -> R | None:
    """Of rules that do not count on a day, the one whose days are the fewest away."""
    return min(rows, key=lambda row: away(row, day), default=None)


def away(row: Bounded, day: dt.date | None) -> dt.timedelta:
    if day is None:
        return dt.timedelta(0)
    before = row.valid_from - day if row.valid_from else dt.timedelta(0)
    after = day - row.valid_until if row.valid_until else dt.timedelta(0)
    return max(before, after, dt.timedelta(0))


def overlap(one: Bounded, other: Bounded) -> bool:
    """Both count on some day."""
    return (one.valid_from or dt.date.min) <= (other.valid_until or dt.date.max) and (
        other.valid_from or dt.date.min
    ) <= (one.valid_until or dt.date.max)


def left_out(was: Bounded, becomes: Bounded) -> list[tuple[dt.date | None, dt.date | None]]:
    """The days on which it counted and counts no more: the first and the last of each stretch."""
    if not overlap(was, becomes):
        return [(was.valid_from, was.valid_until)]
    found: list[tuple[dt.date | None, dt.date | None]] = []
    first, last = becomes.valid_from, becomes.valid_until
    if first and (was.valid_from is None or was.valid_from < first):
        found.append((was.valid_from, first - dt.timedelta(days=1)))
    if last and (was.valid_until is None or was.valid_until > last):
        found.append((last + dt.timedelta(days=1), was.valid_until))
    return found


def in_words(first: dt.date | None, last: dt.date | None) -> str:
    """Empty for always."""
    begins, ends = moments.day(first), moments.day(last)
    if first and last:
        return f"on {begins} only" if first == last else f"from {begins} until {ends}"
    if first:
        return f"from {begins} on"
    return f"until {ends}" if last else ""


def state_of(row: Bounded, today: dt.date) -> str:
    if row.valid_from and today < row.valid_from:
        return "future"
    return "past" if row.valid_until and row.valid_until < today else "today"


def on(day: dt.date) -> Q:
    """Rules that count on this day."""
    return not_over(day) & (Q(valid_from=None) | Q(valid_from__lte=day))


def not_over(day: dt.date) -> Q:
    """Rules that count on this day or on a later one."""
    return Q(valid_until=None) | Q(valid_until__gte=day)


class Dated(models.Model):
    """Mixed into tables whose rules may be for some days only."""

    valid_from = models.DateField(
        null=True, blank=True, help_text="first day, by the document’s date; empty = ever before"
    )
    valid_until = models.DateField(
        null=True, blank=True, help_text="last day, by the document’s date; empty = ever after"
    )
    stands_for: ClassVar[tuple[str, ...]]  # fields: rows with the same are rules for the same
    after: Dated | None = None  # a rule that is ended together with the saving of this one

    class Meta:
        abstract = True

    @property
    def days(self) -> str:
        """In words; empty for always."""
        return in_words(self.valid_from, self.valid_until)

    def counts_on(self, day: dt.date | None) -> bool:
        return counts_on(self, day)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """In a sentence that names the other rule and its days."""
        super().validate_constraints(exclude=exclude)
        if {*self.stands_for, "valid_from", "valid_until"} & set(exclude or ()):
            return
        rows = [self.after if self.after and self.after.pk == row.pk else row
                for row in self.same()]  # fmt: skip
        if other := next((row for row in rows if overlap(self, row)), None):
            raise ValidationError({"valid_from": in_the_way(other)})

    def ends_before(self, day: dt.date) -> str:
        """Why it cannot end the day before; empty where it does from now on. Saves nothing."""
        if self.valid_from and day <= self.valid_from:
            begins = moments.day(self.valid_from)
            return f"The rule that ends counts from {begins} on: choose a later day."
        if self.valid_until and day > self.valid_until:
            ends = moments.day(self.valid_until)
            return f"The rule that ends does so on {ends} already: choose a day of it."
        self.valid_until = day - dt.timedelta(days=1)
        return ""

    def same(self) -> list[Self]:
        """The other rules for the same, in the order of their days."""
        names = (type(self)._meta.get_field(name) for name in self.stands_for)
        which = {field.attname: getattr(self, field.attname) for field in names}  # type: ignore[union-attr]
        rows = type(self)._default_manager.filter(**which).exclude(pk=self.pk)
        return list(rows.order_by(F("valid_from").asc(nulls_first=True)))


class OneAtATime(pgtrigger.Trigger):
    """Of rules for the same, no two count on one day: looked at after each statement.

    Writers of one table wait for each other here, after they have locked their rows.
    """

    def __init__(self, operation: pgtrigger.Operation, fields: tuple[str, ...]) -> None:
        """`fields`: what a rule stands for, within its integration."""
        text = CHECK % {"together": TOGETHER, "query": overlapping("changed", fields)}
        super().__init__(
            name=f"one_at_a_time_{str(operation).lower()}", level=pgtrigger.Statement,
            when=pgtrigger.After, operation=operation, declare=[("clash", "bigint")],
            referencing=pgtrigger.Referencing(new="changed"),  # type: ignore[no-untyped-call]
            func=pgtrigger.Func(text),  # type: ignore[no-untyped-call]
        )  # fmt: skip


def overlapping(rows: str, fields: Iterable[str]) -> str:
    same = " AND ".join(f"other.{name} = mine.{name}" for name in fields if name != "integration")
    return SAME % {"mine": rows, "same": same}


def one_at_a_time(*fields: str) -> list[pgtrigger.Trigger]:
    """The triggers of such a table."""
    return [OneAtATime(each, fields) for each in (pgtrigger.Insert, pgtrigger.Update)]


@contextmanager
def together(table: type[Dated]) -> Iterator[None]:
    """In a transaction: rules may overlap on the way, and not in the end.

    Raises IntegrityError.
    """
    name = table._meta.db_table
    columns = (str(table._meta.get_field(field).column)  # type: ignore[union-attr]
               for field in table.stands_for)  # fmt: skip
    query = ALL_AT_ONCE % {"table": name, "same": ", ".join(columns)}
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {TOGETHER} = 'on'")
        yield
        cursor.execute(f"SET LOCAL {TOGETHER} = 'off'")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        cursor.execute(query)
        if cursor.fetchone():
            raise IntegrityError(f"two rows of {name} for the same count on one day")


def in_the_way(other: Dated) -> str:
    """Why a rule for the same cannot stand beside this one."""
    if not other.days:
        return f"There is a rule for this already, for all days: {other}. Give that one a last day."
    return f"There is a rule for this already, {other.days}: {other}. On a day one rule counts."


def forwards(table: str) -> models.CheckConstraint:
    right = Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from"))
    return models.CheckConstraint(
        condition=right, name=f"{table}_days", violation_error_message=BACKWARDS
    )
