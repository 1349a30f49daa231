"""Transactions of the general ledger: what is of no purchase, posted, and of the books themselves.

GP's Web Services tell of each a source document, a state, a reporting ledger, whether it is void,
and the series of the document from which it comes (learn.microsoft.com/previous-versions/
dynamicsgp/developer: GLTransaction, GLTransactionSummary, GLOriginatingDocument, GLLedgerType).
Source documents are set up by each company; the series is GP's own (GL20000, SERIES), so it counts
where it is told. Who backs a payable out in the general ledger books what no payable says: that
copies the source document, and is of the financial series.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property

from connections.amounts import CENT
from connections.documents import ZERO, CodedLine
from connections.errors import NeedsPerson, Reason
from connections.models import Connection
from connections.vendors.gp.names import Names
from connections.vendors.gp.payables import HISTORY, OPEN, WORK, amount, state
from connections.vendors.gp.places import Places
from connections.vendors.gp.rows import Row

PURCHASING = "purchasing"
SERIES = {  # SERIES of GL20000 and GL30000
    "1": "all", "2": "financial", "3": "sales", "4": PURCHASING, "5": "inventory",
    "6": "payroll", "7": "project", "10": "third party", "thirdparty": "third party",
    "3rd party": "third party",
}  # fmt: skip
BASE = ("", "1", "base")  # without reporting ledgers there is only this one
OTHER_LEDGERS = ("2", "ifrs", "3", "local")
AS_DISTRIBUTION = {"Reference": "Description", "DebitAmount": "Debit", "CreditAmount": "Credit"}


def series(row: Row) -> str:
    """In words; empty where none is told, or one that nobody knows."""
    text = row.text("Series").lower()
    return SERIES.get(text, text if text in SERIES.values() else "")


def day_of(row: Row) -> dt.date:
    """Raises NeedsPerson: what has no date belongs into no month."""
    if found := row.day("TransactionDate"):
        return found
    raise NeedsPerson(
        Reason.SETTINGS,
        f"GP's GL transaction {row.text('JournalEntry')} has no TransactionDate. It has: "
        f"{', '.join(row.data)}. Enter the site's name under Other fields of GL transactions.",
    )


@dataclasses.dataclass
class Transactions:
    """Reads them by one site's settings."""

    connection: Connection
    names: Names
    places: Places

    @cached_property
    def of_purchases(self) -> set[str]:
        return self._sources("purchase_sources")

    @cached_property
    def of_the_years_end(self) -> set[str]:
        return self._sources("closing_sources")

    def _sources(self, name: str) -> set[str]:
        parts = self.connection.setting(name).split(",")
        return {one.strip().upper() for one in parts if one.strip()}

    # -- whose it is ----------------------------------------------------------------------------

    def left_out(self, row: Row) -> bool:
        """Unposted, void, of a ledger beside the books, of the year's end, or of a purchase."""
        return (
            state(row) == WORK
            or row.flag("Voided")
            or row.text("LedgerType").lower() in OTHER_LEDGERS
            or source(row) in self.of_the_years_end
            or self.is_purchase(row)
        )

    def is_purchase(self, row: Row) -> bool:
        told = series(row)
        return told == PURCHASING if told else source(row) in self.of_purchases

    def unclear(self, row: Row) -> str:
        """Why nobody can tell whether people booked it; empty where GP says enough."""
        if state(row) not in (OPEN, HISTORY):
            return f"its state is “{row.text('TransactionState')[:40]}”"
        if not series(row) and not source(row):
            return "it tells neither a source document nor a series"
        if not row.states("Voided"):
            return "it does not say whether it is void"
        if row.text("LedgerType").lower() not in BASE:
            return f"its reporting ledger is “{row.text('LedgerType')[:40]}”"
        return ""

    # -- lines ----------------------------------------------------------------------------------

    def lines(self, row: Row) -> list[Row]:
        """By the names of distributions: the Description of a line is what GP's window calls
        Distribution Reference."""
        return row.list("Lines", self.line_names, self.names.key("glLines"))

    @cached_property
    def line_names(self) -> dict[str, str]:
        names = self.names.fields("glLines")
        return names | {usual: names[ours] for usual, ours in AS_DISTRIBUTION.items()}

    def coded(self, row: Row, line: Row) -> CodedLine:
        """A debit is positive."""
        header = dataclasses.replace(row, names={**row.names, "Description": self.reference})
        return CodedLine(
            account=self.places.account(line.text("AccountNumber")),
            amount=amount(line, 1),
            description=line.text("Description") or row.text("Reference"),
            dimensions=self.places.pairs(header, line),
        )

    @cached_property
    def reference(self) -> str:
        """The site's name of what stands for a transaction as the description for a payable."""
        return self.names.fields("glTransactions")["Reference"]


def source(row: Row) -> str:
    return row.text("SourceDocument").upper()


def unfounded(lines: Sequence[Row]) -> str:
    """What is wrong with these lines as a whole; empty where they add up."""
    if not all(line.has("Debit") or line.has("Credit") for line in lines):
        return "its lines show no amounts"
    rest: Decimal = sum((amount(line, 1) for line in lines), ZERO)
    return "its lines do not balance" if abs(rest) > CENT * len(lines) / 2 else ""
