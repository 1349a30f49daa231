"""One rate budget per credential across workers, driven by the vendor's headers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import time
from collections.abc import Callable
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from connections.errors import NoTry
from connections.models import Connection, RateBudget
from connections.registry import VENDORS

LONGEST_WAIT = dt.timedelta(seconds=20)  # a worker waits this long; beyond, the record does
SLACK = dt.timedelta(seconds=2)  # windows are told in whole seconds
STOPPED = "The application was stopped; this goes on when it runs again."
FIRST_GROWN = dt.timedelta(seconds=10)  # after a refusal that names no time
LONGEST_GROWN = dt.timedelta(minutes=5)
HOURLY_FROM = dt.timedelta(minutes=5)  # what ends later than that is a window of an hour
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


TAKE = """
    INSERT INTO connections_ratebudget AS b
        (connection_id, "limit", remaining, reset_at, used, throttled, refused_in_row,
         used_at_refusal)
    VALUES (%(connection)s, %(limit)s, %(limit)s - 1, %(end)s, 1, 0, 0, 0)
    ON CONFLICT (connection_id) DO UPDATE SET
        "limit" = CASE WHEN b.reset_at > %(now)s THEN b."limit" ELSE excluded."limit" END,
        remaining = CASE WHEN b.reset_at > %(now)s THEN b.remaining ELSE excluded."limit" END - 1,
        reset_at = CASE WHEN b.reset_at > %(now)s THEN b.reset_at ELSE excluded.reset_at END,
        used = b.used + 1
    WHERE (b.blocked_until IS NULL OR b.blocked_until <= %(now)s)
        AND (b.reset_at IS NULL OR b.reset_at <= %(now)s OR b.remaining > 0)
    RETURNING b.used
"""


def _take(connection: Connection, window: Window) -> dt.datetime | None:
    """None when a request was taken, else when to come again. One statement while there is room."""
    now = timezone.now()
    facts = {
        "connection": connection.pk, "limit": window.limit, "now": now,
        "end": now + dt.timedelta(seconds=window.seconds),
    }  # fmt: skip
    if _run(TAKE, facts):
        return None
    row = RateBudget.objects.get(connection=connection)
    ends = [end for end in (row.blocked_until, row.reset_at) if end and end > now]
    return ends[0] if ends else now  # in the meantime it was opened: come again


LEARN = """
    WITH b AS (
        SELECT *, reset_at > %(now)s AS counting,
            %(reset)s <= %(ends)s AND (reset_at IS NULL OR reset_at <= %(ends)s) AS same
        FROM connections_ratebudget WHERE connection_id = %(connection)s FOR UPDATE
    ), found AS (
        SELECT id, CASE
            WHEN same THEN greatest(least(%(remaining)s, %(limit)s
                - CASE WHEN counting THEN "limit" - remaining ELSE 0 END), 0)
            ELSE greatest(%(remaining)s - %(spare)s, 0) END AS remaining,
        CASE
            WHEN same AND %(remaining)s >= %(limit)s - 1 THEN least(%(reset)s, %(own_end)s)
            WHEN same AND counting THEN least(%(reset)s, reset_at)
            ELSE %(reset)s END AS reset_at
        FROM b WHERE same OR %(remaining)s - %(spare)s < remaining
    )
    UPDATE connections_ratebudget AS r
    SET "limit" = %(limit)s, remaining = found.remaining, reset_at = found.reset_at
    FROM found WHERE r.id = found.id AND (r."limit", r.remaining, r.reset_at)
        IS DISTINCT FROM (%(limit)s, found.remaining, found.reset_at)
    RETURNING r.id
"""


def learn(
    connection: Connection, reading: Reading | None, window: Window, throttled: bool = False
) -> None:
    """Take over what the vendor says of its window, in one statement.

    Of the same window as the one we count: the vendor's limit and end, less all that we sent. What
    other workers have under way is in our count, and not yet in the vendor's. The vendor rounds
    the end up to whole seconds; what we saw is closer, and the answer that opened a window came
    after its start, so that it bounds the end from above. Another window counts where it is the
    tighter one.
    """
    if throttled:
        RateBudget.objects.filter(connection=connection).update(throttled=F("throttled") + 1)
    now = timezone.now()
    if reading is None or reading.reset_at <= now:  # an answer that came late
        return
    if reading.reset_at > now + HOURLY_FROM:
        told = RateBudget.objects.filter(connection=connection).exclude(hourly=reading.limit)
        told.update(hourly=reading.limit)
    own_end = now + dt.timedelta(seconds=window.seconds)
    _run(LEARN, {
        "connection": connection.pk, "now": now, "own_end": own_end, "ends": own_end + SLACK,
        "limit": reading.limit, "remaining": reading.remaining, "reset": reading.reset_at,
        "spare": SPARE,
    })  # fmt: skip


def hourly_limit(connection: Connection) -> int | None:
    """Requests that it takes an hour: as its answers said, else as its vendor documents."""
    row = RateBudget.objects.filter(connection=connection).first()
    return (row and row.hourly) or VENDORS[connection.vendor].hourly


def _run(statement: str, facts: dict[str, Any]) -> bool:
    """Whether a row was written."""
    with database.cursor() as cursor:
        cursor.execute(statement, facts)
        return cursor.fetchone() is not None


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
