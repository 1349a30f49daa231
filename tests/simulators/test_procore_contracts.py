"""Commitments, prime contracts and change orders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .procore_office import Office, an_office

PURCHASE = "v1.0/purchase_order_contracts"
WORK = "v1.0/work_order_contracts"


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


def order(office: Office, **attributes: Any) -> Any:
    given = {"title": "Rebar", "vendor_id": office.vendor(), **attributes}
    return office.send("POST", PURCHASE, {
        "project_id": office.project(), "purchase_order_contract": given,
    })  # fmt: skip


def line(office: Office, contract: Any, **attributes: Any) -> Any:
    given = {"cost_code_id": office.cost_code(), "description": "Bars", **attributes}
    body = {"project_id": office.project(), "line_item": given}
    return office.send("POST", f"{PURCHASE}/{contract['id']}/line_items", body)


def show(office: Office, contract: Any, path: str = PURCHASE) -> Any:
    return office.get(f"{path}/{contract['id']}", project_id=office.project())


def put(office: Office, contract: Any, **attributes: Any) -> Any:
    body = {"project_id": office.project(), "purchase_order_contract": attributes}
    return office.ask("PATCH", f"{PURCHASE}/{contract['id']}", body)


def change_order(office: Office, contract: Any, amount: str, status: str, **more: Any) -> Any:
    return office.story("commitment_change_orders", **{
        "project": "P-1", "contract": contract["id"], "status": status, "title": "More",
        "lines": [{"cost_code": "03-100", "cost_type": "S", "amount": amount}], **more,
    })  # fmt: skip


def test_amounts_are_strings_and_the_total_is_the_sum_of_the_lines(office: Office) -> None:
    made = order(office)
    assert made["status"] == "Draft"
    first = line(office, made, quantity="10", unit_cost="1250", uom="t")
    assert (first["amount"], first["extended_type"]) == ("12500.0", "calculated")
    assert first["wbs_code"]["flat_code"] == "03-100"
    second = line(office, made, amount="-840.55")
    assert (second["amount"], second["extended_type"]) == ("-840.55", "manual")
    shown = show(office, made)
    assert (shown["grand_total"], shown["revised_contract"]) == ("11659.45", "11659.45")
    assert shown["vendor"] == {
        "id": office.vendor(), "company": "Acme GmbH", "origin_id": None, "origin_data": None,
    }  # fmt: skip
    listed = office.get(PURCHASE, project_id=office.project())[0]
    assert "line_items" not in listed
    assert set(listed["vendor"]) == {"id", "company"}


def test_unknown_codes_statuses_and_vendors_are_refused(office: Office) -> None:
    made = order(office)
    path = f"{PURCHASE}/{made['id']}/line_items"
    body = {"project_id": office.project(), "line_item": {"cost_code_id": 1, "amount": "1"}}
    assert office.ask("POST", path, body).json()["errors"] == {"cost_code_id": ["is invalid"]}
    body["line_item"] = {"amount": "many"}
    assert office.ask("POST", path, body).json()["errors"] == {"amount": ["is not a number"]}
    assert put(office, made, status="approved").status_code == 422
    assert put(office, made, vendor_id=1).status_code == 422


def test_an_approved_contract_is_locked(office: Office) -> None:
    made = order(office)
    kept = line(office, made, amount="5")
    assert put(office, made, status="Approved").status_code == 200
    path = f"{PURCHASE}/{made['id']}/line_items"
    body = {"project_id": office.project(), "line_item": {"amount": "6"}}
    for method, target in (("POST", path), ("PATCH", f"{path}/{kept['id']}")):
        assert office.ask(method, target, body).json()["errors"] == {"base": ["Contract is locked"]}
    assert put(office, made, vendor_id=None).status_code == 422
    origin = {"project_id": office.project(), "line_item": {"origin_id": "BC|1"}}
    assert office.ask("PATCH", f"{path}/{kept['id']}", origin).status_code == 200
    gone = office.ask("DELETE", f"{PURCHASE}/{made['id']}", project_id=office.project())
    assert gone.status_code == 422
    assert put(office, made, title="Rebar 2").json()["title"] == "Rebar 2"


def test_a_deleted_contract_is_seen_only_when_asked_for(office: Office) -> None:
    made, project = order(office), office.project()
    answer = office.ask("DELETE", f"{PURCHASE}/{made['id']}", project_id=project)
    assert answer.status_code == 200
    assert office.get(PURCHASE, project_id=project) == []
    assert office.ask("GET", f"{PURCHASE}/{made['id']}", project_id=project).status_code == 404
    for mode in ("only", "with"):
        rows = office.get(PURCHASE, project_id=project, **{"filters[include_deleted]": mode})
        assert rows[0]["deleted_at"]


def test_an_origin_id_is_not_used_in_two_projects(office: Office) -> None:
    rows = [{"title": "A", "origin_id": "BC|PO|1"}]
    assert not office.sync(PURCHASE, rows, project_id=office.project())["errors"]
    answer = office.sync(PURCHASE, rows, project_id=office.project("P-2"))
    assert answer["errors"][0]["errors"] == {"origin_id": ["has already been taken"]}
    again = office.sync(PURCHASE, [{**rows[0], "title": "B"}], project_id=office.project())
    assert again["entities"][0]["title"] == "B"


def test_the_header_stays_when_only_a_line_moves(office: Office) -> None:
    made = order(office)
    kept = line(office, made, amount="5")
    before = show(office, made)["updated_at"]
    office.clock(offset=60)
    path = f"{PURCHASE}/{made['id']}/line_items"
    body = {"project_id": office.project(), "line_item": {"amount": "6"}}
    office.send("PATCH", f"{path}/{kept['id']}", body)
    assert show(office, made)["updated_at"] == before
    assert office.get(path, project_id=office.project())[0]["updated_at"] > before
    office.control("POST", "settings", {"lines_touch_header": True})
    office.send("PATCH", f"{path}/{kept['id']}", body)
    assert show(office, made)["updated_at"] > before


def test_lines_are_synced_within_their_contract(office: Office) -> None:
    made = order(office)
    updates = [{"amount": "7", "origin_id": "L|1"}, {"amount": "x"}]
    path = f"{PURCHASE}/{made['id']}/line_items/sync"
    answer = office.send("PATCH", path, {"updates": updates}, project_id=office.project())
    assert (len(answer["entities"]), len(answer["errors"])) == (1, 1)


def test_only_approved_changes_move_the_contract(office: Office) -> None:
    made = office.subcontract("1000")
    change_order(office, made, "100", "approved")
    change_order(office, made, "-30", "pending")
    change_order(office, made, "7", "draft")
    change_order(office, made, "9", "rejected")
    shown = show(office, made, WORK)
    assert shown["approved_change_orders"] == "100.0"
    assert shown["revised_contract"] == "1100.0"
    assert shown["pending_change_orders"] == "-30.0"
    assert shown["pending_revised_contract"] == "1070.0"
    assert shown["draft_change_orders_amount"] == "7.0"


def test_change_orders_have_headers_in_v1_and_lines_in_v2(office: Office) -> None:
    made = office.subcontract("1000")
    row = change_order(office, made, "99.5", "draft")
    header = f"v1.0/projects/{office.project()}/commitment_change_orders/{row['id']}"
    shown = office.get(header)
    assert shown["grand_total"] == "99.5"
    assert "line_items" not in shown
    assert "origin_id" not in shown
    path = f"v2.0/companies/{office.company}/projects/{office.project()}"
    path = f"{path}/commitment_change_orders/{row['id']}/line_items"
    lines = office.get(path)["data"]
    assert (lines[0]["amount"], lines[0]["wbs_code"]["flat_code"]) == ("99.5", "03-100.S")
    assert isinstance(lines[0]["id"], str)
    wbs = lines[0]["wbs_code_id"]
    added = office.ask("POST", path, {"wbs_code_id": wbs, "amount": "0.5"})
    assert added.status_code == 200
    assert office.get(header)["grand_total"] == "100.0"
    assert office.ask("POST", path, {"amount": "1"}).json()["error"]["details"]
    office.send("PATCH", header, {"change_order": {"status": "approved"}})
    assert office.ask("POST", path, {"wbs_code_id": wbs, "amount": "1"}).status_code == 422
    assert office.ask("DELETE", header).status_code == 422


def test_change_orders_are_filtered_and_may_be_deleted_while_open(office: Office) -> None:
    made = office.subcontract("1000")
    row = change_order(office, made, "5", "draft")
    path = f"v1.0/projects/{office.project()}/commitment_change_orders"
    assert len(office.get(path, **{"filters[status]": "draft"})) == 1
    assert office.get(path, **{"filters[status]": "approved"}) == []
    assert len(office.get(path, **{"filters[contract_id]": made["id"]})) == 1
    assert office.ask("DELETE", f"{path}/{row['id']}").status_code == 204
    assert office.get(path) == []


def test_the_package_of_a_change_order_has_the_origin_fields(office: Office) -> None:
    made = office.subcontract("1000")
    row = change_order(office, made, "25", "approved")
    number = row["legacy_package_id"]
    assert number != row["id"]
    path, project = f"v1.0/change_order_packages/{number}", office.project()
    body = {"project_id": project, "change_order": {"origin_id": "BC|CO|1"}}
    assert office.send("PATCH", path, body)["origin_id"] == "BC|CO|1"
    shown = office.get(path, project_id=project)
    assert (shown["type"], shown["status"]) == ("CommitmentContractChangeOrder", "approved")
    assert shown["line_items"][0]["total_amount"] == "25.0"
    listed = office.get("v1.0/change_order_packages", project_id=project, contract_id=made["id"])
    assert [package["id"] for package in listed] == [number]


def test_prime_contracts_are_listed_in_the_plural_and_shown_in_the_singular(office: Office) -> None:
    made = office.story(
        "prime_contracts", project="P-1", vendor="Acme GmbH", status="Approved", title="Tower",
        lines=[{"cost_code": "26", "cost_type": "M", "amount": "5000"}],
    )  # fmt: skip
    office.story(
        "prime_change_orders", project="P-1", contract=made["number"], status="approved",
        lines=[{"cost_code": "26", "cost_type": "M", "amount": "-250.25"}],
    )  # fmt: skip
    listed = office.get("v1.0/prime_contracts", project_id=office.project())
    assert listed[0]["approved_change_orders"] == "-250.25"
    shown = office.get(f"v1.0/prime_contract/{made['id']}", project_id=office.project())
    assert shown["revised_contract_amount"] == "4749.75"
    lines = office.get(f"v1.0/prime_contracts/{made['id']}/line_items", project_id=office.project())
    assert lines[0]["holder"]["holder_type"] == "PrimeContract"
    orders = office.get(f"v1.0/projects/{office.project()}/prime_change_orders")
    assert (orders[0]["type"], orders[0]["grand_total"]) == ("PrimeChangeOrder", "-250.25")
    body = {"project_id": office.project(), "prime_contract": {"status": "approved"}}
    assert office.ask("PATCH", f"v1.0/prime_contract/{made['id']}", body).status_code == 422


def test_a_contract_may_be_in_another_currency(office: Office) -> None:
    made = order(office, currency_iso_code="EUR")
    assert made["currency_configuration"] == {"currency_iso_code": "EUR"}
    office.control("POST", "settings", {"multicurrency": False})
    assert put(office, made, currency_iso_code="CAD").status_code == 422
