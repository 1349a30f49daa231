"""The front page: what needs attention, what moved, who is well. One query per block."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.db.models import Count, Min, Q
from django.http import HttpRequest
from django.utils import timezone

from audit.models import Entry
from connections.models import Connection, Integration, Subscription
from syncs.admin import figures
from syncs.admin.reasons import link
from syncs.models import Alert, Record, State

LISTED = 10
SOON = dt.timedelta(hours=24)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The theme asks this for the front page. Who may not see a thing is not shown it."""
    context["title"] = "Overview"
    context["steps"] = first_steps() if not may(request, "syncs.view_record") else []
    if may(request, "syncs.view_record"):
        context |= records_part()
    if may(request, "connections.view_connection"):
        context["connections"] = connections()
    if may(request, "syncs.view_alert"):
        context["alerts"] = list(Alert.objects.filter(closed_at=None)[:LISTED])
    if may(request, "audit.view_entry"):
        lines = Entry.objects.order_by("-sequence")
        context["head"] = lines.only("sequence", "at", "hash").first()
    return context


def may(request: HttpRequest, permission: str) -> bool:
    return request.user.has_perm(permission)


def records_part() -> dict[str, Any]:
    """Tiles, the table by flow, what is held and what is in doubt."""
    found = figures.sums()
    flows = figures.flow_rows(found)
    doubtful = Record.objects.filter(state=State.IN_DOUBT).select_related("integration")
    return {
        "as_of": found.as_of,
        "kept": figures.KEPT,
        "flows": flows,
        "tiles": tiles(found),
        "held_by_reason": figures.held_by_reason(),
        "in_doubt": list(doubtful.defer("source", "coded").order_by("run_at")[:LISTED]),
        "steps": [] if found.rows else first_steps(),
        "columns": ["Posted", "Held", "Pending", "In doubt", "Skipped", "Set aside"],
    }


def tiles(found: figures.Sums) -> list[dict[str, Any]]:
    """Counted fresh, up to a cap; the money and the ages are as of the last count."""
    rows = []
    for state, note in ((State.HELD, "need a person"), (State.IN_DOUBT, "the ledger is asked"),
                        (State.PENDING, "wait for their turn")):  # fmt: skip
        same = [row for row in found.rows if row["state"] == state]
        rows.append({
            "title": state.label, "count": figures.shown(figures.capped(state)), "note": note,
            "oldest": min((row["since"] for row in same), default=None),
            "url": link("syncs_record_changelist", state__exact=state),
            "bad": state != State.PENDING,
        })  # fmt: skip
    return rows


# -- who is well -----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Health:
    """One connection, and what is wrong with it, in sentences."""

    connection: Connection
    problems: list[str]
    notes: list[str]
    url: str


def connections() -> list[Health]:
    """Their tokens and subscriptions come in two queries, however many there are."""
    rows = Connection.objects.select_related("token", "budget").defer(
        "secrets", "token__access_token", "test_findings"
    )
    subscribed = subscriptions()
    return [health(row, subscribed.get(row.pk, {})) for row in rows]


def subscriptions() -> dict[int, dict[str, Any]]:
    rows = Subscription.objects.exclude(state=Subscription.State.GONE).order_by()
    counted = rows.values("connection_id").annotate(
        active=Count("pk", filter=Q(state=Subscription.State.ACTIVE)),
        failed=Count("pk", filter=Q(state=Subscription.State.FAILED)),
        next=Min("expires_at", filter=Q(state=Subscription.State.ACTIVE)),
    )
    return {row["connection_id"]: dict(row) for row in counted}


def health(row: Connection, subscribed: dict[str, Any]) -> Health:
    now = timezone.now()
    problems, notes = [], []
    if not row.active:
        notes.append("Switched off.")
    if row.paused:
        problems.append(f"Paused: {row.pause_sentence}")
    if row.test_ok is False:
        problems.append("Its last test failed.")
    problems += token_problems(row)
    problems += subscription_problems(subscribed, now)
    if subscribed.get("active"):
        notes.append(f"{subscribed['active']} subscriptions stand.")
    return Health(row, problems, notes, link("connections_connection_change", row.pk))


def token_problems(row: Connection) -> list[str]:
    token = getattr(row, "token", None)
    if token is None:
        return []
    if token.error and (token.obtained_at is None or (
        token.failed_at and token.failed_at > token.obtained_at
    )):  # fmt: skip
        return [f"The sign-in fails: {token.error}"]
    return []


def subscription_problems(subscribed: dict[str, Any], now: dt.datetime) -> list[str]:
    problems = []
    if subscribed.get("failed"):
        problems.append(f"{subscribed['failed']} subscriptions failed.")
    if subscribed.get("next") and subscribed["next"] < now + SOON:
        problems.append("A subscription expires within a day.")
    return problems


# -- the newcomer ----------------------------------------------------------------------------------


def first_steps() -> list[dict[str, Any]]:
    """What to do while there are no records: which of it is done, and where to do the next."""
    connected = Connection.objects.count()
    integrated = Integration.objects.filter(active=True).exists()
    tested = Connection.objects.filter(test_ok=True).exists()
    return [
        step("Connect the project system and the ledger", connected >= 2,
             link("connections_connection_add")),
        step("Press “Test connection” on both", tested, link("connections_connection_changelist")),
        step("Make an integration of the two", integrated, link("connections_integration_add")),
        step("Look through the flow settings: booking, cut-over date, schedule", False,
             link("syncs_flowsettings_changelist")),
        step("Map cost codes to accounts, or import them as CSV", False,
             link("mappings_costcodemapping_changelist")),
        step("Wait for the first poll, or press “Poll now”", False,
             link("syncs_flowsettings_changelist")),
    ]  # fmt: skip


def step(title: str, done: bool, url: str) -> dict[str, Any]:
    return {"title": title, "done": done, "url": url}
