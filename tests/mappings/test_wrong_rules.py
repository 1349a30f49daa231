"""Files of rules that say less, or other, than their author meant: asked, told or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from connections.models import Integration
from mappings.models import CostCodeMapping
from syncs.models import Record
from tests.mappings.conftest import asked, confirm, messages_of, no_rule, said, upload

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
