"""Dynamics GP into Procore, one way: vendors, accounts, and payables as costs or requisitions."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

from django.utils import timezone

from audit.models import Entry
from connections.documents import (
    LEDGER_INVOICE,
    LEDGER_MEMO,
    Document,
    Hint,
    LedgerDocument,
    signed,
)
from connections.errors import NeedsPerson, NoTry, Reason, WaitsForOther
from connections.registry import Ability
from mappings.models import Reference
from syncs.coding.to_project_system import Target
from syncs.flow import Context, Flow, Scope
from syncs.flows.codes import CodeFlow, CodeRule
from syncs.flows.purchases import APPROVED, Booking, LedgerFlow, on_its_way, orders_into
from syncs.flows.vendors import VendorFlow
from syncs.flows.waiting import let_go, waits
from syncs.models import Record

ORIGIN = "GP"
WORDS = {  # GP's own, and where such a document lies; paid ones move to history some nights later
    "draft": "unposted (work)", "posted": "posted (open)", "paid": "paid",
    "cancelled": "voided (history)",
}  # fmt: skip
SETTLED = (WORDS["paid"], WORDS["cancelled"])  # a void of the paid is found at night
GONE = "gone"  # stamp of a document that its key does not find
WAIT_FOR_CHART = dt.timedelta(minutes=5)
PENDING, UNDER_REVIEW = "pending", "under_review"  # what is not posted in GP yet


class Vendors(VendorFlow):
    name = "vendors"
    label = "Vendors, GP → Procore"
    origin_prefix = ORIGIN
    told_on = ("Company Vendors",)


class Accounts(CodeFlow):
    """The master list of cost codes, before a payable needs one of them."""

    name = "accounts"
    label = "GL accounts → cost codes"
    about = (
        "Accounts of the chart become cost codes of the chosen projects, by the rule chosen below."
    )
    kind = Reference.Kind.ACCOUNT
    code_rules = (CodeRule.SEGMENT, CodeRule.NUMBER, CodeRule.MAPPED, CodeRule.NAMED)


class PayablesFlow(LedgerFlow):
    """Unposted ones go too and follow every change; posting approves them.

    One that names a commitment of its project is billed on it; all else is a direct cost.
    """

    origin_prefix = ORIGIN
    approved = ("draft", "released", "posted", "paid")
    bookings = (Booking.BILLING, Booking.NOTHING)
    needs_ledger = frozenset({Ability.PURCHASES, Ability.READ_AGAIN})

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """What the lists name, and of ours what they do not name any more."""
        named = set()
        for hint in super().changes(context, scope, since, until):
            named.add(hint.source_id)
            yield hint
        yield from self.by_key(context, named)

    def by_key(self, context: Context, named: set[str]) -> Iterator[Hint]:
        """Open ones that left the lists: paid, voided or deleted without a date that moved."""
        rows = (
            Record.objects.filter(integration=context.integration, flow=self.name, revision=1)
            .exclude(source_status__in=SETTLED)
            .exclude(source_stamp=GONE)
        )
        wanted = [one for one in rows.values_list("source_id", flat=True) if one not in named]
        ledger = context.keyed_ledger
        found = {hint.source_id: hint for hint in ledger.reread(self.kind, wanted)}
        for one in wanted:
            yield found.get(one) or Hint(one, stamp=GONE)

    def carry(self, context: Context, records: list[Record]) -> None:
        """Nothing is decoded before the accounts are known."""
        if not context.book.references(Reference.Kind.ACCOUNT):
            raise NoTry(
                f"It waits for the accounts of {context.integration.ledger}: its services have not "
                "told them yet, or offer none and their import is still to be done.",
                timezone.now() + WAIT_FOR_CHART,
            )
        super().carry(context, records)

    def words(self, document: LedgerDocument) -> str:
        return WORDS.get(document.status, document.status)

    def tell(self, record: Record, document: LedgerDocument) -> None:
        said, total = self.words(document), signed(document.kind, document.total)
        record.journal().append(
            Entry.Kind.NOTED,
            f"GP shows {document.number} as {said}, {total:,.2f}.",
            {"status": said, "total": total},
        )

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
            raise self.without_commitment(context, decoded, document)
        return dataclasses.replace(
            decoded, kind="requisition", contract_id=contract.id, contract_number=contract.number,
            status=UNDER_REVIEW if decoded.status == PENDING else APPROVED,
        )  # fmt: skip

    def without_commitment(
        self, context: Context, decoded: Document, document: LedgerDocument
    ) -> WaitsForOther | NeedsPerson:
        """It waits only for what is on its way."""
        number, project = document.order_number, decoded.project
        said = f"{document.number} names commitment {number}, which project {project.number}"
        if order := on_its_way(context, number, project.number):
            return waits(f"{said} does not have yet. It follows by itself.", order)
        return NeedsPerson(
            Reason.NO_COMMITMENT,
            f"{said} does not have. Enter it there or correct its number in GP, then replay.",
            there=context.project_books.commitments_of(project.id),
            opens="the project’s commitments",
        )

    def watch(self, context: Context) -> int:
        """Those whose commitment came since they were looked at go on by themselves."""

        def ready(row: Record) -> bool:
            number = str(row.source.get("order_number") or "")
            return any(
                order.posted_at and order.posted_at > row.changed_at
                for order in orders_into(context, number)
                if number
            )

        why = "The commitment that it names came to the project system."
        return let_go(context, self.name, ready, why)


class PayablesInvoices(PayablesFlow):
    name = "payables_invoices"
    label = "Payables invoices → direct costs, requisitions"
    kind = LEDGER_INVOICE


class PayablesCredits(PayablesFlow):
    name = "payables_credits"
    label = "Payables credits and returns → direct costs, requisitions"
    kind = LEDGER_MEMO


FLOWS: tuple[Flow, ...] = (Vendors(), Accounts(), PayablesInvoices(), PayablesCredits())
