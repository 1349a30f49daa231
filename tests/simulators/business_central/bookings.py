"""What bookkeepers book without a document: journals, and taking them back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from . import dimensions, journals, ledger
from .model import Row
from .store import Books


def book_journal(books: Books, data: dict[str, Any]) -> Row:
    """Body: number, date, lines [{account, amount, description, dimensions}] that come to zero: a
    bookkeeper types a journal into a batch of his own and posts it, today where no date is given;
    a month that is closed refuses it. `source`: its source code, else that of the journal."""
    number, day = str(data["number"]).upper(), data.get("date") or books.today()
    batch = journals.create(books, {"code": f"H{books.next_number('hand batch', 1)}"})
    for line in data["lines"]:
        row = journals.create_line(books, batch, {
            "accountType": "G/L Account", "accountNumber": line["account"], "postingDate": day,
            "documentNumber": number, "amount": Decimal(str(line["amount"])),
            "description": line.get("description", ""),
        })  # fmt: skip
        dimensions.put(books, "journalLine", row, {**row["_dims"], **line.get("dimensions", {})})
    journals.post_now(books, batch, by_hand=True)
    journals.delete(books, batch)
    for row in books.rows("generalLedgerEntry") if data.get("source") else []:
        if row["documentNumber"] == number:
            books.change("generalLedgerEntry", row, silent=True, _source=data["source"])
    return {"number": number, "date": day}


def reverse_journal(books: Books, data: dict[str, Any]) -> None:
    """Body: number: the entries of a journal are reversed, under its own number and day."""
    rows = [row for row in books.rows("generalLedgerEntry")
            if row["documentNumber"] == data["number"]]  # fmt: skip
    for row in rows:
        ledger.entry(
            books, row["accountNumber"], Decimal(row["creditAmount"]) - Decimal(row["debitAmount"]),
            day=row["postingDate"], number=row["documentNumber"], kind=row["documentType"],
            text=row["description"], dims=row["_dims"], document=row["_document"],
            by_hand=True,
        )  # fmt: skip


def forget_entries(books: Books, data: dict[str, Any]) -> None:
    """A company before its first entry: what other stories booked is not a story's own."""
    books.table("generalLedgerEntry").clear()


BY_HAND: dict[str, Callable[[Books, dict[str, Any]], Row | None]] = {
    run.__name__: run for run in (book_journal, reverse_journal, forget_entries)
}
