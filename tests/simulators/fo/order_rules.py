"""Purchase orders and their lines."""

from __future__ import annotations

import copy
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from . import dimensions
from .errors import business
from .master_rules import open_for
from .model import Row
from .store import Books
from .writing import ACTIONS, RULES, Rules

CENT = Decimal("0.01")
UNITS = ("ea", "hr", "ls", "day", "mo", "wk", "sf", "lf", "cy", "ton", "gal")
DIMS = "DefaultLedgerDimensionDisplayValue"
CLOSED = ("Invoiced", "Canceled")


def money(value: Any) -> Decimal:
    return Decimal(value).quantize(CENT, ROUND_HALF_UP)


def new_order(books: Books, row: Row, sent: Row) -> None:
    company = row["dataAreaId"]
    if row["OrderVendorAccountNumber"]:
        vendor = open_for(books, company, row["OrderVendorAccountNumber"], "PurchOrder")
        _from_vendor(books, row, vendor)
    _number(books, row)
    row["AccountingDate"] = row["AccountingDate"] or books.today()
    row["RequestedDeliveryDate"] = row["RequestedDeliveryDate"] or books.today()
    managed = books.settings["change_management"]
    row["IsChangeManagementActive"] = "Yes" if managed else "No"
    row["DocumentApprovalStatus"] = "Draft" if managed else "Approved"
    row["PurchaseOrderStatus"] = "Backorder"


def _from_vendor(books: Books, row: Row, vendor: Row) -> None:
    number = vendor["VendorAccountNumber"]
    row["OrderVendorAccountNumber"] = number
    defaults = {
        "InvoiceVendorAccountNumber": vendor["InvoiceVendorAccountNumber"] or number,
        "PurchaseOrderName": vendor["VendorOrganizationName"][:60],
        "CurrencyCode": vendor["CurrencyCode"], "LanguageId": vendor["LanguageId"],
        "PaymentTermsName": vendor["DefaultPaymentTermsName"],
        "SalesTaxGroupCode": vendor["SalesTaxGroupCode"],
        "VendorPaymentMethodName": vendor["DefaultVendorPaymentMethodName"],
    }  # fmt: skip
    for name, value in defaults.items():
        row[name] = row[name] or value
    row[DIMS] = row[DIMS] or dimensions.shown(books, "VendorsV3", DIMS, vendor)


def _number(books: Books, row: Row) -> None:
    manual = books.settings["manual_po_numbers"]
    if row["PurchaseOrderNumber"] and not manual:
        raise business("no_edit", field="PurchaseOrderNumber")
    if manual and not row["PurchaseOrderNumber"]:
        raise business("mandatory", field="PurchaseOrderNumber")
    if not manual:
        row["PurchaseOrderNumber"] = books.next_number("order", "PO-{:05d}", 1)


def guard_order(books: Books, row: Row, sent: Row) -> None:
    number, status = row["PurchaseOrderNumber"], row["PurchaseOrderStatus"]
    if status in CLOSED:
        raise business("status", label="Purchase order", value=number, state=status)
    if row["IsChangeManagementActive"] == "Yes" and row["DocumentApprovalStatus"] != "Draft":
        raise business("change", value=number)
    vendor = sent.get("OrderVendorAccountNumber", row["OrderVendorAccountNumber"])
    if vendor != row["OrderVendorAccountNumber"] and lines_of(books, row):
        raise business("no_edit", field="OrderVendorAccountNumber")


def changed_order(books: Books, row: Row, sent: Row) -> None:
    """An order without change management that was confirmed is open again after a change."""
    confirmed = row["DocumentApprovalStatus"] == "Confirmed"
    if sent and confirmed and row["IsChangeManagementActive"] == "No":
        row["DocumentApprovalStatus"] = "Approved"


def remove_order(books: Books, row: Row) -> None:
    if lines_of(books, row):
        raise business("lines", label="Purchase orders", lines="Purchase order lines")


def lines_of(books: Books, order: Row) -> list[Row]:
    found = books.rows("PurchaseOrderLinesV2", dataAreaId=order["dataAreaId"],
                       PurchaseOrderNumber=order["PurchaseOrderNumber"])  # fmt: skip
    return sorted(found, key=lambda line: int(line["LineNumber"]))


def order_of(books: Books, row: Row, column: str = "PurchaseOrderNumber") -> Row:
    found = books.get("PurchaseOrderHeadersV2", row["dataAreaId"], row[column])
    if found is None:
        raise business("related", value=row[column], field=column, related="Purchase orders")
    return found


def new_line(books: Books, row: Row, sent: Row) -> None:
    order = order_of(books, row)
    guard_order(books, order, {})
    row["PurchaseOrderNumber"] = order["PurchaseOrderNumber"]
    if "LineNumber" not in sent:
        row["LineNumber"] = max((int(line["LineNumber"]) for line in lines_of(books, order)),
                                default=0) + 1  # fmt: skip
    row["PurchasePriceQuantity"] = row["PurchasePriceQuantity"] or Decimal(1)
    for mine, theirs in (
        ("SalesTaxGroupCode",) * 2,
        ("ProjectId",) * 2,
        ("RequestedDeliveryDate",) * 2,
        ("ReceivingSiteId", "DefaultReceivingSiteId"),
    ):
        row[mine] = row[mine] or order[theirs]
    row["InventoryLotId"] = books.next_number("lot", "{:09d}")
    row["_received"] = row["_invoiced"] = Decimal(0)
    if order["IsChangeManagementActive"] == "No":
        row["WorkflowState"] = "Approved"


def check_line(books: Books, row: Row, sent: Row) -> None:
    order = order_of(books, row)
    _what_is_bought(books, row)
    if not row[DIMS]:
        row.setdefault("_dims", {})[DIMS] = copy.deepcopy(order.get("_dims", {}).get(DIMS, {}))
    unit = row["PurchaseUnitSymbol"]
    if unit and unit.lower() not in UNITS:
        raise business("related", value=unit, field="PurchaseUnitSymbol", related="Units")
    if row["ProjectId"] and not row["ProjectCategoryId"]:
        raise business("mandatory", field="ProjectCategoryId")
    if "LineAmount" in sent and (row["CalculateLineAmount"] == "No"):
        row["LineAmount"] = money(row["LineAmount"])
    elif row["CalculateLineAmount"] == "Yes":
        row["LineAmount"] = line_amount(row)


def _what_is_bought(books: Books, row: Row) -> None:
    item, category = row["ItemNumber"], row["ProcurementProductCategoryName"]
    if not item and not category:
        raise business("mandatory", field="ProcurementProductCategoryName")
    if category and not item and not row["PurchaseUnitSymbol"]:
        raise business("mandatory", field="PurchaseUnitSymbol")
    product = books.get("ReleasedProductsV2", row["dataAreaId"], item) if item else None
    if product and product["_blocked"]:
        raise business("blocked", value=item)
    if product and product["ProductType"] == "Item" and not row["ReceivingSiteId"]:
        raise business("site")


def line_amount(row: Row) -> Decimal:
    per = row["PurchasePriceQuantity"] or Decimal(1)
    gross = row["OrderedPurchaseQuantity"] * (
        row["PurchasePrice"] / per - row["LineDiscountAmount"]
    )
    less = gross * row["LineDiscountPercentage"] / 100
    return money(gross - less + row["FixedPriceCharges"])


def guard_line(books: Books, row: Row, sent: Row) -> None:
    status = row["PurchaseOrderLineStatus"]
    if status in CLOSED:
        raise business("status", label="Purchase order line", value=row["LineNumber"],
                       state=status)  # fmt: skip
    guard_order(books, order_of(books, row), {})


def remove_line(books: Books, row: Row) -> None:
    if row["_received"] or row["_invoiced"]:
        raise business("status", label="Purchase order line", value=row["LineNumber"],
                       state=row["PurchaseOrderLineStatus"])  # fmt: skip


def after_line(books: Books, row: Row) -> None:
    """The server updates the header on each line."""
    order = order_of(books, row)
    books.change(order, _lines_changed=order.get("_lines_changed", 0) + 1)
    changes = dict(order)
    changed_order(books, changes, {"line": True})
    books.change(order, DocumentApprovalStatus=changes["DocumentApprovalStatus"])


def settle_status(books: Books, order: Row) -> None:
    """The status of the header is that of its least advanced line that is not cancelled."""
    ranks = ("Backorder", "Received", "Invoiced", "Canceled")
    found = [line["PurchaseOrderLineStatus"] for line in lines_of(books, order)]
    if found:
        books.change(order, PurchaseOrderStatus=min(found, key=ranks.index))


def settle_line(books: Books, line: Row) -> None:
    whole = line["OrderedPurchaseQuantity"]
    status = "Backorder"
    if abs(line["_invoiced"]) >= abs(whole):
        status = "Invoiced"
    elif abs(max(line["_received"], line["_invoiced"], key=abs)) >= abs(whole):
        status = "Received"
    books.change(line, PurchaseOrderLineStatus=status)


def confirm(books: Books, order: Row) -> None:
    """Raises Refused when the order is not approved, or has no lines."""
    if order["DocumentApprovalStatus"] not in ("Approved", "Confirmed", "InExternalReview"):
        raise business("change", value=order["PurchaseOrderNumber"])
    if not lines_of(books, order):
        raise business("mandatory", field="Purchase order lines")
    books.change(order, DocumentApprovalStatus="Confirmed")
    books.event("PurchaseOrderConfirmedBusinessEvent", order["dataAreaId"],
                PurchaseOrderNumber=order["PurchaseOrderNumber"])  # fmt: skip


ACTIONS["confirm"] = confirm
RULES |= {
    "PurchaseOrderHeadersV2": Rules(new_order, changed_order, guard_order, remove_order),
    "PurchaseOrderLinesV2": Rules(new_line, check_line, guard_line, remove_line, after_line),
}
