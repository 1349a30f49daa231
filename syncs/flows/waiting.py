"""Records that wait for another document and go on by themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.utils import timezone

from connections.errors import NeedsPerson, Reason, WaitsForOther
from syncs.flow import Context
from syncs.ingest.noting import pend
from syncs.models import Record, State

SOON = dt.timedelta(seconds=20)
FOR_OTHERS = (Reason.WAITS, Reason.NO_COMMITMENT)  # also what nobody had promised may come
MOVING = (State.PENDING, State.RUNNING, State.IN_DOUBT)


def waits(sentence: str, other: Record | None) -> WaitsForOther | NeedsPerson:
    """Tried again soon while the other is on its way; held where that one is held, too."""
    if other is not None and other.state in MOVING:
        return WaitsForOther(sentence, timezone.now() + SOON)
    return NeedsPerson(Reason.WAITS, sentence, other=str(other.pk) if other else "")


def let_go(context: Context, flow: str, ready: Callable[[Record], bool], why: str) -> int:
    """Those of the flow that waited and need not any more. Returns how many are due."""
    rows = Record.objects.filter(
        integration=context.integration, flow=flow, state=State.HELD, reason__in=FOR_OTHERS
    )
    due = [row.pk for row in rows.iterator(chunk_size=1000) if ready(row)]
    return pend(due, why)
