"""The account's calls of a day: who may still use them, and when a first load will be through.

1,000 (Free, Basic, Standard), 10,000 (Pro) or 25,000 (Enterprise) per account, all users and
connections together, until 00:00 UTC. The platform's own figure wins.
developer.monday.com/api-reference/docs/rate-limits
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from django.utils import timezone

from connections.errors import NeedsPerson, NoTry, Refused
from connections.models import Connection, DailyCalls, Seat
from connections.transport import daily_quota
from connections.vendors.monday import queries
from connections.vendors.monday.cells import text
from connections.vendors.monday.ways import ENTERPRISE, OAUTH, PRO

LIMITS = {PRO: 10_000, ENTERPRISE: 25_000}
SMALLEST = 1_000
PER_MINUTE = {PRO: 2_500, ENTERPRISE: 5_000}
POINTS_OF_A_CHANGE = 30_000  # as recorded from the live service
POINTS_PER_MINUTE = 5_000_000  # of an app; a personal token has 10 million for reads and changes
ASK_AGAIN = dt.timedelta(hours=6)
NOTHING_DONE = 9  # tenths that a call costs less when a limit turned it away


class Asking(Protocol):
    """The client whose calls are counted, as far as that asks it anything."""

    connection: Connection

    @property
    def way(self) -> str: ...

    def host(self) -> str: ...

    def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, partly: bool = False
    ) -> Mapping[str, Any]: ...


class Calls:
    """Of one client: its seat at the account, and what it may still ask today."""

    def __init__(self, client: Asking) -> None:
        self.client = client
        self.connection = client.connection
        self.urgent = False
        self.me: Mapping[str, Any] = {}  # what the last introduction told
        self._seat: Seat | None = None
        self._asking = False

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """What is asked within may use the calls that are reserved for decisions."""
        before, self.urgent = self.urgent, True
        try:
            yield
        finally:
            self.urgent = before

    # -- who we are ---------------------------------------------------------------------------

    def seat(self) -> Seat:
        """From the database, else one call: the account and the person of this credential."""
        if self._seat is None:
            row = Seat.objects.filter(connection=self.connection).first()
            self._seat = row if row and row.proof == self.proof() else self.introduce()
        return self._seat

    def introduce(self) -> Seat:
        """Asks who we are and what the day allows; stores both."""
        data = self.asked(queries.WHO) or self.asked(queries.ME)
        self.me = me = data.get("me") or {}
        account = text((me.get("account") or {}).get("id"))
        key = f"monday {self.client.host()} {account or f'of connection {self.connection.pk}'}"
        seat, _ = Seat.objects.update_or_create(
            connection=self.connection,
            defaults={
                "proof": self.proof(), "account": key, "person_id": text(me.get("id")),
                "person": text(me.get("name"))[:200],
            },
        )  # fmt: skip
        daily_quota.count(key)
        self.note_platform(key, data)
        self._seat = seat
        return seat

    def proof(self) -> str:
        """Changes with the credential, so that another account's calls are never counted here."""
        connection = self.connection
        parts = [connection.setting("api_url"), self.client.way]
        if self.client.way == OAUTH:
            consent = getattr(connection, "consent", None)
            parts += [connection.setting("client_id"), str(consent and consent.given_at)]
        else:
            parts.append(connection.secret("token"))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    # -- the day ------------------------------------------------------------------------------

    def take(self) -> bool:
        """Count a call. False: not counted, since it asks who we are. Raises NoTry."""
        if self._asking:
            return False
        account = self.seat().account
        row = self.row(account)
        if row.told_at is None or row.told_at < timezone.now() - ASK_AGAIN:
            self.ask_platform(account)
            row = self.row(account)
        if not daily_quota.take(account, row.limit if self.urgent else self.for_all(row)):
            raise NoTry(self.no_more(row), daily_quota.next_day())
        return True

    def row(self, account: str) -> DailyCalls:
        """Of today; where the platform never told, the limit is that of the plan."""
        row = daily_quota.row_of(account)
        if row.told_at is None:
            row.limit = self.plan_limit()
        return row

    def ask_platform(self, account: str) -> None:
        """Its own figure and count. A refusal leaves the plan's."""
        data = self.asked(queries.CALLS)
        daily_quota.count(account)
        self.note_platform(account, data)

    def asked(self, query: str) -> Mapping[str, Any]:
        """Uncounted; {} where monday.com refuses it, as an old version or a missing scope does."""
        self._asking = True
        try:
            return self.client.ask(query, partly=True)
        except (Refused, NeedsPerson):
            return {}
        finally:
            self._asking = False

    def note_platform(self, account: str, data: Mapping[str, Any]) -> None:
        platform = data.get("platform_api") or {}
        limits = platform.get("daily_limit") or {}
        limit = limits.get("total") or limits.get("base") or self.plan_limit()
        days = (platform.get("daily_analytics") or {}).get("by_day") or ()
        today = daily_quota.today().isoformat()
        used = next((one["usage"] for one in days if text(one.get("day"))[:10] == today), None)
        daily_quota.told(account, int(limit), used)

    def plan_limit(self) -> int:
        return LIMITS.get(self.connection.setting("plan"), SMALLEST)

    def give_back(self) -> None:
        if self._seat:
            daily_quota.give_back(self._seat.account)

    def turned_away(self) -> None:
        """A call that a limit refused costs a tenth."""
        if self._seat:
            daily_quota.give_back(self._seat.account, NOTHING_DONE)

    def used_up(self) -> None:
        """The platform says so itself."""
        if self._seat:
            daily_quota.used_up(self._seat.account)

    # -- what is left ---------------------------------------------------------------------------

    def reserve(self, limit: int) -> int:
        """Calls of a day that only decisions may use."""
        share = self.connection.setting("decision_share").strip()
        percent = min(int(share), 90) if share.isascii() and share.isdigit() else 20
        return limit * percent // 100

    def for_all(self, row: DailyCalls) -> int:
        return row.limit - self.reserve(row.limit)

    def no_more(self, row: DailyCalls) -> str:
        used = -(-row.tenths // daily_quota.WHOLE)
        if used >= row.limit:
            return (
                f"The {row.limit:,} calls that monday.com allows this account today are used up; "
                "it goes on at 00:00 UTC."
            )
        return (
            f"{used:,} of the {row.limit:,} calls that monday.com allows this account today are "
            "used; the rest is kept for decisions. This goes on at 00:00 UTC."
        )

    def today(self) -> tuple[int, int]:
        """(used, allowed) calls of this day."""
        row = self.row(self.seat().account)
        return -(-row.tenths // daily_quota.WHOLE), row.limit

    def outlook(self, pending: int) -> tuple[dt.datetime, int, int] | None:
        """(when so many calls are through, calls of a day for them, calls of a day).

        Asks nobody: None while this credential has not said who it is.
        """
        seat = Seat.objects.filter(connection=self.connection).first()
        if seat is None or seat.proof != self.proof():
            return None
        self._seat, row = seat, self.row(seat.account)
        return self.finish_time(pending), self.for_all(row), row.limit

    def finish_time(self, pending: int) -> dt.datetime:
        """When so many changes will have been sent, if nothing else is asked meanwhile.

        A change is a call; the day's calls less the reserve, and the points of a minute, decide.
        """
        row = self.row(self.seat().account)
        per_day = max(self.for_all(row), 1)
        left = max(per_day - -(-row.tenths // daily_quota.WHOLE), 0)
        if pending <= left:
            return timezone.now() + self.takes(pending)
        days, rest = divmod(pending - left - 1, per_day)
        return daily_quota.next_day() + dt.timedelta(days=days) + self.takes(rest + 1)

    def takes(self, changes: int) -> dt.timedelta:
        """How long so many changes take within the points of a minute."""
        by_points = POINTS_PER_MINUTE // POINTS_OF_A_CHANGE
        by_rate = PER_MINUTE.get(self.connection.setting("plan"), SMALLEST)
        return dt.timedelta(minutes=1) * changes / min(by_points, by_rate)
