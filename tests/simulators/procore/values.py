"""How Procore writes values: decimal strings, timestamps, ranges, 15-digit ids."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

Row = dict[str, Any]
Errors = dict[str, list[str]]

ZERO = Decimal(0)
CENT = Decimal("0.01")
FRACTION = Decimal("0.0001")
PACIFIC = timezone(timedelta(hours=-7))


def number(value: object) -> Decimal:
    """A decimal from a string or a JSON number; raises ValueError."""
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} is not a number")
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number") from None
    if not found.is_finite():
        raise ValueError(f"{value!r} is not a number")
    return found


def money(value: Decimal | None) -> str | None:
    """At least one decimal and no useless zeros: "250.0", "840.55"."""
    if value is None:
        return None
    text = f"{value.normalize():f}"
    if text in ("-0", "0"):
        return "0.0"
    return text if "." in text else f"{text}.0"


def cents(value: Decimal | None) -> str | None:
    """Two decimals, as requisitions have them: "50000.00"."""
    return None if value is None else f"{round_cents(value):f}"


def round_cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP) + ZERO


def round_line(value: Decimal) -> Decimal:
    """Of a line: unit costs have four decimals, and fractions of a cent were met."""
    return value.quantize(FRACTION, ROUND_HALF_UP) + ZERO


def percent(part: Decimal, whole: Decimal) -> str:
    """A percentage with its sign, as requisitions have it: "96.36%"."""
    return f"{round_cents(part * 100 / whole) if whole else Decimal('0.00'):f}%"


def stamp(value: datetime | None) -> str | None:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else None


def stamp_fine(value: datetime) -> str:
    """With microseconds, as in webhooks."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def quirks(number_: int, shown: Row) -> Row:
    """What real rows do: some timestamps with an offset, some empty keys left out."""
    if number_ % 5 == 0 and shown.get("created_at"):
        moment = datetime.fromisoformat(shown["created_at"])
        shown["created_at"] = moment.astimezone(PACIFIC).isoformat(timespec="seconds")
    if number_ % 7 == 0:
        for name in [name for name, value in shown.items() if value is None]:
            del shown[name]
    return shown


def moment(text: str, *, end: bool = False) -> datetime:
    """A date, or a date-time with Z, an offset or none (UTC). A date that ends: its last moment."""
    text = text.strip()
    if len(text) == 10:
        day = date.fromisoformat(text)
        return datetime.combine(day, time.max if end else time.min, UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def span(text: str) -> tuple[datetime, datetime]:
    """The ends of "a...b", quoted or not; an open end is not documented: ValueError."""
    text = text.strip().strip('"')
    first, dots, last = text.partition("...")
    if not dots:
        if len(text) > 10:
            found = moment(text)
            return found, found + timedelta(seconds=1) - timedelta(microseconds=1)
        return moment(text), moment(text, end=True)
    return moment(first.strip('"')), moment(last.strip('"'), end=True)


def iso_date(value: object) -> str | None:
    """A valid date as text, or None; raises ValueError."""
    if value in (None, ""):
        return None
    return date.fromisoformat(str(value)[:10]).isoformat()
