"""What people book in GP's general ledger, and how it is taken back.

MicrosoftDocs/msftdynamicsgpdocs, dynamics-gp/financials/general-ledger.md: a transaction of type
Reversing has a reversing date; backing out makes a new transaction on the day of the old one, with
its source document; only what is unposted is voided; unit accounts take one-sided quantities.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.simulators import company

from .books import WORK, ZERO, Books, Row, Unknown, money
from .hands import Data, Run, job_account, plain_account
from .postings import BASE, IFRS, PAYROLL, PURCHASING, put, turned

CLOSING = ("P/L", "BBF")
UNITS = 2  # ACCTTYPE
FACTS = {
    "reference": "Reference", "source": "SourceDocument", "series": "Series",
    "ledger": "LedgerType", "state": "TransactionState", "currency": "CurrencyID",
    "void": "Voided",
}  # fmt: skip


def book_journal(books: Books, data: Data) -> Row:
    """Body: lines [{account (whole, or its main segment), amount, description, dimensions}], and
    any of FACTS, number, date, `reversing` (a date), `force` (against the rules)."""
    lines = [line_of(books, one) for one in data["lines"]]
    if not data.get("force"):
        check(books, lines)
    day = str(data.get("date") or books.today.isoformat())
    facts = {field: data[word] for word, field in FACTS.items() if word in data}
    number = int(data["number"]) if data.get("number") else books.next_journal()
    made = put(books, day, lines, JournalEntry=number, **facts)
    if data.get("reversing"):
        put(books, str(data["reversing"]), turned(lines), JournalEntry=number, **facts)
    return {"number": str(made["JournalEntry"]), "date": day}


def line_of(books: Books, line: Data) -> Row:
    """The cost code stands in the distribution reference, as in payables."""
    values = line.get("dimensions", {})
    amount = money(line["amount"])
    return {
        "AccountNumber": whole(books, str(line["account"]), values),
        "Debit": max(amount, ZERO), "Credit": max(-amount, ZERO),
        "Description": str(values.get("COSTCODE") or line.get("description") or "")[:30],
    }  # fmt: skip


def whole(books: Books, account: str, values: Data) -> str:
    """Of a main segment: on the project, where it has such an account, else on none."""
    on_job = f"{values.get('PROJECT')}-{account}-{values.get('SEGMENT3')}"
    return next((one for one in (account, on_job) if books.find("accounts", one)),
                account if "-" in account else plain_account(account))  # fmt: skip


def check(books: Books, lines: list[Row]) -> None:
    for line in lines:
        account = books.find("accounts", line["AccountNumber"])
        if account is None or not account["Active"]:
            raise Unknown(f"UNKNOWN_ACCOUNT: {line['AccountNumber']}")
    if sum((line["Debit"] - line["Credit"] for line in in_money(books, lines)), ZERO):
        raise Unknown("UNBALANCED: debits and credits differ")


def in_money(books: Books, lines: list[Row]) -> list[Row]:
    return [line for line in lines if not counts_units(books, line["AccountNumber"])]


def counts_units(books: Books, number: str) -> bool:
    account = books.find("accounts", number)
    return bool(account and account["AccountType"] == UNITS)


def back_out_journal(books: Books, data: Data) -> Row:
    """Body: number, or the voucher that was posted. On the old one's day, posted at once."""
    old = journal(books, data)
    made = put(
        books, old["TransactionDate"], turned(old["Lines"]), SourceDocument=old["SourceDocument"],
        CurrencyID=old["CurrencyID"], Reference=f"Back Out Journal Entry {old['JournalEntry']}",
    )  # fmt: skip
    return {"number": str(made["JournalEntry"]), "date": made["TransactionDate"]}


def change_journal(books: Books, data: Data) -> Row:
    """Body: number, and columns as they are to be, or `without`: names of columns that go; for
    sites that show less than they should."""
    row = journal(books, data)
    row |= data.get("columns", {})
    for name in data.get("without", ()):
        row.pop(name)
    return {"number": str(row["JournalEntry"])}


def journal(books: Books, data: Data) -> Row:
    """The first by its number, or by that of the document from which it comes."""
    wanted, field = str(data.get("number") or ""), "JournalEntry"
    if "voucher" in data:
        wanted, field = str(data["voucher"]), "OriginatingControlNumber"
    rows = books.table("glTransactions")
    found = (rows[key] for key in sorted(rows) if str(rows[key].get(field, "")) == wanted)
    if not wanted or (row := next(found, None)) is None:
        raise Unknown(f"no such journal entry: {wanted or data}")
    return row


def forget_journals(books: Books, data: Row) -> None:
    """A ledger into which only other modules posted."""
    rows = books.table("glTransactions")
    for key in [key for key, row in rows.items() if row.get("Series") != PURCHASING]:
        rows.pop(key)


BY_HAND: dict[str, Run] = {
    run.__name__: run
    for run in (book_journal, back_out_journal, change_journal, forget_journals)
}  # fmt: skip


# -- as a bookkeeper sees them --------------------------------------------------------------------


def by_people(books: Books) -> list[Row]:
    """All that no purchase posted, in money. `counts`: it moves what accounts come to."""
    rows = books.table("glTransactions").values()
    return [shown(books, row) for row in rows if row.get("Series") != PURCHASING]


def shown(books: Books, row: Row) -> Row:
    counts = (
        row["TransactionState"] != WORK and not row["Voided"] and row["LedgerType"] == BASE
        and row["SourceDocument"] not in CLOSING
    )  # fmt: skip
    return {
        "number": str(row["JournalEntry"]), "date": row["TransactionDate"], "by_hand": True,
        "reference": row["Reference"], "source": row["SourceDocument"], "counts": counts,
        "lines": [line_shown(one) for one in in_money(books, row["Lines"])],
    }  # fmt: skip


def line_shown(line: Row) -> Row:
    return {
        "account": line["AccountNumber"], "reference": line["Description"],
        "amount": f"{line['Debit'] - line['Credit']:.2f}",
        **segments(line["AccountNumber"], line["Description"]),
    }  # fmt: skip


def segments(account: str, reference: str) -> Row:
    job, main, division = (*account.split("-"), "", "")[:3]
    values = {"PROJECT": job, "COSTCODE": reference, "SEGMENT3": division}
    return {"main": main, "dimensions": values}


# -- of the demo's months -------------------------------------------------------------------------


def plant(books: Books, job: str) -> None:
    """What people book at a month's end, and all that looks like it and is no cost."""
    for entry in range(1, 4):
        book_journal(books, {
            "date": days_ago(entry * 20), "reference": "Prepaid insurance",
            "lines": both_sides("1000-60500-00", "12000", Decimal(1000 * entry)),
        })  # fmt: skip
    begins = company.first_of_month(company.TODAY, 0)
    cost = job_account(job, "03-300", "M")

    def book(amount: str, **facts: Any) -> Row:
        lines = both_sides(cost, "20400", Decimal(amount))
        return book_journal(books, {"date": days_ago(35), "lines": lines, **facts})

    book("1850.00", reference="Accrual", date=(begins - timedelta(1)).isoformat(),
         reversing=begins.isoformat())  # fmt: skip
    back_out_journal(books, book("415.10", reference="Typed twice"))
    book("96.40", source="UPRCC", series=PAYROLL, reference="Payroll")
    book("777.00", state=WORK, reference="Not posted yet")
    book("333.00", ledger=IFRS, reference="Leases")
    book("222.00", void=True, reference="Voided")
    book("-5000.00", source="P/L", series=1, reference="Year end")
    units = {"account": "9000-90900-00", "amount": "120"}
    lines = [*both_sides(cost, "20400", Decimal("64.00")), units]
    book("0", lines=lines, reference="Square feet")


def both_sides(account: str, other: str, amount: Decimal) -> list[Data]:
    """The last one balances."""
    values = {"COSTCODE": "03-300"}
    return [{"account": account, "amount": amount, "dimensions": values},
            {"account": plain_account(other), "amount": -amount, "dimensions": values}]  # fmt: skip


def days_ago(days: int) -> str:
    return (company.TODAY - timedelta(days)).isoformat()
