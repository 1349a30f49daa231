"""Whether payables of GP are sent to Procore, or tracked only, as finance chose it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from syncs.models import FlowSettings, State
from tests.flows.booking import (
    NOT_SENT,
    choices,
    chosen,
    in_project_system,
    is_tracked,
    new_since,
)
from tests.flows.gp.telling import an_invoice, by_hand, heard
from tests.flows.telling import again
from tests.story import Company

pytestmark = pytest.mark.django_db
Booking = FlowSettings.Booking
FLOWS = ("payables_invoices", "payables_credits")


@pytest.mark.parametrize(("flow", "booking"), choices("gp_procore", *FLOWS))
def test_each_booking_stands_as_it_was_chosen(gp: Company, flow: str, booking: str) -> None:
    gp.settings(flow, booking=booking)
    credit = flow == "payables_credits"
    gp.poll(flow)
    gp.the_worker_runs()
    before = in_project_system(gp)
    row = an_invoice(gp, f"GBK-{flow[9:12]}-{booking[:4]}", post=True, kind=5 if credit else 1)
    record = heard(gp, row, flow)
    if booking == Booking.NOTHING:
        is_tracked(gp, record, before, in_project_system, NOT_SENT)
        by_hand(gp, "void_invoice", number=row["number"], touch=False)
        is_tracked(gp, heard(gp, row, flow), before, in_project_system, NOT_SENT)
        return
    assert record.state == State.POSTED, record.sentence
    there = {"direct_costs": {record.destination_id: Decimal("-840.50" if credit else "840.50")}}
    assert new_since(before, in_project_system(gp)) == there
    assert again(gp, record).state == State.POSTED
    assert new_since(before, in_project_system(gp)) == there, "once"


def test_no_flow_is_left_out() -> None:
    assert chosen("gp_procore") == set(FLOWS)
