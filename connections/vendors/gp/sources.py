"""Payables invoices and credits as a source, polled.

GP keeps a date of the last change, and a change of state does not always move it. So all that is
unposted or unpaid is named at each poll, and of the history what the date or its own date tells;
what did not change is told apart by its content.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property

from django.core.cache import cache
from django.utils import timezone

from connections.documents import LEDGER_MEMO, LEDGER_ORDER, Hint, LedgerDocument
from connections.errors import NeedsPerson, Reason, Refused
from connections.transport.odata import chunks
from connections.vendors.gp.payables import WORK, Payables, id_of, state, status
from connections.vendors.gp.reading import OVERLAP, Reading
from connections.vendors.gp.rows import Row

UNSETTLED, SETTLED = "Work,Open", "History"
FEW_DOCUMENTS = 10  # read one by one; more with the list of what is unposted or unpaid
A_YEAR = dt.timedelta(days=366)
VALUES_KEPT = 24 * 3600  # seconds


class Sources(Reading):
    @cached_property
    def payables(self) -> Payables:
        return Payables(self.connection, self.names, self.places)

    # -- changes ------------------------------------------------------------------------------

    def purchase_changes(
        self, kind: str, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Two lists; `since` None: all of both. GP's orders are none of ours.

        Stamps are digests of what is read of a document; of an unposted one with its lines,
        which may change while its total stays.
        """
        if kind == LEDGER_ORDER:
            return
        day = (since - OVERLAP).date().isoformat() if since else ""
        told: set[str] = set()
        for wanted in ({"state": UNSETTLED}, {"state": SETTLED, "modifiedSince": day}):
            for row in self.rows("payables", **wanted):
                if self.payables.kind_of(row) == kind and id_of(row) not in told:
                    told.add(id_of(row))
                    if whole := self._with_lines(row):
                        yield self.hint(whole)

    def reread(self, kind: str, ids: Sequence[str]) -> list[Hint]:
        """Documents of ours that a poll did not name, by key: paid or voided without a trace.

        Those that are gone are absent.
        """
        return [self.hint(row) for row in self._by_id(kind, ids)]

    def _with_lines(self, row: Row) -> Row | None:
        """An unposted document is told by its lines too, which not every list shows."""
        if state(row) != WORK or row.has("Distributions"):
            return row
        return self._by_key(id_of(row))

    def _by_key(self, wanted: str) -> Row | None:
        """None when it is gone. Raises NeedsPerson when another one comes."""
        row = self.one("payables", *wanted.split(";", 1))
        if row is None or id_of(row) == wanted:
            return row
        raise NeedsPerson(
            Reason.SETTINGS,
            f"Asked for the payables transaction {wanted}, GP answered with {id_of(row)}. Check "
            "the path of payables and the names of their key fields in the connection.",
        )

    def hint(self, row: Row) -> Hint:
        document = self._document(row)
        sign = -1 if document.kind == LEDGER_MEMO else 1
        return Hint(
            source_id=document.id,
            resource="payables",
            number=document.number,
            amount=sign * document.total,
            stamp=stamp(document),
        )

    # -- whole documents ----------------------------------------------------------------------

    def purchases(self, kind: str, ids: Sequence[str]) -> list[LedgerDocument]:
        """Up to ten one by one; more with one list, and by key what is not on it."""
        rows = self._by_id(kind, ids)
        nameless = [row.text("VendorID") for row in rows if not row.states("VendorName")]
        found = {one.number.upper(): one.name for one in self.vendors_by_number(nameless)}
        return [self._document(row, found.get(row.text("VendorID").upper(), "")) for row in rows]

    def whereabouts(self, kind: str, source_id: str, number: str) -> str:
        """Unposted documents can be deleted in GP, posted ones never."""
        first = next(iter(self.payables.kinds.documents.get(kind, ())), "")
        try:
            stands = self._by_id(kind, [source_id or f"{first};{number}"])
        except (Refused, NeedsPerson):
            return "unknown"
        return "unknown" if stands else "deleted"

    def _by_id(self, kind: str, ids: Sequence[str]) -> list[Row]:
        payables, wanted = self.payables, list(dict.fromkeys(one for one in ids if ";" in one))
        found = self._listed(wanted)
        for one in wanted:
            if one not in found and (row := self._by_key(one)):
                found[one] = row
        rows = (found[one] for one in wanted if one in found)
        return [row for row in rows if payables.kind_of(row) == kind]

    def _listed(self, wanted: Sequence[str]) -> dict[str, Row]:
        """Those that lists show whole, by id."""
        if self.names.options["voucherNumbers"]:
            rows = self._by_vouchers(wanted)
        else:
            many = len(wanted) > FEW_DOCUMENTS
            rows = self.rows("payables", state=UNSETTLED) if many else []
        asked = set(wanted)
        return {id_of(row): row for row in rows if row.has("Distributions") and id_of(row) in asked}

    def _by_vouchers(self, wanted: Sequence[str]) -> list[Row]:
        numbers = [one.partition(";")[2] for one in wanted]
        return [
            row
            for part in chunks(numbers)
            for row in self.rows("payables", voucherNumbers=",".join(part))
        ]

    def _document(self, row: Row, vendor_name: str = "") -> LedgerDocument:
        return self.payables.document(row, self.currency(row), vendor_name)

    # -- dimension values ---------------------------------------------------------------------

    def stated_values(self) -> set[tuple[str, str]]:
        """What the lines of a year's documents name; asked once a day."""
        key = self.cache_key("values", "payables")
        kept: set[tuple[str, str]] | None = cache.get(key)
        if kept is None:
            kept = {pair for row in self._year() for pair in self._pairs(row)}
            cache.set(key, kept, VALUES_KEPT)
        return kept

    def _year(self) -> list[Row]:
        first = (timezone.now() - A_YEAR).date().isoformat()
        return self.rows("payables", documentDateFrom=first)

    def _pairs(self, row: Row) -> set[tuple[str, str]]:
        if not self.payables.kind_of(row) or status(row) == "cancelled":
            return set()
        lines = self.payables.document(row, "").lines
        return {pair for line in lines for pair in line.dimensions}


def stamp(document: LedgerDocument) -> str:
    """Lines of a posted document never change, and lists may lack them; names are the vendor's."""
    shown = dataclasses.replace(document, vendor_name="")
    if document.status != "draft":
        shown = dataclasses.replace(shown, lines=())
    return hashlib.sha256(repr(dataclasses.astuple(shown)).encode()).hexdigest()
