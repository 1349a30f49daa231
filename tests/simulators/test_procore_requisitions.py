"""The arithmetic and the locks of subcontractor invoices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from .procore_office import Office, an_office

PATH = "v1.1/requisitions"


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


def bill(office: Office, contract: Any, *works: str, **attributes: Any) -> Any:
    """An invoice for work on the contract's lines, in their order."""
    items = [
        {"item_type": "contract_item", "line_item_id": line["id"],
         "work_completed_this_period": work}
        for line, work in zip(contract["line_items"], works, strict=False)
    ]  # fmt: skip
    return office.send("POST", PATH, {
        "project_id": office.project(), "commitment_id": contract["id"],
        "requisition": {"invoice_number": "RE-1", "status": "approved", "items": items,
                        **attributes},
    }, view="items")  # fmt: skip


def items(office: Office, row: Any) -> list[Any]:
    shown = office.get(f"{PATH}/{row['id']}", project_id=office.project(), view="items")
    found: list[Any] = shown["items"]
    return found


def write(office: Office, row: Any, **attributes: Any) -> Any:
    body = {"project_id": office.project(), "requisition": attributes}
    return office.ask("PATCH", f"{PATH}/{row['id']}", body)


def test_an_invoice_adds_up(office: Office) -> None:
    contract = office.subcontract("50000", "30000")
    row = bill(office, contract, "10000", "2500.55")
    block = row["summary"]
    assert block["original_contract_sum"] == "80000.00"
    assert block["total_completed_and_stored_to_date"] == "12500.55"
    assert block["total_retainage"] == "1250.06"
    assert block["total_earned_less_retainage"] == "11250.49"
    assert block["less_previous_certificates_for_payment"] == "0.00"
    assert block["current_payment_due"] == "11250.49"
    assert block["balance_to_finish_including_retainage"] == "68749.51"
    assert row["percent_complete"] == "15.63%"
    assert (row["number"], row["vendor_name"]) == (1, "Acme GmbH")
    assert [item["net_amount"] for item in row["items"]] == ["9000.00", "2250.49"]


def test_an_item_tells_its_segments_without_their_names(office: Office) -> None:
    """Of a segment its id and its type alone (the reference's sample)."""
    line = {"cost_code": "03-300", "cost_type": "S", "amount": "100.00"}
    contract = office.story(
        "work_order_contracts", project="P-1", vendor="Acme GmbH", number="SC-1", title="Walls",
        status="Approved", lines=[{**line, "sub_job": "01", "segments": {"Phase": "A"}}],
    )  # fmt: skip
    [item] = bill(office, contract, "10")["items"]
    told = {part["segment_type"]: part for part in item["wbs_code"]["segment_items"]}
    assert told["custom"]["path_codes"] == [["A - Phase A"]]
    assert told["sub_job"]["path_codes"] == [["01 - Area 01"]]
    assert "segment" not in told["custom"]


def test_the_next_invoice_goes_on_from_the_last(office: Office) -> None:
    contract = office.subcontract("50000")
    first = bill(office, contract, "10000")
    second = bill(office, contract, "5000")
    assert (second["number"], second["previous_requisition_id"]) == (2, first["id"])
    item = second["items"][0]
    assert item["work_completed_from_previous_application"] == "10000.00"
    assert item["work_completed_retainage_from_previous_application"] == "1000.00"
    assert second["summary"]["less_previous_certificates_for_payment"] == "9000.00"
    assert second["summary"]["current_payment_due"] == "4500.00"


def test_retainage_is_released(office: Office) -> None:
    contract = office.subcontract("50000")
    bill(office, contract, "50000")
    last = bill(office, contract, "0", items=[{
        "item_type": "contract_item", "line_item_id": contract["line_items"][0]["id"],
        "work_completed_retainage_released_this_period": "5000",
    }])  # fmt: skip
    item = last["items"][0]
    assert (item["gross_amount"], item["net_amount"]) == ("0.00", "5000.00")
    assert last["summary"]["total_retainage"] == "0.00"
    assert last["summary"]["current_payment_due"] == "5000.00"


def test_stored_materials_are_billed_once(office: Office) -> None:
    contract = office.subcontract("50000")
    line = contract["line_items"][0]["id"]
    given = {"item_type": "contract_item", "line_item_id": line,
             "materials_presently_stored": "4000",
             "materials_stored_retainage_percent_this_period": "10"}  # fmt: skip
    first = bill(office, contract, items=[given])
    assert first["items"][0]["net_amount"] == "3600.00"
    second = bill(office, contract, "4000", items=[{
        "item_type": "contract_item", "line_item_id": line, "materials_presently_stored": "0",
        "work_completed_this_period": "4000", "materials_stored_retainage_currently_retained": "0",
    }])  # fmt: skip
    assert second["items"][0]["gross_amount"] == "0.00"
    assert second["summary"]["current_payment_due"] == "0.00"


def test_net_amounts_add_up_to_the_payment_due(office: Office) -> None:
    contract = office.subcontract("1000.01", "333.33", "77.77")
    for works in (("100.11", "33.33", "7.77"), ("0.01", "66.67", "70")):
        row = bill(office, contract, *works)
        net = sum(Decimal(item["net_amount"]) for item in row["items"])
        assert net == Decimal(row["summary"]["current_payment_due"])


def test_approved_changes_are_items_and_integrated_projects_add_a_twin_of_zero(
    office: Office,
) -> None:
    office.change("projects", office.project(), is_erp_integrated=True)
    contract = office.subcontract("1000")
    office.story(
        "commitment_change_orders", project="P-1", contract=contract["id"], status="approved",
        lines=[{"cost_code": "03-300", "cost_type": "S", "amount": "200", "description": "Wall"}],
    )  # fmt: skip
    row = bill(office, contract, "100")
    kinds = [(i["item_type"], i["scheduled_value"], i["description_of_work"]) for i in row["items"]]
    assert kinds == [
        ("contract_item", "1000.00", "Footings"), ("change_order_item", "200.00", "Wall"),
        ("contract_item", "0.00", "Wall"),
    ]  # fmt: skip
    assert row["summary"]["net_change_by_change_orders"] == "200.00"
    assert row["item_packages"][0]["status"] == "approved"
    sub = office.get(f"v1.0/requisitions/{row['id']}/change_order_items",
                     project_id=office.project())  # fmt: skip
    assert sub[0]["change_order_package_id"] == row["item_packages"][0]["id"]


def test_item_ids_are_unique_only_with_their_type(office: Office) -> None:
    contract = office.subcontract("1000")
    office.story(
        "commitment_change_orders", project="P-1", contract=contract["id"], status="approved",
        lines=[{"cost_code": "03-300", "cost_type": "S", "amount": "200"}],
    )  # fmt: skip
    first, second = bill(office, contract, "100")["items"]
    assert first["id"] == second["id"]
    assert first["item_type"] != second["item_type"]


def test_items_come_only_with_their_view(office: Office) -> None:
    row = bill(office, office.subcontract("1000"), "100")
    assert "items" not in office.get(f"{PATH}/{row['id']}", project_id=office.project())
    assert len(items(office, row)) == 1
    listed = office.get(PATH, project_id=office.project(), view="items")
    assert len(listed[0]["items"]) == 1
    assert "vendor_id" not in office.get("v1.0/requisitions", project_id=office.project())[0]


def test_only_an_approved_commitment_is_billed(office: Office) -> None:
    contract = office.subcontract("1000", status="Draft")
    body = {"project_id": office.project(), "commitment_id": contract["id"], "requisition": {}}
    assert office.ask("POST", PATH, body).json()["errors"] == {
        "commitment_id": ["must be approved"]
    }
    body["commitment_id"] = 1
    assert office.ask("POST", PATH, body).status_code == 404


def test_only_the_latest_invoice_changes_or_goes(office: Office) -> None:
    contract = office.subcontract("1000")
    first, second = bill(office, contract, "100"), bill(office, contract, "200")
    update = {"id": items(office, first)[0]["id"], "item_type": "contract_item",
              "work_completed_this_period": "1"}  # fmt: skip
    assert write(office, first, items=[update]).status_code == 422
    project = office.project()
    assert office.ask("DELETE", f"{PATH}/{first['id']}", project_id=project).status_code == 422
    assert office.ask("DELETE", f"{PATH}/{second['id']}", project_id=project).status_code == 200
    assert write(office, first, items=[update]).status_code == 200
    assert items(office, first)[0]["work_completed_this_period"] == "1.00"


def test_a_synced_invoice_is_locked(office: Office) -> None:
    row = bill(office, office.subcontract("1000"), "100")
    assert write(office, row, origin_id="BC|PI|1").status_code == 200
    assert write(office, row, status="draft").status_code == 422
    assert write(office, row, origin_data="hash").status_code == 200
    assert office.refused("PATCH", f"requisitions/{row['id']}", {"status": "draft"})[0] == 422


def test_a_broken_invoice_writes_nothing(office: Office) -> None:
    contract = office.subcontract("1000")
    body = {"project_id": office.project(), "commitment_id": contract["id"], "requisition": {
        "items": [{"item_type": "contract_item", "line_item_id": 1,
                   "work_completed_this_period": "5"}],
    }}  # fmt: skip
    assert office.ask("POST", PATH, body).status_code == 422
    body["requisition"] = {"status": "Approved"}
    assert office.ask("POST", PATH, body).status_code == 422
    assert office.get(PATH, project_id=office.project()) == []


def test_filters_of_invoices(office: Office) -> None:
    contract = office.subcontract("1000")
    bill(office, contract, "100")
    last = bill(office, contract, "100", status="draft")
    found = office.get(PATH, project_id=office.project(), **{"filters[is_last]": "true"})
    assert [row["id"] for row in found] == [last["id"]]
    query = {"filters[status]": "approved", "filters[commitment_id]": contract["id"]}
    assert len(office.get(PATH, project_id=office.project(), **query)) == 1


def test_people_bill_by_position(office: Office) -> None:
    contract = office.subcontract("1000", "2000")
    row = office.story(
        "requisitions", project="P-1", contract=contract["number"], status="approved_as_noted",
        items=[{"line": 2, "work": "500", "retainage_percent": "5"}],
    )  # fmt: skip
    assert row["summary"]["current_payment_due"] == "475.00"


def test_billing_periods(office: Office) -> None:
    path = f"v1.0/projects/{office.project()}/billing_periods"
    period = {"start_date": "2026-03-01", "end_date": "2026-03-31", "due_date": "2026-04-10",
              "status": "open"}  # fmt: skip
    made = office.send("POST", path, {"billing_period": period})
    assert office.get(path)[0]["id"] == made["id"]
    closed = office.send("PATCH", f"{path}/{made['id']}", {"billing_period": {"status": "closed"}})
    assert closed["status"] == "closed"
    assert office.ask("DELETE", f"{path}/{made['id']}").status_code == 200
