"""G/L entries and vendor entries: what posting leaves behind."""

from __future__ import annotations

from decimal import Decimal

from tests.simulators import company

from . import errors
from .documents import money
from .model import Row
from .store import Books

ZERO = Decimal(0)


def open_date(books: Books, day: str) -> None:
    """Refuses a posting date outside the window of the company."""
    setup = books.setup
    if not setup["allowPostingFrom"] <= day <= setup["allowPostingTo"]:
        raise errors.dialog("Posting Date is not within your range of allowed posting dates.")


def entry(
    books: Books,
    account: str,
    amount: Decimal,
    *,
    day: str,
    number: str,
    kind: str,
    text: str,
    dims: dict[str, str],
    document: str = "",
    by_hand: bool = False,
) -> None:
    """One G/L entry in local currency: debit above zero, credit below. None for zero."""
    if not amount:
        return
    target = books.find("account", number=account)
    if target is None:
        raise errors.invalid_relation("G/L Account No.", "G/L Entry", account, "G/L Account")
    books.state.series["entry"] = books.state.series.get("entry", 1000) + 1
    books.add("generalLedgerEntry", {
        "entryNumber": books.state.series["entry"], "postingDate": day, "documentNumber": number,
        "documentType": kind, "accountId": target["id"], "accountNumber": account,
        "description": text, "debitAmount": max(amount, ZERO), "creditAmount": max(-amount, ZERO),
        "_dims": dict(dims), "_document": document, "_hand": by_hand,
    })  # fmt: skip
    books.change("account", target, silent=True, netChange=Decimal(target["netChange"]) + amount)


def vendor_entry(
    books: Books,
    vendor: Row,
    *,
    kind: str,
    number: str,
    external: str,
    amount: Decimal,
    document: str = "",
) -> Row:
    """What we owe: above zero for an invoice. `amount` is in local currency."""
    identity = books.new_id()
    row = {
        "id": identity, "vendorId": vendor["id"], "type": kind, "number": number,
        "external": external, "amount": amount, "open": amount, "document": document,
    }  # fmt: skip
    table = books.table("_vendorEntry")
    table[identity] = row
    books.undo.append(lambda: table.pop(identity, None))
    add_balance(books, vendor, amount)
    return row


def add_balance(books: Books, vendor: Row, amount: Decimal) -> None:
    books.change("vendor", vendor, silent=True, balance=Decimal(vendor["balance"]) + amount)


def settle(books: Books, row: Row, amount: Decimal) -> bool:
    """Reduces the open amount of a vendor entry; true when nothing is left."""
    before = row["open"]
    row["open"] = before - amount
    books.undo.append(lambda: row.__setitem__("open", before))
    return not row["open"]


def vendor_entry_of(books: Books, document: str) -> Row | None:
    return next((row for row in books.rows("_vendorEntry") if row["document"] == document), None)


def local(books: Books, currency: str, amount: Decimal) -> Decimal:
    return money(amount * books.rate(currency))


def payables() -> str:
    return company.PAYABLES_ACCOUNT
