"""When a moment is which day: of the site, of a project."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings


def site_zone() -> ZoneInfo:
    return ZoneInfo(settings.SITE_TIME_ZONE)
