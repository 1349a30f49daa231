"""Decisions as a line in a journal batch of finance's choice, between two memo accounts.

One line with its balancing account, so that it balances by itself. Its document number is made of
the document, the decision and its moment: the same decision is never entered twice, whether the
line still stands in the batch or was posted. Nothing is posted by us.
"""

from __future__ import annotations

import dataclasses
import hashlib
from decimal import Decimal
from typing import Protocol

from connections.documents import (
    LEDGER_MEMO,
    Account,
    LedgerDocument,
    PostingWindow,
)
from connections.errors import InDoubt, NeedsPerson, Reason, Refused
from connections.models import Connection
from connections.vendors.dynamics import refusals
from connections.vendors.dynamics.decisions import DONE, NOTED, TYPES

SETTINGS = {
    "decision_batch": "Journal batch for decisions",
    "memo_account": "Memo account",
    "memo_balancing_account": "Memo balancing account",
}
ONE = Decimal(1)


@dataclasses.dataclass(frozen=True)
class Entry:
    """What one decision becomes."""

    number: str
    document: str
    amount: Decimal
    description: str
    note: str
    account: str
    balancing: str


class Accounts(Protocol):
    label: str
    connection: Connection

    def accounts(self) -> list[Account]: ...

    def window(self) -> PostingWindow: ...


class JournalWay:
    """How lines are found and entered is told by the two kinds of connection."""

    name = "journal"
    label = "Journal line"

    def __init__(self, books: Accounts) -> None:
        self.books = books

    # -- what differs -------------------------------------------------------------------------

    def lacking(self) -> str:
        """Empty where journal lines can be written and found again, else a sentence."""
        raise NotImplementedError

    def must_have_batch(self) -> None:
        """Raises NeedsPerson when the batch is known to be absent."""

    def stands(self, number: str) -> bool:
        """In the batch, or posted."""
        raise NotImplementedError

    def enter(self, entry: Entry, about: str) -> None:
        raise NotImplementedError

    # -- the way ------------------------------------------------------------------------------

    def setting(self, name: str) -> str:
        return self.books.connection.setting(name).strip()

    @property
    def batch(self) -> str:
        return self.setting("decision_batch").upper()

    def decisions(self) -> tuple[str, ...]:
        return NOTED

    def problem(self) -> str:
        empty = [words for name, words in SETTINGS.items() if not self.setting(name)]
        if empty:
            return (
                f"Finance has not set it up: fill in {', '.join(empty)} of the connection. No line "
                "is entered on an account that nobody chose."
            )
        return self.lacking()

    def offer(self) -> str:
        self.must_have_batch()
        known = {one.number: one for one in self.books.accounts()}
        for name in ("memo_account", "memo_balancing_account"):
            number = self.setting(name)
            account = known.get(number)
            why = account.why_unusable if account else f"is not in {self.books.label}"
            if why:
                raise NeedsPerson(Reason.ACCOUNT_UNUSABLE, f"{SETTINGS[name]} {number} {why}.")
        return (
            f"Enters a line in the journal batch {self.batch}, from {self.setting('memo_account')} "
            f"to {self.setting('memo_balancing_account')}, over the document's total (1.00 where "
            "it is in a foreign currency). Finance posts or clears it; the document stays as it is."
        )

    def carry(self, decision: str, now: LedgerDocument, note: str, about: str) -> str:
        entry = self.entry(decision, now, note)
        if self.stands(entry.number):
            return f"It is noted already, as {entry.number} in the journal batch {self.batch}."
        try:
            self.enter(entry, about)
        except Refused as error:
            raise refusals.of_decision(error, decision, now, self.books.label) from error
        if not self.stands(entry.number):
            raise InDoubt(f"The journal line {entry.number} was entered and does not show.")
        return f"Noted as {entry.number} in the journal batch {self.batch}."

    def entry(self, decision: str, now: LedgerDocument, note: str) -> Entry:
        about = f"{DONE[decision].capitalize()}: {TYPES[now.kind].lower()} {now.number}"
        return Entry(
            number=entry_number(decision, now, note),
            document=now.number,
            amount=self._amount(now),
            description=f"{about}, {note}" if note else about,
            note=note,
            account=self.setting("memo_account"),
            balancing=self.setting("memo_balancing_account"),
        )

    def _amount(self, now: LedgerDocument) -> Decimal:
        """The journal is in the local currency."""
        local = not now.currency or now.currency == self.books.window().currency
        total = -now.total if now.kind == LEDGER_MEMO else now.total
        return total if local and total else ONE


def entry_number(decision: str, now: LedgerDocument, note: str) -> str:
    """At most 20 characters; the note carries the moment."""
    content = "|".join((now.kind, now.id, decision, note))
    return f"DEC-{hashlib.sha256(content.encode()).hexdigest()[:14].upper()}"
