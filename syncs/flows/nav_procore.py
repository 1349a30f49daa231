"""Dynamics NAV and Procore: orders and invoices to the field, costs and changes to the books."""

from __future__ import annotations

from connections.documents import LEDGER_INVOICE, LEDGER_MEMO
from syncs.flow import Flow
from syncs.flows.alignment import CostCodeFlow, NewVendorFlow
from syncs.flows.documents import Booking, DocumentFlow
from syncs.flows.purchases import BillingFlow, OrderFlow
from syncs.flows.vendors import VendorFlow

ORIGIN = "NAV"
COSTS = (Booking.INVOICE_POSTED, Booking.INVOICE_DRAFT, Booking.JOURNAL, Booking.NOTHING)


class Vendors(VendorFlow):
    name = "vendors"
    label = "Vendors, NAV → Procore"
    origin_prefix = ORIGIN
    polled_on = ("vendors",)


class NewVendors(NewVendorFlow):
    name = "new_vendors"
    label = "New vendors, Procore → NAV"
    origin_prefix = ORIGIN


class CostCodes(CostCodeFlow):
    name = "cost_codes"
    label = "Cost codes, Procore → NAV dimension values"


class PurchaseOrders(OrderFlow):
    """NAV has no webhook for orders: polled."""

    name = "purchase_orders"
    label = "Purchase orders → commitments"
    origin_prefix = ORIGIN


class PurchaseInvoices(BillingFlow):
    name = "purchase_invoices"
    label = "Purchase invoices → requisitions, direct costs"
    kind = LEDGER_INVOICE
    origin_prefix = ORIGIN
    orders = "purchase_orders"
    resources = ("purchaseInvoices",)


class CreditMemos(BillingFlow):
    name = "credit_memos"
    label = "Purchase credit memos → requisitions, direct costs"
    kind = LEDGER_MEMO
    origin_prefix = ORIGIN
    orders = "purchase_orders"


class DirectCosts(DocumentFlow):
    name = "direct_costs"
    label = "Direct costs, Procore → NAV"
    kind = "direct_cost"
    approved = ("approved",)
    ledger_origin = ORIGIN
    resources = ("Direct Costs",)
    polled_on = ("Direct Cost Line Items",)
    bookings = COSTS


class CommitmentChangeOrders(DocumentFlow):
    """Procore has no webhook for the new change order model: polled."""

    name = "commitment_change_orders"
    label = "Commitment change orders, Procore → NAV"
    kind = "commitment_change_order"
    approved = ("approved",)
    polled_on = ("Change Order Packages",)
    bookings = (Booking.JOURNAL, Booking.INVOICE_POSTED, Booking.INVOICE_DRAFT, Booking.NOTHING)


class PrimeChangeOrders(DocumentFlow):
    name = "prime_change_orders"
    label = "Prime contract change orders, Procore → NAV"
    kind = "prime_change_order"
    approved = ("approved",)
    bookings = (Booking.JOURNAL, Booking.NOTHING)


FLOWS: tuple[Flow, ...] = (
    Vendors(),
    NewVendors(),
    CostCodes(),
    PurchaseOrders(),
    PurchaseInvoices(),
    CreditMemos(),
    DirectCosts(),
    CommitmentChangeOrders(),
    PrimeChangeOrders(),
)
