"""Committed, billed, still to come: Procore against the memo accounts, and why they differ."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q, Sum

from syncs.balance import totals
from syncs.models import Cell, CellCause, CellPart, State
from tests.flows import telling
from tests.flows.telling import settled
from tests.flows.test_balance import read, rows_of
from tests.flows.test_closing import CLOSING, becomes, looked_at, standing
from tests.flows.test_relief import billed, memo, relieved
from tests.story import Company

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_booked(company: Company) -> None:
    """Journals of other stories are nobody's here: people might have booked them."""
    company.ledger("business_central/forget_entries", {})


Both = tuple[str, str]
NOTHING = ("0.00", "0.00")


def shares() -> dict[str, Both]:
    """In the project system and on the memo accounts."""
    found = totals.account(totals.Kept(Q(book="commitment", currency="")), {})
    return {
        part.name: (f"{part.totals.in_projects:.2f}", f"{part.totals.in_ledger:.2f}")
        for part in found.shares
    }


def causes() -> dict[str, Decimal]:
    rows = CellCause.objects.filter(book="commitment").order_by().values("cause")
    return {row["cause"]: row["all"] for row in rows.annotate(all=Sum("amount"))}


def test_a_billing_leaves_what_is_still_to_come_on_both_sides(company: Company) -> None:
    before = memo(company)["commitment"]
    standing(company, "BLC-1")
    read(company)
    assert shares() == {
        "Committed": ("4000.00", "4000.00"), "Billed": ("-1000.00", "-1000.00"),
        "Freed when it was closed": NOTHING, "Still to come": ("3000.00", "3000.00"),
    }  # fmt: skip
    assert causes() == {}
    assert memo(company)["commitment"] - before == Decimal("3000.00"), "as the accounts say"
    assert Cell.objects.filter(book="cost", cost_code="Retainage").get().in_ledger == -100


def test_a_billing_that_is_held_is_billed_in_the_project_system_alone(company: Company) -> None:
    contract, billing = billed(company, "BLC-2")
    assert settled(company, "subcontracts", contract).state == State.POSTED
    company.settings("requisitions", amount_limit="10.00")
    held = settled(company, "requisitions", billing)
    assert held.state == State.HELD
    read(company)
    assert shares()["Billed"] == ("-1000.00", "0.00")
    assert causes() == {"held": Decimal("-1000.00")}
    assert {part.why for part in CellPart.objects.filter(share="billed")} == {
        f"Over the amount limit. {held.sentence}"
    }


def test_a_relief_that_nobody_worked_out_yet_is_not_sent(company: Company) -> None:
    contract, billing = billed(company, "BLC-3")
    assert settled(company, "subcontracts", contract).state == State.POSTED
    assert settled(company, "requisitions", billing).state == State.POSTED
    read(company)
    assert causes() == {"not_sent": Decimal("-1000.00")}
    relieved(company, billing)
    read(company)
    assert causes() == {}


def test_what_is_billed_beyond_the_commitment_waits_for_a_change_order(company: Company) -> None:
    contract = telling.a_subcontract(company, "C-BLC-4", "1000.00")
    items = [{"line": 1, "work": "1500.00", "retained": "0.00"}]
    billing = telling.a_billing(company, contract, "BLC-4", items)
    assert settled(company, "subcontracts", contract).state == State.POSTED
    assert settled(company, "requisitions", billing).state == State.POSTED
    relieved(company, billing)
    read(company)
    assert shares()["Billed"] == ("-1500.00", "-1000.00")
    assert causes() == {"waiting": Decimal("-500.00")}
    assert "change order" in CellPart.objects.get(cause="waiting").why


def test_what_a_closed_contract_never_billed_is_freed_on_both_sides(company: Company) -> None:
    company.settings(CLOSING, when_closed="free")
    contract, _ = standing(company, "BLC-5")
    becomes(company, contract, "Terminated")
    looked_at(company, contract)
    read(company)
    assert shares()["Freed when it was closed"] == ("-3000.00", "-3000.00")
    assert shares()["Still to come"] == NOTHING
    assert causes() == {}


def test_an_order_typed_by_hand_is_a_commitment_of_the_ledger_alone(company: Company) -> None:
    read(company)
    assert causes() == {}
    rule = company.ledger("demo")["mappings"][0]
    vendor = company.ledger("ledger")["vendors"][0]
    made: dict[str, Any] = company.ledger("business_central/type_order", {
        "vendorNumber": vendor,
        "lines": [{"account": rule["account"], "quantity": "1", "description": "Typed",
                   "cost": "450.00", "amount": "450.00"}],
    })  # fmt: skip
    company.ledger("business_central/release_order", {"number": made["number"]})
    company.poll("ledger_orders")
    company.the_worker_runs()
    read(company)
    part = CellPart.objects.filter(book="commitment", ledger_number=made["number"]).get()
    assert (part.cause, part.in_ledger) == ("in_ledger", Decimal("450.00"))
    assert part.share == "committed"


def test_the_demo_s_commitments_agree_with_sums_over_both_sides(company: Company) -> None:
    """All contracts and change orders, and the memo account itself."""
    before = memo(company)["commitment"]
    flows = {
        "purchase_orders": "purchase_order_contracts", "subcontracts": "work_order_contracts",
        "commitment_change_orders": "commitment_change_orders",
    }  # fmt: skip
    for flow in [*flows, "requisitions", "commitment_relief", "commitment_relief"]:
        company.poll(flow)
        company.the_worker_runs()
    read(company)
    wanted: dict[str, Decimal] = defaultdict(Decimal)
    for collection in flows.values():
        for row in rows_of(company, collection):
            if row["status"].lower() in ("no_charge", "rejected", "void"):
                continue
            wanted[row["currency"] or "USD"] += Decimal(row["amount"])
    there = Cell.objects.filter(share="committed").order_by().values_list("currency")
    said = {code or "USD": amount for code, amount in there.annotate(all=Sum("in_projects"))}
    assert said == wanted
    assert shares()["Committed"][0] == f"{wanted['USD']:.2f}", "currencies are not added up"
    assert shares()["Still to come"][1] == f"{memo(company)['commitment'] - before:.2f}"
    assert "unexplained" not in causes()
