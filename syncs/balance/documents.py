"""What each document of a flow into the ledger comes to on both sides, as our records say.

The source is as it was fetched last; the ledger as it was read back. Lines count with their tax and
gross of retainage under their cost code; what is retained and released is a line of its own.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from connections.amounts import Kind
from connections.documents import (
    JOURNAL,
    ZERO,
    CodedDocument,
    CodedLine,
    Document,
    Line,
)  # fmt: skip
from mappings.models import ProjectLink
from syncs.balance import causes
from syncs.balance.causes import Why
from syncs.balance.places import Code, Place, Terms, month
from syncs.balance.rows import RETAINAGE, ROUNDING, Book, Cause, CellPart, Share
from syncs.coding.compare import sign
from syncs.coding.kinds import money_of
from syncs.coding.shapes import source_document, unpack
from syncs.formatting import day
from syncs.models import Record, State

Amounts = dict[Place, Decimal]
PLACES = {
    Kind.COSTS: Place(Book.COST), Kind.CONTRACT: Place(Book.CONTRACT),
    Kind.COMMITMENTS: Place(Book.COMMITMENT, share=Share.COMMITTED),
    Kind.BILLED: Place(Book.COMMITMENT, share=Share.BILLED),
    Kind.FREED: Place(Book.COMMITMENT, share=Share.FREED),
}  # fmt: skip


def book_of(kind: str) -> Place:
    """Commitments and changes of a contract are no costs."""
    return PLACES[money_of(kind)]


@dataclasses.dataclass
class Told:
    """One source document with all that was made of it: its record first, then differences."""

    family: Sequence[Record]
    terms: Terms
    kind: str  # of the source document
    unapproved: bool = False  # its source does not count it yet
    without_effect: bool = False  # void or rejected there: it is worth nothing

    def __post_init__(self) -> None:
        self.record = self.family[0]
        self.document = source_document(self.record.source)
        self.stood = source_document(self.record.standing_source) or self.document
        self.standing = [row for row in self.family if causes.counts(row)]

    def parts(self) -> list[CellPart]:
        """One for each place in which either side has an amount."""
        wanted, there = self.wanted(), self.there()
        if wanted.get(self.rounded) == there.get(self.rounded):
            wanted.pop(self.rounded, None)  # the lines do not say it, the ledger does
        why = self.cause()
        made = [
            self.part(place, wanted.get(place, ZERO), there.get(place, ZERO), why)
            for place in dict.fromkeys([*wanted, *there])
        ]
        self.tell_periods(made)
        return [part for part in made if part.in_projects or part.in_ledger or not self.document]

    def cause(self) -> Why:
        return causes.of(self.family, self.unapproved)

    # -- the source -----------------------------------------------------------------------------

    def place(self, document: Document) -> Place:
        return self.terms.at(document, book_of(self.kind))

    @property
    def rounded(self) -> Place:
        stood = self.stood or self.document
        return (self.place(stood) if stood else self.unread()).coded((ROUNDING, ""))

    def unread(self) -> Place:
        """Noted, and not fetched yet."""
        record = self.record
        return dataclasses.replace(
            book_of(self.kind), project=record.project or self.project_number(),
            vendor_name=record.vendor_name, period=month(record.document_date),
        )  # fmt: skip

    def project_number(self) -> str:
        link = self.terms.book.project(self.record.scope)
        return link.project_number if link else ""

    def wanted(self) -> Amounts:
        if self.without_effect or causes.is_deleted(self.record):
            return {}
        document = self.document
        if document is None:
            return {self.unread(): self.record.amount or ZERO}
        return amounts_of(document, self.place(document))

    # -- the ledger -----------------------------------------------------------------------------

    def there(self) -> Amounts:
        found = defaultdict[Place, Decimal](lambda: ZERO)
        for row in self.standing:
            coded = unpack(row.coded)
            if isinstance(coded, CodedDocument):
                for place, amount in self.booked(row, coded):
                    found[place] += amount
        return {place: amount for place, amount in found.items() if amount}

    def booked(self, row: Record, coded: CodedDocument) -> Iterable[tuple[Place, Decimal]]:
        """Of a journal all lines but the one that balances it. What the ledger says that it comes
        to beyond its lines has no cost code."""
        place, turn = self.booked_at(row, coded), sign(coded)
        for line in coded.lines:
            if coded.kind != JOURNAL or line.role != "balance":
                yield place.coded(self.code(line)), turn * (line.amount + line.tax)
        total = row.destination_total
        if coded.kind != JOURNAL and total is not None and total != coded.total:
            yield place, turn * (total - coded.total)

    def booked_at(self, row: Record, coded: CodedDocument) -> Place:
        place = self.place(self.stood) if self.stood else self.unread()
        if coded.vendor:
            vendor, name = self.terms.vendor(coded.vendor, coded.vendor_name)
            place = dataclasses.replace(place, vendor=vendor, vendor_name=name)
        return dataclasses.replace(place, period=month(row.destination_date or coded.posting_date))

    def code(self, line: CodedLine) -> Code:
        """By the source line that it was made of, else by what its values stand for."""
        if line.role not in ("cost", "balance"):
            return self.terms.code(line, None)
        known, dimensions = self.codes, tuple(sorted(line.dimensions))
        return (
            known.get(line.source_line)
            or known.get((line.account, dimensions))
            or known.get(dimensions)
            or self.terms.code(line, self.link, self.stood.date if self.stood else None)
        )

    @cached_property
    def codes(self) -> dict[Any, Code]:
        """Of source lines by their id, and by account and dimensions as they would be coded. A
        memo account has the dimensions alone."""
        found: dict[Any, Code] = {}
        for document in filter(None, (self.stood, self.document)):
            for line in document.lines:
                told = code_of(line)
                found.setdefault(line.id, told)
                coding = self.terms.book.code(*told, self.link, line.segments, document.date)
                if coding and line.cost_code:
                    dimensions = tuple(sorted(coding.dimensions.items()))
                    found.setdefault((coding.account, dimensions), told)
                    found.setdefault(dimensions, told)
        found.pop("", None)
        return found

    @property
    def link(self) -> ProjectLink | None:
        return self.terms.book.project(self.stood.project.id) if self.stood else None

    # -- both -----------------------------------------------------------------------------------

    def part(self, place: Place, wanted: Decimal, there: Decimal, why: Why) -> CellPart:
        if place.cost_code == ROUNDING and not wanted:
            why = Why(Cause.ROUNDING, "The total says it, and no line does.")
        if self.document is None and not self.record.amount:
            why = Why(why.cause or self.cause().cause, "Its amount is not read yet.")
        record, standing = self.record, self.standing
        return part_of(
            record, place, wanted, there, why, number=record.number, url=record.source_url,
            ledger=", ".join(row.destination_number for row in standing),
            ledger_url=next((row.destination_url for row in standing), ""),
        )  # fmt: skip

    def tell_periods(self, parts: list[CellPart]) -> None:
        """The same amount in two months is no other difference: the period rule moved it."""
        if self.record.state != State.POSTED:
            return
        by_place = defaultdict[str, list[CellPart]](list)
        for part in parts:
            by_place[place_of(part).timeless.key(0)].append(part)
        for some in by_place.values():
            if len(some) > 1 and not sum(part.in_projects - part.in_ledger for part in some):
                booked = ", ".join(f"{day(row.destination_date)}" for row in self.standing)
                sentence = f"Dated {day(self.record.document_date)}, posted on {booked}."
                for part in some:
                    if part.in_projects != part.in_ledger:
                        part.cause, part.why = Cause.PERIOD, sentence


def amounts_of(document: Document, at: Place) -> Amounts:
    """By cost code and type; what is retained, and what the total says beyond the lines."""
    found = defaultdict[Place, Decimal](lambda: ZERO)
    for line in document.lines:
        found[at.coded(code_of(line))] += line.amount + line.tax
        found[at.coded((RETAINAGE, ""))] += line.released - line.retained
    found[at.coded((ROUNDING, ""))] += document.total - document.footed
    return {place: amount for place, amount in found.items() if amount}


def part_of(
    record: Record, place: Place, in_projects: Decimal, in_ledger: Decimal, why: Why, *,
    number: str, ledger: str, url: str, ledger_url: str,
) -> CellPart:  # fmt: skip
    """A document's amounts in one place. `why` is left out where both are the same."""
    same = in_projects == in_ledger and why.cause != Cause.NOT_SENT
    return CellPart(
        integration_id=record.integration_id, cell=place.key(record.integration_id),
        **dataclasses.asdict(place), in_projects=in_projects, in_ledger=in_ledger,
        cause="" if same else why.cause, why="" if same else why.sentence, record=record,
        flow=record.flow, source_id=record.source_id, number=number or record.source_id,
        ledger_number=ledger[:255], document_date=record.document_date, url=url,
        ledger_url=ledger_url,
    )  # fmt: skip


def place_of(part: CellPart) -> Place:
    return Place(**{one.name: getattr(part, one.name) for one in dataclasses.fields(Place)})


def code_of(line: Line) -> Code:
    return line.cost_code, line.cost_type
