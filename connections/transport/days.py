"""When a moment is which day: of the site, of a project."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime
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


def http_date(text: str) -> dt.datetime | None:
    """A moment as headers write it, as in Retry-After; None when it is no date."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def today() -> dt.date:
    """On the site's clock."""
    return timezone.now().astimezone(site_zone()).date()
