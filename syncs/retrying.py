"""How long a claim lasts, and when something is tried again."""

from __future__ import annotations

import datetime as dt
import random

from django.conf import settings

FIRST_RETRY = 5.0  # seconds; doubles with each attempt, with jitter
GIVE_UP_AFTER = 40  # attempts: about 16 hours


# Of these records those that are due, each once: others that claim wait for their rows.
CLAIM = """
    WITH mine AS (
        SELECT id FROM syncs_record WHERE id = ANY(%(ids)s) AND state IN ('pending', 'in_doubt')
            AND (run_at IS NULL OR run_at <= %(now)s) ORDER BY id FOR UPDATE
    )
    UPDATE syncs_record AS r SET state = 'running', claim = gen_random_uuid(),
        lease_until = %(lease)s, proposed = '{}', attempts = attempts + 1
    FROM mine WHERE r.id = mine.id RETURNING r.*
"""


def lease() -> dt.timedelta:
    """How long a claim lasts without a sign of life."""
    return dt.timedelta(seconds=settings.RECORD_LEASE_SECONDS)


def backoff(attempts: int) -> dt.timedelta:
    """Exponential with jitter, from seconds to half an hour (a setting)."""
    ceiling = min(FIRST_RETRY * 2 ** min(attempts, 12), settings.LONGEST_RETRY_SECONDS)
    return dt.timedelta(seconds=random.uniform(ceiling / 2, ceiling))  # noqa: S311
