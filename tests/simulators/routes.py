"""Routes: methods of a simulator marked with a verb and a path."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

from .messages import Request, Response

Handler = Callable[..., Response]
Marked = TypeVar("Marked", bound=Handler)
_PARAM = re.compile(r"\{(\w+)(?::([^{}]+))?\}")


def pattern(template: str) -> re.Pattern[str]:
    """`{name}` matches one piece of a path (no slash, no bracket), `{name:regex}` the regex."""
    parts, end = [], 0
    for found in _PARAM.finditer(template):
        name, expression = found.groups()
        parts.append(re.escape(template[end : found.start()]))
        parts.append(f"(?P<{name}>{expression or '[^/()]+'})")
        end = found.end()
    return re.compile("".join(parts) + re.escape(template[end:]))


@dataclass
class Route:
    """One verb on one path. An open route runs without the lock (for those that wait)."""

    method: str
    template: str
    handler: Handler
    pattern: re.Pattern[str]
    open: bool = False

    def match(self, path: str) -> dict[str, str] | None:
        found = self.pattern.fullmatch(path)
        if not found:
            return None
        return {name: unquote(value) for name, value in found.groupdict().items()}

    def run(self, owner: Any, request: Request) -> Response:
        return self.handler(owner, request)


def route(method: str, template: str, *, open: bool = False) -> Callable[[Marked], Marked]:
    """Marks a method as the handler of a path. Several may be stacked."""

    def mark(handler: Marked) -> Marked:
        marks = getattr(handler, "routes", [])
        handler.routes = [*marks, (method, template, open)]  # type: ignore[attr-defined]
        return handler

    return mark


def collect(owner: object) -> list[Route]:
    """All routes of an object; fixed paths before those with parameters."""
    found: list[Route] = []
    for name in dir(type(owner)):
        handler = getattr(type(owner), name)
        for method, template, is_open in getattr(handler, "routes", []):
            found.append(Route(method, template, handler, pattern(template), is_open))
    found.sort(key=lambda route: (route.template.count("{"), -len(route.template)))
    return found
