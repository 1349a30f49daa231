"""POST, PATCH and DELETE: clear, set, check each field, defaults, check the row, write."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.simulators.messages import Response

from ..messages import units
from . import dimensions, errors, reading, wire
from .addresses import Call, Target, key_text, one_row
from .errors import business
from .model import ENTITIES, Entity, Field, Relation, Row
from .store import Books, etag, key_of

Hook = Callable[[Books, Row, Row], None]  # books, the row as it will be, what was sent


def _nothing(books: Books, row: Row, sent: Row) -> None:
    """No rule."""


@dataclass(frozen=True)
class Rules:
    """Business logic of a set. Hooks change the row they get, or raise."""

    defaults: Hook = _nothing  # a new row: number sequences and defaults
    check: Hook = _nothing  # a new or changed row
    guard: Hook = _nothing  # whether the old row may be changed: (books, old row, sent)
    remove: Callable[[Books, Row], None] = lambda books, row: None
    after: Callable[[Books, Row], None] = lambda books, row: None  # written or removed


RULES: dict[str, Rules] = {}


def rules(set_name: str) -> Rules:
    return RULES.get(set_name, Rules())


# Fields.


def taken(books: Books, entity: Entity, body: Row, *, creating: bool) -> Row:
    """The values of a body; raises Refused for what is unknown, calculated or too long."""
    values = {}
    for name, given in body.items():
        if "@" in name:
            continue
        column = entity.fields.get(name)
        if column is None:
            raise errors.no_member(name, entity.type)
        if column.calculated or (column.once and not creating):
            raise business("no_edit", field=name)
        value = wire.take(column, given, int(books.settings["time_zone_hours"]))
        values[name] = _fitting(books, column, value)
    return values


def _fitting(books: Books, column: Field, value: Any) -> Any:
    length = column.length
    if column.name == "InvoiceNumber":
        length = int(books.settings["invoice_number_length"])
    if column.kind != "s" or not length or units(value) <= length:
        return value
    if books.settings["overlong"] == "cut":
        return value[:length]
    raise business("too_long", field=column.name, length=length)


def related(books: Books, entity: Entity, row: Row, names: set[str]) -> None:
    """Codes must exist, in the row's own company where the other table has one."""
    for name, relation in entity.relations.items():
        if name in names and row[name] and not _exists(books, relation, row, row[name]):
            raise business("related", value=row[name], field=name, related=relation.label)


def _exists(books: Books, relation: Relation, row: Row, value: Any) -> bool:
    scope = {}
    if ENTITIES[relation.table].by_company:
        scope["dataAreaId"] = row["dataAreaId"]
    found = books.find(relation.table, **{relation.column: value}, **scope)
    return found is not None


def mandatory(entity: Entity, row: Row) -> None:
    for column in entity.fields.values():
        if column.required and row[column.name] == column.blank:
            raise business("mandatory", field=column.name)


# Verbs.


def insert(books: Books, entity: Entity, body: Row) -> Row:
    """A new row, with its defaults. Raises Refused."""
    sent = taken(books, entity, body, creating=True)
    row: Row = {column.name: column.blank for column in entity.fields.values()} | sent
    _own_company(books, entity, row)
    given = set(sent)
    related(books, entity, row, given)
    rules(entity.set).defaults(books, row, sent)
    mandatory(entity, row)
    related(books, entity, row, set(entity.relations) - given)
    dimensions.settle(books, entity.set, row, row)
    rules(entity.set).check(books, row, sent)
    if books.get(entity.set, *key_of(entity, row)) is not None:
        raise _double(entity, row)
    added = books.add(entity.set, row)
    rules(entity.set).after(books, added)
    return added


def _own_company(books: Books, entity: Entity, row: Row) -> None:
    if not entity.by_company:
        return
    company = str(row["dataAreaId"] or books.settings["default_company"]).lower()
    if company not in books.settings["companies"]:
        raise business("related", value=row["dataAreaId"], field="Company", related="Companies")
    row["dataAreaId"] = company


def _double(entity: Entity, row: Row) -> errors.Refused:
    fields = ", ".join(f"{name}: {wire.show(entity.fields[name], row[name])}"
                       for name in entity.key)  # fmt: skip
    return business("exists", label=entity.label, table=entity.source, fields=fields)


def update(books: Books, entity: Entity, row: Row, body: Row) -> None:
    sent = taken(books, entity, body, creating=False)
    rules(entity.set).guard(books, row, sent)
    new: Row = {**row, "_dims": copy.deepcopy(row.get("_dims", {})), **sent}
    related(books, entity, new, set(sent))
    mandatory(entity, new)
    dimensions.settle(books, entity.set, new, sent)
    rules(entity.set).check(books, new, sent)
    books.change(row, **new)
    rules(entity.set).after(books, row)


def delete(books: Books, entity: Entity, row: Row) -> None:
    rules(entity.set).guard(books, row, {})
    rules(entity.set).remove(books, row)
    books.remove(entity.set, row)
    rules(entity.set).after(books, row)


def post(books: Books, call: Call, target: Target) -> Response:
    if target.keyed or target.behind:
        return act(books, call, target)
    row = insert(books, target.entity, call.json())
    entity = target.entity
    location = f"{call.root}/{entity.set}({key_text(entity, row)})"
    context = {"@odata.context": f"{call.root}/$metadata#{entity.set}/$entity"}
    body = {**context, **reading.render(books, entity, row)}
    return reading.reply(201, body, {"Location": location})


ACTIONS: dict[str, Callable[[Books, Row], None]] = {}


def act(books: Books, call: Call, target: Target) -> Response:
    """The bound action that a site may have: its name is a setting."""
    name = target.behind.rpartition(".")[2]
    wanted = books.settings["confirm_action"]
    if not wanted or name != wanted or target.entity.set != "PurchaseOrderHeadersV2":
        raise errors.no_resource(call.url)
    row = one_row(books, call, target)
    if row is None:
        raise errors.nothing_to_update()
    ACTIONS["confirm"](books, row)
    return reading.reply(204)


def existing(books: Books, call: Call, target: Target) -> Row:
    """The row to change, in the state that the client knows."""
    row = one_row(books, call, target)
    if row is None:
        raise errors.nothing_to_update()
    wanted = call.headers.get("If-Match", "")
    if wanted and wanted not in ("*", etag(row)):
        raise errors.Refused("The record was changed by another user.", 412)
    return row


def patch(books: Books, call: Call, target: Target) -> Response:
    update(books, target.entity, existing(books, call, target), call.json())
    return reading.reply(204)


def drop(books: Books, call: Call, target: Target) -> Response:
    delete(books, target.entity, existing(books, call, target))
    return reading.reply(204)
