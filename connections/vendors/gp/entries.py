"""What was booked on accounts: `glTransactions`, where the site offers them.

Microsoft's list of services has none; a bridge has (docs/gp). A list may show no lines, as that of
GP's Web Services does: these are asked for by key then. Under one number stands a reversal, too,
dated otherwise. What is posted stands for ever; backing out is a transaction of its own.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property

from connections.documents import Found
from connections.vendors.dynamics import entries
from connections.vendors.dynamics.entries import Name
from connections.vendors.gp.rows import Row
from connections.vendors.gp.sources import Sources
from connections.vendors.gp.transactions import Transactions, day_of, unfounded
from connections.vendors.gp.wire import NotOffered

TRANSACTIONS = "glTransactions"
POSTED = "Open,History"
NOT_GIVEN = "GP lists it, and does not give it by its number"
READ_BY = (  # settings that make another document of the same journal
    "account_segment", "segment_separator", "segment_names", "project_place", "cost_code_place",
    "transaction_fields", "transaction_line_fields", "purchase_sources", "closing_sources",
    "currencies", "local_currency",
)  # fmt: skip


class Entries(Sources):
    """Meets `roles.EntryLedger`."""

    @cached_property
    def transactions(self) -> Transactions:
        return Transactions(self.connection, self.names, self.places)

    def why_no_entries(self) -> str:
        return "" if self.offers(TRANSACTIONS) else NotOffered(TRANSACTIONS).sentence

    def booked(self, accounts: Sequence[str], first: dt.date, last: dt.date) -> list[Found]:
        rows = [row for row in self._dated(first, last) if not self.transactions.left_out(row)]
        found = [self._booked(name, some) for name, some in gathered(rows).items()]
        return [
            one for one in found
            if not one.lines_known or any(line.account in accounts for line in one.lines)
        ]  # fmt: skip

    def booked_whole(self, some: Sequence[Found]) -> list[Found]:
        """By key what the list did not show whole, and what it did not tell enough of."""
        return [
            one if one.lines_known and not one.unclear else self._asked_for(one) for one in some
        ]

    # -- lists ----------------------------------------------------------------------------------

    def _dated(self, first: dt.date, last: dt.date) -> list[Row]:
        """Whether the site heeds the options is its affair."""
        if self.names.options["documentDateFrom"]:
            days = {"documentDateFrom": first.isoformat(), "documentDateTo": last.isoformat()}
            listed = self.rows(TRANSACTIONS, state=POSTED, **days)
        else:
            listed = self._all
        return [row for row in listed if first <= day_of(row) <= last]

    @cached_property
    def _all(self) -> list[Row]:
        """For all months at once, where the site has no option for days."""
        return self.rows(TRANSACTIONS, state=POSTED)

    # -- by key ---------------------------------------------------------------------------------

    def _asked_for(self, listed: Found) -> Found:
        [name] = entries.named([listed])
        rows = self._under(name)
        if not rows:
            why = listed.unclear if listed.lines_known else NOT_GIVEN
            return dataclasses.replace(listed, unclear=why)
        rows = [row for row in rows if not self.transactions.left_out(row)]
        if not rows:
            return dataclasses.replace(listed, lines=(), lines_known=True, unclear="")
        found = self._booked(name, rows)
        if not found.lines_known and not found.unclear:
            return dataclasses.replace(found, unclear="it shows no lines")
        return found

    def _under(self, name: Name) -> list[Row]:
        """Of its day: the number alone may lead to another one's. GP's Web Services take both."""
        for key in ((name.number,), (name.number, name.day.isoformat())):
            if rows := gathered(self.under(TRANSACTIONS, *key)).get(name):
                return rows
        return []

    # -- as documents ---------------------------------------------------------------------------

    def _booked(self, name: Name, rows: Sequence[Row]) -> Found:
        """With all that the rows show. What stands on accounts that count units is no amount."""
        lines = [(row, line) for row in rows for line in self.transactions.lines(row)
                 if line.text("AccountNumber") not in self._units]  # fmt: skip
        known = all(self.transactions.lines(row) for row in rows)
        currency, *others = {self.currency(row) or self.local_currency: None for row in rows}
        unclear = [self.transactions.unclear(row) for row in rows]
        unclear.append("it is in several currencies" if others else "")
        unclear.append(unfounded([line for _, line in lines]) if known else "")
        coded = [self.transactions.coded(row, line) for row, line in lines]
        return dataclasses.replace(
            entries.found(name, coded, whole=known), currency=currency,
            unclear=next(filter(None, unclear), ""), read_by=self._read_by,
        )  # fmt: skip

    @cached_property
    def _read_by(self) -> str:
        text = repr([self.connection.setting(name) for name in READ_BY])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @cached_property
    def _units(self) -> set[str]:
        """Whole numbers of accounts that count something else than money."""
        try:
            return {one.number for one in self.whole_accounts() if not one.posting}
        except NotOffered:
            return set()


def gathered(rows: Iterable[Row]) -> dict[Name, list[Row]]:
    """By number and day. A row that comes twice, on two pages, is one."""
    found: dict[Name, list[Row]] = {}
    for row in rows:
        together = found.setdefault(Name(row.text("JournalEntry"), day_of(row)), [])
        if row not in together:
            together.append(row)
    return found
