"""What nobody can do on a page to a posted document: a partner's data fix, and many copies."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from . import dimensions, documents, lines
from .documents import Kind
from .model import Row
from .purchases import Unknown
from .store import Books

OWN = ("id", "_position", "_version", "lastModifiedDateTime", "_lines")


def posted_of(books: Books, data: dict[str, Any]) -> tuple[str, Row]:
    """By `id` or `number`."""
    for name in documents.KINDS:
        wanted = {"number": data["number"]} if "number" in data else {"id": data["id"]}
        if row := books.find(name, **wanted):
            return name, row
    raise Unknown("no such document")


def mend(books: Books, data: dict[str, Any]) -> None:
    """Body: the document, and any of cost (of the first line), dimensions {code: value}, delete
    (true, with its entries, or "document": the entries stay, as when a posted document is deleted
    on its page); silent (true): the stamp of the document does not move."""
    name, row = posted_of(books, data)
    kind, before = documents.KINDS[name], row["lastModifiedDateTime"]
    if data.get("delete"):
        _delete(books, name, row, data["delete"] is True)
        return
    mine = documents.lines_of(books, kind, row)
    if "cost" in data:
        cost: Row = {kind.cost: Decimal(str(data["cost"]))}
        books.change(kind.line, mine[0], **cost)
        lines.total(books, kind, row)
    for line in mine if "dimensions" in data else []:
        dimensions.put(books, kind.line, line, {**line["_dims"], **data["dimensions"]})
    books.touch(name, row)
    if data.get("silent"):
        books.change(name, row, silent=True, lastModifiedDateTime=before)


def _delete(books: Books, name: str, row: Row, with_entries: bool) -> None:
    books.remove(name, row)
    for entry in books.rows("generalLedgerEntry") if with_entries else []:
        if entry["_document"] == row["id"]:
            books.remove("generalLedgerEntry", entry)


def copies(books: Books, data: dict[str, Any]) -> Row:
    """Body: id, count, prefix, days: so many more documents like it, each under a number of its own
    and posted on one of these days in turn. The answer has id, stamp and day of each."""
    name, row = posted_of(books, data)
    kind, days = documents.KINDS[name], data.get("days") or [row["postingDate"]]
    made = [
        copied(books, name, kind, row | {"postingDate": days[n % len(days)]},
               f"{data['prefix']}{n:06}")
        for n in range(int(data["count"]))
    ]  # fmt: skip
    return {"made": [[one["id"], one["lastModifiedDateTime"].isoformat(), one["postingDate"]]
                     for one in made]}  # fmt: skip


def copied(books: Books, name: str, kind: Kind, row: Row, number: str) -> Row:
    header = books.add(name, bare(row) | {"number": number, kind.external: number, "_lines": []})
    for line in documents.lines_of(books, kind, row):
        twin = books.add(kind.line, bare(line) | {"documentId": header["id"]})
        header["_lines"].append(twin["id"])
    return header


def bare(row: Row) -> Row:
    return copy.deepcopy({field: value for field, value in row.items() if field not in OWN})


BY_HAND: dict[str, Callable[[Books, dict[str, Any]], Row | None]] = {
    run.__name__: run for run in (mend, copies)
}
