"""Rows of the store as the pages show them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.simulators.business_central import ledger
from tests.simulators.business_central.documents import KINDS, LINE_KINDS
from tests.simulators.business_central.model import NO_DATE, Field, Row
from tests.simulators.business_central.wire import escape, show_number, show_time

from .pages import Column, Page
from .site import Service, Site

ZERO = Decimal(0)
LINE_TYPES = {"Account": "G/L Account", "Charge": "Charge (Item)"}
TYPES = {line: kind.entity for line, kind in LINE_KINDS.items()}
GROUP_DEFAULTS = {
    "Gen_Bus_Posting_Group": "NATIONAL", "VAT_Bus_Posting_Group": "NATIONAL",
    "Vendor_Posting_Group": "DOMESTIC",
}  # fmt: skip


def etag(row: Row) -> str:
    """Double quotes around single ones, as page services write them."""
    text = base64.b64encode(f"20;{row['_version']};".encode()).decode()
    return f"W/\"'{text}'\""


def rows(site: Site, page: Page) -> list[Row]:
    """The rows behind a page: drafts or posted ones, all where that makes no difference."""
    if page.table == "_vendorEntry":
        return _entries(site)
    found = site.books.rows(page.table)
    if page.state:
        posted = page.state == "posted"
        found = [row for row in found if _is_posted(site, page, row) is posted]
    return found


def _is_posted(site: Site, page: Page, row: Row) -> bool:
    if page.table in KINDS:
        return bool(row["_posted"])
    return bool(header_of(site, page.table, row).get("_posted"))


def _entries(site: Site) -> list[Row]:
    """Vendor entries have neither number nor version in the store."""
    return [
        {**row, "_no": 2000 + number, "_version": f"{number}{row['open']}"}
        for number, row in enumerate(site.books.rows("_vendorEntry"), 1)
    ]


def header_of(site: Site, table: str, line: Row) -> Row:
    return site.books.get(TYPES[table], line["documentId"]) or {}


def value(site: Site, page: Page, column: Column, row: Row) -> Any:
    """What a column of a row holds, as the store would keep it."""
    source = column.source
    if source.startswith("@"):
        return COMPUTED[source[1:]](site, page, row)
    if source.startswith("#"):
        return row.get("_dims", {}).get(site.dimension(source[1:]), "")
    if source and not source.startswith("*"):
        return row.get(source, column.field.blank)
    kept = row.get("_nav", {})
    if column.name in kept:
        return kept[column.name]
    return row.get(source[1:], column.field.blank) if source else column.field.blank


class Seen(dict[str, Any]):
    """A row by its names on the wire, each value computed when it is asked for."""

    def __init__(self, site: Site, service: Service, row: Row) -> None:
        super().__init__(_row=row)
        self.site, self.service = site, service

    def __missing__(self, name: str) -> Any:
        column = self.service.columns[name]
        self[name] = value(self.site, self.service.page, column, self["_row"])
        return self[name]


def view(site: Site, service: Service, row: Row) -> Seen:
    """What `$filter` and `$orderby` look at; the row itself is under `_row`."""
    return Seen(site, service, row)


def show(site: Site, service: Service, seen: Row, select: list[str]) -> Row:
    """The JSON object."""
    shown: Row = {"@odata.etag": etag(seen["_row"])}
    escaped = site.settings["options"] == "escaped"
    for column in service.columns.values():
        if not select or column.name in select or column.name in service.page.keys:
            shown[column.name] = show_value(column.field, seen[column.name], escaped)
    return shown


def show_value(field: Field, content: Any, escaped: bool) -> Any:
    if field.kind == "e":
        return escape(content) if escaped else content
    if field.kind == "t":
        return show_time(content)
    return show_number(content) if field.kind == "n" else content


# What is computed.


def _currency(site: Site, page: Page, row: Row) -> str:
    """The local currency is blank in the tables."""
    code = str(row.get("currencyCode", ""))
    return "" if code == site.books.local_currency else code


def _terms(site: Site, page: Page, row: Row) -> str:
    """The vendor's terms, unless the document has its own."""
    kept = row.get("_nav", {}).get("Payment_Terms_Code")
    if kept is not None:
        return str(kept)
    vendor = row if page.table == "vendor" else site.books.get("vendor", row["vendorId"]) or {}
    found = site.books.get("paymentTerm", vendor.get("paymentTermsId", ""))
    return str(found["code"]) if found else ""


def _method(site: Site, page: Page, row: Row) -> str:
    found = site.books.get("paymentMethod", row.get("paymentMethodId", ""))
    return str(found["code"]) if found else ""


def _group(name: str) -> Callable[[Site, Page, Row], str]:
    """A posting group; the company's vendors all have the usual ones."""

    def read(site: Site, page: Page, row: Row) -> str:
        vendor = row if page.table == "vendor" else site.books.get("vendor", row["vendorId"]) or {}
        kept = vendor.get("_nav", {}).get(name)
        usual = GROUP_DEFAULTS[name] if vendor.get("_groups", True) else ""
        return usual if kept is None else str(kept)

    return read


def _type(site: Site, page: Page, row: Row) -> str:
    return KINDS[TYPES.get(page.table, page.table)].type


def _line_type(site: Site, page: Page, row: Row) -> str:
    kind = str(row["lineType"])
    if kind == "Comment":
        return " "
    return LINE_TYPES.get(kind, kind)


def _document_no(site: Site, page: Page, row: Row) -> str:
    return str(header_of(site, page.table, row).get("number", ""))


def _line_amount(site: Site, page: Page, row: Row) -> Decimal:
    taxed = header_of(site, page.table, row).get("pricesIncludeTax")
    return Decimal(row["amountIncludingTax" if taxed else "amountExcludingTax"])


def _document(name: str) -> Callable[[Site, Page, Row], Any]:
    return lambda site, page, row: header_of(site, page.table, row).get(name, ZERO)


def _pre_assigned(site: Site, page: Page, row: Row) -> str:
    """The number of the draft; an order's invoice never was one."""
    return "" if row.get("orderNumber") else str(row.get("_draft", ""))


def _open(site: Site, page: Page, row: Row) -> Decimal:
    entry = ledger.vendor_entry_of(site.books, row["id"])
    return abs(Decimal(entry["open"])) if entry else ZERO


def _value_dimension(site: Site, page: Page, row: Row) -> str:
    found = site.books.get("dimension", row["dimensionId"])
    return str(found["code"]) if found else ""


def _account_name(site: Site, page: Page, row: Row) -> str:
    found = site.books.get("account", row["accountId"])
    return str(found["displayName"]) if found else ""


def _income_balance(site: Site, page: Page, row: Row) -> str:
    balance = row["category"] in ("Assets", "Liabilities", "Equity")
    return "Balance Sheet" if balance else "Income Statement"


def _entry_document(site: Site, row: Row) -> Row:
    """The purchase document of an entry."""
    number = row.get("_document") or row.get("document")
    found = (site.books.get(name, number) for name in KINDS) if number else ()
    return next((one for one in found if one), {})


def _entry_external(site: Site, page: Page, row: Row) -> str:
    document = _entry_document(site, row)
    names = ("vendorInvoiceNumber", "vendorCreditMemoNumber")
    found = next((document[name] for name in names if document.get(name)), "")
    return str(row.get("_external") or found)


def _entry_day(name: str) -> Callable[[Site, Page, Row], str]:
    return lambda site, page, row: str(_entry_document(site, row).get(name, NO_DATE))


def _entry_vendor(site: Site, page: Page, row: Row) -> str:
    return str((site.books.get("vendor", row["vendorId"]) or {}).get("number", ""))


def _modified(site: Site, page: Page, row: Row) -> str:
    return str(row["lastModifiedDateTime"].date().isoformat())


def _template(site: Site, page: Page, row: Row) -> str:
    batch = site.books.get("journal", row["journalId"]) or {}
    return str(batch.get("templateDisplayName", ""))


def _source_code(site: Site, page: Page, row: Row) -> str:
    usual = "GENJNL" if row.get("_document") == "journal" else "PURCHASES"
    return str(row.get("_source") or usual)


COMPUTED: dict[str, Callable[[Site, Page, Row], Any]] = {
    "currency": _currency,
    "terms": _terms,
    "method": _method,
    "gen_group": _group("Gen_Bus_Posting_Group"),
    "vat_group": _group("VAT_Bus_Posting_Group"),
    "vendor_group": _group("Vendor_Posting_Group"),
    "type": _type,
    "line_type": _line_type,
    "document_no": _document_no,
    "line_amount": _line_amount,
    "document_net": _document("totalAmountExcludingTax"),
    "document_tax": _document("totalTaxAmount"),
    "document_gross": _document("totalAmountIncludingTax"),
    "document_discount": _document("discountAmount"),
    "pre_assigned": _pre_assigned,
    "remaining": _open,
    "closed": lambda site, page, row: not _open(site, page, row),
    "cancelled": lambda site, page, row: row["status"] == "Canceled",
    "corrective": lambda site, page, row: row["status"] == "Corrective",
    "dimension_code": _value_dimension,
    "account_name": _account_name,
    "income_balance": _income_balance,
    "entry_amount": lambda site, page, row: Decimal(row["debitAmount"]) - row["creditAmount"],
    "entry_external": _entry_external,
    "entry_date": _entry_day("postingDate"),
    "entry_due": _entry_day("dueDate"),
    "entry_vendor": _entry_vendor,
    "entry_open": lambda site, page, row: bool(row["open"]),
    "entry_no": lambda site, page, row: row["_no"],
    "owed": lambda site, page, row: -Decimal(row["amount"]),
    "owed_open": lambda site, page, row: -Decimal(row["open"]),
    "modified": _modified,
    "template": _template,
    "source_code": _source_code,
    "debit": lambda site, page, row: max(Decimal(row["amount"]), ZERO),
    "credit": lambda site, page, row: max(-Decimal(row["amount"]), ZERO),
    "record_id": lambda site, page, row: (
        f"Purchase Header: {row['documentType']},{row['documentNumber']}"
    ),
}
