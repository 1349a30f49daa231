"""Whether items of a board show what stands in the ledger."""

from __future__ import annotations

from connections.boards import Item
from connections.documents import LedgerDocument
from syncs.coding.to_board import View, facts_of
from syncs.flow import Agreed, Context
from syncs.models import Record
from syncs.pipelines.to_board import Job, ShownOnBoard, differing, named


def agreed(context: Context, flow: ShownOnBoard, records: list[Record]) -> Agreed:
    """One read of the board, one of the documents, one of the items."""
    view = View.of(context, flow.shows)
    ids = [record.source_id for record in records]
    found = {one.id: one for one in context.purchase_ledger.purchases(flow.shows, ids)}
    known = [record.destination_id for record in records if record.destination_id]
    items = {item.id: item for item in context.board_system.items(known)} if known else {}
    return {
        record.pk: {} for record in records
        if as_it_was(context, flow, view, record, found.get(record.source_id),
                     items.get(record.destination_id))
    }  # fmt: skip


def as_it_was(
    context: Context, flow: ShownOnBoard, view: View, record: Record,
    document: LedgerDocument | None, item: Item | None,
) -> bool:  # fmt: skip
    if document is None or item is None or not item.active or item.board_id != view.board.id:
        return False
    key = flow.origin_id(document)
    job = Job(record, named(document), facts_of(context, document, key, view.layout), key)
    same = job.digest == record.digest == record.posted_digest and item.name == job.name
    return same and not differing(view, job, item)
