"""A write that was sent and not answered: how long to wait, and when to ask again."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from connections.errors import RetryLater
from connections.models import Connection
from syncs.models import Record

LOOK_AGAIN = (5, 25, 90, 420)  # seconds between look-ups while a lost request may still run


def settling(destination: Connection, record: Record) -> dt.timedelta | None:
    """How much longer it may be busy with the lost request; None when it can't be."""
    if record.in_doubt_since is None:
        return None
    end = record.in_doubt_since + dt.timedelta(seconds=destination.settle_seconds)
    remaining = end - timezone.now()
    return remaining if remaining > dt.timedelta(0) else None


def ask_again(destination: Connection, record: Record, remaining: dt.timedelta) -> RetryLater:
    """Look again at growing intervals while the lost request may still be running."""
    pause = dt.timedelta(seconds=LOOK_AGAIN[min(record.attempts, len(LOOK_AGAIN)) - 1])
    at = timezone.now() + min(pause, remaining)
    return RetryLater(
        f"A request to {destination} was cut off; we asked and it shows nothing final yet. "
        f"Asked again at {at:%H:%M:%S} UTC.",
        at,
    )
