"""Holds what is said against the metadata of a real environment: names and types of properties."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.simulators.messages import loads

_SET = re.compile(r".*/data/\$metadata#(\w+)(/\$entity)?")
_PLACE = re.compile(r"/data/(\w+)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The description of these comes without the company, which their keys have.
_COMPANY = "dataAreaId"


class Contract:
    """Sentences about answers (and bodies) that do not fit; none for unknown sets."""

    def __init__(self, path: Path) -> None:
        data = json.loads(path.read_text("utf-8"))
        self.enums: dict[str, list[str]] = data["enums"]
        self.entities: dict[str, dict[str, Any]] = {
            str(entity["entitySet"]).rstrip("?"): {**entity, "type": name}
            for name, entity in data["entities"].items()
        }

    def check(
        self, method: str, url_path: str, query_string: str, headers: Mapping[str, str],
        body_bytes: bytes, status: int, response_headers: Mapping[str, str], response_bytes: bytes,
    ) -> list[str]:  # fmt: skip
        if not url_path.startswith("/data") or url_path.endswith(("$metadata", "$batch")):
            return []
        found = list(self.request(method, unquote(url_path), body_bytes))
        if status < 300 and response_bytes and "json" in response_headers.get("Content-Type", ""):
            found += self.answer(method, status, loads(response_bytes))
        return found

    def request(self, method: str, path: str, body: bytes) -> Iterator[str]:
        """Bodies name only what the type has."""
        place = _PLACE.match(path)
        entity = self.entities.get(place[1]) if place else None
        if entity is None or method not in ("POST", "PATCH") or not body:
            return
        for name in loads(body):
            if "@" not in name and name not in (*entity["properties"], *(entity["key"] or ())):
                yield f"Request: {entity['type']} has no property {name}"

    def answer(self, method: str, status: int, body: Any) -> Iterator[str]:
        found = _SET.fullmatch(str(body.get("@odata.context", "")))
        if found is None:
            if "/data/$metadata" not in str(body.get("@odata.context")):
                yield "Answer: no @odata.context"
            return
        entity = self.entities.get(found[1])
        rows = [body] if found[2] else body.get("value", [])
        if entity is None:
            return
        for row in rows:
            yield from self.row(entity, row)

    def row(self, entity: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[str]:
        if "@odata.etag" not in row:
            yield f"Answer: {entity['type']} without its etag"
        for name, value in row.items():
            if "@" in name:
                continue
            if isinstance(value, list):  # an expanded part
                inner = self.part(entity, name)
                for each in value if inner else ():
                    yield from self.row(inner, each)
                continue
            yield from self.property(entity, name, value)

    def part(self, entity: Mapping[str, Any], name: str) -> dict[str, Any]:
        for navigation in entity.get("navigation", []):
            if navigation.startswith(f"{name}*->"):
                kind = navigation.partition("->")[2]
                return next(each for each in self.entities.values() if each["type"] == kind)
        return {}

    def property(self, entity: Mapping[str, Any], name: str, value: Any) -> Iterator[str]:
        given = entity["properties"].get(name)
        if given is None:
            if name != _COMPANY or entity["source"] != "CDM":
                yield f"Answer: {entity['type']} has no property {name}"
            return
        kind, nullable = (given, True) if isinstance(given, str) else given
        if value is None and nullable:
            return
        if not self.fits(kind, value):
            yield f"Answer: {entity['type']}.{name} is {value!r}, not {kind}"

    def fits(self, kind: str, value: Any) -> bool:
        if kind.startswith("enum:"):
            members = self.enums.get(kind[5:])
            return isinstance(value, str) and bool(value) and (not members or value in members)
        if kind in ("Int32", "Int64"):
            return isinstance(value, int) and not isinstance(value, bool)
        if kind == "Decimal":
            return isinstance(value, int | Decimal) and not isinstance(value, bool)
        if kind == "DateTimeOffset":
            return isinstance(value, str) and bool(_MOMENT.fullmatch(value))
        if kind == "Guid":
            return isinstance(value, str) and bool(_GUID.fullmatch(value))
        return isinstance(value, str) or kind == "?"
