"""What GP's windows refuse: lengths, known vendors and accounts, sums, numbers, periods."""

from __future__ import annotations

from typing import Any

from tests.simulators import company

from .books import OPEN, WORK, ZERO, Books, Row, Unknown, total
from .resources import DISTRIBUTION, PAYABLE


def columns(known: dict[str, int], facts: dict[str, Any]) -> None:
    """Known names, and no text longer than its column."""
    for name, value in facts.items():
        if name not in known:
            raise Unknown(f"unknown column {name}; there are {sorted(known)}")
        if isinstance(value, str) and known[name] and len(value) > known[name]:
            raise Unknown(f"TOO_LONG: {name} has at most {known[name]} characters")


def check(books: Books, row: Row) -> None:
    columns(PAYABLE, row)
    if not row["DocumentNumber"]:
        raise Unknown("REQUIRED: DocumentNumber")
    _vendor(books, row)
    _single(books, row)
    _sums(row)
    for line in row["Distributions"]:
        columns(DISTRIBUTION, line)
        _account(books, line["AccountNumber"])


def _vendor(books: Books, row: Row) -> None:
    vendor = books.vendor(row["VendorID"])
    if vendor is None:
        raise Unknown(f"UNKNOWN_VENDOR: {row['VendorID']}")
    if vendor["VendorStatus"] == 2:
        raise Unknown("VENDOR_INACTIVE")


def _single(books: Books, row: Row) -> None:
    """The check spans work, open and history."""
    if books.settings["duplicates"] == "yes":
        return
    for other in books.payables():
        same = all(
            other[name].upper() == row[name].upper() for name in ("VendorID", "DocumentNumber")
        )
        if same and other is not row and other["DocumentType"] == row["DocumentType"]:
            raise Unknown(f"DOCUMENT_EXISTS: {row['DocumentNumber']}")


def _sums(row: Row) -> None:
    debit = sum((line["DebitAmount"] for line in row["Distributions"]), ZERO)
    credit = sum((line["CreditAmount"] for line in row["Distributions"]), ZERO)
    if debit != credit or row["DocumentAmount"] != total(row):
        raise Unknown("UNBALANCED: the distributions do not foot")
    if row["DocumentAmount"] < 0:
        raise Unknown("BAD_VALUE: a document is not negative; type a credit memo")


def _account(books: Books, number: str) -> None:
    row = books.find("accounts", number)
    if row is None:
        raise Unknown(f"UNKNOWN_ACCOUNT: {number}")
    if not row["Active"] or row["AccountType"] != 1:
        raise Unknown(f"ACCOUNT_INACTIVE: {number}")


def posting(books: Books, row: Row, day: str) -> None:
    """Closed periods refuse when it is posted, not when it is typed; holds too."""
    if not company.CLOSED_BEFORE.isoformat() <= day <= company.OPEN_UNTIL.isoformat():
        raise Unknown("PERIOD_CLOSED")
    if row["Hold"]:
        raise Unknown("the document is on hold")


def inactivation(books: Books, row: Row, facts: Row) -> None:
    busy = any(
        one["VendorID"] == row["VendorID"] and one["TransactionState"] in (WORK, OPEN)
        for one in books.payables()
    )
    if facts.get("VendorStatus") == 2 and busy:
        raise Unknown("the vendor has open documents")
