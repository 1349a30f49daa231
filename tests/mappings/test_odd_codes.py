"""Codes as programs and hands make them: read as the system spells them, or refused by line."""

from __future__ import annotations

import pytest
from django.test import Client

from connections.models import Integration
from mappings.models import VendorLink
from mappings.reference import Reference
from tests.mappings.conftest import asked, confirm, refer, refusal, said, upload
from tests.mappings.test_workbooks import rules

pytestmark = pytest.mark.django_db
RULES = "costcodemapping"
CHART = "chartaccount"
HEADER = "cost_code,cost_type,project,account\n"


@pytest.mark.parametrize(
    "code",
    ["#NOM?", "#N/D", "#N/B", "#¡REF!", "#¿NOMBRE?", "#WERT!", "#ZAHL!", "#GETTING_DATA",
     "#SPILL!", "#DEEL/0!", "Err:502", "#NAMN?"],
)  # fmt: skip
def test_the_errors_of_any_language_are_refused(
    controller: Client, integration: Integration, code: str
) -> None:
    answer = upload(controller, RULES, f"{HEADER}03-300,*,{code},50100\n")
    assert "what Excel makes of a formula that fails" in refusal(answer)
    assert "a formula that fails" in refusal(upload(controller, CHART, f"number\n{code}\n"))


@pytest.mark.parametrize(
    ("code", "made_of"),
    [
        ("30/janv", "looks like a date"), ("03:10:00", "looks like a time"),
        ("3:10:00 AM", "looks like a time"), ("1月30日", "looks like a date"),
        ("2026/01/30", "looks like a date"), ("30-sty", "looks like a date"),
        ("January 30, 2026", "looks like a date"), ("TRUE", "takes for yes or no"),
        ("30 January 2026", "looks like a date"), ("FAUX", "takes for yes or no"),
    ],
)  # fmt: skip
def test_other_dates_times_and_words_of_excel_are_refused(
    controller: Client, integration: Integration, code: str, made_of: str
) -> None:
    answer = upload(controller, RULES, f'{HEADER}"{code}",*,*,50100\n')
    said_so = refusal(answer)
    assert said_so.startswith(f"2: “{code}” in cost_code is what Excel makes of")
    assert made_of in said_so


@pytest.mark.parametrize("code", ["01-10-2000", "2000-01-10", "10.10", "03/10/20", "JUN-1A", "#12"])
def test_what_a_ledger_may_call_its_accounts_is_no_date(
    controller: Client, integration: Integration, code: str
) -> None:
    assert said(upload(controller, CHART, f"number\n{code}\n")) == []


@pytest.mark.parametrize(
    "code",
    ["٠٣-٣٠٠", "03\u00ad300", "“03-300”", "'03-300'", "«03-300»", "03-300\ufe0f", "\u316403-300",
     "03\u2043300"],
)  # fmt: skip
def test_other_digits_hyphens_and_quotes_lead_to_the_code(
    controller: Client, integration: Integration, code: str
) -> None:
    preview = upload(controller, RULES, f"{HEADER}{code},*,*,50100\n")
    assert asked(preview) == said(preview) == []
    assert "03-300” " in preview.context["result"].notes[0]
    confirm(controller, RULES, preview)
    assert rules() == [("03-300", "", "", "50100")]


def test_a_soft_hyphen_that_nobody_sees_is_left_out(
    controller: Client, integration: Integration
) -> None:
    refer(integration.project_system, Reference.Kind.COST_CODE, "03300", parent="900100")
    Reference.objects.filter(kind=Reference.Kind.COST_CODE, code="03-300").delete()
    confirm(controller, RULES, upload(controller, RULES, f"{HEADER}03\u00ad300,*,*,50100\n"))
    assert [row[0] for row in rules()] == ["03300"]


def test_a_soft_hyphen_that_makes_two_codes_of_one_is_refused(
    controller: Client, integration: Integration
) -> None:
    refer(integration.project_system, Reference.Kind.COST_CODE, "03300", parent="900100")
    answer = upload(controller, RULES, f"{HEADER}03\u00ad300,*,*,50100\n")
    assert "may be 03300 or 03-300" in refusal(answer)


@pytest.mark.parametrize("cell", ["\u3164", "\ufe0f", "\u034f", "\u00ad", "\ue000", "\u2060"])
def test_a_cell_that_looks_empty_is_empty(
    controller: Client, integration: Integration, cell: str
) -> None:
    preview = upload(controller, RULES, f"{HEADER}03-300,*,{cell},50100\n")
    assert asked(preview)[0].endswith("project: line 2")


def test_letters_that_plain_csv_of_a_mac_lost_are_kept(
    controller: Client, integration: Integration
) -> None:
    Integration.objects.update(name="Business Central ↔ Procore")
    VendorLink.objects.create(integration=integration, project_vendor_id="11", ledger_number="V1",
                              project_vendor_name="Łęcki")  # fmt: skip
    text = "integration,project_vendor_id,project_vendor_name,ledger_number\n"
    text += "Business Central _ Procore,11,__cki,V2\n"
    preview = upload(controller, "vendorlink", text)
    assert "“Łęcki” keeps its letters" in preview.context["result"].notes[0]
