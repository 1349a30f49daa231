"""Files attached to documents: a record first, then its bytes."""

from __future__ import annotations

from . import errors
from .model import Row
from .store import Books
from .wire import blank

TABLES = {
    "Purchase Invoice": "purchaseInvoice", "Purchase Credit Memo": "purchaseCreditMemo",
    "Purchase Order": "purchaseOrder", "Vendor": "vendor", "Job": "project",
}  # fmt: skip


def create(books: Books, parent: tuple[str, Row] | None, values: Row) -> Row:
    if parent is not None:
        kinds = {table: kind for kind, table in TABLES.items()}
        values = {**values, "parentId": parent[1]["id"], "parentType": kinds[parent[0]]}
    table = TABLES.get(values.get("parentType", " "))
    if table is None or not books.get(table, values.get("parentId", "")):
        raise errors.dialog("The parent of the attachment cannot be found.")
    if blank(values.get("fileName")):
        raise errors.Refused(
            "BadRequest_RequiredParamNotProvided", "Field 'fileName' must not be blank or empty."
        )
    return books.add("documentAttachment", {**values, "_content": b""})


def update(books: Books, row: Row, values: Row) -> Row:
    books.change("documentAttachment", row, **values)
    return row


def put_content(books: Books, row: Row, content: bytes) -> None:
    books.change("documentAttachment", row, _content=content, byteSize=len(content))
