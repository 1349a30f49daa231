"""Paging, filters and the oddities of rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .procore_office import Office, an_office
from .server import wait_for


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


def vendors(office: Office, count: int) -> None:
    rows = [{"name": f"Vendor {n:02}", "origin_id": f"BC|V{n:02}"} for n in range(count)]
    assert not office.sync("v1.0/vendors", rows, company_id=int(office.company))["errors"]


def rels(header: str) -> list[str]:
    return re.findall('rel="(\\w+)"', header)


def names(rows: list[Any]) -> set[str]:
    return {row["name"] for row in rows}


def test_a_list_is_walked_by_rel_next(office: Office) -> None:
    vendors(office, 6)
    url: str | None = f"{office.url}/rest/v1.0/vendors?company_id={office.company}&per_page=3"
    seen, found = [], []
    while url:
        answer = office.session.get(url, timeout=10)
        assert (answer.headers["Total"], answer.headers["Per-Page"]) == ("7", "3")
        seen.append(rels(answer.headers["Link"]))
        found += answer.json()
        url = answer.links.get("next", {}).get("url")
    assert seen == [["next", "last"], ["first", "next", "last"], ["first", "last"]]
    assert len({row["id"] for row in found}) == 7


def test_a_page_behind_the_last_is_empty(office: Office) -> None:
    assert office.get("v1.0/vendors", company_id=office.company, page=9) == []
    assert office.ask("GET", "v1.0/vendors", company_id=office.company, page="x").status_code == 400


def test_requisitions_come_in_thirties_and_v2_in_tens(office: Office) -> None:
    answer = office.ask("GET", "v1.1/requisitions", project_id=office.project())
    assert answer.headers["Per-Page"] == "30"
    path = f"v2.0/companies/{office.company}/webhooks/hooks"
    assert office.ask("GET", path).headers["Per-Page"] == "10"
    assert office.ask("GET", path, per_page=500).headers["Per-Page"] == "100"
    assert office.ask("GET", path).json() == {"data": []}


def test_change_orders_are_not_paged(office: Office) -> None:
    path = f"v1.0/projects/{office.project()}/commitment_change_orders"
    assert "Total" not in office.ask("GET", path, per_page=1).headers


def cost(office: Office, **more: Any) -> Any:
    return office.story("direct_costs", project="P-1", direct_cost_type="expense", **more)


@pytest.mark.parametrize("form", ["{}Z...{}Z", '"{}Z...{}Z"', "{}...{}", "{}+00:00...{}+00:00"])
def test_a_range_of_updates_is_written_in_several_ways(office: Office, form: str) -> None:
    cost(office)
    path = f"v1.1/projects/{office.project()}/direct_costs"
    now = datetime.now(UTC).replace(tzinfo=None)
    for shift, count in ((0, 1), (-2, 0)):
        first, last = (now + timedelta(hours=h + shift) for h in (-1, 1))
        text = form.format(first.isoformat()[:19], last.isoformat()[:19])
        assert len(office.get(path, **{"filters[updated_at]": text})) == count


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00Z...", "yesterday", "2026-01-01T00:00 00:00"])
def test_an_open_or_broken_range_is_refused(office: Office, text: str) -> None:
    cost(office)
    path = f"v1.1/projects/{office.project()}/direct_costs"
    assert office.ask("GET", path, **{"filters[updated_at]": text}).status_code == 400


def test_filters_by_id_status_and_origin(office: Office) -> None:
    first, second = office.subcontract("1"), office.subcontract("2", status="Draft")
    path, project = "v1.0/work_order_contracts", office.project()
    both = {"filters[id][]": [first["id"], second["id"]]}
    assert len(office.get(path, project_id=project, **both)) == 2
    assert len(office.get(path, project_id=project, **{"filters[id]": first["id"]})) == 1
    draft = office.get(path, project_id=project, **{"filters[status]": "Draft"})
    assert [row["id"] for row in draft] == [second["id"]]
    assert office.get(path, project_id=project, **{"filters[origin_id]": "none"}) == []


def test_a_filter_that_an_endpoint_does_not_know_is_ignored(office: Office) -> None:
    found = office.get("v1.0/tax_codes", company_id=office.company)
    unknown = {"filters[updated_at]": "2020-01-01...2020-01-02"}
    assert office.get("v1.0/tax_codes", company_id=office.company, **unknown) == found
    rows = office.get("v1.0/line_item_types", company_id=office.company, **unknown)
    assert len(rows) == 2


def test_rows_are_sorted_where_the_endpoint_sorts(office: Office) -> None:
    vendors(office, 2)
    rows = office.get("v1.0/vendors", company_id=office.company, sort="-name")
    assert [row["name"] for row in rows] == ["Vendor 01", "Vendor 00", "Acme GmbH"]
    rows = office.get("v1.0/vendors", company_id=office.company, **{"filters[search]": "acm"})
    assert names(rows) == {"Acme GmbH"}


def test_ids_have_15_digits_and_some_rows_are_odd(office: Office) -> None:
    vendors(office, 60)
    rows = office.get("v1.0/vendors", company_id=office.company)
    assert all(len(str(row["id"])) == 15 for row in rows)
    assert any(row["created_at"].endswith("-07:00") for row in rows)
    assert any(row["created_at"].endswith("Z") for row in rows)
    assert any("notes" not in row for row in rows)
    assert any("notes" in row and row["notes"] is None for row in rows)


def test_a_body_must_be_json(office: Office) -> None:
    url = f"{office.url}/rest/v1.0/vendors"
    assert office.session.post(url, data="a=1", timeout=10).status_code == 406
    headers = {"Content-Type": "application/json"}
    assert office.session.post(url, data="{", headers=headers, timeout=10).status_code == 400
    assert office.ask("POST", "v1.0/vendors", {"company_id": 1}).status_code == 400


def test_every_exchange_can_be_read_afterwards(office: Office) -> None:
    office.get("v1.0/me")
    log = wait_for(lambda: office.control("GET", "requests").json()["log"])
    assert log[-1]["path"] == "/rest/v1.0/me"
    assert log[-1]["headers"]["Procore-Company-Id"] == office.company
    assert "Authorization" not in log[-1]["headers"]
