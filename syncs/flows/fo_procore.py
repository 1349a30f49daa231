"""Dynamics 365 F&O and Procore: commitments as purchase orders, costs as pending invoices."""

from __future__ import annotations

from syncs.flow import Flow
from syncs.flows.alignment import CostCodeFlow, NewVendorFlow
from syncs.flows.commitments import OrderBillings
from syncs.flows.documents import Booking, DocumentFlow
from syncs.flows.vendors import VendorFlow

ORIGIN = "FO"
COSTS = (Booking.INVOICE_DRAFT, Booking.JOURNAL, Booking.NOTHING)
ORDERS = (Booking.PURCHASE_ORDER, Booking.NOTHING)


class Vendors(VendorFlow):
    name = "vendors"
    label = "Vendors, F&O → Procore"
    origin_prefix = ORIGIN
    told_on = ("Company Vendors",)


class NewVendors(NewVendorFlow):
    name = "new_vendors"
    label = "New vendors, Procore → F&O"
    polled_on = ("Company Vendors",)  # only those that documents name are made
    origin_prefix = ORIGIN


class CostCodes(CostCodeFlow):
    """The step that everything else rests on: a line is coded to values that exist."""

    name = "cost_codes"
    label = "Cost codes, Procore → F&O financial dimension values"


class PurchaseOrders(DocumentFlow):
    name = "purchase_orders"
    label = "Purchase orders, Procore → F&O"
    kind = "purchase_order"
    approved = ("approved", "partially_received")
    ended = ("closed",)
    executed_only = True
    resources = ("Purchase Order Contracts",)
    polled_on = ("Purchase Order Contract Line Items",)
    bookings = ORDERS


class Subcontracts(DocumentFlow):
    name = "subcontracts"
    label = "Subcontracts → purchase orders"
    kind = "subcontract"
    approved = ("approved", "complete")
    ended = ("terminated",)
    executed_only = True
    resources = ("Work Order Contracts",)
    polled_on = ("Work Order Contract Line Items",)
    bookings = ORDERS


class Requisitions(OrderBillings):
    """Subcontractor invoices: polled, at once where a company's Procore tells of them."""

    name = "requisitions"
    label = "Requisitions → pending vendor invoices"
    kind = "requisition"
    approved = ("approved", "approved_as_noted")
    polled_on = ("Requisitions",)
    commitments = ("purchase_orders", "subcontracts")
    bookings = (Booking.INVOICE_DRAFT, Booking.NOTHING)


class DirectCosts(DocumentFlow):
    name = "direct_costs"
    label = "Direct costs → pending vendor invoices"
    kind = "direct_cost"
    approved = ("approved",)
    resources = ("Direct Costs",)
    polled_on = ("Direct Cost Line Items",)
    bookings = COSTS
    booked_as = {Booking.JOURNAL: "General journal, left for a person to post"}


FLOWS: tuple[Flow, ...] = (
    Vendors(),
    NewVendors(),
    CostCodes(),
    PurchaseOrders(),
    Subcontracts(),
    Requisitions(),
    DirectCosts(),
)
