"""Projects, vendors and the rules of sync."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .procore_office import Office, an_office


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


def project_numbers(office: Office, **query: str) -> list[str]:
    rows = office.get("v1.0/projects", company_id=office.company, **query)
    return [row["project_number"] for row in rows]


def sync(office: Office, *updates: dict[str, Any]) -> Any:
    return office.sync("v1.0/vendors", list(updates), company_id=int(office.company))


def test_only_active_projects_are_listed_unless_all_are_asked_for(office: Office) -> None:
    office.change("projects", office.project("P-2"), active=False)
    assert project_numbers(office) == ["P-1"]
    assert project_numbers(office, **{"filters[by_status]": "All"}) == ["P-1", "P-2"]
    assert project_numbers(office, **{"filters[by_status]": "Inactive"}) == ["P-2"]
    views = office.get("v1.1/projects", company_id=office.company, view="ids")
    assert views == [{"id": office.project(), "name": "Job P-1"}]


def test_a_new_project_is_not_permitted_of_itself(office: Office) -> None:
    row = office.story("projects", name="Secret", project_number="P-9")
    assert "P-9" not in project_numbers(office)
    answer = office.ask("GET", f"v1.0/projects/{row['id']}", company_id=office.company)
    assert answer.status_code == 403
    office.control("POST", "settings", {"denied_status": 404})
    answer = office.ask("GET", "v1.0/cost_codes", project_id=row["id"])
    assert (answer.status_code, answer.json()) == (404, {"errors": "Item not found"})
    office.change("projects", row["id"], permitted=True)
    assert "P-9" in project_numbers(office)


def test_both_company_and_project_must_be_named(office: Office) -> None:
    assert office.ask("GET", "v1.0/projects").status_code == 400
    assert office.ask("GET", "v1.0/cost_codes").status_code == 400
    assert office.ask("GET", "v1.0/vendors", company_id=1).status_code == 403


def test_only_the_show_form_says_whether_a_project_is_integrated(office: Office) -> None:
    path = f"v1.0/projects/{office.project()}"
    assert office.get(path, company_id=office.company)["is_erp_integrated"] is False
    rows = office.get("v1.0/projects", company_id=office.company)
    assert "is_erp_integrated" not in rows[0]


def test_sync_answers_200_and_says_per_row_what_failed(office: Office) -> None:
    answer = sync(
        office, {"name": "New", "origin_id": "BC|1"}, {"name": "", "origin_id": "BC|2"},
        {"id": 5, "name": "Who"}, {"name": "Bad", "country_code": "Germany"},
    )  # fmt: skip
    assert [row["name"] for row in answer["entities"]] == ["New"]
    assert [row["errors"] for row in answer["errors"]] == [
        {"name": ["can't be blank"]}, {"id": ["Entity with this ID not found"]},
        {"country_code": ["is invalid"]},
    ]  # fmt: skip
    assert answer["errors"][0]["origin_id"] == "BC|2"


def test_sync_finds_rows_as_the_table_says(office: Office) -> None:
    made = sync(office, {"name": "A", "origin_id": "BC|1"}, {"name": "B"})["entities"]
    again = sync(office, {"name": "A2", "origin_id": "BC|1"})["entities"]
    assert (again[0]["id"], again[0]["name"]) == (made[0]["id"], "A2")
    moved = sync(office, {"id": made[0]["id"], "origin_id": "BC|9"})["entities"]
    assert moved[0]["origin_id"] == "BC|9"
    fresh = sync(office, {"name": "C", "origin_id": "BC|1"})["entities"]
    assert fresh[0]["id"] != made[0]["id"]


def test_an_origin_id_belongs_to_one_vendor(office: Office) -> None:
    sync(office, {"name": "A", "origin_id": "BC|1"})
    answer = sync(office, {"id": office.vendor(), "origin_id": "BC|1"})
    assert answer["errors"][0]["errors"] == {"origin_id": ["has already been taken"]}
    body = {"company_id": int(office.company), "vendor": {"name": "B", "origin_id": "BC|1"}}
    refused = office.ask("POST", "v1.0/vendors", body)
    assert refused.status_code == 422
    assert refused.json()["errors"] == {"origin_id": ["has already been taken"]}


def test_a_sync_takes_a_thousand_rows(office: Office) -> None:
    rows = [{"name": f"V{n}", "origin_id": f"BC|{n}"} for n in range(1000)]
    assert len(sync(office, *rows)["entities"]) == 1000
    body = {"company_id": int(office.company), "updates": [*rows, {"name": "one more"}]}
    assert office.ask("PATCH", "v1.0/vendors/sync", body).status_code == 413


def test_an_inactive_vendor_leaves_the_list(office: Office) -> None:
    path = f"v1.0/vendors/{office.vendor()}"
    body = {"company_id": int(office.company), "vendor": {"is_active": False}}
    assert office.send("PATCH", path, body)["is_active"] is False
    assert office.get("v1.0/vendors", company_id=office.company) == []
    inactive = f"v1.0/companies/{office.company}/vendors/inactive"
    assert len(office.get(inactive)) == 1
    office.send("PATCH", f"{inactive}/{office.vendor()}", {"vendor": {}})
    assert len(office.get("v1.0/vendors", company_id=office.company)) == 1
    assert office.ask("DELETE", path).status_code == 405


def test_the_tax_number_is_a_part_of_its_own(office: Office) -> None:
    register = {"type": "EIN", "identifier": "31-1"}
    row = sync(office, {"name": "T", "business_register_attributes": register})["entities"][0]
    assert row["business_register"]["identifier"] == "31-1"
    assert row["business_id"] == "31-1"


def test_vendors_join_and_leave_a_project(office: Office) -> None:
    path = f"v1.0/projects/{office.project()}/vendors"
    assert office.get(path) == []
    joined = office.send("POST", f"{path}/{office.vendor()}/actions/add", {})
    assert joined["project_ids"] == [office.project()]
    assert len(office.get(path)) == 1
    assert office.ask("DELETE", f"{path}/{office.vendor()}/actions/remove").status_code == 204
    assert office.ask("GET", f"{path}/{office.vendor()}").status_code == 404


def test_projects_are_written_and_synced(office: Office) -> None:
    body = {"company_id": int(office.company), "project": {"name": "Depot", "origin_id": "J|1"}}
    made = office.send("POST", "v1.0/projects", body)
    scope = {"company_id": int(office.company)}
    found = office.sync("v1.0/projects", [{"origin_id": "J|1", "name": "Depot N"}], **scope)
    assert [row["id"] for row in found["entities"]] == [made["id"]]
    body = {"company_id": int(office.company), "project": {"active": False}}
    assert office.send("PATCH", f"v1.0/projects/{made['id']}", body)["active"] is False


def test_company_and_zone_can_be_asked_for(office: Office) -> None:
    assert str(office.get("v1.0/companies")[0]["id"]) == office.company
    assert office.get("v1.0/company_base_url")["zone"]
    light = office.get(f"v1.0/companies/{office.company}/projects")
    assert {row["status_name"] for row in light} == {"Active"}
