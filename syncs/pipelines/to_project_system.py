"""Ledger documents into a project system: read, decode, check, review, send, read back.

What was sent follows the ledger until the project system locks it; then a person decides. A
document that stands under our origin id is ours and is brought up to date, never made twice.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from audit.models import Entry
from connections.documents import ZERO, CostCode, Document, LedgerDocument, signed, spelled
from connections.errors import NeedsPerson, NotForOtherSide, NotFound, Reason, RetryLater
from syncs.coding import shapes, to_project_system
from syncs.coding.shapes import kept
from syncs.coding.snapshot import digest, pack
from syncs.coding.to_project_system import Decoder
from syncs.flow import Context
from syncs.models import FlowSettings, Record
from syncs.pipelines import resolver
from syncs.pipelines.engine import ending, in_hand
from syncs.pipelines.linking_there import Sent, check_free, not_as_far
from syncs.pipelines.linking_there import look_up as look_up_named
from syncs.pipelines.posted import NOWHERE
from syncs.pipelines.write import Intent, write

VoidRule = FlowSettings.VoidRule


class SentOn(Sent, Protocol):
    """What is asked of a flow whose ledger documents go into a project system."""

    kind: ClassVar[str]

    def words(self, document: LedgerDocument) -> str:
        """Its status as people of this ledger call it."""

    def tell(self, record: Record, document: LedgerDocument) -> None:
        """What the journal keeps of the ledger's own state at each sync."""


@dataclasses.dataclass
class Job:
    """One record in hand, with what is to stand in the project system."""

    record: Record
    document: Document
    digest: str
    new_codes: list[CostCode]

    @property
    def intent(self) -> Intent:
        key, what = natural_key(self.document), self.document.kind.replace("_", " ")
        about = f"{what} {self.document.number}"
        return Intent(self.document, self.digest, key, self.worth, about)

    @property
    def worth(self) -> Decimal:
        """Of what is to stand or of what stands: bringing much to nothing is no small write."""
        return max(self.document.total, self.record.destination_total or ZERO, key=abs)


def carry(context: Context, flow: SentOn, records: list[Record]) -> None:
    """Read all at once, decode each, look all of them up at once, send each that differs."""
    resolve(context, [record for record in records if record.in_doubt_since and record.coded])
    context.about(None)
    mine = [record for record in records if record.claim is not None]
    ids = [record.source_id for record in mine]
    found = {one.id: one for one in context.purchase_ledger.purchases(flow.kind, ids)}
    jobs = []
    for record in mine:
        with ending(in_hand(context, record)):
            if job := prepare(context, flow, record, found.get(record.source_id)):
                jobs.append(job)
    for job, standing in look_up(context, jobs):
        with ending(in_hand(context, job.record)):
            bring_up_to_date(context, job, standing)


def look_up(context: Context, jobs: Sequence[Job]) -> list[tuple[Job, list[Document]]]:
    if not jobs:
        return []
    context.about(None)
    standing = context.project_books.find_sent([job.document for job in jobs])
    return list(zip(jobs, standing, strict=True))


# -- the resolver ------------------------------------------------------------------------


def resolve(context: Context, records: list[Record]) -> None:
    """What became of a write without an answer, before its source is asked: that may be gone."""
    jobs = [Job(record, kept(record, Document), record.intent_digest, []) for record in records]
    for job, standing in look_up(context, jobs):
        with ending(in_hand(context, job.record)):
            settle(context, job, choose(job, standing))


def settle(context: Context, job: Job, there: Document | None) -> None:
    """It stands, in part perhaps, or it may be on its way, or it never came. Writes nothing."""
    record, system = job.record, context.integration.project_system
    if there is not None:
        check_ours(context, job, there)
        record.end_write(**destination_fields(there) | {"destination_status": there.status})
    elif remaining := resolver.settling(system, record):
        raise resolver.ask_again(system, record, remaining)
    else:
        record.end_write(**({} if record.posted_digest else NOWHERE))


def begun(record: Record) -> bool:
    """Sent and read back, or a part of it stands over there."""
    return bool(record.posted_digest or record.destination_id)


# -- before the write --------------------------------------------------------------------


def prepare(
    context: Context, flow: SentOn, record: Record, document: LedgerDocument | None
) -> Job | None:
    """Decode and check. None when the record reached a state without a look at the other side."""
    if document is None:
        return gone(context, flow, record)
    voided = document.status == "cancelled"
    proof = ended("voided", digest(document)) if voided else digest(document)
    note_source(record, document, proof, flow.words(document))
    flow.tell(record, document)
    if voided and begun(record) and not record.difference_accepted:
        return left_ledger(context, record, "voided", proof)
    if record.link_number and not voided and not begun(record):
        link(context, flow, record, document, proof)
        return None
    if rule := flow.skip_rule(context, record, document):
        left_out(record, rule)
        return None
    if record.posted_digest == proof and kept(record, Document).id:
        return Job(record, kept(record, Document), proof, [])  # linked as it stands there
    target = flow.target(context, record, document)
    if record.posted_digest == proof and kept(record, Document).status == target.status:
        return Job(record, kept(record, Document), proof, [])
    decoder = Decoder(document, context.book, context.project_books.longest_number)
    decoded = decoder.decode(target)
    if decoded is None:
        untold(record, document, decoder)
        return None
    decoded = flow.refine(context, decoded, document)
    record.keep(
        project=decoded.project.number, project_name=decoded.project.name,
        coded=shapes.pack(decoded) if not record.posted_digest else record.coded,
    )  # fmt: skip
    if rule := flow.project_rule(context, decoded):
        left_out(record, rule)
        return None
    return Job(record, decoded, proof, list(decoder.new_codes.values()))


def link(
    context: Context, flow: SentOn, record: Record, document: LedgerDocument, proof: str
) -> None:
    """A person says that it is there already: what agrees is brought up to date as any other, what
    cannot be decoded is kept as it stands there."""
    found = look_up_named(context, flow, record, document)
    record.remember(link_number=found.there.number[:100])
    job = Job(record, found.document, proof, found.new_codes)
    if not found.document.id:
        bring_up_to_date(context, job, [found.there])
        return
    record.keep(project=found.document.project.number, project_name=found.document.project.name)
    finish(job, found.there, f"Linked by a person to {found.there.number}")


def ended(how: str, proof: str) -> str:
    """The same content, voided or deleted: a difference that was accepted before is another."""
    return hashlib.sha256(f"{how} {proof}".encode()).hexdigest()


def left_ledger(context: Context, record: Record, how: str, proof: str) -> Job | None:
    """Never silent: what was sent becomes what finance chose, else a person decides."""
    rule = context.settings.void_rule
    if rule == VoidRule.ZERO:
        return Job(record, emptied(kept(record, Document)), proof, [])
    if rule == VoidRule.LEAVE and record.posted_digest:
        left_out(record, f"It was {how} in the ledger, and finance chose to leave it.")
        return None
    raise NeedsPerson(
        Reason.DELETED_AT_SOURCE,
        f"{record.number or record.source_id} was {how} in the ledger after it had been sent as "
        f"{record.destination_number or record.destination_id}. Void it in the project system, "
        "then accept.",
    )


def emptied(sent: Document) -> Document:
    """The same lines, worth nothing."""
    lines = tuple(
        dataclasses.replace(line, amount=ZERO, quantity=None, unit_cost=None, unit="")
        for line in sent.lines
    )
    return dataclasses.replace(sent, lines=lines, total=ZERO)


def unclear(decoder: Decoder) -> NeedsPerson:
    first = decoder.problems[0]
    more = f" (and {len(decoder.problems) - 1} more)" if len(decoder.problems) > 1 else ""
    problems = [problem.plain() for problem in decoder.problems]
    return NeedsPerson(first.reason, first.sentence + more, problems=problems)


def untold(record: Record, document: LedgerDocument, decoder: Decoder) -> None:
    """It cannot be told in the project's terms; of what was sent before, that is said, too."""
    why = unclear(decoder)
    if not record.posted_digest:
        raise why
    if record.difference_accepted:
        left_out(record, "a person accepted that it differs.")
        return
    sentence = (
        f"{document.number} changed in the ledger after it had been sent as "
        f"{record.destination_number} ({record.destination_total:,.2f}); it cannot be told what "
        "the project system should show now"
    )
    changed = {"reason": str(Reason.CHANGED_AFTER_POSTING), "sentence": f"{sentence}."}
    raise NeedsPerson(
        Reason.CHANGED_AFTER_POSTING,
        f"{sentence}: {why.sentence}",
        problems=[changed, *(problem.plain() for problem in decoder.problems)],
    )


def note_source(record: Record, document: LedgerDocument, proof: str, status: str = "") -> None:
    """`status`: as people of that ledger call it."""
    record.keep(
        number=document.number[:255], title=document.external_number[:500], digest=proof,
        vendor_id=document.vendor, vendor_name=document.vendor_name[:300],
        amount=signed(document.kind, document.total), currency=document.currency,
        document_date=document.date,
        source_status=status or document.status, source_url=document.url, source=pack(document),
        source_updated_at=document.updated_at, missing_since=None,
    )  # fmt: skip


def left_out(record: Record, rule: str) -> None:
    """What was sent already stays as it is: a reopened order is on its way to be released again."""
    if not record.posted_digest:
        begun_as = f" What was begun stands as {record.destination_number}."
        raise NotForOtherSide(rule + (begun_as if record.destination_id else ""))
    record.finish(f"Stays as it was sent: {rule}", read_back_at=record.read_back_at)


def gone(context: Context, flow: SentOn, record: Record) -> Job | None:
    """An order that was billed in full leaves the ledger by itself; all else is never silent."""
    where = context.purchase_ledger.whereabouts(flow.kind, record.source_id, record.number)
    known = record.number or record.source_id
    if where == "unknown":
        raise RetryLater(f"The ledger does not show {known} now and cannot say why.")
    if where == "invoiced":
        left_out(record, f"{known} was billed in full, and the ledger removed it.")
        return None
    if not begun(record):
        raise NotForOtherSide("Deleted in the ledger before it was sent.")
    if record.difference_accepted:
        record.finish("Deleted in the ledger; a person accepted that it stays.")
        return None
    return left_ledger(context, record, "deleted", ended("deleted", record.digest))


# -- the other side ----------------------------------------------------------------------


def bring_up_to_date(context: Context, job: Job, standing: list[Document]) -> None:
    """Adopt, finish, or send what differs. Raises what a person has to decide."""
    there = choose(job, standing)
    if there is None:
        not_there(context, job)
        send(context, job, None)
        return
    check_ours(context, job, there)
    wrong = to_project_system.differences(job.document, there)
    if not wrong and not unfinished(job, there):
        finish(job, there, how(job, there))
    elif wrong and job.record.difference_accepted:
        finish(job, there, "Accepted as it is")
    elif wrong and job.record.posted_digest == job.digest:
        raise NeedsPerson(
            Reason.DIFFERS,
            f"{there.number} was changed in the project system after it was sent: "
            + "; ".join(wrong),
            difference=wrong,
        )
    elif wrong and there.locked:
        raise NeedsPerson(
            Reason.LOCKED,
            f"{job.record.number} is not what {there.number} shows. {there.locked}: "
            + "; ".join(wrong),
            difference=wrong,
        )
    else:
        send(context, job, there)


def unfinished(job: Job, there: Document) -> bool:
    """Ours, but an earlier try stopped before its last write: the mark, or the status."""
    record = job.record
    marked = there.origin_id == job.document.origin_id
    if not (record.intent_digest or marked):
        return False  # adopted as it is
    sent = record.posted_digest and kept(record, Document).status == job.document.status
    return not marked or not (sent or there.status == job.document.status)


def how(job: Job, there: Document) -> str:
    """It came to stand there without a write of ours now."""
    record = job.record
    if record.posted_digest:
        return "Unchanged"
    if record.intent_digest or there.origin_id == job.document.origin_id:
        return ""
    if record.link_number == there.number:
        return f"Linked by a person to {there.number}"
    return "Adopted: it stood there already"


def choose(job: Job, standing: list[Document]) -> Document | None:
    """Ours among what stands: by id, by origin id, else the only one. Raises NeedsPerson."""
    record = job.record
    by_id = [one for one in standing if one.id == record.destination_id]
    marked = [one for one in standing if one.origin_id == job.document.origin_id]
    if by_id or marked:
        return (by_id or marked)[0]
    if len(standing) > 1:
        raise NeedsPerson(
            Reason.POSSIBLE_DUPLICATE,
            f"The project system has {job.document.number} {len(standing)} times. Link the right "
            "one or set this one aside.",
        )
    return standing[0] if standing else None


def not_there(context: Context, job: Job) -> None:
    """Before anything is made: was it there once, or may it be on its way?"""
    record, system = job.record, context.integration.project_system
    if record.posted_digest and not record.difference_accepted:
        raise NeedsPerson(
            Reason.DIFFERS,
            f"{record.destination_number} is not in the project system any more. Accept that, or "
            "set it right there and replay.",
        )
    if record.posted_digest:
        raise NotForOtherSide("It left the project system; a person accepted that.")
    if remaining := resolver.settling(system, record):
        raise resolver.ask_again(system, record, remaining)


def check_ours(context: Context, job: Job, there: Document) -> None:
    """What another record owns is not ours, whatever its mark says; somebody else's document
    under our number is adopted at cut-over, else a person decides."""
    record = job.record
    if record.destination_id == there.id:
        return
    check_free(context, record, there)
    if record.intent_digest or there.origin_id == job.document.origin_id:
        return
    wrong = to_project_system.worth_differences(job.document, there)
    more = not_as_far(job.document, there)
    if (context.settings.adopt or record.link_number == there.number) and not (wrong or more):
        return
    raise NeedsPerson(
        Reason.ALREADY_THERE,
        f"{there.number} of {there.vendor.name or 'no vendor'} stands in the project system "
        f"already ({spelled(there.status)}, {there.total:,.2f}), entered by hand or by "
        f"another system. Link it if it is the same, or set this one aside.{more}",
        number=there.number,
        total=str(there.total),
    )


def send(context: Context, job: Job, there: Document | None) -> None:
    """Announce, send, read back, compare."""
    record, books = job.record, context.project_books
    with write(context, record, job.intent) as known:
        if there and record.posted_digest:
            told = "; ".join(to_project_system.differences(job.document, there))
            record.journal().append(Entry.Kind.NOTED, f"It changed in the ledger: {told}")
        make_codes(context, job)
        remote_id = books.send(
            job.document, there, f"Send {spelled(job.document.kind)} {record.number}"
        )
        known["destination_id"] = remote_id
    verify(context, job, remote_id)


def make_codes(context: Context, job: Job) -> None:
    if job.new_codes:
        project = job.document.project
        named = ", ".join(code.code for code in job.new_codes)
        about = f"Create cost codes {named} in project {project.number}"
        context.project_books.create_cost_codes(project.id, job.new_codes, about)


def natural_key(document: Document) -> str:
    return f"{document.kind}|{document.origin_id}"[:200]


def verify(context: Context, job: Job, remote_id: str) -> None:
    """Read back and compare to the cent; only then is it posted."""
    project = job.document.project
    try:
        there = context.project_books.document(job.document.kind, project.id, remote_id)
    except NotFound as error:
        raise RetryLater(f"{job.document.number} was sent; it cannot be read yet.") from error
    wrong = to_project_system.differences(job.document, there)
    if wrong:
        job.record.keep(posted_digest=job.digest, **destination_fields(there))
        raise NeedsPerson(
            Reason.DIFFERS,
            f"{there.number} in the project system differs from what was sent: " + "; ".join(wrong),
        )
    finish(job, there, "")


def destination_fields(there: Document) -> dict[str, Any]:
    return {
        "destination_kind": there.kind, "destination_id": there.id,
        "destination_number": there.number[:100], "destination_status": "posted",
        "destination_total": there.total, "destination_changed_at": there.updated_at,
        "destination_url": there.url,
    }  # fmt: skip


def finish(job: Job, there: Document, note: str) -> None:
    record = job.record
    words = f"{spelled(there.kind)} {there.number} ({spelled(there.status)}), {there.total:,.2f}"
    record.journal().append(
        Entry.Kind.READ_BACK,
        f"The project system shows {words}.",
        {"number": there.number, "id": there.id, "total": there.total, "status": there.status},
    )
    sentence = f"Stands as {words}."
    record.finish(
        f"{note}. {sentence}" if note else sentence,
        posted_digest=job.digest, coded=shapes.pack(job.document),
        natural_key=natural_key(job.document), **destination_fields(there),
    )  # fmt: skip
