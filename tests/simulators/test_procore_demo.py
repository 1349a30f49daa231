"""The demo company in Procore is believable and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from . import company
from .procore import ProcoreSimulator
from .procore.life import Life
from .procore_office import Office


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with Office(company="demo") as office:
        yield office


@pytest.fixture(scope="module")
def totals(office: Office) -> Any:
    return office.control("GET", "procore/totals").json()["collections"]


@pytest.fixture(scope="module")
def demo(office: Office) -> Any:
    return office.control("GET", "demo").json()


def test_there_are_documents_of_every_kind(totals: Any) -> None:
    assert sum(kind["documents"] for kind in totals.values()) >= 130
    statuses = {name: set(kind["by_status"]) for name, kind in totals.items()}
    assert statuses["purchase_order_contracts"] >= {"Approved", "Draft", "Submitted", "Closed"}
    assert statuses["work_order_contracts"] >= {"Approved", "Complete", "Void"}
    assert statuses["requisitions"] >= {
        "approved", "approved_as_noted", "draft", "under_review", "pending_owner_approval",
    }  # fmt: skip
    assert statuses["direct_costs"] >= {"approved", "draft"}
    assert len(statuses["commitment_change_orders"] | statuses["prime_change_orders"]) >= 6


def test_the_same_seed_writes_the_same_documents(totals: Any) -> None:
    one, other = ProcoreSimulator(seed=1), ProcoreSimulator(seed=2)
    amounts = [
        [str(row["amount"]) for row in simulator.rows("direct_cost_lines")]
        for simulator in (one, ProcoreSimulator(seed=1), other)
    ]
    assert amounts[0] == amounts[1] != amounts[2]


def test_there_is_retainage_held_and_released(totals: Any, office: Office) -> None:
    held = [Decimal(row["retainage"]) for row in totals["requisitions"]["ids"]]
    assert any(amount > 0 for amount in held)
    assert any(amount < 0 for amount in held)


def test_invoices_add_up(office: Office) -> None:
    for row in office.simulator.rows("requisitions"):
        shown = office.simulator.requisition_shown(row, "items")
        net = sum(Decimal(item["net_amount"]) for item in shown["items"])
        assert net == Decimal(shown["summary"]["current_payment_due"])


def test_a_twin_of_zero_stands_beside_a_change(office: Office) -> None:
    shown = [office.simulator.requisition_shown(row, "items")
             for row in office.simulator.rows("requisitions")]  # fmt: skip
    kinds = {(item["item_type"], item["scheduled_value"]) for row in shown for item in row["items"]}
    assert ("contract_item", "0.00") in kinds
    assert "change_order_item" in {kind for kind, _ in kinds}


def test_every_trouble_is_there(demo: Any, office: Office) -> None:
    kinds = Counter(trouble["kind"] for trouble in demo["expected"]["troubles"])
    assert set(kinds) == {
        "unmapped cost code", "vendor missing in the ledger", "blocked vendor", "closed period",
        "foreign currency", "same number twice", "long number", "lower-case number", "long name",
        "foreign letters", "total differs from lines", "missing vendor", "line without cost code",
        "150 lines", "zero lines",
    }  # fmt: skip
    numbers = {str(trouble["number"]) for trouble in demo["expected"]["troubles"]}
    assert max(map(len, numbers)) == 200
    lines = Counter(row["parent_id"] for row in office.simulator.rows("direct_cost_lines"))
    assert max(lines.values()) == 150


def test_some_vendors_exist_without_an_origin(office: Office, demo: Any) -> None:
    rows = office.simulator.rows("vendors")
    names = {vendor.name for vendor in company.VENDORS}
    assert len([row for row in rows if row["name"] in names]) >= 30
    assert all(row["origin_id"] is None for row in rows)
    linked = [link for link in demo["expected"]["vendors"] if link["number"]]
    assert len(linked) == 40
    assert any(link["name"] not in names for link in linked)


def test_the_controllers_mappings_speak_of_projects_as_procore_does(
    demo: Any, office: Office
) -> None:
    numbers = {row["project_number"] for row in office.simulator.rows("projects")}
    assert {row["project"] for row in demo["mappings"]} - {""} <= numbers
    assert demo["account_rules"] == company.ACCOUNT_RULES
    mapped = {row["cost_code"] for row in demo["mappings"]}
    assert not mapped & set(demo["expected"]["unmapped_cost_codes"])


def test_nothing_is_dated_in_the_future(office: Office) -> None:
    now = office.simulator.now()
    tables = (
        "direct_costs", "requisitions", "purchase_order_contracts", "work_order_contracts",
        "commitment_change_orders", "prime_change_orders", "change_order_packages",
    )  # fmt: skip
    for table in tables:
        assert all(row["updated_at"] <= now for row in office.simulator.rows(table))


def test_the_whole_company_is_read_over_http(office: Office) -> None:
    projects = office.get("v1.0/projects", company_id=office.company)
    assert len(projects) == 6
    for project in projects:
        scope = {"project_id": project["id"]}
        office.get("v1.0/purchase_order_contracts", **scope, view="extended")
        office.get("v1.0/work_order_contracts", **scope)
        office.get("v1.1/requisitions", **scope, view="items", per_page=100)
        office.get(f"v1.1/projects/{project['id']}/direct_costs")
        office.get(f"v1.0/projects/{project['id']}/commitment_change_orders")
        office.get(f"v1.0/projects/{project['id']}/prime_change_orders")
        office.get(f"v1.0/projects/{project['id']}/vendors")


def test_what_the_site_office_enters_has_lines(office: Office) -> None:
    """Like a cost that exists, but for those without a line: each would be held."""
    life = Life(office.simulator, 0.0)
    costs = list(office.simulator.rows("direct_costs"))
    bare = [row for row in costs if not office.simulator.lines_of("direct_cost_lines", row["id"])]
    assert bare
    model = next(row for row in costs if row["direct_cost_type"] == "invoice" and row not in bare)
    for _ in range(20):
        assert life.a_new_cost([*bare, model])["lines"]
