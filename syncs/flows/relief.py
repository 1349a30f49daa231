"""What a billing takes off its commitment, which is relieved as its billings post.

A commitment on memo accounts says what is still to come. When a billing stands posted in the
ledger, its gross amount is taken off again: journal lines of the other sign, line by line. The
flow reads our own records to learn what was billed, so that its polls cost no request.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from django.utils import timezone

from connections.documents import JOURNAL, RELIEF, ZERO, Document, Hint, Line
from connections.errors import NeedsPerson, Reason, WaitsForOther
from syncs.coding.shapes import source_document
from syncs.coding.snapshot import digest
from syncs.flow import Context, Scope
from syncs.flows.documents import Booking
from syncs.flows.memo import Amounts, OnMemo, amounts
from syncs.flows.waiting import waits
from syncs.ingest.noting import pend
from syncs.models import Cursor, Record, State
from syncs.record import RecordQuerySet
from syncs.worklist.care import LEFT

FOLLOWED = "contracts"  # in place of a project: how far all of them were followed
OVERLAP = dt.timedelta(minutes=10)  # what began early may be committed late
RECENTLY = dt.timedelta(days=2)  # before it followed for the first time


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
        if row.destination_status in LEFT:
            return emptied(billing)
        whole = turned(billing)
        shares = self.shares(context, scope, billing.contract_id)
        if shares is None or not whole.lines:
            return whole
        document = limited(whole, shares.get(source_id, {}))
        if not document.lines and not self.relieved(context, scope).filter(source_id=source_id):
            raise waits(
                f"{billing.number} bills more than stands committed: nothing is left to take off. "
                "It follows by itself when a change order is booked.",
                None,
            )
        return document

    def shares(self, context: Context, scope: str, contract_id: str) -> dict[str, Amounts] | None:
        """By the id of each billing that stands: what it takes off its commitment.

        In the order in which they were posted, so that it is the same whoever is worked out first,
        and all of them take off what is billed, or what stands committed where that is less. None
        where no commitment stands, or what stands of it is not known.
        """
        committed = self.standing(context, scope, contract_id)
        if committed is None:
            return None
        rows = self.billed(context).filter(scope=scope, standing_source__contract_id=contract_id)
        found: dict[str, Amounts] = {}
        billed: Amounts = defaultdict(lambda: ZERO)
        for row in rows.exclude(destination_status__in=LEFT).order_by("posted_at", "pk"):
            found[row.source_id] = {}
            for key, amount in amounts([row]).items():
                most, before = max(committed[key], ZERO), billed[key]
                billed[key] += amount
                found[row.source_id][key] = min(billed[key], most) - min(before, most)
        return found

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
        if not (row.source or {}).get("contract_id"):
            billing = self.billed(context).filter(scope=row.scope, source_id=row.source_id).first()
            contract = str(billing.standing_source.get("contract_id") or "") if billing else ""
            row.source = {"contract_id": contract}
        return super().is_ready(context, row) and self.worked_out(context, row) is not None

    def worked_out(self, context: Context, row: Record) -> Document | None:
        """None while there is nothing to take off, or its billing is on its way."""
        try:
            return self.document(context, row.scope, row.source_id)
        except (NeedsPerson, WaitsForOther):
            return None

    def watch(self, context: Context) -> int:
        """What a person decided about the billing is decided about its relief, too."""
        return super().watch(context) + self.follow(context)

    def follow(self, context: Context) -> int:
        """Reliefs that would be others now, of contracts on which something moved since last time.

        Reliefs count, too: one may have been worked out before its commitment moved, and end after
        it, when that was looked at already.
        """
        cursor, _ = Cursor.objects.get_or_create(
            integration=context.integration, flow=self.name, scope=FOLLOWED
        )
        began = timezone.now()
        since = cursor.read_to - OVERLAP if cursor.read_to else began - RECENTLY
        due = self.moved_since(context, since)
        pended = pend(due, "Its commitment, or what was billed of it, moved in the ledger.")
        Cursor.objects.filter(pk=cursor.pk).update(read_to=began, updated_at=began)
        return pended

    def moved_since(self, context: Context, since: dt.datetime) -> list[int]:
        """The reliefs that are others now, of what moved since then."""
        moved = Record.objects.filter(
            integration=context.integration, revision=1, changed_at__gte=since,
            flow__in=(*self.commitments, *self.change_orders, self.billings, self.name),
        ).exclude(posted_digest="")  # fmt: skip
        contracts = {
            (row.scope, row.source_id if row.flow in self.commitments
             else str(row.standing_source.get("contract_id") or ""))
            for row in moved
        }  # fmt: skip
        return [
            row.pk for scope, one in sorted(contracts) for row in self.others(context, scope, one)
        ]

    def others(self, context: Context, scope: str, contract_id: str) -> list[Record]:
        """The posted reliefs of a contract that take off another amount than is theirs now."""
        shares = self.shares(context, scope, contract_id) if contract_id else None
        if shares is None:
            return []
        rows = self.relieved(context, scope).filter(
            state=State.POSTED, standing_source__contract_id=contract_id
        )
        others = [row for row in rows if takes_off(row) != some(shares.get(row.source_id, {}))]
        return [row for row in others if self.is_another(context, row)]

    def is_another(self, context: Context, row: Record) -> bool:
        now = self.worked_out(context, row)  # else its billing brings it by itself
        return now is not None and digest(now) != row.digest

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


def takes_off(row: Record) -> Amounts:
    """Of a relief that stands."""
    return some({key: -amount for key, amount in amounts([row]).items()})


def some(found: Amounts) -> Amounts:
    return {key: amount for key, amount in found.items() if amount}


def turned(billing: Document) -> Document:
    """The same billing as it counts against the commitment."""
    lines = tuple(relief(line) for line in billing.lines if line.amount)
    total = sum((line.amount for line in lines), ZERO)
    return dataclasses.replace(billing, kind=RELIEF, lines=lines, total=total)


def emptied(billing: Document) -> Document:
    return turned(dataclasses.replace(billing, lines=()))


def limited(whole: Document, share: Amounts) -> Document:
    """Its lines, as far as they take off this share of each code.

    The share lies between nothing and what the lines of its code come to, so that lines of the
    sum's sign are cut, the last ones first, and the others stay.
    """
    sums: Amounts = defaultdict(lambda: ZERO)
    for line in whole.lines:
        sums[line.code] += line.amount
    over = {key: amount + share.get(key, ZERO) for key, amount in sums.items()}
    lines = []
    for line in reversed(whole.lines):
        key = line.code
        cut = nearer_nothing(line.amount, over[key]) if over[key] * line.amount > 0 else ZERO
        over[key] -= cut
        if line.amount != cut:
            lines.append(dataclasses.replace(line, amount=line.amount - cut))
    total = sum((line.amount for line in lines), ZERO)
    return dataclasses.replace(whole, lines=tuple(reversed(lines)), total=total)


def nearer_nothing(one: Decimal, other: Decimal) -> Decimal:
    return min(one, other, key=abs)


def relief(line: Line) -> Line:
    return dataclasses.replace(
        line, amount=-line.amount, tax=ZERO, tax_code="", retained=ZERO, released=ZERO
    )
