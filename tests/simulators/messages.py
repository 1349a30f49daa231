"""What goes over the wire: requests, responses and exact JSON numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

_MARKED = re.compile(r'"\\u0000n([^"\\]*)\\u0000"')


def _encode(value: object) -> object:
    if isinstance(value, Decimal):
        return f"\0n{value:f}\0"
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


def dumps(value: object) -> str:
    """JSON text in which a Decimal is a number with exactly its digits."""
    return _MARKED.sub(r"\1", json.dumps(value, default=_encode))


def loads(text: str | bytes) -> Any:
    """JSON value in which a number with a decimal point is a Decimal."""
    return json.loads(text, parse_float=Decimal)


class Headers(dict[str, str]):
    """Header fields whose names are compared without regard to case."""

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.names: dict[str, str] = {}
        for name, value in (fields or {}).items():
            self[name] = value

    def __setitem__(self, name: str, value: str) -> None:
        self.names.setdefault(name.lower(), name)
        super().__setitem__(self.names[name.lower()], value)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(self.names[name.lower()])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self.names

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(self.names.get(name.lower(), name), default)


@dataclass
class Request:
    """One request. `params` come from the route, `query` keeps every value of a name."""

    method: str
    path: str
    query_string: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    params: dict[str, str] = field(default_factory=dict)
    client_port: int = 0
    route: str = ""
    base_url: str = ""
    note: dict[str, Any] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, list[str]]:
        if "query" not in self.note:
            self.note["query"] = parse_qs(self.query_string, keep_blank_values=True)
        query: dict[str, list[str]] = self.note["query"]
        return query

    def one(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        return self.query.get(name, [default])[-1]

    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> Any:
        """The body as JSON; raises ValueError when it is none."""
        return loads(self.body) if self.body else None

    def form(self) -> dict[str, str]:
        """The body as an HTML form."""
        fields = parse_qs(self.text(), keep_blank_values=True)
        return {name: values[-1] for name, values in fields.items()}


@dataclass
class Response:
    """One answer. A body of str or bytes goes out as it is, anything else as JSON."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    injected: bool = False

    def content(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else dumps(self.body)).encode()

    def freeze(self) -> None:
        """Writes the body now, before the data behind it can change."""
        fields = self.fields(0)
        if "Content-Type" in fields:
            self.headers = {**self.headers, "Content-Type": fields["Content-Type"]}
        if self.body is not None:
            self.body = self.content()

    def fields(self, length: int) -> Headers:
        """The header fields to send, completed with type and length."""
        fields = Headers(self.headers)
        if self.body is not None and "Content-Type" not in fields:
            kind = "text/plain" if isinstance(self.body, str | bytes) else "application/json"
            fields["Content-Type"] = f"{kind}; charset=utf-8"
        if self.status not in (204, 304):
            fields["Content-Length"] = str(length)
        return fields


class HttpError(Exception):
    """Ends a handler with an answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def units(text: str) -> int:
    """How these vendors count: in UTF-16 units, so that an emoji is two."""
    return len(text.encode("utf-16-le")) // 2
