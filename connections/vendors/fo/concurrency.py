"""How many calls at a time: a number that halves on a 429 and comes back by one a clean minute.

service-protection-maximizing-api-throughput.md: begin with few, watch for 429, adapt.
"""

from __future__ import annotations

import time

from django.core.cache import cache

from connections.models import Connection

MINUTE = 60.0
KEPT = 3600  # seconds


def lanes(connection: Connection, most: int) -> int:
    """As many as are allowed now, as this process learned; the wait after a 429 is shared.

    At least one, also when the clock was set back since.
    """
    kept = cache.get(key(connection))
    if not kept:
        return most
    count, since = kept
    clean = max(time.time() - since, 0.0)
    return min(most, int(count + clean // MINUTE))


def halve(connection: Connection, most: int) -> None:
    """After a 429."""
    count = max(1, lanes(connection, most) // 2)
    cache.set(key(connection), (count, time.time()), KEPT)


def key(connection: Connection) -> str:
    return f"fo:lanes:{connection.pk}"
