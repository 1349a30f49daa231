"""Headers of purchase documents, field by field, each with its consequences."""

from __future__ import annotations

from typing import Any

from tests.simulators.business_central import dimensions, documents, errors
from tests.simulators.business_central.documents import KINDS, Kind
from tests.simulators.business_central.model import Row

from .site import Service, Site

TABLE = "Purchase Header"
# What the validation of the vendor puts over what was sent before it.
FROM_VENDOR = (
    "buyFrom", "payTo", "vendorName", "@currency", "@terms", "@vat_group", "@vendor_group",
    "dueDate", "#",
)  # fmt: skip


def create(site: Site, service: Service, fields: dict[str, Any]) -> Row:
    """A draft with the vendor's data; fields sent before the vendor may be overwritten."""
    kind = KINDS[service.page.table]
    if fields.pop("Document_Type", kind.type) != kind.type:
        raise errors.field_check(f"Document Type must be equal to '{kind.type}' in {TABLE}.")
    number = fields.pop("No", "")
    if number and not site.settings["manual_numbers"]:
        raise errors.dialog(
            "You may not enter numbers manually. If you want to enter numbers manually, please "
            f"activate Manual Nos. in No. Series P-{kind.type[:3].upper()}."
        )
    vendor = fields.get("Buy_from_Vendor_No", "")
    if not vendor:
        raise errors.field_check(
            f"Buy-from Vendor No. must have a value in {TABLE}: Document Type={kind.type}. It "
            "cannot be zero or empty."
        )
    check_vendor(site, vendor)
    row = documents.create(site.books, kind.entity, {"vendorNumber": vendor})
    if number:
        site.books.change(kind.entity, row, number=number)
    names = list(fields)
    early = names[: names.index("Buy_from_Vendor_No")]
    for name in names:
        overwritten = service.columns[name].source.startswith(FROM_VENDOR) and name in early
        if not overwritten and name != "Buy_from_Vendor_No":
            put(site, service, row, name, fields[name])
    return row


def check_vendor(site: Site, number: str) -> None:
    if number and site.books.find("vendor", number=number) is None:
        raise errors.invalid_relation("Buy-from Vendor No.", TABLE, number, "Vendor")


ALWAYS = ("On_Hold",)  # its validation does not look at the status


def change(site: Site, service: Service, row: Row, fields: dict[str, Any]) -> None:
    if not set(fields) <= set(ALWAYS):
        documents.open_for_change(site.books, KINDS[service.page.table], row)
    for name, content in fields.items():
        put(site, service, row, name, content)


def delete(site: Site, service: Service, row: Row) -> None:
    documents.delete(site.books, row, service.page.table)


def put(site: Site, service: Service, row: Row, name: str, content: Any) -> None:
    """Validates one field."""
    source, kind = service.columns[name].source, KINDS[service.page.table]
    if source == "vendorNumber":
        _vendor(site, kind, row, content)
    elif source.startswith("#"):
        _dimension(site, kind, row, int(source[1:]), content)
    elif source == "@currency":
        _currency(site, kind, row, content)
    elif source == "postingDate":
        _posting_date(site, kind, row, content)
    elif source == "@terms":
        _terms(site, kind, row, content)
    elif source and source[0] not in "@*":
        documents.update(site.books, row, {source: content}, kind.entity)
    else:
        keep(site, kind.entity, row, name, content)


def keep(site: Site, table: str, row: Row, name: str, content: Any) -> None:
    """A field that has no consequences."""
    site.books.change(table, row, _nav={**row.get("_nav", {}), name: content})


def _vendor(site: Site, kind: Kind, row: Row, number: str) -> None:
    check_vendor(site, number)
    if number == row["vendorNumber"]:
        return
    documents.update(site.books, row, {"vendorNumber": number}, kind.entity)
    kept = {name: one for name, one in row.get("_nav", {}).items() if name not in
            ("Payment_Terms_Code", "VAT_Bus_Posting_Group", "Vendor_Posting_Group")}  # fmt: skip
    site.books.change(kind.entity, row, _nav=kept)
    vendor = site.books.get("vendor", row["vendorId"]) or {}
    if "dueDate" in row:
        due = documents.due_date(site.books, vendor, row[kind.day])
        site.books.change(kind.entity, row, dueDate=due)


def _posting_date(site: Site, kind: Kind, row: Row, day: str) -> None:
    """It brings the document date along."""
    documents.update(site.books, row, {"postingDate": day}, kind.entity)
    if not site.settings["link_dates"]:
        return
    if kind.entity == "purchaseOrder":
        keep(site, kind.entity, row, "Document_Date", row["postingDate"])
    else:
        documents.update(site.books, row, {kind.day: row["postingDate"]}, kind.entity)


def _currency(site: Site, kind: Kind, row: Row, code: str) -> None:
    """Blank is the local currency, which is no row of the table."""
    if code and site.books.find("currency", code=code) is None:
        raise errors.invalid_relation("Currency Code", TABLE, code, "Currency")
    whole = code or site.books.local_currency
    if whole == row["currencyCode"]:
        return
    if row["_lines"]:
        ask("If you change Currency Code, the existing purchase lines will be updated. Continue?")
    documents.update(site.books, row, {"currencyCode": whole}, kind.entity)


def _terms(site: Site, kind: Kind, row: Row, code: str) -> None:
    terms = site.books.find("paymentTerm", code=code)
    if code and terms is None:
        raise errors.invalid_relation("Payment Terms Code", TABLE, code, "Payment Terms")
    keep(site, kind.entity, row, "Payment_Terms_Code", code)
    if "dueDate" in row:
        vendor = {"paymentTermsId": terms["id"] if terms else ""}
        due = documents.due_date(site.books, vendor, row[kind.day])
        site.books.change(kind.entity, row, dueDate=due)


def _dimension(site: Site, kind: Kind, row: Row, number: int, content: str) -> None:
    """Reaches the lines; some sites ask first, and nobody is there to answer."""
    code = checked_dimension(site, number, content, TABLE)
    if row["_lines"] and site.settings["dimension_confirm"]:
        ask("You may have changed a dimension. Do you want to update the lines?")
    for table, target in [(kind.entity, row), *_lines(site, kind, row)]:
        dims = {key: one for key, one in target["_dims"].items() if key != code}
        dimensions.put(site.books, table, target, {**dims, code: content} if content else dims)


def _lines(site: Site, kind: Kind, row: Row) -> list[tuple[str, Row]]:
    return [(kind.line, line) for line in documents.lines_of(site.books, kind, row)]


def checked_dimension(site: Site, number: int, content: str, table: str) -> str:
    """The dimension's code. Refuses a number that is not set up and values that are not there."""
    code = site.dimension(number)
    label = f"Shortcut Dimension {number} Code"
    found = site.books.find("dimension", code=code) if code else None
    if content and (found is None or site.books.dimension_value(found, content) is None):
        raise errors.invalid_relation(label, table, content, "Dimension Value")
    if content and (site.books.dimension_value(found or {}, content) or {}).get("_blocked"):
        raise errors.dialog(f"Dimension Value {code} - {content} is blocked.")
    return code


def ask(question: str) -> None:
    raise errors.Refused(
        "Application_CallbackNotAllowed", f"Callback functions are not allowed: {question}"
    )
