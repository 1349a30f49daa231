"""NAV's purchase documents as a source: orders, invoices and credit memos, polled.

NAV keeps no stamp of changes on documents. So every open one is named, and the posted ones dated
lately; what did not change is told apart by its content.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property

from connections.documents import (
    LEDGER_INVOICE,
    LEDGER_MEMO,
    LEDGER_ORDER,
    Hint,
    LedgerDocument,
    LedgerLine,
)
from connections.errors import Refused
from connections.transport import odata
from connections.transport.characters import visible
from connections.transport.odata import Row
from connections.vendors.dynamics.rows import words
from connections.vendors.nav.purchase_documents import (
    ACCOUNT,
    INVOICE,
    MEMO,
    ORDER,
    Store,
    Stored,
)
from connections.vendors.nav.reading import Reading

LATELY = dt.timedelta(days=45)  # how far back bookkeepers date what they post today
STATUS = {
    "Open": "draft",
    "Pending Approval": "pending_approval",
    "Released": "released",
    "Pending Prepayment": "released",
}


class Sources(Reading):
    @cached_property
    def store(self) -> dict[str, Store]:
        return {
            LEDGER_ORDER: Store(self, ORDER),
            LEDGER_INVOICE: Store(self, INVOICE),
            LEDGER_MEMO: Store(self, MEMO),
        }

    def purchase_changes(
        self, kind: str, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """One request for the drafts and one per forty for their lines; two for what was posted.

        The stamp is a digest of what they show: a draft's lines may change while its total stays,
        a posted document's lines never do.
        """
        store = self.store[kind]
        for stored in store.with_lines(list(store.drafts())):
            yield hint(stored)
        for stored in store.posted_since((since - LATELY).date() if since else None):
            yield hint(stored)

    def purchases(self, kind: str, ids: Sequence[str]) -> list[LedgerDocument]:
        """Forty documents in two requests (headers, lines); more where some were posted."""
        store = self.store[kind]
        return [document(store, kind, stored) for stored in store.whole(ids)]

    def whereabouts(self, kind: str, source_id: str, number: str) -> str:
        """An order that was billed in full is gone; the invoices that billed it name it."""
        store = self.store[kind]
        try:
            if store.whole([source_id or f"{store.form.type}/{number}"]):
                return "unknown"
            billed = kind == LEDGER_ORDER and self.store[LEDGER_INVOICE].posted_as(
                "Order_No", [number]
            )
        except Refused:
            return "unknown"
        return "invoiced" if billed else "deleted"


def hint(stored: Stored) -> Hint:
    """Credits are negative there, as everywhere but in the ledger's own documents."""
    sign = -1 if stored.form is MEMO else 1
    known = stored.lines_read or "Amount_Including_VAT" in stored.listed
    return Hint(
        source_id=stored.id,
        resource=stored.form.type,
        number=stored.number,
        amount=sign * stored.totals[1] if known else None,
        stamp=stamp(stored),
    )


def stamp(stored: Stored) -> str:
    """Of all that the pages show, without the versions of rows."""
    rows = [stored.row, stored.listed, *stored.lines]
    content = [sorted((k, str(v)) for k, v in row.items() if not k.startswith("@")) for row in rows]
    return hashlib.sha256(repr(content).encode()).hexdigest()


def document(store: Store, kind: str, stored: Stored) -> LedgerDocument:
    return LedgerDocument(
        kind=kind,
        id=stored.id,
        number=stored.number,
        status=status(stored),
        vendor=stored.says("Buy_from_Vendor_No"),
        vendor_name=stored.says("Buy_from_Vendor_Name"),
        date=odata.day(stored.row.get(stored.form.date) or stored.row.get("Document_Date")),
        currency=stored.says("Currency_Code"),
        lines=tuple(lines(store, stored)),
        total=stored.totals[1],
        external_number="" if kind == LEDGER_ORDER else visible(stored.says(stored.form.number)),
        order_number=visible(stored.says("Order_No")),
        due_date=odata.day(stored.row.get("Due_Date")),
        url=store.link(stored),
        receipt_date=receipt(stored.row) or earliest(stored),
        ship_to=ship_to(stored),
        dimensions=store.header_pairs(stored),
    )


RECEIPT = (
    "Promised_Receipt_Date", "Expected_Receipt_Date", "Planned_Receipt_Date",
    "Requested_Receipt_Date",
)  # fmt: skip
PLACE = (
    "Ship_to_Name", "Ship_to_Address", "Ship_to_Address_2", "Ship_to_Post_Code", "Ship_to_City",
    "Ship_to_County", "Ship_to_Country_Region_Code",
)  # fmt: skip


def receipt(row: Row) -> dt.date | None:
    """What the vendor promised, else what NAV expects, else what was asked for."""
    return next((day for name in RECEIPT if (day := odata.day(row.get(name)))), None)


def earliest(stored: Stored) -> dt.date | None:
    return min(filter(None, map(receipt, stored.lines)), default=None)


def ship_to(stored: Stored) -> str:
    return ", ".join(filter(None, (words(stored.row, name) for name in PLACE)))


def status(stored: Stored) -> str:
    if not stored.posted:
        return STATUS.get(odata.plain(stored.row.get("Status")), "draft")
    if stored.cancelled:
        return "cancelled"
    return "paid" if stored.listed.get("Closed") else "posted"


def lines(store: Store, stored: Stored) -> Iterator[LedgerLine]:
    for row, net, tax in stored.entries:
        kind, number = odata.plain(row.get("Type")), words(row, "No")
        cost = row.get("Direct_Unit_Cost")
        yield LedgerLine(
            id=str(row["Line_No"]),
            description=words(row, "Description"),
            account=number if kind == ACCOUNT else "",
            amount=net,
            dimensions=store.pairs(stored, row),
            tax=tax,
            quantity=odata.number(row.get("Quantity")) or None,
            unit_cost=None if cost is None else odata.number(cost),
            unit=words(row, "Unit_of_Measure_Code"),
            item="" if kind == ACCOUNT else f"{kind} {number}".strip(),
            receipt_date=receipt(row),
            received=received(row),
        )


def received(row: Row) -> Decimal | None:
    """Only the lines of orders say it."""
    given = row.get("Quantity_Received")
    return None if given is None else odata.number(given)
