"""One operation, alone or from a batch, and what its address names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.messages import Headers, loads

from . import errors, wire
from .model import ENTITIES, Entity, Field, Row
from .store import Books

_SEGMENT = re.compile(r"([A-Za-z]\w*)(?:\((.*)\))?(?:/([\w.$]+))?", re.DOTALL)
_PART = re.compile(r"\s*(?:(\w+)\s*=\s*)?((?:[\w.]+)?'(?:[^']|'')*'|[^',]+)\s*(?:,|$)")
_ENUM = re.compile(r"Microsoft\.Dynamics\.DataEntities\.\w+'(\w+)'")


@dataclass
class Call:
    """`path` begins behind /data/ and is decoded."""

    verb: str
    path: str
    root: str  # …/data
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    conflict: bool = False  # another write of the same document is under way
    inner: bool = False  # part of a batch

    @property
    def url(self) -> str:
        return f"{self.root}/{self.path}"

    @property
    def across(self) -> bool:
        return self.query.get("cross-company", "").lower() == "true"

    def json(self) -> Row:
        try:
            found = loads(self.body) if self.body.strip() else {}
        except ValueError:
            raise errors.Refused("An error has occurred.") from None
        if not isinstance(found, dict):
            raise errors.Refused("An error has occurred.")
        return found


@dataclass
class Target:
    """A set, perhaps one row of it, perhaps something behind."""

    entity: Entity
    keyed: bool = False
    key: tuple[Any, ...] = ()
    behind: str = ""


def resolve(call: Call, settings: Row) -> Target:
    """Raises Refused 404 for what this site does not have."""
    found = _SEGMENT.fullmatch(call.path)
    name = found[1] if found else ""
    if found is None or name not in ENTITIES or name in settings["hidden"]:
        raise errors.no_resource(call.url)
    entity = ENTITIES[name]
    if found[2] is None:
        return Target(entity, behind=found[3] or "")
    return Target(entity, True, parse_key(entity, found[2]), found[3] or "")


def parse_key(entity: Entity, text: str) -> tuple[Any, ...]:
    """Every part by its name; a single part may stand alone."""
    given: dict[str, str] = {}
    for found in _PART.finditer(text):
        given[found[1] or (entity.key[0] if len(entity.key) == 1 else "")] = found[2].strip()
    if set(given) != set(entity.key):
        raise errors.bad_query(
            f"The number of keys specified in the URI does not match number of key properties for "
            f"the resource '{entity.type}'."
        )
    return tuple(_value(entity.fields[name], given[name]) for name in entity.key)


def _value(column: Field, token: str) -> Any:
    if column.kind in "sx":
        if not token.startswith("'"):
            raise errors.bad_query(f"Bad key part '{token}' of '{column.name}'.")
        return token[1:-1].replace("''", "'").lower()
    if column.kind == "e":
        found = _ENUM.fullmatch(token)
        if not found:
            raise errors.bad_query(f"Bad key part '{token}' of '{column.name}'.")
        return found[1].lower()
    if column.kind == "d":
        return wire.day(wire.literal_moment(token)).lower()
    if column.kind == "t":
        return f"{wire.literal_moment(token):%Y-%m-%dT%H:%M:%SZ}".lower()
    try:
        return token.strip("'") if column.kind == "g" else wire.decimal(token)
    except errors.Refused:
        raise errors.bad_query(f"Bad key part '{token}' of '{column.name}'.") from None


def in_reach(books: Books, call: Call, row: Row) -> bool:
    """Rows of companies that the user may see; of the default company without cross-company."""
    if "dataAreaId" not in row:
        return True
    company = str(row["dataAreaId"])
    if company not in books.settings["companies"]:
        return False
    return call.across or company == books.settings["default_company"]


def one_row(books: Books, call: Call, target: Target) -> Row | None:
    row = books.get(target.entity.set, *target.key)
    return row if row is not None and in_reach(books, call, row) else None


def key_text(entity: Entity, row: Row) -> str:
    """The key of a row as addresses have it."""
    parts = []
    for name in entity.key:
        value, column = row[name], entity.fields[name]
        if column.kind == "e":
            text = f"Microsoft.Dynamics.DataEntities.{column.enum}'{value}'"
        elif column.kind in "sx":
            text = "'" + str(value).replace("'", "''") + "'"
        else:
            text = str(wire.show(column, value))
        parts.append(f"{name}={text}")
    return ",".join(parts)
