"""Payables transactions as documents: state, lines from the distributions, tax."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from connections.amounts import spread
from connections.documents import LEDGER_INVOICE, LEDGER_MEMO, ZERO, LedgerDocument, LedgerLine
from connections.models import Connection
from connections.transport.characters import visible
from connections.vendors.gp.names import Names, not_read
from connections.vendors.gp.places import Places
from connections.vendors.gp.rows import Row

WORK, OPEN, HISTORY = "work", "open", "history"
STATES = {"1": WORK, "2": OPEN, "3": HISTORY, "unposted": WORK, "posted": OPEN}  # PM00400's numbers
TYPES = {
    "invoice": "1", "finance charge": "2", "miscellaneous charge": "3", "misc charge": "3",
    "return": "4", "credit memo": "5", "payment": "6",
}  # fmt: skip
DISTRIBUTIONS = {  # PM10100 and PM30600, DISTTYPE
    "1": "cash", "2": "payable", "3": "discount available", "4": "discount taken",
    "5": "finance charge", "6": "purchases", "7": "trade discount", "8": "miscellaneous",
    "9": "freight", "10": "taxes", "11": "writeoff", "12": "other", "13": "GST",
    "14": "withholding", "15": "unit", "16": "rounding", "17": "realized gain",
    "18": "realized loss", "19": "due to", "20": "due from",
}  # fmt: skip
OWED = ("1", "2")  # what is paid, and what is to be paid: the other side of the entry
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclasses.dataclass(frozen=True)
class Kinds:
    """Numbers of document types and distribution types, as the connection says them."""

    documents: dict[str, tuple[str, ...]]
    lines: tuple[str, ...]
    shared: tuple[str, ...]
    tax: tuple[str, ...]


def kinds(connection: Connection) -> Kinds:
    return Kinds(
        {
            LEDGER_INVOICE: numbers(connection, "invoice_types", "Document types of invoices"),
            LEDGER_MEMO: numbers(connection, "memo_types", "Document types of credits"),
        },
        numbers(connection, "line_types", "Distributions that are lines"),
        numbers(connection, "shared_types", "Distributions shared among the lines"),
        numbers(connection, "tax_types", "Distributions that are tax"),
    )


def numbers(connection: Connection, name: str, label: str) -> tuple[str, ...]:
    parts = [one.strip() for one in connection.setting(name).split(",") if one.strip()]
    for one in parts:
        if not (one.isascii() and one.isdigit()):
            raise not_read(one, label, "Write numbers, with commas between.")
    return tuple(parts)


def type_of(row: Row) -> str:
    """Its number, also where the site writes it as a word."""
    text = row.text("DocumentType")
    return TYPES.get(CAMEL.sub(" ", text).lower(), text)


def id_of(row: Row) -> str:
    """The same before and after posting: GP keeps the voucher number."""
    return f"{type_of(row)};{row.text('VoucherNumber')}"


def state(row: Row) -> str:
    text = row.text("TransactionState").lower()
    return STATES.get(text, text)


def status(row: Row) -> str:
    """Open and without a balance is paid: it moves to history some nights later."""
    if row.flag("Voided"):
        return "cancelled"
    where = state(row)
    if where == OPEN and row.states("CurrentAmount") and not row.money("CurrentAmount"):
        return "paid"
    return {WORK: "draft", OPEN: "posted", HISTORY: "paid"}.get(where, "draft")


class Payables:
    """Turns rows into documents by one site's settings."""

    def __init__(self, connection: Connection, names: Names, places: Places) -> None:
        self.kinds = kinds(connection)
        self.names, self.places = names, places

    def kind_of(self, row: Row) -> str:
        """LEDGER_INVOICE, LEDGER_MEMO, or empty for what is neither: a payment."""
        found = type_of(row)
        return next((kind for kind, some in self.kinds.documents.items() if found in some), "")

    def document(self, row: Row, currency: str, vendor_name: str = "") -> LedgerDocument:
        kind = self.kind_of(row)
        return LedgerDocument(
            kind=kind,
            id=id_of(row),
            number=row.text("VoucherNumber"),
            status=status(row),
            vendor=row.text("VendorID"),
            vendor_name=row.text("VendorName") or vendor_name,
            date=row.day("DocumentDate"),
            currency=currency,
            lines=tuple(self.lines(row, -1 if kind == LEDGER_MEMO else 1)),
            total=row.money("DocumentAmount"),
            external_number=visible(row.text("DocumentNumber")),
            order_number=visible(self.places.order_number(row)),
            due_date=row.day("DueDate"),
            left_out=self.left_out(row, -1 if kind == LEDGER_MEMO else 1),
        )

    def distributions(self, row: Row) -> list[Row]:
        names = self.names.fields("distributions")
        return row.list("Distributions", names, self.names.key("distributions"))

    def lines(self, row: Row, sign: int) -> Iterator[LedgerLine]:
        """Purchases in order; freight and the like, and tax, are shared out by amount.

        Freight and the like are lines themselves where there is nothing else.
        """
        parts = self.distributions(row)
        own = [one for one in parts if one.text("DistributionType") in self.kinds.lines]
        alike = self.kinds.shared if own else ()
        own = own or [one for one in parts if one.text("DistributionType") in self.kinds.shared]
        weights = [amount(one, sign) for one in own]
        shared = spread(self._sum(parts, alike, sign), weights)
        taxes = spread(self._sum(parts, self.kinds.tax, sign), weights)
        together = zip(own, weights, shared, taxes, strict=True)
        for index, (one, net, more, tax) in enumerate(together, start=1):
            yield self._line(row, one, index, net + more, tax)

    def left_out(self, row: Row, sign: int) -> str:
        """What no setting counts, as a sentence; empty where that is nothing."""
        counted = (*self.kinds.lines, *self.kinds.shared, *self.kinds.tax, *OWED)
        found: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for one in self.distributions(row):
            if one.text("DistributionType") not in counted:
                found[one.text("DistributionType")] += amount(one, sign)
        named = [
            f"{kind} ({DISTRIBUTIONS.get(kind, 'not known')}) {worth:,.2f}"
            for kind, worth in found.items() if worth
        ]  # fmt: skip
        if not named:
            return ""
        return (
            f"Of its distributions these are not counted: {', '.join(named)}. The connection says "
            "which are lines, shared among the lines, or tax."
        )

    def _sum(self, parts: list[Row], types: tuple[str, ...], sign: int) -> Decimal:
        these = (one for one in parts if one.text("DistributionType") in types)
        return sum((amount(one, sign) for one in these), ZERO)

    def _line(self, row: Row, one: Row, index: int, net: Decimal, tax: Decimal) -> LedgerLine:
        return LedgerLine(
            id=one.text("Sequence") or str(index),
            description=row.text("Description") or one.text("Reference"),
            account=self.places.account(one.text("AccountNumber")),
            amount=net,
            dimensions=self.places.pairs(row, one),
            tax=tax,
        )


def amount(one: Row, sign: int) -> Decimal:
    """Debit less credit; of credit memos and returns the sides are the other way round."""
    return sign * (one.money("DebitAmount") - one.money("CreditAmount"))
