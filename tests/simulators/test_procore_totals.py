"""What Procore holds is told so that nothing of it can be dropped unseen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .procore_office import Office, an_office


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


def told(office: Office, collection: str) -> list[Any]:
    found = office.control("GET", f"procore/totals?collection={collection}").json()["collections"]
    rows: list[Any] = found[collection]["ids"]
    return rows


def test_markup_is_part_of_what_a_change_order_says(office: Office) -> None:
    contract = office.story("prime_contracts", project="P-1", number="PC", status="Approved",
                            lines=[{"amount": "9000"}])  # fmt: skip
    markups = [{"name": "Fee", "percentage": 10, "set": "horizontal"},
               {"name": "Bond", "percentage": "1.5", "set": "vertical"}]  # fmt: skip
    office.story("prime_change_orders", project="P-1", contract=contract["id"], status="approved",
                 lines=[{"amount": "4000"}, {"amount": "1000"}], markups=markups)  # fmt: skip
    [row] = told(office, "prime_change_orders")
    assert (row["amount"], row["markup"]) == ("5575.00", "575.00")


def test_what_tells_lines_apart_and_fractions_are_told(office: Office) -> None:
    line = {"cost_code": "03-300", "cost_type": "M"}
    lines = [
        {**line, "amount": "333.3333", "sub_job": "01"},
        {**line, "amount": "333.3333", "sub_job": "02"},
        {**line, "amount": "333.3334", "segments": {"Phase": "A"}}, {**line, "amount": "1"},
    ]  # fmt: skip
    office.story(
        "direct_costs", project="P-1", direct_cost_type="expense", status="approved", lines=lines
    )
    [row] = told(office, "direct_costs")
    assert (row["amount"], row["fractions"]) == ("1001.00", 3)
    assert row["segments"] == {"Sub Job 01": "333.33", "Sub Job 02": "333.33", "Phase A": "333.33"}


@pytest.mark.parametrize(("chosen", "moved"), [(["P-1"], "400.00"), (["P-2"], "0.00")])
def test_a_project_chooses_whether_its_stored_materials_move(
    office: Office, chosen: list[str], moved: str
) -> None:
    office.control("POST", "settings", {"moves_materials": chosen})
    contract = office.subcontract("5000")
    bill = {"project": "P-1", "contract": contract["id"], "status": "approved"}
    office.story("requisitions", **bill, items=[{"line": 1, "work": "100", "stored": "400"}])
    office.story("requisitions", **bill, items=[])
    first, second = told(office, "requisitions")
    assert (first["gross"], first["moved"]) == ("500.00", "0.00")
    assert (second["gross"], second["moved"]) == ("0.00", moved)
