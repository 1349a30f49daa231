"""One operation of the vendors' data, and the routes from addresses to operations."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.simulators.contract_exchange import JSON
from tests.simulators.contract_schemas import Schema, is_date, is_time

MOMENT = re.compile(r"(_at|_date|start|end)\]$")
METHODS = ("get", "post", "put", "patch", "delete")
Route = tuple[re.Pattern[str], dict[str, "Operation"]]


@dataclass
class Operation:
    """One method of one path; its validators are built when first needed."""

    template: str
    method: str
    node: Schema
    parameters: list[Schema]
    built: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def query(self) -> dict[str, Schema]:
        """Each name that may be sent; a list's with and without its brackets."""
        names = self._placed("query")
        for name, one in list(names.items()):
            if one["schema"].get("type") == "array":
                names[name.removesuffix("[]")] = names[f"{name.removesuffix('[]')}[]"] = one
            if self.template.endswith("/deliveries"):  # guide and reference differ
                names[name.replace("filters[", "filter[")] = one
        return names

    @cached_property
    def headers(self) -> dict[str, Schema]:
        return self._placed("header")

    @cached_property
    def path(self) -> dict[str, Schema]:
        return self._placed("path")

    @cached_property
    def entity(self) -> str:
        """The entity that it answers with, alone or in a collection."""
        for response in self.node["responses"].values():
            schema = response.get("content", {}).get(JSON, {}).get("schema", {})
            rows = schema.get("properties", {}).get("value", {}).get("items", {})
            if reference := schema.get("$ref") or rows.get("$ref"):
                return str(reference.rsplit("/", 1)[-1])
        return ""

    def once(self, key: Any, build: Callable[[], Any]) -> Any:
        if key not in self.built:
            self.built[key] = build()
        return self.built[key]

    def missing(self, given: set[str]) -> Iterator[str]:
        required = {name for name, one in self._placed("query").items() if one.get("required")}
        if required >= {"company_id", "project_id"} and given & {"company_id", "project_id"}:
            required -= {"company_id", "project_id"}  # one suffices
        for name in sorted(required - given):
            yield f"query parameter {name} is missing."

    def _placed(self, place: str) -> dict[str, Schema]:
        return {one["name"]: one for one in self.parameters if one["in"] == place}


class Routes:
    """Finds the operation of an address."""

    def __init__(self, data: Schema) -> None:
        self.data = data
        self.prefix = _prefixes(data["servers"])
        self.by_depth: dict[int, list[Route]] = {}
        for template in sorted(data["paths"], key=lambda path: path.count("{")):
            route = (_pattern(template), self._operations(template))
            self.by_depth.setdefault(template.count("/"), []).append(route)

    def find(self, method: str, path: str) -> tuple[Operation | None, dict[str, str]] | None:
        """The operation and its path's values; no operation if only the method is unknown."""
        path = path.rstrip("/")
        for pattern, known in self.by_depth.get(path.count("/"), ()):
            if match := pattern.fullmatch(path):
                return known.get(method), match.groupdict()
        return None

    def resolve(self, node: Schema) -> Schema:
        if "$ref" not in node:
            return node
        found: Any = self.data
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return dict(found)

    def _operations(self, template: str) -> dict[str, Operation]:
        item = self.data["paths"][template]
        return {
            method.upper(): Operation(
                template, method.upper(), item[method], self._given(item, method)
            )
            for method in METHODS
            if method in item
        }

    def _given(self, item: Schema, method: str) -> list[Schema]:
        listed = [*item.get("parameters", ()), *item[method].get("parameters", ())]
        return [self.resolve(one) for one in listed]


def _prefixes(servers: list[Schema]) -> re.Pattern[str]:
    paths = {re.sub(r"^\w+://[^/]+", "", server["url"]) for server in servers}
    options = [re.sub(r"\\{.+?\\}", "[^/]+", re.escape(path)) for path in sorted(paths)]
    return re.compile(rf"(?:{'|'.join(options)})(?P<rest>/.*)")


def _pattern(template: str) -> re.Pattern[str]:
    """A name in braces stands for a value; an action's name may come in any case."""
    text = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/()']+)", re.escape(template))
    return re.compile(re.sub(r"(Microsoft\\\.NAV\\\.\w+)$", r"(?i:\1)", text))


def coerced(text: str, kind: str | None) -> Any:
    """A parameter's text as the value that its schema speaks of, if it can be one."""
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return {} if kind == "object" else text


def is_moment_filter(parameter: Schema) -> bool:
    named = MOMENT.search(parameter["name"]) or parameter["schema"].get("format") == "date"
    return parameter["in"] == "query" and bool(named)


def is_range(text: str) -> bool:
    """A day, a moment or two of them with three dots between, in quotes or not."""
    ends = text.strip('"').split("...")
    return len(ends) <= 2 and all(_is_moment(end) for end in ends)


def _is_moment(text: str) -> bool:
    for holds in (is_date, is_time, lambda value: is_time(f"{value}Z")):
        try:
            if holds(text):
                return True
        except ValueError:
            continue
    return False
