"""Dynamics NAV and Procore: orders and invoices to the field, costs and changes to the books."""

from __future__ import annotations

from connections.documents import LEDGER_INVOICE, LEDGER_MEMO
from mappings.reference import Reference
from syncs.coding.code_rules import Chart, Planned
from syncs.flow import Context, Flow
from syncs.flows.alignment import CostCodeFlow, NewVendorFlow
from syncs.flows.closing import ClosingFlow
from syncs.flows.codes import CodeFlow, CodeRule
from syncs.flows.documents import Booking, DocumentFlow
from syncs.flows.purchases import BillingFlow, OrderFlow
from syncs.flows.vendors import VendorFlow
from syncs.models import Record

ORIGIN = "NAV"
COSTS = (Booking.INVOICE_POSTED, Booking.INVOICE_DRAFT, Booking.JOURNAL, Booking.NOTHING)


class Vendors(VendorFlow):
    name = "vendors"
    label = "Vendors, NAV → Procore"
    origin_prefix = ORIGIN
    polled_on = ("vendors",)
    told_on = ("Company Vendors",)


class NewVendors(NewVendorFlow):
    name = "new_vendors"
    label = "New vendors, Procore → NAV"
    origin_prefix = ORIGIN


class CostCodes(CostCodeFlow):
    """A code that NAV named itself is NAV's: what NAV takes away is not made there again."""

    name = "cost_codes"
    label = "Cost codes, Procore → NAV dimension values"

    def codes(self, context: Context) -> dict[str, str]:
        rows = Record.objects.filter(integration=context.integration, flow=DimensionValues.name)
        named = set(rows.exclude(posted_digest="").values_list("number", flat=True))
        return {code: name for code, name in super().codes(context).items() if code not in named}


class DimensionValues(CodeFlow):
    """The other way round: what NAV calls a cost code, before a document needs it.

    A value that NAV has because a project had the code first is not spread over the others.
    """

    name = "dimension_values"
    label = "Dimension values, NAV → Procore cost codes"
    about = (
        "Values of the dimension that stands for the cost code reach the chosen projects' lists "
        "without waiting for a document."
    )
    kind = Reference.Kind.DIMENSION_VALUE
    code_rules = (CodeRule.VALUE,)

    def plan(self, context: Context, chart: Chart, project: str) -> dict[str, Planned]:
        found = super().plan(context, chart, project)
        return {code: row for code, row in found.items() if code not in self.theirs(context)}

    def theirs(self, context: Context) -> set[str]:
        """Codes that the other flow brought, or asked people to bring."""
        rows = Record.objects.filter(integration=context.integration, flow=CostCodes.name)
        return set(rows.values_list("source_id", flat=True))


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
    """Polled, at once where a company's Procore tells of change orders or their packages."""

    name = "commitment_change_orders"
    label = "Commitment change orders, Procore → NAV"
    kind = "commitment_change_order"
    approved = ("approved",)
    polled_on = ("Change Order Packages", "Commitment Change Orders")
    bookings = (Booking.JOURNAL, Booking.INVOICE_POSTED, Booking.INVOICE_DRAFT, Booking.NOTHING)


class CommitmentClosing(ClosingFlow):
    """NAV's invoices bill what NAV ordered: of Procore only the changes stand on memo accounts."""

    name = "commitment_closing"
    label = "Closed commitments: changes that are not to come, Procore → NAV"
    commitments = ()
    change_orders = ("commitment_change_orders",)


class PrimeChangeOrders(DocumentFlow):
    name = "prime_change_orders"
    label = "Prime contract change orders, Procore → NAV"
    kind = "prime_change_order"
    approved = ("approved",)
    polled_on = ("Change Order Packages", "Prime Change Orders")
    bookings = (Booking.JOURNAL, Booking.NOTHING)


FLOWS: tuple[Flow, ...] = (
    Vendors(),
    NewVendors(),
    CostCodes(),
    DimensionValues(),
    PurchaseOrders(),
    PurchaseInvoices(),
    CreditMemos(),
    DirectCosts(),
    CommitmentChangeOrders(),
    CommitmentClosing(),
    PrimeChangeOrders(),
)
