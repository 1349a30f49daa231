"""What was booked on accounts: the G/L entries.

learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/resources/
dynamics_generalledgerentry. They tell neither a vendor nor who booked them, and stand for ever:
reversing writes entries of its own, under the same number and day. The type of document says
Invoice of what people booked as such in a journal, too, and nothing of costs that the inventory
adjusts under the number of an invoice (the sample answer there): only the number is gone by.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from connections.documents import Found
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.business_central.documents import HEADERS_PAGE
from connections.vendors.business_central.journals import ENTRIES_PAGE, coded_entry
from connections.vendors.business_central.wire import Wire
from connections.vendors.dynamics import entries
from connections.vendors.dynamics.entries import Gathered, Name

SET = "generalLedgerEntries"
NUMBER, DAY = "documentNumber", "postingDate"
SHORT = f"entryNumber,{NUMBER},{DAY},accountNumber,debitAmount,creditAmount"


class Entries(Wire):
    """Meets `roles.EntryLedger`."""

    def why_no_entries(self) -> str:
        return ""

    def booked(self, accounts: Sequence[str], first: dt.date, last: dt.date) -> list[Found]:
        """One request for 5,000 entries, for each 40 accounts."""
        rows: list[Row] = []
        dated = entries.within(DAY, first, last)
        for some in odata.chunks(accounts):
            wanted = f"{dated} and ({odata.any_of('accountNumber', some)})"
            rows += self.rows(self.path(SET, filter=wanted, select=SHORT), HEADERS_PAGE)
        gathered = entries.gathered(rows, NUMBER, DAY)
        return [self._booked(name, some) for name, some in gathered.items()]

    def booked_whole(self, some: Sequence[Found]) -> list[Found]:
        names, gathered = entries.named(some), Gathered()
        numbers = list(dict.fromkeys(name.number for name in names))
        for part in odata.chunks(numbers):
            wanted = odata.any_of(NUMBER, part)
            rows = self.rows(self.path(SET, filter=wanted, expand="dimensionSetLines"))
            gathered |= entries.gathered(rows, NUMBER, DAY)
        return [self._booked(name, gathered.get(name, []), whole=True) for name in names]

    def _booked(self, name: Name, rows: Sequence[Row], whole: bool = False) -> Found:
        lines = [coded_entry(one) for one in sorted(rows, key=lambda one: one["entryNumber"])]
        url = self.link(ENTRIES_PAGE, "Document No.", name.number)
        return entries.found(name, lines, url, whole)
