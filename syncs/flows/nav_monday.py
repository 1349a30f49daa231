"""Dynamics NAV and monday.com: invoices and orders on boards, decisions back into the ledger."""

from __future__ import annotations

from connections.documents import LEDGER_INVOICE, LEDGER_ORDER
from syncs.flow import Flow
from syncs.flows.board_values import NewValueFlow
from syncs.flows.boards import DecisionFlow, ItemFlow, OptionsFlow

ORIGIN = "NAV"


class Options(OptionsFlow):
    name = "options"
    label = "Vendors and dimension values → column options"
    polled_on = ("vendors",)


class PurchaseInvoices(ItemFlow):
    name = "purchase_invoices"
    label = "Purchase invoices → board"
    shows = LEDGER_INVOICE
    origin_prefix = ORIGIN
    resources = ("purchaseInvoices",)


class PurchaseOrders(ItemFlow):
    """NAV has no webhook for orders: polled."""

    name = "purchase_orders"
    label = "Purchase orders → board"
    shows = LEDGER_ORDER
    origin_prefix = ORIGIN


class Decisions(DecisionFlow):
    name = "decisions"
    label = "Decisions and dimensions, board → NAV"
    resources = ("update_column_value", "restore_pulse", "archive_pulse", "delete_pulse")


class NewValues(NewValueFlow):
    """What no column offers and somebody typed all the same."""

    name = "new_values"
    label = "New dimension values, board → NAV"


FLOWS: tuple[Flow, ...] = (
    Options(),
    PurchaseInvoices(),
    PurchaseOrders(),
    Decisions(),
    NewValues(),
)
