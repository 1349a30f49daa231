"""GET: one record, a set, `$count`, the lines of a header; filters, order, server pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from tests.simulators.business_central import errors, query
from tests.simulators.business_central.model import Field, Row
from tests.simulators.business_central.wire import code_text, unescape

from .site import Service, Site
from .views import rows, show, view

_PIECE = re.compile(r"\s*(?:(\w+)\s*=\s*)?('(?:[^']|'')*'|[^,']*)\s*(?:,|$)")
OPTIONS = {
    "$filter", "$select", "$top", "$skip", "$orderby", "$expand", "$count", "$format",
    "$skiptoken", "$schemaversion", "company", "tenant",
}  # fmt: skip


class Filter(query._Parser):
    """Codes are upper case whatever is asked; blank options go by either spelling."""

    def literal(self, column: Field, token: str) -> Any:
        found = super().literal(column, token)
        return code_text(found) if column.kind == "c" else found


def wanted(service: Service, text: str) -> query.Test:
    """The test of `$filter`. OR over different fields is refused."""
    if not text.strip():
        return lambda row: True
    return Filter(service.entity, text, extended=False).whole()


def key_values(service: Service, text: str) -> Row:
    """`'Invoice','1001'` or `Document_Type='Invoice',No='1001'` as values of the key."""
    names, found = list(service.page.keys), {}
    pieces = [one for one in _PIECE.findall(text) if one[1]]
    for index, (name, literal) in enumerate(pieces):
        if not name and index >= len(names):
            raise errors.bad_request(f"The key '{text}' has too many values.")
        found[name or names[index]] = literal
    if set(found) != set(names):
        raise errors.bad_request(
            f"The number of keys specified in the URI does not match number of key properties for "
            f"the resource 'NAV.{service.name}'."
        )
    return {name: _literal(service.columns[name].field, one) for name, one in found.items()}


def _literal(field: Field, text: str) -> Any:
    plain = unescape(text[1:-1].replace("''", "'")) if text.startswith("'") else text
    if field.kind == "i" and re.fullmatch(r"-?\d+", plain):
        return int(plain)
    if (field.kind == "i") is text.startswith("'"):
        raise errors.bad_request(f"The key value {text} has another type than '{field.name}'.")
    return code_text(plain) if field.kind == "c" else (plain or field.blank)


def find(site: Site, service: Service, key: Row) -> Row | None:
    """The row of the store behind a key."""
    for row in rows(site, service.page):
        seen = view(site, service, row)
        if all(seen[name] == value for name, value in key.items()):
            return row
    return None


def missing(service: Service, key: Row) -> errors.Refused:
    said = ",".join(f"{name.replace('_', ' ')}='{value}'" for name, value in key.items())
    return errors.Refused(
        "Internal_RecordNotFound",
        f"The {service.page.title} does not exist. Identification fields and values: {said}", 404,
    )  # fmt: skip


def one(site: Site, service: Service, key: Row) -> Row:
    row = find(site, service, key)
    if row is None:
        raise missing(service, key)
    return row


def record(site: Site, service: Service, row: Row, options: Mapping[str, str]) -> Row:
    """One record with what `$select` and `$expand` ask for."""
    seen = view(site, service, row)
    shown = show(site, service, seen, _select(service, options))
    if _expanded(service, options):
        shown[service.part] = lines(site, service, row)
    return shown


def _select(service: Service, options: Mapping[str, str]) -> list[str]:
    names = [name.strip() for name in options.get("$select", "").split(",")]
    own = [name for name in names if name and name != service.part]
    return query.parse_select(service.entity, ",".join(own))


def _expanded(service: Service, options: Mapping[str, str]) -> bool:
    names = list(query.parse_expand(options.get("$expand", "")).parts)
    for name in names:
        if name != service.part and not name.endswith("_Link"):
            raise errors.bad_request(
                f"Could not find a property named '{name}' on type 'NAV.{service.name}'."
            )
    return service.part in names


def lines(site: Site, service: Service, header: Row) -> list[Row]:
    """The part of a header."""
    part = site.services()[service.part]
    found = [row for row in rows(site, part.page) if row["documentId"] == header["id"]]
    found.sort(key=lambda row: int(row["sequence"]))
    return [show(site, part, view(site, part, row), []) for row in found]


def check_options(options: Iterable[str]) -> None:
    for name in options:
        if name.startswith("$") and name not in OPTIONS:
            raise errors.bad_request(f"The query parameter '{name}' is not supported.")


def number(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name, "")
    if not text:
        return None
    if not text.isdigit():
        raise errors.bad_request(f"Invalid value '{text}' for {name}.")
    return int(text)


def in_order(service: Service, text: str) -> Callable[[Row], tuple[Any, ...]]:
    """What to sort by; descending numbers and texts turn round through `Reversed`."""
    order = query.parse_order(service.entity, text)
    keys = [service.columns[name].field for name in service.page.keys]

    def sort_key(seen: Row) -> tuple[Any, ...]:
        asked = [_turned(_sortable(f, seen[f.name]), down) for f, down in order]
        return (*asked, *(_sortable(f, seen[f.name]) for f in keys))

    return sort_key


def _sortable(field: Field, value: Any) -> Any:
    if field.kind == "e":
        return field.enum.index(value) if value in field.enum else -1
    return query.comparable(field, value)


class Reversed:
    """Sorts the other way round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: Reversed) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reversed) and bool(other.value == self.value)

    __hash__ = None  # type: ignore[assignment]


def _turned(value: Any, down: bool) -> Any:
    return Reversed(value) if down else value


def chosen(site: Site, service: Service, options: Mapping[str, str], within: Row) -> list[Row]:
    """The views that the filter lets pass, in order. `within` is the header of a part."""
    test = wanted(service, options.get("$filter", ""))
    found = rows(site, service.page)
    if within:
        found = [row for row in found if row.get("documentId") == within["id"]]
    seen = [each for each in (view(site, service, row) for row in found) if test(each)]
    return sorted(seen, key=in_order(service, options.get("$orderby", "")))


def after(service: Service, seen: list[Row], token: str, order: str) -> list[Row]:
    """What follows the record of a `$skiptoken`, though it may be gone by now."""
    if not token:
        return seen
    key = key_values(service, token)
    for index, each in enumerate(seen):
        if all(each[name] == value for name, value in key.items()):
            return seen[index + 1 :]
    if order:
        return []
    fields = [service.columns[name].field for name in service.page.keys]
    place = tuple(_sortable(f, key[f.name]) for f in fields)
    return [each for each in seen if in_order(service, "")(each) > place]


def token_of(service: Service, seen: Row) -> str:
    said = []
    for name in service.page.keys:
        value = seen[name]
        said.append(str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'")
    return ",".join(said)


def page(
    site: Site, service: Service, options: Mapping[str, str], url: str, within: Row
) -> tuple[Row, int]:
    """One server page of a set: the JSON without its context, and how many there are."""
    check_options(options)
    every = chosen(site, service, options, within)
    left = after(service, every, options.get("$skiptoken", ""), options.get("$orderby", ""))
    if "$skiptoken" not in options:
        left = left[number(options, "$skip") or 0 :]
    top, size = number(options, "$top"), int(site.settings["page_size"])
    left = left if top is None else left[:top]
    answer: Row = {}
    if options.get("$count", "").lower() == "true":
        answer["@odata.count"] = len(every)
    select, expanded = _select(service, options), _expanded(service, options)
    answer["value"] = [show(site, service, each, select) for each in left[:size]]
    if expanded:
        for shown, each in zip(answer["value"], left, strict=False):
            shown[service.part] = lines(site, service, each["_row"])
    if len(left) > size:
        answer["@odata.nextLink"] = next_link(service, options, url, left[size - 1], top, size)
    return answer, len(every)


def next_link(
    service: Service, options: Mapping[str, str], url: str, last: Row, top: int | None, size: int
) -> str:
    kept = {name: value for name, value in options.items() if name != "$skip"}
    if top is not None:
        kept["$top"] = str(top - size)
    kept["$skiptoken"] = token_of(service, last)
    text = "&".join(f"{name}={quote(value, safe=chr(39) + ',')}" for name, value in kept.items())
    return f"{url}?{text}"
