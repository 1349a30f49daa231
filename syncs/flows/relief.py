"""What a billing takes off its commitment, which is relieved as its billings post.

A commitment on memo accounts says what is still to come. When a billing stands posted in the
ledger, its gross amount is taken off again: journal lines of the other sign, line by line. The
flow reads our own records to learn what was billed, so that its polls cost no request.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import ClassVar

from connections.documents import JOURNAL, RELIEF, ZERO, Document, Hint, Line
from syncs.flow import Context, Scope
from syncs.flows.commitments import OfCommitment
from syncs.flows.documents import Booking
from syncs.flows.waiting import waits
from syncs.models import Record


class ReliefFlow(OfCommitment):
    """A leaf names the flow of the billings, too."""

    kind = RELIEF
    bookings = (Booking.JOURNAL, Booking.NOTHING)
    billings: ClassVar[str]
    billing_kind: ClassVar[str]

    @property
    def source_kind(self) -> str:
        return self.billing_kind

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Billings that stand posted in the ledger, as our records say."""
        rows = Record.objects.filter(
            integration=context.integration, flow=self.billings, scope=scope.id, revision=1,
            destination_status="posted",
        ).exclude(posted_digest="")  # fmt: skip
        if since:
            rows = rows.filter(changed_at__gte=since)
        for row in rows.iterator(chunk_size=1000):
            yield Hint(row.source_id, row.scope, number=row.number, stamp=row.digest)

    def document(self, context: Context, scope: str, source_id: str) -> Document:
        """The billing with its lines turned: gross, without tax and retainage."""
        return turned(super().document(context, scope, source_id))

    def skip_rule(self, context: Context, document: Document) -> str:
        """Raises while the commitment is still on its way."""
        if rule := super().skip_rule(context, document):
            return rule
        if not document.contract_id:
            return f"{document.number} belongs to no commitment."
        if not document.lines:
            return f"{document.number} bills no work: there is nothing to relieve."
        if not any(self.on_memo(context, name) for name in self.commitments):
            return "Commitments are not booked as journal lines: there is nothing to relieve."
        commitment = self.commitment(context, document.contract_id)
        if commitment and commitment.posted_digest:
            if commitment.destination_kind == JOURNAL:
                return ""
            return f"{commitment} does not stand on the memo accounts."
        if commitment and self.settled(context, commitment):
            return f"{commitment} is not booked: {commitment.sentence}"
        known = f"{commitment} is booked" if commitment else "its commitment is known and booked"
        raise waits(
            f"{document.number} relieves its commitment after {known}. It follows by itself.",
            commitment,
        )

    def on_memo(self, context: Context, name: str) -> bool:
        return context.settings_of(name).booking == Booking.JOURNAL


def turned(billing: Document) -> Document:
    """The same billing as it counts against the commitment."""
    lines = tuple(relief(line) for line in billing.lines if line.amount)
    total = sum((line.amount for line in lines), ZERO)
    return dataclasses.replace(billing, kind=RELIEF, lines=lines, total=total)


def relief(line: Line) -> Line:
    return dataclasses.replace(
        line, amount=-line.amount, tax=ZERO, tax_code="", retained=ZERO, released=ZERO
    )
