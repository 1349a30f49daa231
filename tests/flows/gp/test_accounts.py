"""GL accounts become cost codes of the chosen projects, before a payable needs one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from connections.errors import Reason
from mappings.models import CostCodeMapping, ProjectLink
from mappings.reference import Reference
from syncs import tasks
from syncs.models import FlowSettings, Record, State
from tests.flows import gates
from tests.flows import telling as told
from tests.flows.gp.telling import JOB, an_invoice, by_hand, heard, journal
from tests.flows.telling import again, due_now
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db

FLOW = "accounts"
SALARIES = "1000-60100-00"
NEW = ("1000-60150-00", "1044-60300-00")
RULE = {"code_rule": "number", "code_part": "", "code_filter": "60100..60300", "projects": [JOB]}


@pytest.fixture
def site(gp: Company) -> Iterator[Company]:
    """As it was, afterwards: no cost code of ours, no account of the test's."""
    cache.clear()
    gp.settings(FLOW, **RULE)
    before = {row["id"] for row in gp.procore("procore/cost_codes")}
    yield gp
    for row in gp.procore("procore/cost_codes"):
        if row["id"] not in before:
            with suppress(HTTPError):  # one that is in use stays
                gp.procore_deletes("cost_codes", row)
    for number in NEW:
        with suppress(HTTPError):
            by_hand(gp, "delete_account", account=number)
    with suppress(HTTPError):
        by_hand(gp, "add_account", account=SALARIES, like="1000-60200-00")
    by_hand(gp, "change_account", account=SALARIES, description="Office Salaries", active=True)
    cache.clear()


def job(site: Company, number: str = JOB) -> str:
    return ProjectLink.objects.get(integration=site.integration, project_number=number).project_id


def brought(site: Company, code: str, project: str = JOB) -> Record:
    site.poll(FLOW)
    run_queue()
    return of(site, code, project)


def of(site: Company, code: str, project: str = JOB) -> Record:
    return Record.objects.get(
        integration=site.integration, flow=FLOW, scope=job(site, project), number=code
    )


def codes(site: Company, project: str = JOB) -> dict[str, dict[str, Any]]:
    """The project's codes as Procore itself tells them."""
    rows = site.procore("procore/cost_codes")
    return {row["full_code"]: row for row in rows if str(row["project_id"]) == job(site, project)}


def read_anew(site: Company) -> None:
    """The hourly refresh of the master data."""
    tasks.refresh(site.integration.pk)


def page(browser: Browser, site: Company) -> tuple[FlowSettings, str]:
    row = FlowSettings.objects.get(integration=site.integration, flow=FLOW)
    return row, f"/syncs/flowsettings/{row.pk}/change/"


# -- what finance chooses --------------------------------------------------------------------------


def test_accounts_stand_in_the_chosen_projects_before_a_payable_needs_them(site: Company) -> None:
    record = brought(site, "60100")
    assert record.state == State.POSTED, record.sentence
    there = codes(site)["60100"]
    name = Reference.objects.get(connection=site.integration.ledger, kind="account", code="60100")
    assert there["name"] == name.name
    assert (record.destination_id, record.project) == (str(there["id"]), JOB)
    assert "60100 is a cost code of project P-1044 for account 60100" in record.sentence
    assert {"60100", "60200", "60300"} <= codes(site).keys()
    assert not {"60400", "52200"} & codes(site).keys(), "only those that finance named"
    assert "60100" not in codes(site, "P-1042"), "and only in its projects"


def test_without_a_rule_nothing_is_sent_and_the_page_says_so(
    site: Company, admin_client: Browser
) -> None:
    site.settings(FLOW, code_rule="", code_filter="", projects=[])
    site.poll(FLOW)
    assert not Record.objects.filter(flow=FLOW).exists()
    _, address = page(admin_client, site)
    assert "has to be chosen what becomes a cost code" in admin_client.get(address).content.decode()
    site.settings(FLOW, code_rule="number")
    site.poll(FLOW)
    assert not Record.objects.filter(flow=FLOW).exists(), "no filter is not all of them"


def test_a_rule_is_chosen_on_the_flows_page(site: Company, admin_client: Browser) -> None:
    row, address = page(admin_client, site)
    given = {
        "enabled": "on", "period_rule": "hold", "rounding_threshold": "0", "unstated_tax": "hold",
        "void_rule": "hold", "every_minutes": "15", "code_rule": "segment", "code_part": "",
        "code_filter": "6*", "projects": [JOB],
    }  # fmt: skip
    assert "Which segment" in admin_client.post(address, given).content.decode()
    given |= {"code_part": "1", "code_filter": ""}
    assert "Which ones become" in admin_client.post(address, given).content.decode()
    given |= {"code_filter": "6*1"}
    assert "is neither a number" in admin_client.post(address, given).content.decode()
    admin_client.post(address, given | {"code_filter": "601*, 60200"})
    row.refresh_from_db()
    assert (row.code_rule, row.code_part, row.code_filter) == ("segment", "1", "601*, 60200")
    other = FlowSettings.objects.get(integration=site.integration, flow="payables_invoices")
    shown = admin_client.get(f"/syncs/flowsettings/{other.pk}/change/").content.decode()
    assert "code_rule" not in shown


def test_a_segment_of_the_whole_number_is_the_code(site: Company) -> None:
    """Several accounts of one segment are one code, called like the first."""
    site.settings(FLOW, code_rule="segment", code_part="2", code_filter="52200")
    with_whole_numbers(site)
    record = brought(site, "52200")
    assert record.state == State.POSTED, record.sentence
    assert "for accounts 0000-52200-00, 1042-52200-03" in record.sentence
    assert record.title == "Materials, Structure"


def with_whole_numbers(site: Company) -> None:
    row = site.integration.ledger
    row.settings = {**row.settings, "account_segment": ""}
    row.save()
    read_anew(site)


def test_mapped_accounts_bring_the_codes_of_the_mapping(site: Company) -> None:
    site.settings(FLOW, code_rule="mapped", code_filter="")
    CostCodeMapping.objects.create(
        integration=site.integration, cost_code="03-388", cost_type="M", account="60300",
        dimensions={"COSTCODE": "03-388"},
    )  # fmt: skip
    record = brought(site, "03-388")
    assert record.state == State.POSTED, record.sentence
    there = codes(site)["03-388"]
    assert there["parent_id"] == codes(site)["03"]["id"], "below the division that stands"
    theirs = of(site, "03-300")
    assert theirs.state == State.POSTED
    assert "left as people made it" in theirs.sentence
    assert codes(site)["03-300"]["origin_id"] is None


def test_accounts_that_are_called_like_a_code_are_that_code(site: Company) -> None:
    site.procore_has("cost_codes", project="P-1042", code="77-100", name="Office Pay")
    by_hand(site, "change_account", account=SALARIES, description="Office  pay")
    read_anew(site)
    site.settings(FLOW, code_rule="named", code_filter="")
    record = brought(site, "77-100")
    assert record.state == State.POSTED, record.sentence
    assert "77-100" in codes(site)


# -- changes and retirements -----------------------------------------------------------------------


def test_a_changed_description_follows(site: Company) -> None:
    brought(site, "60100")
    by_hand(site, "change_account", account=SALARIES, description="Salaries of offices")
    assert brought(site, "60100").title != "Salaries of offices", (
        "not before the chart is read anew"
    )
    read_anew(site)
    record = brought(site, "60100")
    assert (record.state, record.title) == (State.POSTED, "Salaries of offices"), record.sentence
    assert codes(site)["60100"]["name"] == "Salaries of offices"
    assert "Cost codes 60100 in project P-1044" in " ".join(journal(record)) or record.requests


def test_a_new_account_of_the_range_arrives(site: Company) -> None:
    brought(site, "60100")
    by_hand(site, "add_account", account="1000-60150-00", like=SALARIES, description="Parking")
    read_anew(site)
    assert brought(site, "60150").state == State.POSTED
    assert codes(site)["60150"]["name"] == "Parking"


@pytest.mark.parametrize("how", ["inactive", "deleted"])
def test_an_account_that_retires_is_told_and_nothing_is_deleted(site: Company, how: str) -> None:
    brought(site, "60100")
    if how == "inactive":
        by_hand(site, "change_account", account=SALARIES, active=False)
    else:
        by_hand(site, "delete_account", account=SALARIES)
    read_anew(site)
    record = brought(site, "60100")
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), record.sentence
    assert "Account 60100 is" in record.sentence
    assert "Budget Code Usage" in record.sentence
    assert "60100" in codes(site)
    assert record.accept("anna", "inactive in Procore, too")
    run_queue()
    record.refresh_from_db()
    assert (record.state, "accepted" in record.sentence) == (State.SKIPPED, True)
    if how == "inactive":
        by_hand(site, "change_account", account=SALARIES, active=True)
        read_anew(site)
        assert brought(site, "60100").state == State.POSTED


def test_what_the_rule_leaves_out_later_stays_as_it_is(site: Company) -> None:
    brought(site, "60100")
    site.settings(FLOW, code_filter="60200")
    record = brought(site, "60100")
    assert (record.state, "does not name 60100" in record.sentence) == (State.SKIPPED, True)
    assert "60100" in codes(site)


def test_a_chart_that_cannot_be_read_retires_nothing(site: Company) -> None:
    brought(site, "60100")
    Reference.objects.filter(connection=site.integration.ledger, kind="account").update(
        gone_at="2026-01-01T00:00Z"
    )
    record = brought(site, "60100")
    assert record.state == State.POSTED
    record = again(site, record)
    assert (record.state, record.attempts) == (State.PENDING, 0)
    assert "waits for the master data" in record.sentence


# -- what stands already ---------------------------------------------------------------------------


def test_a_code_that_people_typed_is_adopted_and_its_name_is_theirs(site: Company) -> None:
    site.procore_has("cost_codes", project=JOB, code="60100", name="Our own pay")
    record = brought(site, "60100")
    assert record.state == State.POSTED, record.sentence
    assert "left as people made it; the ledger calls it “" in record.sentence
    rows = site.procore("procore/cost_codes")
    same = [one for one in rows if one["full_code"] == "60100"]
    assert [(one["name"], one["origin_id"]) for one in same] == [("Our own pay", None)]
    by_hand(site, "change_account", account=SALARIES, active=False)
    read_anew(site)
    record = brought(site, "60100")
    assert (record.state, "no cost code 60100 of ours" in record.sentence) == (State.SKIPPED, True)


def test_reconciliation_puts_right_what_people_changed(site: Company) -> None:
    record = brought(site, "60100")
    there = codes(site)
    name = there["60100"]["name"]
    site.procore_changes("cost_codes", there["60100"], name="Something else")
    site.procore_deletes("cost_codes", there["60200"])
    assert brought(site, "60100").state == State.POSTED
    assert codes(site)["60100"]["name"] == "Something else", "a poll costs no look at Procore"
    tasks.reconcile(FlowSettings.objects.get(integration=site.integration, flow=FLOW).pk)
    run_queue()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert codes(site)["60100"]["name"] == name
    assert "60200" in codes(site)


# -- the ways of all writes ------------------------------------------------------------------------


def test_a_poll_costs_no_request_and_a_batch_three(site: Company) -> None:
    told.signed_in(site)
    told.forget_requests(site)
    site.poll(FLOW)
    assert told.requests_to(site, "procore") == {}
    run_queue()
    asked = told.requests_to(site, "procore")
    assert sum(count for name, count in asked.items() if "cost_codes" in name) <= 3, asked
    assert sum(told.requests_to(site, "gp").values()) == 0


def test_what_procore_refuses_is_held_alone(site: Company) -> None:
    by_hand(site, "add_account", account="1000-60150-00", like=SALARIES, description="Parking")
    site.procore_has("cost_codes", project="P-1042", code="60150", name="Parking",
                     origin_id=f"{job(site)}|60150")  # fmt: skip
    read_anew(site)
    record = brought(site, "60150")
    assert (record.state, record.reason) == (State.HELD, Reason.REFUSED), record.sentence
    assert "has already been taken" in record.sentence
    assert of(site, "60100").state == State.POSTED


def test_an_answer_that_was_lost_makes_no_second_code(site: Company) -> None:
    told.procore_fails(site, method="PATCH", path=".*/cost_codes/sync", action="cut_after", times=1)
    record = brought(site, "60100")
    assert record.state != State.POSTED, record.sentence
    site.procore("faults", method="DELETE")
    record = due_now(site, record)
    assert record.state == State.POSTED, record.sentence
    rows = site.procore("procore/cost_codes")
    assert sum(one["full_code"] == "60100" for one in rows) == 1


def test_accounts_pass_no_shut_gate(site: Company) -> None:
    site.settings(FLOW, shadow=True)
    record = brought(site, "60100")
    assert (record.state, record.reason) == (State.HELD, Reason.SHADOW), record.sentence
    assert record.proposed["code"] == "60100"
    gates.none_lets_it_pass(
        site, FLOW, lambda: due_now(site, again(site, record)), moves_no_money=True
    )
    assert again(site, record).state == State.POSTED


def test_a_payable_that_lacked_the_code_goes_on(site: Company) -> None:
    """Nobody can say how a code is called that neither GP nor a rule names."""
    CostCodeMapping.objects.create(
        integration=site.integration, cost_code="88-100", cost_type="O", account="60300"
    )
    by_hand(
        site, "add_account", account="1044-60300-00", like=SALARIES, description="Cleaning, job"
    )
    line = {"account": "1044-60300-00", "reference": "", "amount": "55.00"}
    record = heard(site, an_invoice(site, "LACKS-1", post=True, lines=[line]))
    assert (record.state, record.reason) == (State.HELD, Reason.COST_CODE), record.sentence
    site.settings(FLOW, code_rule="mapped", code_filter="")
    assert brought(site, "88-100").state == State.POSTED
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
