"""When what waits will be through, and what decides it: a vendor's limit, or the measured pace.

All from rows that are kept: nobody is asked, no record is counted. What was not measured is not
guessed, and what stands still has a reason in place of a time.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from math import ceil

from django.utils import timezone

from connections.models import Connection, RateBudget
from connections.pages.moments import clock
from connections.registry import VENDORS
from connections.transport.http import NoJournal
from syncs import sums
from syncs.ingest.pace import load_of
from syncs.models import FlowPace, FlowSettings, State
from syncs.morning import measure
from syncs.pipelines.outlook import calls_of
from syncs.registry import REGISTRY

WAITING = (State.PENDING, State.RUNNING)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(seconds=59)  # a minute that has begun is over by then
UNKNOWN = "Not known yet: its pace was not measured so far"
NO_WORKER = "No worker works"
Key = tuple[int, str]  # integration, flow


@dataclasses.dataclass(frozen=True)
class Finish:
    """Of one queue, or of several together. Without a time: why there is none."""

    waiting: int
    at: dt.datetime | None = None
    limit: str = ""  # what decides: "Procore’s limit"
    why: str = ""

    @property
    def sentence(self) -> str:
        if self.at is None:
            return self.why
        return f"Done about {clock(self.at + MINUTE)} ({self.limit})"


def settings_rows() -> Iterable[FlowSettings]:
    """Every flow with its two systems and their budgets, without what only clients need."""
    sides = ("integration__project_system", "integration__ledger")
    rows = FlowSettings.objects.select_related(*(f"{side}__budget" for side in sides))
    big = [f"{side}__{name}" for side in sides for name in ("secrets", "test_findings")]
    return rows.defer(*big).order_by("integration__name", "pk")


class Queues:
    """What waits at one moment, how fast each flow goes, and what each system still takes."""

    def __init__(
        self, found: sums.Sums, now: dt.datetime, works: bool = True,
        more: Mapping[Key, int] | None = None,
    ) -> None:  # fmt: skip
        """`works`: whether any worker does; `more`: what comes to what waits."""
        self.now, self.works = now, works
        self.rows = {(row.integration_id, row.flow): row for row in settings_rows()}
        self.waiting = {
            key: sum(states[state]["documents"] for state in WAITING if state in states)
            for key, states in found.by_flow().items()
        }
        for key, number in (more or {}).items():
            self.waiting[key] = self.waiting.get(key, 0) + number
        self.measures = {
            (row.integration_id, row.flow): measure.of(row) for row in FlowPace.objects.all()
        }
        self.limits: dict[int, dt.datetime | None] = {}

    def of(self, key: Key) -> Finish | None:
        """None where nothing waits."""
        number, row = self.waiting.get(key, 0), self.rows.get(key)
        if not number or row is None:
            return None
        if why := self.standing(row):
            return Finish(number, why=why)
        flow = REGISTRY.get(row.integration.key, {}).get(row.flow)
        if flow and flow.shows:
            return self.shown(row, number)
        found = self.measures.get(key)
        if found is None:
            return Finish(number, why=UNKNOWN)
        at, limit = max(self.bounds(row, number, found), key=lambda bound: bound[0])
        return Finish(number, at, limit)

    def together(self, keys: Iterable[Key]) -> Finish | None:
        """Of several queues: the last to end; what stands still is named first."""
        found = [each for key in keys if (each := self.of(key))]
        if not found:
            return None
        number = sum(each.waiting for each in found)
        whys = list(dict.fromkeys(each.why for each in found if each.why))
        if whys:
            return Finish(number, why="; ".join(whys))
        last = max(found, key=lambda each: each.at or self.now)
        return dataclasses.replace(last, waiting=number)

    # -- what stands still -------------------------------------------------------------------------

    def standing(self, row: FlowSettings) -> str:
        """Why nothing of it moves; empty where it moves."""
        if not (row.enabled and row.integration.active):
            return "Switched off"
        if row.stopped:
            return "Stopped"
        if not self.works:
            return NO_WORKER
        whys = (self.away(side) for side in row.integration.connections)
        return next((why for why in whys if why), "")

    def away(self, connection: Connection) -> str:
        if not connection.active:
            return f"{connection} is switched off"
        if connection.unreachable_since:
            return f"{connection} cannot be reached since {clock(connection.unreachable_since)}"
        if connection.paused_until and connection.paused_until > self.now:
            return f"{connection}: the sign-in fails, next try {clock(connection.paused_until)}"
        return ""

    # -- what moves --------------------------------------------------------------------------------

    def bounds(
        self, row: FlowSettings, number: int, found: measure.Measure
    ) -> list[tuple[dt.datetime, str]]:
        """Each time before which it cannot be through, and what that is."""
        bounds = [(self.now + dt.timedelta(seconds=number * found.seconds), self.pace(row, found))]
        sides = (found.project_requests, found.ledger_requests)
        for connection, requests in zip(row.integration.connections, sides, strict=True):
            if requests and (at := self.limit(connection)):
                bounds.append((at, f"{connection}’s limit"))
        return bounds

    @staticmethod
    def pace(row: FlowSettings, found: measure.Measure) -> str:
        if not found.slowest:
            return "our own pace"
        return f"{getattr(row.integration, found.slowest)}’s pace"

    @cached_property
    def needs(self) -> dict[int, tuple[float, float]]:
        """By connection what all that moves asks of it: requests, and seconds of the clock."""
        needs: dict[int, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
        for key, row in self.rows.items():
            number, found = self.waiting.get(key, 0), self.measures.get(key)
            if not number or found is None or self.standing(row):
                continue
            sides = (found.project_requests, found.ledger_requests)
            for connection, each in zip(row.integration.connections, sides, strict=True):
                requests, seconds = needs[connection.pk]
                needs[connection.pk] = (
                    requests + number * each, seconds + (number * found.seconds if each else 0)
                )  # fmt: skip
        return needs

    def limit(self, connection: Connection) -> dt.datetime | None:
        """When it will have taken all that is asked of it; None where no limit is known."""
        if connection.pk not in self.limits:
            self.limits[connection.pk] = self.counted(connection)
        return self.limits[connection.pk]

    def counted(self, connection: Connection) -> dt.datetime | None:
        budget: RateBudget | None = getattr(connection, "budget", None)
        until = budget.blocked_until if budget else None
        start = until if until and until > self.now else None
        vendor = VENDORS.get(connection.vendor)
        hourly = (budget and budget.hourly) or (vendor.hourly if vendor else None)
        if not hourly:
            return start
        need, seconds = self.needs[connection.pk]
        for_documents = max(hourly - load_of(connection, self.now).paced, 1.0)
        through = spent(budget, hourly, for_documents, need, seconds, start or self.now)
        return max(through, start) if through and start else through or start

    # -- boards, whose calls are counted by the day ------------------------------------------------

    def shown(self, row: FlowSettings, number: int) -> Finish:
        """By the calls that the platform leaves on a day."""
        connection = row.integration.project_system
        same = [key for key, each in self.rows.items()
                if each.integration.project_system_id == connection.pk]  # fmt: skip
        calls = calls_of(sum(self.waiting.get(key, 0) for key in same))
        found = VENDORS[connection.vendor].client(connection, NoJournal()).outlook(calls)
        if found is None:
            return Finish(number, why=UNKNOWN)
        return Finish(number, found[0], f"{connection}’s calls a day")


def spent(
    budget: RateBudget | None, hourly: int, for_documents: float, need: float, seconds: float,
    start: dt.datetime,
) -> dt.datetime | None:  # fmt: skip
    """When `need` requests are through: with what is left of this window, then by the hour.

    A shorter window than an hour's limits the pace, which is measured; by the hour it takes what it
    takes. None where what is left suffices.
    """
    if budget and budget.limit != hourly:
        return start + HOUR * (need / for_documents)
    open_now = budget is not None and budget.reset_at is not None and budget.reset_at > start
    left = max(budget.remaining, 0) if budget and open_now else for_documents
    if need <= left:
        return None
    end = budget.reset_at if budget and budget.reset_at and open_now else start + HOUR
    rest = need - left
    whole = ceil(rest / for_documents) - 1
    last = min(seconds * (rest - whole * for_documents) / need, 3600.0)
    return end + whole * HOUR + dt.timedelta(seconds=last)


def with_more(more: Mapping[Key, int]) -> str:
    """Before so many are tried again: when they and what waits already are through."""
    found = Queues(sums.latest(), timezone.now(), more=more).together(more)
    return f"With what waits there already: {lowered(found.sentence)}." if found else ""


def lowered(sentence: str) -> str:
    """Within another one; names of systems keep their letters."""
    ours = sentence.startswith(("Done", "Not known", "Stopped", "Switched"))
    return sentence[:1].lower() + sentence[1:] if ours else sentence


def of_flow(row: FlowSettings) -> Finish | None:
    """For the page of one flow."""
    return Queues(sums.latest(), timezone.now()).of((row.integration_id, row.flow))
