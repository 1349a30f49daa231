"""One Record per source document: noted once, pending again when something changed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from audit.models import Entry
from connections.documents import Hint
from connections.models import Integration
from syncs import queue
from syncs.models import Record, State
from syncs.registry import flows_of

BATCH = 200
PENDED = 25  # records that become due in one transaction


def note_all(
    integration: Integration, flow: str, hints: Iterable[Hint], why: str,
    tally: Counter[str] | None = None,
) -> int:  # fmt: skip
    """Note every hint; rows and nudges commit together. Returns how many became due.

    `tally` counts what became of them: listed = new + changed + unchanged.
    """
    due: list[Hint] = []
    count = 0
    for hint in hints:
        due.append(hint)
        if len(due) == BATCH:
            count, due = count + note_batch(integration, flow, due, why, tally), []
    return count + note_batch(integration, flow, due, why, tally)


@transaction.atomic
def note_batch(
    integration: Integration, flow: str, hints: list[Hint], why: str,
    tally: Counter[str] | None = None,
) -> int:  # fmt: skip
    """Safe to call twice with the same hints, also at the same time.

    Rows first, in one order, then the journal: nobody waits for a row while holding its lock.
    """
    known = existing(integration, flow, hints)
    told: list[tuple[Record, str]] = []
    due: list[int] = []
    unique = {(hint.scope, hint.source_id): hint for hint in hints}
    counted: Counter[str] = Counter(listed=len(unique))
    for key, hint in sorted(unique.items(), key=lambda item: item[0]):
        record, created = known.get(key), False
        if record is None:
            record, created = begin(integration, flow, hint, why)
        if created:
            counted["new"] += 1
            told.append((record, f"Noted: {why}"))
        elif changed(record, hint, why):
            counted["changed"] += 1
            told.append((record, f"Noted again: {why}"))
        else:
            counted["unchanged"] += 1
        if created or is_due(record):
            due.append(record.pk)
    if due:
        Record.objects.nudge(due, batch_of(integration, flow))
    for record, sentence in told:
        record.journal().append(Entry.Kind.NOTED, sentence)
    if tally is not None:
        tally.update(counted)
    return len(due)


def batch_of(integration: Integration, flow: str) -> int:
    return flows_of(integration)[flow].batch


def existing(
    integration: Integration, flow: str, hints: list[Hint]
) -> dict[tuple[str, str], Record]:
    rows = Record.objects.select_for_update().filter(
        integration=integration, flow=flow, revision=1,
        source_id__in={hint.source_id for hint in hints},
    )  # fmt: skip
    return {(row.scope, row.source_id): row for row in rows.order_by("revision", "pk")}


def begin(integration: Integration, flow: str, hint: Hint, why: str) -> tuple[Record, bool]:
    """The first we hear of it. A twin that another worker notes meanwhile is the same row."""
    return Record.objects.get_or_create(
        integration=integration, flow=flow, scope=hint.scope, source_id=hint.source_id, revision=1,
        defaults={"number": hint.number[:255], "sentence": why, "amount": hint.amount,
                  "source_stamp": hint.stamp},
    )  # fmt: skip


def changed(record: Record, hint: Hint, why: str) -> bool:
    """Pending again, unless we have seen this change or a worker is at it. True when it moved."""
    if seen(record, hint) or record.state in (State.SET_ASIDE, State.PENDING, State.IN_DOUBT):
        return False
    rows = Record.objects.filter(pk=record.pk)
    if hint.stamp:
        rows.update(source_stamp=hint.stamp)
    if record.state == State.RUNNING:
        rows.update(changed_while_running=True)
        return False
    rows.update(state=State.PENDING, run_at=None, sentence=why, changed_at=timezone.now())
    record.state, record.run_at = State.PENDING, None
    return True


def is_due(record: Record) -> bool:
    return record.state in (State.PENDING, State.IN_DOUBT) and record.run_at is None


def seen(record: Record, hint: Hint) -> bool:
    """The overlap of two polls, or a webhook that came twice, is harmless.

    A list that dates a document earlier than we read it has news, too: clocks are set back, and
    what is restored from a copy bears the copy's date.
    """
    if hint.deleted and record.state != State.SKIPPED:
        return False
    if hint.stamp:
        return hint.stamp == record.source_stamp
    known = record.source_updated_at
    if hint.own_date and hint.updated_at and known:
        return hint.updated_at == known
    return bool(hint.updated_at and known and hint.updated_at <= known)


def ledger_change(integration: Integration, destination_id: str, at: dt.datetime | None) -> bool:
    """A ledger document of ours changed."""
    rows = Record.objects.filter(integration=integration, destination_id=destination_id)
    return look_again(rows, at, "The ledger says that it changed.")


def sent_change(integration: Integration, flow: str, hint: Hint) -> bool:
    """Something that this flow sent into the project system changed there."""
    rows = Record.objects.filter(
        integration=integration, flow=flow, destination_id=hint.source_id, revision=1
    )
    return look_again(rows, hint.updated_at, "The project system says that it changed there.")


def look_again(rows: QuerySet[Record], at: dt.datetime | None, why: str) -> bool:
    """Due again, to be compared. What we caused ourselves is recognised and stops."""
    record = rows.exclude(state=State.RUNNING).first()
    if record is None or record.state != State.POSTED:
        return False
    if at and record.read_back_at and at <= record.read_back_at:
        return False
    with transaction.atomic():
        same = Record.objects.filter(pk=record.pk, state=State.POSTED)
        same.update(state=State.PENDING, sentence=why)
        Record.objects.nudge([record.pk])
        record.journal().append(Entry.Kind.NOTED, why)
    return True


def pend(ids: list[int], why: str, batch: int = 0, forget: bool = False) -> int:
    """Due again, if not in a worker's hands. `forget`: what the next poll shows is news.

    In transactions of a few: each holds the journal until its end.
    """
    parts = [ids[start : start + PENDED] for start in range(0, len(ids), PENDED)]
    return sum(pend_few(part, why, batch, forget) for part in parts)


@transaction.atomic
def pend_few(ids: list[int], why: str, batch: int, forget: bool) -> int:
    rows = Record.objects.select_for_update().filter(pk__in=ids).order_by("revision", "pk")
    states = rows.values_list("pk", "state")
    due = [pk for pk, state in states if state in (State.POSTED, State.HELD)]
    Record.objects.filter(pk__in=due).update(
        state=State.PENDING, run_at=None, sentence=why, attempts=F("attempts")
    )
    if forget:
        Record.objects.filter(pk__in=ids).update(source_stamp="")
    Record.objects.nudge(due, batch or queue.CHUNK)
    for record in Record.objects.filter(pk__in=due).select_related("integration"):
        record.journal().append(Entry.Kind.RECONCILED, why)
    return len(due)
