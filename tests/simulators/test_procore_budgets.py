"""Budget lines, the lock, the view and budget changes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from . import company
from .procore import ProcoreSimulator
from .procore.budget_views import VIEW
from .procore_office import Office, an_office

LINES = "v1.1/budget_line_items"


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


@pytest.fixture(scope="module")
def demo() -> Iterator[Office]:
    with Office(company="demo") as office:
        yield office


def cost_type(office: Office, code: str = "S") -> int:
    return int(office.simulator.rows("line_item_types", code=code)[0]["id"])


def wbs_code(office: Office, code: str = "03-100", kind: str = "S") -> int:
    number = office.simulator.wbs_code_of(
        office.project(), office.cost_code(code), cost_type(office, kind)
    )
    assert number
    return number


def body(office: Office, **attributes: Any) -> dict[str, Any]:
    return {"project_id": office.project(), "budget_line_item": attributes}


def make(office: Office, amount: float = 5000, code: str = "03-100", kind: str = "S") -> Any:
    wanted = body(office, wbs_code_id=wbs_code(office, code, kind), original_budget_amount=amount)
    return office.send("POST", LINES, wanted)


def rows(office: Office, job: str = "P-1", **query: Any) -> Any:
    path = f"v1.0/budget_views/{VIEW}/detail_rows"
    return office.get(path, project_id=office.project(job), **query)


def asked(name: str, value: int) -> dict[str, Any]:
    return {f"{name}[]": value}


def changes(office: Office) -> str:
    return f"v1.0/projects/{office.project()}/budget_changes"


def test_a_line_is_made_and_changed_by_its_budget_code(office: Office) -> None:
    made = make(office, 5000.5)
    assert Decimal(str(made["original_budget_amount"])) == Decimal("5000.5")
    assert made["wbs_code"]["flat_code"] == "03-100.S"
    path = f"{LINES}/{made['id']}"
    assert office.get(path, project_id=office.project())["id"] == made["id"]
    changed = office.send("PATCH", path, body(office, original_budget_amount=7000))
    assert changed["original_budget_amount"] == 7000
    counted = body(office, quantity=10, unit_cost=12.5, calculation_strategy="automatic")
    assert office.send("PATCH", path, counted)["original_budget_amount"] == 125
    assert office.ask("GET", path, project_id=office.project("P-2")).status_code == 404


def test_the_older_version_speaks_of_cost_code_and_type_and_adds_up(office: Office) -> None:
    wanted = body(
        office, cost_code_id=office.cost_code(), line_item_type_id=cost_type(office),
        original_budget_amount=1000,
    )  # fmt: skip
    made = office.send("POST", "v1.0/budget_line_items", wanted)
    assert made["cost_code"]["full_code"] == "03-100"
    assert made["division"]["full_code"] == "03"
    contract = office.subcontract("600.00")
    order = {"project": "P-1", "contract": contract["id"], "status": "approved", "lines": [
        {"cost_code": "03-100", "cost_type": "S", "amount": "50.00"}]}  # fmt: skip
    office.story("commitment_change_orders", **order)
    office.story("commitment_change_orders", **{**order, "status": "pending"})
    office.story("direct_costs", project="P-1", direct_cost_type="payroll", status="approved",
                 lines=[{"cost_code": "03-100", "cost_type": "S", "amount": "70.00"}])  # fmt: skip
    shown = office.get(f"v1.0/budget_line_items/{made['id']}", project_id=office.project())
    found = {name: shown[name] for name in (
        "committed_costs", "pending_cost_changes", "direct_costs", "projected_costs",
        "budget_forecast", "estimated_cost_at_completion", "projected_over_under",
    )}  # fmt: skip
    assert list(found.values()) == [650, 50, 70, 770, 230, 1000, 0]


def test_a_budget_code_has_one_line(office: Office) -> None:
    made = make(office)
    again = body(office, wbs_code_id=made["wbs_code"]["id"], original_budget_amount=1)
    answer = office.ask("POST", LINES, again)
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"wbs_code_id": ["has already been taken"]}
    for wrong in ({}, {"wbs_code_id": 1}):
        assert office.ask("POST", LINES, body(office, **wrong)).status_code == 422
    path = f"v1.0/budget_line_items/{made['id']}"
    assert office.ask("PATCH", path, body(office, cost_code_id=None)).status_code == 422


def test_sync_goes_by_budget_code_and_answers_a_bare_array(office: Office) -> None:
    made = make(office, 100)
    path, updates = "v1.0/budget_line_items/sync", [
        {"wbs_code_id": made["wbs_code"]["id"], "original_budget_amount": 250},
        {"wbs_code_id": wbs_code(office, "03-300"), "original_budget_amount": 40.25},
    ]  # fmt: skip
    scope = {"project_id": office.project()}
    answer = office.send("POST", path, {**scope, "budget_line_items": updates})
    assert [row["original_budget_amount"] for row in answer] == [250, 40.25]
    assert answer[0]["id"] == made["id"]
    updates = [{**updates[0], "original_budget_amount": 1}, {"wbs_code_id": 1}]
    refused = office.ask("POST", path, {**scope, "budget_line_items": updates})
    assert refused.status_code == 422
    assert {row["original_budget_amount"] for row in rows(office)} == {"250.0", "40.25"}
    many = {**scope, "budget_line_items": updates[:1] * 1001}
    assert office.ask("POST", path, many).status_code == 413


def test_a_line_without_costs_is_deleted(office: Office) -> None:
    made, root = make(office), f"v2.0/companies/{office.company}/projects/{office.project()}"
    spent = make(office, code="03-300")
    office.subcontract(lines=[{"cost_code": "03-300", "cost_type": "S", "amount": "5.00"}])
    assert office.ask("DELETE", f"{root}/budget_line_items/{made['id']}").status_code == 204
    answer = office.ask("DELETE", f"{root}/budget_line_items/{spent['id']}")
    assert answer.status_code == 422
    assert "error" in answer.json()
    assert office.ask("DELETE", f"{root}/budget_line_items/{made['id']}").status_code == 404
    assert make(office)["id"] != made["id"]


def test_a_locked_budget_keeps_its_original_amounts(office: Office) -> None:
    made, root = make(office), f"v1.0/projects/{office.project()}/budget"
    assert office.get(root) == {"locked": False}
    assert office.send("POST", f"{root}/lock", None) == {"locked": True}
    assert office.get(root) == {"locked": True}
    path = f"{LINES}/{made['id']}"
    refused = office.ask("PATCH", path, body(office, original_budget_amount=1))
    assert refused.status_code == 422
    office.send("PATCH", path, body(office, uom="ls"))
    wanted = body(office, wbs_code_id=wbs_code(office, "03-300"), original_budget_amount=1)
    assert office.ask("POST", LINES, wanted).status_code == 422
    office.send("POST", LINES, body(office, wbs_code_id=wbs_code(office, "03-300")))
    assert office.send("DELETE", f"{root}/lock", None) == {"locked": False}
    office.send("PATCH", path, body(office, original_budget_amount=1))


def test_a_cost_without_a_budget_makes_a_line_of_zero(office: Office) -> None:
    office.subcontract("900.00")
    (row,) = rows(office)
    assert row["original_budget_amount"] == "0.0"
    assert row["unbudgeted_reason"]
    assert rows(office, budget_row_type="budgeted") == []
    made = make(office, 800)
    assert made["id"] == row["id"]
    assert rows(office, budget_row_type="unbudgeted") == []
    assert len(rows(office, budget_row_type="budgeted")) == 1


def test_an_owner_contract_makes_no_budget(office: Office) -> None:
    lines = [{"cost_code": "03-100", "cost_type": "S", "amount": "900.00"}]
    contract = office.story("prime_contracts", project="P-1", lines=lines)
    office.story("prime_change_orders", project="P-1", contract=contract["id"], lines=lines)
    assert rows(office) == []


def test_the_view_is_found_and_says_its_columns(office: Office) -> None:
    scope = {"project_id": office.project()}
    (view,) = office.get("v1.0/budget_views", **scope)
    columns = office.get(f"v1.0/budget_views/{view['id']}/budget_detail_columns", **scope)
    assert "original_budget_amount" in [column["id"] for column in columns]
    assert office.ask("GET", "v1.0/budget_views/1/detail_rows", **scope).status_code == 404
    assert office.ask("GET", f"v1.0/budget_views/{VIEW}/detail_rows").status_code == 400


def test_detail_rows_are_filtered_sorted_and_paged(office: Office) -> None:
    made = make(office, 100)
    make(office, 200, kind="M")
    make(office, 300, code="03-300")
    assert len(rows(office, **asked("cost_code_id", office.cost_code()))) == 2
    assert len(rows(office, **asked("category_id", cost_type(office, "M")))) == 1
    (row,) = rows(office, **asked("budget_line_item_id", made["id"]))
    assert row["wbs_code_id"] == made["wbs_code"]["id"]
    assert row["cost_code"] == "03-100 - Concrete 100"
    codes = [row["cost_code"] for row in rows(office, sort="-cost_code")]
    assert codes == sorted(codes, reverse=True)
    path = f"v1.0/budget_views/{VIEW}/detail_rows"
    page = office.ask("GET", path, project_id=office.project(), per_page=2, page=2)
    assert len(page.json()) == 1
    assert page.headers["Total"] == "3"


def test_summary_rows_add_up_a_group(office: Office) -> None:
    for amount, code, kind in ((100, "03-100", "S"), (200, "03-100", "M"), (300, "03-300", "S")):
        make(office, amount, code, kind)
    path = f"v1.0/budget_views/{VIEW}/summary_rows"
    found = office.get(path, project_id=office.project(), group_by="category")
    sums = {row["name"]: row["original_budget_amount"] for row in found}
    assert sums == {"Subs": "400.0", "Materials": "200.0"}
    assert len(office.get(path, project_id=office.project())) == 2
    (whole,) = office.get(path, project_id=office.project(), group_by="project")
    assert whole["budget_forecast"] == {"amount": "600.0"}


def test_only_an_approved_change_moves_the_budget(office: Office) -> None:
    made = make(office, 1000)
    line = {"wbs_code_id": made["wbs_code"]["id"], "amount": 250.5, "description": "More"}
    wanted = {"status": "draft", "title": "Scope", "adjustment_line_items": [line]}
    change = office.send("POST", changes(office), wanted)["data"]
    assert (change["number"], change["erp_status"]) == (1, "not_integrated")
    assert "amount" not in change
    assert rows(office)[0]["budget_modifications"] == "0.0"
    path = f"{changes(office)}/{change['id']}"
    shown = office.send("PATCH", path, {"status": "approved"})["data"]
    assert shown["amount"] == 250.5
    assert rows(office)[0]["budget_modifications"] == "250.5"
    assert rows(office)[0]["original_budget_amount"] == "1000.0"
    (listed,) = office.get(changes(office))["data"]
    assert listed["amount"] == 250.5
    assert "adjustment_line_items" not in listed


def test_lines_of_a_change_are_added_changed_and_taken_out(office: Office) -> None:
    codes = [wbs_code(office), wbs_code(office, "03-300")]
    lines = [{"wbs_code_id": code, "amount": 10, "type": "budget_change"} for code in codes]
    wanted = {"status": "draft", "adjustment_line_items": lines}
    change = office.send("POST", changes(office), wanted)["data"]
    first, second = change["adjustment_line_items"]
    path = f"{changes(office)}/{change['id']}"
    update = {"adjustment_line_items": [
        {"id": first["id"], "_delete": True}, {"id": second["id"], "amount": -4},
        {"wbs_code_id": codes[0], "quantity": 3, "unit_cost": 1.5,
         "calculation_strategy": "automatic"},
    ]}  # fmt: skip
    office.send("PATCH", path, update)
    shown = office.get(path)["data"]["adjustment_line_items"]
    assert [(line["id"] == second["id"], line["amount"]) for line in shown] == [
        (True, -4), (False, 4.5),
    ]  # fmt: skip
    assert len(rows(office, budget_row_type="budgeted")) == 2


def test_a_wrong_change_is_refused(office: Office) -> None:
    for wrong in (
        {"title": "No status"}, {"status": "open"},
        {"status": "draft", "adjustment_line_items": [{"amount": 1}]},
        {"status": "draft", "adjustment_line_items": [{"id": 5, "amount": 1}]},
        {"status": "draft", "adjustment_line_items": [{"wbs_code_id": 1, "amount": "x"}]},
    ):  # fmt: skip
        assert office.ask("POST", changes(office), wrong).status_code == 422
    assert office.get(changes(office)) == {"data": []}


def test_people_make_budgets_in_the_pages(office: Office) -> None:
    coded = {"cost_code": "03-100", "cost_type": "S"}
    line = office.story(
        "budget_line_items", project="P-1", original_budget_amount="500.00", **coded
    )
    office.change("budget_line_items", line["id"], original_budget_amount="600.00")
    change = office.story("budget_changes", project="P-1", title="Moved", status="approved",
                          lines=[{**coded, "amount": "25.00"}])  # fmt: skip
    office.change("budget_changes", change["id"], lines=[{**coded, "amount": "30.00"}])
    (row,) = rows(office)
    assert (row["original_budget_amount"], row["budget_modifications"]) == ("600.0", "30.0")
    office.delete("budget_changes", change["id"])
    office.delete("budget_line_items", line["id"])
    assert rows(office) == []


def test_budgets_survive_a_restart(tmp_path: Path) -> None:
    with Office(company="empty", state=tmp_path) as office:
        made = make(office)
        office.send("POST", f"v1.0/projects/{office.project()}/budget/lock", None)
    with Office(company="empty", state=tmp_path) as office:
        assert [row["id"] for row in rows(office)] == [made["id"]]
        assert office.get(f"v1.0/projects/{office.project()}/budget") == {"locked": True}


def test_a_state_from_before_budgets_is_read(tmp_path: Path) -> None:
    with Office(company="empty", state=tmp_path) as office:
        for name in ("budget_line_items", "budget_changes"):
            del office.simulator.state["tables"][name]
        office.simulator.changed()
    with Office(company="empty", state=tmp_path) as office:
        assert rows(office) == []
        make(office)


def test_every_job_of_the_demo_has_a_believable_budget(demo: Office) -> None:
    for job in company.JOBS[1:]:
        found = rows(demo, job.number, per_page=2000)
        budgeted = [row for row in found if not row.get("unbudgeted_reason")]
        assert 60 <= len(budgeted) < len(found)
        assert {row["category"] for row in budgeted} >= {kind.name for kind in company.COST_TYPES}
        amounts = [Decimal(row["original_budget_amount"]) for row in budgeted]
        assert 1_000_000 < sum(amounts) < 20_000_000
        assert min(amounts) > 0


def test_every_job_of_the_demo_has_budget_changes(demo: Office) -> None:
    statuses = set()
    for job in company.JOBS[1:]:
        path = f"v1.0/projects/{demo.project(job.number)}/budget_changes"
        found = demo.get(path)["data"]
        assert len(found) >= 3
        assert all(demo.get(f"{path}/{row['id']}")["data"] for row in found)
        statuses |= {row["status"] for row in found}
    assert statuses == {"approved", "under_review", "draft", "void"}


def test_the_same_seed_writes_the_same_budget() -> None:
    amounts = [
        [str(row["original_budget_amount"]) for row in simulator.rows("budget_line_items")]
        for simulator in (ProcoreSimulator(seed=seed) for seed in (1, 1, 2))
    ]
    assert amounts[0] == amounts[1] != amounts[2]
