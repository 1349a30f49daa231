"""One source document and all that stands for it: the first entry and the differences to it.

What the source says now is compared with the sum of everything that stands, before coding
problems get a word. One difference at a time is on its way for each vendor; it is worked out anew
each time it is carried, and its parent is settled only when it stands.
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from connections.documents import PURCHASE_ORDER, ZERO, CodedDocument, Document
from connections.errors import NeedsPerson, Reason
from syncs.coding import difference
from syncs.coding.numbers import corrected
from syncs.coding.shapes import kept
from syncs.coding.to_ledger import Coder, Problem
from syncs.flow import Context
from syncs.ingest.noting import pend
from syncs.models import Record
from syncs.pipelines.asked_again import asked_again
from syncs.pipelines.coded import Booked, coder_of, held_by, plain, refined
from syncs.pipelines.posted import reread
from syncs.worklist.care import LEFT


@dataclasses.dataclass(frozen=True)
class Family:
    """The records of one source document."""

    parent: Record
    standing: list[Record]  # what the ledger holds, the parent among them
    moving: list[Record]  # differences on their way

    @classmethod
    def of(cls, record: Record) -> Family:
        """Without what left the ledger, and without the record itself while it is on its way."""
        rows = list(record.family.order_by("revision"))
        there = [row for row in rows if row.posted_digest and row.destination_status not in LEFT]
        moving = [row for row in rows if row.on_its_way and row.pk != record.pk]
        return cls(rows[0], there, moving)

    @property
    def documents(self) -> list[CodedDocument]:
        return [kept(row, CodedDocument) for row in self.standing]

    @property
    def kind(self) -> str:
        """What the first entry is: an order is compared as an order, a journal as a journal."""
        return kept(self.parent, CodedDocument).kind

    @property
    def worth(self) -> Decimal:
        return sum((difference.worth(one) for one in self.documents), ZERO)

    def is_settled(self, proof: str) -> bool:
        """All that stands was written for exactly this source, and nothing is on its way."""
        last = (self.standing or [self.parent])[-1]
        return not self.moving and proof == self.parent.posted_digest == last.posted_digest

    def wake(self, proof: str = "") -> None:
        """Differences on their way are worked out anew, where they have not seen this source."""
        pend([row.pk for row in self.moving if row.digest != proof], "The source changed again.")


# -- the document itself -------------------------------------------------------------------------


def settle(context: Context, flow: Booked, record: Record, document: Document, proof: str) -> None:
    """Posted earlier: nothing to do when all agrees, else a person decides about the whole."""
    family, was = Family.of(record), kept(record, CodedDocument)
    if family.is_settled(proof):
        reread(context, record, was, proof, more=in_all(family))
        return
    if family.moving:
        family.wake(proof)
        raise on_its_way(family, document)
    coder = coder_of(context, flow, document, stands_as=family.kind)
    wanted = coder.state()
    if wanted is None:
        untold(context, flow, family, coder, document, proof)
        return
    wanted = refined(context, flow, wanted, document)
    amounts = difference.told(wanted, family.documents)
    wrong = amounts + header(context, family, wanted)
    if not wrong or record.difference_accepted:
        reread(context, record, was, proof, more=in_all(family))
        return
    facts: dict[str, object] = {
        "reason": str(Reason.CHANGED_AFTER_POSTING), "sentence": differs(family, document, wrong),
    }  # fmt: skip
    if amounts:
        parts = difference.rest(wanted, family.documents)
        facts |= {"difference": amounts, "vendors": difference.vendors(parts)}
    problems = plain(flow.told(context, booking_problems(coder)))
    raise NeedsPerson(
        Reason.CHANGED_AFTER_POSTING, str(facts["sentence"]), problems=[facts, *problems]
    )


def untold(
    context: Context, flow: Booked, family: Family, coder: Coder, document: Document, proof: str
) -> None:  # fmt: skip
    """It changed, and cannot be coded now: both are said, and a person may leave it as it is."""
    record = family.parent
    if record.difference_accepted:
        reread(context, record, kept(record, CodedDocument), proof, more=in_all(family))
        return
    told = flow.told(context, coder.problems)
    sentence = f"{stood(family, document)}; the source says {document.total:,.2f} now."
    changed = Problem(Reason.CHANGED_AFTER_POSTING, f"{sentence} It cannot be coded yet.")
    raise NeedsPerson(
        Reason.CHANGED_AFTER_POSTING,
        f"{sentence} What differs cannot be told yet: {told[0].sentence}",
        problems=plain([changed, *told]),
    )


def booking_problems(coder: Coder) -> list[Problem]:
    """What would hold a difference. That nothing is left of it is none."""
    return [one for one in coder.problems if one.reason != Reason.NO_LINES]


def header(context: Context, family: Family, wanted: CodedDocument) -> list[str]:
    """What people read of it and no amount tells: as the last that stands bears it."""
    if not wanted.lines or not family.standing:
        return []
    last = kept(family.standing[-1], CodedDocument)
    ledger = context.ledger
    order = wanted.kind == PURCHASE_ORDER
    most = ledger.longest_reference if order else ledger.longest_number
    number = corrected(wanted.number, family.standing[-1].revision, most)
    said = [("document date", str(last.document_date), str(wanted.document_date))]
    if wanted.vendor and number.casefold() != last.number.casefold():
        said.append(("number", last.number, number))
    return [f"{name} {now} instead of {was}" for name, was, now in said if was != now]


def differs(family: Family, document: Document, wrong: list[str]) -> str:
    return f"{stood(family, document)}; the source says {document.total:,.2f} now: " + "; ".join(
        wrong
    )


def stood(family: Family, document: Document) -> str:
    numbers = ", ".join(row.destination_number for row in family.standing)
    if not numbers:
        return f"{document.number} changed after it was posted, and nothing of it stands any more"
    return (
        f"{document.number} changed after it was posted as {numbers}: {family.worth:,.2f} stands "
        "in the ledger"
    )


def on_its_way(family: Family, document: Document) -> NeedsPerson:
    named = ", ".join(f"record {row.pk} ({row.state_shown.lower()})" for row in family.moving)
    return NeedsPerson(
        Reason.CHANGED_AFTER_POSTING,
        f"{stood(family, document)}. The difference is on its way as {named}; this document "
        "follows by itself.",
        other=str(family.moving[0].pk),
    )


def in_all(family: Family) -> str:
    """What the differences add; empty where there are none."""
    more = [row for row in family.standing if row.revision > 1]
    if not more:
        return ""
    named = ", ".join(
        f"{row.destination_number} ({difference.worth(kept(row, CodedDocument)):+,.2f})"
        for row in more
    )
    return f" With the differences {named}: {family.worth:,.2f} in all."


# -- a difference --------------------------------------------------------------------------------


def correction(
    context: Context, flow: Booked, record: Record, document: Document
) -> tuple[CodedDocument, Decimal] | None:
    """What this difference books, and what it is worth. None when nothing is left of it."""
    family = Family.of(record)
    coder = coder_of(context, flow, document, revision=record.revision, stands_as=family.kind)
    wanted = coder.state()
    problems = booking_problems(coder)
    if wanted is not None and record.share not in ("", wanted.vendor):
        problems = [one for one in problems if one.reason != Reason.VENDOR_BLOCKED]
        coder.problems.clear()
        coder.check_vendor(record.share)
        problems += coder.problems
    if wanted is None or problems:
        if asked_again(context, record, problems or coder.problems):
            return correction(context, flow, record, document)
        raise held_by(context, flow, problems or coder.problems)
    wanted = refined(context, flow, wanted, document)
    coded = difference.document(wanted, family.documents, record.share or wanted.vendor)
    return (coded, difference.worth(coded)) if coded else None
