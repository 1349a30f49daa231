"""Each booking that finance may choose for a flow, as the ledger itself shows it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from syncs.models import FlowSettings, Record, State
from tests.flows import telling
from tests.flows.booking import Standing, choices, chosen, in_ledger, is_tracked, new_since
from tests.flows.telling import again, settled
from tests.flows.test_flows_of_the_seed import APPROVED, in_status
from tests.flows.test_gates import scope_of
from tests.flows.test_relief import billed, relieved
from tests.story import Company

pytestmark = pytest.mark.django_db
Booking = FlowSettings.Booking
RELIEF, CLOSING = "commitment_relief", "commitment_closing"
KINDS = {Booking.JOURNAL: "journal", Booking.PURCHASE_ORDER: "purchase_order"}
PLACES = {
    Booking.JOURNAL: "journals",
    Booking.PURCHASE_ORDER: "orders",
    Booking.INVOICE_POSTED: "invoices",
    Booking.INVOICE_DRAFT: "drafts",
}


def name_of(record: Record) -> str:
    """Journals bear a number of ours, documents the ledger's."""
    journal = record.destination_kind == "journal"
    return str(record.coded["number"] if journal else record.destination_number)


def worth(record: Record, booking: str) -> Decimal:
    """A journal has the whole work on its debit side, and what is retained of it on the other."""
    if booking != Booking.JOURNAL:
        return Decimal(record.amount or 0)
    return abs(sum((Decimal(line["amount"]) for line in record.source["lines"]), Decimal(0)))


def is_booked(company: Company, record: Record, booking: str, before: Standing) -> None:
    """One entry of the chosen kind, worth what the source says; the record names it."""
    assert record.state == State.POSTED, record.sentence
    assert record.destination_kind == KINDS.get(Booking(booking), "purchase_invoice")
    draft = booking == Booking.INVOICE_DRAFT
    assert record.destination_status == ("draft" if draft else "posted")
    assert ("draft" in record.sentence.lower()) == draft
    assert record.destination_number in record.sentence
    there = {PLACES[Booking(booking)]: {name_of(record): worth(record, booking)}}
    assert new_since(before, in_ledger(company)) == there
    assert again(company, record).state == State.POSTED
    assert new_since(before, in_ledger(company)) == there, "once"
    assert company.ledger("ledger")["balanced"]


@pytest.mark.parametrize(("flow", "booking"), choices("bc_procore", *APPROVED))
def test_each_booking_stands_as_it_was_chosen(company: Company, flow: str, booking: str) -> None:
    company.settings(flow, booking=booking)
    number = f"BK-{flow[:5]}-{booking[-6:]}"
    row = in_status(company, flow, number, APPROVED[flow][0])
    before = in_ledger(company)
    record = company.note(flow, row, scope_of(flow))
    company.the_worker_runs()
    record.refresh_from_db()
    if booking == Booking.NOTHING:
        is_tracked(company, record, before)
    else:
        is_booked(company, record, booking, before)


@pytest.mark.parametrize(("flow", "booking"), choices("bc_procore", RELIEF))
def test_each_booking_of_a_relief_stands_as_it_was_chosen(
    company: Company, flow: str, booking: str
) -> None:
    """Its commitment stands on the memo accounts and its billing in the payables."""
    company.settings(flow, booking=booking)
    contract, billing = billed(company, f"BK-RLF-{booking}")
    for one, row in (("subcontracts", contract), ("requisitions", billing)):
        assert settled(company, one, row).state == State.POSTED
    before = in_ledger(company)
    record = relieved(company, billing)
    if booking == Booking.NOTHING:
        is_tracked(company, record, before)
    else:
        assert record.amount == Decimal("-1000.00")
        is_booked(company, record, booking, before)


@pytest.mark.parametrize(("flow", "booking"), choices("bc_procore", CLOSING))
def test_each_booking_of_what_was_never_billed_stands_as_it_was_chosen(
    company: Company, flow: str, booking: str
) -> None:
    """Of a subcontract on the memo accounts that is terminated, where finance frees the rest."""
    company.settings(flow, booking=booking, when_closed=FlowSettings.ClosedRule.FREE)
    contract = telling.a_subcontract(company, f"BK-CLS-{booking}", "400.00")
    assert settled(company, "subcontracts", contract).state == State.POSTED
    before = in_ledger(company)
    company.procore_changes("work_order_contracts", contract, status="Terminated")
    settled(company, "subcontracts", contract)
    company.poll(flow)
    company.the_worker_runs()
    record = company.record(contract, flow)
    if booking == Booking.NOTHING:
        is_tracked(company, record, before)
    else:
        assert record.amount == Decimal("-400.00")
        is_booked(company, record, booking, before)


def test_no_flow_is_left_out() -> None:
    assert chosen("bc_procore") == {*APPROVED, RELIEF, CLOSING}


def test_what_was_tracked_is_booked_when_finance_chooses_so(company: Company) -> None:
    company.settings("requisitions", booking=Booking.NOTHING)
    row = in_status(company, "requisitions", "BK-LATER", "approved")
    before = in_ledger(company)
    record = settled(company, "requisitions", row)
    is_tracked(company, record, before)
    company.settings("requisitions", booking=Booking.INVOICE_POSTED)
    is_booked(company, again(company, record), Booking.INVOICE_POSTED, before)
