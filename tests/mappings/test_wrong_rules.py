"""Files of rules that say less, or other, than their author meant: asked, told or refused."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from connections.models import Connection, Integration
from mappings.models import CostCodeMapping, TaxLink, VendorLink
from mappings.reference import Reference
from syncs.models import Record
from tests.mappings.conftest import asked, confirm, messages_of, no_rule, refer, said, upload

pytestmark = pytest.mark.django_db
RULES = "costcodemapping"
HEADER = "integration,cost_code,cost_type,project,account\n"


def rules() -> list[tuple[str, str, str, str]]:
    names = ("cost_code", "cost_type", "project", "account")
    return list(CostCodeMapping.objects.values_list(*names))


# -- what is absent is never a wildcard ------------------------------------------------------------


def test_an_empty_cell_is_no_wildcard_until_a_person_agrees(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    other = held("1", "218400.00", no_rule("03-300", project="P-200"))
    text = HEADER + "bc_procore,03-300,*,P-100,50100\nbc_procore,03-300,*,,50100\n"
    preview = upload(controller, RULES, text)
    assert "project: line 3" in asked(preview)[0]
    ticked = '<input type="checkbox" name="confirmed" value="[0-9a-f]{64}" required>'
    assert len(re.findall(ticked, preview.content.decode())) == len(asked(preview))
    answer = confirm(controller, RULES, preview, agree=False)
    assert "Nothing was imported: nobody agreed to this: These cells" in messages_of(answer)[0]
    other.refresh_from_db()
    assert (rules(), other.state) == ([], "held")
    confirm(controller, RULES, preview := upload(controller, RULES, text))
    assert rules() == [("03-300", "", "", "50100"), ("03-300", "", "P-100", "50100")]


def test_a_column_that_is_not_there_is_no_wildcard(
    controller: Client, integration: Integration
) -> None:
    preview = upload(controller, RULES, "cost_code,account\n03-300,50100\n,50200\n")
    assert asked(preview)[0].endswith("cost_code: line 3; cost_type: lines 2–3; project: lines 2–3")
    confirm(controller, RULES, preview, agree=False)
    assert rules() == []


def test_an_answer_counts_for_its_own_file(controller: Client, integration: Integration) -> None:
    first = upload(controller, RULES, HEADER + "bc_procore,03-300,*,,50100\n")
    second = upload(controller, RULES, HEADER + "bc_procore,03-300,*,P-100,50100\n,,,,50200\n")
    sent = dict(second.context["confirm_form"].initial)
    sent["confirmed"] = [first.context["result"].questions[0].digest]
    controller.post(f"/mappings/{RULES}/process_import/", sent)
    assert rules() == []


def test_a_star_is_any_and_nobody_is_asked(controller: Client, integration: Integration) -> None:
    preview = upload(controller, RULES, HEADER + "bc_procore,*,*,*,50100\n")
    assert asked(preview) == []
    confirm(controller, RULES, preview, agree=False)
    assert rules() == [("", "", "", "50100")]
    assert CostCodeMapping.objects.get().rule == "everything else"


def test_what_stands_like_this_already_is_not_asked(
    controller: Client, integration: Integration
) -> None:
    CostCodeMapping.objects.create(integration=integration, cost_code="03-300", account="50100")
    preview = upload(controller, RULES, HEADER + "bc_procore,03-300,,,50100\n")
    assert asked(preview) == said(preview) == []
    assert preview.context["result"].totals["skip"] == 1


def test_a_star_and_an_empty_cell_are_the_same_rule(
    controller: Client, integration: Integration
) -> None:
    text = HEADER + "bc_procore,03-300,*,*,50100\nbc_procore,03-300,,,50200\n"
    assert said(upload(controller, RULES, text)) == [
        "3: The same combination stands in line 2 already."
    ]


def test_a_star_typed_in_the_form_is_any(controller: Client, integration: Integration) -> None:
    sent: dict[str, Any] = {
        "integration": integration.pk, "cost_code": "03-300", "cost_type": "*", "project": "*",
        "account": "50100", "dim_PROJECT": "", "dim_COSTCODE": "", "note": "",
    }  # fmt: skip
    controller.post(f"/mappings/{RULES}/add/", sent)
    assert rules() == [("03-300", "", "", "50100")]


# -- what the systems do not know ------------------------------------------------------------------


def test_codes_types_and_projects_that_do_not_exist_are_confirmed(
    controller: Client, integration: Integration
) -> None:
    refer(integration.project_system, Reference.Kind.COST_TYPE, "L")
    text = HEADER + "bc_procore,03-999,L,*,50100\nbc_procore,03-300,Q,P-999,50100\n"
    preview = upload(controller, RULES, text)
    assert asked(preview)[0].endswith(
        "cost_code 03-999 (Procore): line 2; cost_type Q (Procore): line 3; "
        "project P-999 (Procore): line 3"
    )
    answer = confirm(controller, RULES, preview, agree=False)
    assert "nobody agreed to this: These do not exist" in messages_of(answer)[0]
    assert rules() == []
    confirm(controller, RULES, preview := upload(controller, RULES, text))
    assert len(rules()) == 2
    assert asked(upload(controller, RULES, text)) == []


def test_a_code_of_another_project_is_confirmed(
    controller: Client, integration: Integration
) -> None:
    source = integration.project_system
    refer(source, Reference.Kind.PROJECT, "P-200", remote_id="900200")
    refer(source, Reference.Kind.COST_CODE, "04-100", parent="900200")
    preview = upload(controller, RULES, HEADER + "bc_procore,04-100,*,P-100,50100\n")
    assert asked(preview)[0].endswith("cost_code 04-100 in project P-100 (Procore): line 2")
    assert not asked(upload(controller, RULES, HEADER + "bc_procore,04-100,*,P-200,50100\n"))


@pytest.mark.parametrize(
    ("code", "made_of"),
    [
        ("5.98134E+14", "a long number"), ("5,98134E+14", "a long number"),
        ("30-Jan", "a code that looks like a date"), ("Mar-26", "a code that looks like a date"),
        ("01. Mrz", "a code that looks like a date"), ("#N/A", "a formula that fails"),
        ("########", "a column that is too narrow"),
    ],
)  # fmt: skip
def test_what_only_excel_writes_is_refused(
    controller: Client, integration: Integration, code: str, made_of: str
) -> None:
    answer = upload(controller, RULES, HEADER.replace(",", ";") + f"bc_procore;{code};*;*;50100\n")
    assert said(answer)[0].startswith(f"2: “{code}” in cost_code is what Excel makes of {made_of}.")


def test_what_looks_like_excels_and_exists_is_taken(
    controller: Client, integration: Integration
) -> None:
    refer(integration.project_system, Reference.Kind.COST_CODE, "30-Jan", parent="900100")
    confirm(controller, RULES, upload(controller, RULES, HEADER + "bc_procore,30-Jan,*,*,50100\n"))
    assert rules() == [("30-Jan", "", "", "50100")]


@pytest.mark.parametrize(
    ("table", "text", "sentence"),
    [
        ("vendorlink", "project_vendor_id,ledger_number\n99,V1\n",
         "2: Vendor 99 does not exist in Procore, as it was last read."),
        ("vendorlink", "project_vendor_id,ledger_number\n5.98134E+14,V1\n",
         "2: “5.98134E+14” in project_vendor_id is what Excel makes of a long number."),
        ("projectlink", "project_id,project_number,value\n900000,P-100,J-100\n",
         "2: Project 900000 does not exist in Procore, as it was last read."),
        ("chartaccount", "number,name\n10-Mar,Materials\n",
         "2: “10-Mar” in number is what Excel makes of a code that looks like a date."),
    ],
)  # fmt: skip
def test_an_id_must_exist(
    controller: Client, integration: Integration, table: str, text: str, sentence: str
) -> None:
    answer = upload(controller, table, text)
    assert said(answer)[0].startswith(sentence)
    assert "confirm_form" not in answer.context


def test_an_id_of_a_system_that_was_never_read_says_so(
    controller: Client, integration: Integration
) -> None:
    Reference.objects.filter(connection=integration.project_system).delete()
    answer = upload(controller, "vendorlink", "project_vendor_id,ledger_number\n11,V1\n")
    assert said(answer) == [
        "2: Vendor 11 does not exist in Procore, as it has not been read for it yet."
    ]


def test_a_link_of_what_is_gone_may_stay_and_change(
    controller: Client, integration: Integration
) -> None:
    VendorLink.objects.create(integration=integration, project_vendor_id="99", ledger_number="V1")
    text = "project_vendor_id,ledger_number\n99,V2\n"
    confirm(controller, "vendorlink", upload(controller, "vendorlink", text))
    assert VendorLink.objects.get().ledger_number == "V2"


def test_a_project_number_that_the_system_calls_otherwise_is_confirmed(
    controller: Client, integration: Integration
) -> None:
    text = "project_id,project_number,value\n900100,100,J-100\n"
    preview = upload(controller, "projectlink", text)
    assert asked(preview)[0].endswith("project_number 100 of what is P-100 (Procore): line 2")


def test_tax_codes_that_do_not_exist_are_confirmed(
    controller: Client, integration: Integration
) -> None:
    refer(integration.project_system, Reference.Kind.TAX_CODE, "CA")
    preview = upload(controller, "taxlink", "project_code,ledger_code\nCA,CAX\n")
    assert asked(preview)[0].endswith("ledger_code CAX (BC): line 2")


# -- characters that look alike --------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    ["03–300", "03—300", "03‑300", "03−300", "03\u200b-300", "\ufeff03-300", "03-300\u00a0",
     '="03-300"', "'03-300", "\u202a03-300\u202c", "０３-300", "03-300\t"],
)  # fmt: skip
def test_a_code_is_read_as_the_system_spells_it(
    controller: Client, integration: Integration, code: str
) -> None:
    text = HEADER + f"bc_procore,{code},*,*,50100\n"
    preview = upload(controller, RULES, text)
    assert asked(preview) == said(preview) == []
    confirm(controller, RULES, preview)
    assert rules() == [("03-300", "", "", "50100")]


def test_what_is_read_otherwise_is_told(controller: Client, integration: Integration) -> None:
    text = HEADER + "bc_procore,03–300,*,*,50100\nbc_procore,04\u200b-100,*,*,50100\n"
    preview = upload(controller, RULES, text)
    assert preview.context["result"].notes == [
        "cost_code: “03–300” is read as “03-300” (line 2).",
        "cost_code: “04-100” had characters that nobody sees; they are left out (line 3).",
    ]


def test_a_dash_that_the_system_has_stays(controller: Client, integration: Integration) -> None:
    refer(integration.project_system, Reference.Kind.COST_CODE, "03–300", parent="900100")
    confirm(controller, RULES, upload(controller, RULES, HEADER + "bc_procore,03–300,*,*,50100\n"))
    assert rules() == [("03–300", "", "", "50100")]


@pytest.mark.parametrize("known", [True, False])
def test_letters_that_differ_in_case_only_are_one_rule(
    controller: Client, integration: Integration, known: bool
) -> None:
    if known:
        refer(integration.project_system, Reference.Kind.COST_TYPE, "L")
    text = HEADER + "bc_procore,03-300,l,*,50100\nbc_procore,03-300,L,*,50200\n"
    assert said(upload(controller, RULES, text))[0].startswith(
        "3: The same combination stands in line 2 already"
    )
    confirm(controller, RULES, upload(controller, RULES, HEADER + "bc_procore,03-300,L,*,50100\n"))
    confirm(controller, RULES, upload(controller, RULES, HEADER + "bc_procore,03-300,l,*,50200\n"))
    assert rules() == [("03-300", "L", "", "50200")]


def test_codes_that_the_system_tells_apart_are_two(
    controller: Client, integration: Integration
) -> None:
    for code in ("L", "l"):
        refer(integration.project_system, Reference.Kind.COST_TYPE, code)
    text = HEADER + "bc_procore,03-300,l,*,50100\nbc_procore,03-300,L,*,50200\n"
    confirm(controller, RULES, upload(controller, RULES, text))
    assert len(rules()) == 2


def test_accounts_and_values_are_read_as_the_ledger_spells_them(
    controller: Client, integration: Integration
) -> None:
    text = "cost_code,cost_type,project,account,dim_project\n03-300,*,*,50100\u200b,j–100\n"
    confirm(controller, RULES, upload(controller, RULES, text))
    assert CostCodeMapping.objects.get().dimensions == {"PROJECT": "J-100"}


# -- the integration of a row ----------------------------------------------------------------------


def test_a_name_that_lost_its_arrow_is_known(controller: Client, integration: Integration) -> None:
    Integration.objects.update(name="Business Central ↔ Procore")
    other = Connection.objects.create(name="NAV", vendor="nav")
    Integration.objects.create(key="nav_procore", name="NAV ↔ Procore", ledger=other,
                               project_system=integration.project_system)  # fmt: skip
    text = HEADER + "Business Central ? Procore,03-300,*,*,50100\n"
    confirm(controller, RULES, upload(controller, RULES, text.encode("cp1252")))
    assert rules() == [("03-300", "", "", "50100")]


def test_a_key_that_two_share_is_refused_and_their_names_are_exported(
    controller: Client, integration: Integration
) -> None:
    Integration.objects.create(key="bc_procore", name="Second", ledger=integration.ledger,
                               project_system=integration.project_system)  # fmt: skip
    answer = upload(controller, RULES, HEADER + "bc_procore,03-300,*,*,50100\n")
    assert said(answer) == [
        "2: several integrations are called 'bc_procore': write the name instead"
    ]
    confirm(controller, RULES, upload(controller, RULES, HEADER + "Second,03-300,*,*,50100\n"))
    exported = controller.post(f"/mappings/{RULES}/export/", {"format": "0", "resource": "0"})
    assert "Second,03-300,*,*" in exported.content.decode("utf-8-sig")


def test_letters_that_plain_csv_lost_are_kept(controller: Client, integration: Integration) -> None:
    VendorLink.objects.create(integration=integration, project_vendor_id="11", ledger_number="V1",
                              project_vendor_name="Šimůnek a Łęcki", note="why?")  # fmt: skip
    lost = "Šim?nek a ??cki"
    text = f"project_vendor_id,project_vendor_name,ledger_number,note\n11,{lost},V2,what?\n"
    preview = upload(controller, "vendorlink", text.encode("cp1252"))
    assert "“Šimůnek a Łęcki” keeps its letters (line 2)." in preview.context["result"].notes[0]
    confirm(controller, "vendorlink", preview)
    link = VendorLink.objects.get()
    assert (link.project_vendor_name, link.ledger_number, link.note) == (
        "Šimůnek a Łęcki", "V2", "what?",
    )  # fmt: skip


# -- what an open-and-save in Excel would spoil ----------------------------------------------------


@pytest.mark.parametrize(
    "code", ["598134000000432", "001030", "03-10", "1E5", "03.10", "MAR1", "1/2", "'03-300", "'=x"]
)
def test_an_export_protects_what_excel_would_spoil(
    controller: Client, integration: Integration, code: str
) -> None:
    refer(integration.project_system, Reference.Kind.VENDOR, code)
    VendorLink.objects.create(integration=integration, project_vendor_id=code, ledger_number="V1")
    sent = {"format": "0", "resource": "0"}
    csv = controller.post("/mappings/vendorlink/export/", sent).content
    assert f",'{code},".encode() in csv
    book = controller.post("/mappings/vendorlink/export/", {**sent, "format": "1"}).content
    cell = load_workbook(io.BytesIO(book)).worksheets[0]["B2"]
    assert cell.data_type == "s"
    assert cell.number_format == "@" or cell.value == f"'{code}"
    for content, name in ((csv, "a.csv"), (book, "a.xlsx")):
        again = upload(controller, "vendorlink", content, name)
        assert again.context["result"].totals["skip"] == 1, said(again)


# -- the same care by hand, and further ways to be wrong -------------------------------------------


def typed(client: Client, integration: Integration, **said: str) -> Any:
    sent: dict[str, Any] = {
        "integration": integration.pk, "cost_code": "03-300", "cost_type": "", "project": "",
        "account": "50100", "dim_PROJECT": "", "dim_COSTCODE": "", "note": "", **said,
    }  # fmt: skip
    return client.post(f"/mappings/{RULES}/add/", sent)


def test_a_code_typed_in_the_form_is_spelled_as_the_system_does(
    controller: Client, integration: Integration
) -> None:
    refer(integration.project_system, Reference.Kind.COST_TYPE, "L")
    typed(controller, integration, cost_code="03–300\u200b", cost_type="l", project="p-100")
    assert rules() == [("03-300", "L", "P-100", "50100")]


def test_a_rule_in_other_letters_is_not_typed_twice(
    controller: Client, integration: Integration
) -> None:
    typed(controller, integration, cost_type="Q")
    answer = typed(controller, integration, cost_type="q")
    assert "There is a rule for this, in other letters" in answer.content.decode()
    assert rules() == [("03-300", "Q", "", "50100")]
    for code in ("Q", "q"):
        refer(integration.project_system, Reference.Kind.COST_TYPE, code)
    typed(controller, integration, cost_type="q")
    assert len(rules()) == 2


@pytest.mark.parametrize(
    ("table", "text", "sentence"),
    [
        ("chartaccount", 'number\n"1\n2"\n', "2: The cell of number has a line break in it"),
        (RULES, 'cost_code,cost_type,project,account\n"03-300\n03-400",*,*,50100\n',
         "2: The cell of cost_code has a line break in it"),
        (RULES, 'cost_code,account,note\n01,50100,"open\n02,50100 8"\n', "In line 2 a quote"),
        (RULES, "cost_code,account,dim_PROJECT,dim_Project\n01,50100,,\n",
         "Column “dim_PROJECT” appears twice."),
        (RULES, "cost_code,account,dimensions\n01,50100,PROJECT=J-100;Project=J-200\n",
         "2: Dimension PROJECT stands there twice"),
        (RULES, "cost_code,account\n30–Jan,50100\n", "2: “30–Jan” in cost_code is what Excel"),
    ],
)  # fmt: skip
def test_what_is_two_in_one_is_refused(
    controller: Client, integration: Integration, table: str, text: str, sentence: str
) -> None:
    answer = upload(controller, table, text)
    assert said(answer)[0].startswith(sentence)
    assert "confirm_form" not in answer.context


@pytest.mark.parametrize("name", ["\u200bbc_procore", "BC\u00a0and Procore", "bc_Procore\ufeff"])
def test_an_integration_is_known_in_other_characters(
    controller: Client, integration: Integration, name: str
) -> None:
    text = HEADER.replace("cost_type", "cost\u200b_type") + f"{name},03-300,*,*,50100\n"
    confirm(controller, RULES, upload(controller, RULES, text))
    assert rules() == [("03-300", "", "", "50100")]


def test_letters_in_two_parts_and_other_apostrophes_are_folded(
    controller: Client, integration: Integration
) -> None:
    refer(integration.project_system, Reference.Kind.COST_CODE, "\u00c4-1", parent="900100")
    text = HEADER + "bc_procore,A\u0308-1,*,*,50100\nbc_procore,’03-300,*,*,50100\n"
    confirm(controller, RULES, upload(controller, RULES, text), agree=False)
    assert [row[0] for row in rules()] == ["03-300", "\u00c4-1"]


def test_a_code_that_lost_its_zeros_is_told_with_what_there_is(
    controller: Client, integration: Integration
) -> None:
    refer(integration.project_system, Reference.Kind.COST_CODE, "001030", parent="900100")
    preview = upload(controller, RULES, HEADER + "bc_procore,1030,*,*,50100\n")
    assert asked(preview)[0].endswith("cost_code 1030 (Procore has 001030): line 2")


def test_a_tax_code_typed_in_the_form_is_spelled_as_the_system_does(
    controller: Client, integration: Integration
) -> None:
    refer(integration.project_system, Reference.Kind.TAX_CODE, "CA-7")
    sent = {"integration": integration.pk, "project_code": "ca–7\u200b", "ledger_code": "X",
            "note": ""}  # fmt: skip
    controller.post("/mappings/taxlink/add/", sent)
    assert TaxLink.objects.get().project_code == "CA-7"
