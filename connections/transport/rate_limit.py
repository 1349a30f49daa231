"""One rate budget per credential across workers, driven by the vendor's headers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import time
from collections.abc import Callable

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from connections.errors import NoTry
from connections.models import Connection, RateBudget

LONGEST_WAIT = dt.timedelta(seconds=20)  # a worker waits this long; beyond, the record does
SLACK = dt.timedelta(seconds=2)  # windows are told in whole seconds
STOPPED = "The application was stopped; this goes on when it runs again."
FIRST_GROWN = dt.timedelta(seconds=10)  # after a refusal that names no time
LONGEST_GROWN = dt.timedelta(minutes=5)
IN_ROW = 8  # requests that workers may have sent when the next refusal comes
SPARE = 2  # of a longer window: what other workers may have under way


class Closing(NoTry):
    """The application ends: who would have to wait does not. Nothing was tried."""


def sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


class AtLimit(NoTry):
    """Nothing was asked: the other system said before that it takes nothing until then."""


pause: Callable[[float], bool] = sleep  # True: the application ends; a supervisor's children ask it


def go_on() -> None:
    """Between two pieces of a long work. Raises Closing when the application ends."""
    if pause(0):
        raise Closing(STOPPED, timezone.now())


@dataclasses.dataclass(frozen=True)
class Window:
    """A ceiling: so many requests in so many seconds."""

    limit: int
    seconds: float


@dataclasses.dataclass(frozen=True)
class Reading:
    """What an answer's headers say: the tighter window of the vendor's."""

    limit: int
    remaining: int
    reset_at: dt.datetime


def reserve(
    connection: Connection,
    window: Window,
    longest_wait: dt.timedelta = LONGEST_WAIT,
    writes: bool = False,
) -> None:
    """Take one request out of the budget, waiting for the next window. Raises AtLimit.

    A write waits even when the application ends: it was announced, and would be in doubt.
    """
    while (wait_until := _take(connection, window)) is not None:
        wait = wait_until - timezone.now()
        if wait > longest_wait:
            raise AtLimit(
                f"{connection} is at its request limit until {wait_until:%H:%M:%S} UTC.", wait_until
            )
        seconds = max(wait.total_seconds(), 0.01)
        if (sleep if writes else pause)(seconds):
            raise Closing(STOPPED, timezone.now())


@transaction.atomic
def _take(connection: Connection, window: Window) -> dt.datetime | None:
    """None when a request was taken, else when to come again."""
    RateBudget.objects.get_or_create(connection=connection)
    row = RateBudget.objects.select_for_update().get(connection=connection)
    now = timezone.now()
    if row.blocked_until and row.blocked_until > now:
        return row.blocked_until
    if row.reset_at is None or row.reset_at <= now:
        row.limit, row.remaining = window.limit, window.limit
        row.reset_at = now + dt.timedelta(seconds=window.seconds)
    if row.remaining <= 0:
        return row.reset_at
    row.remaining -= 1
    row.used += 1
    row.save(update_fields=["limit", "remaining", "reset_at", "used"])
    return None


@transaction.atomic
def learn(
    connection: Connection, reading: Reading | None, window: Window, throttled: bool = False
) -> None:
    """Take over what the vendor says of its window."""
    if throttled:
        RateBudget.objects.filter(connection=connection).update(throttled=F("throttled") + 1)
    now = timezone.now()
    if reading is None or reading.reset_at <= now:  # an answer that came late
        return
    row = RateBudget.objects.select_for_update().get(connection=connection)
    ends = now + dt.timedelta(seconds=window.seconds) + SLACK
    if reading.reset_at <= ends and (row.reset_at is None or row.reset_at <= ends):
        align(row, reading, window, now)
    elif reading.remaining - SPARE < row.remaining:  # another window, and the tighter one
        row.limit, row.remaining = reading.limit, max(reading.remaining - SPARE, 0)
        row.reset_at = reading.reset_at
    row.save(update_fields=["limit", "remaining", "reset_at"])


def align(row: RateBudget, reading: Reading, window: Window, now: dt.datetime) -> None:
    """The same window as the one we count: the vendor's limit and end, less all that we sent.

    What other workers have under way is in our count, and not yet in the vendor's.
    """
    counting = row.reset_at is not None and row.reset_at > now
    sent = row.limit - row.remaining if counting else 0
    row.remaining = max(min(reading.remaining, reading.limit - sent), 0)
    row.limit, row.reset_at = reading.limit, end(row, reading, window, now)


def end(row: RateBudget, reading: Reading, window: Window, now: dt.datetime) -> dt.datetime:
    """When the window is over. The vendor rounds up to whole seconds; what we saw is closer.

    The answer that opened a window came after its start, so it bounds the end from above.
    """
    if reading.remaining >= reading.limit - 1:
        return min(reading.reset_at, now + dt.timedelta(seconds=window.seconds))
    if row.reset_at is not None and row.reset_at > now:
        return min(reading.reset_at, row.reset_at)
    return reading.reset_at


def block(connection: Connection, until: dt.datetime | None) -> dt.datetime:
    """After a 429: nobody of this credential sends before `until`. Returns it.

    None: the vendor named no time, and each such answer in a row is waited out longer.
    """
    until = until or grown(connection)
    shorter = Q(blocked_until=None) | Q(blocked_until__lt=until)
    RateBudget.objects.filter(shorter, connection=connection).update(blocked_until=until)
    return until


@transaction.atomic
def grown(connection: Connection) -> dt.datetime:
    """From seconds to minutes, doubling with jitter. What several workers hear of one wave of
    refusals counts once; it begins anew once more requests than workers got through since."""
    now = timezone.now()
    row, _ = RateBudget.objects.select_for_update().get_or_create(connection=connection)
    if row.blocked_until is None or now >= row.blocked_until:
        in_row = row.used - row.used_at_refusal <= IN_ROW
        row.refused_in_row = row.refused_in_row + 1 if in_row else 1
        row.used_at_refusal = row.used
        row.save(update_fields=["refused_in_row", "used_at_refusal"])
    doubled = min(max(row.refused_in_row, 1) - 1, 10)
    wait: dt.timedelta = min(FIRST_GROWN * 2**doubled, LONGEST_GROWN)
    jitter: float = random.uniform(0.75, 1.0)  # noqa: S311
    return now + wait * jitter
