"""NAV tells no moment of change: lists of a month, the sample, and Procore's own lists find it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from connections.errors import Reason
from syncs import tasks
from syncs.models import FlowSettings, Night, Record, Run, State
from syncs.reconciliation import night
from tests.flows import telling as told
from tests.flows.nav import telling
from tests.flows.nav.telling import a_line, an_order, by_hand, heard
from tests.story import Company, run_queue

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("mode", ["on_premises"], indirect=True, scope="session"),
]


def posted(nav: Company, number: str) -> Record:
    row = nav.a_direct_cost(number, project=telling.JOB)
    record = told.settled(nav, "direct_costs", row)
    assert (record.state, record.destination_status) == (State.POSTED, "posted"), record.sentence
    return record


def a_night(nav: Company, flow: str = "direct_costs") -> dict[str, Any]:
    Night.objects.update(began_at=timezone.now() - night.LONGEST)
    row = FlowSettings.objects.get(integration=nav.integration, flow=flow)
    tasks.reconcile(row.pk)
    while Night.objects.filter(settings=row, ended_at=None):
        tasks.reconcile(row.pk)
    run = Run.objects.filter(flow=flow, kind="reconcile").latest("pk")
    assert run.ok, run.sentence
    counts: dict[str, Any] = run.counts
    return counts


def ended(record: Record) -> Record:
    run_queue()
    record.refresh_from_db()
    return record


def test_a_posted_invoice_that_was_cancelled_is_found_in_the_list_of_its_month(
    nav: Company,
) -> None:
    kept, record = posted(nav, "MONTH-1"), posted(nav, "MONTH-2")
    counts = a_night(nav)
    assert (counts["listed"], counts["absent"], counts["asked"]) == (2, 0, 0), counts
    nav.ledger("nav/cancel", {"no": record.destination_number})
    assert a_night(nav)["changed"] == 1
    record = ended(record)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert "cancelled" in record.sentence
    kept.refresh_from_db()
    assert kept.state == State.POSTED


def test_a_posted_invoice_that_left_is_missed_in_its_month(nav: Company) -> None:
    record = posted(nav, "MONTH-3")
    by_hand(nav, "mend", number=record.destination_number, delete=True)
    assert a_night(nav)["absent"] == 1
    record = ended(record)
    assert record.state == State.HELD
    assert "not in the ledger any more" in record.sentence


def test_what_no_list_of_nav_tells_is_found_by_the_sample(nav: Company) -> None:
    record = posted(nav, "MONTH-4")
    by_hand(nav, "mend", number=record.destination_number, dimensions={"COSTTYPE": "L"})
    assert a_night(nav)["asked"] == 0, "its total and number are as they were"
    old = timezone.now() - dt.timedelta(days=2)
    Record.objects.filter(pk=record.pk).update(compared_at=old)
    assert a_night(nav)["changed"] == 1
    record = ended(record)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence


def test_what_was_sent_and_changed_in_procore_is_found_by_its_list(nav: Company) -> None:
    nav.settings("purchase_orders", booking="submitted")
    order = an_order(nav, a_line(nav, "100.00"))
    record = heard(nav, "purchase_orders", order)
    assert record.state == State.POSTED, record.sentence
    counts = a_night(nav, "purchase_orders")
    assert (counts["listed"], counts["absent"], counts["asked"]) == (1, 0, 0), counts
    there = {"id": record.destination_id}
    line = nav.line("90.00", code=telling.code(nav))
    nav.procore_changes("purchase_order_contracts", there, lines=[line])
    assert a_night(nav, "purchase_orders")["changed"] == 1
    record = ended(record)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence


def test_what_was_sent_and_deleted_in_procore_is_missed_in_its_list(nav: Company) -> None:
    nav.settings("purchase_orders", booking="submitted")
    record = heard(nav, "purchase_orders", an_order(nav, a_line(nav, "55.00")))
    nav.procore_deletes("purchase_order_contracts", {"id": record.destination_id})
    assert a_night(nav, "purchase_orders")["absent"] == 1
    record = ended(record)
    assert record.state == State.HELD
    assert "not in the project system any more" in record.sentence
