"""Purchase orders: commitments that stand as orders. Nothing is received or invoiced by us.

Our number goes into `Vendor_Order_No`, by which the order is found again. An order that stands with
all its lines is final ("posted"): receiving it is the buyers' work.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from connections.documents import CodedDocument, Found
from connections.errors import NeedsPerson, Reason
from connections.transport import odata
from connections.vendors.nav.codeunit import Posting
from connections.vendors.nav.documents import Documents
from connections.vendors.nav.purchase_documents import ORDER, Stored


class Orders(Documents):
    def __init__(self, wire: Posting) -> None:
        super().__init__(wire, ORDER)

    def driving(self) -> tuple[str, ...]:
        return ("Buy_from_Vendor_No", self.form.number, "Order_Date", "Document_Date")

    def header_body(self, document: CodedDocument) -> dict[str, Any]:
        body = super().header_body(document)
        body.pop("Posting_Date", None)
        body["Order_Date"] = document.document_date
        return body

    def complete(self, found: Found, document: CodedDocument, about: str) -> None:
        """Nothing to do: the order stands."""

    def judged(self, found: Found, stored: Stored, document: CodedDocument) -> Found:
        whole = super().judged(found, stored, document)
        status = "posted" if whole.status == "draft" else whole.status
        return dataclasses.replace(whole, status=status)

    def discard(self, found: Found, document: CodedDocument, about: str) -> None:
        """Only an order that nobody released, received or invoiced."""
        for stored in self.store.whole([found.id]):
            moved = any(
                odata.number(line.get(field))
                for line in stored.lines
                for field in ("Quantity_Received", "Quantity_Invoiced")
            )
            if moved or odata.plain(stored.row.get("Status")) != "Open":
                raise NeedsPerson(
                    Reason.ALREADY_THERE,
                    f"Purchase order {stored.number} is already in use in {self.wire.label}; it "
                    "stays.",
                )
            self.delete(stored, document, about)

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        """Any order with this number, of whatever vendor: a person says that it is the one."""
        for stored in self.store.whole([f"{ORDER.type}/{number}"]):
            return dataclasses.replace(self.found(stored, document), status="posted")
        return None
