"""Accounts that are proposed for a code say why, and none is proposed that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from connections.models import Connection, Integration
from mappings.models import CostCodeMapping, ProjectLink
from mappings.pages.account_reasons import AccountReasons, Asked
from mappings.reference import Reference
from syncs.models import Record
from tests.mappings.conftest import no_rule, no_vendor, refer, said, upload
from tests.mappings.test_files import RULES, rules_file

pytestmark = pytest.mark.django_db
ADD = "/mappings/costcodemapping/add/"
INBOX = "/mappings/costcodemapping/unmapped/"


@pytest.fixture
def electrical(integration: Integration) -> Integration:
    for number, name in (("53200", "Electrical"), ("53300", "Plumbing"), ("53400", "Roofing")):
        refer(integration.ledger, "account", number, name)
    ProjectLink.objects.create(
        integration=integration, project_id="7", project_number="P-7",
        project_name="Highland Tower", value="J-100",
    )  # fmt: skip
    return integration


def rule(integration: Integration, code: str, account: str, **fields: str) -> CostCodeMapping:
    return CostCodeMapping.objects.create(
        integration=integration, cost_code=code, account=account, **fields
    )


def told(integration: Integration, code: str, **facts: str) -> list[tuple[str, str]]:
    asked = Asked(code, **facts)
    return [(one.code, one.why) for one in AccountReasons(integration).of(asked)]


def test_the_same_code_in_another_project(electrical: Integration) -> None:
    rule(electrical, "77-700", "53200", project="P-7")
    assert told(electrical, "77-700", project="P-8") == [
        ("53200", "77-700 goes to 53200 in Highland Tower")
    ]


def test_the_same_code_in_another_integration_where_the_account_is_there(
    electrical: Integration,
) -> None:
    ledger = Connection.objects.create(name="NAV", vendor="nav")
    other = Integration.objects.create(
        key="nav_procore", name="NAV and Procore", project_system=electrical.project_system,
        ledger=ledger,
    )  # fmt: skip
    rule(other, "77-700", "53200")
    rule(other, "77-700", "999", cost_type="L")
    assert told(electrical, "77-700") == [("53200", "77-700 goes to 53200 in NAV and Procore")]


def test_another_cost_type_says_nothing(electrical: Integration) -> None:
    rule(electrical, "77-700", "53200", cost_type="L")
    rule(electrical, "77-600", "53300", cost_type="M")
    assert told(electrical, "77-700", cost_type="M") == [
        ("53300", "its neighbour 77-600 goes to 53300")
    ]
    assert told(electrical, "77-600", cost_type="S") == []


def test_neighbours_that_agree(electrical: Integration) -> None:
    rule(electrical, "77-600", "53200")
    rule(electrical, "77-800", "53200")
    rule(electrical, "77-900", "53400")
    rule(electrical, "78-710", "53400")
    assert told(electrical, "77-700") == [
        ("53200", "its neighbours 77-600 and 77-800 both go to 53200")
    ]


def test_neighbours_that_disagree_are_both_said(electrical: Integration) -> None:
    rule(electrical, "77-600", "53200")
    rule(electrical, "77-800", "53300")
    assert told(electrical, "77-700") == [
        ("53200", "its neighbour 77-600 goes to 53200; 77-800 goes to 53300"),
        ("53300", "its neighbour 77-800 goes to 53300; 77-600 goes to 53200"),
    ]


def test_the_rules_of_a_neighbour_that_disagree_make_none_of_it(electrical: Integration) -> None:
    rule(electrical, "77-600", "53200", cost_type="L")
    rule(electrical, "77-600", "53300", cost_type="M")
    assert told(electrical, "77-700") == []
    assert told(electrical, "77-700", cost_type="L") == [
        ("53200", "its neighbour 77-600 goes to 53200")
    ]


def test_neighbours_are_told_by_the_number_not_by_the_letters(electrical: Integration) -> None:
    rule(electrical, "77-90", "53200")
    rule(electrical, "77-1000", "53200")
    rule(electrical, "77-20", "53300")
    rule(electrical, "8000", "53400")
    assert told(electrical, "77-100") == [
        ("53200", "its neighbours 77-90 and 77-1000 both go to 53200")
    ]
    assert told(electrical, "8050") == [("53400", "its neighbour 8000 goes to 53400")]
    assert told(electrical, "9050") == []


@pytest.mark.parametrize("which", ["of another project", "of a whole group"])
def test_a_rule_that_is_for_something_else_is_no_neighbour(
    electrical: Integration, which: str
) -> None:
    code = "77-600" if which == "of another project" else "77"
    rule(electrical, code, "53200", project="P-7" if "-" in code else "")
    assert told(electrical, "77-700", project="P-8") == []


def test_an_account_that_is_called_as_the_code_is(electrical: Integration) -> None:
    assert told(electrical, "16-000", name="Electrical") == [
        ("53200", "the account is called ‘Electrical’, as the code is")
    ]
    [(account, why)] = told(electrical, "16-000", name="Electrical work")
    assert account == "53200"
    assert why == "the account’s name, ‘Electrical’, is like the code’s, ‘Electrical work’"
    assert told(electrical, "16-000", name="Insurance") == []


@pytest.mark.parametrize("state", ["blocked", "gone", "unknown"])
def test_an_account_that_cannot_be_used_is_never_proposed(
    electrical: Integration, state: str
) -> None:
    account = Reference.objects.get(code="53200")
    if state == "blocked":
        account.unusable = "is blocked"
    elif state == "gone":
        account.gone_at = account.seen_at
    else:
        account.code = "1"
    account.save()
    rule(electrical, "77-600", "53200")
    rule(electrical, "77-700", "53200", project="P-7")
    assert "53200" not in [account for account, _ in told(electrical, "77-700", name="Electrical")]


def test_the_strongest_reason_comes_first_and_an_account_once(electrical: Integration) -> None:
    rule(electrical, "77-700", "53400", project="P-7")
    rule(electrical, "77-600", "53200")
    rule(electrical, "77-800", "53200")
    assert told(electrical, "77-700", name="Electrical") == [
        ("53400", "77-700 goes to 53400 in Highland Tower"),
        ("53200", "its neighbours 77-600 and 77-800 both go to 53200; "
                  "the account is called ‘Electrical’, as the code is"),
    ]  # fmt: skip


# -- where they are offered -----------------------------------------------------------------------


def test_one_press_fills_the_form_and_maps_nothing(
    controller: Client, electrical: Integration
) -> None:
    rule(electrical, "77-600", "53200")
    panel = controller.get(f"{ADD}?integration={electrical.pk}&cost_code=77-700&cost_type=L")
    [hint] = panel.context["panel"]["hints"]
    assert hint.why in panel.content.decode()
    form = controller.get(hint.url).context["adminform"].form
    assert (form["cost_code"].value(), form["cost_type"].value()) == ("77-700", "L")
    assert form["account"].value() == "53200"
    assert CostCodeMapping.objects.count() == 1
    assert controller.get(hint.url).context["panel"]["hints"] == [], "it is filled in"


def test_the_inbox_offers_the_likeliest_of_each(
    controller: Client, electrical: Integration, held: Callable[..., Record]
) -> None:
    rule(electrical, "77-600", "53200")
    held("1", "50.00", no_rule("77-700"))
    held("2", "40.00", no_vendor("12", "ACME STEEL INC"))
    held("3", "30.00", no_vendor("99", "Mueller Beton"))
    lines = controller.get(INBOX).context["lines"]
    assert [[(hint.code, hint.why) for hint in line.hints] for line in lines] == [
        [("53200", "its neighbour 77-600 goes to 53200")],
        [("V2", "same name")],
        [("V1", "same name")],
    ]  # fmt: skip


def test_the_form_of_a_vendor_offers_both_ways(
    controller: Client, integration: Integration
) -> None:
    def hints(query: str) -> Any:
        page = controller.get(f"/mappings/vendorlink/add/?integration={integration.pk}&{query}")
        return [(one.code, one.url.rpartition("&")[2]) for one in page.context["panel"]["hints"]]

    assert hints("project_vendor_id=12")[0] == ("V2", "ledger_number=V2")
    assert hints("ledger_number=V1")[0] == ("11", "project_vendor_id=11")
    assert hints("ledger_number=V1&project_vendor_id=11") == []
    assert hints("project_vendor_id=13") == []


def test_a_row_of_a_file_that_names_no_vendor_of_the_ledger_is_told_who_is_meant(
    controller: Client, integration: Integration
) -> None:
    text = "project_vendor_id,ledger_number\n12,V9\n13,V9\n"
    assert said(upload(controller, "vendorlink", text)) == [
        "2: Vendor V9 does not exist in BC.", "2: Perhaps V2 Acme Steel, Inc.: same name.",
        "3: Vendor V9 does not exist in BC.",
    ]  # fmt: skip


def test_a_row_of_a_file_with_a_wrong_account_is_told_a_likely_one(
    controller: Client, electrical: Integration
) -> None:
    rule(electrical, "77-600", "53200")
    assert said(upload(controller, RULES, rules_file("bc_procore,77-700,*,*,9,,,"))) == [
        "2: Account 9 does not exist in BC.",
        "2: Perhaps 53200 Electrical: its neighbour 77-600 goes to 53200.",
    ]
