"""OData over the entity sets: paths, paging, etags, deep insert, expand."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.simulators.messages import Headers, Response, loads

from . import attachments, errors, lines, resources
from .model import ENTITIES, SETS, Entity, Field, Row
from .query import BARE, Expand, comparable, parse_expand, parse_filter, parse_order, parse_select
from .store import Books, etag
from .wire import show_row, show_time, take_body

_SEGMENT = re.compile(r"([\w.$]+)(?:\(([^()]*)\))?")
_ETAG = re.compile(r'\*|W/".+"')
ODATA = "application/json; odata.metadata=minimal; odata.streaming=true"
ACTION = "Microsoft.NAV."


@dataclass
class Call:
    """One operation, alone or from a batch. `path` begins behind the root."""

    verb: str
    path: str
    root: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    url: str = ""
    group: str = "v2.0"
    page: int = 20000
    route: str = ""

    def json(self) -> Any:
        if not self.body.strip():
            raise errors.bad_request("Values must be provided in the body.")
        try:
            return loads(self.body)
        except ValueError:
            raise errors.bad_request("Invalid Request Body") from None


@dataclass
class Target:
    entity: Entity
    parent: tuple[str, Row] | None = None
    row: Row | None = None
    key: str = ""
    action: str = ""
    content: bool = False


def handle(books: Books, call: Call) -> Response:
    """Runs one operation in its transaction; what refuses it becomes the answer."""
    try:
        with books.transaction():
            return _handle(books, call)
    except errors.Refused as refused:
        return errors.answer(refused.code, refused.message, refused.status)


def _handle(books: Books, call: Call) -> Response:
    segments = [segment for segment in call.path.split("/") if segment]
    if segments and segments[0].startswith("companies"):
        company_id = key_of(segments.pop(0), "companies")
        if not company_id or not segments:
            return _companies(books, call, company_id)
    else:
        company_id = call.query.get("company", "")
    known_company(books, company_id)
    target = resolve(books, segments, call)
    call.route = route_of(segments)
    _permitted(books, target.entity, call.verb)
    return _VERBS.get(call.verb, _refuse)(books, call, target)


def route_of(segments: list[str]) -> str:
    """The path without ids, for the log."""
    return "/companies({id})/" + "/".join(re.sub(r"\(.+\)", "({id})", s) for s in segments)


def key_of(segment: str, name: str) -> str:
    found = _SEGMENT.fullmatch(segment)
    if not found or found[1] != name:
        raise errors.no_segment(segment)
    return (found[2] or "").strip("'")


def known_company(books: Books, wanted: str) -> None:
    company = books.state.company
    if wanted.lower() not in (company["id"], str(company["name"]).lower()):
        raise errors.Refused(
            "Internal_CompanyNotFound", f"The company '{wanted}' could not be found.", 404
        )


def _companies(books: Books, call: Call, wanted: str) -> Response:
    if call.verb != "GET":
        raise errors.not_allowed(call.verb, "companies")
    call.route = "/companies({id})" if wanted else "/companies"
    company = books.state.company
    shown = {name: value if "At" not in name else show_time(value)
             for name, value in company.items()}  # fmt: skip
    shown["systemVersion"] = books.settings["system_version"] or shown["systemVersion"]
    context = f"{call.root}/$metadata#companies"
    if wanted:
        known_company(books, wanted)
        return reply(200, {"@odata.context": f"{context}/$entity", **shown})
    others = [{**shown, **other} for other in books.settings["other_companies"]]
    return reply(200, {"@odata.context": context, "value": [*others, shown]})


def _permitted(books: Books, entity: Entity, verb: str) -> None:
    right = {"GET": "Read", "POST": "Insert", "PATCH": "Modify", "DELETE": "Delete"}.get(verb, "")
    denied = books.settings["denied"]
    if entity.name in denied or f"{entity.name}:{right.lower()}" in denied:
        raise errors.dialog(
            "Sorry, the current permissions prevented the action. (You do not have the following "
            f"permissions on TableData {entity.label}: {right}.)"
        )


def resolve(books: Books, segments: list[str], call: Call) -> Target:
    """Walks the path: a set, a key, a part of it, at the end an action or content."""
    target: Target | None = None
    for segment in segments:
        found = _SEGMENT.fullmatch(segment)
        if not found:
            raise errors.no_segment(segment)
        name, key = found[1], found[2] or ""
        if target and name.startswith(ACTION):
            target.action = name.removeprefix(ACTION)
        elif target and name in ("attachmentContent", "$value"):
            target.content = True
        else:
            target = _step(books, target, name, key, call)
    if target is None:
        raise errors.no_segment(call.path)
    return target


def _step(books: Books, before: Target | None, name: str, key: str, call: Call) -> Target:
    if before is None:
        entity = _set(name, call.group)
        if name in books.settings["absent"]:
            raise errors.no_segment(name)
        target = Target(entity)
    else:
        part = before.entity.part(name) if before.key else None
        if part is None:
            raise errors.no_segment(name)
        target = Target(ENTITIES[part.entity], (before.entity.name, existing(before)))
    if key:
        target.key = _guid(key)
        target.row = resources.find(books, target.entity, target.parent, target.key)
    return target


def _set(name: str, group: str) -> Entity:
    finance = group == "reportsFinance" and name == "dimensionValues"
    entity = ENTITIES["financeDimensionValue"] if finance else SETS.get(name)
    if entity is None or (group == "reportsFinance" and not finance):
        raise errors.no_segment(name)
    return entity


def _guid(text: str) -> str:
    try:
        return str(uuid.UUID(text.strip("'")))
    except ValueError:
        raise errors.Refused("Application_InvalidGUID", f"Invalid GUID '{text}'.") from None


def existing(target: Target) -> Row:
    if target.row is None and target.action and target.entity.name in resources.GONE:
        raise errors.dialog(resources.GONE[target.entity.name])
    if target.row is None and target.action:
        raise errors.dialog(f"The General Journal Batch with ID {target.key} cannot be found.")
    if target.row is None:
        raise errors.no_segment(target.entity.set)
    return target.row


def reply(status: int, body: Any = None, headers: dict[str, str] | None = None) -> Response:
    fields = {"OData-Version": "4.0", **(headers or {})}
    if body is not None:
        fields["Content-Type"] = ODATA
    return Response(status, body, fields)


def _refuse(books: Books, call: Call, target: Target) -> Response:
    raise errors.not_allowed(call.verb, target.entity.set)


# GET.


def _get(books: Books, call: Call, target: Target) -> Response:
    if target.action:
        return _refuse(books, call, target)
    if target.content:
        row = existing(target)
        return Response(200, row["_content"], {"Content-Type": "application/octet-stream"})
    if target.key:
        return reply(200, _whole(books, call, target, existing(target)))
    return _list(books, call, target)


_ODD = re.compile(r"'(?:#|[^']*\()")


def _cannot_search(status: int) -> Response:
    if status == 500:
        raise errors.Refused("Unknown", "An error occurred while processing the filter.", 500)
    raise errors.bad_request("Did not expect '(' in the filter.")


def _list(books: Books, call: Call, target: Target) -> Response:
    entity, query = target.entity, call.query
    text = query.get("$filter", "")
    if books.settings["odd_filters"] and _ODD.search(text):
        return _cannot_search(books.settings["odd_filters"])
    test = parse_filter(entity, text, extended=query.get("$schemaversion") == "2.1")
    found = [row for row in resources.rows(books, entity, target.parent, text) if test(row)]
    order = parse_order(entity, query.get("$orderby", ""))
    keyed = sorted(
        ((_sort_key(order, row, at), row) for at, row in enumerate(found)), key=lambda pair: pair[0]
    )
    body: Row = {"@odata.context": _context(books, call, target)}
    if query.get("$count") == "true":
        body["@odata.count"] = len(keyed)
    size = page_size(call)
    shown, rest = _page(call, order, keyed, size)
    expand, select = _shape(call, entity)
    body["value"] = [render(books, entity, row, select, expand) for _, row in shown]
    if rest and "$top" not in query:
        body["@odata.nextLink"] = _next_link(call, order, shown[-1])
    wanted = "odata.maxpagesize" in call.headers.get("Prefer", "")
    applied = {"Preference-Applied": f"odata.maxpagesize={size}"} if wanted else {}
    return reply(200, body, applied)


def page_size(call: Call) -> int:
    found = re.search(r"odata\.maxpagesize=(\d+)", call.headers.get("Prefer", ""))
    if not found:
        return call.page
    if not 0 < int(found[1]) <= call.page:
        raise errors.Refused(
            "Application_RequestEntityTooLarge",
            f"The requested page size {found[1]} is larger than the maximum of {call.page}.", 413,
        )  # fmt: skip
    return int(found[1])


class _Backward:
    """Sorts the other way round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Backward) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Backward) and other.value == self.value


def _sort_key(order: list[tuple[Field, bool]], row: Row, at: int) -> tuple[Any, ...]:
    values = [(comparable(column, row[column.name]), down) for column, down in order]
    keys = tuple(_Backward(value) if down else value for value, down in values)
    return (*keys, row.get("_position", at))


def _page(
    call: Call, order: list[tuple[Field, bool]], keyed: list[tuple[Any, Row]], size: int
) -> tuple[list[tuple[Any, Row]], bool]:
    """The rows to show, and whether more follow."""
    token = call.query.get("$skiptoken")
    if token:
        after = _read_token(order, token)
        keyed = [pair for pair in keyed if after < pair[0]]
    try:
        skip, top = int(call.query.get("$skip", 0)), int(call.query.get("$top", len(keyed)))
    except ValueError:
        raise errors.bad_request("Invalid value for $top or $skip.") from None
    keyed = keyed[0 if token else skip :][:top]
    return keyed[:size], len(keyed) > size


def _next_link(call: Call, order: list[tuple[Field, bool]], last: tuple[Any, Row]) -> str:
    key, row = last
    values = [str(show_time(row[c.name]) if c.kind == "t" else row[c.name]) for c, _ in order]
    token = base64.urlsafe_b64encode(json.dumps([*values, key[-1]]).encode()).decode()
    pairs = {k: v for k, v in call.query.items() if k not in ("$skiptoken", "aid", "$skip")}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs.items())
    return f"{call.url}?{query}{'&' if query else ''}aid=FIN&$skiptoken={token}"


def _read_token(order: list[tuple[Field, bool]], token: str) -> tuple[Any, ...]:
    try:
        *values, position = json.loads(base64.urlsafe_b64decode(token))
        parsed = [BARE.get(column.kind, str)(value)
                  for (column, _), value in zip(order, values, strict=True)]  # fmt: skip
    except (ValueError, TypeError):
        raise errors.Refused(
            "SkipTokenIsNoLongerValid", "The skip token is no longer valid."
        ) from None
    keys = [_Backward(v) if down else v for v, (_, down) in zip(parsed, order, strict=True)]
    return (*keys, position)


def _shape(call: Call, entity: Entity) -> tuple[Expand, list[str]]:
    expand = parse_expand(call.query.get("$expand", ""))
    return expand, parse_select(entity, call.query.get("$select", ""))


def _context(books: Books, call: Call, target: Target) -> str:
    path = f"companies({books.company_id})/"
    if target.parent:
        owner = ENTITIES[target.parent[0]]
        path += f"{owner.set}({target.parent[1]['id']})/"
    return f"{call.root}/$metadata#{path}{target.entity.set}"


_OF_POSTED_LINES = ("amountExcludingTax", "amountIncludingTax", "totalTaxAmount")
_TOTALS = ("totalAmountExcludingTax", "totalTaxAmount", "totalAmountIncludingTax")


def _blank(books: Books, entity: Entity, row: Row) -> tuple[str, ...]:
    """Lines of a posted invoice tell their net amounts alone (the sample answer under
    dynamics_purchaseinvoiceline); a header may tell 0 (ALAppExtensions #23240)."""
    if entity.name == "purchaseInvoiceLine":
        return _OF_POSTED_LINES if lines.owner(books, row, entity.name)["_posted"] else ()
    if entity.name == "purchaseInvoice" and books.settings["zero_totals"]:
        books.settings["zero_totals"] -= 1
        return _TOTALS
    return ()


def render(books: Books, entity: Entity, row: Row, select: list[str], expand: Expand) -> Row:
    """The JSON object of a row with the parts that were asked for."""
    shown = show_row(entity, row, select, escaped=books.settings["enums"] == "escaped")
    if "taxType" in shown and books.settings["vat"]:
        shown["taxType"] = "VAT"
    shown |= {name: 0 for name in _blank(books, entity, row) if name in shown}
    for name, child in expand.parts.items():
        part = entity.part(name)
        if part is None:
            raise errors.bad_request(
                f"Could not find a property named '{name}' on type 'Microsoft.NAV.{entity.name}'."
            )
        inner = ENTITIES[part.entity]
        found = resources.inside(books, part.entity, (entity.name, row))
        shown[name] = [render(books, inner, each, child.select, child) for each in found]
    return shown


def _whole(books: Books, call: Call, target: Target, row: Row) -> Row:
    expand, select = _shape(call, target.entity)
    context = {"@odata.context": f"{_context(books, call, target)}/$entity"}
    return {**context, **render(books, target.entity, row, select, expand)}


# Writes.


def _post(books: Books, call: Call, target: Target) -> Response:
    if target.action:
        return _act(books, call, target)
    if target.key or not resources.allowed(target.entity, "POST"):
        return _refuse(books, call, target)
    row = insert(books, target.entity, target.parent, call.json())
    location = f"{call.root}/companies({books.company_id})/{target.entity.set}({row['id']})"
    if _minimal(call):
        return reply(204, None, {"Location": location})
    return reply(201, _whole(books, call, target, row), {"Location": location})


def insert(books: Books, entity: Entity, parent: tuple[str, Row] | None, body: Any) -> Row:
    """The row, then its parts in page order, whatever the order of the body."""
    values, parts = take_body(entity, body, creating=True)
    row = resources.create(books, entity, parent, values)
    for part in entity.parts:
        for inner in parts.get(part.name, []):
            insert(books, ENTITIES[part.entity], (entity.name, row), inner)
    return row


def _minimal(call: Call) -> bool:
    prefer = call.headers.get("Prefer", "")
    return "return=minimal" in prefer or "return-no-content" in prefer


def _act(books: Books, call: Call, target: Target) -> Response:
    row = existing(target)
    _match(call, row, needed=False)
    resources.act(books, target.entity, row, target.action)
    return reply(204)


def _match(call: Call, row: Row, *, needed: bool) -> None:
    """If-Match: needed for PATCH, compared elsewhere when it is sent."""
    sent = call.headers.get("If-Match", "")
    if not sent and not needed:
        return
    if not _ETAG.fullmatch(sent):
        raise errors.no_etag()
    if sent != "*" and sent != (row.get("_etag") or etag(row["_version"])):
        raise errors.changed()


def _patch(books: Books, call: Call, target: Target) -> Response:
    if not target.key or target.action or not resources.allowed(target.entity, "PATCH"):
        return _refuse(books, call, target)
    row = existing(target)
    _match(call, row, needed=True)
    if target.content:
        attachments.put_content(books, row, call.body)
        return reply(204)
    values, _ = take_body(target.entity, call.json(), creating=False)
    row = resources.update(books, target.entity, row, values)
    return reply(204) if _minimal(call) else reply(200, _whole(books, call, target, row))


def _delete(books: Books, call: Call, target: Target) -> Response:
    if not target.key or target.action or not resources.allowed(target.entity, "DELETE"):
        return _refuse(books, call, target)
    row = existing(target)
    _match(call, row, needed=False)
    resources.delete(books, target.entity, row)
    return reply(204)


_VERBS = {"GET": _get, "POST": _post, "PATCH": _patch, "DELETE": _delete}
