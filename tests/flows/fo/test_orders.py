"""Executed commitments as purchase orders, and the invoices that bill them."""

from __future__ import annotations

from typing import Any

from connections.errors import Reason
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.telling import settled
from tests.story import Company, run_queue


def order(fo: Company, record: Record) -> dict[str, Any]:
    rows = fo.ledger("ledger")["purchase_orders"]
    return next(row for row in rows if row["number"] == record.destination_number)


def test_an_executed_contract_becomes_a_purchase_order(fo: Company) -> None:
    record = settled(
        fo, "subcontracts", telling.a_subcontract(fo, "SC-MASON", "6000.00", "3000.00")
    )
    assert record.state == State.POSTED, record.sentence
    there = order(fo, record)
    assert (there["total"], there["by_hand"]) == ("9000.00", False)
    assert there["reference"]
    assert record.destination_number in record.sentence


def test_an_approved_one_waits_until_it_is_executed(fo: Company) -> None:
    row = telling.a_subcontract(fo, "SC-GLASS", "4000.00", executed=False)
    record = settled(fo, "subcontracts", row)
    assert record.state == State.SKIPPED
    assert "not executed" in record.sentence
    fo.procore_changes("work_order_contracts", row, executed=True)
    record = settled(fo, "subcontracts", row)
    assert record.state == State.POSTED, record.sentence


def test_a_billing_waits_for_its_order_and_names_it(fo: Company) -> None:
    row = telling.a_subcontract(fo, "SC-ROOF", "4000.00")
    items = [{"line": 1, "work": "1500.00", "retained": "150.00"}]
    billing = telling.a_billing(fo, row, "ROOF-1", items)
    waiting = settled(fo, "requisitions", billing)
    assert (waiting.state, waiting.reason) == (State.HELD, Reason.WAITS)
    ordered = settled(fo, "subcontracts", row)
    assert ordered.state == State.POSTED, ordered.sentence
    fo.poll("requisitions")
    run_queue()
    waiting.refresh_from_db()
    assert waiting.state == State.POSTED, waiting.sentence
    drafts = fo.ledger("ledger")["drafts"]
    [draft] = [one for one in drafts if one["number"] == waiting.destination_id]
    assert (draft["order"], draft["total"]) == (ordered.destination_number, "1350.00")
