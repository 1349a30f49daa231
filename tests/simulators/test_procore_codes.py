"""Cost codes, cost types, WBS codes, tax codes, currency."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .procore.codes import COST_CODE_LIST, COST_CODE_SEGMENT, LINE_ITEM_TYPE_SEGMENT
from .procore_office import Office, an_office


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


def test_standard_codes_show_little_by_default(office: Office) -> None:
    scope = {"company_id": office.company, "standard_cost_code_list_id": COST_CODE_LIST}
    rows = office.get("v1.0/standard_cost_codes", **scope)
    assert set(rows[0]) == {"id", "standard_cost_code_list_id"}
    rows = office.get("v1.0/standard_cost_codes", **scope, view="compact")
    assert {row["full_code"] for row in rows} == {"03", "03-100", "03-300", "26"}
    assert office.ask("GET", "v1.0/standard_cost_codes", company_id=office.company).status_code == (
        400
    )


def test_a_code_is_its_own_part_and_full_code_the_whole(office: Office) -> None:
    row = office.get(f"v1.0/cost_codes/{office.cost_code()}", project_id=office.project())
    assert (row["code"], row["full_code"]) == ("100", "03-100")
    assert row["parent"]["id"] == office.cost_code("03")


def test_parents_are_synced_first(office: Office) -> None:
    project = office.project()
    path = "v1.0/cost_codes/sync"
    rows = [{"name": "Masonry", "code": "04", "origin_id": "BC|04"}]
    made = office.send("PATCH", path, {"updates": rows}, project_id=project)["entities"][0]
    child = {"name": "Unit Masonry", "code": "200", "parent_id": made["id"]}
    answer = office.send("PATCH", path, {"updates": [child]}, project_id=project)
    assert answer["entities"][0]["full_code"] == "04-200"
    wrong = office.send("PATCH", path, {"updates": [{**child, "parent_id": 1}]}, project_id=project)
    assert wrong["errors"][0]["errors"] == {"parent_id": ["is invalid"]}


def test_an_integrated_project_takes_cost_codes_by_sync_alone(office: Office) -> None:
    body = {"project_id": office.project(), "cost_code": {"name": "Steel", "code": "05"}}
    assert office.ask("POST", "v1.0/cost_codes", body).status_code == 201
    office.change("projects", office.project(), is_erp_integrated=True)
    body["cost_code"] = {"name": "Wood", "code": "06"}
    assert office.ask("POST", "v1.0/cost_codes", body).status_code == 422
    update = {"updates": [body["cost_code"]]}
    answer = office.send("PATCH", "v1.0/cost_codes/sync", update, project_id=office.project())
    assert not answer["errors"]


def test_cost_types_are_read_and_written_under_different_keys(office: Office) -> None:
    rows = office.get("v1.0/line_item_types", company_id=office.company)
    assert {row["code"]: row["base_type"] for row in rows} == {"M": "materials", "S": "commitment"}
    by_project = office.get("v1.0/line_item_types", project_id=office.project())
    assert by_project == rows
    row = {"csv_import_code": "E", "name": "Equipment", "base_type": "equipment"}
    answer = office.sync("v1.0/line_item_types", [row], company_id=int(office.company))
    assert answer["entities"][0]["code"] == "E"


def test_a_wbs_code_that_is_there_is_not_made_twice(office: Office) -> None:
    kind = office.get("v1.0/line_item_types", company_id=office.company)[0]
    body = {"segment_items": [
        {"segment_id": COST_CODE_SEGMENT, "segment_item_id": office.cost_code("03-300")},
        {"segment_id": LINE_ITEM_TYPE_SEGMENT, "segment_item_id": kind["id"]},
    ]}  # fmt: skip
    path = f"v1.0/projects/{office.project()}/work_breakdown_structure/wbs_codes"
    first, second = (office.send("POST", path, body) for _ in range(2))
    assert first["id"] == second["id"]
    assert first["flat_code"] == f"03-300.{kind['code']}"
    assert [item["code"] for item in first["segment_items"]] == ["300", kind["code"]]
    assert len(office.get(path, query="300")) == 1
    assert office.get(path, query="nothing") == []
    body["segment_items"][0]["segment_item_id"] = 1
    assert office.ask("POST", path, body).status_code == 422


@pytest.mark.parametrize(("first", "flat", "kinds"), [
    ([], "01.03-300.M.A", ["sub_job", "cost_code", "line_item_type", "custom"]),
    (["P-1"], "M.A.03-300.01", ["line_item_type", "custom", "cost_code", "sub_job"]),
])  # fmt: skip
def test_a_wbs_code_may_have_a_sub_job_and_segments_of_the_companys_own(
    office: Office, first: list[str], flat: str, kinds: list[str]
) -> None:
    office.control("POST", "settings", {"type_first": first})
    line = {"cost_code": "03-300", "cost_type": "M", "amount": "10.00"}
    others = {"sub_job": "01", "segments": {"Phase": "A"}}
    row = office.story(
        "direct_costs", project="P-1", vendor="Acme GmbH", direct_cost_type="invoice",
        invoice_number="1", status="draft", lines=[line, {**line, **others}],
    )  # fmt: skip
    path = f"v1.0/projects/{office.project()}/work_breakdown_structure/wbs_codes"
    plain, whole = sorted(office.get(path), key=lambda row: len(row["segment_items"]))
    assert len(plain["segment_items"]) == 2
    assert whole["flat_code"] == flat
    assert [item["segment"]["type"] for item in whole["segment_items"]] == kinds
    named = {item["segment"]["name"]: item["path_code"] for item in whole["segment_items"]}
    assert (named["Phase"], named["Sub Job"]) == ("A", "01")
    told = [line["wbs_code"]["flat_code"] for line in row["line_items"]]
    assert told == [plain["flat_code"], flat]
    assert "segment_items" not in row["line_items"][1]["wbs_code"]
    again = {"segment_items": [
        {"segment_id": item["segment"]["id"], "segment_item_id": item["id"]}
        for item in whole["segment_items"]
    ]}  # fmt: skip
    assert office.send("POST", path, again)["id"] == whole["id"]
    again["segment_items"][0]["segment_item_id"] = 1
    assert office.ask("POST", path, again).status_code == 422


def test_sub_jobs_are_those_of_their_project(office: Office) -> None:
    made = office.story("sub_jobs", project="P-1", code="01", name="North")
    [row] = office.get("v1.0/sub_jobs", project_id=office.project())
    assert (row["code"], row["name"]) == ("01", "North")
    assert office.get(f"v1.0/sub_jobs/{made['id']}", project_id=office.project()) == row
    assert office.get("v1.0/sub_jobs", project_id=office.project("P-2")) == []


def test_tax_codes_are_never_deleted(office: Office) -> None:
    row = {"code": "OH", "description": "Ohio", "rate1": 7.25, "origin_id": "BC|OH"}
    scope = {"company_id": int(office.company)}
    made = office.sync("v1.0/tax_codes", [row], **scope)["entities"][0]
    assert made["rate1"] == 7.25
    gone = office.sync("v1.0/tax_codes", [{"origin_id": "BC|OH", "archived": True}], **scope)
    assert gone["entities"][0]["archived"] is True
    assert len(office.get("v1.0/tax_codes", company_id=office.company)) == 1
    answer = office.ask("GET", "v1.0/tax_codes", company_id=office.company, per_page=500)
    assert answer.headers["Per-Page"] == "100"


def test_the_currency_of_company_and_project(office: Office) -> None:
    path = f"v1.0/companies/{office.company}"
    assert office.get(f"{path}/currency_configuration")["currency_iso_code"] == "USD"
    found = office.get(f"{path}/projects/{office.project()}/currency_configuration")
    assert found["project_id"] == office.project()
