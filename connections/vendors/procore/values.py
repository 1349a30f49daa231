"""Procore's values as ours: exact money, dates, moments, words."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.html import strip_tags

from connections.documents import ZERO
from connections.errors import NeedsPerson, Reason
from connections.transport.characters import visible

Row = Mapping[str, Any]
SPACES = re.compile(r"\s+")


def money(value: Any) -> Decimal:
    """Decimal from "1000.0", 1000 or null (zero): v1 writes strings, some places numbers."""
    if value is None or value == "":
        return ZERO
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise NeedsPerson(
            Reason.DOES_NOT_FOOT,
            f"Procore gives the amount {str(value)[:40]!r}, which is not a number. "
            "Correct it in Procore.",
        )
    return amount


def first(row: Row, *names: str) -> Any:
    """The first of these fields that says something."""
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def quantity(value: Any) -> Decimal | None:
    return None if value in (None, "") else money(value)


def inner(row: Row, name: str) -> Row:
    """A nested object; empty when it is missing, null or plain text (list shapes differ)."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def listed(row: Row, name: str) -> list[Row]:
    value = row.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """One line of plain text: rich text fields carry HTML."""
    plain = "" if value is None else str(value)
    if "<" in plain or "&" in plain:
        plain = html.unescape(strip_tags(plain.replace("<br", " <br").replace("</", " </")))
    return SPACES.sub(" ", plain).strip()


def code_of(value: Any) -> str:
    """A number or a code: two that look alike are one."""
    return visible(text(value))


def word(value: Any) -> str:
    """ "Out For Signature" and "approved_as_noted" in one spelling."""
    return SPACES.sub("_", str(value or "").strip()).lower()


def words(stated: str) -> frozenset[str]:
    """A setting that lists statuses with commas between them."""
    return frozenset(word(status) for status in stated.split(",") if status.strip())


def day(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value or "")[:10])
    except ValueError:
        return None


def moment(value: Any) -> dt.datetime | None:
    """Aware UTC. Most have Z, some an offset; without either it is UTC. None where it is none."""
    try:
        return moment_or_overflow(value)
    except OverflowError:
        return None


def moment_or_overflow(value: Any) -> dt.datetime | None:
    """The same. Raises OverflowError where it is, in UTC, before the year 1 or after 9999."""
    try:
        found = dt.datetime.fromisoformat(str(value or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


def key(value: Any) -> str:
    """An id as text: v1 has (64-bit) integers, v2 strings."""
    return "" if value is None else str(value)


def currency(row: Row) -> str:
    return text(inner(row, "currency_configuration").get("currency_iso_code")).upper()


def window(since: dt.datetime, until: dt.datetime) -> str:
    """A range with both ends and three dots, wide enough for whole seconds.

    developers.procore.com/documentation/filtering-on-list-actions
    """
    ends = (since, until + dt.timedelta(seconds=1))
    return "...".join(end.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for end in ends)
