"""Dimension set lines of documents, lines and entries; default dimensions of vendors."""

from __future__ import annotations

import hashlib

from . import errors
from .model import ZERO_GUID, Row
from .store import Books, etag
from .wire import blank

PARENTS = {
    "purchaseInvoice": "Purchase Invoice",
    "purchaseInvoiceLine": "Purchase Invoice Line",
    "purchaseCreditMemo": "Purchase Credit Memo",
    "purchaseCreditMemoLine": "Purchase Credit Memo Line",
    "purchaseOrder": "Purchase Order",
    "purchaseOrderLine": "Purchase Order Line",
    "journalLine": "Journal Line",
    "generalLedgerEntry": "General Ledger Entry",
}
Dims = dict[str, str]


def shortcut_code(books: Books, number: int) -> str:
    return str(books.setup[f"shortcutDimension{number}Code"])


def line_rows(books: Books, entity: str, parent: Row) -> list[Row]:
    """The dimension set lines of a parent, as rows."""
    dims: Dims = parent.get("_dims", {})
    return [_line_row(books, entity, parent, code, value) for code, value in sorted(dims.items())]


def _line_row(books: Books, entity: str, parent: Row, code: str, value_code: str) -> Row:
    dimension = books.find("dimension", code=code) or {}
    value = books.dimension_value(dimension, value_code) or {}
    content = f"{parent['id']}{code}{value_code}".encode()
    version = int(hashlib.sha256(content).hexdigest()[:14], 16)
    return {
        "id": dimension["id"], "code": code, "consolidationCode": "", "parentId": parent["id"],
        "parentType": PARENTS[entity], "displayName": dimension["displayName"],
        "valueId": value["id"], "valueCode": value_code, "valueConsolidationCode": "",
        "valueDisplayName": value["displayName"], "_etag": etag(version), "_parent": parent,
        "_entity": entity,
    }  # fmt: skip


def chosen_dimension(books: Books, values: Row) -> Row:
    if blank(values.get("id")) and blank(values.get("code")):
        raise errors.dialog('The "id" or "code" field must be filled in.')
    if not blank(values.get("id")):
        found = books.get("dimension", values["id"])
    else:
        found = books.find("dimension", code=values["code"])
    if found is None:
        name = "id" if not blank(values.get("id")) else "code"
        raise errors.dialog(f'The "{name}" does not match to a Dimension.')
    return found


def chosen_value(books: Books, dimension: Row, values: Row) -> Row:
    if blank(values.get("valueId")) and blank(values.get("valueCode")):
        raise errors.dialog('The "valueId" or "valueCode" field must be filled in.')
    if not blank(values.get("valueId")):
        found = books.get("dimensionValue", values["valueId"])
        if found and found["dimensionId"] == dimension["id"]:
            return found
        raise errors.dialog('The "valueId" does not match to a Dimension Value.')
    found = books.dimension_value(dimension, values["valueCode"])
    if found is None:
        raise errors.dialog('The "valueCode" does not match to a Dimension Value.')
    return found


def create(books: Books, entity: str, parent: Row, values: Row) -> Row:
    """A new line; refuses a dimension that is there already, inherited ones included."""
    if entity == "generalLedgerEntry" or parent.get("_posted"):
        raise errors.dialog(
            f"Parent with ID {parent['id']} does not exist or dimension set lines are read only "
            f"for parent type {PARENTS[entity]}."
        )
    dimension = chosen_dimension(books, values)
    value = chosen_value(books, dimension, values)
    if dimension["code"] in parent["_dims"]:
        raise errors.dialog(
            "The dimension set line already exists. Check existing dimension set lines and the "
            "default dimension set lines on the parent."
        )
    again = account_defaults_of(books, parent) if books.settings["defaults_again"] else {}
    put(books, entity, parent, {**parent["_dims"], dimension["code"]: value["code"], **again})
    return _line_row(books, entity, parent, dimension["code"], value["code"])


def account_defaults_of(books: Books, line: Row) -> Dims:
    account = books.find("account", number=line.get("lineObjectNumber"))
    return account_defaults(account) if account else {}


def update(books: Books, line: Row, values: Row) -> Row:
    if any(name in values and values[name] != line[name] for name in ("id", "code")):
        raise errors.dialog('The "id" and "code" fields cannot be modified.')
    entity, parent = line["_entity"], line["_parent"]
    _writable(entity, parent)
    dimension = books.find("dimension", code=line["code"]) or {}
    value = chosen_value(books, dimension, values)
    put(books, entity, parent, {**parent["_dims"], line["code"]: value["code"]})
    return _line_row(books, entity, parent, line["code"], value["code"])


def delete(books: Books, line: Row) -> None:
    entity, parent = line["_entity"], line["_parent"]
    _writable(entity, parent)
    left = {code: value for code, value in parent["_dims"].items() if code != line["code"]}
    put(books, entity, parent, left)


def _writable(entity: str, parent: Row) -> None:
    if entity == "generalLedgerEntry" or parent.get("_posted"):
        raise errors.dialog("Dimension set lines are read only.")


def put(books: Books, entity: str, parent: Row, dims: Dims) -> None:
    """Gives a row its dimensions; the shortcut fields of a header follow."""
    books.change(entity, parent, _dims=dims)
    for number in (1, 2):
        name = f"shortcutDimension{number}Code"
        if name in parent:
            code = dims.get(shortcut_code(books, number), "")
            books.change(entity, parent, silent=True, **{name: code})


def known(books: Books, dims: Dims) -> Dims:
    """As people type them: refuses what is no dimension, and no value of it."""
    for code, value_code in dims.items():
        dimension = books.find("dimension", code=code)
        if dimension is None:
            raise errors.invalid_relation(
                "Dimension Code", "Dimension Set Entry", code, "Dimension"
            )
        if not books.dimension_value(dimension, value_code):
            raise errors.invalid_relation(
                "Dimension Value Code", "Dimension Set Entry", value_code, "Dimension Value"
            )
    return dims


def vendor_defaults(books: Books, vendor: Row) -> Dims:
    rules = [row for row in books.rows("defaultDimension") if row["parentId"] == vendor["id"]]
    return {row["dimensionCode"]: row["dimensionValueCode"] for row in rules
            if row["dimensionValueCode"]}  # fmt: skip


def account_defaults(account: Row) -> Dims:
    return {rule["code"]: rule["value"] for rule in account.get("_rules", []) if rule["value"]}


def wrapped(books: Books, where: str, inner: errors.Refused) -> errors.Refused:
    """As codeunit 481 Check Dimensions words it, and before it the posting codeunits."""
    if books.settings["dimension_errors"] == "older":
        return errors.dialog(
            f"The dimensions used in {where} are invalid (Error: {inner.message})."
        )
    return errors.dialog(f"The dimensions used in {where} are invalid : {inner.message}")


def checked(books: Books, where: str, account: Row, dims: Dims) -> None:
    """Refuses, at posting, what the account's default dimensions or the values themselves do."""
    try:
        missing(books, account, dims)
        check_values(books, dims)
    except errors.Refused as inner:
        raise wrapped(books, where, inner) from inner


def checked_header(books: Books, where: str, vendor: Row, dims: Dims) -> None:
    try:
        check_values(books, dims)
        mandatory_for_vendor(books, vendor, dims)
    except errors.Refused as inner:
        raise wrapped(books, where, inner) from inner


def checked_journal(books: Books, where: str, account: Row, dims: Dims) -> None:
    """As codeunit 11 Gen. Jnl.-Check Line words it."""
    try:
        missing(books, account, dims)
        check_values(books, dims)
    except errors.Refused as inner:
        raise errors.dialog(
            f"A dimension used in Gen. Journal Line {where} has caused an error. {inner.message}"
        ) from inner


def missing(books: Books, account: Row, dims: Dims) -> None:
    """The rules of an account: a value is mandatory, is to be one alone, or must not be."""
    owner = f"G/L Account {account['number']}"
    for rule in account.get("_rules", []):
        code, value = rule["code"], rule["value"]
        if rule["validation"] == "Code Mandatory" and not dims.get(code):
            raise errors.dialog(
                f"Select a Dimension Value Code for the Dimension Code {code} for {owner}."
            )
        if rule["validation"] == "Same Code" and dims.get(code, "") != value:
            raise errors.dialog(
                f"Select Dimension Value Code {value} for the Dimension Code {code} for {owner}."
            )
        if rule["validation"] == "No Code" and dims.get(code):
            raise errors.dialog(f"Dimension Code {code} must not be mentioned for {owner}.")


def check_values(books: Books, dims: Dims) -> None:
    for code, value_code in dims.items():
        dimension = books.find("dimension", code=code) or {}
        value = books.dimension_value(dimension, value_code) or {}
        if value.get("_blocked"):
            raise errors.dialog(f"Dimension Value {code} - {value_code} is blocked.")
        if value.get("_type", "Standard") != "Standard":
            raise errors.dialog(
                f"Dimension Value Type must not be {value['_type']} in Dimension Value: {code} - "
                f"{value_code}."
            )


def mandatory_for_vendor(books: Books, vendor: Row, dims: Dims) -> None:
    for rule in books.rows("defaultDimension"):
        mandatory = rule["postingValidation"] == "Code Mandatory"
        if mandatory and rule["parentId"] == vendor["id"] and not dims.get(rule["dimensionCode"]):
            raise errors.dialog(
                f"Select a Dimension Value Code for the Dimension Code {rule['dimensionCode']} "
                f"for Vendor {vendor['number']}."
            )


# Default dimensions.


def create_default(books: Books, parent: Row, values: Row) -> Row:
    """A default dimension of a vendor."""
    dimension = books.get("dimension", values.get("dimensionId", ""))
    if dimension is None:
        raise errors.dialog('The "dimensionId" does not match to a Dimension.')
    if books.find("defaultDimension", parentId=parent["id"], dimensionId=dimension["id"]):
        raise errors.same_key("Default Dimension", f"Dimension Code='{dimension['code']}'")
    fields = {**values, "parentId": parent["id"], "parentType": "Vendor"}
    row = books.add("defaultDimension", {**fields, "dimensionCode": dimension["code"]})
    return update_default(books, row, values)


def update_default(books: Books, row: Row, values: Row) -> Row:
    changes = {k: v for k, v in values.items() if k in ("postingValidation", "dimensionValueId")}
    if "dimensionValueId" in changes:
        changes["dimensionValueCode"] = _default_code(books, row, changes["dimensionValueId"])
    books.change("defaultDimension", row, **changes)
    return row


def _default_code(books: Books, row: Row, value_id: str) -> str:
    if value_id == ZERO_GUID:
        return ""
    value = books.get("dimensionValue", value_id)
    if value is None or value["dimensionId"] != row["dimensionId"]:
        raise errors.dialog('The "dimensionValueId" does not match to a Dimension Value.')
    return str(value["code"])
