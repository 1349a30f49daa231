"""Which function creates, changes, deletes or runs what, by entity."""

from __future__ import annotations

from collections.abc import Callable

from . import (
    attachments,
    correcting,
    dimensions,
    documents,
    errors,
    journals,
    lines,
    posting,
    vendors,
)
from .model import ENTITIES, LINE_OWNERS, Entity, Row
from .query import fixed_value
from .store import Books
from .wire import blank

Parent = tuple[str, Row] | None
CODED = ("currency", "paymentTerm", "paymentMethod", "taxGroup", "project")
NO_PARENT = {
    "dimensionSetLine": "You must get to the parent first to get to the dimension set line.",
    "defaultDimension": "You must get to the parent first to get to the default dimensions.",
    "journalLine": "You must specify a journal batch ID or a journal ID to get a journal line.",
    **dict.fromkeys(LINE_OWNERS, "You must specify an Id or a Document Id to get the lines."),
}
GONE = {
    "purchaseInvoice": "The invoice cannot be found.",
    "purchaseCreditMemo": "The credit memo cannot be found.",
    "purchaseOrder": "The order cannot be found.",
}


def create(books: Books, entity: Entity, parent: Parent, values: Row) -> Row:
    """A new row of an entity set, reached through its parent or flat."""
    name = entity.name
    if name == "vendor":
        return vendors.create(books, values)
    if name in CODED:
        return vendors.create_coded(books, name, values)
    if name in documents.KINDS:
        return documents.create(books, name, values)
    if name == "journal":
        return journals.create(books, values)
    if name == "documentAttachment":
        return attachments.create(books, parent, values)
    owner = parent or _owner(books, name, values)
    return _create_inside(books, name, owner, values)


def _create_inside(books: Books, name: str, owner: tuple[str, Row], values: Row) -> Row:
    owner_name, row = owner
    if name in LINE_OWNERS:
        return lines.create(books, name, row, values)
    if name == "journalLine":
        return journals.create_line(books, row, values)
    if name == "defaultDimension":
        return dimensions.create_default(books, row, values)
    line = dimensions.create(books, owner_name, row, values)
    if owner_name in LINE_OWNERS:
        books.touch(LINE_OWNERS[owner_name], lines.owner(books, row, owner_name))
    return line


def _owner(books: Books, name: str, values: Row) -> tuple[str, Row]:
    """The parent that the body of a flat POST names."""
    keys = {
        "journalLine": ("journalId", "journal"),
        "defaultDimension": ("parentId", "vendor"),
        **{line: ("documentId", of) for line, of in LINE_OWNERS.items()},
    }
    key, owner = keys.get(name, ("", ""))
    found = books.get(owner, values.get(key, "")) if key else None
    if found is None:
        text = NO_PARENT[name].replace("to get to the dim", "to create a dim")
        raise errors.dialog(text)
    return owner, found


def update(books: Books, entity: Entity, row: Row, values: Row) -> Row:
    name = entity.name
    changers: dict[str, Callable[[], Row]] = {
        "vendor": lambda: vendors.update(books, row, values),
        "journal": lambda: journals.update(books, row, values),
        "journalLine": lambda: journals.update_line(books, row, values),
        "defaultDimension": lambda: dimensions.update_default(books, row, values),
        "dimensionSetLine": lambda: _update_dimension(books, row, values),
        "companyInformation": lambda: _plain(books, name, row, values),
        "documentAttachment": lambda: attachments.update(books, row, values),
    }
    if name in documents.KINDS:
        return documents.update(books, row, values, name)
    if name in LINE_OWNERS:
        return lines.update(books, row, values, name)
    if name in CODED:
        return vendors.update_coded(books, name, row, values)
    return changers[name]()


def _plain(books: Books, name: str, row: Row, values: Row) -> Row:
    books.change(name, row, **values)
    return row


def _touch_header(books: Books, line: Row) -> None:
    owner = line["_entity"]
    if owner in LINE_OWNERS:
        books.touch(LINE_OWNERS[owner], lines.owner(books, line["_parent"], owner))


def _update_dimension(books: Books, row: Row, values: Row) -> Row:
    line = dimensions.update(books, row, values)
    _touch_header(books, line)
    return line


def delete(books: Books, entity: Entity, row: Row) -> None:
    name = entity.name
    if name in documents.KINDS:
        documents.delete(books, row, name)
    elif name in LINE_OWNERS:
        lines.delete(books, row, name)
    elif name == "vendor":
        vendors.delete(books, row)
    elif name == "journal":
        journals.delete(books, row)
    elif name == "journalLine":
        journals.delete_line(books, row)
    elif name == "dimensionSetLine":
        dimensions.delete(books, row)
        _touch_header(books, row)
    else:
        books.remove(name, row)


def act(books: Books, entity: Entity, row: Row, action: str) -> None:
    """A bound action; its name is matched without regard to case."""
    actions: dict[tuple[str, str], Callable[[], object]] = {
        ("purchaseInvoice", "post"): lambda: posting.post(books, row, entity.name),
        ("purchaseCreditMemo", "post"): lambda: posting.post(books, row, entity.name),
        ("purchaseCreditMemo", "cancel"): lambda: correcting.cancel_memo(books, row),
        ("purchaseOrder", "receiveandinvoice"): lambda: posting.receive_and_invoice(books, row),
        ("journal", "post"): lambda: journals.post(books, row),
    }
    run = actions.get((entity.name, action.lower()))
    if run is None:
        raise errors.no_segment(f"Microsoft.NAV.{action}")
    run()


def rows(books: Books, entity: Entity, parent: Parent, filter_text: str) -> list[Row]:
    """The rows of a set, before `$filter`. Line sets refuse without their parent."""
    name = entity.name
    parent = parent or _filtered_parent(books, name, filter_text)
    if name in NO_PARENT and parent is None:
        number = fixed_value(filter_text, "id")
        found = books.get(name, number.lower()) if number else None
        if found is None:
            raise errors.dialog(NO_PARENT[name])
        return [found]
    if name == "financeDimensionValue":
        return _finance_values(books)
    if name == "journal" and "templateDisplayName" not in filter_text:
        return [row for row in books.rows(name) if row["templateDisplayName"] == journals.GENERAL]
    return books.rows(name) if parent is None else inside(books, name, parent)


def inside(books: Books, name: str, parent: tuple[str, Row]) -> list[Row]:
    """The rows of a part of a parent."""
    owner, row = parent
    if name == "dimensionSetLine":
        return dimensions.line_rows(books, owner, row)
    if name in LINE_OWNERS:
        return documents.lines_of(books, documents.KINDS[owner], row)
    if name == "journalLine":
        return journals.lines_of(books, row)
    key = "dimensionId" if name == "dimensionValue" else "parentId"
    return [each for each in books.rows(name) if each[key] == row["id"]]


def _filtered_parent(books: Books, name: str, text: str) -> Parent:
    """The parent that a filter of a flat line set names."""
    key = {"journalLine": "journalId", "dimensionSetLine": "parentId",
           "defaultDimension": "parentId"}.get(name, "documentId")  # fmt: skip
    number = fixed_value(text, key).lower() if name in NO_PARENT else ""
    if blank(number):
        return None
    owners = {"journalLine": ["journal"], "defaultDimension": ["vendor"],
              "dimensionSetLine": list(dimensions.PARENTS)}  # fmt: skip
    for owner in owners.get(name) or [LINE_OWNERS[name]]:
        found = books.get(owner, number)
        if found is not None:
            return owner, found
    return None


def _finance_values(books: Books) -> list[Row]:
    shown = []
    for number, value in enumerate(books.rows("dimensionValue"), 1):
        dimension = books.get("dimension", value["dimensionId"]) or {}
        shortcuts = [books.setup["shortcutDimension1Code"], books.setup["shortcutDimension2Code"]]
        code = dimension["code"]
        shown.append({
            "id": value["id"], "dimensionCode": code, "dimensionValueCode": value["code"],
            "dimensionValueName": value["displayName"], "dimensionValueId": number,
            "dimensionValueType": value.get("_type", "Standard"),
            "blocked": value.get("_blocked", False), "indentation": 0,
            "globalDimensionNumber": shortcuts.index(code) + 1 if code in shortcuts else 0,
            "lastModifiedDateTime": value["lastModifiedDateTime"],
            "_version": value["_version"], "_position": value["_position"],
        })  # fmt: skip
    return shown


def find(books: Books, entity: Entity, parent: Parent, number: str) -> Row | None:
    """One row by its id; of a part only when it belongs to the parent."""
    if entity.name in ("dimensionSetLine", "financeDimensionValue") or parent is not None:
        found = rows(books, entity, parent, "")
        return next((row for row in found if row["id"] == number), None)
    return books.get(entity.name, number)


def allowed(entity: Entity, verb: str) -> bool:
    return {"POST": "I", "PATCH": "M", "DELETE": "D"}.get(verb, "") in entity.allowed


__all__ = ["ENTITIES", "GONE", "act", "allowed", "create", "delete", "find", "rows", "update"]
