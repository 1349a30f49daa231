"""Values between JSON, addresses and the tables."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from .errors import Refused
from .model import ENUMS, Field

NO_DAY, NO_END = "1900-01-01T00:00:00Z", "2154-12-31T23:59:59Z"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def moment(text: str) -> datetime:
    """A moment with its zone; raises ValueError without one."""
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if found.tzinfo is None:
        raise ValueError(text)
    return found.astimezone(UTC)


def day(value: date | datetime) -> str:
    """A business day as the service shows it: noon UTC."""
    return f"{value:%Y-%m-%d}T12:00:00Z"


def plain_day(value: str) -> str:
    """The bare day of a stored one, or nothing."""
    return value[:10] if value else ""


def _day_of(value: Any, hours: int) -> str:
    """A stored day. A moment is put in the company's time zone first: midnight may slip."""
    text = str(value)
    if _DAY.fullmatch(text):
        return "" if text == "1900-01-01" else day(date.fromisoformat(text))
    found = moment(text)
    if found.year <= 1900:
        return ""
    return day(found + timedelta(hours=hours))


def _bad(column: Field, value: Any) -> Refused:
    return Refused(f"Cannot convert the literal '{value}' to the expected type of "
                   f"'{column.name}'.")  # fmt: skip


def take(column: Field, value: Any, hours: int) -> Any:
    """A value of a body as it is stored; null is the blank."""
    if value is None:
        return column.blank
    if column.kind in "sx":
        return _string(column, value)
    if column.kind == "e":
        return _member(column, value)
    if column.kind in "nil":
        return _number(column, value)
    if not isinstance(value, str):
        raise _bad(column, value)
    try:
        if column.kind == "g":
            return str(uuid.UUID(value))
        return (
            _day_of(value, hours) if column.kind == "d" else f"{moment(value):%Y-%m-%dT%H:%M:%SZ}"
        )
    except ValueError:
        raise _bad(column, value) from None


def _string(column: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise _bad(column, value)
    return value.rstrip()


def _member(column: Field, value: Any) -> str:
    if value not in ENUMS[column.enum]:
        raise Refused(f"Cannot convert the literal '{value}' to the expected type "
                      f"'Microsoft.Dynamics.DataEntities.{column.enum}'.")  # fmt: skip
    return str(value)


def _number(column: Field, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _bad(column, value)
    if column.kind == "n":
        return Decimal(value)
    if value != int(value):
        raise _bad(column, value)
    return int(value)


def show(column: Field, value: Any) -> Any:
    """A stored value as JSON."""
    if column.kind == "d":
        return value or NO_DAY
    return value


def literal_moment(token: str) -> datetime:
    """A date of an address: a moment, or a bare day (its noon)."""
    if _DAY.fullmatch(token):
        return moment(f"{token}T12:00:00Z")
    return moment(token)


def comparable(column: Field, value: Any) -> Any:
    """What is compared: text without case, moments, numbers."""
    if column.kind in "dt":
        return moment(show(column, value))
    return str(value).lower() if column.kind in "sxg" else value


def decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise Refused(f"Cannot convert the literal '{value}' to Edm.Decimal.") from None
