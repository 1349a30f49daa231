"""The front page: what needs this person, a line per integration, who is well, the trend."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from audit.models import Entry
from connections.companies.asked import seen
from connections.models import Connection, Integration
from connections.pages import asking
from syncs import sums
from syncs.admin import figures, list_sums
from syncs.admin.fixes import link
from syncs.admin.front.chart import trend_part
from syncs.admin.front.lines import Page
from syncs.admin.list_sums import Companies
from syncs.models import Alert, FixRequest, Record, State
from syncs.morning import needs
from syncs.morning.finish import Queues
from syncs.morning.systems import Health, healths

LISTED = 10


def dashboard(request: HttpRequest, context: dict[str, Any], works: bool = True) -> dict[str, Any]:
    """The theme asks this for the front page. Who may not see a thing is not shown it.

    `works`: whether any worker does; else nothing has a time at which it is through.
    """
    companies, known = list_sums.companies(), healths()
    context |= {"title": "Overview", "counted_at": timezone.now(), "steps": []}
    context["no_company"] = seen() == frozenset()
    held = needs.held_rows() if may(request, "syncs.view_record") else []
    found = context["needs"] = needs.of(request.user, companies, known, held)
    if may(request, "syncs.view_record"):
        whole = may(request, "connections.view_connection")
        context |= records_part(companies, known, whole, works)
        others = figures.held_by_reason(held, needs.reasons(found, held), companies)
        context |= {"held_for_others": others, "may_ask": may(request, asking.MAY_ASK)}
    elif seen() is None:
        context["steps"] = first_steps()
    if may(request, "syncs.view_fixrequest"):
        context["answered_to_me"] = answers(request, companies)
    context["steps"] = [open_to(request, each) for each in context["steps"]]
    context["may_see_flows"] = may(request, "syncs.view_flowsettings")
    context["may_stop"] = may(request, "syncs.stop_flow") and context["may_see_flows"]
    if may(request, "connections.view_connection"):
        context["connections"] = known
    if may(request, "syncs.view_alert") and not may(request, "syncs.change_alert"):
        context["alerts"] = list(Alert.objects.filter(closed_at=None)[:LISTED])
    if may(request, "audit.view_entry"):
        lines = Entry.objects.order_by("-sequence")
        context["head"] = lines.only("sequence", "at", "hash").first()
    return context


def may(request: HttpRequest, permission: str) -> bool:
    return request.user.has_perm(permission)


def answers(request: HttpRequest, companies: Companies) -> list[FixRequest]:
    """To what this person asked for, and not read yet."""
    rows = FixRequest.objects.select_related("integration", "record__integration").defer(
        "record__source", "record__coded", "record__problems"
    )
    found = list(rows.unread(request.user)[:LISTED])
    for row in found:
        row.told = row.title(companies.currencies.get(row.integration_id, ""))  # type: ignore[attr-defined]
    return found


def records_part(
    companies: Companies, known: list[Health], whole: bool, works: bool
) -> dict[str, Any]:
    """A line per integration, what is in doubt, the trend."""
    found = sums.latest()
    queues = Queues(found, timezone.now(), works)
    problems = {
        each.connection.pk: each.alerted + each.problems if whole else each.in_short
        for each in known
    }
    page = Page(found, queues, companies)
    doubtful = Record.objects.filter(state=State.IN_DOUBT).select_related("integration")
    return {
        "as_of": found.as_of,
        "lines": page.lines(problems),
        "titles": page.titles,
        "columns": page.columns,
        "in_doubt": list_sums.of_companies(
            doubtful.defer("source", "coded").order_by("run_at")[:LISTED], companies
        ),
        "steps": first_steps() if seen() is None and not found.rows else [],
        "trend": trend_part(companies),
    }


# -- the newcomer ----------------------------------------------------------------------------------


def first_steps() -> list[dict[str, Any]]:
    """What to do while there are no records: which of it is done, and where to do the next."""
    connected = Connection.objects.count()
    integrated = Integration.objects.filter(active=True).exists()
    tested = Connection.objects.filter(test_ok=True).exists()
    return [
        step("Connect the project system and the ledger", connected >= 2,
             "connections_connection_add", "connections.add_connection"),
        step("Press “Test connection” on both", tested, "connections_connection_changelist",
             "connections.view_connection"),
        step("Make an integration of the two", integrated, "connections_integration_add",
             "connections.add_integration"),
        step("Look through the flow settings: booking, cut-over date, schedule", False,
             "syncs_flowsettings_changelist", "syncs.view_flowsettings"),
        step("Map cost codes to accounts, or import them as CSV", False,
             "mappings_costcodemapping_changelist", "mappings.view_costcodemapping"),
        step("Wait for the first poll, or press “Poll now”", False,
             "syncs_flowsettings_changelist", "syncs.view_flowsettings"),
    ]  # fmt: skip


def step(title: str, done: bool, page: str, permission: str) -> dict[str, Any]:
    return {"title": title, "done": done, "url": link(page), "permission": permission}


def open_to(request: HttpRequest, each: dict[str, Any]) -> dict[str, Any]:
    """Without its link where this person may not go, and then with whom it is."""
    if may(request, each["permission"]):
        return each
    return {**each, "url": "", "whom": asking.whom(each["permission"])}
