"""Vendors, dimensions and their values, jobs, journals, the set-up: everything but documents."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.simulators.business_central import dimensions, errors, journals, vendors
from tests.simulators.business_central.model import Row

from .headers import checked_dimension
from .site import BATCH, OTHER_BATCH, TEMPLATE, Service, Site

Fields = dict[str, Any]
GROUPS = {
    "Gen_Bus_Posting_Group": ("NATIONAL", "EU", "EXPORT"),
    "VAT_Bus_Posting_Group": ("NATIONAL", "EU", "EXPORT"),
    "Vendor_Posting_Group": ("DOMESTIC", "EU", "FOREIGN"),
}
TASKS = "_jobTask"
NEEDED = ("Gen_Bus_Posting_Group", "Vendor_Posting_Group")


def split(service: Service, fields: Fields) -> tuple[Row, Row]:
    """(fields of the store's row, values that are only kept)."""
    stored, kept = {}, {}
    for name, content in fields.items():
        source = service.columns[name].source
        if source and source[0] not in "@#*":
            stored[source] = content
        elif not source or source[0] == "*":
            kept[name] = content
    return stored, kept


# Vendors.


def create_vendor(site: Site, service: Service, fields: Fields) -> Row:
    stored, kept = split(service, fields)
    stored |= _vendor_codes(site, service, fields)
    row = vendors.create(site.books, stored)
    blank = dict.fromkeys(GROUPS, "")
    _vendor_kept(site, row, {**blank, **kept, **_groups(fields)})
    return row


def change_vendor(site: Site, service: Service, row: Row, fields: Fields) -> None:
    stored, kept = split(service, fields)
    stored |= _vendor_codes(site, service, fields)
    vendors.update(site.books, row, stored)
    _vendor_kept(site, row, {**kept, **_groups(fields)})


def _vendor_kept(site: Site, row: Row, kept: Row) -> None:
    """A vendor without its posting groups cannot be used."""
    whole = {**row.get("_nav", {}), **kept}
    ready = all(whole.get(name, "-" if row["_groups"] else "") for name in NEEDED)
    site.books.change("vendor", row, _nav=whole, _groups=ready)


def _groups(fields: Fields) -> Row:
    found = {name: fields[name] for name in GROUPS if name in fields}
    for name, code in found.items():
        if code and code not in GROUPS[name]:
            label = (
                name.replace("_", " ")
                .replace("Gen Bus", "Gen. Bus.")
                .replace("VAT Bus", "VAT Bus.")
            )
            raise errors.invalid_relation(label, "Vendor", code, label.removesuffix(" Code"))
    return found


def _vendor_codes(site: Site, service: Service, fields: Fields) -> Row:
    """Currency, terms and method by their codes."""
    found: Row = {}
    if "Currency_Code" in fields:
        code = fields["Currency_Code"]
        if code and site.books.find("currency", code=code) is None:
            raise errors.invalid_relation("Currency Code", "Vendor", code, "Currency")
        found["currencyCode"] = code or site.books.local_currency
    for name, field, table, label in (
        ("Payment_Terms_Code", "paymentTermsId", "paymentTerm", "Payment Terms"),
        ("Payment_Method_Code", "paymentMethodId", "paymentMethod", "Payment Method"),
    ):
        code = fields.get(name)
        row = site.books.find(table, code=code) if code else None
        if code and row is None:
            raise errors.invalid_relation(f"{label} Code", "Vendor", code, label)
        if code is not None:
            found[field] = row["id"] if row else ""
    return found


# Dimensions.


def create_dimension(site: Site, service: Service, fields: Fields) -> Row:
    code = fields.get("Code", "")
    if not code or site.books.find("dimension", code=code):
        raise errors.same_key("Dimension", f"Code='{code}'")
    return _plain_new(site, service, fields)


def create_value(site: Site, service: Service, fields: Fields) -> Row:
    """A new value of a dimension; codes are upper case, as everywhere."""
    said, code = fields.get("Dimension_Code", ""), fields.get("Code", "")
    dimension = site.books.find("dimension", code=said) if said else None
    if dimension is None:
        raise errors.invalid_relation("Dimension Code", "Dimension Value", said, "Dimension")
    if not code:
        raise errors.field_check("Code must have a value in Dimension Value. It cannot be empty.")
    if site.books.dimension_value(dimension, code):
        key = f"Dimension Code='{said}',Code='{code}'"
        raise errors.same_key("Dimension Value", key)
    stored, kept = split(service, fields)
    new = {**stored, "dimensionId": dimension["id"], "_nav": kept}
    return site.books.add("dimensionValue", new)


# Jobs and the set-up.


def create_job(site: Site, service: Service, fields: Fields) -> Row:
    stored, kept = split(service, fields)
    return vendors.create_coded(site.books, "project", {**stored, "_nav": kept})


def create_task(site: Site, service: Service, fields: Fields) -> Row:
    """The standard API knows no tasks: a table of our own."""
    stored, kept = split(service, fields)
    job, number = stored.get("job", ""), stored.get("number", "")
    if site.books.find("project", number=job) is None:
        raise errors.invalid_relation("Job No.", "Job Task", job, "Job")
    if not number or site.books.find(TASKS, job=job, number=number):
        raise errors.same_key("Job Task", f"Job No.='{job}',Job Task No.='{number}'")
    row: Row = {"id": site.books.new_id(), **stored, "_nav": kept}
    site.books._stamp(row)
    table = site.books.table(TASKS)
    table[row["id"]] = row
    site.books.undo.append(lambda: table.pop(row["id"], None))
    return row


def change_setup(site: Site, service: Service, row: Row, fields: Fields) -> None:
    days = {"Allow_Posting_From", "Allow_Posting_To"}
    for name in fields:
        if name not in days:
            raise errors.read_only(name)
    change_plain(site, service, row, fields)


def _plain_new(site: Site, service: Service, fields: Fields) -> Row:
    stored, kept = split(service, fields)
    return site.books.add(service.page.table, {**stored, "_nav": kept})


def change_plain(site: Site, service: Service, row: Row, fields: Fields) -> None:
    stored, kept = split(service, fields)
    whole = {**row.get("_nav", {}), **kept}
    site.books.change(service.page.table, row, **stored, _nav=whole)


# Journals.


def create_batch(site: Site, service: Service, fields: Fields) -> Row:
    stored, kept = split(service, fields)
    row = journals.create(site.books, stored)
    site.books.change("journal", row, silent=True, _nav=kept)
    return row


def create_line(site: Site, service: Service, fields: Fields) -> Row:
    """Into the batch that is named, or the one that the page opened last."""
    batch = _batch(site, fields)
    number: Row = {"lineNumber": fields["Line_No"]} if fields.get("Line_No") else {}
    row = journals.create_line(site.books, batch, number)
    rest = {name: one for name, one in fields.items() if name not in service.page.keys}
    change_line(site, service, row, rest)
    return row


def _batch(site: Site, fields: Fields) -> Row:
    template = fields.get("Journal_Template_Name") or TEMPLATE
    name = fields.get("Journal_Batch_Name", "")
    if not name or not site.settings["journal_keys"]:
        template, name = TEMPLATE, OTHER_BATCH
    found = site.books.find("journal", code=name, templateDisplayName=template)
    if found is None:
        raise errors.invalid_relation(
            "Journal Batch Name", "Gen. Journal Line", name, "Gen. Journal Batch"
        )
    return found


def change_line(site: Site, service: Service, row: Row, fields: Fields) -> None:
    stored, kept = split(service, fields)
    if "Debit_Amount" in fields:
        stored["amount"] = fields["Debit_Amount"]
    if "Credit_Amount" in fields:
        stored["amount"] = -Decimal(fields["Credit_Amount"])
    journals.update_line(site.books, row, stored)
    site.books.change("journalLine", row, _nav={**row.get("_nav", {}), **kept})
    for name, content in fields.items():
        source = service.columns[name].source
        if source.startswith("#"):
            _line_dimension(site, row, int(source[1:]), content)


def _line_dimension(site: Site, row: Row, number: int, content: str) -> None:
    code = checked_dimension(site, number, content, "Gen. Journal Line")
    dims = {key: one for key, one in row["_dims"].items() if key != code}
    dimensions.put(site.books, "journalLine", row, {**dims, code: content} if content else dims)


def plant(site: Site) -> None:
    """The batches that the set-up sheet asks for."""
    for code, name in ((OTHER_BATCH, "Default Journal Batch"), (BATCH, "Procore")):
        journals.create(site.books, {"code": code, "displayName": name})


CREATE: dict[str, Callable[[Site, Service, Fields], Row]] = {
    "vendor": create_vendor,
    "dimension": create_dimension,
    "dimensionValue": create_value,
    "project": create_job,
    TASKS: create_task,
    "journal": create_batch,
    "journalLine": create_line,
}
CHANGE: dict[str, Callable[[Site, Service, Row, Fields], None]] = {
    "vendor": change_vendor,
    "generalLedgerSetup": change_setup,
    "journalLine": change_line,
    **dict.fromkeys(("dimension", "dimensionValue", "project", "journal", TASKS), change_plain),
}


def delete(site: Site, service: Service, row: Row) -> None:
    table, books = service.page.table, site.books
    if table == "vendor":
        vendors.delete(books, row)
    elif table == "journal":
        journals.delete(books, row)
    elif table == "journalLine":
        journals.delete_line(books, row)
    elif table == "dimensionValue" and _used(site, row):
        raise errors.dialog(f"You cannot delete {row['code']}, it has been used in entries.")
    else:
        books.remove(table, row)


def _used(site: Site, value: Row) -> bool:
    code = (site.books.get("dimension", value["dimensionId"]) or {}).get("code", "")
    tables = ("generalLedgerEntry", "purchaseInvoiceLine", "purchaseOrderLine")
    return any(row["_dims"].get(code) == value["code"] for table in tables
               for row in site.books.rows(table))  # fmt: skip
