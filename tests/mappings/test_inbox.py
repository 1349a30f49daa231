"""The inbox of what lacks a mapping, and suggestions that one click links."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connections.models import Integration
from mappings.models import CostCodeMapping, ProjectLink, VendorLink
from syncs.models import Record
from tests.mappings.conftest import complete, messages_of, no_rule, no_vendor, refer, source
from tests.mappings.test_pages import ADD, rule

pytestmark = pytest.mark.django_db
EXPORT = "/syncs/record/unmapped/"
INBOX = "/mappings/costcodemapping/unmapped/"
CODES = "/mappings/costcodemapping/suggestions/"


def test_the_inbox_ranks_by_money_and_opens_a_filled_form(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    complete(integration)
    held("1", "500.00", no_rule("03-300", amount="400.00"), no_rule("26-000", amount="100.00"))
    held("2", "900.00", no_rule("03-300", project="P-200", amount="900.00"))
    held("3", "1000.00", no_vendor("11", "Mueller Beton"))
    answer = controller.get(INBOX)
    lines = answer.context["lines"]
    assert [(line.code, line.documents, line.money) for line in lines] == [
        ("03-300", 2, "$1,300.00"), ("11", 1, "$1,000.00"), ("26-000", 1, "$100.00"),
    ]  # fmt: skip
    assert lines[0].name == "Cast-in-place concrete"
    assert lines[0].projects == ["P-200", "P-100"]
    page = controller.get(lines[0].map_url).content.decode()
    assert 'value="03-300"' in page
    assert "Releases" in page


def test_what_must_not_be_added_up_stands_side_by_side(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    complete(integration)
    held("1", "400.00", no_rule("03-300", amount="400.00"))
    missed = no_rule("03-300", amount="50.00")
    foreign = {**source("2", "50.00", [missed]), "currency": "EUR"}
    held("2", "50.00", missed, currency="EUR", source=foreign)
    form = controller.get(f"{ADD}?cost_code=03-300").content.decode()
    assert "Releases 1 document, $400.00. 1 document needs this and something else." in form
    held("3", "9000.00", no_rule("03-300", amount="9000.00"), flow="subcontracts")
    answer = controller.get(INBOX)
    [line] = answer.context["lines"]
    assert (line.documents, line.money) == (
        3, "$400.00 costs, €50.00 costs, $9,000.00 commitments"
    )  # fmt: skip
    file = exported(controller.post(f"{EXPORT}csv/"))
    assert re.findall(r",(\d*),(\d+\.\d+),(\w+),(\w+)", file) == [
        ("3", "400.00", "USD", "costs"), ("", "50.00", "EUR", "costs"),
        ("", "9000.00", "USD", "commitments"),
    ]  # fmt: skip


def exported(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_the_inbox_asks_as_little_for_many_codes_as_for_one(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    refer(integration.project_system, "cost_code", "99-001", "Of one project", parent="900100")
    held("1", "500.00", no_rule("03-300"))
    with CaptureQueriesContext(connection) as one:
        assert len(controller.get(INBOX).context["lines"]) == 1
    held("2", "500.00", *(no_rule(f"99-{n:03}", amount=str(n)) for n in range(1, 41)))
    with CaptureQueriesContext(connection) as many:
        lines = controller.get(INBOX).context["lines"]
    assert len(lines) == 41
    assert len(many) == len(one)
    assert [line.name for line in lines if line.name] == [
        "Cast-in-place concrete", "Of one project"
    ]  # fmt: skip


def test_a_document_counts_once_for_what_it_misses_twice_and_each_line_for_its_code(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    unknown_tax = {"reason": "missing_mapping", "sentence": "…", "tax_code": "VAT 7"}
    of_ledger = {"reason": "missing_mapping", "sentence": "…", "ledger_account": "50100"}
    other = {"reason": "settings", "sentence": "…", "cost_code": "03-300", "amount": "5000.00"}
    held("1", "300.00", no_vendor("11", "Mueller Beton"), no_vendor("11", "Mueller Beton"))
    held("2", "-40.00", no_vendor("11", "Mueller Beton"), unknown_tax, unknown_tax, of_ledger)
    held(
        "3", "900.00", no_rule("03-300", amount="400.10"), no_rule("03-300", amount="-0.35"), other
    )
    held("4", "80.00", no_rule("03-300", "M", amount="many"), no_rule("03-300", "M", amount="80"))
    Record.objects.create(integration=integration, flow="requisitions", source_id="5", amount=900,
                          state="pending", problems=[no_rule("03-300")])  # fmt: skip
    lines = controller.get(INBOX).context["lines"]
    assert [(one.subject, one.code, one.cost_type, one.documents, one.money) for one in lines] == [
        ("cost_code", "03-300", "L", 1, "$399.75"),
        ("vendor_id", "11", "", 2, "$260.00"),
        ("cost_code", "03-300", "M", 1, "$80.00"),
        ("tax_code", "VAT 7", "", 1, "-$40.00"),
    ]  # fmt: skip
    assert lines[1].name == "Mueller Beton"


def test_the_inbox_does_not_hide_what_nothing_waits_for(
    controller: Client, integration: Integration
) -> None:
    assert "Nothing is missing" in controller.get(INBOX).content.decode()


def test_suggestions_are_listed_and_linked_by_one_click_only(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    record = held("1", "1000.00", no_vendor("12"))
    address = "/mappings/vendorlink/suggestions/"
    found = controller.get(address).context["unlinked"]
    assert [each.row.name for each in found] == [
        "ACME STEEL INC", "Mueller Beton", "Nobody Knows Them",
    ]  # fmt: skip
    assert [each.candidates[0].code for each in found[:2]] == ["V2", "V1"]
    assert found[2].candidates == []
    assert not VendorLink.objects.exists()
    choice = {"integration": integration.pk, "source": "12", "target": "V2"}
    answer = controller.post(address, choice, follow=True)
    assert "Linked ACME STEEL INC = V2." in messages_of(answer)
    record.refresh_from_db()
    assert record.state == "pending"
    assert len(answer.context["unlinked"]) == 2


def test_an_equal_tax_number_goes_before_every_name(
    controller: Client, integration: Integration
) -> None:
    refer(integration.project_system, "vendor", "14", "Acme Steel", data={"tax_number": "de-123"})
    found = controller.get("/mappings/vendorlink/suggestions/?q=14").context["unlinked"]
    assert [(each.code, each.why) for each in found[0].candidates] == [
        ("V1", "same tax number"), ("V2", "same name"),
    ]  # fmt: skip


def test_projects_are_suggested_by_name(controller: Client, integration: Integration) -> None:
    address = "/mappings/projectlink/suggestions/"
    found = controller.get(address).context["unlinked"]
    assert found[0].candidates[0].code == "J-100"
    controller.post(address, {"integration": integration.pk, "source": "900100", "target": "J-100"})
    link = ProjectLink.objects.get()
    assert (link.project_id, link.project_number, link.value) == ("900100", "P-100", "J-100")


def test_accounts_of_the_same_number_or_name_are_proposed_for_codes_without_a_rule(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    """Whole numbers, too; a person opens the rule filled in, and nothing is mapped by itself."""
    source, ledger = integration.project_system, integration.ledger
    refer(source, "cost_code", "03", "Concrete works", parent="900100")
    refer(source, "cost_code", "5100", "Forms", parent="900100")
    refer(source, "cost_code", "04-200", "masonry", parent="900100")
    refer(source, "cost_code", "04-200", "Masonry", parent="900200")
    refer(ledger, "account", "000-5100-03", "Concrete forming")
    held("1", "700.00", no_rule("04-200"), no_rule("04-200", "M"))
    page = controller.get(CODES)
    found = {each.key: each for each in page.context["unlinked"]}
    assert list(found) == ["04-200", "03-300", "5100"], "the most money first, no headings"
    assert [(one.code, one.why) for one in found["5100"].candidates] == [
        ("000-5100-03", "the account’s number has the code in it")
    ]  # fmt: skip
    assert [(one.code, one.why) for one in found["04-200"].candidates] == [
        ("50200", "the account is called ‘Masonry’, as the code is")
    ]
    assert "cost_code=5100&account=000-5100-03" in page.content.decode()
    assert not CostCodeMapping.objects.exists()
    assert controller.post(CODES, {"source": "5100", "target": "000-5100-03"}).status_code == 405
    form = controller.get(f"{ADD}?cost_code=04-200&account=50200").context["adminform"].form
    assert (form["cost_code"].value(), form["account"].value()) == ("04-200", "50200")
    rule(integration, cost_code="5100")
    assert "5100" not in {each.key for each in controller.get(CODES).context["unlinked"]}


def test_a_link_to_what_is_gone_makes_nothing(controller: Client, integration: Integration) -> None:
    address = "/mappings/vendorlink/suggestions/"
    choice = {"integration": integration.pk, "source": "12", "target": "V99"}
    answer = controller.post(address, choice, follow=True)
    assert "not in the reference data" in messages_of(answer)[0]
    assert not VendorLink.objects.exists()


def test_of_very_many_a_part_is_worked_out_and_that_is_said(
    controller: Client, integration: Integration, held: Callable[..., Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("syncs.reconciliation.releases.WORKED_OUT", 2)
    complete(integration)
    for number in range(6):
        held(str(number), "10.00", no_rule("03-300"))
    page = controller.get(f"{ADD}?cost_code=03-300").content.decode()
    assert "Releases about 6 documents, about $60.00." in page


def test_what_a_flow_in_shadow_mode_lacks_is_told_apart(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    complete(integration)
    integration.flows.update(shadow=True)
    held("1", "10.00", no_rule("03-300"), in_shadow=True)
    page = controller.get(f"{ADD}?cost_code=03-300").content.decode()
    assert "In shadow mode, 1 document, $10.00, lacks nothing else." in page
    assert "Releases" not in page
