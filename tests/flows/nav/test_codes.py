"""Values of NAV's dimension stand in the projects' lists before a document names them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Browser

from connections.errors import Reason
from mappings.models import ProjectLink
from syncs import tasks
from syncs.models import FlowSettings, Record, State
from tests.flows import gates
from tests.flows import telling as told
from tests.flows.nav.telling import JOB, by_hand
from tests.flows.telling import again, due_now
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db

FLOW = "dimension_values"
RULE = {"code_rule": "value", "code_part": "COSTCODE", "code_filter": "55-*", "projects": [JOB]}


@pytest.fixture
def site(nav: Company) -> Iterator[Company]:
    """Finance wants the values of division 55 in one project; afterwards all is as it was."""
    nav.settings(FLOW, **RULE)
    before = {row["id"] for row in nav.procore("procore/cost_codes")}
    nav_has(nav, "55-100", "Shoring")
    yield nav
    for row in nav.procore("procore/cost_codes"):
        if row["id"] not in before:
            nav.procore_deletes("cost_codes", row)
    for code in ("55-100", "55-200"):
        if code in nav.ledger("ledger")["dimension_values"]:
            by_hand(nav, "change_value", dimension="COSTCODE", code=code, delete=True)


def nav_has(site: Company, code: str, name: str) -> None:
    """Made in NAV, and read by the hourly refresh."""
    by_hand(site, "add_value", dimension="COSTCODE", code=code, name=name)
    tasks.refresh(site.integration.pk)


def in_nav(site: Company, code: str, **facts: Any) -> None:
    by_hand(site, "change_value", dimension="COSTCODE", code=code, **facts)
    tasks.refresh(site.integration.pk)


def brought(site: Company, code: str, flow: str = FLOW) -> Record:
    site.poll(flow)
    run_queue()
    return Record.objects.get(integration=site.integration, flow=flow, number=code)


def codes(site: Company, project: str = JOB) -> dict[str, dict[str, Any]]:
    link = ProjectLink.objects.get(integration=site.integration, project_number=project)
    rows = site.procore("procore/cost_codes")
    return {row["full_code"]: row for row in rows if str(row["project_id"]) == link.project_id}


def test_a_value_stands_in_the_chosen_project_without_a_document(site: Company) -> None:
    record = brought(site, "55-100")
    assert record.state == State.POSTED, record.sentence
    assert codes(site)["55-100"]["name"] == "Shoring"
    assert "for value 55-100 of COSTCODE" in record.sentence
    assert "55-100" not in codes(site, "P-1045")
    in_nav(site, "55-100", name="Shoring and bracing")
    assert brought(site, "55-100").state == State.POSTED
    assert codes(site)["55-100"]["name"] == "Shoring and bracing"


def test_a_code_that_people_typed_is_adopted_and_its_name_is_theirs(site: Company) -> None:
    site.procore_has("cost_codes", project=JOB, code="55-100", name="Our own shoring")
    record = brought(site, "55-100")
    assert record.state == State.POSTED, record.sentence
    assert "left as people made it; the ledger calls it “Shoring”" in record.sentence
    rows = [row for row in site.procore("procore/cost_codes") if row["full_code"] == "55-100"]
    assert [(row["name"], row["origin_id"]) for row in rows] == [("Our own shoring", None)]


def test_what_finance_did_not_choose_stays_in_nav(site: Company, admin_client: Browser) -> None:
    site.settings(FLOW, code_rule="", code_part="", code_filter="")
    site.poll(FLOW)
    assert not Record.objects.filter(flow=FLOW).exists()
    row = FlowSettings.objects.get(integration=site.integration, flow=FLOW)
    address = f"/syncs/flowsettings/{row.pk}/change/"
    assert "has to be chosen" in admin_client.get(address).content.decode()
    given = {
        "enabled": "on", "period_rule": "hold", "rounding_threshold": "0", "unstated_tax": "hold",
        "void_rule": "hold", "every_minutes": "15", "code_rule": "value", "code_part": "COSTS",
        "code_filter": "*",
    }  # fmt: skip
    said = admin_client.post(address, given).content.decode()
    assert "no dimension COSTS" in said
    assert "COSTCODE" in said
    assert "number" not in dict(admin_client.get(address).context["adminform"].form.fields[
        "code_rule"].choices)  # fmt: skip
    admin_client.post(address, given | {"code_part": "COSTCODE"})
    row.refresh_from_db()
    assert (row.code_rule, row.code_part) == ("value", "COSTCODE")


def test_a_value_that_a_project_brought_is_not_spread_over_the_others(
    site: Company, mode: str
) -> None:
    """No echo: the code of one project became a value of NAV, and that is all."""
    typed = site.procore_has("cost_codes", project=JOB, code="55-200", name="Piles")
    tasks.refresh(site.integration.pk)
    record = brought(site, "55-200", "cost_codes")
    if mode == "online":
        assert record.state == State.HELD
        nav_has(site, "55-200", "Piles")
        record = brought(site, "55-200", "cost_codes")
    assert record.state == State.POSTED, record.sentence
    tasks.refresh(site.integration.pk)
    site.settings(FLOW, projects=[JOB, "P-1045"])
    site.poll(FLOW)
    run_queue()
    assert not Record.objects.filter(flow=FLOW, number="55-200").exists()
    assert "55-200" not in codes(site, "P-1045")
    assert typed["id"] == codes(site)["55-200"]["id"]


def test_what_nav_takes_away_is_told_and_not_made_there_again(site: Company) -> None:
    brought(site, "55-100")
    in_nav(site, "55-100", delete=True)
    record = brought(site, "55-100")
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), record.sentence
    assert "Value 55-100 of COSTCODE is not in the ledger any more" in record.sentence
    site.poll("cost_codes")
    run_queue()
    assert "55-100" not in site.ledger("ledger")["dimension_values"]
    assert "55-100" in codes(site)


def test_a_blocked_value_is_not_sent(site: Company) -> None:
    by_hand(site, "block_value", dimension="COSTCODE", value="55-100")
    tasks.refresh(site.integration.pk)
    site.poll(FLOW)
    assert not Record.objects.filter(flow=FLOW).exists()


def test_values_pass_no_shut_gate_and_a_poll_costs_nothing(site: Company) -> None:
    site.settings(FLOW, shadow=True)
    told.signed_in(site)
    told.forget_requests(site)
    site.poll(FLOW)
    assert told.requests_to(site, "procore") == {}
    run_queue()
    record = Record.objects.get(flow=FLOW, number="55-100")
    assert (record.state, record.reason) == (State.HELD, Reason.SHADOW)
    gates.none_lets_it_pass(
        site, FLOW, lambda: due_now(site, again(site, record)), moves_no_money=True
    )
    assert again(site, record).state == State.POSTED


@pytest.mark.parametrize("action", ["cut_before", "cut_after"])
def test_a_value_without_an_answer_passes_no_shut_gate(site: Company, action: str) -> None:
    path = ".*/cost_codes/sync"
    told.procore_fails(site, method="PATCH", path=path, action=action, times=1)
    record = brought(site, "55-100")
    assert record.state == State.PENDING, record.sentence
    gates.none_lets_it_pass(
        site, FLOW, lambda: due_now(site, again(site, record)), moves_no_money=True
    )
    assert again(site, record).state == State.POSTED


def test_a_value_that_nav_renamed_or_took_away_passes_no_shut_gate(site: Company) -> None:
    record = brought(site, "55-100")
    in_nav(site, "55-100", name="Shoring and bracing")
    gates.none_lets_it_pass(
        site, FLOW, lambda: due_now(site, again(site, record)), moves_no_money=True
    )
    assert codes(site)["55-100"]["name"] == "Shoring"
    in_nav(site, "55-100", delete=True)
    gates.none_lets_it_pass(
        site, FLOW, lambda: due_now(site, again(site, record)), moves_no_money=True
    )
    record = again(site, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE)
