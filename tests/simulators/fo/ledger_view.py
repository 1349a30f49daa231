"""What an accountant would see: every order, invoice and journal, to the cent."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from . import dimensions, invoice_rules, order_rules, posting
from .dimensions import ACCOUNT, LEDGER
from .journal_rules import GENERAL, INVOICES, Journals
from .model import Row
from .store import Books
from .wire import plain_day

ZERO = Decimal(0)
HEADER, DEFAULTS = "DimensionDisplayValue", "DefaultLedgerDimensionDisplayValue"


def text(value: Any) -> str:
    return f"{Decimal(value):.2f}"


def view(books: Books) -> dict[str, Any]:
    """`documents` are posted, `drafts` are pending; a credit is listed apart, above zero."""
    posted = [_posted(books, row) for row in books.table("posted").values()]
    pending = [_pending(books, row) for row in books.rows("VendorInvoiceHeaders")]
    values = books.rows("FinancialDimensionValues")
    return {
        "documents": {"Invoice": _listed([row for row in posted if not row["credit"]]),
                      "Credit Memo": _listed([row for row in posted if row["credit"]])},
        "drafts": pending,
        "purchase_orders": [_order(books, row) for row in books.rows("PurchaseOrderHeadersV2")],
        "journals": _listed(_entries(books)),
        "journal_headers": [_journal(books, kind, row) for kind in (GENERAL, INVOICES)
                            for row in books.rows(kind.header)],
        "vendors": sorted({row["VendorAccountNumber"] for row in books.rows("VendorsV3")}),
        "new_vendors": [_vendor(row) for row in books.rows("VendorsV3")
                        if not row.get("_seeded")],
        "dimension_values": sorted(row["DimensionValue"] for row in values),
        "values": [{"dimension": row["FinancialDimension"], "value": row["DimensionValue"],
                    "name": row["Description"]} for row in values],
        "accounts": _accounts(books),
        "entries": len(books.rows("GeneralJournalAccountEntries")),
        "balanced": _balanced(books),
        "doubles": _doubles(posted, pending),
    }  # fmt: skip


def _listed(rows: list[Row]) -> dict[str, Any]:
    whole = sum((Decimal(row["total"]) for row in rows), ZERO)
    return {"count": len(rows), "total": text(whole), "list": rows}


def _vendor(row: Row) -> Row:
    return {"company": row["dataAreaId"], "number": row["VendorAccountNumber"],
            "name": row["VendorOrganizationName"], "our_number": row["OurAccountNumber"],
            "known_as": row["VendorKnownAsName"], "notes": row["Notes"]}  # fmt: skip


# Purchase orders.


def _order(books: Books, row: Row) -> Row:
    lines = order_rules.lines_of(books, row)
    live = [line for line in lines if line["PurchaseOrderLineStatus"] != "Canceled"]
    return {
        "company": row["dataAreaId"], "number": row["PurchaseOrderNumber"],
        "reference": row["VendorOrderReference"], "vendor": row["OrderVendorAccountNumber"],
        "name": row["PurchaseOrderName"], "currency": row["CurrencyCode"],
        "status": row["PurchaseOrderStatus"], "approval": row["DocumentApprovalStatus"],
        "dimensions": _string(books, "PurchaseOrderHeadersV2", DEFAULTS, row),
        "by_hand": bool(row.get("_hand")),
        "total": text(sum((line["LineAmount"] for line in live), ZERO)),
        "lines": [_order_line(books, line) for line in lines],
    }  # fmt: skip


def _string(books: Books, set_name: str, name: str, row: Row) -> str:
    return str(dimensions.shown(books, set_name, name, row))


def _order_line(books: Books, line: Row) -> Row:
    name = "PurchaseOrderLinesV2"
    return {
        "number": int(line["LineNumber"]), "amount": text(line["LineAmount"]),
        "quantity": line["OrderedPurchaseQuantity"], "price": line["PurchasePrice"],
        "category": line["ProcurementProductCategoryName"], "item": line["ItemNumber"],
        "description": line["LineDescription"], "status": line["PurchaseOrderLineStatus"],
        "dimensions": _string(books, name, DEFAULTS, line),
        "account": _string(books, name, "MainAccountIdDisplayValue", line),
        "received": line["_received"], "invoiced": line["_invoiced"],
        "values": dimensions.values(line, DEFAULTS), "reference": line["CustomerReference"],
    }  # fmt: skip


# Vendor invoices.


def _pending(books: Books, row: Row) -> Row:
    lines = invoice_rules.lines_of(books, row)
    whole = sum((line["NetAmount"] - line["RetainageAmount"] for line in lines), ZERO)
    attachments = books.rows("VendorInvoiceDocumentAttachments", dataAreaId=row["dataAreaId"],
                             HeaderReference=row["HeaderReference"])  # fmt: skip
    return {
        **_invoice(books, row, lines, whole), "status": row["VendorInvoiceReviewStatus"],
        "by_hand": bool(row.get("_hand")), "posted": False, "voucher": "",
        "attachments": [paper["Name"] for paper in attachments],
    }  # fmt: skip


def _posted(books: Books, kept: Row) -> Row:
    head, lines = kept["header"], kept["lines"]
    open_row = books.get("VendTransBiEntities", kept["transaction"]) or {}
    paid = abs(open_row.get("SettleAmountCur", ZERO))
    return {
        **_invoice(books, head, lines, kept["total"]), "status": "Posted", "posted": True,
        "by_hand": kept["by_hand"], "voucher": kept["voucher"], "paid": text(paid),
    }  # fmt: skip


def _invoice(books: Books, row: Row, lines: list[Row], whole: Decimal) -> Row:
    """`number` is the header reference, before and after posting."""
    return {
        "company": row["dataAreaId"], "number": row["HeaderReference"],
        "invoice_number": row["InvoiceNumber"], "vendor": row["InvoiceAccount"],
        "currency": row["Currency"], "order": row["PurchaseOrderNumber"],
        "invoice_date": plain_day(row["InvoiceDate"]), "posting_date": plain_day(row["Date"]),
        "description": row["InvoiceDescription"], "document_number": row["DocumentNumber"],
        "imported_amount": text(row["ImportedAmount"]), "credit": whole < 0,
        "dimensions": _string(books, "VendorInvoiceHeaders", HEADER, row),
        "total": text(abs(whole)), "lines": [_invoice_line(books, line) for line in lines],
    }  # fmt: skip


def _invoice_line(books: Books, line: Row) -> Row:
    name = "VendorInvoiceLines"
    return {
        "number": line["InvoiceLineNumber"], "amount": text(line["NetAmount"]),
        "quantity": line["ReceiveNow"], "price": line["UnitPrice"],
        "retainage": text(line["RetainageAmount"]), "description": line["LineDescription"],
        "order": line["PurchaseOrder"], "order_line": line["PurchLineNumber"],
        "category": line["ProcurementCategoryName"],
        "dimensions": _string(books, name, HEADER, line),
        "account": _string(books, name, "MainAccountDisplayValue", line),
        "posts_to": posting.account_of(books, line)[ACCOUNT],
        "values": dimensions.values(line, HEADER),
    }  # fmt: skip


def _doubles(posted: list[Row], pending: list[Row]) -> list[str]:
    """One vendor, one number, more than once."""
    seen: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in (*posted, *pending):
        seen[row["company"], row["vendor"], row["invoice_number"].lower()] += 1
    return [" ".join(key) for key, count in seen.items() if count > 1]


# Journals and the ledger.


def _journal(books: Books, kind: Journals, row: Row) -> Row:
    lines = kind.lines_of(books, row)
    return {
        "company": row["dataAreaId"], "number": row["JournalBatchNumber"],
        "kind": kind.header, "name": row["JournalName"], "description": row["Description"],
        "posted": row["IsPosted"] == "Yes", "by_hand": bool(row.get("_hand")),
        "debit": text(kind.total(lines, kind.debit, kind.credit)),
        "credit": text(kind.total(lines, kind.credit, kind.debit)),
        "lines": [_journal_line(books, kind, line) for line in lines],
    }  # fmt: skip


def _journal_line(books: Books, kind: Journals, line: Row) -> Row:
    amount = Decimal(line[kind.debit]) - Decimal(line[kind.credit])
    return {
        "number": line["LineNumber"], "voucher": line["Voucher"], "amount": text(amount),
        "account": _string(books, kind.line, "AccountDisplayValue", line),
        "offset": _string(books, kind.line, "OffsetAccountDisplayValue", line),
        "type": line["AccountType"], "date": plain_day(line[kind.day]),
        "currency": line[kind.currency], "invoice": line["Invoice"],
        "text": line.get("Text", line.get("Description", "")), "document": line["Document"],
    }  # fmt: skip


def _entries(books: Books) -> list[Row]:
    """Posted general journals: vouchers that came from no invoice and no payment."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in books.rows("GeneralJournalAccountEntries", JournalCategory="None"):
        groups[row["Voucher"], plain_day(row["AccountingDate"])].append(row)
    return [_voucher(books, number, day, rows) for (number, day), rows in groups.items()]


def _voucher(books: Books, number: str, day: str, rows: list[Row]) -> Row:
    debit = sum((row["TransactionCurrencyDebitAmount"] for row in rows), ZERO)
    return {
        "documentNumber": number, "postingDate": day, "total": text(debit),
        "voucher": number, "day": day,
        "lines": [{"account": row["_values"][ACCOUNT], "description": row["Description"],
                   "amount": text(row["TransactionCurrencyAmount"]),
                   "dimensions": dimensions.write(books, LEDGER, row["_values"]),
                   "values": {name: value for name, value in row["_values"].items()
                              if name != ACCOUNT}}
                  for row in rows],
    }  # fmt: skip


def _accounts(books: Books) -> dict[str, str]:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in books.rows("GeneralJournalAccountEntries"):
        sums[row["_values"][ACCOUNT]] += row["AccountingCurrencyAmount"]
    return {account: text(amount) for account, amount in sorted(sums.items()) if amount}


def _balanced(books: Books) -> bool:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in books.rows("GeneralJournalAccountEntries"):
        sums[row["Voucher"]] += row["TransactionCurrencyAmount"]
    return not any(sums.values())
