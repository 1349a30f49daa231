"""Decisions as a flag on the document: On Hold, or a field of the site's own.

It says what was decided and changes no status. On Hold is carried along to the vendor ledger entry,
where it keeps the invoice from being suggested for payment.
"""

from __future__ import annotations

import re
from typing import Any

from connections.documents import LedgerDocument
from connections.errors import NeedsPerson, Reason, Refused, RetryLater
from connections.models import Connection
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics import refusals
from connections.vendors.dynamics.decisions import DONE, NOTED, called

PAIR = re.compile(r"\s*(\w+)\s*=\s*(\w*)\s*")
DOING = {"release": "releasing", "reopen": "reopening", "approve": "approving",
         "reject": "rejecting"}  # fmt: skip


class FlagWay:
    """How a document's flag is reached is told by the two kinds of connection."""

    name = "field"
    label = "Flag on the document"
    default = ""  # the field's name where the connection says none

    def __init__(self, connection: Connection, system: str) -> None:
        self.connection = connection
        self.system = system

    # -- what differs -------------------------------------------------------------------------

    def lacking(self) -> str:
        """Empty where the field can be written, else a sentence."""
        raise NotImplementedError

    def read(self, now: LedgerDocument) -> Row | None:
        raise NotImplementedError

    def write(self, now: LedgerDocument, row: Row, value: Any, about: str) -> None:
        raise NotImplementedError

    # -- the way ------------------------------------------------------------------------------

    @property
    def field(self) -> str:
        return self.connection.setting("flag_field").strip() or self.default

    def values(self) -> dict[str, str]:
        """By decision. Raises ValueError with the part that is not understood."""
        return parsed(self.connection.setting("flag_values"))

    def decisions(self) -> tuple[str, ...]:
        try:
            return tuple(self.values())
        except ValueError:
            return NOTED

    def problem(self) -> str:
        try:
            self.values()
        except ValueError as error:
            return (
                f"“{error}” under Values of the flag is not understood. Write decision=value, with "
                f"commas between them; the decisions are {', '.join(NOTED)}."
            )
        return self.lacking()

    def offer(self) -> str:
        said = ", ".join(f"{DOING[d]} {words(v)}" for d, v in self.values().items())
        return (
            f"Writes {self.field} on the document: {said}. Its status stays as it is; finance "
            "releases and posts."
        )

    def carry(self, decision: str, now: LedgerDocument, note: str, about: str) -> str:
        row = self._row(now)
        wanted = like(row.get(self.field), self.values()[decision])
        if row.get(self.field, "") == wanted:
            return f"{self.field} is {words(wanted)} already."
        try:
            self.write(now, row, wanted, about)
        except Refused as error:
            raise refusals.of_decision(error, decision, now, self.system) from error
        shown = self._row(now).get(self.field, "")
        if shown != wanted:
            raise NeedsPerson(
                Reason.DIFFERS,
                f"{called(now)} should be {DONE[decision]}: {self.field} was written as "
                f"{words(wanted)} and shows {words(shown)}.",
            )
        return f"{self.field} set to {words(wanted)}."

    def _row(self, now: LedgerDocument) -> Row:
        row = self.read(now)
        if row is None:
            raise RetryLater(f"{called(now)} went away or was posted at this moment.")
        return row


def parsed(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(str.strip, re.split(r"[,;\n]", text)):
        pair = PAIR.fullmatch(part)
        if not pair or pair[1].lower() not in NOTED:
            raise ValueError(part.strip())
        found[pair[1].lower()] = pair[2]
    return {one: found[one] for one in NOTED if one in found}


def like(there: Any, value: str) -> Any:
    """As the field takes it: yes and no of a switch; codes are upper case."""
    if isinstance(there, bool):
        return value.lower() in ("true", "yes", "1")
    return value.upper()


def words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"“{value}”" if value else "blank"


def document_filter(type_field: str, number_field: str, kind: str, number: str) -> str:
    return f"{type_field} eq {odata.text(kind)} and {number_field} eq {odata.text(number)}"
