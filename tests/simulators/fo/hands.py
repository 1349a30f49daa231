"""What people in the client do: POST /control/fo/{action}, with what is said of each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.simulators import company as keystone

from . import dimensions, invoice_rules, order_rules, posting, setting_up, site
from .journal_rules import GENERAL, INVOICES, Journals
from .model import ENTITIES, Row
from .order_rules import lines_of as order_lines
from .setting_up import Data, Unknown, company_of, need
from .store import Books
from .writing import insert


def decimal(value: Any) -> Decimal:
    return Decimal(str(value))


# Purchase orders: body {"number", "company"}.


def order_of(books: Books, data: Data) -> Row:
    row = books.get("PurchaseOrderHeadersV2", company_of(data), data.get("number", ""))
    return need(row, "purchase order")


def confirm(books: Books, data: Data) -> None:
    order_rules.confirm(books, order_of(books, data))


def chosen_lines(books: Books, data: Data) -> list[Row]:
    """All lines that are not cancelled, or the one with `line`."""
    lines = [line for line in order_lines(books, order_of(books, data))
             if line["PurchaseOrderLineStatus"] != "Canceled"]  # fmt: skip
    return [line for line in lines if data.get("line") in (None, line["LineNumber"])]


def receive(books: Books, data: Data) -> Data:
    """Body also: line, quantity (of each line; absent is the rest)."""
    for line in chosen_lines(books, data):
        rest = line["OrderedPurchaseQuantity"] - line["_received"]
        taken = decimal(data["quantity"]) if "quantity" in data else rest
        books.change(line, _received=line["_received"] + taken)
        order_rules.settle_line(books, line)
    return _settled(books, data, "PurchaseOrderReceivedBusinessEvent")


def _settled(books: Books, data: Data, event: str = "") -> Data:
    order = order_of(books, data)
    order_rules.settle_status(books, order)
    if event:
        books.event(event, order["dataAreaId"], PurchaseOrderNumber=order["PurchaseOrderNumber"])
    return {"status": order["PurchaseOrderStatus"], "approval": order["DocumentApprovalStatus"]}


def invoice(books: Books, data: Data) -> Data:
    """Body also: invoice (the vendor's number): a person invoices what is not invoiced yet."""
    order = order_of(books, data)
    lines = [{"order": order["PurchaseOrderNumber"], "order_line": int(line["LineNumber"]),
              "quantity": line["OrderedPurchaseQuantity"] - line["_invoiced"]}
             for line in chosen_lines(books, data)]  # fmt: skip
    made = type_invoice(books, {
        "vendor": order["InvoiceVendorAccountNumber"], "lines": lines,
        "number": data.get("invoice", f"INV-{order['PurchaseOrderNumber']}"),
        "company": order["dataAreaId"],
    })  # fmt: skip
    post_invoice(books, {"number": made["number"], "company": order["dataAreaId"]})
    return _settled(books, data)


def cancel(books: Books, data: Data) -> Data:
    """Body also: line. What is left is cancelled."""
    for line in chosen_lines(books, data):
        books.change(line, PurchaseOrderLineStatus="Canceled")
    order = order_of(books, data)
    if not order_lines(books, order):
        books.change(order, PurchaseOrderStatus="Canceled")
    return _settled(books, data)


def approve_order(books: Books, data: Data) -> Data:
    """Body also: step: submit, approve (default), reject, request_change."""
    steps = {"submit": "InReview", "approve": "Approved", "reject": "Rejected",
             "request_change": "Draft"}  # fmt: skip
    order = order_of(books, data)
    status = steps[data.get("step", "approve")]
    books.change(order, DocumentApprovalStatus=status)
    for line in order_lines(books, order):
        books.change(line, WorkflowState="Approved" if status == "Approved" else "NotSubmitted")
    return {"approval": status}


def change_order(books: Books, data: Data) -> None:
    """Body also: fields: what people changed on the order's page."""
    books.change(order_of(books, data), **data["fields"])


def type_order(books: Books, data: Data) -> Data:
    """Body: vendor, lines [{amount, project, code, type, account, text}], reference."""
    company = company_of(data)
    head = insert(books, ENTITIES["PurchaseOrderHeadersV2"], {
        "dataAreaId": company, "OrderVendorAccountNumber": data["vendor"],
        "VendorOrderReference": data.get("reference", ""),
    })  # fmt: skip
    books.change(head, _hand=True)
    for at, line in enumerate(data.get("lines") or [], 1):
        insert(books, ENTITIES["PurchaseOrderLinesV2"], {
            "dataAreaId": company, "PurchaseOrderNumber": head["PurchaseOrderNumber"],
            "LineNumber": at, "ProcurementProductCategoryName": site.CATEGORY,
            "LineDescription": line.get("text", "By hand"), "OrderedPurchaseQuantity": 1,
            "PurchaseUnitSymbol": "ea", "PurchasePrice": decimal(line["amount"]),
            "DefaultLedgerDimensionDisplayValue": dims_of(books, line),
        })  # fmt: skip
    return {"number": head["PurchaseOrderNumber"]}


def dims_of(books: Books, line: Data) -> str:
    named = {"Department": "department", "Project": "project", "CostCode": "code",
             "CostType": "type"}  # fmt: skip
    values = {name: line[key] for name, key in named.items() if line.get(key)}
    return dimensions.write(books, dimensions.DEFAULT, values)


# Vendor invoices: body {"number": the vendor's, or "reference", "company"}.


def invoice_of(books: Books, data: Data) -> Row:
    for row in books.rows("VendorInvoiceHeaders", dataAreaId=company_of(data)):
        if row["HeaderReference"] == data.get("reference", object()):
            return row
        if "reference" not in data and row["InvoiceNumber"] == data.get("number"):
            return row
    raise Unknown("no such pending invoice")


def post_invoice(books: Books, data: Data) -> Data:
    """Body also: date (the posting date)."""
    row = invoice_of(books, data)
    if "date" in data:
        books.change(row, Date=f"{data['date']}T12:00:00Z")
    posted = posting.post_invoice(books, row)
    return {"voucher": posted["voucher"], "total": str(posted["total"])}


def delete_invoice(books: Books, data: Data) -> None:
    """A person deletes a pending invoice with its lines."""
    row = invoice_of(books, data)
    for line in invoice_rules.lines_of(books, row):
        books.remove("VendorInvoiceLines", line)
    invoice_rules.remove_invoice(books, row)
    books.remove("VendorInvoiceHeaders", row)


def workflow(books: Books, data: Data) -> Data:
    """Body also: step: submit (default), approve, reject, change, recall."""
    steps = {"submit": "Submitted", "approve": "Approved", "reject": "Rejected",
             "change": "ChangeRequest", "recall": "Draft"}  # fmt: skip
    row, status = invoice_of(books, data), steps[data.get("step", "submit")]
    books.change(row, VendorInvoiceReviewStatus=status)
    for line in invoice_rules.lines_of(books, row):
        books.change(line, VendorInvoiceLineReviewStatus=status)
    return {"status": status}


def type_invoice(books: Books, data: Data) -> Data:
    """Body: vendor, number, date, currency (the vendor's own), lines [{amount, account, project,
    code, type | order, order_line, quantity}], post (false)."""
    company = company_of(data)
    day = data.get("date") or books.clock().date().isoformat()
    head = insert(books, ENTITIES["VendorInvoiceHeaders"], {
        "dataAreaId": company, "InvoiceAccount": data["vendor"], "InvoiceNumber": data["number"],
        "InvoiceDate": day, "Date": day, "InvoiceDescription": data.get("text", "By hand"),
        **({"Currency": data["currency"]} if "currency" in data else {}),
    })  # fmt: skip
    books.change(head, _hand=True)
    for at, line in enumerate(data.get("lines") or [], 1):
        insert(books, ENTITIES["VendorInvoiceLines"], {
            "dataAreaId": company, "HeaderReference": head["HeaderReference"],
            "InvoiceLineNumber": at, "ReceiveNow": decimal(line.get("quantity", 1)),
            **_invoice_line(books, line),
        })  # fmt: skip
    if data.get("post"):
        posting.post_invoice(books, head, by_hand=True)
    return {"reference": head["HeaderReference"], "number": head["InvoiceNumber"]}


def _invoice_line(books: Books, line: Data) -> Data:
    if "order" in line:
        return {"PurchaseOrder": line["order"], "PurchLineNumber": line["order_line"]}
    return {
        "ProcurementCategoryName": site.CATEGORY, "UnitPrice": decimal(line["amount"]),
        "MainAccountDisplayValue": line.get("account", ""),
        "DimensionDisplayValue": dims_of(books, line),
    }  # fmt: skip


def pay(books: Books, data: Data) -> Data:
    """Body: number or voucher, amount (absent is all)."""
    for posted in books.table("posted").values():
        head = posted["header"]
        if data.get("voucher") == posted["voucher"] or (
            head["InvoiceNumber"] == data.get("number") and head["dataAreaId"] == company_of(data)
        ):
            return posting.pay(books, posted, decimal(data["amount"]) if "amount" in data else None)
    raise Unknown("no such posted invoice")


# Journals: body {"number", "company"}.


def journal_of(books: Books, data: Data) -> tuple[Journals, Row]:
    for kind in (GENERAL, INVOICES):
        row = books.get(kind.header, company_of(data), data.get("number", ""))
        if row is not None:
            return kind, row
    raise Unknown("no such journal")


def post_journal(books: Books, data: Data) -> None:
    posting.post_journal(books, *journal_of(books, data))


def delete_journal(books: Books, data: Data) -> None:
    kind, row = journal_of(books, data)
    kind.guard_journal(books, row, {})
    for line in kind.lines_of(books, row):
        books.remove(kind.line, line)
    books.remove(kind.header, row)


def type_journal(books: Books, data: Data) -> Data:
    """Body: lines [{account, dimensions, amount above zero for debit}], voucher (else the next
    one), date, currency, post (true)."""
    company = company_of(data)
    head = insert(books, ENTITIES["LedgerJournalHeaders"],
                  {"dataAreaId": company, "JournalName": site.JOURNAL})  # fmt: skip
    books.change(head, _hand=True)
    for line in data["lines"]:
        amount = decimal(line["amount"])
        insert(books, ENTITIES["LedgerJournalLines"], {
            "dataAreaId": company, "JournalBatchNumber": head["JournalBatchNumber"],
            "AccountDisplayValue": ledger_string(books, line),
            "Voucher": str(data.get("voucher", "")), "DebitAmount": max(amount, Decimal(0)),
            "CreditAmount": max(-amount, Decimal(0)),
            "CurrencyCode": data.get("currency", keystone.CURRENCY),
            "TransDate": data.get("date") or books.clock().date().isoformat(),
        })  # fmt: skip
    if data.get("post", True):
        posting.post_journal(books, GENERAL, head)
    return {"number": head["JournalBatchNumber"]}


def ledger_string(books: Books, line: Data) -> str:
    """The account is a string of its own where no dimensions are given."""
    if not line.get("dimensions"):
        return str(line["account"])
    known = {name.upper(): name for name in dimensions.order(books, dimensions.LEDGER)}
    values = {known[name.upper()]: value for name, value in line["dimensions"].items()}
    return dimensions.write(books, dimensions.LEDGER, {**values, dimensions.ACCOUNT:
                                                       str(line["account"])})  # fmt: skip


def retention(books: Books, data: Data) -> None:
    """Body: number, line, rule: a retention term on lines of an order."""
    for line in chosen_lines(books, data):
        books.change(line, VendorRetentionTermRuleId=data.get("rule", "RET10"))


BY_HAND: dict[str, Callable[[Books, Data], Data | None]] = {
    run.__name__: run
    for run in (
        confirm, receive, invoice, cancel, approve_order, change_order, type_order, post_invoice,
        delete_invoice,
        workflow, type_invoice, pay, post_journal, delete_journal, type_journal, retention,
        setting_up.suspend, setting_up.add_value, setting_up.remove_value, setting_up.format,
        setting_up.delimiter, setting_up.hold_vendor, setting_up.suspend_account,
        setting_up.add_account, setting_up.close_period, setting_up.paid_instead,
        setting_up.vendor_dimensions,
    )
}  # fmt: skip
