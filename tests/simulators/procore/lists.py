"""Lists: filters, sorting and paging."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ..messages import HttpError, Request, Response
from .values import Row, span

_FILTER = re.compile(r"filters?\[(\w+)\](?:\[\d*\])?")
TIMES = {"created_at", "updated_at", "reviewed_at"}
Show = Callable[[Row], Any]


def filters(request: Request) -> dict[str, list[str]]:
    """The values of `filters[name]` and `filters[name][]`, whatever the endpoint knows."""
    found: dict[str, list[str]] = {}
    for name, values in request.query.items():
        matched = _FILTER.fullmatch(name)
        if matched:
            found.setdefault(matched[1], []).extend(values)
    return found


def _choices(values: Iterable[str]) -> set[str]:
    parts = (part for value in values for part in value.strip("[]").split(","))
    return {part.strip().strip("\"'") for part in parts}


def _in_span(value: datetime | None, text: str) -> bool:
    try:
        first, last = span(text)
    except ValueError:
        raise HttpError(Response(400, {"errors": f"Invalid date range: {text}"})) from None
    return value is not None and first <= value <= last


def _passes(row: Row, name: str, values: list[str]) -> bool:
    value = row.get(name)
    if name in TIMES:
        return _in_span(value, values[-1])
    if isinstance(value, bool):
        return str(value).lower() == values[-1].lower()
    if name.endswith("_date"):
        first, last = span(values[-1])
        return value is not None and first.date().isoformat() <= value <= last.date().isoformat()
    return str("" if value is None else value) in _choices(values)


def chosen(rows: Iterable[Row], request: Request, known: Sequence[str]) -> list[Row]:
    """The rows that pass the filters this endpoint knows; it ignores all others."""
    wanted = {name: values for name, values in filters(request).items() if name in known}
    try:
        return [
            row
            for row in rows
            if all(_passes(row, name, values) for name, values in wanted.items())
        ]
    except ValueError as wrong:
        raise HttpError(Response(400, {"errors": str(wrong)})) from None


def without_deleted(rows: Iterable[Row], request: Request) -> list[Row]:
    """`filters[include_deleted]`: only, with, or none."""
    mode = filters(request).get("include_deleted", [""])[-1]
    if mode == "with":
        return list(rows)
    return [row for row in rows if bool(row.get("deleted_at")) == (mode == "only")]


def ordered(rows: list[Row], request: Request, known: Sequence[str]) -> list[Row]:
    """`sort=field` or `sort=-field` where the endpoint knows the field, else by id."""
    sort = request.one("sort")
    name = sort.removeprefix("-")
    rows = sorted(rows, key=lambda row: row["id"])
    if name not in known:
        return rows
    rows.sort(key=lambda row: (row.get(name) is None, row.get(name) or 0))
    return rows[::-1] if sort.startswith("-") else rows


def _whole(request: Request, name: str, default: int) -> int:
    text = request.one(name) or str(default)
    if not text.isdigit() or int(text) < 1:
        raise HttpError(Response(400, {"errors": f"{name} is invalid"}))
    return int(text)


def links(request: Request, page: int, last: int) -> str:
    """The Link header; `next` is absent on the last page."""
    wanted = {"first": 1, "next": page + 1, "last": last}
    if page == 1:
        del wanted["first"]
    if page >= last:
        del wanted["next"]
    query = [(n, v) for n, v in parse_qsl(request.query_string, True) if n != "page"]
    return ", ".join(
        f'<{request.base_url}{request.path}?{urlencode([*query, ("page", number)])}>; rel="{rel}"'
        for rel, number in wanted.items()
    )


def paged(
    request: Request,
    rows: Sequence[Row],
    show: Show,
    *,
    default: int = 100,
    maximum: int = 2000,
    envelope: bool = False,
) -> Response:
    """One page with Link, Total and Per-Page. `envelope` is the v2 form."""
    size = min(_whole(request, "per_page", default), maximum)
    page = _whole(request, "page", 1)
    last = max(1, -(-len(rows) // size))
    shown = [show(row) for row in rows[(page - 1) * size : page * size]]
    headers = {"Total": str(len(rows)), "Per-Page": str(size)}
    if last > 1:
        headers["Link"] = links(request, page, last)
    return Response(200, {"data": shown} if envelope else shown, headers)


def whole(rows: Iterable[Row], show: Show) -> Response:
    """Everything in one answer, without headers: some endpoints do not page."""
    return Response(200, [show(row) for row in rows])
