"""What other modules post to the general ledger: one transaction for each document."""

from __future__ import annotations

from .books import ZERO, Books, Row

FINANCIAL, PURCHASING, PAYROLL = 2, 4, 6  # SERIES of GL20000
BASE, IFRS = 1, 2  # reporting ledgers


def of_payable(books: Books, row: Row, day: str, *, void: bool = False) -> None:
    """The same accounts and references as its distributions; a void turns the sides."""
    if not row["Distributions"]:
        return
    debit, credit = ("CreditAmount", "DebitAmount") if void else ("DebitAmount", "CreditAmount")
    lines = [
        {"AccountNumber": one["AccountNumber"], "Debit": one[debit], "Credit": one[credit],
         "Description": one["Reference"]}
        for one in row["Distributions"]
    ]  # fmt: skip
    put(books, day, lines, Reference=row["Description"], Series=PURCHASING,
        SourceDocument="PMVVR" if void else "PMTRX", CurrencyID=row["CurrencyID"],
        BatchNumber=row["BatchNumber"], OriginatingControlNumber=row["VoucherNumber"])  # fmt: skip


def put(books: Books, day: str, lines: list[Row], **facts: object) -> Row:
    """Posted into the base ledger, unless told otherwise."""
    return books.put("glTransactions", {
        "JournalEntry": facts.pop("JournalEntry", None) or books.next_journal(),
        "BatchNumber": "", "BatchSource": "GL_Normal", "TransactionDate": day,
        "TransactionState": "Open", "Reference": "", "SourceDocument": "GJ", "Series": FINANCIAL,
        "LedgerType": BASE, "Voided": False, "CurrencyID": "",
        "OriginatingControlNumber": "", "Lines": lines,
        "ModifiedDate": books.today.isoformat(), **facts,
    })  # fmt: skip


def turned(lines: list[Row]) -> list[Row]:
    """Debits for credits."""
    return [{**one, "Debit": one["Credit"] or ZERO, "Credit": one["Debit"] or ZERO}
            for one in lines]  # fmt: skip
