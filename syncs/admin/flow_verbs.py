"""The brake, and "now": what a person does with a flow beside changing its settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from django.db import transaction

from audit import journal
from audit.models import Entry
from syncs import queue
from syncs.models import FlowSettings, State


@dataclasses.dataclass(frozen=True)
class Verb:
    name: str
    label: str
    permission: str
    done: str  # what the journal and the person are told
    fits: Callable[[FlowSettings], bool]
    do: Callable[[FlowSettings], None]


def stop(row: FlowSettings) -> None:
    FlowSettings.objects.filter(pk=row.pk).update(stopped=True)


def release(row: FlowSettings) -> None:
    """And what waited is looked at now, not when its pause is over."""
    FlowSettings.objects.filter(pk=row.pk).update(stopped=False)
    waiting = row.integration.records.filter(flow=row.flow, state=State.PENDING)
    waiting.update(run_at=None)
    queue.ask("poll", row.pk)


def poll(row: FlowSettings) -> None:
    queue.ask("poll", row.pk)


def reconcile(row: FlowSettings) -> None:
    queue.ask("reconcile", row.pk)


VERBS = {
    verb.name: verb
    for verb in (
        Verb("stop", "Stop", "stop_flow", "Stopped: nothing of it is posted.",
             lambda row: not row.stopped, stop),
        Verb("release", "Release", "stop_flow", "Released: it is posted again.",
             lambda row: row.stopped, release),
        Verb("poll", "Poll now", "change_flowsettings", "A poll was asked for.",
             lambda row: row.enabled and not row.stopped, poll),
        Verb("reconcile", "Reconcile now", "change_flowsettings",
             "A reconciliation was asked for.", lambda row: row.enabled, reconcile),
    )
}  # fmt: skip


def perform(verb: Verb, row: FlowSettings, actor: str) -> bool:
    """Does it, with a line in the journal, in one transaction. False when it does not fit."""
    with transaction.atomic():
        row = FlowSettings.objects.select_for_update(of=("self",)).select_related(
            "integration"
        ).get(pk=row.pk)  # fmt: skip
        if not verb.fits(row):
            return False
        verb.do(row)
        note(row, f"{row.label}: {verb.done}", actor)
    return True


def note(row: FlowSettings, sentence: str, actor: str, data: object = None) -> None:
    journal.append(
        Entry.Kind.PERSON, sentence, integration=row.integration.key, flow=row.flow, actor=actor,
        data=data,
    )  # fmt: skip
