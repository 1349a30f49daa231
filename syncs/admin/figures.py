"""Counts for the front page, the tabs and the side bar: each is one query, and stays quick.

What needs a person is counted fresh, up to a cap. Whole-table sums are kept for some seconds.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Min, Sum
from django.utils import timezone

from connections.documents import ZERO
from connections.errors import Reason
from connections.models import Integration
from syncs.admin.reasons import link
from syncs.models import Alert, FlowSettings, Record, Run, State
from syncs.registry import REGISTRY

CAP = 1000
KEPT = 15  # seconds
SUMS = "syncs.sums"
TABS = (
    State.HELD, State.IN_DOUBT, State.PENDING, State.POSTED, State.SKIPPED, State.SET_ASIDE,
)  # fmt: skip
COUNTED = (State.HELD, State.IN_DOUBT, State.PENDING)


def capped(state: str) -> int:
    """How many are in this state, at most CAP: a short walk along an index."""
    return Record.objects.filter(state=state).order_by()[:CAP].count()


def shown(number: int) -> str:
    return f"{CAP - 1:,}+" if number >= CAP else f"{number:,}"


def tabs(active: str) -> list[dict[str, Any]]:
    """The list's tabs: what needs attention first."""
    rows = [{"title": "All", "url": link("syncs_record_changelist"), "active": not active}]
    for state in TABS:
        rows.append({
            "title": state.label, "active": active == state,
            "url": link("syncs_record_changelist", state__exact=state),
            "count": shown(capped(state)) if state in COUNTED else "",
        })  # fmt: skip
    return rows


def open_alerts() -> int:
    return Alert.objects.filter(closed_at=None).order_by()[:CAP].count()


@dataclasses.dataclass(frozen=True)
class Cell:
    """Records of one flow in one state."""

    documents: int = 0
    total: Decimal = ZERO
    oldest: dt.datetime | None = None
    url: str = ""


@dataclasses.dataclass(frozen=True)
class Sums:
    """Every record counted once; `as_of` tells when."""

    as_of: dt.datetime
    rows: list[dict[str, Any]]

    def by_flow(self) -> dict[tuple[int, str], dict[str, dict[str, Any]]]:
        found: dict[tuple[int, str], dict[str, dict[str, Any]]] = defaultdict(dict)
        for row in self.rows:
            found[row["integration_id"], row["flow"]][row["state"]] = row
        return found


def sums() -> Sums:
    """By integration, flow and state; the one query that reads every row, so it is kept."""
    kept: Sums | None = cache.get(SUMS)
    if kept is None:
        rows: Any = Record.objects.order_by().values("integration_id", "flow", "state")
        counted = rows.annotate(documents=Count("pk"), total=Sum("amount"), since=Min("changed_at"))
        kept = Sums(timezone.now(), [dict(row) for row in counted])
        cache.set(SUMS, kept, KEPT)
    return kept


@dataclasses.dataclass
class FlowRow:
    """One line of the front page's table."""

    settings: FlowSettings
    label: str
    cells: list[Cell]
    oldest_waiting: dt.datetime | None
    last_good_poll: dt.datetime | None
    last_poll_failed: bool


COLUMNS = (
    (State.POSTED,), (State.HELD,), (State.PENDING, State.RUNNING), (State.IN_DOUBT,),
    (State.SKIPPED,), (State.SET_ASIDE,),
)  # fmt: skip


def flow_rows(found: Sums) -> dict[Integration, list[FlowRow]]:
    """Per integration, in the order of its registry."""
    by_flow, polls = found.by_flow(), last_polls()
    rows: dict[Integration, list[FlowRow]] = defaultdict(list)
    for settings in FlowSettings.objects.select_related("integration").order_by("pk"):
        key = (settings.integration_id, settings.flow)
        rows[settings.integration].append(flow_row(settings, by_flow.get(key, {}), polls.get(key)))
    return dict(rows)


def flow_row(
    settings: FlowSettings, states: dict[str, dict[str, Any]], poll: dict[str, Any] | None
) -> FlowRow:
    flow = REGISTRY.get(settings.integration.key, {}).get(settings.flow)
    waiting = cell(settings, states, (State.PENDING, State.RUNNING))
    return FlowRow(
        settings,
        flow.label if flow else settings.label,
        [cell(settings, states, column) for column in COLUMNS],
        waiting.oldest,
        poll["good"] if poll else None,
        bool(poll and poll["last_ok"] is False),
    )


def cell(
    settings: FlowSettings, states: dict[str, dict[str, Any]], column: tuple[State, ...]
) -> Cell:
    rows = [states[state] for state in column if state in states]
    if not rows:
        return Cell()
    return Cell(
        sum(row["documents"] for row in rows),
        sum((row["total"] or ZERO for row in rows), ZERO),
        min(row["since"] for row in rows),
        link("syncs_record_changelist", state__exact=column[0], flow=settings.flow,
             integration__id__exact=settings.integration_id),
    )  # fmt: skip


def last_polls() -> dict[tuple[int, str], dict[str, Any]]:
    """When each flow was last polled well, and whether the last poll was: of the last days."""
    recent = timezone.now() - dt.timedelta(days=3)
    rows = Run.objects.filter(kind="poll", started_at__gt=recent).exclude(ok=None)
    latest: dict[tuple[int, str], dict[str, Any]] = {}
    ordered = rows.order_by("integration_id", "flow", "ok", "-started_at").distinct(
        "integration_id", "flow", "ok"
    )
    for run in ordered:
        entry = latest.setdefault((run.integration_id, run.flow), {"good": None, "bad": None})
        entry["good" if run.ok else "bad"] = run.started_at
    for entry in latest.values():
        good, bad = entry["good"], entry["bad"]
        entry["last_ok"] = bool(good and (bad is None or good > bad))
    return latest


def held_by_reason() -> list[dict[str, Any]]:
    """Why things wait, the most money first."""
    rows = Record.objects.filter(state=State.HELD).order_by().values("reason")
    counted = rows.annotate(documents=Count("pk"), total=Sum("amount"), since=Min("changed_at"))
    found = [
        {**row, "label": label(row["reason"]), "total": row["total"] or ZERO,
         "url": link("syncs_record_changelist", state__exact=State.HELD,
                     reason__exact=row["reason"])}
        for row in counted
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-abs(row["total"]), -row["documents"]))


def label(reason: str) -> str:
    return str(Reason(reason).label) if reason in Reason.values else reason or "No reason"
