"""POST, PATCH and DELETE: which fields a body may hold, and who carries them out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.simulators.business_central import errors
from tests.simulators.business_central.model import Row
from tests.simulators.business_central.wire import take

from . import headers, masters, subforms
from .pages import Column
from .site import Service, Site
from .views import value

Fields = dict[str, Any]


def fields(site: Site, service: Service, body: Any, row: Row | None) -> Fields:
    """The checked values of a body, in the order in which they are validated."""
    if not isinstance(body, dict):
        raise errors.bad_request("Invalid Request Body")
    found: Fields = {}
    for name, sent in body.items():
        if "@" in name:
            continue
        column = known(service, name)
        content = taken(column, sent)
        if not writable(site, service, column, content, row):
            raise errors.read_only(name)
        found[name] = content
    if site.settings["order"] == "page":
        found = {name: found[name] for name in service.columns if name in found}
    return found


def known(service: Service, name: str) -> Column:
    """Lines inside a header are not created with it."""
    if name in (service.part, service.page.part) and name:
        raise errors.bad_request(
            f"The property '{name}' cannot be written together with its header: deep insert is not "
            "supported for this page."
        )
    if name not in service.columns:
        raise errors.bad_request(
            f"The property '{name}' does not exist on type 'NAV.{service.name}'. Make sure to only "
            "use property names that are defined by the type."
        )
    return service.columns[name]


def taken(column: Column, sent: Any) -> Any:
    """A JSON value as the store keeps it. `Comment` is the blank line type."""
    if column.source == "@line_type" and sent == "Comment":
        return " "
    return take(column.field, sent)


def writable(site: Site, service: Service, column: Column, content: Any, row: Row | None) -> bool:
    """Keys are set once, by a POST; they may be repeated."""
    if not column.field.read_only:
        return True
    if row is None and column.name in service.page.keys:
        return True
    same = row is not None and value(site, service.page, column, row) == content
    return same and column.name in service.page.keys


def insert(site: Site, service: Service, body: Any, header: Row) -> Row:
    found = fields(site, service, body, None)
    if service.page.number in (50, 51, 52):
        return headers.create(site, service, found)
    if service.page.number in (54, 55, 98):
        return subforms.create(site, service, found, header)
    return masters.CREATE[service.page.table](site, service, found)


def modify(site: Site, service: Service, row: Row, body: Any) -> None:
    found = fields(site, service, body, row)
    keys = {name: one for name, one in found.items() if service.columns[name].field.read_only}
    found = {name: one for name, one in found.items() if name not in keys}
    changers: dict[int, Callable[[Site, Service, Row, Fields], None]] = {
        **dict.fromkeys((50, 51, 52), headers.change),
        **dict.fromkeys((54, 55, 98), subforms.change),
    }
    change = changers.get(service.page.number) or masters.CHANGE[service.page.table]
    change(site, service, row, found)


def remove(site: Site, service: Service, row: Row) -> None:
    if service.page.number in (50, 51, 52):
        headers.delete(site, service, row)
    elif service.page.number in (54, 55, 98):
        subforms.delete(site, service, row)
    else:
        masters.delete(site, service, row)
