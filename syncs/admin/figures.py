"""Counts for the front page, the tabs and the side bar: each is one query, and stays quick.

What needs a person is counted fresh, up to a cap. Whole-table sums are kept for some seconds.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db.models import Q
from django.utils import timezone

from connections.errors import Reason
from syncs.admin.fixes import link
from syncs.admin.list_sums import Companies, totals
from syncs.models import Alert, Record, Run, State
from syncs.worklist.care import AS_DRAFT, FOR_PEOPLE, IN_BOOKS, IN_SHADOW, NOT_THERE

CAP = 1000
COUNTED = (State.HELD, State.IN_DOUBT, State.PENDING)
# Beside the states: as lists are filtered, sums told apart.
SHADOW, DRAFT, GONE = "shadow", "draft", "gone"
WANTED = {
    State.HELD: FOR_PEOPLE, SHADOW: IN_SHADOW, DRAFT: AS_DRAFT, State.POSTED: IN_BOOKS,
    GONE: NOT_THERE,
}  # fmt: skip
BESIDE = {DRAFT: "Left as drafts", GONE: "No longer there", SHADOW: "Shadow"}
TABS = (
    *((state, state.label) for state in COUNTED), (DRAFT, "Drafts"),
    *((state, state.label) for state in (State.POSTED, State.SKIPPED, State.SET_ASIDE)),
    (GONE, "No longer there"), (SHADOW, "Shadow"),
)  # fmt: skip


def capped(state: str) -> int:
    """How many are in this state, at most CAP: a short walk along an index. What a flow in shadow
    mode holds is no person's work, what is left as a draft or was cancelled there is not posted:
    each stands apart."""
    wanted = WANTED.get(state, Q(state=state))
    return Record.objects.filter(wanted).order_by()[:CAP].count()


def shown(number: int) -> str:
    return f"{CAP - 1:,}+" if number >= CAP else f"{number:,}"


def tabs(active: str) -> list[dict[str, Any]]:
    """The list's tabs: what needs attention first."""
    rows = [{"title": "All", "url": link("syncs_record_changelist"), "active": not active}]
    for state, title in TABS:
        rows.append({
            "title": title, "active": active == state,
            "url": link("syncs_record_changelist", state__exact=state),
            "count": shown(capped(state)) if state in COUNTED else "",
        })  # fmt: skip
    return rows


def open_alerts() -> int:
    return Alert.objects.filter(closed_at=None).order_by()[:CAP].count()


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


def held_by_reason(
    held: list[dict[str, Any]], but: set[str], companies: Companies
) -> list[dict[str, Any]]:
    """Why the others wait, the most money first."""
    together: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in held:
        if row["reason"] not in but:
            together[row["reason"]].append(row)
    found = [
        {"label": label(reason), "documents": sum(row["documents"] for row in rows),
         "totals": [total for total in totals(rows, companies) if total.amount],
         "since": min(row["since"] for row in rows),
         "url": link("syncs_record_changelist", state__exact=State.HELD, reason__exact=reason)}
        for reason, rows in together.items()
    ]  # fmt: skip
    return sorted(found, key=lambda row: -sum(abs(total.amount) for total in row["totals"]))


def label(reason: str) -> str:
    return str(Reason(reason).label) if reason in Reason.values else reason or "No reason"
