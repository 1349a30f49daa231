"""The inbox of what lacks a mapping, and suggestions that one click links."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from connections.models import Integration
from mappings.models import CostCodeMapping, ProjectLink, VendorLink
from syncs.models import Record
from tests.mappings.conftest import messages_of, no_rule, no_vendor, refer
from tests.mappings.test_pages import ADD, rule

pytestmark = pytest.mark.django_db
CODES = "/mappings/costcodemapping/suggestions/"


def test_the_inbox_ranks_by_money_and_opens_a_filled_form(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    held("1", "500.00", no_rule("03-300", amount="400.00"), no_rule("26-000", amount="100.00"))
    held("2", "900.00", no_rule("03-300", project="P-200", amount="900.00"))
    held("3", "1000.00", no_vendor("11", "Mueller Beton"))
    answer = controller.get("/mappings/costcodemapping/unmapped/")
    lines = answer.context["lines"]
    assert [(line.code, line.documents, line.money) for line in lines] == [
        ("03-300", 2, "$1,300.00"), ("11", 1, "$1,000.00"), ("26-000", 1, "$100.00"),
    ]  # fmt: skip
    assert lines[0].name == "Cast-in-place concrete"
    assert lines[0].projects == ["P-200", "P-100"]
    page = controller.get(lines[0].map_url).content.decode()
    assert 'value="03-300"' in page
    assert "Releases" in page


def test_the_inbox_does_not_hide_what_nothing_waits_for(
    controller: Client, integration: Integration
) -> None:
    assert (
        "Nothing is missing"
        in controller.get("/mappings/costcodemapping/unmapped/").content.decode()
    )


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
        ("000-5100-03", "same number")
    ]  # fmt: skip
    assert [(one.code, one.why) for one in found["04-200"].candidates] == [("50200", "same name")]
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
