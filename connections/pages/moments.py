"""How a moment is written on every page: the site's own clock, and which that is."""

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


def written(moment: dt.datetime, how: str) -> str:
    return date_format(moment.astimezone(site_zone()), how)
