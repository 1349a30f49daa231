"""Documents into a ledger: fetch, code, check, review, post, read back. And the resolver."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from audit.models import Entry
from connections.documents import (
    JOURNAL,
    CodedDocument,
    Document,
    Found,
    spelled,
)
from connections.errors import InDoubt, NeedsPerson, NotForOtherSide, NotFound, Reason, RetryLater
from syncs.coding import compare, shapes
from syncs.coding.shapes import kept
from syncs.coding.snapshot import digest, pack
from syncs.flow import Context
from syncs.models import Record
from syncs.pipelines import linking, resolver
from syncs.pipelines.asked_again import asked_again
from syncs.pipelines.coded import Booked, coder_of, held_by, leading, refined
from syncs.pipelines.engine import ending, in_hand
from syncs.pipelines.family import Family, correction, settle
from syncs.pipelines.ledger_job import Job, check_free, worth, worth_the_same
from syncs.pipelines.posted import (
    NOWHERE,
    begun_as,
    deleted,
    destination_fields,
    differences,
    excluded,
    finish,
    reread,
    standing_as,
    stands,
)
from syncs.pipelines.write import review, write, write_again
from syncs.worklist.care import UNPOSTED


def carry(context: Context, flow: Booked, records: list[Record]) -> None:
    """Resolve what is in doubt, prepare the rest, look all of it up at once, post each."""
    for job, standing in look_up(context, [doubtful(record) for record in records]):
        with ending(in_hand(context, job.record)):
            resolve(context, job, standing)
    jobs = []
    for record in records:
        if record.claim is None:
            continue
        with ending(in_hand(context, record)):
            if prepared := prepare(context, flow, record):
                jobs.append(prepared)
    for job, standing in look_up(context, jobs):
        with ending(in_hand(context, job.record)), leading(context, job.coded):
            post(context, job, standing)


def look_up(context: Context, jobs: Sequence[Job | None]) -> list[tuple[Job, list[Found]]]:
    """What stands under each natural key: one look-up for the batch."""
    asked = [job for job in jobs if job is not None]
    if not asked:
        return []
    context.about(None)
    return list(zip(asked, context.ledger.find([job.coded for job in asked]), strict=True))


# -- the resolver ------------------------------------------------------------------------


def doubtful(record: Record) -> Job | None:
    """The write that nobody knows about, as it was sent."""
    if record.in_doubt_since is None or not record.coded:
        return None
    return Job(record, kept(record, CodedDocument), record.intent_digest)


def resolve(context: Context, job: Job, standing: list[Found]) -> None:
    """Ask before doing anything: adopt what stands, wait, or clear the doubt. Writes nothing.

    What is still to be done is done as for any other record, by what the source says now.
    """
    record = job.record
    ours = choose(job, standing)
    if ours:
        check_free(context, job, ours)
    record.journal().append(Entry.Kind.READ_BACK, found_sentence(context, job, ours))
    whole = ours is not None and ours.status != "incomplete"
    if ours and whole and (ours.status == "posted" or not job.coded.post):
        record.look_again()  # at the source, which may have changed since it was sent
        verify(context, job, ours)
    elif remaining := still_busy(context, record, ours):
        raise resolver.ask_again(context.integration.ledger, record, remaining)
    elif ours:
        record.end_write(**destination_fields(ours, job.coded.kind))
    else:
        record.end_write(**NOWHERE)


def still_busy(context: Context, record: Record, ours: Found | None) -> dt.timedelta | None:
    """No longer where a part stands and every write was answered: nothing is under way."""
    if ours and record.in_doubt_since and not record.journal().unanswered(record.in_doubt_since):
        return None
    return resolver.settling(context.integration.ledger, record)


def found_sentence(context: Context, job: Job, ours: Found | None) -> str:
    name = context.integration.ledger
    if ours is None:
        return f"Asked {name} for {job.coded.number}: it is not there."
    return f"Asked {name} for {job.coded.number}: {spelled(ours.status)} as {ours.number}."


# -- before the write --------------------------------------------------------------------


def prepare(context: Context, flow: Booked, record: Record) -> Job | None:
    """Fetch, code, check, review. None when the record reached a state without a write."""
    if record.revision > 1 and record.posted_digest:
        reread(context, record, kept(record, CodedDocument), record.posted_digest)
        return None
    document = fetch(context, flow, record)
    if document is None:
        Family.of(record).wake()
        deleted(context, record)
        return None
    proof = digest(document)
    note_source(record, document, proof)
    if record.link_number and record.revision == 1 and not record.posted_digest:
        linking.link(context, flow, record, document, proof)
        return None
    rule = flow.skip_rule(context, document)
    begun = stands(record) or record.revision > 1
    if rule and not (begun and flow.stays(document)):
        Family.of(record).wake()
        excluded(context, record, document, rule)
        return None
    if record.posted_digest:
        settle(context, flow, record, document, proof)
        return None
    return to_be_written(context, flow, record, document, proof)


def to_be_written(
    context: Context, flow: Booked, record: Record, document: Document, proof: str
) -> Job | None:
    """The whole document, or of a difference what is missing now."""
    if record.revision > 1:
        missing = correction(context, flow, record, document)
        if missing is None:
            nothing_left(context, record)
            return None
        job, amount = Job(record, missing[0], proof, rules=context.book.used), missing[1]
    elif begun_of_nothing(record, document):
        nothing_left(context, record)
        return None
    else:
        job, amount = coded_job(context, flow, record, document, proof), document.total
    job.ask = flow.asks(context, document, record.revision == 1, amount)
    record.keep(coded=shapes.pack(job.coded), amount=amount, **job.coded_by)
    review(context, record, job.intent)
    return job


def begun_of_nothing(record: Record, document: Document) -> bool:
    """A draft stands of what comes to nothing by now, as a relief whose billing was cancelled."""
    return record.destination_status in UNPOSTED and document.of_nothing


def nothing_left(context: Context, record: Record) -> None:
    """A draft that was begun is taken away again, unless people posted it meanwhile."""
    if record.coded and record.destination_id:
        job = Job(record, kept(record, CodedDocument), record.intent_digest)
        draft = draft_left_behind(context, job)
        if draft and draft.status not in UNPOSTED:
            record.look_again()  # what stands is more than nothing: a difference
            verify(context, job, draft)
            return
        if draft:
            discard(context, job, draft)
    if record.revision == 1:
        raise NotForOtherSide("Nothing is left to book; the draft of it was taken away.")
    raise NotForOtherSide("Nothing is left of this difference: what stands agrees by now.")


def fetch(context: Context, flow: Booked, record: Record) -> Document | None:
    """Always the whole document again; None when it was deleted. A single 404 is no deletion."""
    try:
        document = flow.document(context, record.scope, record.source_id)
    except NotFound as error:
        if context.project_system.stands(flow.source_kind, record.scope, record.source_id):
            raise RetryLater(f"The source cannot be read now: {error.text}") from error
        return None
    return None if document.deleted else document


def note_source(record: Record, document: Document, proof: str) -> None:
    record.remember(
        number=document.number[:255], title=document.title[:500], digest=proof,
        project=document.project.number, project_name=document.project.name,
        vendor_id=document.vendor.id, vendor_name=document.vendor.name[:300],
        amount=document.total, currency=document.currency, document_date=document.date,
        source_status=document.status, source_url=document.url, source=pack(document),
        source_updated_at=document.updated_at, missing_since=None,
    )  # fmt: skip


def coded_job(
    context: Context, flow: Booked, record: Record, document: Document, proof: str
) -> Job:
    """Raises NeedsPerson with all problems at once."""
    coder = coder_of(context, flow, document)
    coded, rules = coder.code(), context.book.used
    if coded is None:
        if asked_again(context, record, coder.problems):
            return coded_job(context, flow, record, document, proof)
        raise held_by(context, flow, coder.problems)
    if not coded.lines:
        raise NotForOtherSide(f"{document.number} has no amounts: there is nothing to book.")
    coded = refined(context, flow, coded, document)
    if why := flow.twice(context, coded, document):
        raise NeedsPerson(Reason.BOOKED_TWICE, why)
    return Job(record, coded, proof, rules=rules)


# -- the write ---------------------------------------------------------------------------


def choose(job: Job, standing: list[Found]) -> Found | None:
    """Ours among what stands: by id, else the only one. Raises NeedsPerson when unclear."""
    by_id = [found for found in standing if found.id == job.record.destination_id]
    if by_id:
        return by_id[0]
    if len(standing) > 1:
        numbers = ", ".join(found.number for found in standing)
        raise NeedsPerson(
            Reason.POSSIBLE_DUPLICATE,
            f"The ledger has {job.coded.number} more than once: {numbers}. Link the right one.",
        )
    return standing[0] if standing else None


def post(context: Context, job: Job, standing: list[Found]) -> None:
    """Find -> create -> complete -> read back, going on from wherever it stands."""
    found = choose(job, standing)
    if found:
        check_free(context, job, found)
    ours = bool(job.record.intent_digest)
    if found and not ours:
        adopt(context, job, found)
        return
    if found and found.status == "posted":
        verify(context, job, found)
        return
    stale = found or draft_left_behind(context, job)
    if stale and begun(context, job, stale):
        stale = None  # `create` goes on with it
    if stale and (stale.status == "incomplete" or not same_draft(context, job, stale)):
        discard(context, job, stale)
        stale = None
    finish_draft(context, job, stale or create(context, job))


def begun(context: Context, job: Job, draft: Found) -> bool:
    """Cut off between its lines, with exactly this content: it need not begin anew."""
    same = job.record.intent_digest == job.digest
    return same and draft.status == "incomplete" and context.ledger.resumes


def adopt(context: Context, job: Job, found: Found) -> None:
    """Somebody else's document under our key: adopted at cut-over, else a person decides.

    Whose key another record holds, that record wrote it or may have.
    """
    job.record.keep(natural_key=job.intent.key)
    equal = worth_the_same(job, found)
    whole = job.record.revision == 1  # a difference is numbered by us: nobody typed it before
    if context.settings.adopt and whole and equal and found.status == "posted":
        finish(job.record, job.coded, found, job.digest, "Adopted: it stood there already")
        return
    done = "Link it, or set this one aside."
    if job.record.revision > 1:
        done = "Set this difference aside and post it again: it gets the next number."
    raise NeedsPerson(
        Reason.ALREADY_THERE,
        f"{job.coded.number} of vendor {job.coded.vendor} stands in the ledger already "
        f"({spelled(found.status)}, {found.number}, {worth(found)}), typed by hand or by another "
        f"system. {done}",
        number=found.number,
        total=str(found.total),
    )


def draft_left_behind(context: Context, job: Job) -> Found | None:
    """A draft of ours from an earlier try, perhaps under another number."""
    record = job.record
    if record.destination_status not in UNPOSTED or not record.destination_id:
        return None
    standing = standing_as(record)
    return context.ledger.read(standing, begun_as(record, job.coded, standing))


def same_draft(context: Context, job: Job, draft: Found) -> bool:
    """Whether the draft holds exactly what is to be posted now."""
    if begun_as(job.record, job.coded, draft).kind != job.coded.kind:
        return False
    whole = draft if draft.lines_known else context.ledger.read(draft, job.coded)
    return whole is not None and not differences(context, job.coded, whole)


def discard(context: Context, job: Job, draft: Found) -> None:
    with write_again(context, job.record, job.intent):
        coded = begun_as(job.record, job.coded, draft)
        context.ledger.discard(draft, coded, f"Delete the outdated draft {draft.number}")
    job.record.end_write(**NOWHERE)


def create(context: Context, job: Job) -> Found:
    """The draft, with all lines in one request; announced in the record before."""
    with write(context, job.record, job.intent) as known:
        found = context.ledger.create(
            job.coded, f"Create {spelled(job.coded.kind)} {job.coded.number}"
        )
        known |= destination_fields(found, job.coded.kind)
    return found


def finish_draft(context: Context, job: Job, draft: Found) -> None:
    """From the draft to what finance chose; a draft that is worth something else is not posted."""
    if job.coded.kind != JOURNAL and draft.total != job.coded.total:
        draft = context.ledger.read(draft, job.coded) or draft
    if problem := otherwise(context, job.coded, draft):
        discard(context, job, draft)
        raise problem
    if job.coded.post and draft.status != "posted":
        with write(context, job.record, job.intent, to_be_read=True):
            context.ledger.complete(draft, job.coded, f"Post {job.coded.number}")
    verify(context, job, draft)


def otherwise(context: Context, coded: CodedDocument, draft: Found) -> NeedsPerson | None:
    """Why the draft is not what was sent, as far as it shows itself; it is taken away then."""
    if coded.kind != JOURNAL and not compare.adds_up(coded, draft):
        return NeedsPerson(
            Reason.DIFFERS,
            f"The ledger works out {compare.worked_out(draft)} for {coded.number}, the source "
            f"says {coded.total:,.2f} (tax or rounding). The draft was deleted.",
        )
    if draft.currency != coded.currency:
        return NeedsPerson(
            Reason.CURRENCY,
            f"The ledger made {coded.number} in {draft.currency or 'its own currency'}, the "
            f"source is in {coded.currency or 'the currency of the books'}. The draft was "
            "deleted.",
        )
    if draft.lines_known and (wrong := differences(context, coded, draft)):
        return NeedsPerson(
            Reason.DIFFERS,
            f"The ledger made {coded.number} otherwise than it was sent: {'; '.join(wrong)}. The "
            "draft was deleted.",
        )
    return None


def verify(context: Context, job: Job, found: Found) -> None:
    """Read back and compare to the cent; only then is it posted."""
    job.record.keep()
    whole = context.ledger.read(found, job.coded)
    if whole is None or (job.coded.post and whole.status != "posted"):
        raise InDoubt(f"{job.coded.number} was posted, but the ledger does not show it yet.")
    wrong = differences(context, job.coded, whole)
    if wrong:
        job.record.keep(posted_digest=job.digest, **destination_fields(whole, job.coded.kind))
        raise NeedsPerson(
            Reason.DIFFERS,
            f"{whole.number} in the ledger differs from what was sent: " + "; ".join(wrong),
        )
    finish(job.record, job.coded, whole, job.digest, "")
