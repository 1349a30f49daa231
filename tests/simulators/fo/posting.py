"""What people and workflows do with documents: posting and payment, and what it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from tests.simulators import company as keystone

from . import dimensions
from .dimensions import ACCOUNT, LEDGER
from .errors import business
from .invoice_rules import DIMS, lines_of, order_line
from .journal_rules import Journals
from .master_rules import open_for
from .model import Row
from .order_rules import money, order_of, settle_line, settle_status
from .store import Books
from .wire import plain_day

ZERO = Decimal(0)
RATES = {("EUR", "USD"): Decimal("1.08"), ("CAD", "USD"): Decimal("0.73"),
         ("USD", "CAD"): Decimal("1.37"), ("EUR", "CAD"): Decimal("1.48")}  # fmt: skip
TOTALS = ("SalesTaxGroup", "ItemSalesTax")


@dataclass
class Voucher:
    """Ledger lines that belong together; debit above zero."""

    company: str
    number: str
    day: str
    currency: str
    category: str
    document: str = ""
    document_day: str = ""
    lines: list[tuple[dict[str, str], Decimal, str, str]] = field(default_factory=list)

    def add(self, values: dict[str, str], amount: Decimal, text: str, kind: str) -> None:
        if amount:
            self.lines.append((values, amount, text, kind))


def open_period(books: Books, day: str) -> None:
    first, last = str(books.settings["open_from"]), str(books.settings["open_to"])
    if not first <= plain_day(day) <= last:
        raise business("closed", day=plain_day(day))


def write(books: Books, voucher: Voucher) -> None:
    """General journal account entries. Raises Refused when they do not come to zero."""
    open_period(books, voucher.day)
    if sum((amount for _, amount, _, _ in voucher.lines), ZERO):
        raise business("balance", value=voucher.number)
    number = books.next_number("entry", "{:09d}", 1)
    for values, amount, text, kind in voucher.lines:
        _entry(books, voucher, number, values, amount, text, kind)


def _entry(
    books: Books, voucher: Voucher, number: str, values: dict[str, str], amount: Decimal,
    text: str, kind: str,
) -> None:  # fmt: skip
    local = money(amount * rate(books, voucher.company, voucher.currency))
    shown = entry_text(books, values)
    ledger = books.get("Ledgers", voucher.company) or {}
    row = books.add("GeneralJournalAccountEntries", {
        "GeneralJournalAccountEntryRecId": books.state["record"] + 1, "JournalNumber": number,
        "Voucher": voucher.number, "AccountingDate": voucher.day, "AccountDisplayValue": shown,
        "DocumentNumber": voucher.document, "DocumentDate": voucher.document_day or voucher.day,
        "LedgerAccount": shown, "Description": text, "TransactionCurrencyCode": voucher.currency,
        "TransactionCurrencyAmount": amount, "AccountingCurrencyAmount": local,
        "TransactionCurrencyDebitAmount": max(amount, ZERO), "ReportingCurrencyAmount": local,
        "TransactionCurrencyCreditAmount": max(-amount, ZERO), "PostingType": kind,
        "JournalCategory": voucher.category, "IsCredit": "Yes" if amount < 0 else "No",
        "LedgerName": ledger.get("Name", ""), "DataArea": voucher.company,
    })  # fmt: skip
    row["_values"] = dict(values)


def entry_text(books: Books, values: dict[str, str]) -> str:
    if books.settings["entry_text"] == "by account structure":
        rest = [value for name, value in sorted(values.items()) if name != ACCOUNT]
        return "-".join([values[ACCOUNT], *rest])
    return dimensions.write(books, LEDGER, values) or values[ACCOUNT]


def rate(books: Books, company: str, currency: str) -> Decimal:
    ledger = books.get("Ledgers", company)
    own = str(ledger["AccountingCurrency"]) if ledger else currency
    return RATES.get((currency, own), Decimal(1))


def vendor_transaction(
    books: Books, company: str, vendor: str, amount: Decimal, **facts: str
) -> Row:
    """What we owe is below zero, as the vendor's account sees it."""
    currency = facts.get("CurrencyCode", keystone.CURRENCY)
    return books.add("VendTransBiEntities", {
        "SourceKey": books.state["record"] + 1, "AccountNum": vendor, "AmountCur": amount,
        "AmountMST": money(amount * rate(books, company, currency)), "DataArea": company, **facts,
    })  # fmt: skip


# Vendor invoices.


def post_invoice(books: Books, invoice: Row, by_hand: bool = False) -> Row:
    """The row leaves the pending set and appears among the posted. Raises Refused."""
    lines = lines_of(books, invoice)
    if not lines:
        raise business("mandatory", field="Pending vendor invoice lines")
    open_for(books, invoice["dataAreaId"], invoice["InvoiceAccount"], "Invoice")
    used_once(books, invoice["dataAreaId"], invoice["InvoiceAccount"], invoice["InvoiceNumber"])
    voucher = _voucher(books, invoice, lines)
    write(books, voucher)
    total = -sum((amount for _, amount, _, kind in voucher.lines if kind == "VendBalance"), ZERO)
    posted = _posted(books, invoice, lines, voucher, total, by_hand)
    for line in lines:
        _onto_order(books, line)
        books.remove("VendorInvoiceLines", line)
    books.remove("VendorInvoiceHeaders", invoice)
    books.event("VendorInvoicePostedBusinessEvent", invoice["dataAreaId"],
                InvoiceNumber=invoice["InvoiceNumber"], Voucher=voucher.number,
                VendorAccount=invoice["InvoiceAccount"])  # fmt: skip
    return posted


def used_once(books: Books, company: str, vendor: str, number: str) -> None:
    """The parameter Check the invoice number used."""
    found = books.rows("VendTransBiEntities", AccountNum=vendor, Invoice=number, DataArea=company)
    taken = [row for row in found if row["TransType"] != "Payment"]
    if taken and books.settings["duplicate_check"] == "reject":
        raise business("used", value=number, vendor=vendor)


def _voucher(books: Books, invoice: Row, lines: list[Row]) -> Voucher:
    voucher = Voucher(
        invoice["dataAreaId"], books.next_number("invoice", "APIV{:06d}"), invoice["Date"],
        invoice["Currency"], "Purch", invoice["InvoiceNumber"], invoice["InvoiceDate"],
    )  # fmt: skip
    owed = ZERO
    for line in lines:
        values, tax = account_of(books, line), _tax(books, invoice, line)
        text = line["LineDescription"] or invoice["InvoiceDescription"]
        voucher.add(values, line["NetAmount"] + tax, text, "PurchExpense")
        kept = {**values, ACCOUNT: keystone.ACCOUNT_RULES["retainage_held"]}
        voucher.add(kept, -line["RetainageAmount"], text, "PSAProjPurchRetain")
        owed += line["NetAmount"] + tax - line["RetainageAmount"]
    payable = {**dimensions.values(invoice, DIMS), ACCOUNT: keystone.PAYABLES_ACCOUNT}
    voucher.add(payable, -owed, invoice["InvoiceDescription"], "VendBalance")
    return voucher


def account_of(books: Books, line: Row) -> dict[str, str]:
    """The line's default dimensions under those of its ledger string; the category's account."""
    category = books.find("ProcurementProductCategories",
                          CategoryName=line["ProcurementCategoryName"])  # fmt: skip
    account = category["_account"] if category else ""
    values = {ACCOUNT: account, **dimensions.values(line, DIMS)}
    values |= dimensions.values(line, "MainAccountDisplayValue")
    if not values[ACCOUNT]:
        raise business("account", value="")
    return values


def _tax(books: Books, invoice: Row, line: Row) -> Decimal:
    """A code that is both in the tax group and in the item's group."""
    if invoice["IgnoreCalculatedSalesTax"] == "Yes" or not line["SalesTaxGroup"]:
        return ZERO
    percent = next((tax.percent for tax in keystone.TAX_CODES
                    if tax.code == line["ItemSalesTax"]), ZERO)  # fmt: skip
    return money(line["NetAmount"] * percent / 100)


def _posted(
    books: Books, invoice: Row, lines: list[Row], voucher: Voucher, total: Decimal, by_hand: bool
) -> Row:
    facts = {
        "CurrencyCode": invoice["Currency"], "Invoice": invoice["InvoiceNumber"],
        "Voucher": voucher.number, "TransType": "Purch", "TransDate": invoice["Date"],
        "DocumentDate": invoice["InvoiceDate"], "DocumentNum": invoice["DocumentNumber"],
        "DueDate": invoice["DueDate"], "Txt": invoice["InvoiceDescription"],
    }  # fmt: skip
    open_row = vendor_transaction(
        books, invoice["dataAreaId"], invoice["InvoiceAccount"], -total, **facts
    )
    posted = {"header": dict(invoice), "lines": [dict(line) for line in lines], "total": total,
              "voucher": voucher.number, "transaction": open_row["SourceKey"],
              "by_hand": by_hand or bool(invoice.get("_hand"))}  # fmt: skip
    kept = books.table("posted")
    kept[voucher.number,] = posted
    books.undo.append(lambda: kept.pop((voucher.number,), None))
    return posted


def _onto_order(books: Books, line: Row) -> None:
    bought = order_line(books, line)
    if bought is None:
        return
    books.change(bought, _invoiced=bought["_invoiced"] + line["ReceiveNow"])
    settle_line(books, bought)
    settle_status(books, order_of(books, bought))


def pay(books: Books, posted: Row, amount: Decimal | None = None) -> Row:
    """Pays a posted invoice, or a part of it."""
    head, number = posted["header"], books.next_number("payment", "APPM{:06d}")
    row = books.get("VendTransBiEntities", posted["transaction"]) or {}
    left = -(row["AmountCur"] - row["SettleAmountCur"])
    paid = left if amount is None else amount
    voucher = Voucher(head["dataAreaId"], number, books.today(), head["Currency"], "Payment")
    dims = dimensions.values(head, DIMS)
    voucher.add({**dims, ACCOUNT: keystone.PAYABLES_ACCOUNT}, paid, "Payment", "VendBalance")
    voucher.add({ACCOUNT: "10100"}, -paid, "Payment", "None")
    write(books, voucher)
    facts = {"Voucher": number, "TransDate": books.today(), "CurrencyCode": head["Currency"]}
    vendor_transaction(books, head["dataAreaId"], head["InvoiceAccount"], paid,
                       TransType="Payment", **facts)  # fmt: skip
    books.change(row, SettleAmountCur=row["SettleAmountCur"] - paid, LastSettleVoucher=number,
                 LastSettleDate=books.today(),
                 Closed=books.today() if paid == left else row["Closed"])  # fmt: skip
    books.event("VendorPaymentPostedBusinessEvent", head["dataAreaId"], Voucher=number)
    return {"voucher": number, "open": str(left - paid)}


# Journals.


def post_journal(books: Books, kind: Journals, journal: Row) -> None:
    """IsPosted becomes Yes; entries are left behind. Raises Refused."""
    kind.guard_journal(books, journal, {})
    vouchers: dict[tuple[str, str], Voucher] = {}
    lines = kind.lines_of(books, journal)
    if not lines:
        raise business("mandatory", field="Journal lines")
    for line in lines:
        key = line["Voucher"], line[kind.day]
        if key not in vouchers:
            vouchers[key] = Voucher(journal["dataAreaId"], *key, line[kind.currency], "None",
                                    line["Invoice"] or line["Document"])  # fmt: skip
        _journal_line(books, kind, vouchers[key], line)
    for voucher in vouchers.values():
        write(books, voucher)
    books.change(journal, IsPosted="Yes")
    books.event("LedgerJournalPostedBusinessEvent", journal["dataAreaId"],
                JournalBatchNumber=journal["JournalBatchNumber"])  # fmt: skip


def _journal_line(books: Books, kind: Journals, voucher: Voucher, line: Row) -> None:
    amount = Decimal(line[kind.debit]) - Decimal(line[kind.credit])
    text = str(line["Text"] if "Text" in line else line["Description"])
    values = _side(line, "AccountType", "AccountDisplayValue", "DefaultDimensionDisplayValue")
    is_vendor = line["AccountType"] == "Vend"
    voucher.add(values, amount, text, "VendBalance" if is_vendor else "LedgerJournal")
    if line["OffsetAccountDisplayValue"]:
        other = _side(line, "OffsetAccountType", "OffsetAccountDisplayValue",
                      "OffsetDefaultDimensionDisplayValue")  # fmt: skip
        voucher.add(other, -amount, text, "LedgerJournal")
    if is_vendor and line["Invoice"]:
        company, vendor = voucher.company, line["AccountDisplayValue"]
        used_once(books, company, vendor, line["Invoice"])
        vendor_transaction(books, company, vendor, amount, Invoice=line["Invoice"],
                           Voucher=voucher.number, TransType="Vend", TransDate=voucher.day,
                           CurrencyCode=voucher.currency)  # fmt: skip


def _side(line: Row, kind: str, account: str, dims: str) -> dict[str, str]:
    if line[kind] == "Ledger":
        return dimensions.values(line, account)
    number = keystone.PAYABLES_ACCOUNT if line[kind] == "Vend" else "10100"
    return {**dimensions.values(line, dims), ACCOUNT: number}
