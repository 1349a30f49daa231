"""How often a scope of a flow is polled: as finance set it, more rarely where it is quiet.

A project is quiet when its last polls brought nothing that was not known. Where its webhook
stands, which tells at once, it is polled up to sixteen times more rarely, but every four hours;
where none stands, only as far as the polls of all flows would need more than their share of what
the vendor takes an hour. That ends with the first that a poll brings, with a notice that names no
document, when a person asks for a poll, and when no poll came for a while. The reconciliation asks
for all of it each night.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cached_property
from math import ceil

from django.db.models import Q, Sum

from connections.models import Connection, Integration, Subscription
from connections.transport.rate_limit import hourly_limit
from syncs.flow import Flow, Scope
from syncs.ingest.schedule import next_poll
from syncs.models import Cursor, FlowSettings, Run
from syncs.registry import flows_of

RAREST = 16  # times the flow's interval
QUIETEST = dt.timedelta(hours=4)
SHARE = 0.5  # of what the vendor takes an hour; the rest is for documents
HOUR = dt.timedelta(hours=1)


def wake(integration: Integration, flow: str, scope: str = "") -> None:
    """The next poll asks for it (for all of the flow's, without a scope)."""
    resting = Cursor.objects.filter(integration=integration, flow=flow, next_at__isnull=False)
    (resting.filter(scope=scope) if scope else resting).update(next_at=None, quiet=0)


def interval(row: FlowSettings, now: dt.datetime) -> dt.timedelta:
    """Until the flow's next poll."""
    return max(next_poll(row, now) - now, dt.timedelta(minutes=1))


class Pace:
    """For one poll of one flow: which of its scopes are asked, and when each is asked again."""

    def __init__(self, row: FlowSettings, flow: Flow, now: dt.datetime) -> None:
        self.row, self.flow, self.now = row, flow, now
        self.every = interval(row, now)
        self.source = source_of(row, flow)
        self.cursors = {
            cursor.scope: cursor
            for cursor in Cursor.objects.filter(integration=row.integration, flow=flow.name)
        }

    def rests(self, scope: Scope) -> bool:
        """Left out this time. A poll that begins a little early still takes those along."""
        cursor = self.cursors.get(scope.id)
        early = cursor and cursor.next_at and cursor.next_at > self.now + self.every / 2
        return bool(early) and not self.was_away

    @cached_property
    def was_away(self) -> bool:
        """No poll for a while: the webhooks of that time may have found nobody, either."""
        mine = Run.objects.filter(
            integration=self.row.integration, flow=self.flow.name, kind="poll",
            started_at__lt=self.now, started_at__gte=self.now - 2 * self.every,
            ended_at__isnull=False,
        )  # fmt: skip
        return not mine.exists()

    def asked(self, scope: Scope, news: int, requests: int) -> None:
        """Note what the poll of this scope brought and cost, and when it is asked again."""
        cursor = self.cursors.get(scope.id) or Cursor(quiet=0)
        quiet = 0 if news else min(cursor.quiet + 1, 100)
        times = self.times(scope, quiet)
        mine = Cursor.objects.filter(
            integration=self.row.integration, flow=self.flow.name, scope=scope.id
        )
        next_at = self.now + times * self.every if times > 1 else None
        mine.update(quiet=quiet, requests=requests, times=times, next_at=next_at)

    def times(self, scope: Scope, quiet: int) -> int:
        """The flow's interval so many times."""
        if not quiet:
            return self.load.crowded(active_only=True)
        watched = scope.id in self.watched
        most = RAREST if watched else self.load.crowded(active_only=False)
        return max(1, min(1 << min(quiet, 10), most, QUIETEST // self.every))

    @cached_property
    def watched(self) -> set[str]:
        """The scopes whose webhook stands, of a flow whose documents are told by webhook."""
        if not self.flow.resources:
            return set()
        standing = Subscription.objects.filter(
            connection=self.source, state=Subscription.State.ACTIVE
        )
        return set(standing.exclude(scope="").values_list("scope", flat=True))

    @cached_property
    def load(self) -> Load:
        return load_of(self.source, self.now)


@dataclasses.dataclass(frozen=True)
class Load:
    """What the polls of all flows need of one connection, in requests an hour."""

    all: float  # would need, with nobody asked more rarely
    active: float  # of scopes that brought something
    paced: float  # as they are asked now
    limit: int | None  # what the vendor takes

    def crowded(self, active_only: bool) -> int:
        """How many times more rarely it has to be, so that the polls keep to their share."""
        if not self.limit:
            return 1
        need = self.active if active_only else self.all
        return max(1, ceil(need / (SHARE * self.limit)))


def source_of(row: FlowSettings, flow: Flow) -> Connection:
    integration = row.integration
    return integration.ledger if flow.source == "ledger" else integration.project_system


def has_source(row: FlowSettings, flow: Flow, source: Connection) -> bool:
    """Without reading it: it has secrets."""
    integration = row.integration
    from_ledger = flow.source == "ledger"
    return source.pk == (integration.ledger_id if from_ledger else integration.project_system_id)


def load_of(source: Connection, now: dt.datetime) -> Load:
    """From what the last poll of each scope cost and how often it is asked."""
    rows = list(polled_from(source))
    found = needs(rows, now)
    return Load(found.all, found.active, found.paced, hourly_limit(source))


def polled_from(source: Connection) -> Iterator[FlowSettings]:
    rows = FlowSettings.objects.filter(
        Q(integration__project_system=source) | Q(integration__ledger=source),
        integration__active=True, enabled=True, stopped=False,
    ).select_related("integration")  # fmt: skip
    for row in rows:
        flow = flows_of(row.integration).get(row.flow)
        if flow and has_source(row, flow, source):
            yield row


@dataclasses.dataclass
class Needs:
    """Requests an hour: with nobody asked more rarely, of the active alone, as they are asked."""

    all: float = 0
    active: float = 0
    paced: float = 0


def needs(rows: Sequence[FlowSettings], now: dt.datetime) -> Needs:
    """Of these flows together."""
    found = Needs()
    an_hour = {(row.integration_id, row.flow): HOUR / interval(row, now) for row in rows}
    cursors = Cursor.objects.filter(integration__in={row.integration_id for row in rows})
    parts = cursors.values("integration", "flow", "times").annotate(
        spent=Sum("requests"), busy=Sum("requests", filter=Q(quiet=0), default=0)
    )
    for part in parts:
        often = an_hour.get((part["integration"], part["flow"]), 0.0)
        found.all += part["spent"] * often
        found.active += part["busy"] * often
        found.paced += part["spent"] * often / part["times"]
    return found


def sentence(row: FlowSettings, now: dt.datetime) -> str:
    """What the schedule costs, beside what the vendor takes; empty before the first poll."""
    flow = flows_of(row.integration).get(row.flow)
    mine = needs([row], now)
    if flow is None or not mine.all:
        return ""
    source = source_of(row, flow)
    load = load_of(source, now)
    room = f" of {load.limit:,}" if load.limit else ""
    rarely = f" ({mine.all:,.0f} if quiet projects were not polled more rarely)"
    return (
        f"This schedule needs {mine.paced:,.0f}{room} requests an hour"
        f"{rarely if round(mine.all) > round(mine.paced) else ''}; "
        f"all polls of {source} need {load.paced:,.0f}."
    )
