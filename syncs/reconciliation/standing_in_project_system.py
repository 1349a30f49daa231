"""Whether what a ledger sent stands in the project system, and in the ledger, as it did."""

from __future__ import annotations

from connections.documents import Document, LedgerDocument
from connections.errors import NotFound
from syncs.coding import to_project_system
from syncs.coding.shapes import kept
from syncs.coding.snapshot import digest
from syncs.flow import Agreed, Context
from syncs.models import Record
from syncs.pipelines.to_project_system import SentOn, ended


def agreed(context: Context, flow: SentOn, records: list[Record], whole: bool) -> Agreed:
    """`whole`: the ledger is read, too."""
    if whole:
        ids = [record.source_id for record in records]
        found = {one.id: one for one in context.purchase_ledger.purchases(flow.kind, ids)}
        records = [
            record for record in records
            if unchanged(context, flow, record, found.get(record.source_id))
        ]  # fmt: skip
    looked = {record.pk: as_it_was(context, record) for record in records}
    return {pk: facts for pk, facts in looked.items() if facts is not None}


def unchanged(
    context: Context, flow: SentOn, record: Record, document: LedgerDocument | None
) -> bool:
    """The ledger says what it said when this was sent. An order that was billed in full leaves it
    by itself."""
    if document is None:
        where = context.purchase_ledger.whereabouts(flow.kind, record.source_id, record.number)
        return where == "invoiced"
    proof = digest(document)
    if document.status == "cancelled":
        return record.digest == ended("voided", proof)
    return record.digest == proof


def as_it_was(context: Context, record: Record) -> dict[str, object] | None:
    """None: something else stands. What stays as it was sent by a rule is not held against it."""
    if record.posted_digest != record.digest or not record.destination_id:
        return {}
    sent = kept(record, Document)
    try:
        there = context.project_books.document(sent.kind, sent.project.id, record.destination_id)
    except NotFound:
        return None
    if there.deleted or there.total != record.destination_total:
        return None
    wrong = to_project_system.differences(sent, there)
    if wrong and not record.difference_accepted:
        return None
    return {"destination_changed_at": there.updated_at} if there.updated_at else {}
