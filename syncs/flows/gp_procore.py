"""Dynamics GP into Procore, one way: vendors, and payables as direct costs or requisitions."""

from __future__ import annotations

import dataclasses

from connections.documents import LEDGER_INVOICE, LEDGER_MEMO, Document, LedgerDocument
from connections.errors import NeedsPerson, Reason
from syncs.decoding import Target
from syncs.flow import Context, Flow
from syncs.flows.purchases import APPROVED, Booking, LedgerFlow
from syncs.flows.vendors import VendorFlow
from syncs.models import Record

ORIGIN = "GP"
PENDING, UNDER_REVIEW = "pending", "under_review"  # what is not posted in GP yet


class Vendors(VendorFlow):
    name = "vendors"
    label = "Vendors, GP → Procore"
    origin_prefix = ORIGIN


class PayablesFlow(LedgerFlow):
    """Unposted ones go too and follow every change; posting approves them.

    One that names a commitment of its project is billed on it; all else is a direct cost.
    """

    origin_prefix = ORIGIN
    approved = ("draft", "released", "posted", "paid")
    bookings = (Booking.BILLING, Booking.NOTHING)

    def target(self, context: Context, record: Record, document: LedgerDocument) -> Target:
        posted = document.status in ("posted", "paid")
        return Target("direct_cost", APPROVED if posted else PENDING, self.origin_id(document))

    def refine(self, context: Context, decoded: Document, document: LedgerDocument) -> Document:
        """Its commitment is asked of the project system: GP did not make it."""
        if not document.order_number:
            return decoded
        contract = context.project_books.commitment_numbered(
            decoded.project.id, document.order_number
        )
        if contract is None:
            raise NeedsPerson(
                Reason.WAITS,
                f"{document.number} names commitment {document.order_number}, which project "
                f"{decoded.project.number} does not have. Correct one of the two, then replay.",
            )
        return dataclasses.replace(
            decoded, kind="requisition", contract_id=contract.id, contract_number=contract.number,
            status=UNDER_REVIEW if decoded.status == PENDING else APPROVED,
        )  # fmt: skip


class PayablesInvoices(PayablesFlow):
    name = "payables_invoices"
    label = "Payables invoices → direct costs, requisitions"
    kind = LEDGER_INVOICE


class PayablesCredits(PayablesFlow):
    name = "payables_credits"
    label = "Payables credits and returns → direct costs, requisitions"
    kind = LEDGER_MEMO


FLOWS: tuple[Flow, ...] = (Vendors(), PayablesInvoices(), PayablesCredits())
