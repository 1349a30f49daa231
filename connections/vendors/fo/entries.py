"""What was booked on accounts: GeneralJournalAccountEntries, the posted lines of vouchers.

Fields: microsoft/CDM, GeneralJournalAccountEntryEntity. Its account is a text of all segments as
elsewhere (`formats`); where that text is in another order, or empty, its first segment is taken for
the main account, as people who ask for these rows do, and the dimensions are not known. Entries
stand for ever: reversing is a voucher of its own.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence

from connections.documents import CodedLine, Found
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics import entries
from connections.vendors.fo.company import Company
from connections.vendors.fo.rows import said

SET, KEY = "GeneralJournalAccountEntries", "GeneralJournalAccountEntryRecId"
VOUCHER, DAY, CURRENCY = "Voucher", "AccountingDate", "TransactionCurrencyCode"
TEXT = "AccountDisplayValue"
FIELDS = (
    f"{KEY},{VOUCHER},{DAY},{CURRENCY},{TEXT},LedgerAccount,TransactionCurrencyAmount,Description,"
    "DocumentNumber,PostingType,DataArea"
)
OF_THE_YEAR = {"TransferOpeningClosing", "Closing", "YearResult"}  # its end is nobody's cost


class Entries(Company):
    """Meets `roles.EntryLedger`."""

    def why_no_entries(self) -> str:
        return ""

    def booked(self, accounts: Sequence[str], first: dt.date, last: dt.date) -> list[Found]:
        """All entries of the company in these days: an account is part of a text there."""
        following = last + dt.timedelta(days=1)
        wanted = (
            f"DataArea eq {odata.text(self.company)} and {DAY} ge {first.isoformat()}T00:00:00Z "
            f"and {DAY} lt {following.isoformat()}T00:00:00Z"
        )
        rows = [
            row for row in self.whole_set(SET, (KEY,), filter=wanted, select=FIELDS)
            if odata.plain(row.get("PostingType")) not in OF_THE_YEAR
        ]  # fmt: skip
        found = [
            self._voucher(name, currency, some, accounts)
            for name, those in entries.gathered(rows, VOUCHER, DAY).items()
            for currency, some in by_currency(those).items()
        ]
        return [one for one in found if any(line.account in accounts for line in one.lines)]

    def booked_whole(self, some: Sequence[Found]) -> list[Found]:
        """The list shows all of them."""
        return list(some)

    def _voucher(
        self, name: entries.Name, currency: str, rows: Sequence[Row], accounts: Collection[str]
    ) -> Found:
        lines = [self._line(row, accounts) for row in rows]
        found = entries.found(name, [line for line, _ in lines], self.link(), True)
        numbers = (said(row, "DocumentNumber") for row in rows)
        return dataclasses.replace(
            found, id=f"{found.id} {currency}".strip(), currency=self.foreign(currency),
            external_number=next(filter(None, numbers), ""), word="voucher",
            lines_known=all(known for _, known in lines),
        )  # fmt: skip

    def _line(self, row: Row, accounts: Collection[str]) -> tuple[CodedLine, bool]:
        """The second: its dimensions are known, too."""
        form, text = self.formats().ledger, said(row, TEXT) or said(row, "LedgerAccount")
        account, first = form.account(text), beginning(text, accounts)
        known = bool(said(row, TEXT)) and (account in accounts or not first)
        line = CodedLine(
            account=account if known else first,
            amount=odata.number(row.get("TransactionCurrencyAmount")),
            description=said(row, "Description"),
            dimensions=form.pairs(text) if known else (),
        )
        return line, known


def beginning(text: str, accounts: Collection[str]) -> str:
    """The account with which a text begins, whatever sign separates its segments; else none."""
    rest = ((one, text.removeprefix(one)) for one in accounts if one and text.startswith(one))
    return next((one for one, behind in rest if not behind[:1].isalnum()), "")


def by_currency(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Of a voucher: amounts of several are not added up."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(said(row, CURRENCY), []).append(row)
    return found
