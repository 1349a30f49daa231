"""What each document of the ledger that is sent on comes to on both sides, as our records say.

Amounts are net of tax, as the project system shows what was sent to it.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from decimal import Decimal
from functools import cached_property
from typing import Any

from connections.documents import LEDGER_MEMO, LEDGER_ORDER, ZERO, CodedLine, Document
from connections.errors import Reason
from mappings.models import ProjectLink
from syncs.balance import causes
from syncs.balance.causes import Why
from syncs.balance.documents import Amounts, part_of
from syncs.balance.places import Code, Place, Terms, month
from syncs.balance.rows import ROUNDING, Book, Cause, CellPart, Share
from syncs.coding.shapes import unpack
from syncs.models import Record
from syncs.worklist.care import LEFT

VOID = ("cancelled", "deleted")  # statuses after which it is worth nothing in the ledger


@dataclasses.dataclass
class Sent:
    """One document of the ledger, and what stands for it in the project system."""

    record: Record
    terms: Terms
    kind: str  # of the ledger's document
    unapproved: bool = False  # the ledger does not count it yet

    def parts(self) -> list[CellPart]:
        wanted, there = self.in_projects(), self.in_ledger()
        why = self.why()
        return [
            part_of(self.record, place, wanted.get(place, ZERO), there.get(place, ZERO), why,
                    ledger=self.record.number, ledger_url=self.record.source_url,
                    number=self.record.destination_number, url=self.record.destination_url)
            for place in dict.fromkeys([*wanted, *there])
        ]  # fmt: skip

    @cached_property
    def document(self) -> Document | None:
        """As it was decoded last, in the project system's terms."""
        found = unpack(self.record.coded)
        return found if isinstance(found, Document) else None

    @property
    def place(self) -> Place:
        record = self.record
        vendor, name = self.terms.vendor(record.vendor_id, record.vendor_name)
        book = Place(Book.COMMITMENT, share=Share.COMMITTED)
        return dataclasses.replace(
            book if self.kind == LEDGER_ORDER else Place(Book.COST),
            project=self.document.project.number if self.document else record.project,
            vendor=vendor, vendor_name=name, period=month(record.document_date),
            currency=self.terms.currency(record.currency),
        )  # fmt: skip

    # -- the ledger, where it comes from --------------------------------------------------------

    def in_ledger(self) -> Amounts:
        """By the code that each line leads to, and what the total says beyond the lines; nothing of
        what is void or gone there."""
        record = self.record
        if self.is_void:
            return {}
        turn = -1 if self.kind == LEDGER_MEMO else 1
        found = defaultdict[Place, Decimal](lambda: ZERO)
        lines = record.source.get("lines", [])
        for line in lines:
            found[self.placed(line)] += turn * Decimal(line["amount"])
            found[self.rounded] -= turn * (Decimal(line["amount"]) + Decimal(line["tax"]))
        found[self.rounded] += turn * Decimal(record.source.get("total") or 0) if lines else ZERO
        if not lines:
            found[self.place] = turn * (record.amount or ZERO)
        return {place: amount for place, amount in found.items() if amount}

    @property
    def rounded(self) -> Place:
        return self.place.coded((ROUNDING, ""))

    @property
    def is_void(self) -> bool:
        """By the ledger's status as all ledgers' are told, or ours of what is gone."""
        record = self.record
        said = {str(record.source.get("status") or ""), record.source_status}
        return bool(said & set(VOID)) or record.reason == Reason.DELETED_AT_SOURCE

    def placed(self, line: dict[str, Any]) -> Place:
        if known := self.codes.get(line["id"]):
            return self.place.coded(known)
        pairs = tuple((name, value) for name, value in line["dimensions"])
        one, link = CodedLine(line["account"], ZERO, "", pairs), self.link(dict(pairs))
        project = link.project_number if link else self.place.project
        return dataclasses.replace(self.place, project=project).coded(self.terms.code(one, link))

    def link(self, dimensions: dict[str, str]) -> ProjectLink | None:
        return self.terms.project(dimensions)

    @cached_property
    def codes(self) -> dict[str, Code]:
        lines = self.document.lines if self.document else ()
        return {line.id: (line.cost_code, line.cost_type) for line in lines if line.id}

    # -- the project system, where it goes ------------------------------------------------------

    def in_projects(self) -> Amounts:
        record = self.record
        if self.document is None or not record.posted_digest or record.destination_status in LEFT:
            return {}
        found = defaultdict[Place, Decimal](lambda: ZERO)
        place = dataclasses.replace(self.place, period=month(self.document.date))
        for line in self.document.lines:
            found[place.coded((line.cost_code, line.cost_type))] += line.amount
        if record.destination_total is not None:
            found[place] += record.destination_total - self.document.total
        return {place: amount for place, amount in found.items() if amount}

    def why(self) -> Why:
        """What finance or a person left there although the ledger has it no more is a change."""
        why = causes.of([self.record], self.unapproved)
        if why.cause == Cause.UNEXPLAINED and self.is_void:
            return Why(Cause.CHANGED, why.sentence)
        return why
