"""Each booking that finance may choose in NAV, as NAV itself shows it; and whose a document is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connections.errors import Reason
from mappings.models import VendorLink
from syncs.models import FlowSettings, Record, State
from tests.flows import lengths
from tests.flows import telling as stories
from tests.flows.booking import (
    NOT_SENT,
    Standing,
    choices,
    chosen,
    in_ledger,
    in_project_system,
    is_tracked,
    new_since,
)
from tests.flows.nav import telling
from tests.flows.nav import test_closing as closing
from tests.flows.nav.telling import a_cost, a_line, an_order, by_hand, heard, in_procore
from tests.flows.telling import settled
from tests.flows.test_adoption import a_change_order, in_the_books
from tests.flows.test_flows_of_the_seed import in_status
from tests.flows.test_gates import scope_of
from tests.story import Company

Booking = FlowSettings.Booking


def shown(nav: Company, record: Record) -> list[dict[str, Any]]:
    if record.destination_kind == "journal":
        return stories.journals(nav, record)
    return in_the_books(nav, record)


BOOKED = ("direct_costs", "commitment_change_orders", "prime_change_orders")


@pytest.mark.parametrize(("flow", "booking"), choices("nav_procore", *BOOKED))
def test_each_booking_stands_as_it_was_chosen(nav: Company, flow: str, booking: str) -> None:
    nav.settings(flow, booking=booking)
    number = f"NBK-{flow[:2]}-{booking[-5:]}"
    row, scope = approved(nav, flow, number)
    before = in_ledger(nav)
    record = nav.note(flow, row, scope)
    nav.the_worker_runs()
    record.refresh_from_db()
    if booking == Booking.NOTHING:
        is_tracked(nav, record, before)
        return
    assert record.state == State.POSTED, record.sentence
    wanted = "draft" if booking == Booking.INVOICE_DRAFT else "posted"
    assert record.destination_status == wanted
    assert [Decimal(one["total"]) for one in shown(nav, record)] == [record.amount]
    [came] = new_since(before, in_ledger(nav)).values()
    assert list(came.values()) == [record.amount], "and nothing else"
    if flow == "commitment_change_orders" and booking != Booking.JOURNAL:
        assert record.coded["number"] == f"{number}-001".upper(), "the contract's number in front"


@pytest.mark.parametrize(("flow", "booking"), choices("nav_procore", closing.FLOW))
def test_each_booking_of_changes_that_are_not_to_come_stands_as_it_was_chosen(
    nav: Company, flow: str, booking: str
) -> None:
    nav.settings("commitment_change_orders", booking=Booking.JOURNAL)
    nav.settings(flow, booking=booking, when_closed=FlowSettings.ClosedRule.FREE)
    contract = closing.a_contract(nav, f"NBC-{booking}")
    assert closing.a_change(nav, contract, "55.00").state == State.POSTED
    before = in_ledger(nav)
    closing.becomes(nav, contract, "Terminated")
    record = nav.record(contract, flow)
    if booking == Booking.NOTHING:
        is_tracked(nav, record, before)
        return
    assert record.state == State.POSTED, record.sentence
    assert new_since(before, in_ledger(nav)) == {
        "journals": {record.coded["number"]: Decimal("55.00")}
    }


def approved(nav: Company, flow: str, number: str) -> tuple[dict[str, Any], str]:
    """An approved document of this flow's kind, and where it stands in Procore."""
    if flow == "direct_costs":
        return nav.a_direct_cost(number, project=telling.JOB), ""
    if flow == "commitment_change_orders":
        return a_change_order(nav, stories.a_subcontract(nav, number, "4000.00"), "001"), ""
    return in_status(nav, flow, number, "approved"), scope_of(flow)


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


# -- NAV's own documents, into Procore -------------------------------------------------------------


def polled(nav: Company, *flows: str) -> Standing:
    """What stands in Procore once all that NAV has from before was looked at."""
    for flow in flows:
        nav.poll(flow)
    nav.the_worker_runs()
    stories.only_what_is_new(nav)
    return in_project_system(nav)


COMMITTED = {Booking.COMMITMENT: "Approved", Booking.COMMITMENT_SUBMITTED: "Submitted"}


@pytest.mark.parametrize(("flow", "booking"), choices("nav_procore", "purchase_orders"))
def test_each_booking_of_an_order_stands_in_procore(nav: Company, flow: str, booking: str) -> None:
    before = polled(nav, flow)
    nav.settings(flow, booking=booking)
    record = heard(nav, flow, an_order(nav, a_line(nav, "12.50", "8")))
    if booking == Booking.NOTHING:
        is_tracked(nav, record, before, in_project_system, NOT_SENT)
        return
    assert record.state == State.POSTED, record.sentence
    there = {"purchase_order_contracts": {record.destination_id: Decimal("100.00")}}
    assert new_since(before, in_project_system(nav)) == there
    row = in_procore(nav, "purchase_order_contracts", record)
    assert row["status"] == COMMITTED[Booking(booking)]


@pytest.mark.parametrize(
    ("flow", "booking"), choices("nav_procore", "purchase_invoices", "credit_memos")
)
def test_each_booking_of_an_invoice_stands_in_procore(
    nav: Company, flow: str, booking: str
) -> None:
    before = polled(nav, flow)
    nav.settings(flow, booking=booking)
    credit = flow == "credit_memos"
    typed = a_cost(nav, f"NBI-{flow[:4]}-{booking[:4]}", a_line(nav, "55.00"), credit=credit)
    record = heard(nav, flow, typed)
    if booking == Booking.NOTHING:
        is_tracked(nav, record, before, in_project_system, NOT_SENT)
        return
    assert record.state == State.POSTED, record.sentence
    there = {"direct_costs": {record.destination_id: Decimal("-55.00" if credit else "55.00")}}
    assert new_since(before, in_project_system(nav)) == there


def test_where_orders_are_not_sent_their_invoices_are_direct_costs(nav: Company) -> None:
    """Nothing waits for a commitment that never comes."""
    nav.settings("purchase_orders", booking=Booking.NOTHING)
    before = polled(nav, "purchase_orders", "purchase_invoices")
    order = an_order(nav, a_line(nav, "200.00"))
    is_tracked(nav, heard(nav, "purchase_orders", order), before, in_project_system, NOT_SENT)
    bill = by_hand(nav, "bill_order", number=order["number"], external="NBO-1", share="0.5")
    record = heard(nav, "purchase_invoices", bill)
    assert (record.state, record.destination_kind) == (State.POSTED, "direct_cost"), record.sentence
    there = {"direct_costs": {record.destination_id: Decimal("100.00")}}
    assert new_since(before, in_project_system(nav)) == there


def test_no_flow_is_left_out() -> None:
    told = {"direct_costs", "commitment_change_orders", "prime_change_orders", "purchase_orders",
            "purchase_invoices", "credit_memos", closing.FLOW}  # fmt: skip
    assert chosen("nav_procore") == told


def test_texts_are_cut_by_the_units_of_nav(nav: Company) -> None:
    lengths.a_long_text_is_cut_and_posted(nav, "NUTF-1")


def test_a_number_is_measured_by_the_units_of_nav(nav: Company) -> None:
    lengths.a_number_that_only_looks_short_is_held(nav, 35)
