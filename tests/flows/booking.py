"""What finance may choose for a flow, and what came to the other side by it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from syncs.models import Record, State
from syncs.registry import REGISTRY
from tests.flows.telling import again
from tests.story import Company

Standing = dict[str, dict[str, Decimal]]
TRACKED = "Finance chose to track this flow without booking it."
NOT_SENT = "Finance chose to track this flow without sending it."


def choices(key: str, *only: str) -> list[tuple[str, str]]:
    """Flows of an integration, with everything that finance may choose for each."""
    flows = {name: flow for name, flow in REGISTRY[key].items() if name in only}
    return [(name, booking) for name, flow in flows.items() for booking in flow.bookings]


def chosen(key: str) -> set[str]:
    """The flows for which there is something to choose."""
    return {name for name, flow in REGISTRY[key].items() if flow.bookings}


def in_ledger(company: Company) -> Standing:
    """All that stands in the ledger, by number with its amount."""
    said = company.ledger("ledger")
    documents = [row for kind in said["documents"].values() for row in kind["list"]]
    orders = said["orders"] if "orders" in said else said["purchase_orders"]
    return {
        "invoices": {row["number"]: Decimal(row["total"]) for row in documents},
        "drafts": {row["number"]: Decimal(row["total"]) for row in said["drafts"]
                   if row.get("documentType") != "Order"},
        "orders": {row["number"]: Decimal(row.get("gross") or row["total"]) for row in orders},
        "journals": {row["documentNumber"]: Decimal(row["total"])
                     for row in said["journals"]["list"]},
        "journals, not posted": {row["number"]: Decimal(row["debit"])
                                 for row in said.get("journal_headers", ()) if not row["posted"]},
    }  # fmt: skip


def in_project_system(company: Company) -> Standing:
    """Commitments, costs and bills there, by id with their amount."""
    said = company.procore("procore/totals")["collections"]
    names = ("purchase_order_contracts", "direct_costs", "requisitions")
    return {
        name: {str(row["id"]): Decimal(row.get("gross") or row["amount"])
               for row in said[name]["ids"]}
        for name in names
    }  # fmt: skip


def new_since(before: Standing, now: Standing) -> dict[str, Any]:
    """What came, by place; nothing else moved."""
    for place, rows in before.items():
        assert now[place].items() >= rows.items(), place
    came = {place: {number: worth for number, worth in rows.items() if number not in before[place]}
            for place, rows in now.items()}  # fmt: skip
    return {place: rows for place, rows in came.items() if rows}


def is_tracked(
    company: Company,
    record: Record,
    before: Standing,
    standing: Callable[[Company], Standing] = in_ledger,
    sentence: str = TRACKED,
) -> None:
    """Nothing moved on the other side, and the record says why."""
    assert (record.state, record.sentence) == (State.SKIPPED, sentence)
    assert (record.destination_id, record.destination_number) == ("", "")
    assert new_since(before, standing(company)) == {}
    assert again(company, record).state == State.SKIPPED
    assert new_since(before, standing(company)) == {}
