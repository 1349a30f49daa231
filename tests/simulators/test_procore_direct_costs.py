"""Direct costs, their lines, locks and overlapping writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from .procore_office import Office, an_office


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


def path(office: Office, version: str = "v1.1", *rest: object) -> str:
    parts = [f"{version}/projects/{office.project()}/direct_costs", *map(str, rest)]
    return "/".join(parts)


def cost(office: Office, **attributes: Any) -> Any:
    given = {"direct_cost_type": "invoice", "vendor_id": office.vendor(),
             "invoice_number": "ER-118", "status": "approved", **attributes}  # fmt: skip
    return office.ask("POST", path(office), {"direct_cost": given})


def line(office: Office, amount: float, **more: Any) -> dict[str, Any]:
    project = office.project()
    wbs = office.simulator.wbs_code_of(project, office.cost_code(), None)
    return {"wbs_code_id": wbs, "manual_amount": amount, **more}


def test_a_cost_is_made_with_its_lines(office: Office) -> None:
    made = cost(office, line_items=[line(office, 840.5, ref="1"), line(office, -40.25)]).json()
    assert made["grand_total"] == "800.25"
    assert made["line_items_count"] == 2
    assert made["line_items"][0]["amount"] == "840.5"
    assert made["line_items"][0]["ref"] == "1"
    assert made["vendor"] == {"id": office.vendor(), "name": "Acme GmbH"}
    listed = office.get(path(office))[0]
    assert (listed["vendor"], listed["amount"]) == ("Acme GmbH", "800.25")
    assert "line_items" not in listed
    older = office.get(path(office, "v1.0", made["id"]))
    assert "line_items" not in older


def test_an_invoice_needs_a_vendor_and_a_number(office: Office) -> None:
    errors = cost(office, vendor_id=None, invoice_number="").json()["errors"]
    assert set(errors) == {"vendor_id", "invoice_number"}
    assert cost(office, vendor_id=1).status_code == 422
    assert cost(office, direct_cost_type="gift").status_code == 422
    made = cost(office, direct_cost_type="expense", invoice_number="").json()
    changed = {"direct_cost": {"direct_cost_type": "invoice"}}
    assert office.ask("PATCH", path(office, "v1.1", made["id"]), changed).status_code == 422


def test_the_same_number_may_come_twice(office: Office) -> None:
    assert [cost(office).status_code for _ in range(2)] == [201, 201]
    assert len(office.get(path(office), **{"filters[invoice_number]": "ER-118"})) == 2


def test_at_most_100_lines_come_in_one_request(office: Office) -> None:
    many = [line(office, 1)] * 101
    assert cost(office, line_items=many).status_code == 422
    assert office.get(path(office)) == []
    assert cost(office, line_items=many[:100]).json()["grand_total"] == "100.0"


def test_lines_are_written_one_by_one_in_v1_0(office: Office) -> None:
    made = cost(office).json()
    lines = path(office, "v1.0", made["id"], "line_items")
    body = {"line_item": {"cost_code_id": office.cost_code(), "amount": 12.3}}
    added = office.send("POST", lines, body)
    assert added["holder"] == {"id": made["id"], "holder_type": "DirectCost"}
    office.send("PATCH", f"{lines}/{added['id']}", {"line_item": {"amount": 13}})
    assert office.get(path(office, "v1.1", made["id"]))["grand_total"] == "13.0"
    found = office.get(path(office, "v1.0", "line_items"), **{
        "filters[direct_cost_id]": made["id"],
    })  # fmt: skip
    assert found[0]["cost_code"]["full_code"] == "03-100"
    assert office.ask("DELETE", f"{lines}/{added['id']}").status_code == 200
    assert office.get(lines) == []


def test_costs_and_lines_are_synced(office: Office) -> None:
    row = {"direct_cost_type": "expense", "invoice_number": "S", "origin_id": "BC|1"}
    answer = office.send("PATCH", path(office, "v1.0", "sync"), {"updates": [row, {}]})
    assert (len(answer["entities"]), len(answer["errors"])) == (1, 1)
    lines = [{"direct_cost_id": answer["entities"][0]["id"], "amount": 5, "origin_id": "L|1"}]
    target = path(office, "v1.0", "line_items", "sync")
    refused = office.send("PATCH", target, {"updates": lines})
    assert "base" in refused["errors"][0]["errors"]


def test_a_synced_cost_is_locked_but_for_its_origin(office: Office) -> None:
    made = cost(office, origin_id="BC|1").json()
    target = path(office, "v1.1", made["id"])
    refused = office.ask("PATCH", target, {"direct_cost": {"status": "draft"}})
    assert refused.status_code == 422
    assert office.ask("DELETE", target).status_code == 422
    freed = office.ask("PATCH", target, {"direct_cost": {"origin_id": None}})
    assert freed.status_code == 200
    assert office.ask("PATCH", target, {"direct_cost": {"status": "draft"}}).status_code == 200
    assert office.ask("DELETE", target).json() == {"id": made["id"]}
    assert office.ask("GET", target).status_code == 404


def test_overlapping_writes_conflict(office: Office) -> None:
    made, found = cost(office).json(), list[int]()
    office.control("POST", "settings", {"direct_cost_seconds": 0.3})

    def write() -> None:
        body = {"direct_cost": {"terms": "Net 30"}}
        target = path(office, "v1.1", made["id"])
        found.append(office.ask("PATCH", target, body).status_code)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200, 409]
    write()
    assert found[-1] == 200


def test_a_cost_of_another_project_is_not_there(office: Office) -> None:
    made = cost(office).json()
    wrong = f"v1.1/projects/{office.project('P-2')}/direct_costs/{made['id']}"
    assert office.ask("GET", wrong).status_code == 404


def test_people_make_costs_by_names(office: Office) -> None:
    row = office.story(
        "direct_costs", project="P-1", vendor="Acme GmbH", direct_cost_type="invoice",
        invoice_number="A/1", status="approved", direct_cost_date="2026-03-12",
        lines=[{"cost_code": "03-300", "cost_type": "M", "amount": "-12.50"}, {"amount": "3"}],
        header_total="-9.47", currency_iso_code="EUR",
    )  # fmt: skip
    assert row["grand_total"] == "-9.47"
    shown = office.get(path(office, "v1.1", row["id"]))
    assert [item["amount"] for item in shown["line_items"]] == ["-12.5", "3.0"]
    assert shown["line_items"][0]["line_item_type"]["code"] == "M"
    assert shown["line_items"][1].get("cost_code") is None
    assert shown["currency_configuration"]["currency_iso_code"] == "EUR"


def test_people_keep_to_the_rules_too(office: Office) -> None:
    status, errors = office.refused("POST", "direct_costs", {
        "project": "P-1", "direct_cost_type": "invoice", "lines": [],
    })  # fmt: skip
    assert (status, set(errors)) == (422, {"vendor_id", "invoice_number"})
    wrong = {"project": "P-1", "direct_cost_type": "expense", "lines": [{"cost_code": "99"}]}
    assert office.refused("POST", "direct_costs", wrong)[0] == 422
    assert office.get(path(office)) == []
    made = office.subcontract("5")
    lines = {"lines": [{"amount": "6"}]}
    assert office.refused("PATCH", f"work_order_contracts/{made['id']}", lines)[0] == 422
    assert office.refused("DELETE", f"work_order_contracts/{made['id']}")[0] == 422
    office.change("work_order_contracts", made["id"], status="Draft")
    assert office.change("work_order_contracts", made["id"], **lines)["grand_total"] == "6.0"
    office.delete("work_order_contracts", made["id"])


def test_totals_tell_documents_and_sums(office: Office) -> None:
    for amount, status in (("10.50", "approved"), ("-3", "approved"), ("7", "draft")):
        office.story("direct_costs", project="P-1", direct_cost_type="expense", status=status,
                     lines=[{"amount": amount}])  # fmt: skip
    contract = office.subcontract("1000")
    office.story("requisitions", project="P-1", contract=contract["id"], status="approved",
                 items=[{"line": 1, "work": "100"}])  # fmt: skip
    found = office.control("GET", "procore/totals").json()["collections"]
    assert found["direct_costs"]["total"] == "14.50"
    assert found["direct_costs"]["by_status"]["approved"] == {"documents": 2, "total": "7.50"}
    row = found["requisitions"]["ids"][0]
    assert (row["gross"], row["retainage"], row["amount"]) == ("100.00", "10.00", "90.00")
    assert row["project"] == "P-1"
    path = "procore/totals?collection=direct_costs&status=draft&project=P-1"
    some = office.control("GET", path).json()["collections"]
    assert (list(some), some["direct_costs"]["documents"]) == (["direct_costs"], 1)
