"""Flows of purchase documents from a ledger into a project system."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, ClassVar

from connections.amounts import Kind
from connections.documents import LEDGER_ORDER, Document, Hint, LedgerDocument
from connections.errors import NeedsPerson, Reason
from connections.registry import Ability
from syncs.coding.kinds import money_of
from syncs.coding.to_project_system import Target
from syncs.flow import Agreed, Context, Flow, Scope, before_cutover
from syncs.flows.waiting import MOVING, let_go, waits
from syncs.models import FlowSettings, Record, State
from syncs.pipelines import to_project_system
from syncs.reconciliation import lists, reconcile, standing_in_project_system
from syncs.registry import flows_of, label_of

Booking = FlowSettings.Booking
APPROVED, SUBMITTED = "approved", "submitted"


class LedgerFlow(Flow):
    """One kind of purchase document. A leaf says which statuses count and what it becomes."""

    by_project = True
    source = "ledger"
    needs_project = frozenset({Ability.PROJECT_BOOKS})
    needs_ledger = frozenset({Ability.PURCHASES})
    kind: ClassVar[str]
    approved: ClassVar[tuple[str, ...]]
    origin_prefix: ClassVar[str]

    @property
    def money(self) -> Kind:
        return money_of(self.kind)

    @property
    def heeds(self) -> frozenset[str]:
        return super().heeds | {
            "start_date",
            "projects",
            "adopt",
            "amount_limit",
            "approval_bands",
            "void_rule",
        }

    def scopes(self, context: Context) -> list[Scope]:
        return [Scope()]

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        return context.purchase_ledger.purchase_changes(self.kind, since, until)

    def unapproved(self, record: Record) -> bool:
        return record.source.get("status", "") not in self.approved

    def carry(self, context: Context, records: list[Record]) -> None:
        to_project_system.carry(context, self, records)

    def agreed(self, context: Context, records: list[Record], whole: bool) -> Agreed:
        return standing_in_project_system.agreed(context, self, records, whole)

    def reconcile(self, context: Context) -> dict[str, Any]:
        return reconcile.documents(context, self, lists.of_project_system)

    def skip_rule(self, context: Context, record: Record, document: LedgerDocument) -> str:
        """The written rule by which it is not for the other side, or empty."""
        settings = context.settings
        if settings.booking == Booking.NOTHING:
            return "Finance chose to track this flow without sending it."
        if document.status not in self.approved:
            return f"It is “{self.words(document).replace('_', ' ')}” in the ledger."
        if rule := before_cutover(settings, document.date):
            return rule
        return came_from_us(context, document)

    def project_rule(self, context: Context, document: Document) -> str:
        """The same for what is known only after decoding."""
        wanted = context.settings.projects
        if wanted and document.project.number not in wanted:
            return f"Project {document.project.number} is not among this flow's projects."
        return ""

    def target(self, context: Context, record: Record, document: LedgerDocument) -> Target:
        raise NotImplementedError

    def refine(self, context: Context, decoded: Document, document: LedgerDocument) -> Document:
        """What only the project system knows of it: which commitment it bills, say."""
        return decoded

    def words(self, document: LedgerDocument) -> str:
        """Its status as people of this ledger call it."""
        return document.status

    def tell(self, record: Record, document: LedgerDocument) -> None:
        """What the journal keeps of the ledger's own state at each sync."""

    def origin_id(self, document: LedgerDocument) -> str:
        """Single for ever: the system, the table, the ledger's own key."""
        return f"{self.origin_prefix}|{document.kind.removeprefix('ledger_')}|{document.id}"


class OrderFlow(LedgerFlow):
    """Released orders become commitments."""

    kind = LEDGER_ORDER
    approved = ("released",)
    bookings = (Booking.COMMITMENT, Booking.COMMITMENT_SUBMITTED, Booking.NOTHING)

    def target(self, context: Context, record: Record, document: LedgerDocument) -> Target:
        status = APPROVED if context.settings.booking == Booking.COMMITMENT else SUBMITTED
        return Target("purchase_order", status, f"{self.origin_prefix}|PO|{document.number}")


class BillingFlow(LedgerFlow):
    """Posted invoices and credit memos: billed on their commitment, else a direct cost."""

    approved = ("posted", "paid")
    bookings = (Booking.BILLING, Booking.NOTHING)
    orders: ClassVar[str]  # the flow of the commitments

    def target(self, context: Context, record: Record, document: LedgerDocument) -> Target:
        commitment = self.commitment(context, document.order_number)
        origin = self.origin_id(document)
        if commitment is None or not self.stands(commitment):
            if document.order_number and not self.settled(context, document, commitment):
                self.check_runs(context, document, commitment)
                raise waits(
                    f"{document.number} bills order {document.order_number}, which is not a "
                    "commitment yet. It follows by itself.",
                    commitment,
                )
            return Target("direct_cost", APPROVED, origin)
        return Target(
            "requisition", APPROVED, origin, commitment.destination_id,
            commitment.destination_number,
        )  # fmt: skip

    def check_runs(
        self, context: Context, document: LedgerDocument, commitment: Record | None
    ) -> None:
        """Raises where nothing would bring the order: its flow is off, or has not seen it."""
        settings = context.settings_of(self.orders)
        if settings.enabled and not (settings.stopped and commitment is None):
            return
        off = "stopped" if settings.enabled else "switched off"
        raise NeedsPerson(
            Reason.NO_COMMITMENT,
            f"{document.number} bills order {document.order_number}, which is not a commitment, "
            f"and the flow “{label_of(context.integration, self.orders)}” is {off}.",
            brought_by=self.orders,
        )

    def commitment(self, context: Context, order_number: str) -> Record | None:
        rows = Record.objects.filter(
            integration=context.integration, flow=self.orders, number=order_number
        )
        return rows.first() if order_number else None

    def stands(self, commitment: Record) -> bool:
        return bool(commitment.posted_digest and commitment.destination_id)

    def settled(
        self, context: Context, document: LedgerDocument, commitment: Record | None
    ) -> bool:
        """The order will not become a commitment: a direct cost it is."""
        if context.settings_of(self.orders).booking == Booking.NOTHING:
            return True
        if commitment is not None:
            return commitment.state in (State.SKIPPED, State.SET_ASIDE)
        where = context.purchase_ledger.whereabouts(LEDGER_ORDER, "", document.order_number)
        return where in ("invoiced", "deleted")

    def watch(self, context: Context) -> int:
        """Those whose order has come to the other side since go on by themselves."""

        def ready(row: Record) -> bool:
            order = self.commitment(context, str(row.source.get("order_number") or ""))
            ended = (State.POSTED, State.SKIPPED, State.SET_ASIDE)
            return order is not None and order.state in ended

        return let_go(context, self.name, ready, "Its order came to an end of its own.")


def orders_into(context: Context, number: str) -> list[Record]:
    """What ledgers order under this number, and flows make commitments of in this project system:
    the company's own flow, or another's that shares the system."""
    rows = Record.objects.filter(
        integration__project_system=context.integration.project_system_id, number=number
    )
    return [
        row for row in rows.select_related("integration")
        if isinstance(flows_of(row.integration).get(row.flow), OrderFlow)
    ]  # fmt: skip


def on_its_way(context: Context, number: str, project: str) -> Record | None:
    """The order of this number that is to become a commitment of this project."""
    return next(
        (row for row in orders_into(context, number)
         if not row.posted_digest and row.state in (*MOVING, State.HELD)
         and row.project in ("", project)),
        None,
    )  # fmt: skip


def came_from_us(context: Context, document: LedgerDocument) -> str:
    """Echo: what we posted into the ledger does not return to where it came from."""
    rows = Record.objects.filter(integration=context.integration).exclude(destination_number="")
    here = rows.filter(destination_id=document.id) | rows.filter(
        destination_number__in=[document.number], destination_kind__in=TWINS[document.kind]
    )
    ours = here.exclude(flow=context.flow).first()
    return f"It came from the project system ({ours}): it does not return." if ours else ""


TWINS = {
    LEDGER_ORDER: ["purchase_order"],
    "ledger_invoice": ["purchase_invoice"],
    "ledger_memo": ["credit_memo"],
}
