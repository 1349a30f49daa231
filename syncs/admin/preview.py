"""The entry before it exists, as a page shows it: debits, credits, dimensions, footing."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from decimal import Decimal
from functools import cached_property
from typing import Any

from connections.documents import (
    CREDIT_MEMO,
    JOURNAL,
    PURCHASE_INVOICE,
    PURCHASE_ORDER,
    ZERO,
    CodedDocument,
    CodedLine,
    signed,
)
from mappings.lookup import Lookup, NarrowLookup
from mappings.models import Reference
from mappings.placeholders import in_words, unused
from syncs.coding.shapes import unpack
from syncs.formatting import decimal
from syncs.models import Record

KINDS = {
    PURCHASE_INVOICE: "Purchase invoice",
    CREDIT_MEMO: "Purchase credit memo",
    JOURNAL: "Journal lines",
    PURCHASE_ORDER: "Purchase order",
}
ROLES = {"retainage": "Retainage", "rounding": "Rounding", "balance": "Balance"}


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the entry; exactly one of debit and credit is set."""

    account: str
    account_name: str
    text: str
    debit: Decimal | None
    credit: Decimal | None
    dimensions: tuple[tuple[str, str, str], ...] = ()  # code, value, the value's name
    tax_code: str = ""
    rule: str = ""
    role: str = ""


@dataclasses.dataclass
class Preview:
    """A coded document with the names that the ledger gives its accounts and values."""

    record: Record
    coded: CodedDocument

    @property
    def kind(self) -> str:
        return KINDS.get(self.coded.kind, self.coded.kind)

    @property
    def books(self) -> bool:
        """A purchase order is a promise: nothing is booked by it."""
        return self.coded.kind != PURCHASE_ORDER

    @property
    def moved(self) -> bool:
        """The posting date is not the document's own."""
        return self.coded.posting_date != self.coded.document_date

    @cached_property
    def rows(self) -> list[Row]:
        rows = [self._line(line) for line in self.coded.lines]
        if self.coded.kind == JOURNAL:
            return rows
        return rows + self._taxes() + self._payable()

    @property
    def debit(self) -> Decimal:
        return sum((row.debit or ZERO for row in self.rows), ZERO)

    @property
    def credit(self) -> Decimal:
        return sum((row.credit or ZERO for row in self.rows), ZERO)

    @property
    def balances(self) -> bool:
        return self.debit == self.credit

    @property
    def total(self) -> Decimal:
        """What the document is worth: in a journal, what is debited."""
        coded = self.coded
        return self.debit if coded.kind == JOURNAL else signed(coded.kind, coded.total)

    @property
    def tax(self) -> Decimal:
        return signed(self.coded.kind, sum((line.tax for line in self.coded.lines), ZERO))

    def _line(self, line: CodedLine) -> Row:
        return self._row(
            line.amount,
            account=line.account,
            account_name=self._names.get(("", line.account), ""),
            text=line.description,
            dimensions=tuple(
                (code, value, self._names.get((code, value), "")) for code, value in line.dimensions
            ),
            tax_code=line.tax_code,
            rule=line.rule,
            role=ROLES.get(line.role, ""),
        )

    def _taxes(self) -> list[Row]:
        """One row per tax code; the ledger's own set-up chooses the account."""
        taxes: dict[str, Decimal] = defaultdict(Decimal)
        for line in self.coded.lines:
            taxes[line.tax_code] += line.tax
        return [
            self._row(tax, account="", account_name="", text=f"Tax {code}".strip(), role="Tax",
                      rule="the ledger's tax set-up")
            for code, tax in taxes.items() if tax
        ]  # fmt: skip

    def _payable(self) -> list[Row]:
        if self.coded.kind == PURCHASE_ORDER:
            return []
        who = f"{self.coded.vendor} {self.coded.vendor_name}".strip()
        return [self._row(
            -self.coded.total, account="", account_name="", text=f"Payable to {who}",
            role="Payable", rule="the vendor's posting group in the ledger",
        )]  # fmt: skip

    def _row(self, amount: Decimal, **fields: Any) -> Row:
        """A credit memo's amounts are credits, every other document's are debits."""
        worth = signed(self.coded.kind, amount)
        debit, credit = (worth, None) if worth >= 0 else (None, -worth)
        return Row(debit=debit, credit=credit, **fields)

    @cached_property
    def _names(self) -> dict[tuple[str, str], str]:
        """(dimension or "", code) -> name, for what the lines use."""
        codes = {line.account for line in self.coded.lines}
        codes |= {value for line in self.coded.lines for _, value in line.dimensions}
        rows = Reference.objects.filter(
            connection=self.record.integration.ledger_id,
            kind__in=[Reference.Kind.ACCOUNT, Reference.Kind.DIMENSION_VALUE],
            code__in=codes,
        )
        return {(row.parent, row.code): row.name for row in rows}


def preview_of(record: Record) -> Preview | None:
    """What was coded last, if it ever was and is an entry of the ledger."""
    coded = unpack(record.entry)
    if not isinstance(coded, CodedDocument) or not coded.lines:
        return None
    return Preview(record, coded)


@dataclasses.dataclass(frozen=True)
class SourceLine:
    """A line as the source states it, and where it would go as the mappings are now."""

    description: str
    cost_code: str
    cost_code_name: str
    cost_type: str
    segments: str  # sub job and others, in words
    amount: Decimal
    tax: Decimal
    retained: Decimal
    released: Decimal
    target: str  # account and rule, or empty
    problem: str  # why there is none


@dataclasses.dataclass(frozen=True)
class Footing:
    """Lines + tax - retainage held + released must equal the total. Of a credit all are less than
    nothing, as at the head of the page."""

    lines: Decimal
    tax: Decimal
    retained: Decimal
    released: Decimal
    total: Decimal

    @property
    def footed(self) -> Decimal:
        return self.lines + self.tax - self.retained + self.released

    @property
    def difference(self) -> Decimal:
        return self.total - self.footed


def footing_of(record: Record) -> Footing | None:
    """Of the source document; a correction is only a part of it, and adds up with the others."""
    lines = record.source.get("lines")
    if not isinstance(lines, list) or "total" not in record.source or record.revision > 1:
        return None
    sums = {name: _sum(lines, name) for name in ("amount", "tax", "retained", "released")}
    sums["total"] = decimal(record.source["total"]) or ZERO
    kind = str(record.source.get("kind"))
    return Footing(*(signed(kind, amount) for amount in sums.values()))


def shown_there(record: Record) -> Decimal | None:
    """What the other side showed, with the sign of the page."""
    total = record.destination_total
    return None if total is None else signed(record.destination_kind, total)


def _sum(lines: list[dict[str, Any]], name: str) -> Decimal:
    return sum((decimal(line.get(name)) or ZERO for line in lines), ZERO)


def source_lines(record: Record) -> list[SourceLine]:
    lines = record.source.get("lines")
    if not isinstance(lines, list) or "external_number" in record.source:
        return []
    book = NarrowLookup.of_source(record.integration, record.source)
    day = record.document_date
    return [_source_line(line, book, record.project, day) for line in lines]


def _source_line(
    line: dict[str, Any], book: Lookup, project: str, day: dt.date | None
) -> SourceLine:
    code, kind = str(line.get("cost_code", "")), str(line.get("cost_type", ""))
    rule = book.rule_for(code, kind, project, day) if code else None
    problem = "" if rule else "no account" if code else "no cost code in the source"
    if code and not rule and (other := book.other_days(code, kind, project, day)):
        problem = f"mapped {other.days}, not on this document’s day"
    segments = tuple((str(name), str(one)) for name, one in line.get("segments") or ())
    left_out = unused(rule.dimensions, segments) if rule else ""
    return SourceLine(
        description=str(line.get("description", "")),
        cost_code=code,
        cost_code_name=str(line.get("cost_code_name", "")),
        cost_type=kind,
        segments=", ".join(in_words(segments)),
        amount=decimal(line.get("amount")) or ZERO,
        tax=decimal(line.get("tax")) or ZERO,
        retained=decimal(line.get("retained")) or ZERO,
        released=decimal(line.get("released")) or ZERO,
        target=f"{rule.account} ({rule.rule}{left_out})" if rule else "",
        problem=problem,
    )
