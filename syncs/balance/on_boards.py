"""What each document of the ledger that a board shows comes to on both sides: an item, a document.

With tax, as the board's column of amounts shows it. An item has no cost codes.
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from connections.documents import LEDGER_ORDER, ZERO
from syncs.balance import causes
from syncs.balance.causes import Why
from syncs.balance.documents import part_of
from syncs.balance.places import Place, Terms, month
from syncs.balance.rows import Book, Cause, CellPart, Share
from syncs.balance.sent import VOID
from syncs.coding.shapes import item_of
from syncs.models import Record
from syncs.pipelines.to_board import away


@dataclasses.dataclass
class OnBoard:
    """One document of the ledger, and the item that shows it."""

    record: Record
    terms: Terms
    kind: str  # of the ledger's document

    def parts(self) -> list[CellPart]:
        """An item that says that its document left the ledger is worth as little as that."""
        record = self.record
        if record.source_status in VOID:
            return []
        wanted, there, why = self.on_board(), record.amount or ZERO, self.why()
        if not (wanted or there):
            return []
        return [
            part_of(record, self.place, wanted, there, why, ledger=record.number,
                    ledger_url=record.source_url, number=record.destination_number,
                    url=record.destination_url)
        ]  # fmt: skip

    @property
    def place(self) -> Place:
        record = self.record
        vendor, name = self.terms.vendor(record.vendor_id, record.vendor_name)
        is_order = self.kind == LEDGER_ORDER
        return Place(
            Book.COMMITMENT if is_order else Book.COST, project=record.project, vendor=vendor,
            vendor_name=name, period=month(record.document_date),
            currency=self.terms.currency(record.currency),
            share=Share.COMMITTED if is_order else "",
        )  # fmt: skip

    def on_board(self) -> Decimal:
        """What the column showed when the item was last read; nothing of one that is away."""
        record = self.record
        if not record.posted_digest or record.destination_kind != "item" or away(record):
            return ZERO
        column = self.terms.amount_columns.get(self.kind, "")
        return Decimal(str(item_of(record).cells.get(column) or 0))

    def why(self) -> Why:
        """What somebody typed into the column waits to be put back."""
        why = causes.of([self.record])
        if why.cause == Cause.UNEXPLAINED and not self.record.difference_accepted:
            return Why(Cause.CHANGED, f"The board shows another amount. {why.sentence}")
        return why
