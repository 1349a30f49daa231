"""Push and poll: Procore's notices lead to records, and what gets lost is found at night."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from connections.roles import Wanted
from syncs import tasks
from syncs.flow import Context
from syncs.models import Cursor, Delivery, FlowSettings, Record, Rejection, State
from tests.flows import telling
from tests.flows.telling import SECRET, knock, notice
from tests.story import Company, run_queue

CONTRACT = {
    "purchase_order_contracts": ("Purchase Order Contracts", "purchase_orders"),
    "work_order_contracts": ("Work Order Contracts", "subcontracts"),
}


def a_contract(fo: Company, collection: str, number: str) -> dict[str, Any]:
    if collection == "work_order_contracts":
        return telling.a_subcontract(fo, number, "1250.00")
    return fo.procore_has(
        collection, project=fo.job, vendor=fo.a_vendor, number=number, title="Rebar",
        status="Approved", executed=True, contract_date=fo.today, lines=[fo.line("1250.00")],
    )  # fmt: skip


@pytest.mark.parametrize("collection", CONTRACT)
def test_an_event_of_a_contract_leads_to_its_order(fo: Company, collection: str) -> None:
    resource, flow = CONTRACT[collection]
    row = a_contract(fo, collection, f"HOOK-{flow}")
    door = telling.procore_calls(fo)
    event = notice(fo, row, resource_name=resource)
    assert knock(fo, door, event).status_code == 200
    fo.the_worker_runs()
    record = fo.record(row, flow)
    assert record.state == State.POSTED, record.sentence
    orders = [one["number"] for one in fo.ledger("ledger")["purchase_orders"]]
    assert orders.count(record.destination_number) == 1
    assert Delivery.objects.get().state == Delivery.State.UNPACKED


def test_an_event_of_a_direct_cost_leads_to_its_pending_invoice(fo: Company) -> None:
    row = fo.a_direct_cost("HOOK-DC")
    door = telling.procore_calls(fo)
    for event in ("create", "update", "update"):
        assert knock(fo, door, notice(fo, row, event_type=event)).status_code == 200
    fo.the_worker_runs()
    assert fo.record(row, "direct_costs").state == State.POSTED
    drafts = [one for one in fo.ledger("ledger")["drafts"] if one["invoice_number"] == "HOOK-DC"]
    assert len(drafts) == 1


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1]])
def test_another_secret_is_refused(fo: Company, secret: str) -> None:
    row = fo.a_direct_cost(f"HOOK-NO-{len(secret)}")
    assert knock(fo, telling.procore_calls(fo), notice(fo, row), secret).status_code == 401
    fo.the_worker_runs()
    assert not Record.objects.filter(source_id=row["id"]).exists()
    assert not Delivery.objects.exists()
    assert Rejection.objects.get().count == 1


def test_an_event_of_a_vendor_looks_whether_documents_wait_for_it(fo: Company) -> None:
    row = fo.procore_has("vendors", name="Told By Notice LLC", country_code="US")
    event = notice(fo, row, resource_name="Company Vendors", project_id=None)
    door = telling.procore_calls(fo)
    assert knock(fo, door, event).status_code == 200
    tasks.unpack(Delivery.objects.get().pk)
    assert telling.polls_asked(fo) == ["new_vendors"]
    fo.the_worker_runs()
    assert not Record.objects.filter(flow="new_vendors").exists(), "nobody names it"
    fo.settings("new_vendors", next_poll_at=timezone.now() + dt.timedelta(hours=1))
    cost = telling.settled(fo, "direct_costs", fo.a_direct_cost("TOLD-1", vendor=row["name"]))
    assert cost.state == State.HELD
    assert knock(fo, door, {**event, "ulid": "2"}).status_code == 200
    fo.the_worker_runs()
    cost.refresh_from_db()
    assert cost.state == State.POSTED, cost.sentence


def test_procore_is_asked_for_events_and_fo_for_none(fo: Company) -> None:
    context = Context(fo.integration, "direct_costs")
    assert context.ledger.wanted() == []
    assert Wanted("hook", telling.project(fo).project_id) in [
        Wanted(one.resource, one.scope) for one in context.project_system.wanted()
    ]


def test_a_requisition_is_found_by_the_poll(fo: Company) -> None:
    contract = telling.a_subcontract(fo, "SC-POLLED", "4000.00")
    telling.settled(fo, "subcontracts", contract)
    billing = telling.a_billing(fo, contract, "POLLED-1", [{"line": 1, "work": "1000.00"}])
    fo.poll("requisitions")
    run_queue()
    assert fo.record(billing, "requisitions").state == State.POSTED


@pytest.mark.parametrize("flow", ["direct_costs", "subcontracts", "purchase_orders"])
def test_the_night_finds_what_no_notice_told_and_no_poll_saw(fo: Company, flow: str) -> None:
    """Its stamp lies before the cursor: another poll would not see it either."""
    row = {
        "direct_costs": lambda: fo.a_direct_cost("NIGHT-1"),
        "subcontracts": lambda: a_contract(fo, "work_order_contracts", "NIGHT-2"),
        "purchase_orders": lambda: a_contract(fo, "purchase_order_contracts", "NIGHT-3"),
    }[flow]()
    later = timezone.now() + dt.timedelta(hours=1)
    Cursor.objects.filter(integration=fo.integration, flow=flow).update(read_to=later)
    fo.poll(flow)
    run_queue()
    assert not Record.objects.filter(flow=flow, source_id=row["id"]).exists()
    tasks.reconcile(FlowSettings.objects.get(integration=fo.integration, flow=flow).pk)
    run_queue()
    record = fo.record(row, flow)
    assert record.state == State.POSTED, record.sentence
