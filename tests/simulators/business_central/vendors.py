"""Vendors, and the small tables with a code: currencies, terms, methods, tax groups, projects."""

from __future__ import annotations

from . import errors
from .model import ENTITIES, ZERO_GUID, Row
from .store import Books
from .wire import blank

LABELS = {"vendor": "No.", "project": "No."}


def create(books: Books, values: Row) -> Row:
    """A vendor. Posting groups come from the API Setup rule, if the company has one."""
    number = values.get("number") or ""
    if number and not books.settings["manual_vendor_numbers"]:
        raise errors.dialog(
            "You may not enter numbers manually. If you want to enter numbers manually, please "
            "activate Manual Nos. in No. Series VEND."
        )
    number = number or f"V{books.next_number('vendor', 90001)}"
    _free(books, "vendor", "number", number)
    fields = {**values, "number": number, **currency(books, values)}
    fields["_groups"] = bool(books.settings["vendor_posting_groups"])
    return books.add("vendor", fields)


def currency(books: Books, values: Row, *, local: bool = True) -> Row:
    """Both currency fields from whichever was given; the local one is kept blank by id."""
    code, number = values.get("currencyCode", ""), values.get("currencyId", ZERO_GUID)
    if blank(code) and blank(number):
        return {"currencyCode": books.local_currency, "currencyId": ZERO_GUID} if local else {}
    if not blank(number):
        found = books.get("currency", number)
        if found is None:
            raise errors.dialog('The "currencyId" does not match to a Currency.')
        if code and code != found["code"]:
            raise errors.dialog('The "currencyCode" does not match to a Currency.')
        return {"currencyCode": found["code"], "currencyId": number}
    if code != books.local_currency and not books.find("currency", code=code):
        raise errors.dialog('The "currencyCode" does not match to a Currency.')
    return {"currencyCode": code, "currencyId": books.currency_id(code)}


def update(books: Books, row: Row, values: Row) -> Row:
    """Changes a vendor; a new number renames it everywhere."""
    if values.get("number", row["number"]) != row["number"]:
        _rename(books, row, values["number"])
    if "currencyCode" in values or "currencyId" in values:
        values = {**values, **currency(books, values)}
    books.change("vendor", row, **values)
    return row


def _rename(books: Books, row: Row, number: str) -> None:
    if not number:
        raise errors.field_check(f"No. must have a value in Vendor: No.={row['number']}.")
    _free(books, "vendor", "number", number)
    for name in ("purchaseInvoice", "purchaseCreditMemo", "purchaseOrder"):
        for document in books.rows(name):
            for prefix in ("vendor", "payToVendor"):
                if document[f"{prefix}Id"] == row["id"]:
                    books.change(name, document, silent=True, **{f"{prefix}Number": number})


def delete(books: Books, row: Row) -> None:
    name = f"Vendor {row['number']}"
    if books.find("_vendorEntry", vendorId=row["id"]):
        raise errors.dialog(
            f"You cannot delete {name} because there are one or more ledger entries."
        )
    for document in ("purchaseInvoice", "purchaseCreditMemo", "purchaseOrder"):
        if books.find(document, vendorId=row["id"]):
            raise errors.dialog(
                f"You cannot delete {name} because there is at least one outstanding Purchase "
                "document for this vendor."
            )
    books.remove("vendor", row)


def _free(books: Books, entity: str, key: str, value: str) -> None:
    if books.find(entity, **{key: value}):
        label = "No." if key == "number" else "Code"
        raise errors.same_key(ENTITIES[entity].label, f"{label}='{value}'")


def key_of(entity: str) -> str:
    return "number" if "number" in ENTITIES[entity].fields else "code"


def create_coded(books: Books, entity: str, values: Row) -> Row:
    """A row of a small table; the code (or number) is its key."""
    key = key_of(entity)
    if blank(values.get(key)):
        raise errors.Refused(
            "BadRequest_RequiredParamNotProvided", f"Field '{key}' must not be blank or empty."
        )
    _free(books, entity, key, values[key])
    return books.add(entity, values)


def update_coded(books: Books, entity: str, row: Row, values: Row) -> Row:
    key = key_of(entity)
    if values.get(key, row[key]) != row[key]:
        _free(books, entity, key, values[key])
    books.change(entity, row, **values)
    return row
