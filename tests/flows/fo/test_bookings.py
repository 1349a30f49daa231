"""Each booking that finance may choose in F&O, as F&O itself shows it."""

from __future__ import annotations

from typing import Any

import pytest

from syncs.admin import bookings
from syncs.models import FlowSettings, State
from tests.flows import telling
from tests.flows.booking import choices, chosen, in_ledger, is_tracked, new_since
from tests.flows.telling import again, settled
from tests.story import Company

Booking = FlowSettings.Booking
FLOWS = ("purchase_orders", "subcontracts", "requisitions", "direct_costs")
PLACES = {
    Booking.PURCHASE_ORDER: "orders",
    Booking.INVOICE_DRAFT: "drafts",
    Booking.JOURNAL: "journals, not posted",
}
SENTENCES = {
    Booking.PURCHASE_ORDER: "Purchase order {} was created and verified",
    Booking.INVOICE_DRAFT: "Pending vendor invoice {} was created and verified",
    Booking.JOURNAL: "General journal {} was created and verified",
}


def approved(fo: Company, flow: str, number: str) -> dict[str, Any]:
    """An approved, executed document of this flow's kind; a billing's order stands already."""
    if flow == "direct_costs":
        return fo.a_direct_cost(number, "840.50")
    if flow == "purchase_orders":
        return fo.procore_has(
            "purchase_order_contracts", project=fo.job, vendor=fo.a_vendor, number=number,
            title="Rebar", status="Approved", executed=True, contract_date=fo.today,
            lines=[fo.line("120.00")],
        )  # fmt: skip
    contract = telling.a_subcontract(fo, number, "4000.00")
    if flow == "subcontracts":
        return contract
    order = settled(fo, "subcontracts", contract)
    assert order.state == State.POSTED, order.sentence
    items = [{"line": 1, "work": "500.00", "retained": "50.00"}]
    return telling.a_billing(fo, contract, number, items)


@pytest.mark.parametrize(("flow", "booking"), choices("fo_procore", *FLOWS))
def test_each_booking_stands_as_it_was_chosen(fo: Company, flow: str, booking: str) -> None:
    fo.settings(flow, booking=booking)
    row = approved(fo, flow, f"FBK-{flow[:4]}-{booking[:5]}")
    before = in_ledger(fo)
    record = settled(fo, flow, row)
    if booking == Booking.NOTHING:
        is_tracked(fo, record, before)
        return
    assert record.state == State.POSTED, record.sentence
    number = record.destination_number
    assert record.sentence.startswith(SENTENCES[Booking(booking)].format(number))
    watched = "It is watched until it is posted." in record.sentence
    assert watched == (booking != Booking.PURCHASE_ORDER), "nothing is posted by us"
    there = {PLACES[Booking(booking)]: {record.destination_id: record.amount}}
    assert new_since(before, in_ledger(fo)) == there
    assert again(fo, record).state == State.POSTED
    assert new_since(before, in_ledger(fo)) == there, "once"


def test_no_choice_promises_a_posting(fo: Company) -> None:
    """Nothing is posted there but by people, and the page does not say otherwise."""
    for row in FlowSettings.objects.filter(integration=fo.integration, flow__in=FLOWS):
        words = dict(bookings.choices(row))
        assert not [label for label in words.values() if "posted" in label]
        assert bookings.chosen(row) == words[row.booking]


def test_no_flow_is_left_out() -> None:
    assert chosen("fo_procore") == set(FLOWS)
