"""The brake, and "now": what a person does with a flow beside changing its settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from django.db import transaction

from audit import journal
from audit.models import Entry
from syncs.ingest import pace, turns
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
    waiting.change(run_at=None)
    poll(row)


def poll(row: FlowSettings) -> None:
    """Of every project, also of those that are polled more rarely."""
    pace.wake(row.integration, row.flow)
    turns.ask(row.integration_id, row.flow, "poll")


def reconcile(row: FlowSettings) -> None:
    turns.ask(row.integration_id, row.flow, "reconcile")


VERBS = {
    verb.name: verb
    for verb in (
        Verb("stop", "Stop", "stop_flow", "Stopped: nothing of it is posted until it is released.",
             lambda row: not row.stopped, stop),
        Verb("release", "Release", "stop_flow", "Released: it is posted again.",
             lambda row: row.stopped, release),
        Verb("poll", "Poll now", "change_flowsettings", "A poll was asked for.",
             lambda row: row.enabled and not row.stopped, poll),
        Verb("reconcile", "Reconcile now", "change_flowsettings",
             "A reconciliation was asked for.", lambda row: row.enabled, reconcile),
    )
}  # fmt: skip


def perform(verb: Verb, row: FlowSettings, actor: str, why: str = "") -> bool:
    """Does it, with a line in the journal, in one transaction. False when it does not fit."""
    with transaction.atomic():
        row = FlowSettings.objects.select_for_update(of=("self",)).select_related(
            "integration"
        ).get(pk=row.pk)  # fmt: skip
        if not verb.fits(row):
            return False
        verb.do(row)
        said = f"{row.label}: {verb.done} {why}".rstrip()
        note(row, said, actor, {"verb": verb.name, "why": why})
    return True


def stopped_by(row: FlowSettings) -> Entry | None:
    """The journal's line of who stopped it; None while it runs."""
    if not row.stopped:
        return None
    lines = Entry.objects.filter(kind=Entry.Kind.PERSON, integration=row.integration.key)
    said = f"{row.label}: {VERBS['stop'].done}"
    mine = lines.filter(flow=row.flow, sentence__startswith=said)
    return mine.order_by("-sequence").first()


def note(row: FlowSettings, sentence: str, actor: str, data: object = None) -> None:
    journal.append(
        Entry.Kind.PERSON, sentence, integration=row.integration.key, flow=row.flow, actor=actor,
        data=data,
    )  # fmt: skip
