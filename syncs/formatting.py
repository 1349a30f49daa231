"""How money, moments and ages are written on screen. Times of day are the site's own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from connections.pages.moments import NOTHING, clock, day, month, when, when_exactly
from mappings.pages import words

__all__ = [
    "NOTHING", "age", "clock", "count", "day", "decimal", "money", "month", "when", "when_exactly",
]  # fmt: skip


def decimal(value: Any) -> Decimal | None:
    """A number that may have been stored as text; None when it is none."""
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def money(value: Any, currency: str = "") -> str:
    """As all pages write it; of what may have been stored as text, or is not known."""
    amount = decimal(value)
    return NOTHING if amount is None else words.money(amount, currency)


def age(moment: dt.datetime | None, now: dt.datetime | None = None) -> str:
    """In one unit: 12 min, 5 h, 3 d."""
    if moment is None:
        return NOTHING
    seconds = max(((now or timezone.now()) - moment).total_seconds(), 0)
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 48 * 3600:
        return f"{int(seconds // 3600)} h"
    return f"{int(seconds // 86400):,} d"


def news(number: int, where: str = "") -> str:
    """Nothing is new. 1 record is new or changed. 2 records are new or changed in it."""
    if not number:
        return f"Nothing is new{where}."
    return f"{count(number, 'record')} {'is' if number == 1 else 'are'} new or changed{where}."


def count(number: int, one: str, many: str = "") -> str:
    """1 record, 2 records."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
