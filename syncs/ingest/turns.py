"""Asking for runs, and claiming them: one at a time, each ask once, whichever host takes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from connections.models import Integration
from connections.transport import signs_of_life
from syncs import queue
from syncs.models import FlowSettings, Run, Turn

LOST = "Its worker stopped before the end."
BUSY = "Another worker is at it, or has just done it."
OF_ONE_FLOW = ("poll", "reconcile")
TASKS = {
    "poll": "poll", "reconcile": "reconcile", "reference": "refresh", "renew": "renew",
    "balance": "balance",
}  # fmt: skip


def ask(integration: int, flow: str, kind: str) -> None:
    """In the caller's transaction. Who asks while an ask stands open is served by that one."""
    turn = of(integration, flow, kind)
    if turn.wish():
        nudge(turn)


def of(integration: int, flow: str, kind: str) -> Turn:
    return Turn.objects.get_or_create(integration_id=integration, flow=flow, kind=kind)[0]


def nudge(turn: Turn) -> None:
    """Nothing where the flow is gone."""
    target: int | None = turn.integration_id
    if turn.kind in OF_ONE_FLOW:
        rows = FlowSettings.objects.filter(integration=target, flow=turn.flow)
        target = rows.values_list("pk", flat=True).first()
    if target is not None:
        queue.ask(TASKS[turn.kind], target, str(turn.ask))


@contextmanager
def claimed(integration: Integration, flow: str, kind: str, ask: str) -> Iterator[bool]:
    """Whether the run is ours to make; it is claimed until the end of the block.

    Who is refused because another is at it leaves an ask open: it is served when that one ends.
    """
    turn = of(integration.pk, flow, kind)
    if not turn.take(ask):
        if not ask:
            turn.wish()
        yield False
        return
    end_open_runs(turn)
    try:
        with signs_of_life.told_to(turn.keep):
            yield True
    finally:
        if turn.give_back():
            nudge(turn)


def end_open_runs(turn: Turn) -> None:
    """Of a worker that died: whoever claims after it says so."""
    for run in Run.objects.filter(
        integration=turn.integration_id, flow=turn.flow, kind=turn.kind, ended_at=None
    ).select_related("integration"):
        run.end(False, LOST)


def nudge_again(now: dt.datetime, patience: dt.datetime) -> None:
    """For the sweep: what a dead worker had claimed, and what the queue lost."""
    for turn in Turn.objects.lost(now):
        with transaction.atomic():
            if turn.fall_back():
                nudge(turn)
    for turn in Turn.objects.waiting(patience):
        with transaction.atomic():
            same = Turn.objects.filter(pk=turn.pk, ask=turn.ask, nudged_at=turn.nudged_at)
            if same.update(nudged_at=now):
                nudge(turn)
