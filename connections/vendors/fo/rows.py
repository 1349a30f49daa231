"""Values as the service writes them: in rows, in keys, and when a row may be used (odata.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from connections.errors import ConnectorError, InDoubt
from connections.transport import odata
from connections.transport.odata import Row

T = TypeVar("T")
NOON = "T12:00:00Z"


def looked(error: ConnectorError, look: Callable[[], T]) -> T:
    """Whether a write without an answer was done. Where that cannot be told, it stays in doubt."""
    try:
        return look()
    except ConnectorError as other:
        raise (error if isinstance(error, InDoubt) else other) from other


def literal(value: str | int) -> str:
    """A key's value in an address."""
    return str(value) if isinstance(value, int) else quote(odata.text(value), safe="'")


def noon(day: dt.date) -> str:
    """A business date: midnight could slip a day under time-zone conversion."""
    return day.isoformat() + NOON


def said(row: Row, field: str) -> str:
    value = row.get(field)
    return str(value).strip() if value is not None else ""


def is_yes(row: Row, field: str) -> bool:
    return said(row, field).casefold() in ("yes", "true", "1")


def dated(row: Row, field: str) -> dt.date | None:
    """A date; the empty one (1900) and the open end (2154) are None."""
    found = odata.day(row.get(field))
    return found if found and 1900 < found.year < 2154 else None


def within(row: Row, day: dt.date) -> bool:
    """Inside the active range of a row."""
    first, last = dated(row, "ActiveFrom"), dated(row, "ActiveTo")
    return (first is None or day >= first) and (last is None or day <= last)
