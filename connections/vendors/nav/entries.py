"""What was booked on accounts: page 20, General Ledger Entries.

Published by the site (docs/nav): its fields are NAV's own, its dimensions those that General Ledger
Setup numbers and the page shows. Entries stand for ever: reversing writes entries of its own, under
the same number and day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from connections.documents import CodedLine, Found
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics import entries
from connections.vendors.dynamics.entries import Gathered, Name
from connections.vendors.dynamics.rows import words
from connections.vendors.nav import dimensions
from connections.vendors.nav.journals import ENTRIES, ENTRY, PAGES
from connections.vendors.nav.ledger import Ledger
from connections.vendors.nav.purchase_documents import INVOICE, MEMO
from connections.vendors.nav.wire import missing

NUMBER, DAY, ACCOUNT = "Document_No", "Posting_Date", "G_L_Account_No"
CLOSING = "CLSINCOME"  # Source Code Setup, Close Income Statement: the year's end, not a cost
TYPES = {"Invoice": INVOICE.kind, "Credit Memo": MEMO.kind}


class Entries(Ledger):
    """Meets `roles.EntryLedger`."""

    def why_no_entries(self) -> str:
        return "" if self.has(ENTRIES) else missing(ENTRIES, self.names[ENTRIES])

    def booked(self, accounts: Sequence[str], first: dt.date, last: dt.date) -> list[Found]:
        """One request for a page of entries, for each 40 accounts."""
        dated, rows = entries.within(DAY, first, last), list[Row]()
        for some in odata.chunks(accounts):
            rows += self._entries(f"{dated} and ({odata.any_of(ACCOUNT, some)})")
        gathered = entries.gathered(rows, NUMBER, DAY)
        return [self._booked(name, some) for name, some in gathered.items()]

    def booked_whole(self, some: Sequence[Found]) -> list[Found]:
        names, gathered = entries.named(some), Gathered()
        numbers = list(dict.fromkeys(name.number for name in names))
        for part in odata.chunks(numbers):
            rows = self._entries(odata.any_of(NUMBER, part))
            gathered |= entries.gathered(rows, NUMBER, DAY)
        return [self._booked(name, gathered.get(name, []), whole=True) for name in names]

    def _entries(self, wanted: str) -> list[Row]:
        """Without documents of a kind that this site does not list: whose they are, is unknown."""
        name = self.set_of(ENTRIES)
        fields = self.select(name, *ENTRY, "Source_Code", *self.dimension_fields(name).values())
        unlisted = {kind for kind, listed in TYPES.items() if listed not in self.lists}
        return [
            row for row in self.rows(self.path(name, filter=wanted, select=fields))
            if odata.plain(row.get("Document_Type")) not in unlisted
            and words(row, "Source_Code") != CLOSING
        ]  # fmt: skip

    def _booked(self, name: Name, rows: Sequence[Row], whole: bool = False) -> Found:
        fields = self.dimension_fields(self.set_of(ENTRIES)) if whole else {}
        lines = [
            CodedLine(
                account=words(row, ACCOUNT), amount=odata.number(row.get("Amount")),
                description=words(row, "Description"), dimensions=dimensions.pairs(row, fields),
            )
            for row in sorted(rows, key=lambda row: int(row["Entry_No"]))
        ]  # fmt: skip
        url = self.link(PAGES["posted"], "Document No.", name.number)
        return entries.found(name, lines, url, whole and set(self.numbers.values()) <= set(fields))
