"""Each booking that finance may choose in NAV, as NAV itself shows it; and whose a document is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connections.errors import Reason
from mappings.models import VendorLink
from syncs.models import FlowSettings, Record, State
from tests.flows import telling as stories
from tests.flows.nav import telling
from tests.flows.nav.telling import a_cost, a_line, heard
from tests.flows.telling import settled
from tests.flows.test_adoption import a_change_order, in_the_books
from tests.story import Company

Booking = FlowSettings.Booking


def shown(nav: Company, record: Record) -> list[dict[str, Any]]:
    if record.destination_kind == "journal":
        return stories.journals(nav, record)
    return in_the_books(nav, record)


@pytest.mark.parametrize(
    "booking", [Booking.JOURNAL, Booking.INVOICE_POSTED, Booking.INVOICE_DRAFT, Booking.NOTHING]
)
@pytest.mark.parametrize("flow", ["direct_costs", "commitment_change_orders"])
def test_each_booking_stands_as_it_was_chosen(nav: Company, flow: str, booking: str) -> None:
    nav.settings(flow, booking=booking)
    number = f"NBK-{flow[:2]}-{booking[-5:]}"
    if flow == "direct_costs":
        row = nav.a_direct_cost(number, project=telling.JOB)
    else:
        row = a_change_order(nav, stories.a_subcontract(nav, number, "4000.00"), "001")
    record = settled(nav, flow, row)
    if booking == Booking.NOTHING:
        assert (record.state, record.destination_id) == (State.SKIPPED, "")
        assert "without booking it" in record.sentence
        return
    assert record.state == State.POSTED, record.sentence
    wanted = "draft" if booking == Booking.INVOICE_DRAFT else "posted"
    assert record.destination_status == wanted
    assert [Decimal(one["total"]) for one in shown(nav, record)] == [record.amount]
    if flow != "direct_costs" and booking != Booking.JOURNAL:
        assert record.coded["number"] == f"{number}-001".upper(), "the contract's number in front"


def test_an_invoice_that_was_sent_to_procore_is_not_adopted_for_a_cost_typed_there(
    nav: Company,
) -> None:
    """Somebody enters in Procore what NAV had told it already: the cost would stand twice."""
    told = heard(nav, "purchase_invoices", a_cost(nav, "NOWN-1", a_line(nav, "55.00")))
    assert told.state == State.POSTED, told.sentence
    nav.settings("direct_costs", adopt=True)
    name = VendorLink.objects.get(ledger_number=telling.vendor(nav)).project_vendor_name
    row = nav.a_direct_cost("NOWN-1", "55.00", project=telling.JOB, vendor=name)
    record = settled(nav, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.DUPLICATE_NUMBER), record.sentence
    assert str(told) in record.sentence
