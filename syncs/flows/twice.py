"""The same cost twice in the payables: a commitment booked as an invoice, and what bills it."""

from __future__ import annotations

from django.db.models import Q

from connections.documents import CREDIT_MEMO, JOURNAL, PURCHASE_INVOICE, CodedDocument, Document
from syncs.flow import Context
from syncs.models import Record
from syncs.record import RecordQuerySet
from syncs.registry import flows_of
from syncs.worklist.care import LEFT

CONTRACTS = ("purchase_order", "subcontract")
ORDERS = ("commitment_change_order",)
BILLINGS = ("requisition",)
INVOICES = (PURCHASE_INVOICE, CREDIT_MEMO)
COSTS = (*INVOICES, JOURNAL)


def booked_twice(context: Context, coded: CodedDocument, document: Document) -> str:
    """Why this entry would book a cost that stands already; empty where it would not."""
    if document.kind in BILLINGS and coded.kind in COSTS and document.contract_id:
        other = commitments(context, document).filter(destination_kind__in=INVOICES).first()
    elif document.kind in (*CONTRACTS, *ORDERS) and coded.kind in INVOICES:
        other = billings(context, document).filter(destination_kind__in=COSTS).first()
    else:
        return ""
    if other is None:
        return ""
    return (
        f"{document.number} would book the same cost twice: {other} stands in the ledger as "
        f"{other.destination_number}. Book commitments as journal lines, as orders or not at all; "
        "or reverse the other one."
    )


def commitments(context: Context, billing: Document) -> RecordQuerySet:
    """What is billed: the contract and its change orders, as they stand."""
    contract = Q(flow__in=named(context, CONTRACTS), source_id=billing.contract_id)
    orders = Q(flow__in=named(context, ORDERS), standing_source__contract_id=billing.contract_id)
    return standing(context, billing).filter(contract | orders)


def billings(context: Context, commitment: Document) -> RecordQuerySet:
    contract = commitment.id if commitment.kind in CONTRACTS else commitment.contract_id
    bill = Q(flow__in=named(context, BILLINGS), standing_source__contract_id=contract)
    return standing(context, commitment).filter(bill)


def standing(context: Context, document: Document) -> RecordQuerySet:
    rows = Record.objects.filter(
        integration=context.integration, scope=document.project.id, revision=1
    )
    return rows.exclude(posted_digest="").exclude(destination_status__in=LEFT)


def named(context: Context, kinds: tuple[str, ...]) -> list[str]:
    flows = flows_of(context.integration).values()
    return [flow.name for flow in flows if getattr(flow, "kind", "") in kinds]
