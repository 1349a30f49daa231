"""A person says under which number a document of a ledger stands in the project system.

That is asked first, whatever else holds the document. It is linked where kind, vendor and total
agree; what was found is told otherwise, and the document stays held. Nothing is sent by it.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

from audit.models import Entry
from connections.documents import (
    COUNTS,
    LEDGER_ORDER,
    ZERO,
    CostCode,
    Document,
    LedgerDocument,
    Party,
    Project,
    signed,
)
from connections.errors import NeedsPerson, NotForOtherSide, Reason, WaitsForOther
from mappings.models import Reference
from syncs.coding.to_project_system import Decoder, Target, worth_differences
from syncs.flow import Context
from syncs.models import Record
from syncs.pipelines.unlinked import Facts, not_linked

APPROVED = "approved"


class Sent(Protocol):
    """What is asked of a flow to know what a ledger document becomes."""

    def skip_rule(self, context: Context, record: Record, document: LedgerDocument) -> str:
        """The written rule by which it is not for the other side, or empty."""

    def project_rule(self, context: Context, document: Document) -> str:
        """The same for what is known only after decoding."""

    def target(self, context: Context, record: Record, document: LedgerDocument) -> Target:
        """What it becomes there. Raises while that cannot be told yet."""

    def refine(self, context: Context, decoded: Document, document: LedgerDocument) -> Document:
        """What only the project system knows of it."""

    def origin_id(self, document: LedgerDocument) -> str:
        """By which it is known there as ours."""


@dataclasses.dataclass
class Wanted:
    """What is looked for under the number that a person named."""

    context: Context
    record: Record
    source: LedgerDocument
    document: Document | None = None  # None: its project is not known, nobody can be asked
    decoded: bool = False  # in the project system's terms, with its cost codes
    problems: list[Facts] = dataclasses.field(default_factory=list)
    rule: str = ""  # by which it is left out
    new_codes: list[CostCode] = dataclasses.field(default_factory=list)

    @property
    def number(self) -> str:
        return self.record.link_number

    @property
    def system(self) -> str:
        return str(self.context.integration.project_system)


@dataclasses.dataclass(frozen=True)
class Linked:
    """What it is, and what stands for it. With an id where it is kept as it stands there."""

    document: Document
    there: Document
    new_codes: list[CostCode]


def look_up(context: Context, flow: Sent, record: Record, source: LedgerDocument) -> Linked:
    """Raises what speaks against linking it, told first."""
    wanted = wanted_of(context, flow, record, source)
    try:
        there = agreed(wanted)
    except NeedsPerson as why:
        line = f"Asked {wanted.system} for {wanted.number}: {why.sentence}"
        record.journal().append(Entry.Kind.READ_BACK, line)
        if wanted.rule:
            raise NotForOtherSide(f"{why.sentence} {wanted.rule}") from why
        raise not_linked(record, why, wanted.problems) from why
    document = wanted.document
    if document is None or not wanted.decoded or wanted.problems:
        origin = document.origin_id if document else flow.origin_id(source)
        document = dataclasses.replace(there, origin_id=origin)
    return Linked(document, there, wanted.new_codes)


def wanted_of(context: Context, flow: Sent, record: Record, source: LedgerDocument) -> Wanted:
    wanted = Wanted(context, record, source, rule=flow.skip_rule(context, record, source))
    kind = "purchase_order" if source.kind == LEDGER_ORDER else "direct_cost"
    target = Target(kind, APPROVED, flow.origin_id(source))
    try:
        target = flow.target(context, record, source)
    except (NeedsPerson, WaitsForOther) as error:
        wanted.problems.append(facts_of(error))
    decoder = Decoder(source, context.book, context.project_books.longest_number)
    decoded = decoder.decode(target)
    wanted.problems += [dict(one.plain()) for one in decoder.problems]
    if decoded is None:
        wanted.document = by_source(wanted, target)
        return wanted
    wanted.document, wanted.decoded = decoded, True
    wanted.new_codes = list(decoder.new_codes.values())
    try:
        wanted.document = flow.refine(context, decoded, source)
    except (NeedsPerson, WaitsForOther) as error:
        wanted.problems.append(facts_of(error))
    wanted.rule = wanted.rule or flow.project_rule(context, decoded)
    return wanted


def facts_of(error: NeedsPerson | WaitsForOther) -> Facts:
    if isinstance(error, NeedsPerson):
        return {"reason": str(error.reason), "sentence": error.sentence, **error.detail}
    return {"reason": str(Reason.WAITS), "sentence": error.sentence}


def by_source(wanted: Wanted, target: Target) -> Document | None:
    """What cannot be decoded, as far as the ledger says what it is."""
    source, book = wanted.source, wanted.context.book
    decoder = Decoder(source, book, wanted.context.project_books.longest_number)
    link, party = decoder.project(), book.project_vendor(source.vendor)
    if link is None:
        return None
    net = sum((line.amount for line in source.lines), ZERO) if source.lines else source.total
    return Document(
        kind=target.kind, id="", number=decoder.number(target), title=decoder.title(),
        status=target.status, lines=(), total=signed(source.kind, net), date=source.date,
        project=Project(link.project_id, link.project_number, link.project_name),
        vendor=Party(party.project_vendor_id, party.project_vendor_name) if party else Party(),
        currency=source.currency, origin_id=target.origin_id,
        contract_id=target.contract_id, contract_number=target.contract_number,
    )  # fmt: skip


# -- what agrees ---------------------------------------------------------------------------


def agreed(wanted: Wanted) -> Document:
    """The one that stands under the number and is this document. Raises what speaks against it."""
    document, number = wanted.document, wanted.number
    if document is None:
        raise unlike(
            f"{wanted.system} was not asked for {number}: the project of the document is not "
            "known, and numbers are a project's own there. Not linked."
        )
    standing = wanted.context.project_books.called(document, number)
    if not standing:
        raise unlike(
            f"There is no {number} in {wanted.system} among the {document.kind.replace('_', ' ')}s "
            f"of project {document.project.number}: not linked."
        )
    against = {one.id: differs(wanted, document, one) for one in standing}
    same = [one for one in standing if not against[one.id]]
    if len(same) > 1:
        raise unlike(f"{number} is there {len(same)} times with this total: not linked.")
    if not same:
        raise unlike(f"{standing[0].number} there {against[standing[0].id]}: not linked.")
    if wanted.rule:
        raise unlike(f"{same[0].number} there comes to the same; it is not linked yet.")
    check_free(wanted.context, wanted.record, same[0])
    return same[0]


def unlike(sentence: str) -> NeedsPerson:
    return NeedsPerson(Reason.ALREADY_THERE, sentence)


def differs(wanted: Wanted, document: Document, there: Document) -> str:
    """In words; empty where it is the same as far as that can be told."""
    ours, theirs = document.vendor, there.vendor
    same_vendor = not ours.id or ours.id == theirs.id
    same_money = own(wanted, there.currency) == own(wanted, document.currency)
    if not (same_vendor and same_money and there.total == document.total):
        vendor = "" if same_vendor else f"is of vendor {theirs.name or '–'} and "
        here = f" is of vendor {ours.name} and comes" if vendor else ""
        shown = f"{there.total:,.2f} {'' if same_money else there.currency}".rstrip()
        return f"{vendor}comes to {shown}; this document{here} to {worth(wanted, document)}"
    if not ours.id and there.number.casefold() != document.number.casefold():
        return f"has another number than {document.number}, and its vendor is not known here"
    if wanted.decoded and (wrong := worth_differences(document, there)):
        return f"is not the same: {'; '.join(wrong)}"
    far = not_as_far(document, there) if wanted.problems else ""
    return f"is {there.status.replace('_', ' ')}.{far}".removesuffix(".") if far else ""


def worth(wanted: Wanted, document: Document) -> str:
    return f"{document.total:,.2f} {own(wanted, document.currency)}".rstrip()


def own(wanted: Wanted, currency: str) -> str:
    """Empty for the currency of the books."""
    row = wanted.context.book.references(Reference.Kind.WINDOW).get(("", "window"))
    data: dict[str, Any] = row.data if row else {}
    return "" if currency == data.get("currency") else currency


def not_as_far(wanted: Document, there: Document) -> str:
    """What is still open over there is not as good as sent; empty where its status counts."""
    if there.status == wanted.status or there.stage == COUNTS:
        return ""
    return f" To be linked it has to be {wanted.status.replace('_', ' ')} there."


def check_free(context: Context, record: Record, there: Document) -> None:
    """What another record owns is neither ours nor linked: a number used twice."""
    ours = Record.objects.exclude(pk=record.pk)
    if other := ours.owner(context.integration.project_system, there.kind, there.id, ""):
        raise NeedsPerson(
            Reason.DUPLICATE_NUMBER,
            f"{there.number} of {there.vendor.name or 'no vendor'} stands in the project system as "
            f"{other}. Change the number in the ledger, or set this one aside.",
            other=str(other.pk),
        )
