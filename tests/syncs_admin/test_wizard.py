"""A new integration page by page: what fits, all choices, the summary, made in shadow mode."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from connections.models import Connection, Integration
from mappings.models import Reference
from syncs.registry import REGISTRY
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
START = "/syncs/flowsettings/new/"
MAY = ("connections.add_integration", "connections.view_integration", "syncs.view_flowsettings")


@pytest.fixture
def sides() -> dict[str, Connection]:
    made = {
        name: Connection.objects.create(name=f"Our {name}", vendor=name)
        for name in ("procore", "monday", "business_central", "gp")
    }
    Reference.objects.create(
        connection=made["procore"], kind="project", code="24-017", name="Riverside Clinic",
        remote_id="p1", seen_at=dt.datetime.now(dt.UTC),
    )  # fmt: skip
    return made


def person(name: str = "carla", *more: str) -> Client:
    return story.signed_in(story.person(name, *MAY, *more))


def address(sides: dict[str, Connection]) -> str:
    return f"{START}bc_procore/{sides['procore'].pk}/{sides['business_central'].pk}/"


def filled(page: Any, **changes: Any) -> dict[str, Any]:
    """What the page's forms would send."""
    data: dict[str, Any] = {}
    for form in (page.context["common"], *page.context["parts"]):
        for name in form.fields:
            value = form[name].value()
            if value not in (None, False, []):
                data[form[name].html_name] = value
    return {**data, **changes}


def text(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_only_pairs_that_fit_are_offered_and_the_others_say_why(
    sides: dict[str, Connection],
) -> None:
    page = person().get(START)
    fit = {(one.project_system.vendor, one.ledger.vendor) for one in page.context["pairs"]}
    assert fit == {
        ("procore", "business_central"), ("procore", "gp"), ("monday", "business_central"),
    }  # fmt: skip
    [misfit] = page.context["misfits"]
    assert (misfit.project_system.vendor, misfit.ledger.vendor) == ("monday", "gp")
    assert "No kind of integration joins" in misfit.why_not
    assert misfit.why_not in text(page)


def test_what_is_kept_in_step_already_is_not_offered_again(sides: dict[str, Connection]) -> None:
    Integration.objects.create(
        key="bc_procore", name="Building", project_system=sides["procore"],
        ledger=sides["business_central"],
    )  # fmt: skip
    page = person().get(START)
    offered = [(one.project_system.vendor, one.ledger.vendor, one.used)
               for one in page.context["pairs"]]  # fmt: skip
    assert sorted(offered) == [("monday", "business_central", True), ("procore", "gp", True)]
    assert "Kept in step already Our procore and Our business_central: Building" in text(page)


def test_it_is_made_with_all_that_was_chosen_and_writes_nothing(
    sides: dict[str, Connection],
) -> None:
    client = person("carla", "syncs.change_flowsettings")
    page = client.get(address(sides))
    assert [part.instance.flow for part in page.context["parts"]] == list(REGISTRY["bc_procore"])
    data = filled(page, **{
        "name": "Keystone", "start_date": "2026-11-01", "projects": ["24-017"], "adopt": "on",
        "direct_costs-booking": "invoice_draft", "direct_costs-every_minutes": "30",
    })  # fmt: skip
    del data["prime_change_orders-enabled"]
    shown = client.post(address(sides), data)
    assert "Purchase invoice, left as a draft, every 30 minutes" in text(shown)
    assert "switched off" in text(shown)
    assert not Integration.objects.exists()
    made = client.post(address(sides), {**data, "confirmed": "1"})
    integration = Integration.objects.get()
    assert made["Location"] == f"/syncs/flowsettings/cutover/{integration.pk}/"
    assert (integration.name, integration.active) == ("Keystone", True)
    rows = {row.flow: row for row in integration.flows.all()}
    assert rows.keys() == REGISTRY["bc_procore"].keys()
    assert all(row.shadow for row in rows.values())
    cost = rows["direct_costs"]
    assert (cost.booking, cost.every_minutes) == ("invoice_draft", 30)
    assert (cost.start_date, cost.projects) == (dt.date(2026, 11, 1), ["24-017"])
    assert cost.adopt
    assert not rows["prime_change_orders"].enabled
    assert Entry.objects.filter(sentence__contains="was made in shadow mode", actor="carla")


def test_a_summary_warns_where_a_cost_would_be_booked_twice(sides: dict[str, Connection]) -> None:
    client = person("carla", "syncs.change_flowsettings")
    data = filled(client.get(address(sides)), **{"subcontracts-booking": "invoice_posted"})
    assert "booked twice" in text(client.post(address(sides), data))


def test_what_is_wrong_is_said_beside_its_field(sides: dict[str, Connection]) -> None:
    client = person("carla", "syncs.change_flowsettings")
    data = filled(client.get(address(sides)), **{"name": "", "direct_costs-every_minutes": "0"})
    page = client.post(address(sides), {**data, "confirmed": "1"})
    assert "This field is required" in text(page)
    assert "greater than or equal to 1" in text(page)
    assert not Integration.objects.exists()


def test_change_something_leads_back_with_what_was_chosen(sides: dict[str, Connection]) -> None:
    client = person("carla", "syncs.change_flowsettings")
    data = filled(client.get(address(sides)), **{"direct_costs-booking": "journal"})
    page = client.post(address(sides), {**data, "again": "1"})
    chosen = {part.instance.flow: part for part in page.context["parts"]}["direct_costs"]
    assert chosen["booking"].value() == "journal"


def test_the_same_companies_are_joined_twice_only_with_a_tick(sides: dict[str, Connection]) -> None:
    client = person("carla", "syncs.change_flowsettings")
    Integration.objects.create(
        key="bc_procore", name="First", project_system=sides["procore"],
        ledger=sides["business_central"],
    )  # fmt: skip
    data = filled(client.get(address(sides)), name="Second", confirmed="1")
    assert "may be carried twice" in text(client.post(address(sides), data))
    client.post(address(sides), {**data, "save_anyway": "on"})
    assert Integration.objects.filter(name="Second").exists()


def test_who_may_not_change_flow_settings_makes_it_inactive(sides: dict[str, Connection]) -> None:
    client = person("ingo")
    page = client.get(address(sides))
    assert page.context["parts"] == []
    data = {**filled(page, **{"direct_costs-booking": "journal"}), "confirmed": "1"}
    client.post(address(sides), data)
    made = Integration.objects.get()
    assert not made.active
    assert made.flows.get(flow="direct_costs").booking == "invoice_posted"


def test_it_takes_the_right_and_systems_that_fit(sides: dict[str, Connection]) -> None:
    stranger = story.signed_in(story.person("eve", "syncs.view_flowsettings"))
    assert stranger.get(START).status_code == 403
    assert stranger.post(address(sides), {"confirmed": "1"}).status_code == 403
    wrong = f"{START}bc_procore/{sides['monday'].pk}/{sides['business_central'].pk}/"
    assert person().get(wrong).status_code == 404
    assert not Integration.objects.exists()


def test_projects_that_are_not_read_yet_are_said_to_be(sides: dict[str, Connection]) -> None:
    Reference.objects.all().delete()
    assert "They are read once the integration works" in text(person().get(address(sides)))


def test_what_no_flow_heeds_is_not_asked(sides: dict[str, Connection]) -> None:
    """Boards know no projects, and nothing is adopted on them."""
    client = person("carla", "syncs.change_flowsettings")
    page = client.get(f"{START}bc_monday/{sides['monday'].pk}/{sides['business_central'].pk}/")
    assert set(page.context["common"].fields) == {"name", "start_date", "save_anyway"}
    data = filled(page, name="Boards", start_date="2026-11-01", next="1")
    summary = text(client.post(page.request["PATH_INFO"], data))
    assert "Cut-over date Nov 1, 2026" in summary
    assert "What stands already" not in summary
    client.post(page.request["PATH_INFO"], {**data, "confirmed": "1"})
    days = {row.flow: row.start_date for row in Integration.objects.get(name="Boards").flows.all()}
    assert {name for name, day in days.items() if day} == {"purchase_invoices", "purchase_orders"}
