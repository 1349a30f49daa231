"""Purchase orders: commitments that stand as orders. Nothing is received or invoiced by us.

The API's order has no field for an outside reference, so the first line is a comment with ours.
An order that stands with all its lines is final ("posted"): receiving it is the buyers' work.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from connections.documents import (
    PURCHASE_ORDER,
    ZERO,
    CodedDocument,
    Found,
    cut,
)
from connections.errors import NeedsPerson, NotFound, Reason
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.business_central.documents import DESCRIPTION, INVOICE, Form, Purchases
from connections.vendors.business_central.wire import Wire
from connections.vendors.dynamics.completeness import judged

ORDER = Form(
    PURCHASE_ORDER, "purchaseOrders", "purchaseOrderLines", "number", "orderDate", (50, 50),
    action="", cost="directUnitCost",
)  # fmt: skip


def reference(document: CodedDocument) -> str:
    """The comment by which the order is found again."""
    words = f"{document.number} [{document.key}]" if document.key else document.number
    return cut(f"Reference {words}", DESCRIPTION)


class Orders(Purchases):
    def __init__(self, wire: Wire) -> None:
        super().__init__(wire, ORDER)

    def find(self, documents: Sequence[CodedDocument]) -> list[list[Found]]:
        """Orders of that vendor and day whose comment is ours: all of them in one batch."""
        paths = [self._search(document) for document in documents]
        found: list[list[Found]] = []
        for answer, one in zip(self.wire.read_batch(paths), documents, strict=True):
            rows = [row for row in self.wire.pages(answer) if self.same(row, one)]
            found.append([final(self._found(row), one) for row in rows])
        return found

    def _search(self, document: CodedDocument) -> str:
        wanted = (
            f"vendorNumber eq {odata.text(document.vendor)} "
            f"and orderDate eq {document.document_date.isoformat()}"
        )
        return self.wire.path(self.form.set, filter=wanted, expand=self.form.parts)

    def same(self, row: Row, document: CodedDocument) -> bool:
        ours = reference(document)
        lines: Sequence[Row] = row.get(self.form.lines) or ()
        return any(line.get("description") == ours for line in lines)

    def create(self, document: CodedDocument, about: str) -> Found:
        return final(super().create(document, about), document)

    def complete(self, found: Found, document: CodedDocument, about: str) -> None:
        """Nothing to do: the order stands."""

    def read(self, found: Found, document: CodedDocument) -> Found | None:
        now = super().read(found, document)
        return final(now, document) if now else self._invoiced(found, document)

    def read_many(self, asked: Sequence[tuple[Found, CodedDocument]]) -> list[Found | None]:
        """Those that left the set are looked for among the invoices."""
        many = zip(super().read_many(asked), asked, strict=True)
        return [
            final(now, document) if now else self._invoiced(found, document)
            for now, (found, document) in many
        ]

    def _invoiced(self, found: Found, document: CodedDocument) -> Found | None:
        """An order that was billed in full leaves the set: it is what its invoices come to.

        None when no posted invoice names it: it was deleted.
        """
        wanted = odata.any_of("orderNumber", [found.number])
        rows = self.wire.rows(self.wire.path(INVOICE.set, filter=wanted, expand=INVOICE.parts))
        invoices = Purchases(self.wire, INVOICE)
        billed = [invoices._found(row) for row in rows if row["orderNumber"] == found.number]
        posted = [invoice for invoice in billed if invoice.status == "posted"]
        if not posted:
            return None
        return dataclasses.replace(
            found, status="posted", external_number=document.number, vendor=posted[0].vendor,
            total=sum((invoice.total for invoice in posted), ZERO), lines_known=True,
            lines=tuple(line for invoice in posted for line in invoice.lines), url=posted[-1].url,
        )  # fmt: skip

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        """Any order with this number, of whatever vendor: a person says that it is the one."""
        found = super().by_number(number, document)
        return dataclasses.replace(found, status="posted") if found else None

    def counts(self, found: Found) -> bool:
        return True

    def discard(self, found: Found, document: CodedDocument, about: str) -> None:
        """Only an order that nobody released, received or invoiced."""
        try:
            row = self._row(found.id)
        except NotFound:
            return
        moved = any(
            odata.number(line.get(field))
            for line in self._lines(row)
            for field in ("receivedQuantity", "invoicedQuantity")
        )
        if moved or odata.plain(row.get("status")) != "Draft":
            raise NeedsPerson(
                Reason.ALREADY_THERE,
                f"Purchase order {row['number']} is already in use in {self.wire.label}; it stays.",
            )
        self._delete(str(row["id"]), document, about)

    def body(self, document: CodedDocument, with_dimensions: bool = True) -> dict[str, Any]:
        body = super().body(document, with_dimensions)
        del body["number"]
        due = body.pop("dueDate", None)
        lines = body.pop(self.form.lines)
        if due:
            body["requestedReceiptDate"] = due
        comment = {"lineType": "Comment", "description": reference(document)}
        return body | {self.form.lines: [comment, *lines]}


def final(found: Found, document: CodedDocument) -> Found:
    """Our number stands in the comment; a whole order counts as posted."""
    whole = judged(dataclasses.replace(found, status="draft"), document)
    status = "posted" if whole.status == "draft" else whole.status
    return dataclasses.replace(whole, status=status, external_number=document.number)
