"""What stands in the ledger already: read again, said as a state, held when its source went."""

from __future__ import annotations

import dataclasses
import hashlib
from decimal import Decimal
from typing import Any

from django.utils import timezone

from audit.models import Entry
from connections.documents import (
    CREDIT_MEMO,
    JOURNAL,
    PURCHASE_ORDER,
    ZERO,
    CodedDocument,
    Document,
    Found,
    spelled,
)
from connections.errors import NeedsPerson, NotForOtherSide, Reason
from syncs.coding import compare
from syncs.coding.shapes import kept
from syncs.flow import Context
from syncs.models import Record
from syncs.worklist.care import LEFT, UNPOSTED

NOWHERE = dict.fromkeys(
    ("destination_kind", "destination_id", "destination_number", "destination_status"), ""
)
DELETED = "deleted"  # shown as the status of what its source has no more


def deleted(context: Context, record: Record) -> None:
    """Never silent: what stands in the ledger is held until a person accepts that it stays."""
    if not stands(record):
        record.keep(source_status=DELETED)
        raise NotForOtherSide("Deleted in the source before it was posted.")
    record.keep(digest=ended("deleted", record.posted_digest))
    if record.difference_accepted:
        reread(context, record, kept(record, CodedDocument), record.posted_digest or record.digest)
        return
    if record.destination_status in UNPOSTED:
        draft_of_deleted(context, record)
    raise NeedsPerson(
        Reason.DELETED_AT_SOURCE,
        f"{record.number} was deleted in the source after it was posted as "
        f"{record.destination_number}. Reverse it in the ledger or accept.",
    )


def draft_of_deleted(context: Context, record: Record) -> None:
    """People delete it there, too, and that ends it; posted meanwhile, it is as any other."""
    standing = standing_as(record)
    coded = begun_as(record, kept(record, CodedDocument), standing)
    found = context.ledger.read(standing, coded)
    if found is None:
        raise NotForOtherSide("Deleted in the source, and what stood in the ledger as well.")
    record.keep(**booked_now(record, found), **destination_fields(found, coded.kind))
    if found.status in UNPOSTED:
        raise NeedsPerson(
            Reason.DELETED_AT_SOURCE,
            f"{record.number} was deleted in the source; {found.word or 'the draft'} "
            f"{found.number} still stands in the ledger. Delete it there and replay, or accept.",
        )


def stands(record: Record) -> bool:
    """Something of ours is in the ledger: posted and read back, or a draft that was begun."""
    begun = bool(record.destination_id) and record.destination_status in UNPOSTED
    return bool(record.posted_digest) or begun


def excluded(context: Context, record: Record, document: Document, rule: str) -> None:
    """A rule excludes it; but what stands in the ledger already does not vanish by that."""
    if not stands(record):
        raise NotForOtherSide(rule)
    record.keep(digest=ended(document.status, record.digest))
    if record.difference_accepted:
        reread(context, record, kept(record, CodedDocument), record.posted_digest or record.digest)
        return
    how = "was posted as" if record.posted_digest else "stands as the draft"
    raise NeedsPerson(
        Reason.CHANGED_AFTER_POSTING,
        f"{document.number} {how} {record.destination_number}; now the source says "
        f"“{spelled(document.status)}” ({rule}).",
    )


def ended(how: str, proof: str) -> str:
    """The same content, but not to be posted any more: what was accepted before was another."""
    return hashlib.sha256(f"{how} {proof}".encode()).hexdigest()


def reread(
    context: Context, record: Record, was: CodedDocument, proof: str, *, more: str = ""
) -> None:
    """Say "posted" again only because the ledger says so. `more`: what stands beside it."""
    found = context.ledger.read(standing_as(record), was)
    if found is None:
        record.keep(destination_status="gone")
        if record.difference_accepted:
            words = f"{record.destination_number} is not in the ledger any more; a person accepted"
            record.finish(f"{words} that.{more}", posted_digest=proof)
            return
        raise NeedsPerson(
            Reason.DIFFERS,
            f"{record.destination_number} is not in the ledger any more.",
        )
    wrong = differs_now(context, record, was, found)
    if found.status in LEFT:
        record.keep(destination_status=found.status)
    if wrong and not record.difference_accepted:
        record.keep(destination_total=found.total)  # sums go by what stands
        raise NeedsPerson(
            Reason.DIFFERS,
            f"{found.number} in the ledger is not what was posted: " + "; ".join(wrong),
        )
    same = record.destination_status == found.status  # else people posted it there meanwhile
    accepted = bool(wrong) or record.difference_accepted
    note = "Accepted as it is" if accepted else "Unchanged" if same else ""
    finish(record, was, found, proof, note, more)


def differs_now(context: Context, record: Record, was: CodedDocument, found: Found) -> list[str]:
    """Lines are compared where we wrote them; what was linked or adopted, by its total."""
    if found.status == "cancelled":
        return ["it was cancelled"]
    return differences(context, was, found if record.intent_digest else headed(found))


def differences(context: Context, coded: CodedDocument, found: Found) -> list[str]:
    return compare.against(coded, found, exactly=context.settings.exactly_as_sent)


def headed(found: Found) -> Found:
    """Without its lines, dates and number: they are not ours."""
    return dataclasses.replace(
        found, lines_known=False, posting_date=None, due_date=None, external_number=""
    )


def standing_as(record: Record) -> Found:
    return Found(record.destination_id, record.destination_number, record.destination_status)


def begun_as(record: Record, coded: CodedDocument, found: Found) -> CodedDocument:
    """By the kind that this is of: an invoice that was begun may be a credit memo by now, and a
    ledger keeps each kind in a place of its own."""
    known = record.destination_kind if found.id == record.destination_id else ""
    return dataclasses.replace(coded, kind=known or coded.kind)


def destination_fields(found: Found, kind: str) -> dict[str, Any]:
    return {
        "destination_kind": kind,
        "destination_id": found.id, "destination_number": found.number,
        "destination_status": found.status, "destination_total": found.total,
        "destination_date": found.posting_date, "destination_changed_at": found.changed_at,
        "destination_url": found.url,
    }  # fmt: skip


def booked_now(record: Record, found: Found) -> dict[str, Any]:
    """What was left as a draft is posted on the day on which the ledger first shows it posted."""
    left = record.destination_status in UNPOSTED and record.destination_kind != PURCHASE_ORDER
    return {"posted_at": timezone.now()} if left and found.status not in UNPOSTED else {}


def finish(
    record: Record, coded: CodedDocument, found: Found, proof: str, note: str, more: str = ""
) -> None:
    record.journal().append(
        Entry.Kind.READ_BACK,
        f"The ledger shows {found.number} ({spelled(found.status)}), {shown(coded, found)}.",
        {"number": found.number, "id": found.id, "total": found.total, "status": found.status},
    )
    sentence = standing_words(coded, found, "stands there" if note else "was created and verified")
    facts = {} if record.difference_accepted else {"standing_source": record.source}
    record.finish(
        (f"{note}. {sentence}" if note else sentence) + added_words(record, coded, found) + more,
        posted_digest=proof,
        **facts,
        **booked_now(record, found),
        **destination_fields(found, coded.kind),
    )


def added_words(record: Record, coded: CodedDocument, found: Found) -> str:
    """What the ledger put on our lines by its own rules; of lines that are not ours, nothing."""
    more = compare.added(coded, found) if record.intent_digest else ""
    return f" The ledger added {more}." if more else ""


def shown(coded: CodedDocument, found: Found) -> str:
    """Lines of a journal come to nothing where they balance: that is said, not 0.00."""
    if coded.kind == JOURNAL and not found.total:
        return "debit and credit balance"
    return f"{found.total:,.2f}"


def standing_words(coded: CodedDocument, found: Found, verb: str) -> str:
    """In the ledger's own word for it; what people have to post is watched, and that is said."""
    amount = amount_words(coded, found)
    called = f"{found.word} {found.number}".strip()
    if found.status == "posted" and (coded.kind != PURCHASE_ORDER or not found.word):
        return f"Posted as {called}, {amount}."
    if not found.word:
        return f"Stands as a draft as {called}, {amount}."
    watched = " It is watched until it is posted." if found.status == "draft" else ""
    return f"{called[0].upper()}{called[1:]} {verb}, {amount}.{watched}"


def amount_words(coded: CodedDocument, found: Found) -> str:
    if coded.kind == JOURNAL:
        return f"{debits(coded):,.2f} debit and credit"
    if found.total != coded.total == found.by_lines:
        return compare.worked_out(found)
    return f"{-found.total if coded.kind == CREDIT_MEMO else found.total:,.2f}"


def debits(coded: CodedDocument) -> Decimal:
    return sum((line.amount for line in coded.lines if line.amount > 0), ZERO)
