"""What stands of a contract on the memo accounts, as our own records say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

from django.db.models import Q

from connections.documents import JOURNAL, ZERO, LineCode
from connections.errors import Reason
from syncs.coding.shapes import source_document
from syncs.flow import Context
from syncs.flows.commitments import OfCommitment
from syncs.flows.documents import Booking
from syncs.models import Record, State
from syncs.reconciliation.corrections import has_difference, post_difference
from syncs.record import RecordQuerySet
from syncs.worklist.care import LEFT

Amounts = dict[LineCode, Decimal]


class OnMemo(OfCommitment):
    """Journal lines that follow what stands. A leaf names the flows that put it there, too."""

    bookings = (Booking.JOURNAL, Booking.NOTHING)
    change_orders: ClassVar[tuple[str, ...]]
    reliefs: ClassVar[str] = ""  # the flow that takes billings off

    @property
    def heeds(self) -> frozenset[str]:
        """Its documents are our own: they foot, and bear no tax."""
        return super().heeds - {"rounding_threshold", "unstated_tax"}

    def relieved(self, context: Context, scope: str) -> RecordQuerySet:
        """Reliefs of a project that stand."""
        rows = Record.objects.filter(
            integration=context.integration, flow=self.reliefs, scope=scope, revision=1
        )
        return rows.exclude(posted_digest="")

    def committed(self, context: Context, scope: str, contract_id: str) -> RecordQuerySet:
        """The commitment and its change orders, as far as they stand on the memo accounts."""
        rows = Record.objects.filter(
            integration=context.integration, scope=scope, revision=1, destination_kind=JOURNAL
        )
        contract = Q(flow__in=self.commitments, source_id=contract_id)
        orders = Q(flow__in=self.change_orders, standing_source__contract_id=contract_id)
        there = rows.filter(contract | orders).exclude(posted_digest="")
        return there.exclude(destination_status__in=LEFT)

    def standing(self, context: Context, scope: str, contract_id: str) -> Amounts | None:
        """By code, what stands committed.

        None where no commitment stands, or what stands of it is not known.
        """
        rows = list(self.committed(context, scope, contract_id))
        if not any(row.source_id == contract_id and row.standing_source for row in rows):
            return None
        return amounts(rows)

    def watch(self, context: Context) -> int:
        """What they follow was decided about: their differences go by themselves."""
        held = Record.objects.filter(
            integration=context.integration, flow=self.name, state=State.HELD,
            reason=Reason.CHANGED_AFTER_POSTING,
        )  # fmt: skip
        changed = [row for row in held if has_difference(row)]
        made = sum(len(post_difference(row, "connector")) for row in changed)
        return super().watch(context) + made


def amounts(rows: Iterable[Record]) -> Amounts:
    """What these add up to, by the sources whose entries stand."""
    found: Amounts = defaultdict(lambda: ZERO)
    for row in rows:
        if document := source_document(row.standing_source):
            for line in document.lines:
                found[line.code] += line.amount
    return found
