"""Business Central and Procore: vendors to the field, costs and commitments to the books."""

from __future__ import annotations

from syncs.flow import Flow
from syncs.flows.closing import ClosingFlow
from syncs.flows.documents import Booking, DocumentFlow
from syncs.flows.relief import ReliefFlow
from syncs.flows.standing_orders import StandingOrders
from syncs.flows.vendors import VendorFlow

COSTS = (Booking.INVOICE_POSTED, Booking.INVOICE_DRAFT, Booking.JOURNAL, Booking.NOTHING)
COMMITMENTS = (
    Booking.JOURNAL,
    Booking.PURCHASE_ORDER,
    Booking.INVOICE_POSTED,
    Booking.INVOICE_DRAFT,
    Booking.NOTHING,
)


class Vendors(VendorFlow):
    name = "vendors"
    label = "Vendors, Business Central → Procore"
    origin_prefix = "BC"
    polled_on = ("vendors",)
    told_on = ("Company Vendors",)


class PurchaseOrders(DocumentFlow):
    name = "purchase_orders"
    label = "Purchase orders"
    kind = "purchase_order"
    approved = ("approved", "partially_received")
    ended = ("closed",)
    resources = ("Purchase Order Contracts",)
    polled_on = ("Purchase Order Contract Line Items",)
    bookings = COMMITMENTS


class Subcontracts(DocumentFlow):
    name = "subcontracts"
    label = "Subcontracts"
    kind = "subcontract"
    approved = ("approved", "complete")
    ended = ("terminated",)
    resources = ("Work Order Contracts",)
    polled_on = ("Work Order Contract Line Items",)
    bookings = COMMITMENTS


class Requisitions(DocumentFlow):
    """Subcontractor invoices: polled, at once where a company's Procore tells of them."""

    name = "requisitions"
    label = "Requisitions"
    kind = "requisition"
    approved = ("approved", "approved_as_noted")
    polled_on = ("Requisitions",)
    bookings = COSTS


class CommitmentRelief(ReliefFlow):
    name = "commitment_relief"
    label = "Commitments relieved by requisitions"
    billings = "requisitions"
    commitments = ("purchase_orders", "subcontracts")
    billing_kind = "requisition"
    change_orders = ("commitment_change_orders",)
    reliefs = name
    approved = Requisitions.approved


class CommitmentClosing(ClosingFlow):
    name = "commitment_closing"
    label = "Closed commitments: what was never billed"
    commitments = ("purchase_orders", "subcontracts")
    change_orders = ("commitment_change_orders",)
    billings = "requisitions"
    reliefs = CommitmentRelief.name


class DirectCosts(DocumentFlow):
    name = "direct_costs"
    label = "Direct costs"
    kind = "direct_cost"
    approved = ("approved",)
    resources = ("Direct Costs",)
    polled_on = ("Direct Cost Line Items",)
    bookings = COSTS


class CommitmentChangeOrders(DocumentFlow):
    """Polled, at once where a company's Procore tells of change orders or their packages."""

    name = "commitment_change_orders"
    label = "Commitment change orders"
    kind = "commitment_change_order"
    approved = ("approved",)
    polled_on = ("Change Order Packages", "Commitment Change Orders")
    bookings = COMMITMENTS


class PrimeChangeOrders(DocumentFlow):
    name = "prime_change_orders"
    label = "Prime contract change orders"
    kind = "prime_change_order"
    approved = ("approved",)
    polled_on = ("Change Order Packages", "Prime Change Orders")
    bookings = (Booking.JOURNAL, Booking.NOTHING)


class LedgerOrders(StandingOrders):
    """Business Central has no webhook for orders: polled."""

    name = "ledger_orders"
    label = "Purchase orders in Business Central"


FLOWS: tuple[Flow, ...] = (
    Vendors(),
    PurchaseOrders(),
    Subcontracts(),
    Requisitions(),
    CommitmentRelief(),
    CommitmentClosing(),
    DirectCosts(),
    CommitmentChangeOrders(),
    PrimeChangeOrders(),
    LedgerOrders(),
)
