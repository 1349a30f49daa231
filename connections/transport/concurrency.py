"""So many calls at a time to a company, an account or a board, whichever workers make them.

The database frees a lane when its worker dies.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection as database
from django.utils import timezone

from connections.errors import NoTry
from connections.transport import rate_limit

CLASS = 7_310_425  # of these advisory locks
LONGEST_WAIT = 20.0  # seconds; then the record waits, not the worker
PAUSE = 0.02


@contextmanager
def lane(
    what: str, label: str, lanes: int = 1, longest_wait: float = LONGEST_WAIT
) -> Iterator[None]:
    """Holds one of the lanes of `what`. Raises NoTry, which names `label`, when all stay taken."""
    keys = [key_of(f"{what} {number}") for number in range(lanes)]
    taken = take(keys, label, longest_wait)
    try:
        yield
    finally:
        ask("SELECT pg_advisory_unlock(%s, %s)", taken)


def key_of(what: str) -> int:
    """A number of four bytes; two that share one only wait for each other."""
    return int.from_bytes(hashlib.sha256(what.encode()).digest()[:4], "big", signed=True)


def take(keys: list[int], label: str, longest_wait: float) -> int:
    until = time.monotonic() + longest_wait
    while True:
        for key in keys:
            if ask("SELECT pg_try_advisory_lock(%s, %s)", key):
                return key
        if time.monotonic() >= until:
            raise NoTry(f"{label} is busy with other calls of ours; one goes after the other.")
        if rate_limit.pause(PAUSE):
            raise rate_limit.Closing(rate_limit.STOPPED, timezone.now())


def ask(statement: str, key: int) -> bool:
    with database.cursor() as cursor:
        cursor.execute(statement, [CLASS, key])
        return bool(cursor.fetchone()[0])
