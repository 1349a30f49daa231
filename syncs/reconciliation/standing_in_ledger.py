"""Whether documents that were posted stand in the ledger, and at the source, as they did."""

from __future__ import annotations

from connections.documents import CodedDocument, Document, Found
from connections.errors import ConnectorError, NeedsPerson, NotForOtherSide, Refused, WaitsForOther
from syncs.coding.shapes import kept
from syncs.coding.snapshot import digest
from syncs.flow import Agreed, Context
from syncs.models import Record
from syncs.pipelines.coded import Booked
from syncs.pipelines.posted import differs_now, ended, standing_as

NEWS: tuple[type[ConnectorError], ...] = (NeedsPerson, NotForOtherSide, Refused, WaitsForOther)


def agreed(context: Context, flow: Booked, records: list[Record], whole: bool) -> Agreed:
    """`whole`: the source is read, too. A difference of before stands for no source of its own."""
    asked = [(standing_as(record), kept(record, CodedDocument)) for record in records]
    answers = zip(records, asked, context.ledger.read_many(asked), strict=True)
    standing = {
        record.pk: found for record, (_, was), found in answers
        if as_it_was(context, record, was, found)
    }  # fmt: skip
    return {
        record.pk: facts(standing[record.pk]) for record in records
        if record.pk in standing
        and (not whole or record.revision > 1 or unchanged(context, flow, record))
    }  # fmt: skip


def as_it_was(context: Context, record: Record, was: CodedDocument, found: Found | None) -> bool:
    if found is None:
        return record.destination_status == "gone" and record.difference_accepted
    now = (found.status, found.number, found.total)
    if now != (record.destination_status, record.destination_number, record.destination_total):
        return False
    return record.difference_accepted or not differs_now(context, record, was, found)


def facts(found: Found | None) -> dict[str, object]:
    if found is None:
        return {}
    known = {"destination_date": found.posting_date, "destination_changed_at": found.changed_at}
    return {name: value for name, value in known.items() if value is not None}


def unchanged(context: Context, flow: Booked, record: Record) -> bool:
    """The source says what it said when this was posted, or accepted as it is."""
    try:
        document = flow.document(context, record.scope, record.source_id)
    except NEWS:
        return False
    if document.deleted:
        return record.difference_accepted and record.digest == ended(
            "deleted", record.posted_digest
        )
    return record.digest in proofs(record, document)


def proofs(record: Record, document: Document) -> tuple[str, ...]:
    proof = digest(document)
    accepted = (ended(document.status, proof),) if record.difference_accepted else ()
    return (proof, *accepted)
