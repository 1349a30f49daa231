"""GET: lists with their options and paging, single rows, counts."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from tests.simulators.messages import Response

from . import dimensions, errors, wire
from .addresses import Call, Target, in_reach, one_row
from .grammar import Parser
from .model import ENTITIES, Entity, Field, Row
from .store import Books, etag

OPTIONS = {"$filter", "$select", "$orderby", "$top", "$skip", "$count", "$expand", "$skiptoken",
           "cross-company", "$format"}  # fmt: skip
JSON = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"


def reply(status: int, body: Any = None, headers: dict[str, str] | None = None) -> Response:
    fields = {"OData-Version": "4.0", **(headers or {})}
    if body is not None:
        fields.setdefault("Content-Type", JSON)
    return Response(status, body, fields)


def value_of(books: Books, entity: Entity, column: Field, row: Row) -> Any:
    """A stored value as readers see it."""
    if column.name in dimensions.STRINGS.get(entity.set, {}):
        return dimensions.shown(books, entity.set, column.name, row)
    return wire.show(column, row.get(column.name, column.blank))


def render(books: Books, entity: Entity, row: Row, select: list[str] | None = None) -> Row:
    names = select or list(entity.fields)
    shown = {name: value_of(books, entity, entity.fields[name], row) for name in names}
    return {"@odata.etag": etag(row), **shown}


def get(books: Books, call: Call, target: Target) -> Response:
    entity = target.entity
    unknown = {name for name in call.query if name.startswith("$")} - OPTIONS
    if unknown:
        raise errors.bad_query(f"The query parameter '{min(unknown)}' is not supported.")
    if target.keyed:
        return _one(books, call, target)
    if target.behind not in ("", "$count"):
        raise errors.no_resource(call.url)
    found = _matching(books, call, entity)
    if target.behind == "$count":
        return reply(200, str(len(found)), {"Content-Type": "text/plain"})
    return _page(books, call, entity, found)


def _one(books: Books, call: Call, target: Target) -> Response:
    row = one_row(books, call, target)
    if row is None or target.behind:
        raise errors.Refused("No resource was found for the given key.",
                             int(books.settings["unknown_status"]))  # fmt: skip
    select, parts = _shape(call, target.entity)
    context = {"@odata.context": f"{call.root}/$metadata#{target.entity.set}/$entity"}
    return reply(200, {**context, **_expanded(books, target.entity, row, select, parts)})


def _matching(books: Books, call: Call, entity: Entity) -> list[Row]:
    rows = [row for row in books.rows(entity.set) if in_reach(books, call, row)]
    text = call.query.get("$filter", "").strip()
    if not text:
        return rows
    test = Parser(entity, text, books.settings,
                  lambda column, row: value_of(books, entity, column, row)).whole()  # fmt: skip
    return [row for row in rows if test(row)]


def _page(books: Books, call: Call, entity: Entity, found: list[Row]) -> Response:
    ordered = _ordered(books, call, entity, found)
    skip, top = _number(call, "$skip", 0), _number(call, "$top", len(ordered))
    size, preferred = _size(books, call)
    rest = ordered[skip:][:top]
    select, parts = _shape(call, entity)
    body: Row = {"@odata.context": f"{call.root}/$metadata#{entity.set}"}
    if call.query.get("$count", "").lower() == "true":
        body["@odata.count"] = len(ordered)
    body["value"] = [_expanded(books, entity, row, select, parts) for row in rest[:size]]
    if len(rest) > size:
        body["@odata.nextLink"] = _next(call, skip + size, top - size)
    applied = {"Preference-Applied": f"odata.maxpagesize={size}"} if preferred else {}
    return reply(200, body, applied)


def _size(books: Books, call: Call) -> tuple[int, bool]:
    """A preferred size counts downwards only."""
    most = int(books.settings["page"])
    found = re.search(r"odata\.maxpagesize=(\d+)", call.headers.get("Prefer", ""))
    if not found or not 0 < int(found[1]) <= most:
        return most, False
    return int(found[1]), True


def _next(call: Call, skip: int, top: int) -> str:
    pairs = {**call.query, "$skip": str(skip)}
    if "$top" in call.query:
        pairs["$top"] = str(top)
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs.items())
    return f"{call.root}/{call.path}?{query}"


def _number(call: Call, name: str, absent: int) -> int:
    text = call.query.get(name, "")
    if text and not text.isdigit():
        raise errors.bad_query(f"Invalid value '{text}' for {name} query option.")
    return int(text) if text else absent


def _ordered(books: Books, call: Call, entity: Entity, found: list[Row]) -> list[Row]:
    """By $orderby and then by the key, so that pages fit together."""
    order = [piece.strip() for piece in call.query.get("$orderby", "").split(",") if piece.strip()]
    found = sorted(found, key=lambda row: _keys(books, entity, row, entity.key))
    for piece in reversed(order):
        name, _, direction = piece.partition(" ")
        if name not in entity.fields or direction.strip() not in ("", "asc", "desc"):
            raise errors.no_property(name, entity.type)
        down = direction.strip() == "desc"
        found.sort(key=lambda row, name=name: _keys(books, entity, row, (name,)),  # type: ignore[misc]
                   reverse=down)  # fmt: skip
    return found


def _keys(books: Books, entity: Entity, row: Row, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(
        wire.comparable(entity.fields[name], value_of(books, entity, entity.fields[name], row))
        for name in names
    )


def _shape(call: Call, entity: Entity) -> tuple[list[str], list[str]]:
    """What is selected, and which parts are shown with it (one level)."""
    select = [name.strip() for name in call.query.get("$select", "").split(",") if name.strip()]
    for name in select:
        if name not in entity.fields and name not in entity.parts and name != "*":
            raise errors.no_property(name, entity.type)
    parts = [name.strip() for name in call.query.get("$expand", "").split(",") if name.strip()]
    for name in parts:
        if name not in entity.parts:
            raise errors.no_property(name, entity.type)
    chosen = [] if "*" in select else [name for name in select if name in entity.fields]
    return chosen, parts


def _expanded(books: Books, entity: Entity, row: Row, select: list[str], parts: list[str]) -> Row:
    shown = render(books, entity, row, select)
    for name in parts:
        inner = ENTITIES[entity.parts[name]]
        shown[name] = [render(books, inner, line) for line in lines(books, inner, row)]
    return shown


def lines(books: Books, inner: Entity, row: Row) -> list[Row]:
    """The lines of a document, by number."""
    parent = ENTITIES[inner.parent]
    found = books.rows(inner.set, **{name: row[name] for name in parent.key})
    return sorted(found, key=lambda line: line[inner.key[-1]])
