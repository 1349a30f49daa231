"""Pending vendor invoices, their lines and attachments."""

from __future__ import annotations

import copy
import uuid
from datetime import timedelta
from decimal import Decimal

from . import wire
from .errors import business
from .master_rules import open_for
from .model import ENTITIES, Row
from .order_rules import lines_of as order_lines
from .order_rules import money, order_of
from .store import Books
from .writing import RULES, Rules, insert

DIMS = "DimensionDisplayValue"
ZERO = Decimal(0)


def new_invoice(books: Books, row: Row, sent: Row) -> None:
    _reference(books, row)
    if row["InvoiceAccount"]:
        vendor = open_for(books, row["dataAreaId"], row["InvoiceAccount"], "Invoice")
        _from_vendor(row, vendor)
    row["Date"] = row["Date"] or books.today()
    _due(books, row)
    row["VendorInvoiceReviewStatus"] = "Draft"


def _reference(books: Books, row: Row) -> None:
    """Posting empties the pending set: the reference of a posted invoice is free again."""
    if row["HeaderReference"] and not books.settings["header_reference"]:
        raise business("no_edit", field="HeaderReference")
    if not row["HeaderReference"]:
        row["HeaderReference"] = books.next_number("reference", "{:09d}", 1_750_112)


def _from_vendor(row: Row, vendor: Row) -> None:
    row["InvoiceAccount"] = vendor["VendorAccountNumber"]
    row["VendorName"] = vendor["VendorOrganizationName"]
    defaults = {
        "VendorAccount": vendor["VendorAccountNumber"], "Currency": vendor["CurrencyCode"],
        "TermsOfPayment": vendor["DefaultPaymentTermsName"],
        "MethodOfPayment": vendor["DefaultVendorPaymentMethodName"],
        "SalesTaxGroup": vendor["SalesTaxGroupCode"],
    }  # fmt: skip
    for name, value in defaults.items():
        row[name] = row[name] or value


def _due(books: Books, row: Row) -> None:
    terms = books.get("PaymentTerms", row["dataAreaId"], row["TermsOfPayment"])
    if row["DueDate"] or terms is None:
        return
    start = wire.moment(row["InvoiceDate"] or row["Date"])
    row["DueDate"] = wire.day(start + timedelta(days=int(terms["NumberOfDays"])))


def check_invoice(books: Books, row: Row, sent: Row) -> None:
    if row["PurchaseOrderNumber"]:
        order = order_of(books, row)
        if order["InvoiceVendorAccountNumber"] != row["InvoiceAccount"]:
            raise business("related", value=row["PurchaseOrderNumber"], field="PurchaseOrderNumber",
                           related="Purchase orders")  # fmt: skip
    approved = row["IsApproved"] == "Yes" and books.settings["approver_required"]
    if approved and not row["ApproverPersonnelNumber"]:
        raise business("mandatory", field="ApproverPersonnelNumber")


def after_invoice(books: Books, row: Row) -> None:
    """A header alone: its lines come from the order, for what is not invoiced yet."""
    alone = row["HeaderOnlyImport"] == "Yes" and row["PurchaseOrderNumber"]
    there = books.get("VendorInvoiceHeaders", row["dataAreaId"], row["HeaderReference"])
    if not alone or there is not row or lines_of(books, row):
        return
    for line in order_lines(books, order_of(books, row)):
        left = line["OrderedPurchaseQuantity"] - line["_invoiced"]
        if left:
            insert(books, ENTITIES["VendorInvoiceLines"], {
                "dataAreaId": row["dataAreaId"], "HeaderReference": row["HeaderReference"],
                "InvoiceLineNumber": int(line["LineNumber"]), "ReceiveNow": left,
                "PurchaseOrder": row["PurchaseOrderNumber"],
                "PurchLineNumber": int(line["LineNumber"]),
            })  # fmt: skip


def guard_invoice(books: Books, row: Row, sent: Row) -> None:
    if row["VendorInvoiceReviewStatus"] not in ("Draft", "ChangeRequest", "Rejected"):
        raise business("workflow", label="Vendor invoice", value=row["InvoiceNumber"])


def remove_invoice(books: Books, row: Row) -> None:
    if lines_of(books, row):
        raise business("lines", label="Pending vendor invoices",
                       lines="Pending vendor invoice lines")  # fmt: skip
    for paper in books.rows("VendorInvoiceDocumentAttachments", dataAreaId=row["dataAreaId"],
                            HeaderReference=row["HeaderReference"]):  # fmt: skip
        books.remove("VendorInvoiceDocumentAttachments", paper)


def lines_of(books: Books, invoice: Row) -> list[Row]:
    found = books.rows("VendorInvoiceLines", dataAreaId=invoice["dataAreaId"],
                       HeaderReference=invoice["HeaderReference"])  # fmt: skip
    return sorted(found, key=lambda line: Decimal(line["InvoiceLineNumber"]))


def invoice_of(books: Books, row: Row) -> Row:
    found = books.get("VendorInvoiceHeaders", row["dataAreaId"], row["HeaderReference"])
    if found is None:
        raise business("related", value=row["HeaderReference"], field="HeaderReference",
                       related="Pending vendor invoices")  # fmt: skip
    return found


def new_line(books: Books, row: Row, sent: Row) -> None:
    invoice = invoice_of(books, row)
    guard_invoice(books, invoice, {})
    row["HeaderReference"] = invoice["HeaderReference"]
    if "InvoiceLineNumber" not in sent:
        numbers = [Decimal(line["InvoiceLineNumber"]) for line in lines_of(books, invoice)]
        row["InvoiceLineNumber"] = max(numbers, default=ZERO) + 1
    row["LineNumber"] = row["InvoiceLineNumber"]
    row["InvoiceAccount"], row["VendorAccount"] = (
        invoice["InvoiceAccount"],
        invoice["VendorAccount"],
    )
    row["Currency"] = row["Currency"] or invoice["Currency"]
    row["SalesTaxGroup"] = row["SalesTaxGroup"] or invoice["SalesTaxGroup"]
    line = order_line(books, row)
    if line is not None:
        _from_order(row, sent, line)
    row["PriceUnit"] = row["PriceUnit"] or Decimal(1)
    if not row[DIMS]:
        source = line or invoice
        name = "DefaultLedgerDimensionDisplayValue" if line else DIMS
        row["_inherited"] = copy.deepcopy(source.get("_dims", {}).get(name, {}))


def order_line(books: Books, row: Row) -> Row | None:
    """The line of an order that is invoiced; order and line come together."""
    if bool(row["PurchaseOrder"]) != bool(row["PurchLineNumber"]):
        missing = "PurchLineNumber" if row["PurchaseOrder"] else "PurchaseOrder"
        raise business("mandatory", field=missing)
    if not row["PurchaseOrder"]:
        return None
    order = order_of(books, row, "PurchaseOrder")
    found = books.get("PurchaseOrderLinesV2", row["dataAreaId"], order["PurchaseOrderNumber"],
                      row["PurchLineNumber"])  # fmt: skip
    if found is None or order["InvoiceVendorAccountNumber"] != row["InvoiceAccount"]:
        raise business("related", value=row["PurchLineNumber"], field="PurchLineNumber",
                       related="Purchase order lines")  # fmt: skip
    return found


def _from_order(row: Row, sent: Row, line: Row) -> None:
    defaults = {
        "ItemNumber": "ItemNumber", "ProcurementCategoryName": "ProcurementProductCategoryName",
        "LineDescription": "LineDescription", "Unit": "PurchaseUnitSymbol",
        "PriceUnit": "PurchasePriceQuantity", "ItemSalesTax": "SalesTaxItemGroupCode",
    }  # fmt: skip
    for mine, theirs in defaults.items():
        row[mine] = row[mine] or line[theirs]
    if "UnitPrice" not in sent:
        row["UnitPrice"] = line["PurchasePrice"]
    if not row["MainAccountDisplayValue"]:
        row["_account"] = copy.deepcopy(line.get("_dims", {}).get("MainAccountIdDisplayValue", {}))


def check_line(books: Books, row: Row, sent: Row) -> None:
    line = order_line(books, row)
    dims = row.setdefault("_dims", {})
    if row.get("_inherited") and DIMS not in dims:
        dims[DIMS] = row["_inherited"]
    if row.get("_account") and "MainAccountDisplayValue" not in dims:
        dims["MainAccountDisplayValue"] = row["_account"]
    if not row["ItemNumber"] and not row["ProcurementCategoryName"]:
        raise business("mandatory", field="ProcurementCategoryName")
    retained = row["RetainPercentage"] or row["RetainageAmount"]
    if retained and (line is None or not line["VendorRetentionTermRuleId"]):
        raise business("no_edit", field="RetainageAmount")
    gross = row["ReceiveNow"] * row["UnitPrice"] / (row["PriceUnit"] or Decimal(1))
    less = row["Discount"] * row["ReceiveNow"] + gross * row["DiscountPercent"] / 100
    row["Amount"] = money(gross - less)
    row["NetAmount"] = _net(row, sent, money(row["Amount"] + row["ChargesOnPurchases"]))
    if row["RetainPercentage"] and "RetainageAmount" not in sent:
        row["RetainageAmount"] = money(row["NetAmount"] * row["RetainPercentage"] / 100)
    before = line["OrderedPurchaseQuantity"] - line["_invoiced"] if line else ZERO
    row["RemainBefore"], row["RemainAfter"] = before, before - row["ReceiveNow"] if line else ZERO


def _net(row: Row, sent: Row, calculated: Decimal) -> Decimal:
    """A net amount may be sent when it differs by rounding only."""
    if "NetAmount" not in sent or sent["NetAmount"] == calculated:
        return calculated
    if abs(sent["NetAmount"] - calculated) > Decimal("0.05"):
        raise business("no_edit", field="NetAmount")
    return money(sent["NetAmount"])


def guard_line(books: Books, row: Row, sent: Row) -> None:
    guard_invoice(books, invoice_of(books, row), {})


def after_line(books: Books, row: Row) -> None:
    invoice = invoice_of(books, row)
    books.change(invoice, _lines_changed=invoice.get("_lines_changed", 0) + 1)


def new_paper(books: Books, row: Row, sent: Row) -> None:
    guard_invoice(books, invoice_of(books, row), {})
    row["DocumentId"] = str(uuid.uuid4())
    row["TypeId"] = row["TypeId"] or "File"


RULES |= {
    "VendorInvoiceHeaders": Rules(new_invoice, check_invoice, guard_invoice, remove_invoice,
                                  after_invoice),
    "VendorInvoiceLines": Rules(new_line, check_line, guard_line, after=after_line),
    "VendorInvoiceDocumentAttachments": Rules(defaults=new_paper),
}  # fmt: skip
