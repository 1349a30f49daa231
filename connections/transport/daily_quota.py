"""A cap of calls per day and account, counted across workers; the day begins at 00:00 UTC.

Calls are counted in tenths: some vendors charge a tenth for a call that a limit turned away.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from connections.models import Connection, DailyCalls

WHOLE = 10  # tenths


def today() -> dt.date:
    return timezone.now().astimezone(dt.UTC).date()


def next_day() -> dt.datetime:
    """When the count begins anew."""
    return dt.datetime.combine(today() + dt.timedelta(days=1), dt.time(), dt.UTC)


def row_of(account: str) -> DailyCalls:
    """The account's row, of today. Safe to call twice."""
    row, _ = DailyCalls.objects.get_or_create(account=account)
    if row.day != today():
        DailyCalls.objects.filter(pk=row.pk).exclude(day=today()).update(day=today(), tenths=0)
        row.refresh_from_db()
    return row


def take(account: str, ceiling: int) -> bool:
    """Count one call, unless `ceiling` calls of today are used. One statement, so no race."""
    row = row_of(account)
    fits = DailyCalls.objects.filter(
        pk=row.pk, day=today(), tenths__lte=ceiling * WHOLE - WHOLE
    ).update(tenths=F("tenths") + WHOLE)
    return bool(fits)


def count(account: str) -> None:
    """A call that was made, whatever is left."""
    rows = DailyCalls.objects.filter(pk=row_of(account).pk)
    rows.update(tenths=F("tenths") + WHOLE)


def add(account: str, calls: int) -> None:
    """Several that were made."""
    rows = DailyCalls.objects.filter(pk=row_of(account).pk)
    rows.update(tenths=F("tenths") + calls * WHOLE)


def give_back(account: str, tenths: int = WHOLE) -> None:
    """A call that was counted and not sent, or is charged less."""
    rows = DailyCalls.objects.filter(account=account, day=today())
    rows.update(tenths=Greatest(F("tenths") - tenths, 0))


def told(account: str, limit: int, used: int | None) -> None:
    """What the vendor itself says; the higher of its count and ours stands."""
    row = row_of(account)
    rows = DailyCalls.objects.filter(pk=row.pk, day=row.day)
    rows.update(limit=limit, told_at=timezone.now())
    if used is not None:
        rows.update(tenths=Greatest(F("tenths"), used * WHOLE))


def used_up(account: str) -> None:
    """The vendor says that the day's calls are gone."""
    row = row_of(account)
    DailyCalls.objects.filter(pk=row.pk).update(tenths=Greatest(F("tenths"), F("limit") * WHOLE))


def facts(connection: Connection) -> list[tuple[str, str]]:
    """For the connection's page; nothing where its account has no such cap."""
    seat = getattr(connection, "seat", None)
    row = DailyCalls.objects.filter(account=seat.account).first() if seat else None
    if row is None:
        return []
    calls = -(-row.tenths // WHOLE) if row.day == today() else 0
    return [("Calls today (UTC)", f"{calls:,} of {row.limit:,}")]


def used(account: str) -> int:
    """Whole calls of today, rounded up."""
    return -(-row_of(account).tenths // WHOLE)
