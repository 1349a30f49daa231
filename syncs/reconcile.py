"""Both sides compared; every difference becomes a record in a state, not a log line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils import timezone

from audit.models import Entry
from connections.documents import ZERO, Hint
from syncs import inbox
from syncs.flow import Context, Flow, Scope
from syncs.models import Record, State
from syncs.noting import note_all
from syncs.queue import nudge

if TYPE_CHECKING:
    from syncs.flows.vendors import VendorFlow

DAILY = dt.timedelta(hours=20)
WIDER = dt.timedelta(days=45)


def documents(context: Context, flow: Flow) -> dict[str, Any]:
    """Everything the source lists, what its delivery log lost, and what the ledger shows."""
    counts: dict[str, Any] = {"source": 0, "source_total": ZERO, "noted": 0, "missing": 0}
    now = timezone.now()
    for scope in flow.scopes(context):
        hints = list(flow.changes(context, scope, None, now + dt.timedelta(days=1)))
        counts["source"] += len(hints)
        counts["source_total"] += sum((hint.amount or ZERO for hint in hints), ZERO)
        counts["noted"] += note_all(context.integration, flow.name, changed(context, flow, hints),
                                    "reconciliation")  # fmt: skip
        counts["missing"] += missing(context, flow, scope, hints)
    counts["undelivered"] = undelivered(context, now)
    counts["asked"] = ask_ledger(context, flow)
    return {name: str(v) if isinstance(v, Decimal) else v for name, v in counts.items()}


def changed(context: Context, flow: Flow, hints: list[Hint]) -> list[Hint]:
    """New ones, and those whose amount differs though their date did not move."""
    known = {
        (row.scope, row.source_id): row.amount
        for row in Record.objects.filter(
            integration=context.integration, flow=flow.name, revision=1
        ).only("scope", "source_id", "amount")
    }
    return [hint if same_amount(hint, known) else forced(hint) for hint in hints]


def same_amount(hint: Hint, known: dict[tuple[str, str], Decimal | None]) -> bool:
    amount = known.get((hint.scope, hint.source_id))
    return amount is None or hint.amount is None or amount == hint.amount


def forced(hint: Hint) -> Hint:
    """Without its date: it is looked at again whatever we saw before."""
    return Hint(hint.source_id, hint.scope, None, hint.deleted, hint.resource, number=hint.number)


def missing(context: Context, flow: Flow, scope: Scope, hints: list[Hint]) -> int:
    """Records that the source does not list any more: looked at again, never concluded here."""
    listed = {hint.source_id for hint in hints}
    rows = Record.objects.filter(
        integration=context.integration, flow=flow.name, scope=scope.id, revision=1
    ).exclude(state__in=[State.RUNNING, State.SET_ASIDE])
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
    rows = Record.objects.filter(
        integration=context.integration, flow=flow.name, state=State.POSTED, **wanted
    ).exclude(read_back_at__gt=timezone.now() - older)
    return pend(list(rows.values_list("pk", flat=True)), "Reconciliation asks the ledger again.")


def pend(ids: list[int], why: str) -> int:
    """Due again, if not in a worker's hands."""
    from django.db import transaction

    with transaction.atomic():
        rows = Record.objects.select_for_update().filter(
            pk__in=ids, state__in=[State.POSTED, State.HELD]
        )
        due = list(rows.values_list("pk", flat=True))
        Record.objects.filter(pk__in=due).update(
            state=State.PENDING, run_at=None, sentence=why, attempts=F("attempts")
        )
        for record in Record.objects.filter(pk__in=due).select_related("integration"):
            record.journal().append(Entry.Kind.RECONCILED, why)
        nudge(due)
    return len(due)


def vendors(context: Context, flow: VendorFlow) -> dict[str, Any]:
    """Ledger vendors against the project system's, by origin_id."""
    there = {vendor.origin_id: vendor for vendor in context.project_system.vendors()}
    hints, absent = [], 0
    for vendor in context.ledger.vendors():
        hints.append(Hint(vendor.number, updated_at=vendor.updated_at, number=vendor.number))
        shown = there.get(f"{flow.origin_prefix}|{vendor.number}")
        if shown is None or shown.name != vendor.name:
            absent += resend(context, flow, vendor.number)
    noted = note_all(context.integration, flow.name, hints, "reconciliation")
    return {"ledger": len(hints), "noted": noted, "sent_again": absent}


def resend(context: Context, flow: VendorFlow, number: str) -> int:
    """Posted by our word, but the other side does not show it: send it again."""
    rows = Record.objects.filter(
        integration=context.integration, flow=flow.name, source_id=number, state=State.POSTED
    )
    ids = list(rows.values_list("pk", flat=True))
    Record.objects.filter(pk__in=ids).update(posted_digest="")
    return pend(ids, "The other side does not show it as sent.")
