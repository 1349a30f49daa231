"""One line per integration, and one per flow below it: what waits, what moved, when it is through.

Every figure comes from the kept sums, and leads to the list of exactly those documents.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from connections.models import Integration
from syncs.admin import figures
from syncs.admin.fixes import link
from syncs.admin.list_sums import Companies, totals
from syncs.models import FlowSettings, State
from syncs.morning.finish import Finish, Queues
from syncs.registry import label_of
from syncs.sums import Sums

Row = dict[str, Any]
LIVE = (
    ("Waiting", (State.PENDING, State.RUNNING)), ("In doubt", (State.IN_DOUBT,)),
    ("Held", (State.HELD,)),
)  # fmt: skip
DRAFTS, GONE = ("Drafts there", (figures.DRAFT,)), ("No longer there", (figures.GONE,))
ENDED = (
    ("Posted in all", (State.POSTED,)), ("Ended otherwise", (State.SKIPPED, State.SET_ASIDE)),
    ("In shadow", (figures.SHADOW,)),
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Cell:
    """How many, what they come to in each currency, and the list that shows exactly them."""

    title: str
    documents: int = 0
    money: tuple[str, ...] = ()
    url: str = ""
    since: dt.datetime | None = None
    bad: bool = False


@dataclasses.dataclass(frozen=True)
class FlowLine:
    settings: FlowSettings
    label: str
    cells: list[Cell]
    finish: Finish | None
    last_good: dt.datetime | None
    failed: bool
    next_at: dt.datetime | None


@dataclasses.dataclass(frozen=True)
class Line:
    """An integration: what its flows come to together, and what is wrong with its systems."""

    integration: Integration
    flows: list[FlowLine]
    cells: list[Cell]
    finish: Finish | None
    problems: list[str]

    @property
    def last_good(self) -> dt.datetime | None:
        return max((each.last_good for each in self.flows if each.last_good), default=None)

    @property
    def next_at(self) -> dt.datetime | None:
        return min((each.next_at for each in self.flows if each.next_at), default=None)

    @property
    def failed(self) -> int:
        return sum(each.failed for each in self.flows)

    @property
    def stopped(self) -> int:
        return sum(each.settings.stopped for each in self.flows)

    @property
    def running(self) -> int:
        """Flows that could be stopped."""
        return len(self.flows) - self.stopped


class Page:
    """The lines of one moment. Drafts, and what is no longer there, have their columns where there
    are any."""

    def __init__(self, found: Sums, queues: Queues, known: Companies) -> None:
        self.found, self.queues, self.known = found, queues, known
        states = {row["state"] for row in found.rows}
        self.live = (*LIVE, DRAFTS) if figures.DRAFT in states else LIVE
        self.ended = (*ENDED, GONE) if figures.GONE in states else ENDED
        self.titles = [*(title for title, _ in self.live), "Posted today", "Posted this month"]
        self.columns = [*self.titles, *(title for title, _ in self.ended)]
        self.rows: dict[tuple[int, str], list[Row]] = defaultdict(list)
        for row in found.rows:
            self.rows[row["integration_id"], row["flow"]].append(row)
        self.posted: dict[tuple[int, str], list[Row]] = defaultdict(list)
        for row in found.posted:
            self.posted[row["integration_id"], row["flow"]].append(row)
        self.polls = figures.last_polls()

    def lines(self, problems: dict[int, list[str]]) -> list[Line]:
        """`problems`: sentences by connection."""
        together: dict[int, list[FlowSettings]] = defaultdict(list)
        for row in self.queues.rows.values():
            together[row.integration_id].append(row)
        return [self.line(rows, problems) for rows in together.values()]

    def line(self, rows: list[FlowSettings], problems: dict[int, list[str]]) -> Line:
        integration = rows[0].integration
        keys = [(row.integration_id, row.flow) for row in rows]
        said = [
            f"{side}: {sentence}"
            for side in integration.connections for sentence in problems.get(side.pk, [])
        ]  # fmt: skip
        where = {"integration__id__exact": integration.pk}
        cells = self.cells(keys, where)[: len(self.titles)]
        flows = [self.flow_line(row) for row in rows]
        return Line(integration, flows, cells, self.queues.together(keys), said)

    def flow_line(self, row: FlowSettings) -> FlowLine:
        key = (row.integration_id, row.flow)
        poll = self.polls.get(key) or {}
        where = {"flow": row.flow, "integration__id__exact": row.integration_id}
        runs = row.enabled and not row.stopped and row.integration.active
        return FlowLine(
            row, label_of(row.integration, row.flow), self.cells([key], where),
            self.queues.of(key), poll.get("good"), poll.get("last_ok") is False,
            row.next_poll_at if runs else None,
        )  # fmt: skip

    def cells(self, keys: Iterable[tuple[int, str]], where: Row) -> list[Cell]:
        keys = list(keys)
        rows = [row for key in keys for row in self.rows.get(key, [])]
        posted = [row for key in keys for row in self.posted.get(key, [])]
        day = self.found.day
        spans = (("Posted today", "today", day), ("Posted this month", "month", day.replace(day=1)))
        return [
            *(self.in_states(title, states, rows, where) for title, states in self.live),
            *(self.since_day(title, name, first, posted, where) for title, name, first in spans),
            *(self.in_states(title, states, rows, where) for title, states in self.ended),
        ]

    def in_states(self, title: str, states: tuple[str, ...], rows: list[Row], where: Row) -> Cell:
        mine = [row for row in rows if row["state"] in states]
        if not mine:
            return Cell(title)
        several = len(states) > 1
        query = {"state__in": ",".join(states)} if several else {"state__exact": states[0]}
        return Cell(
            title, sum(row["documents"] for row in mine), self.money(mine),
            link("syncs_record_changelist", **query, **where),
            min(row["since"] for row in mine), states[0] in (State.HELD, State.IN_DOUBT),
        )  # fmt: skip

    def since_day(self, title: str, name: str, first: dt.date, rows: list[Row], where: Row) -> Cell:
        mine = [
            {**row, "documents": row[name], "total": row[f"{name}_total"]}
            for row in rows if row[name]
        ]  # fmt: skip
        if not mine:
            return Cell(title)
        days = {"posted_at_from": first.isoformat(), "posted_at_to": self.found.day.isoformat()}
        url = link("syncs_record_changelist", state__exact=State.POSTED, **where, **days)
        return Cell(title, sum(row["documents"] for row in mine), self.money(mine), url)

    def money(self, rows: list[Row]) -> tuple[str, ...]:
        return tuple(total.money for total in totals(rows, self.known) if total.amount)
