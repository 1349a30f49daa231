"""What came from the other side and does not return: told once, by the record that brought it."""

from __future__ import annotations

from django.db.models import Q

from syncs.flow import Flow
from syncs.flows.documents import DocumentFlow
from syncs.flows.purchases import TWINS, LedgerFlow
from syncs.models import Record, State
from syncs.worklist.care import UNPOSTED


def is_echo(flow: Flow, record: Record) -> bool:
    """Skipped, and another flow's record wrote it, a draft too. One that is not skipped is its
    own."""
    if record.state != State.SKIPPED:
        return False
    others = Record.objects.filter(integration=record.integration_id).exclude(flow=record.flow)
    if isinstance(flow, LedgerFlow):
        its = Q(destination_id=record.source_id)
        if record.number:
            its |= Q(destination_number=record.number, destination_kind__in=TWINS[flow.kind])
        wrote = ~Q(posted_digest="") | Q(destination_status__in=UNPOSTED)
        return others.filter(its & wrote).exists()
    if isinstance(flow, DocumentFlow) and flow.ledger_origin:
        origin = str(record.source.get("origin_id") or "")
        sent = others.filter(destination_id=record.source_id, destination_kind=flow.kind)
        return origin.startswith(f"{flow.ledger_origin}|") or sent.exists()
    return False
