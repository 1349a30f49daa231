"""Executed commitments as purchase orders, and the invoices that bill them."""

from __future__ import annotations

from typing import Any

from connections.errors import Reason
from mappings.models import VendorLink
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.telling import again, settled
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


def test_the_invoice_account_of_a_vendors_card_is_said(fo: Company) -> None:
    first = settled(fo, "subcontracts", telling.a_subcontract(fo, "SC-PAID-1", "4000.00"))
    vendor = first.coded["vendor"]
    links = VendorLink.objects.filter(integration=fo.integration)
    factor = next(one.ledger_number for one in links if one.ledger_number != vendor)
    fo.ledger("fo/paid_instead", {"vendor": vendor, "pay_to": factor})
    record = settled(fo, "subcontracts", telling.a_subcontract(fo, "SC-PAID-2", "4000.00"))
    fo.ledger("fo/paid_instead", {"vendor": vendor, "pay_to": ""})
    assert record.state == State.POSTED, record.sentence
    assert f"The ledger added that vendor {factor} is paid." in record.sentence


def test_an_order_that_people_put_into_another_currency_is_told(fo: Company) -> None:
    """Asked for again, its header says the currency, too."""
    record = settled(fo, "subcontracts", telling.a_subcontract(fo, "SC-CAD", "4000.00"))
    fo.ledger("fo/change_order", {
        "number": record.destination_number, "fields": {"CurrencyCode": "CAD"},
    })  # fmt: skip
    record = again(fo, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert "it is in CAD" in record.sentence
