"""Carrying records in the foreground, and counting what became of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from connections.models import Integration
from syncs.models import Record, State
from syncs.pipelines import engine
from syncs.queue import CHUNK

UNSETTLED = (State.PENDING, State.RUNNING, State.IN_DOUBT)


def unsettled(integration: Integration, flows: list[str]) -> int:
    """How many records are still on their way."""
    return Record.objects.filter(
        integration=integration, flow__in=flows, state__in=UNSETTLED
    ).count()


def carry_all(
    integration: Integration,
    flows: list[str],
    told: Callable[[int], None],
    patience: float = 600.0,
) -> int:
    """Carry due records until none is left or `patience` seconds went by without one moving.

    `told(n)` hears how many are left. Returns how many are unsettled.
    """
    last_moved = time.monotonic()
    while left := unsettled(integration, flows):
        told(left)
        due = Record.objects.filter(integration=integration, flow__in=flows).due()
        ids = list(due.order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if ids and engine.run(ids):
            last_moved = time.monotonic()
        elif time.monotonic() - last_moved > patience:
            return left
        else:
            pause_until_due(integration, flows)
    told(0)
    return 0


def pause_until_due(integration: Integration, flows: list[str]) -> None:
    """Sleep to the moment when the next record is due, at most a second."""
    rows = Record.objects.filter(integration=integration, flow__in=flows, state__in=UNSETTLED)
    at = rows.exclude(run_at=None).order_by("run_at").values_list("run_at", flat=True).first()
    wait = (at - timezone.now()).total_seconds() if at else 1.0
    time.sleep(min(max(wait, 0.05), 1.0))


def table(integration: Integration, flows: list[str]) -> list[Any]:
    """Per flow, state and currency: documents and sum. Corrections are in their documents' sum."""
    rows = Record.objects.filter(integration=integration, flow__in=flows)
    return list(
        rows.values("flow", "state", "currency")
        .annotate(documents=Count("pk"), total=Sum("amount", filter=Q(revision=1)))
        .order_by("flow", "state", "currency")
    )
