"""Both sides compared; every difference becomes a record in a state, not a log line."""

from __future__ import annotations

import datetime as dt
import zlib
from decimal import Decimal
from typing import Any

from django.utils import timezone

from connections.documents import ZERO, Hint
from connections.errors import Refused
from syncs.flow import Context, Flow, Scope
from syncs.ingest import inbox
from syncs.ingest.noting import note_all, pend
from syncs.models import Record, State

DAILY = dt.timedelta(hours=20)
WIDER = dt.timedelta(days=45)
CLOSED_NIGHTS = 7  # in so many nights each closed project is looked at once


def documents(context: Context, flow: Flow) -> dict[str, Any]:
    """Everything the source lists, what its delivery log lost, and what the ledger shows."""
    counts: dict[str, Any] = {"source": 0, "source_total": ZERO, "noted": 0, "missing": 0}
    now, polled = timezone.now(), flow.scopes(context)
    for scope in polled:
        hints = everything(context, flow, scope, now)
        counts["source"] += len(hints)
        counts["source_total"] += sum((hint.amount or ZERO for hint in hints), ZERO)
        counts["noted"] += note_changed(context, flow, hints)
        counts["missing"] += missing(context, flow, scope, hints)
    counts |= closed(context, flow, polled, now)
    counts["undelivered"] = undelivered(context, now)
    counts["asked"] = ask_ledger(context, flow)
    return {name: str(v) if isinstance(v, Decimal) else v for name, v in counts.items()}


def everything(context: Context, flow: Flow, scope: Scope, now: dt.datetime) -> list[Hint]:
    """All that the source lists, whenever it changed."""
    return list(flow.changes(context, scope, None, now + dt.timedelta(days=1)))


def closed(context: Context, flow: Flow, polled: list[Scope], now: dt.datetime) -> dict[str, int]:
    """Projects that are polled no more: what was posted of them may still change or vanish.

    What is new there is not ours. One that cannot be read says nothing of its documents.
    """
    counts = {"closed_changed": 0, "closed_missing": 0, "closed_unread": 0}
    for scope, posted in tonight(context, flow, polled, now).items():
        try:
            hints = everything(context, flow, Scope(scope), now)
        except Refused:
            counts["closed_unread"] += 1
            continue
        ours = [hint for hint in hints if hint.source_id in posted]
        counts["closed_changed"] += note_changed(context, flow, ours)
        counts["closed_missing"] += missing(context, flow, Scope(scope), hints)
    return counts


def tonight(
    context: Context, flow: Flow, polled: list[Scope], now: dt.datetime
) -> dict[str, set[str]]:
    """The closed projects whose turn it is, with the ids of what is posted of each."""
    rows = Record.objects.filter(integration=context.integration, flow=flow.name, revision=1)
    rows = rows.exclude(posted_digest="").exclude(scope__in=[scope.id for scope in polled])
    found: dict[str, set[str]] = {}
    for scope, source_id in rows.values_list("scope", "source_id"):
        if has_turn(scope, now.date()):
            found.setdefault(scope, set()).add(source_id)
    return found


def has_turn(scope: str, day: dt.date) -> bool:
    """Each once in so many nights, and every night about as many."""
    return (zlib.crc32(scope.encode()) + day.toordinal()) % CLOSED_NIGHTS == 0


def note_changed(context: Context, flow: Flow, hints: list[Hint]) -> int:
    """New ones, and those whose amount differs though their date did not move."""
    known = {
        (row.scope, row.source_id): row.amount
        for row in Record.objects.filter(
            integration=context.integration, flow=flow.name, revision=1,
            scope__in={hint.scope for hint in hints},
        ).only("scope", "source_id", "amount")
    }  # fmt: skip
    due = [hint if same_amount(hint, known) else forced(hint) for hint in hints]
    return note_all(context.integration, flow.name, due, "reconciliation")


def same_amount(hint: Hint, known: dict[tuple[str, str], Decimal | None]) -> bool:
    amount = known.get((hint.scope, hint.source_id))
    return amount is None or hint.amount is None or amount == hint.amount


def forced(hint: Hint) -> Hint:
    """Without its date: it is looked at again whatever we saw before."""
    return Hint(
        hint.source_id, hint.scope, deleted=hint.deleted, resource=hint.resource,
        number=hint.number,
    )  # fmt: skip


def missing(context: Context, flow: Flow, scope: Scope, hints: list[Hint]) -> int:
    """Records that the source does not list any more: looked at again, never concluded here."""
    listed = {hint.source_id for hint in hints}
    rows = (
        Record.objects.filter(
            integration=context.integration, flow=flow.name, scope=scope.id, revision=1
        )
        .exclude(state__in=[State.RUNNING, State.SET_ASIDE])
        .exclude(source_status__in=flow.at_rest)
    )
    gone = [row for row in rows.only("pk", "source_id", "state") if row.source_id not in listed]
    gone = [row for row in gone if row.state != State.SKIPPED]
    Record.objects.filter(pk__in=[row.pk for row in gone], missing_since=None).update(
        missing_since=timezone.now()
    )
    return pend([row.pk for row in gone], "The source does not list it any more.")


def undelivered(context: Context, now: dt.datetime) -> int:
    """What the vendor's own delivery log says it could not bring us."""
    due = 0
    system = context.project_system
    rows = context.integration.project_system.subscriptions.filter(state="active")
    for subscription in rows:
        for hint in system.undelivered(subscription, now - WIDER):
            due += inbox.route(subscription, hint)
    return due


def ask_ledger(context: Context, flow: Flow, older: dt.timedelta = DAILY, **wanted: Any) -> int:
    """Posted records whose ledger document was not looked at for so long are read again."""
    rows = (
        Record.objects.filter(
            integration=context.integration, flow=flow.name, state=State.POSTED, **wanted
        )
        .exclude(read_back_at__gt=timezone.now() - older)
        .exclude(source_status__in=flow.at_rest)
    )
    due = list(rows.values_list("pk", flat=True))
    return pend(due, "Reconciliation asks the ledger again.", flow.batch)
