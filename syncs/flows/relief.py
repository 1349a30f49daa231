"""What a billing takes off its commitment, which is relieved as its billings post.

A commitment on memo accounts says what is still to come. When a billing stands posted in the
ledger, its gross amount is taken off again: journal lines of the other sign, line by line. The
flow reads our own records to learn what was billed, so that its polls cost no request.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import ClassVar

from django.utils import timezone

from connections.documents import JOURNAL, RELIEF, ZERO, Document, Hint, Line
from connections.errors import NeedsPerson, Reason, WaitsForOther
from syncs.coding.shapes import source_document
from syncs.coding.snapshot import digest
from syncs.flow import Context, Scope
from syncs.flows.documents import Booking
from syncs.flows.memo import Amounts, OnMemo
from syncs.flows.waiting import waits
from syncs.ingest.noting import pend
from syncs.models import Record, State
from syncs.pipelines.posted import LEFT
from syncs.record import RecordQuerySet

RECENTLY = dt.timedelta(days=2)


class ReliefFlow(OnMemo):
    """A leaf names the flows of the billings and of the change orders, too."""

    kind = RELIEF
    billings: ClassVar[str]
    billing_kind: ClassVar[str]

    @property
    def source_kind(self) -> str:
        return self.billing_kind

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Billings that stand in the ledger, or stood there, as our records say."""
        rows = self.billed(context).filter(scope=scope.id)
        if since:
            rows = rows.filter(changed_at__gte=since)
        for row in rows.iterator(chunk_size=1000):
            shown = f"{row.posted_digest} {row.destination_status in LEFT}"
            stamp = hashlib.sha256(shown.encode()).hexdigest()
            yield Hint(row.source_id, row.scope, number=row.number, stamp=stamp)

    def document(self, context: Context, scope: str, source_id: str) -> Document:
        """The billing as it stands in the ledger, with its lines turned: gross of retainage.

        What the source says meanwhile does not count before it is booked, and what left the ledger
        relieves nothing. No more is taken off than stands committed.
        """
        rows = self.billed(context).filter(scope=scope, source_id=source_id)
        row = rows.first()
        billing = source_document(row.standing_source) if row else None
        if row is None or billing is None:
            raise waits("What stands of its billing in the ledger has to be settled first.", row)
        whole = turned(billing) if row.destination_status not in LEFT else emptied(billing)
        left = self.left(context, scope, billing.contract_id, source_id)
        if left is None or not whole.lines:
            return whole
        document = within(whole, left)
        if not document.lines and not self.relieved(context, scope).filter(source_id=source_id):
            raise waits(
                f"{billing.number} bills more than stands committed: nothing is left to take off. "
                "It follows by itself when a change order is booked.",
                None,
            )
        return document

    def billed(self, context: Context) -> RecordQuerySet:
        """Of billings that stand in the ledger, or stood there."""
        rows = Record.objects.filter(
            integration=context.integration, flow=self.billings, revision=1,
            destination_status__in=("posted", *LEFT),
        )  # fmt: skip
        return rows.exclude(posted_digest="")

    def record_of(self, context: Context, billing: Record) -> Record | None:
        """What relieves by this billing, once it was looked at."""
        rows = Record.objects.filter(
            integration=context.integration, flow=self.name, scope=billing.scope,
            source_id=billing.source_id, revision=1,
        )  # fmt: skip
        return rows.first()

    def may_move(self, context: Context, row: Record) -> bool:
        """False for one that waits because nothing is left to take off."""
        return row.reason != Reason.WAITS or self.is_ready(context, row)

    # -- what moves by itself ---------------------------------------------------------------------

    def is_ready(self, context: Context, row: Record) -> bool:
        contract = str((row.source or {}).get("contract_id") or "")
        if not contract:
            billing = self.billed(context).filter(scope=row.scope, source_id=row.source_id).first()
            contract = str(billing.standing_source.get("contract_id") or "") if billing else ""
            row.source = {"contract_id": contract}
        left = self.left(context, row.scope, contract, row.source_id)
        return super().is_ready(context, row) and (left is None or any(left.values()))

    def watch(self, context: Context) -> int:
        """What a person decided about the billing is decided about its relief, too."""
        return super().watch(context) + self.follow(context)

    def follow(self, context: Context) -> int:
        """Reliefs that would be others now, of commitments that moved in the ledger lately.

        Not by which of both ended later: a relief may have been worked out before its commitment
        moved, and end after it.
        """
        moved = Record.objects.filter(
            integration=context.integration, flow__in=(*self.commitments, *self.change_orders),
            revision=1, changed_at__gte=timezone.now() - RECENTLY,
        ).exclude(posted_digest="")  # fmt: skip
        contracts = {
            str(row.standing_source.get("contract_id") or "")
            if row.flow in self.change_orders else row.source_id
            for row in moved
        }  # fmt: skip
        rows = Record.objects.filter(
            integration=context.integration, flow=self.name, state=State.POSTED, revision=1,
            standing_source__contract_id__in=list(contracts),
        )  # fmt: skip
        due = [row.pk for row in rows if self.is_another(context, row)]
        return pend(due, "Its commitment moved in the ledger.")

    def is_another(self, context: Context, row: Record) -> bool:
        try:
            now = self.document(context, row.scope, row.source_id)
        except (NeedsPerson, WaitsForOther):  # its billing is on its way, and brings it by itself
            return False
        return digest(now) != row.digest

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


def emptied(billing: Document) -> Document:
    return turned(dataclasses.replace(billing, lines=()))


def within(whole: Document, left: Amounts) -> Document:
    """Of each cost code and type no more than is left, what this billing gives back included."""
    rest, lines = dict(left), []
    for line in whole.lines:
        key = line.cost_code, line.cost_type
        rest[key] = rest.get(key, ZERO) + max(line.amount, ZERO)
    for line in whole.lines:
        key = line.cost_code, line.cost_type
        amount = max(line.amount, -max(rest[key], ZERO))
        rest[key] += min(amount, ZERO)
        if amount:
            lines.append(dataclasses.replace(line, amount=amount))
    total = sum((line.amount for line in lines), ZERO)
    return dataclasses.replace(whole, lines=tuple(lines), total=total)


def relief(line: Line) -> Line:
    return dataclasses.replace(
        line, amount=-line.amount, tax=ZERO, tax_code="", retained=ZERO, released=ZERO
    )
