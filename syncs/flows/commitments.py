"""Documents that come after the commitment which they bill."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from connections.documents import COUNTS, ENDED, PURCHASE_ORDER, CodedDocument, Document
from syncs.flow import Context
from syncs.flows.documents import Booking, DocumentFlow
from syncs.flows.waiting import let_go, waits
from syncs.models import Record, State
from syncs.pipelines.posted import DELETED
from syncs.registry import flows_of


class OfCommitment(DocumentFlow):
    """A leaf names the flows of the commitments."""

    commitments: ClassVar[tuple[str, ...]]

    def commitment(self, context: Context, contract_id: str) -> Record | None:
        rows = Record.objects.filter(
            integration=context.integration, flow__in=self.commitments, source_id=contract_id,
            revision=1,
        )  # fmt: skip
        return rows.first() if contract_id else None

    def settled(self, context: Context, commitment: Record) -> bool:
        """It will not be booked: set aside, deleted, closed, or left out by a rule of ours."""
        if commitment.state == State.SET_ASIDE:
            return True
        flow = flows_of(context.integration)[commitment.flow]
        if commitment.state != State.SKIPPED or not isinstance(flow, DocumentFlow):
            return False
        return flow.stage_of(commitment) in (COUNTS, ENDED) or commitment.source_status == DELETED

    def watch(self, context: Context) -> int:
        """Those that waited go on by themselves."""
        why = "Its commitment came to an end of its own."
        due = let_go(context, self.name, lambda row: self.is_ready(context, row), why)
        return super().watch(context) + due

    def is_ready(self, context: Context, row: Record) -> bool:
        """What it waited for stands, or will never be booked."""
        commitment = self.commitment(context, str(row.source.get("contract_id") or ""))
        if commitment is None:
            return False
        return bool(commitment.posted_digest) or self.settled(context, commitment)


class OrderBillings(OfCommitment):
    """Billings of commitments that stand as purchase orders in the ledger: they name the order."""

    def skip_rule(self, context: Context, document: Document) -> str:
        """Raises while the order is still on its way."""
        if rule := super().skip_rule(context, document):
            return rule
        if not document.contract_id or not self.as_orders(context, document):
            return ""
        if self.stands(context, document):
            return ""
        commitment = self.commitment(context, document.contract_id)
        if commitment and (commitment.posted_digest or self.settled(context, commitment)):
            return ""
        known = f"{commitment} is an order" if commitment else "its commitment is known and ordered"
        raise waits(
            f"{document.number} bills its order after {known} in the ledger. It follows by itself.",
            commitment,
        )

    def as_orders(self, context: Context, document: Document) -> bool:
        """Commitments of this project are ordered in the ledger."""
        return any(
            settings.enabled and settings.booking == Booking.PURCHASE_ORDER
            and (not settings.projects or document.project.number in settings.projects)
            for settings in map(context.settings_of, self.commitments)
        )  # fmt: skip

    def stands(self, context: Context, document: Document) -> bool:
        """It was sent already: it waits for nothing any more."""
        rows = Record.objects.filter(
            integration=context.integration, flow=self.name, source_id=document.id, revision=1
        )
        return rows.exclude(posted_digest="").exists()

    def refine(self, context: Context, coded: CodedDocument, document: Document) -> CodedDocument:
        commitment = self.commitment(context, document.contract_id)
        if commitment is None or commitment.destination_kind != PURCHASE_ORDER:
            return coded
        return dataclasses.replace(coded, order=commitment.destination_number)
