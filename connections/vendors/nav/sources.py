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
from connections.transport.odata import Row
from connections.vendors.dynamics.rows import words
from connections.vendors.nav.purchase_documents import (
    ACCOUNT,
    INVOICE,
    MEMO,
    ORDER,
    Paper,
    Papers,
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
    def papers(self) -> dict[str, Papers]:
        return {
            LEDGER_ORDER: Papers(self, ORDER),
            LEDGER_INVOICE: Papers(self, INVOICE),
            LEDGER_MEMO: Papers(self, MEMO),
        }

    def purchase_changes(
        self, kind: str, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """One request for the drafts and one per forty for their lines; two for what was posted.

        The stamp is a digest of what they show: a draft's lines may change while its total stays,
        a posted document's lines never do.
        """
        papers = self.papers[kind]
        for paper in papers.with_lines(list(papers.drafts())):
            yield hint(paper)
        for paper in papers.posted_since((since - LATELY).date() if since else None):
            yield hint(paper)

    def purchases(self, kind: str, ids: Sequence[str]) -> list[LedgerDocument]:
        """Forty documents in two requests (headers, lines); more where some were posted."""
        papers = self.papers[kind]
        return [document(papers, kind, paper) for paper in papers.whole(ids)]

    def whereabouts(self, kind: str, source_id: str, number: str) -> str:
        """An order that was billed in full is gone; the invoices that billed it name it."""
        papers = self.papers[kind]
        try:
            if papers.whole([source_id or f"{papers.form.type}/{number}"]):
                return "unknown"
            billed = kind == LEDGER_ORDER and self.papers[LEDGER_INVOICE].posted_as(
                "Order_No", [number]
            )
        except Refused:
            return "unknown"
        return "invoiced" if billed else "deleted"


def hint(paper: Paper) -> Hint:
    """Credits are negative there, as everywhere but in the ledger's own documents."""
    sign = -1 if paper.form is MEMO else 1
    known = paper.lines_read or "Amount_Including_VAT" in paper.listed
    return Hint(
        source_id=paper.id,
        resource=paper.form.type,
        number=paper.number,
        amount=sign * paper.totals[1] if known else None,
        stamp=stamp(paper),
    )


def stamp(paper: Paper) -> str:
    """Of all that the pages show, without the versions of rows."""
    rows = [paper.row, paper.listed, *paper.lines]
    content = [sorted((k, str(v)) for k, v in row.items() if not k.startswith("@")) for row in rows]
    return hashlib.sha256(repr(content).encode()).hexdigest()


def document(papers: Papers, kind: str, paper: Paper) -> LedgerDocument:
    return LedgerDocument(
        kind=kind,
        id=paper.id,
        number=paper.number,
        status=status(paper),
        vendor=paper.says("Buy_from_Vendor_No"),
        vendor_name=paper.says("Buy_from_Vendor_Name"),
        date=odata.day(paper.row.get(paper.form.date) or paper.row.get("Document_Date")),
        currency=paper.says("Currency_Code"),
        lines=tuple(lines(papers, paper)),
        total=paper.totals[1],
        external_number="" if kind == LEDGER_ORDER else paper.says(paper.form.number),
        order_number=paper.says("Order_No"),
        due_date=odata.day(paper.row.get("Due_Date")),
        url=papers.link(paper),
        receipt_date=receipt(paper.row) or earliest(paper),
        ship_to=ship_to(paper),
        dimensions=papers.header_pairs(paper),
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


def earliest(paper: Paper) -> dt.date | None:
    return min(filter(None, map(receipt, paper.lines)), default=None)


def ship_to(paper: Paper) -> str:
    return ", ".join(filter(None, (words(paper.row, name) for name in PLACE)))


def status(paper: Paper) -> str:
    if not paper.posted:
        return STATUS.get(odata.plain(paper.row.get("Status")), "draft")
    if paper.cancelled:
        return "cancelled"
    return "paid" if paper.listed.get("Closed") else "posted"


def lines(papers: Papers, paper: Paper) -> Iterator[LedgerLine]:
    for row, net, tax in paper.entries:
        kind, number = odata.plain(row.get("Type")), words(row, "No")
        cost = row.get("Direct_Unit_Cost")
        yield LedgerLine(
            id=str(row["Line_No"]),
            description=words(row, "Description"),
            account=number if kind == ACCOUNT else "",
            amount=net,
            dimensions=papers.pairs(paper, row),
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
