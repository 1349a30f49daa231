"""What stands in the ledger for a source document, beside what its source says now."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from connections.documents import JOURNAL, ZERO, CodedDocument, signed
from syncs.balance.causes import is_deleted
from syncs.coding import difference
from syncs.coding.shapes import source_document, unpack
from syncs.coding.snapshot import digest
from syncs.formatting import decimal
from syncs.models import Record
from syncs.pipelines.posted import ended
from syncs.worklist.care import LEFT, UNPOSTED


@dataclasses.dataclass(frozen=True)
class Part:
    """One document of the family, with the sign of a cost."""

    name: str
    amount: Decimal


@dataclasses.dataclass(frozen=True)
class Standing:
    """All that was made of one source document, and what the source says."""

    there: list[Part]
    coming: list[Part]  # differences on their way
    source: Decimal
    why_nothing: str = ""  # why the source comes to nothing, where it does

    @property
    def total(self) -> Decimal:
        return sum((part.amount for part in self.there), ZERO)

    @property
    def difference(self) -> Decimal:
        return self.source - self.total


def standing_of(record: Record) -> Standing | None:
    """None where nothing stands and nothing is coming, and for what goes into no ledger."""
    rows = list(record.family.order_by("revision"))
    parent, standing = rows[0], [row for row in rows if stands(row)]
    there = parts(record, standing)
    coming = parts(record, [row for row in rows if row.on_its_way])
    total = decimal(parent.source.get("total"))
    if total is None or len(there) < len(standing) or not (there or coming):
        return None
    why = why_nothing(parent)
    source = ZERO if why else signed(str(parent.source.get("kind")), total)
    return Standing(there, coming, source, why)


def stands(row: Record) -> bool:
    return bool(row.posted_digest) and row.destination_status not in LEFT


def parts(shown: Record, rows: list[Record]) -> list[Part]:
    """Of those whose entry is one of a ledger, and is worked out."""
    coded = [(row, unpack(row.coded)) for row in rows]
    return [
        Part(named(shown, row), worth(row, entry))
        for row, entry in coded if isinstance(entry, CodedDocument)
    ]  # fmt: skip


def worth(row: Record, coded: CodedDocument) -> Decimal:
    """As the ledger showed it; of a journal all but what balances it."""
    kind, total = row.destination_kind or coded.kind, row.destination_total
    if kind == JOURNAL or total is None or not stands(row):
        return difference.worth(coded)
    return signed(kind, total)


def named(shown: Record, row: Record) -> str:
    """108002, correction 1; of the page's own document that is said."""
    what = "the original" if row.revision == 1 else f"correction {row.revision - 1}"
    this = " (this one)" if row.pk == shown.pk and row.revision > 1 else ""
    draft = ", a draft" if stands(row) and row.destination_status in UNPOSTED else ""
    number = row.destination_number if stands(row) else ""
    return f"{number}, {what}{this}{draft}" if number else f"{what}{this}".capitalize()


def why_nothing(record: Record) -> str:
    """Its source has it no more, or a rule leaves it out by its status."""
    if is_deleted(record):
        return "The source has it no more"
    document = source_document(record.source) if "lines" in record.source else None
    if document is None or record.digest != ended(document.status, digest(document)):
        return ""
    return "The source’s status leaves it out"
