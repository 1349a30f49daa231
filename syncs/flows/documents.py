"""Flows of financial documents from a project system into a ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

from connections.amounts import Kind
from connections.documents import (
    COUNTS,
    ENDED,
    NO_EFFECT,
    OPEN,
    PENDING,
    PURCHASE_ORDER,
    UNKNOWN,
    CodedDocument,
    Document,
    Hint,
    spelled,
)
from connections.errors import NeedsPerson, Reason
from connections.registry import Ability
from syncs.coding.kinds import money_of
from syncs.coding.to_ledger import Problem
from syncs.flow import Agreed, Context, Flow, Scope, before_cutover, project_scopes
from syncs.flows import steps
from syncs.flows.contract_day import ruled_on
from syncs.flows.twice import booked_twice
from syncs.models import FlowSettings, Record
from syncs.pipelines import to_ledger
from syncs.reconciliation import lists, looks, reconcile, standing_in_ledger
from syncs.registry import flows_of

Booking = FlowSettings.Booking
CONTRACTS = ("purchase_order", "subcontract")
HEEDED = {
    "start_date", "projects", "adopt", "amount_limit", "approval_bands", "rounding_threshold",
    "period_rule", "unstated_tax", "exactly_as_sent",
}  # fmt: skip
MEANS = {OPEN: "not finished", PENDING: "pending", NO_EFFECT: "without effect"}


class DocumentFlow(Flow):
    """One kind of document, per project. A leaf says which statuses count and how it is booked."""

    by_project = True
    needs_project = frozenset({Ability.PROJECT_DOCUMENTS})
    needs_ledger = frozenset({Ability.POSTING})
    kind: ClassVar[str]
    approved: ClassVar[tuple[str, ...]]  # where the source says no stage; pages list them, too
    ended: ClassVar[tuple[str, ...]] = ()  # likewise: nothing more comes of those
    ledger_origin: ClassVar[str] = ""  # what the ledger's own documents are marked with there

    @property
    def heeds(self) -> frozenset[str]:
        """Of documents, the source tells only of contracts whether they were executed."""
        contract = {"executed_only"} if self.kind in CONTRACTS else set()
        return super().heeds | HEEDED | contract

    @property
    def money(self) -> Kind:
        return money_of(self.kind)

    @property
    def source_kind(self) -> str:
        """What it is in the source; another word where the flow derives a document of its own."""
        return self.kind

    def scopes(self, context: Context) -> list[Scope]:
        return project_scopes(context)

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        return context.project_system.changes(self.kind, scope.id, since, until)

    def document(self, context: Context, scope: str, source_id: str) -> Document:
        """The whole document as its source states it. Raises NotFound."""
        return context.project_system.document(self.source_kind, scope, source_id)

    def stage(self, said: str, status: str) -> str:
        """What a status means to us; what was kept before a stage was told is read by its words."""
        if said:
            return said
        return COUNTS if status in self.approved else ENDED if status in self.ended else ""

    def stays(self, document: Document) -> bool:
        """What is booked of it stays: it counts, or nothing more comes of it."""
        return self.stage(document.stage, document.status) in (COUNTS, ENDED)

    def stage_of(self, record: Record) -> str:
        """As its source was fetched last."""
        return self.stage(str(record.source.get("stage") or ""), record.source_status)

    def unapproved(self, record: Record) -> bool:
        return self.stage_of(record) not in (COUNTS, ENDED, NO_EFFECT)

    def skip_rule(self, context: Context, document: Document) -> str:
        """The written rule by which it is not for the other side, or empty."""
        settings, stage = context.settings, self.stage(document.stage, document.status)
        if stage == UNKNOWN:
            raise unknown(document)
        if stage == ENDED:
            return (
                f"{document.number} is “{spelled(document.status)}” in the source and was never "
                "booked: nothing more comes of it."
            )
        if stage != COUNTS:
            means = f" It is {MEANS[stage]} there." if stage in MEANS else ""
            return f"“{spelled(document.status)}” is not approved in the source.{means}"
        if settings.executed_only and document.executed is False:
            return f"{document.number} is approved, but not executed yet."
        if self.ledger_origin and document.origin_id.startswith(f"{self.ledger_origin}|"):
            return "It came from the ledger: it does not return."
        if self.ledger_origin and (echo := came_from_ledger(context, document)):
            return echo
        if settings.booking == Booking.NOTHING:
            return "Finance chose to track this flow without booking it."
        if settings.projects and document.project.number not in settings.projects:
            return f"Project {document.project.number} is not among this flow's projects."
        if rule := before_cutover(settings, document.date):
            return rule
        return ""

    def ruled_on(self, context: Context, document: Document) -> dt.date | None:
        """The day whose mapping rules count."""
        return ruled_on(context, document)

    def refine(self, context: Context, coded: CodedDocument, document: Document) -> CodedDocument:
        """What only our own records know of it: which order in the ledger it bills, say."""
        return coded

    def twice(self, context: Context, coded: CodedDocument, document: Document) -> str:
        """Why its entry would book a cost that stands already, or empty."""
        return booked_twice(context, coded, document)

    def asks(self, context: Context, document: Document, first: bool, worth: Decimal) -> str:
        """Why a person has to agree, whatever the gates say, or empty. `first`: no difference."""
        return ""

    def told(self, context: Context, problems: list[Problem]) -> list[Problem]:
        """What holds it; where another flow brings what it lacks, its sentence says so."""
        return steps.named(context, problems)

    def carry(self, context: Context, records: list[Record]) -> None:
        to_ledger.carry(context, self, records)

    def watch(self, context: Context) -> int:
        """Drafts and orders go on in the ledger and no webhook tells: they are asked about."""
        often, seldom = dt.timedelta(minutes=15), dt.timedelta(hours=6)
        drafts = looks.ask_ledger(context, self, often, destination_status="draft")
        return drafts + looks.ask_ledger(context, self, seldom, destination_kind=PURCHASE_ORDER)

    def agreed(self, context: Context, records: list[Record], whole: bool) -> Agreed:
        return standing_in_ledger.agreed(context, self, records, whole)

    def reconcile(self, context: Context) -> dict[str, Any]:
        return reconcile.documents(context, self, lists.of_ledger)


def unknown(document: Document) -> NeedsPerson:
    kind = spelled(document.kind)
    return NeedsPerson(
        Reason.STATUS,
        f"The status “{spelled(document.status)}” of {document.number} is not in the source's list "
        f"for a {kind}: nobody can say whether it counts. Say how it is to be read, then replay.",
        status=document.status,
    )


def came_from_ledger(context: Context, document: Document) -> str:
    """Echo: what people typed here too, and a document of the ledger was linked to or adopted."""
    senders = [name for name, flow in flows_of(context.integration).items()
               if flow.source == "ledger"]  # fmt: skip
    rows = Record.objects.filter(
        integration=context.integration, flow__in=senders, destination_id=document.id,
        destination_kind=document.kind,
    )  # fmt: skip
    told = rows.exclude(posted_digest="").first()
    return f"It stands in the ledger already ({told}): it does not return." if told else ""
