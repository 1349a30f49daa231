"""How long a claim lasts, and when something is tried again."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from connections.errors import NeedsPerson, Reason

FIRST_RETRY = 5.0  # seconds; doubles with each attempt, with jitter
GIVE_UP_AFTER = 40  # attempts: about 16 hours


# Of these records those that are due, each once: others that claim wait for their rows.
CLAIM = """
    WITH mine AS (
        SELECT id FROM syncs_record WHERE id = ANY(%(ids)s) AND state IN ('pending', 'in_doubt')
            AND (run_at IS NULL OR run_at <= %(now)s) ORDER BY revision, id FOR UPDATE
    )
    UPDATE syncs_record AS r SET state = 'running', claim = gen_random_uuid(),
        lease_until = %(lease)s, proposed = '{}', attempts = attempts + 1
    FROM mine WHERE r.id = mine.id RETURNING r.*
"""


# That these were asked for: whoever has one of them in hand is not waited for, nor is it asked.
NUDGED = """
    UPDATE syncs_record SET nudged_at = %(now)s WHERE id IN (
        SELECT id FROM syncs_record WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE SKIP LOCKED
    )
"""


LOCKED_FOR = (  # what is looked at under a row's lock: not the documents, which cost the most
    "revision", "state", "in_doubt_since", "natural_key", "destination_id", "changed_while_running",
)  # fmt: skip


def lease() -> dt.timedelta:
    """How long a claim lasts without a sign of life."""
    return dt.timedelta(seconds=settings.RECORD_LEASE_SECONDS)


def note_nudge(ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NUDGED, {"ids": list(ids), "now": timezone.now()})


def backoff(attempts: int) -> dt.timedelta:
    """Exponential with jitter, from seconds to half an hour (a setting)."""
    ceiling = min(FIRST_RETRY * 2 ** min(attempts, 12), settings.LONGEST_RETRY_SECONDS)
    return dt.timedelta(seconds=random.uniform(ceiling / 2, ceiling))  # noqa: S311


class KeyTaken(NeedsPerson):
    """Another record of the integration holds the natural key, and what was written under it."""

    @classmethod
    def of(cls, number: str, vendor: str, other: Model | None) -> KeyTaken:
        """Of the record with this number; `other` holds the key, if it still does."""
        whose = f" of vendor {vendor}" if vendor else ""
        return cls(
            Reason.DUPLICATE_NUMBER,
            f"{number}{whose} is used by another record already: {other}. The other system takes "
            "it once. Change the number in the source, or set this one aside.",
            other=str(other.pk) if other else "",
        )


class ClaimLost(Exception):
    """Another worker has the record now; whatever we held in hand is dropped."""
