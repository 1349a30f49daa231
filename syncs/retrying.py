"""How long a claim lasts, and when something is tried again."""

from __future__ import annotations

import datetime as dt
import random

from django.conf import settings

FIRST_RETRY = 5.0  # seconds; doubles with each attempt, with jitter
GIVE_UP_AFTER = 40  # attempts: about 16 hours


def lease() -> dt.timedelta:
    """How long a claim lasts without a sign of life."""
    return dt.timedelta(seconds=settings.RECORD_LEASE_SECONDS)


def backoff(attempts: int) -> dt.timedelta:
    """Exponential with jitter, from seconds to half an hour (a setting)."""
    ceiling = min(FIRST_RETRY * 2 ** min(attempts, 12), settings.LONGEST_RETRY_SECONDS)
    return dt.timedelta(seconds=random.uniform(ceiling / 2, ceiling))  # noqa: S311
