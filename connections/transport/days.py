"""When a moment is which day: of the site, of a project."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils import timezone


def site_zone() -> ZoneInfo:
    return ZoneInfo(settings.SITE_TIME_ZONE)


def zone_of(name: str) -> ZoneInfo:
    """By its name in the tz database; the site's where there is none, or nobody knows it."""
    try:
        return ZoneInfo(name) if name else site_zone()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return site_zone()


def today() -> dt.date:
    """On the site's clock."""
    return timezone.now().astimezone(site_zone()).date()
