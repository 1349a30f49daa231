"""Purchase invoices, credit memos and orders before posting: header, vendor, dates."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from . import dimensions, errors
from .model import NO_DATE, ZERO_GUID, Row
from .store import Books
from .vendors import currency
from .wire import blank

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Kind:
    """What differs between the three documents."""

    entity: str
    line: str
    cost: str
    external: str
    day: str
    type: str
    title: str
    first: int
    first_posted: int


KINDS = {
    kind.entity: kind
    for kind in (
        Kind("purchaseInvoice", "purchaseInvoiceLine", "unitCost", "vendorInvoiceNumber",
             "invoiceDate", "Invoice", "invoice", 107001, 108001),
        Kind("purchaseCreditMemo", "purchaseCreditMemoLine", "unitCost",
             "vendorCreditMemoNumber", "creditMemoDate", "Credit Memo", "credit memo", 109001,
             110001),
        Kind("purchaseOrder", "purchaseOrderLine", "directUnitCost", "_external", "orderDate",
             "Order", "order", 106001, 0),
    )
}  # fmt: skip
LINE_KINDS = {kind.line: kind for kind in KINDS.values()}


def money(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def lines_of(books: Books, kind: Kind, header: Row) -> list[Row]:
    rows = (books.get(kind.line, number) for number in header["_lines"])
    return sorted((row for row in rows if row), key=lambda row: int(row["sequence"]))


def chosen_vendor(books: Books, values: Row, prefix: str = "vendor") -> Row:
    number, identity = values.get(f"{prefix}Number", ""), values.get(f"{prefix}Id", ZERO_GUID)
    if blank(number) and blank(identity):
        raise errors.dialog('A "vendorNumber" or a "vendorID" must be provided.')
    found = books.get("vendor", identity) if not blank(identity) else None
    if blank(identity):
        found = books.find("vendor", number=number)
    if found is None or (number and found["number"] != number):
        raise errors.dialog("The vendor cannot be found.")
    return found


def vendor_usable(vendor: Row) -> None:
    """Refuses a document for a vendor that is blocked or not set up."""
    if vendor["blocked"] == "All":
        raise errors.dialog(
            f"You cannot create this type of document when Vendor {vendor['number']} is blocked "
            "with type All"
        )
    if not vendor.get("_groups", True):
        raise errors.field_check(
            f"Vendor Posting Group must have a value in Vendor: No.={vendor['number']}. It cannot "
            "be zero or empty."
        )


def _vendor_fields(books: Books, kind: Kind, vendor: Row) -> Row:
    """Of the card; its field Pay-to Vendor No. (which the API does not show) brings another's."""
    paid = books.find("vendor", number=vendor.get("_pay_to") or vendor["number"]) or vendor
    shared = {
        "vendorId": vendor["id"], "vendorNumber": vendor["number"],
        "vendorName": vendor["displayName"], "payToVendorId": paid["id"],
        "payToVendorNumber": paid["number"], "payToName": paid["displayName"],
        "currencyCode": vendor["currencyCode"], "currencyId": vendor["currencyId"],
    }  # fmt: skip
    address = {
        "AddressLine1": "addressLine1", "AddressLine2": "addressLine2", "City": "city",
        "Country": "country", "State": "state", "PostCode": "postalCode",
    }  # fmt: skip
    for prefix, card in (("buyFrom", vendor), ("payTo", paid)):
        shared |= {f"{prefix}{name}": card[field] for name, field in address.items()}
    if kind.entity != "purchaseInvoice":
        shared["paymentTermsId"] = vendor["paymentTermsId"]
    return shared


def create(books: Books, entity: str, values: Row) -> Row:
    """A draft, with the vendor's data, default dimensions and due date."""
    kind = KINDS[entity]
    vendor = chosen_vendor(books, values)
    vendor_usable(vendor)
    today = books.today()
    fields = {
        "postingDate": today,
        kind.day: today,
        "status": "Draft",
        **_vendor_fields(books, kind, vendor),
    }
    fields |= {"_lines": [], "_dims": dimensions.vendor_defaults(books, vendor)}
    fields |= {"_posted": False, "_approval": "Open", "_hand": False, "_external": ""}
    fields["number"] = books.next_number(entity, kind.first)
    row = books.add(entity, fields)
    dimensions.put(books, entity, row, row["_dims"])
    _apply(books, kind, row, values)
    if books.settings["card_currency"]:
        card = {name: vendor[name] for name in ("currencyCode", "currencyId")}
        books.change(entity, row, **card)
    if "dueDate" in row and blank(values.get("dueDate")):
        books.change(entity, row, dueDate=due_date(books, vendor, row[kind.day]))
    known = {name: one for name, one in books.settings["overruled"].items() if name in row}
    books.change(entity, row, **known)
    return row


def _apply(books: Books, kind: Kind, row: Row, values: Row) -> None:
    """Sets fields with their consequences."""
    changes = {name: value for name, value in values.items() if not name.startswith("shortcut")}
    for prefix in ("payToVendor",):
        if f"{prefix}Id" in values or f"{prefix}Number" in values:
            changes |= _pay_to(books, values)
    if "currencyCode" in values or "currencyId" in values:
        changes |= currency(books, values, local=False)
    if "invoiceId" in values or "invoiceNumber" in values:
        changes |= _applied_invoice(books, values)
    changes = {k: v for k, v in changes.items() if k not in ("vendorId", "vendorNumber")}
    if not changes.get("postingDate", row["postingDate"]) or changes.get("postingDate") == NO_DATE:
        changes["postingDate"] = books.today()
    books.change(kind.entity, row, **changes)
    _shortcuts(books, kind, row, values)
    if "discountAmount" in values or "pricesIncludeTax" in values:
        from .lines import total

        total(books, kind, row)


def _pay_to(books: Books, values: Row) -> Row:
    vendor = chosen_vendor(books, values, "payToVendor")
    return {"payToVendorId": vendor["id"], "payToVendorNumber": vendor["number"],
            "payToName": vendor["displayName"]}  # fmt: skip


def _applied_invoice(books: Books, values: Row) -> Row:
    number, identity = values.get("invoiceNumber", ""), values.get("invoiceId", ZERO_GUID)
    if blank(number) and blank(identity):
        return {}
    wanted = {"id": identity} if not blank(identity) else {"number": number}
    found = books.find("purchaseInvoice", **wanted, _posted=True)
    if found is None:
        name = "invoiceNumber" if blank(identity) else "invoiceId"
        raise errors.dialog(f'The "{name}" does not match to an Invoice.')
    return {"invoiceId": found["id"], "invoiceNumber": found["number"]}


def _shortcuts(books: Books, kind: Kind, row: Row, values: Row) -> None:
    """Shortcut dimensions of the header reach the lines that exist."""
    for number in (1, 2):
        name = f"shortcutDimension{number}Code"
        if name in values:
            code = dimensions.shortcut_code(books, number)
            _check_value(books, code, values[name], number)
            for entity, target in _header_and_lines(books, kind, row):
                dims = {k: v for k, v in target["_dims"].items() if k != code}
                if values[name]:
                    dims[code] = values[name]
                dimensions.put(books, entity, target, dims)


def _header_and_lines(books: Books, kind: Kind, row: Row) -> list[tuple[str, Row]]:
    return [(kind.entity, row)] + [(kind.line, line) for line in lines_of(books, kind, row)]


def _check_value(books: Books, code: str, value: str, number: int) -> None:
    dimension = books.find("dimension", code=code) or {"id": ""}
    if value and not books.dimension_value(dimension, value):
        raise errors.invalid_relation(
            f"Shortcut Dimension {number} Code", "Purchase Header", value, "Dimension Value"
        )


def open_for_change(books: Books, kind: Kind, row: Row) -> None:
    """Refuses changes of a posted document or of one that is with the approvers."""
    if row["_posted"]:
        raise errors.dialog(f"The {kind.title} has been posted and can no longer be modified.")
    if row["_approval"] != "Open":
        raise errors.field_check(
            f"Status must be equal to 'Open' in Purchase Header: Document Type={kind.type}, "
            f"No.={row['number']}. Current value is '{row['_approval']}'."
        )


def update(books: Books, row: Row, values: Row, entity: str) -> Row:
    kind = KINDS[entity]
    open_for_change(books, kind, row)
    if "vendorId" in values or "vendorNumber" in values:
        _change_vendor(books, kind, row, values)
    _apply(books, kind, row, values)
    vendor = books.get("vendor", row["vendorId"])
    if vendor and kind.day in values and "dueDate" in row and blank(values.get("dueDate")):
        books.change(entity, row, dueDate=due_date(books, vendor, row[kind.day]))
    return row


def _change_vendor(books: Books, kind: Kind, row: Row, values: Row) -> None:
    vendor = chosen_vendor(books, values)
    if vendor["id"] == row["vendorId"]:
        return
    if row["_lines"]:
        raise errors.Refused(
            "Application_CallbackNotAllowed",
            "Callback functions are not allowed: Do you want to change Buy-from Vendor No.?",
        )
    vendor_usable(vendor)
    books.change(kind.entity, row, **_vendor_fields(books, kind, vendor))
    dimensions.put(books, kind.entity, row, dimensions.vendor_defaults(books, vendor))


def delete(books: Books, row: Row, entity: str) -> None:
    """Deletes a draft with its lines; its number stays a gap."""
    kind = KINDS[entity]
    if row["_posted"]:
        before = date.fromisoformat(books.settings["document_deletion_before"])
        raise errors.dialog(
            f"You cannot delete posted purchase documents that are posted after "
            f"{before:%m/%d/%y}. \\\\The date is defined by the Allow Document Deletion Before "
            "field in the Purchases & Payables Setup window."
        )
    open_for_change(books, kind, row)
    for line in lines_of(books, kind, row):
        books.remove(kind.line, line)
    books.remove(entity, row)


def due_date(books: Books, vendor: Row, start: str) -> str:
    """The document date moved by the vendor's terms (`30D`, `CM`, `CM+1M`)."""
    terms = books.get("paymentTerm", vendor["paymentTermsId"])
    if blank(start):
        start = books.today()
    if terms is None:
        return start
    day = date.fromisoformat(start)
    for sign, count, unit in re.findall(r"([+-]?)(\d*|C)([DWM])", terms["dueDateCalculation"]):
        day = _moved(day, sign, count, unit)
    return day.isoformat()


def _moved(day: date, sign: str, count: str, unit: str) -> date:
    if count == "C":
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    steps = int(count or 1) * (-1 if sign == "-" else 1)
    if unit != "M":
        return day + timedelta(days=steps * (7 if unit == "W" else 1))
    index = day.year * 12 + day.month - 1 + steps
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
