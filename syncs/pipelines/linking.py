"""A person says under which number a document stands in the ledger: that is asked first.

Whatever else holds the document, and whether it can be coded or not. It is linked where kind,
vendor and total agree; what was found is told otherwise, and the document stays held.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from audit.models import Entry
from connections.documents import CREDIT_MEMO, JOURNAL, ZERO, CodedDocument, Document, Found
from connections.errors import NeedsPerson, NotForOtherSide, Reason
from mappings.models import Reference
from syncs.coding import shapes
from syncs.coding.to_ledger import Coder
from syncs.flow import Context
from syncs.models import Record
from syncs.pipelines.coded import Booked, coder_of, plain, refined
from syncs.pipelines.ledger_job import Job, check_free, natural_key, worth_the_same
from syncs.pipelines.posted import debits, finish
from syncs.pipelines.unlinked import not_linked

NAMES = {
    "purchase_invoice": "posted purchase invoices", "credit_memo": "posted credit memos",
    "purchase_order": "purchase orders", JOURNAL: "posted journals",
}  # fmt: skip


@dataclasses.dataclass
class Named:
    """What is looked for under the number that a person named."""

    context: Context
    job: Job
    by_source: bool  # it cannot be coded: only what the source says is compared
    problems: list[dict[str, str]]  # what holds it
    rule: str = ""  # by which it is left out

    @property
    def coded(self) -> CodedDocument:
        return self.job.coded

    @property
    def number(self) -> str:
        return self.job.record.link_number

    @property
    def system(self) -> str:
        return str(self.context.integration.ledger)


def link(context: Context, flow: Booked, record: Record, document: Document, proof: str) -> None:
    """Ask the ledger, link what agrees, tell what does not. Writes nothing there."""
    named = named_by(context, flow, record, document, proof)
    found = context.ledger.by_number(named.number, named.coded)
    left_out(named, flow, document)
    try:
        there = agreed(named, found)
    except NeedsPerson as why:
        told(named, why.sentence)
        if named.rule and not named.problems:
            raise NotForOtherSide(f"{why.sentence} {named.rule}") from why
        raise not_linked(record, why, named.problems) from why
    coded = as_it_stands(named, there)
    key = natural_key(coded) if coded.number else ""
    record.keep(coded=shapes.pack(coded), natural_key=key, intent_digest="", **named.job.coded_by)
    finish(record, coded, there, proof, f"Linked by a person to {there.number}")


def named_by(
    context: Context, flow: Booked, record: Record, document: Document, proof: str
) -> Named:
    coder = coder_of(context, flow, document)
    coded = coder.state()
    problems = list(coder.problems)
    rules = context.book.used
    if coded is None:
        job = Job(record, by_source(coder, document), proof)
        return Named(context, job, True, plain(flow.told(context, problems)))
    coded = coded if problems else refined(context, flow, coded, document)
    job = Job(record, coded, proof, rules=rules)
    return Named(context, job, False, plain(flow.told(context, problems)) if problems else [])


def by_source(coder: Coder, document: Document) -> CodedDocument:
    """What cannot be coded, as far as the source says what it is."""
    party, day = document.vendor, document.date or timezone.localdate()
    vendor = coder.book.vendor(party.id) if coder.with_vendor and party.id else ""
    sign = -1 if coder.kind == CREDIT_MEMO else 1
    local = coder.window.get("currency", "")
    return CodedDocument(
        kind=coder.kind, number=coder.number(), vendor=vendor or "", vendor_name=party.name,
        document_date=day, posting_date=day,
        currency="" if document.currency == local else document.currency,
        lines=(), total=sign * document.total, due_date=document.due_date,
    )  # fmt: skip


def left_out(named: Named, flow: Booked, document: Document) -> None:
    """What would leave it out, were it not named: a rule, or that its status is unknown."""
    try:
        rule = flow.skip_rule(named.context, document)
    except NeedsPerson as error:
        named.problems = [{"reason": str(error.reason), "sentence": error.sentence}]
        named.rule = error.sentence
        return
    named.rule = rule if rule and not flow.stays(document) else ""


def told(named: Named, sentence: str) -> None:
    """In the journal, where the result stands whatever becomes of the document."""
    line = f"Asked {named.system} for {named.number}: {sentence}"
    named.job.record.journal().append(Entry.Kind.READ_BACK, line)


# -- what agrees ---------------------------------------------------------------------------


def agreed(named: Named, found: Found | None) -> Found:
    """What stands under the number, where it is this document. Raises what speaks against it."""
    if found is None:
        among = NAMES.get(named.coded.kind, "its documents of this kind")
        raise unlike(f"There is no {named.number} in {named.system} among {among}: not linked.")
    if other := differs(named, found):
        raise unlike(f"{found.number} there {other}: not linked.")
    if named.rule:
        raise unlike(f"{found.number} there comes to the same; it is not linked yet.")
    check_free(named.context, named.job, found)
    return found


def unlike(sentence: str) -> NeedsPerson:
    return NeedsPerson(Reason.ALREADY_THERE, sentence)


def differs(named: Named, found: Found) -> str:
    """In words; empty where it is the same as far as that can be told."""
    coded = named.coded
    if coded.kind == JOURNAL:
        return journal_differs(named, found)
    same_vendor = not coded.vendor or found.vendor.casefold() == coded.vendor.casefold()
    if not (same_vendor and worth_the_same(named.job, found)):
        there, here = amounts(named, found)
        vendor = "" if same_vendor else f"is of vendor {whose(named, found.vendor)} and "
        ours = "" if same_vendor else f" is of vendor {whose(named, coded.vendor)} and comes"
        return f"{vendor}comes to {there}; this document{ours} to {here}"
    if not coded.vendor and found.external_number.casefold() != coded.number.casefold():
        return (
            f"is of vendor {whose(named, found.vendor)} under the number "
            f"{found.external_number or '–'}; this document has the number {coded.number or '–'}, "
            "and its vendor is not known"
        )
    return ""


def journal_differs(named: Named, found: Found) -> str:
    """Where its lines are told: a journal comes to nothing, its debits do not."""
    if not found.lines_known:
        return ""
    there = sum((line.amount for line in found.lines if line.amount > 0), ZERO)
    here = abs(named.coded.total) if named.by_source else debits(named.coded)
    if (there, found.currency) == (here, named.coded.currency):
        return ""
    return f"comes to {there:,.2f}; this document to {here:,.2f} {named.coded.currency}".rstrip()


def amounts(named: Named, found: Found) -> tuple[str, str]:
    """With their currencies where one of them is not that of the books."""
    pairs = [(found.total, found.currency), (named.coded.total, named.coded.currency)]
    foreign = any(currency for _, currency in pairs)
    local = str(window(named.context).get("currency") or "") if foreign else ""
    there, here = (f"{total:,.2f} {currency or local}".rstrip() for total, currency in pairs)
    return there, here


def window(context: Context) -> dict[str, Any]:
    row = context.book.references(Reference.Kind.WINDOW).get(("", "window"))
    return row.data if row else {}


def whose(named: Named, vendor: str) -> str:
    """With the name that the ledger gives it."""
    row = named.context.book.references(Reference.Kind.VENDOR).get(("", vendor))
    return f"{vendor} {row.name}".rstrip() if row else vendor or "–"


def as_it_stands(named: Named, found: Found) -> CodedDocument:
    """What could not be coded is kept as the ledger has it."""
    if not named.by_source:
        return named.coded
    lines: Sequence[Any] = found.lines if found.lines_known else ()
    vendor = named.coded.vendor or found.vendor
    return dataclasses.replace(named.coded, lines=tuple(lines), vendor=vendor)
