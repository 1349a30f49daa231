"""How days and moments are written for people: the site's own clock, and which that is."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format

from connections.transport.days import site_zone

NOTHING = "–"


def when(moment: dt.datetime | None, never: str = NOTHING) -> str:
    """Nov 29, 2026, 14:15 EST"""
    return written(moment, "M j, Y, H:i T") if moment else never


def when_exactly(moment: dt.datetime | None, never: str = NOTHING) -> str:
    """Nov 29, 2026, 14:15:07 EST"""
    return written(moment, "M j, Y, H:i:s T") if moment else never


def clock(moment: dt.datetime | None, never: str = NOTHING) -> str:
    """14:20, or Tue, Dec 1, 14:20 where that is another day than today."""
    if moment is None:
        return never
    today = moment.astimezone(site_zone()).date() == timezone.now().astimezone(site_zone()).date()
    return written(moment, "H:i" if today else "D, M j, H:i")


def day(value: dt.date | str | None, never: str = NOTHING) -> str:
    """Nov 29, 2026: a date, or the ISO text of one as JSON keeps it."""
    if not value:
        return never
    try:
        date = dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return date_format(date, "M j, Y")


def month(first: dt.date) -> str:
    """November 2026"""
    return date_format(first, "F Y")


def written(moment: dt.datetime, how: str) -> str:
    return date_format(moment.astimezone(site_zone()), how)
