"""So many calls to one company at a time, whichever workers make them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection as database
from django.utils import timezone

from connections import budget
from connections.errors import NoTry
from connections.models import Connection

LANES = 7_310_424  # class of the advisory locks
LONGEST_WAIT = 20.0  # seconds; then the record waits, not the worker
PAUSE = 0.05


@contextmanager
def lane(of: Connection, lanes: int, longest_wait: float = LONGEST_WAIT) -> Iterator[None]:
    """Holds one of the lanes. The database frees it when the worker dies. Raises NoTry."""
    taken = take(of, lanes, longest_wait)
    try:
        yield
    finally:
        ask("SELECT pg_advisory_unlock(%s, %s)", taken)


def take(of: Connection, lanes: int, longest_wait: float) -> int:
    until = time.monotonic() + longest_wait
    while True:
        for number in range(lanes):
            if ask("SELECT pg_try_advisory_lock(%s, %s)", of.pk * 10 + number):
                return of.pk * 10 + number
        if time.monotonic() >= until:
            raise NoTry(f"{of} is busy with another call of ours; one goes after the other.")
        if budget.pause(PAUSE):
            raise budget.Closing(budget.STOPPED, timezone.now())


def ask(statement: str, key: int) -> bool:
    with database.cursor() as cursor:
        cursor.execute(statement, [LANES, key])
        return bool(cursor.fetchone()[0])
