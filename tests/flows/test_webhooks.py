"""What arrives by webhook: who may knock, what is kept, and that nothing is lost or doubled."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from connections.models import Subscription
from connections.vendors.dynamics.subscriptions import USEFUL
from syncs import tasks
from syncs.models import Delivery, FlowSettings, Record, Rejection, State
from tests.flows import telling
from tests.flows.telling import SECRET, knock, notice, polls_asked
from tests.story import Company

pytestmark = pytest.mark.django_db
OF_PROCORE = sorted(
    ["purchase_orders", "subcontracts", "requisitions", "direct_costs",
     "commitment_change_orders", "prime_change_orders", "commitment_relief",
     "commitment_closing"]
)  # fmt: skip


def notification(of: str = "vendors", key: str = "", **facts: Any) -> dict[str, Any]:
    """What Business Central sends: which row of which set."""
    item = {
        "subscriptionId": "x", "clientState": SECRET, "changeType": "updated",
        "resource": f"api/v2.0/companies({uuid.uuid4()})/{of}({key or uuid.uuid4()})",
        "lastModifiedDateTime": timezone.now().isoformat(),
    }  # fmt: skip
    return {"value": [{**item, **facts}]}


# -- who may knock --------------------------------------------------------------------------------


def test_our_own_authorization_lets_a_notice_in_and_the_document_is_posted(
    company: Company,
) -> None:
    row = company.a_direct_cost("HOOK-1")
    assert knock(company, telling.procore_calls(company), notice(company, row)).status_code == 200
    company.the_worker_runs()
    assert company.record(row, "direct_costs").state == State.POSTED
    assert len(company.posted_under("HOOK-1")) == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.hints) == (Delivery.State.UNPACKED, 1)


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1]])
def test_another_authorization_is_refused_and_its_words_are_not_kept(
    company: Company, secret: str
) -> None:
    row = company.a_direct_cost("HOOK-2")
    door = telling.procore_calls(company)
    for _ in range(3):
        assert knock(company, door, notice(company, row), secret).status_code == 401
    company.the_worker_runs()
    assert not Delivery.objects.exists()
    assert (Rejection.objects.get().count, Rejection.objects.get().subscription) == (3, door)
    assert not Record.objects.filter(source_id=row["id"]).exists()


def test_an_unknown_subscription_is_not_found_and_nothing_is_stored(company: Company) -> None:
    answer = Browser().post(f"/webhooks/{uuid.uuid4()}/", "{}", content_type="application/json")
    assert answer.status_code == 404
    assert not Delivery.objects.exists()


def test_the_handshake_of_business_central_is_answered_with_the_bare_token(
    company: Company,
) -> None:
    door = telling.ledger_calls(company)
    answer = Browser().post(f"/webhooks/{door.pk}/?validationToken=8f%2Fa%3Cb%3E")
    assert (answer.status_code, answer.content) == (200, b"8f/a<b>")
    assert answer["Content-Type"].startswith("text/plain")
    assert not Delivery.objects.exists()


def test_a_wrong_client_state_is_answered_429_and_never_routed(company: Company) -> None:
    """Another 4xx would make Business Central delete every subscription of the address."""
    door = telling.ledger_calls(company)
    answer = company.webhook(door, notification(clientState="not ours"))
    assert answer.status_code == 429
    company_polls = polls_asked(company)
    company.the_worker_runs()
    assert (company_polls, polls_asked(company)) == ([], [])
    assert not Delivery.objects.exists()
    assert "clientState" in Rejection.objects.get().sentence


def test_one_false_item_among_true_ones_turns_the_whole_body_away(company: Company) -> None:
    items = notification()["value"] + notification(clientState="")["value"]
    assert company.webhook(telling.ledger_calls(company), {"value": items}).status_code == 429
    tasks.sweep()
    assert polls_asked(company) == []
    assert not Delivery.objects.exists()


# -- what cannot be read --------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["{", "null", '{"resource_name": 7}', "[" * 5000, "\x00"])
def test_a_malformed_notice_is_kept_and_the_flows_are_polled_instead(
    company: Company, body: str
) -> None:
    assert knock(company, telling.procore_calls(company), body).status_code == 200
    tasks.unpack(Delivery.objects.get().pk)
    delivery = Delivery.objects.get()
    assert delivery.state == Delivery.State.MALFORMED
    assert "Not readable" in delivery.sentence
    assert polls_asked(company) == OF_PROCORE


def test_a_notice_that_could_not_be_read_loses_nothing(company: Company) -> None:
    telling.only_what_is_new(company)
    row = company.a_direct_cost("HOOK-3")
    knock(company, telling.procore_calls(company), "{")
    company.the_worker_runs()
    assert company.record(row, "direct_costs").state == State.POSTED


def test_an_oversized_notice_is_stored_without_its_body_and_the_flows_are_polled(
    company: Company,
) -> None:
    body = json.dumps({"resource_name": "Direct Costs", "padding": "x" * 1_000_001})
    assert knock(company, telling.procore_calls(company), body).status_code == 200
    delivery = Delivery.objects.get()
    assert (delivery.body, delivery.size > 1_000_000) == ("", True)
    assert "Too large" in delivery.sentence
    tasks.unpack(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.MALFORMED
    assert "Too large" in delivery.sentence
    assert polls_asked(company) == OF_PROCORE


def test_an_oversized_body_of_business_central_is_polled_too(company: Company) -> None:
    body = json.dumps(notification(padding="x" * 1_000_001))
    assert company.webhook(telling.ledger_calls(company), body).status_code == 200
    tasks.unpack(Delivery.objects.get().pk)
    assert polls_asked(company) == ["ledger_orders", "vendors"]


def test_a_storm_of_unreadable_notices_asks_for_each_poll_once(company: Company) -> None:
    door = telling.procore_calls(company)
    for _ in range(5):
        knock(company, door, "{")
    for pk in Delivery.objects.values_list("pk", flat=True):
        tasks.unpack(pk)
    assert polls_asked(company) == OF_PROCORE


# -- doubled, shuffled, lost ----------------------------------------------------------------------


def test_doubled_and_shuffled_notices_make_one_record_and_one_posting(company: Company) -> None:
    rows = [company.a_direct_cost(f"STORM-{n}", f"{n}0.00") for n in range(1, 5)]
    door = telling.procore_calls(company)
    notices = [
        notice(company, row, event_type=event) for row in rows for event in ("create", "update")
    ]
    notices *= 2
    random.Random(7).shuffle(notices)
    for index, body in enumerate(notices):
        assert knock(company, door, body).status_code == 200
        if index % 5 == 4:
            company.the_worker_runs()
    company.the_worker_runs()
    records = Record.objects.filter(source_id__in=[row["id"] for row in rows])
    assert sorted(record.state for record in records) == [State.POSTED] * 4
    posted = sorted(row["total"] for row in company.posted_under("STORM-"))
    assert posted == ["10.00", "20.00", "30.00", "40.00"]


def test_unpacking_twice_is_harmless(company: Company) -> None:
    row = company.a_direct_cost("HOOK-4")
    knock(company, telling.procore_calls(company), notice(company, row))
    delivery = Delivery.objects.get()
    tasks.unpack(delivery.pk)
    waiting = len(telling.asked("run"))
    tasks.unpack(delivery.pk)
    assert len(telling.asked("run")) == waiting == 1
    company.the_worker_runs()
    assert len(company.posted_under("HOOK-4")) == 1


def test_what_we_answered_2xx_survives_a_crash_before_it_was_unpacked(company: Company) -> None:
    row = company.a_direct_cost("HOOK-5")
    assert knock(company, telling.procore_calls(company), notice(company, row)).status_code == 200
    OrmQ.objects.all().delete()
    tasks.sweep()
    assert telling.asked("unpack") == [], "the first nudge is given its time"
    past = timezone.now() - dt.timedelta(minutes=5)
    Delivery.objects.update(received_at=past)
    tasks.sweep()
    company.the_worker_runs()
    assert company.record(row, "direct_costs").state == State.POSTED
    assert len(company.posted_under("HOOK-5")) == 1


def test_what_the_queue_lost_twice_waits_as_long_as_the_sweep_is_patient(
    company: Company, settings: Settings
) -> None:
    settings.SWEEP_PATIENCE_SECONDS = 2
    row = company.a_direct_cost("HOOK-6")
    assert knock(company, telling.procore_calls(company), notice(company, row)).status_code == 200
    Delivery.objects.update(received_at=timezone.now() - dt.timedelta(seconds=3))
    tasks.sweep()
    assert len(telling.asked("unpack")) == 2, "the sweep asks for what was lost"
    OrmQ.objects.all().delete()
    tasks.sweep()
    assert telling.asked("unpack") == [], "and leaves it its time"
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=11)):
        tasks.sweep()
    company.the_worker_runs()
    assert len(company.posted_under("HOOK-6")) == 1


def test_a_lost_notice_is_made_up_for_by_the_poll(company: Company) -> None:
    telling.only_what_is_new(company)
    row = company.a_direct_cost("LOST-1")
    company.poll("direct_costs")
    company.the_worker_runs()
    assert company.record(row, "direct_costs").state == State.POSTED
    company.poll("direct_costs")
    pk = company.record(row, "direct_costs").pk
    assert not [ids for _, [ids] in telling.asked("run") if pk in ids], "overlaps are harmless"


def test_a_deletion_that_was_told_before_its_creation_ends_as_skipped(company: Company) -> None:
    row = company.a_direct_cost("GONE-1")
    company.procore_deletes("direct_costs", row)
    door = telling.procore_calls(company)
    knock(company, door, notice(company, row, event_type="delete"))
    knock(company, door, notice(company, row))
    company.the_worker_runs()
    record = company.record(row, "direct_costs")
    assert record.state == State.SKIPPED
    assert "Deleted" in record.sentence


# -- where they go --------------------------------------------------------------------------------


def test_a_collection_of_business_central_polls_its_flow(company: Company) -> None:
    item = notification(
        changeType="collection",
        resource=f"api/v2.0/companies({uuid.uuid4()})/vendors?$filter=lastModifiedDateTime gt x",
    )
    assert company.webhook(telling.ledger_calls(company), item).status_code == 200
    tasks.unpack(Delivery.objects.get().pk)
    assert polls_asked(company) == ["vendors"]


@pytest.mark.parametrize("told", [True, False])
def test_the_poll_after_a_collection_reaches_behind_all_of_its_changes(
    company: Company, told: bool
) -> None:
    """1,200 vendors of one long import, told by one notice: with the first change, or without."""
    telling.only_what_is_new(company)
    prefix, count = ("IA" if told else "IB"), 1200
    company.ledger("business_central/import_vendors",
                   {"count": count, "prefix": prefix, "seconds": 2400})  # fmt: skip
    first = (timezone.now() - dt.timedelta(seconds=2401)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    tail = f"?$filter=lastModifiedDateTime%20gt%20{first}" if told else ""
    resource = f"api/v2.0/companies({uuid.uuid4()})/vendors{tail}"
    company.webhook(telling.ledger_calls(company),
                    notification(changeType="collection", resource=resource))  # fmt: skip
    tasks.unpack(Delivery.objects.get().pk)
    company.poll("vendors")
    noted = Record.objects.filter(flow="vendors", source_id__startswith=prefix)
    assert noted.count() == count


def test_a_vendor_changed_in_the_ledger_reaches_procore_by_its_webhook(company: Company) -> None:
    telling.only_what_is_new(company)
    number = "V10031"
    company.ledger("business_central/block_vendor", {"number": number, "blocked": "Payment"})
    try:
        company.webhook(telling.ledger_calls(company), notification())
        company.the_worker_runs()
        record = Record.objects.get(flow="vendors", source_id=number)
        assert record.state == State.POSTED, record.sentence
    finally:
        company.ledger("business_central/block_vendor", {"number": number, "blocked": " "})


def test_a_thousand_vendor_notices_ask_for_one_poll(company: Company) -> None:
    door = telling.ledger_calls(company)
    for _ in range(5):
        company.webhook(door, notification())
    for pk in Delivery.objects.values_list("pk", flat=True):
        tasks.unpack(pk)
    assert polls_asked(company) == ["vendors"]


def test_a_notice_for_a_disabled_flow_is_kept_and_wakes_nobody(company: Company) -> None:
    company.settings("direct_costs", enabled=False)
    row = company.a_direct_cost("OFF-1")
    knock(company, telling.procore_calls(company), notice(company, row))
    company.the_worker_runs()
    assert Delivery.objects.get().state == Delivery.State.UNPACKED
    assert not Record.objects.filter(source_id=row["id"]).exists()


def test_what_we_posted_ourselves_does_not_come_back_as_an_echo(company: Company) -> None:
    record = telling.settled(company, "direct_costs", company.a_direct_cost("ECHO-1"))
    before = record.read_back_at
    assert record.posted_at
    at = record.posted_at - dt.timedelta(seconds=1)
    body = notification(
        "purchaseInvoices", record.destination_id, lastModifiedDateTime=at.isoformat()
    )
    company.webhook(telling.ledger_calls(company, "purchaseInvoices"), body)
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.read_back_at) == (State.POSTED, before)


def test_a_ledger_document_that_others_changed_is_read_again(company: Company) -> None:
    record = telling.settled(company, "direct_costs", company.a_direct_cost("ECHO-2"))
    before = record.read_back_at
    at = timezone.now() + dt.timedelta(seconds=1)
    body = notification(
        "purchaseInvoices", record.destination_id, lastModifiedDateTime=at.isoformat()
    )
    company.webhook(telling.ledger_calls(company, "purchaseInvoices"), body)
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED
    assert before is not None
    assert record.read_back_at is not None
    assert record.read_back_at > before


def test_the_view_never_calls_a_vendor(company: Company) -> None:
    doors: list[tuple[Subscription, Any]] = [
        (telling.procore_calls(company), notice(company, {"id": 1})),
        (telling.procore_calls(company, "77"), "{"),
        *((telling.ledger_calls(company, name), notification(name)) for name in USEFUL),
    ]
    telling.forget_requests(company)
    for door, body in doors:
        assert knock(company, door, body).status_code == 200
    assert Delivery.objects.count() == len(doors)
    for vendor in ("procore", "business_central"):
        assert telling.requests_to(company, vendor) == {}


def test_every_flow_of_the_seed_is_polled(company: Company) -> None:
    """Some resources have no webhook: their flows live by the poll alone."""
    names = FlowSettings.objects.filter(enabled=True).values_list("flow", flat=True)
    assert sorted(names) == sorted([*OF_PROCORE, "ledger_orders", "vendors"])
