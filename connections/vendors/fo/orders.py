"""Purchase orders: commitments that stand as orders. Nothing is received or invoiced by us.

The number comes from the service; our key begins `VendorOrderReference`, by which the order is
found again. An order that stands with all its lines is final ("posted"): the rest is the buyers'
work.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connections.documents import (
    PURCHASE_ORDER,
    ZERO,
    CodedDocument,
    CodedLine,
    Found,
    cut,
)
from connections.errors import NeedsPerson, Reason, Refused
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics.rows import another
from connections.vendors.fo.choices import WHOLE_STRING
from connections.vendors.fo.document import Form, Stored, reference
from connections.vendors.fo.documents import Store
from connections.vendors.fo.formats import Format, stated
from connections.vendors.fo.rows import noon, said
from connections.vendors.fo.wire import NAMESPACE

TAG, TEXT = 60, 1000  # characters
OPEN = ("", "none", "backorder")
CHANGEABLE = ("", "draft", "approved")
CONFIRMED = ("confirmed", "finalized")

FORM = Form(
    PURCHASE_ORDER, "PurchaseOrderHeadersV2", "PurchaseOrderLinesV2", "PurchaseOrderNumber",
    "LineNumber",
    "dataAreaId,PurchaseOrderNumber,OrderVendorAccountNumber,VendorOrderReference,AccountingDate,"
    "PurchaseOrderStatus,DocumentApprovalStatus,CurrencyCode,InvoiceVendorAccountNumber",
    "dataAreaId,PurchaseOrderNumber,LineNumber,LineDescription,OrderedPurchaseQuantity,"
    "PurchasePrice,LineAmount,MainAccountIdDisplayValue,DefaultLedgerDimensionDisplayValue,"
    "SalesTaxItemGroupCode,PurchaseOrderLineStatus",
    tax_code="SalesTaxItemGroupCode", keyed=False,
)  # fmt: skip


def tag(document: CodedDocument) -> str:
    """Our key, then the number that people know."""
    return cut(f"{reference(document)} {document.number}".strip(), TAG)


def tagged(field: str, documents: Sequence[CodedDocument]) -> str:
    """A filter by the beginning: `*` inside eq is the documented wildcard."""
    keys = dict.fromkeys(reference(one) for one in documents)
    return odata.any_of(field, [f"{key}*" for key in keys])


def carries(text: str, document: CodedDocument) -> bool:
    """The key as its first word."""
    return text.upper().split(" ")[0] == reference(document)


class Orders(Store):
    form = FORM

    def search(self, documents: Sequence[CodedDocument]) -> str:
        return tagged("VendorOrderReference", documents)

    def same(self, header: Row, document: CodedDocument) -> bool:
        return carries(said(header, "VendorOrderReference"), document)

    ours = same

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        """Any order with this number, of whatever vendor: a person says that it is the one."""
        stored = self.by_id(number)
        if stored is None:
            return None
        return dataclasses.replace(self.found(stored, document), status="posted")

    # -- writing ------------------------------------------------------------------------------

    def header_body(self, document: CodedDocument) -> dict[str, Any]:
        return {
            "OrderVendorAccountNumber": document.vendor,
            "CurrencyCode": self.wire.currency(document.currency),
            "VendorOrderReference": tag(document),
            "AccountingDate": noon(document.posting_date),
            "RequestedDeliveryDate": noon(document.due_date or document.document_date),
        }

    def line_body(self, line: CodedLine, document: CodedDocument) -> dict[str, Any]:
        category = self.wire.category(line.account)
        body = {
            "ProcurementProductCategoryName": category["ProcurementCategoryName"],
            "LineDescription": cut(line.description, TEXT),
            "OrderedPurchaseQuantity": -1 if line.amount < 0 else 1,
            "PurchaseUnitSymbol": self.wire.setting("unit"),
            "PurchasePrice": abs(line.amount),
            "MainAccountIdDisplayValue": line.account,
        }
        if line.tax_code:
            body["SalesTaxItemGroupCode"] = line.tax_code
        for field, one in self.texts().items():
            body[field] = stated(line.account, line.dimensions, one)
        return body

    def texts(self) -> dict[str, Format]:
        formats = self.wire.formats()
        texts = {"DefaultLedgerDimensionDisplayValue": formats.default}
        if self.wire.setting("order_account") == WHOLE_STRING:
            texts["MainAccountIdDisplayValue"] = formats.ledger
        return texts

    def lost(self, row: Row, body: Mapping[str, Any]) -> str:
        """The account, too, however the service shows it."""
        account = self.wire.formats().ledger.account(said(row, "MainAccountIdDisplayValue"))
        wanted = self.wire.formats().ledger.account(str(body["MainAccountIdDisplayValue"]))
        if account.casefold() != wanted.casefold():
            return f"{self.wire.label} stored the account {account or 'nothing'}, not {wanted}."
        return super().lost(row, body)

    def amount(self, line: Mapping[str, Any]) -> Decimal:
        if line.get("LineAmount") is not None:
            return odata.number(line.get("LineAmount"))
        quantity = odata.number(line.get("OrderedPurchaseQuantity"))
        return quantity * odata.number(line.get("PurchasePrice"))

    def finished(self, stored: Stored, document: CodedDocument, about: str) -> None:
        """Confirms the order where the connection names an action for it."""
        action = self.wire.setting("confirm_action")
        if not action or self.is_confirmed(stored):
            return
        number = said(stored.header, "PurchaseOrderNumber")
        address = self.wire.record(self.form.headers, PurchaseOrderNumber=number)
        path = address.replace("?", f"/{NAMESPACE}.{action}?", 1)
        try:
            self.wire.put("POST", path, {}, about)
        except Refused as error:
            raise NeedsPerson(
                Reason.REFUSED,
                f"Purchase order {number} stands in {self.wire.label}, but could not be confirmed: "
                f"{error.text or error.status}",
                text=error.text,
            ) from error

    def is_confirmed(self, stored: Stored) -> bool:
        return said(stored.header, "DocumentApprovalStatus").casefold() in CONFIRMED

    def in_use(self, stored: Stored) -> bool:
        """Received, invoiced, cancelled, confirmed or in a workflow."""
        statuses = [said(stored.header, "PurchaseOrderStatus")]
        statuses += [said(row, "PurchaseOrderLineStatus") for row in stored.lines]
        moved = any(one.casefold() not in OPEN for one in statuses)
        return moved or said(stored.header, "DocumentApprovalStatus").casefold() not in CHANGEABLE

    # -- shapes -------------------------------------------------------------------------------

    def found(self, stored: Stored, document: CodedDocument) -> Found:
        header = stored.header
        lines = tuple(self.coded(row) for row in stored.lines)
        net = sum((line.amount for line in lines), ZERO)
        draft = Found(
            id=said(header, "PurchaseOrderNumber"),
            number=said(header, "PurchaseOrderNumber"),
            status="draft",
            external_number=document.number,
            vendor=said(header, "OrderVendorAccountNumber"),
            posting_date=odata.day(header.get("AccountingDate")),
            pay_to=another(
                header.get("InvoiceVendorAccountNumber"), said(header, "OrderVendorAccountNumber")
            ),
            total=net + self.stated_tax(stored, document),
            lines=lines,
            url=self.wire.link(),
            lines_known=True,
            word="purchase order",
            currency=self.wire.foreign(said(header, "CurrencyCode")),
        )
        if said(header, "PurchaseOrderStatus").casefold() == "canceled":
            return dataclasses.replace(draft, status="cancelled")
        return self.final(self.judged(draft, document), stored)

    def final(self, found: Found, stored: Stored) -> Found:
        """A whole order counts as posted; one that is to be confirmed is not whole before."""
        if found.status != "draft":
            return found
        waits = self.wire.setting("confirm_action") and not self.is_confirmed(stored)
        moved = said(stored.header, "PurchaseOrderStatus").casefold() not in OPEN
        return dataclasses.replace(found, status="incomplete" if waits and not moved else "posted")

    def coded(self, line: Row) -> CodedLine:
        formats = self.wire.formats()
        return CodedLine(
            account=formats.ledger.account(said(line, "MainAccountIdDisplayValue")),
            amount=self.amount(line),
            description=said(line, "LineDescription"),
            dimensions=formats.default.pairs(said(line, "DefaultLedgerDimensionDisplayValue")),
            tax_code=said(line, "SalesTaxItemGroupCode"),
        )
