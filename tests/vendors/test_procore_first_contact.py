"""First contact with Procore: each way in which a company may be other is said."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connections.first_contact.tape import playing, recorded_connection
from connections.vendors.procore import Procore
from connections.vendors.procore.first_contact import RELIED, sample
from tests.vendors.contact import Met, meet, record
from tests.vendors.test_procore_story import Story, procore, ready

__all__ = ["procore", "ready"]
pytestmark = pytest.mark.django_db(transaction=True)

Deviate = Callable[[Story], None]
PERSON, MAIL = "Mallory Quince", "mallory@quince.example"


def project(**changes: Any) -> Deviate:
    return lambda story: story.changes("projects", story.project, **changes)


def answers(path: str, body: Any, **rule: Any) -> Deviate:
    given = {"status": 200, "times": None, **rule}
    return lambda story: story.fails(action="status", method="GET", path=path, body=body, **given)


def few_requests(story: Story) -> None:
    headers = {
        "X-Rate-Limit-Limit": "20", "X-Rate-Limit-Remaining": "19",
        "X-Rate-Limit-Reset": str(int(time.time()) + 9),
    }  # fmt: skip
    answers(r"/projects\?.*per_page=1(&|$)", [{"id": 1}], headers=headers)(story)


ORDER = dict.fromkeys(RELIED["purchase_order"]) | {"id": 1, "status": "Approved"}
EUR, USD = ({"currency_configuration": {"currency_iso_code": code}} for code in ("EUR", "USD"))
SUB_JOB = {
    "id": 5, "flat_code": "93-100.M.A",
    "segment_items": [{"code": "A", "segment": {"type": "sub_job"}}],
}  # fmt: skip
DEVIATIONS: dict[str, tuple[Deviate, tuple[str, ...]]] = {
    "another host": (
        answers("/company_base_url", {"zone": "us02", "web_base_url": "https://us02.procore.com"}),
        ("us02.procore.com", "Correct Web address"),
    ),
    "no project": (project(permitted=False), ("No project is visible", "permitted projects")),
    "another integration": (
        project(is_erp_integrated=True), ("another ERP integration", "must not book one project")
    ),
    "zone": (
        project(time_zone="Central Time (US & Canada)"),
        ("Central Time (US & Canada)", "SITE_TIME_ZONE"),
    ),
    "no right": (
        answers("/requisitions", {"errors": "You do not have permission"}, status=403),
        ("requisitions cannot be read", "Raise the service account's permission"),
    ),
    "a status of its own": (
        answers("/purchase_order_contracts", [{**ORDER, "status": "On Hold"}]),
        ("purchase order", "on_hold", "Statuses read otherwise"),
    ),
    "a field less": (
        answers("/purchase_order_contracts", [{"id": 1, "status": "Approved", "vendor": None}]),
        ("grand_total", "before this flow is released"),
    ),
    "currencies": (
        answers("/purchase_order_contracts", [{**ORDER, **EUR}, {**ORDER, **USD}]),
        ("several currencies: EUR, USD", "currency rule"),
    ),
    "sub jobs": (answers("/wbs_codes", [SUB_JOB]), ("sub_job", "say in rules")),
    "bare codes": (
        answers("/wbs_codes", [{"id": 5, "flat_code": "93-100.M"}]),
        ("without their segments", "Work Breakdown Structure"),
    ),
    "a small limit": (few_requests, ("20 requests in its window",)),
    "silent": (
        answers("/webhooks/resources", {"data": []}), ("does not tell of", "Direct Costs", "polled")
    ),
}  # fmt: skip


def first_met(story: Story, folder: Path) -> Met:
    story.connection.settings["web_url"] = story.ready["api_url"]
    story.connection.save()
    return meet(story.connection, folder)


@pytest.mark.parametrize("name", DEVIATIONS)
def test_each_deviation_is_found_and_said(procore: Story, tmp_path: Path, name: str) -> None:
    deviate, words = DEVIATIONS[name]
    deviate(procore)
    met = first_met(procore, tmp_path)
    assert met.differs(*words), met.screen
    assert not met.ok


def test_a_company_as_it_is_known_shows_none_of_them(procore: Story, tmp_path: Path) -> None:
    procore.has_a_subcontract()
    procore.has_a_billing()
    procore.has_a_direct_cost()
    for name in ("purchase_order_contracts",):
        procore.has_document(name, status="Approved", vendor="Acme & Söhne GmbH", number="PO-1",
                             title="Rebar")  # fmt: skip
    met = first_met(procore, tmp_path)
    assert "another shape" not in met.screen, met.screen
    assert ": differs: " not in met.screen, met.screen
    for kind in ("purchase order", "subcontract", "requisition", "direct cost"):
        assert f"Rows of a {kind} have the" in met.screen
    assert procore.violations() == []


def test_nothing_but_reads_leaves(procore: Story, tmp_path: Path) -> None:
    procore.control("DELETE", "requests")
    first_met(procore, tmp_path)
    log = procore.control("GET", "requests?tail=5000")["log"]
    assert len(log) > 15
    assert {one["method"] for one in log if one["path"] != "/oauth/token"} == {"GET"}


def test_the_report_has_neither_secrets_nor_people_nor_amounts(
    procore: Story, tmp_path: Path
) -> None:
    secret = procore.ready["client_secret"]
    procore.has("vendors", name=PERSON, email_address=MAIL)
    procore.changes("projects", procore.project, name=PERSON)
    procore.has_a_subcontract(title=PERSON, vendor=PERSON)
    words = f"{PERSON} <{MAIL}> may not see 218,400.00 with {secret}"
    answers("/tax_codes", {"errors": [words]}, status=403)(procore)
    met = first_met(procore, tmp_path)
    assert PERSON in met.screen
    assert secret not in met.screen
    for hidden in (PERSON, "Quince", MAIL, "218,400", "12500", secret, procore.ready["company_id"],
                   procore.ready["client_id"]):  # fmt: skip
        assert str(hidden) not in met.report


def test_a_tape_of_the_company_is_played_back(procore: Story, tmp_path: Path) -> None:
    procore.has_a_subcontract(title=PERSON)
    path = tmp_path / "tape.json"
    record(procore.connection, path)
    text = path.read_text()
    for hidden in (PERSON, "Acme", "12500", "Depot", procore.ready["client_secret"],
                   str(procore.ready["company_id"]), procore.project, "127.0.0.1"):  # fmt: skip
        assert hidden not in text, hidden
    again = recorded_connection(path)
    again.secrets = {"client_secret": "another"}
    again.save()
    real = procore.new_client().projects()
    procore.control("DELETE", "requests")
    with playing(path):
        client = Procore(again)
        assert [one.active for one in client.projects()] == [one.active for one in real]
        assert client.vendors()
        assert client.cost_types()
        [subcontract] = sample(client, "subcontract", client.projects()[0].id)
    assert subcontract["status"] == "Approved"
    assert subcontract["grand_total"] == "1.0"
    assert procore.control("GET", "requests")["total"] == 0


@pytest.mark.parametrize("body", [{}, "<html>Sign in</html>"])
def test_a_limit_of_another_answer_is_not_ours(procore: Story, tmp_path: Path, body: Any) -> None:
    answers("/rest/v1.0/projects", body)(procore)
    met = first_met(procore, tmp_path)
    assert met.unasked("Limits"), met.screen
    assert not met.differs("rate limit")
