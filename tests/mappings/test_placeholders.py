"""Words in braces stand for what a line has: offered, taken, and refused when they are none."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from connections.documents import Segments
from connections.models import Integration
from mappings.lookup import Lookup
from mappings.models import CostCodeMapping
from mappings.reference import Reference
from tests.mappings.conftest import asked, confirm, said, upload
from tests.mappings.test_exports import exported_rows
from tests.mappings.test_files import RULES, rules_file
from tests.mappings.test_pages import ADD, form, rule

pytestmark = pytest.mark.django_db
BOTH = {"PROJECT": "{segment:Phase}", "COSTCODE": "{sub_job}"}
NONE = ["{segment:}", "{segment: }", "{segment:{sub_job}}", "{subjob}", "{sub_job", "{Sub_Job}",
        "A-{cost_code}"]  # fmt: skip


def dims(fields: dict[str, str]) -> dict[str, str]:
    return {f"dim_{name}": value for name, value in fields.items()}


def test_a_form_takes_them_and_shows_them_again(
    controller: Client, integration: Integration
) -> None:
    page = controller.get(ADD).content.decode()
    assert "the line’s sub job" in page
    assert 'data-tags="true"' in page, "a segment's name is typed"
    controller.post(ADD, form(integration, cost_code="03-300", **dims(BOTH)))
    row = CostCodeMapping.objects.get()
    assert row.dimensions == BOTH
    page = controller.get(f"/mappings/costcodemapping/{row.pk}/change/").content.decode()
    assert "the line’s Phase" in page
    assert "not usable any more" not in page
    listed = controller.get("/mappings/costcodemapping/").content.decode()
    assert "COSTCODE by sub job" in listed
    assert "PROJECT by Phase" in listed


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("value", NONE)
def test_what_is_none_is_refused_and_what_is_allowed_is_named(
    controller: Client, integration: Integration, value: str, free: bool
) -> None:
    """Also where the ledger takes any text: it would stand on every line as it is written."""
    Reference.objects.filter(kind="dimension", code="COSTCODE").update(data={"free": free})
    answer = controller.post(ADD, form(integration, cost_code="03", dim_COSTCODE=value))
    [sentence] = answer.context["adminform"].form.errors["dim_COSTCODE"]
    assert sentence == (
        f"{value} stands for nothing: in braces there may be {{project}}, {{cost_code}}, "
        "{cost_type}, {sub_job} and {segment:…} with the segment’s name, as {segment:Phase}."
    )
    assert not CostCodeMapping.objects.exists()


def test_a_file_takes_them_and_gives_them_back(
    controller: Client, integration: Integration
) -> None:
    text = rules_file("bc_procore,03-300,*,*,50100,{segment:Phase},{sub_job},")
    confirm(controller, RULES, upload(controller, RULES, text))
    assert CostCodeMapping.objects.get().dimensions == BOTH
    [row] = exported_rows(controller, RULES)
    assert (row["dim_PROJECT"], row["dim_COSTCODE"]) == ("{segment:Phase}", "{sub_job}")


def test_a_file_with_a_word_that_is_none_is_refused_by_its_line(
    controller: Client, integration: Integration
) -> None:
    preview = upload(controller, RULES, rules_file("bc_procore,03-300,*,*,50100,,{subjob},"))
    assert asked(preview) == []
    assert any("{subjob} stands for nothing" in one for one in said(preview)), said(preview)


@pytest.mark.parametrize(("named", "segments", "value"), [
    ("{segment:phase}", (("Phase", "A"),), "A"),
    ("{segment: PHASE }", (("Phase", "A"),), "A"),
    ("{segment:Site - north}", (("Site – North", "N"),), "N"),
    ("{segment:Phase}", (("Phase 2", "A"), ("sub_job", "01")), ""),
    ("{sub_job}", (("Phase", "A"), ("sub_job", "01")), "01"),
    ("{sub_job}", (("Sub Job", "X"),), ""),
    ("{sub_job}", (), ""),
])  # fmt: skip
def test_a_segment_is_known_by_its_name_and_absent_it_is_left_out(
    integration: Integration, named: str, segments: Segments, value: str
) -> None:
    rule(integration, dimensions={"COSTCODE": named})
    coding: Any = Lookup(integration).code("03-300", "L", None, segments)
    assert coding.dimensions == ({"COSTCODE": value} if value else {})
