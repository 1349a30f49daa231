"""Items of boards on which somebody set something, each with the document that it shows."""

from __future__ import annotations

import dataclasses
from typing import NoReturn

from connections.boards import Item
from connections.documents import LedgerDocument
from connections.errors import (
    NeedsPerson,
    NotForOtherSide,
)
from mappings.boards.vocabulary import DECISION
from mappings.models import BoardLayout
from syncs.coding.shapes import decided_of
from syncs.coding.to_board import View
from syncs.flow import Context
from syncs.ingest.noting import pend
from syncs.models import Record
from syncs.pipelines import to_board
from syncs.pipelines.engine import ending, in_hand


@dataclasses.dataclass
class Case:
    """One item in hand, with the document that it shows."""

    record: Record
    view: View
    item: Item
    shown: Record  # of the flow that made the item
    document: LedgerDocument | None
    tried: bool = False  # before, and nobody knows how far it came

    @property
    def known(self) -> str:
        return self.shown.number or self.item.name

    def approval(self) -> str:
        cell = self.item.cells.get(self.view.must(DECISION).id)
        return cell if isinstance(cell, str) else ""


def by_board(context: Context, records: list[Record]) -> list[tuple[View, list[Record]]]:
    """A board that cannot be used holds its records."""
    found = []
    for board in dict.fromkeys(record.scope for record in records):
        mine = [record for record in records if record.scope == board]
        try:
            found.append((view_of(context, board), mine))
        except (NeedsPerson, NotForOtherSide) as error:
            for record in mine:
                with ending(in_hand(context, record)):
                    raise error
    return found


def view_of(context: Context, board: str) -> View:
    rows = BoardLayout.objects.filter(integration=context.integration, board_id=board)
    layout = rows.first()
    if layout is None:
        raise NotForOtherSide("Its board shows no ledger documents any more.")
    return View.of(context, layout.kind)


def shown_on(context: Context, record: Record) -> Record | None:
    """The record of the ledger document whose item it is."""
    rows = Record.objects.filter(
        integration=context.integration, destination_kind="item", destination_id=record.source_id
    )
    return rows.first()


def read_documents(
    context: Context, view: View, records: list[Record]
) -> dict[str, LedgerDocument]:
    shown = [row for record in records if (row := shown_on(context, record))]
    ids = [row.source_id for row in shown]
    ledger = context.purchase_ledger
    return {one.id: one for one in ledger.purchases(view.layout.kind, ids)} if ids else {}


def case_of(
    context: Context, view: View, record: Record, items: dict[str, Item],
    documents: dict[str, LedgerDocument],
) -> Case:  # fmt: skip
    item, shown = items.get(record.source_id), shown_on(context, record)
    if item is None or not item.active:
        left_the_board(record, shown)
    if shown is not None and to_board.away(shown):
        pend([shown.pk], "Its item is on the board again.")
    record.keep(number=item.name[:255], title=item.name[:500], source_url=item.url)
    if shown is None:
        raise NotForOtherSide("It shows no document of the ledger: people's own item.")
    record.keep(
        number=(shown.number or item.name)[:255], vendor_name=shown.vendor_name,
        vendor_id=shown.vendor_id, amount=shown.amount, currency=shown.currency,
        document_date=shown.document_date,
    )  # fmt: skip
    tried = record.attempts > 1 or record.in_doubt_since is not None
    return Case(record, view, item, shown, documents.get(shown.source_id), tried)


def left_the_board(record: Record, shown: Record | None) -> NoReturn:
    """Archived or deleted: the flow that shows the document says so, and waits for a person."""
    if shown is not None:
        pend([shown.pk], "Its item is not on the board any more.")
    outcome = decided_of(record).outcome
    stays = f" What was decided stays: {outcome}" if outcome else ""
    raise NotForOtherSide(f"The item is not on the board any more.{stays}")
