"""NAV tells of changes: one document, a whole set, and what is renewed a day ahead."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from connections.models import Subscription
from connections.roles import Subscriber
from syncs import tasks
from syncs.flow import Context
from syncs.models import Delivery, Record, State
from tests.flows import telling as told
from tests.flows.nav import telling
from tests.flows.nav.telling import a_cost, by_hand
from tests.flows.telling import SECRET, knock, polls_asked
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db


def notification(key: str, change: str = "updated") -> dict[str, Any]:
    place = f"api/v2.0/companies({uuid.uuid4()})/purchaseInvoices"
    return {"value": [{
        "subscriptionId": "x", "clientState": SECRET, "changeType": change,
        "resource": f"{place}({key})" if change != "collection" else place,
        "lastModifiedDateTime": timezone.now().isoformat(),
    }]}  # fmt: skip


def asked_polls_run(nav: Company) -> None:
    """The queue carries out what the notification asked for."""
    assert "purchase_invoices" in polls_asked(nav)
    run_queue()


def test_a_notification_brings_the_invoice(nav: Company, mode: str) -> None:
    invoice = a_cost(nav, "TOLD-1")
    door = told.ledger_calls(nav, "purchaseInvoices")
    assert knock(nav, door, notification(invoice["id"]), secret="").status_code == 200
    run_queue()
    record = telling.record(nav, "purchase_invoices", invoice)
    assert record.state == State.POSTED, record.sentence
    assert record.source_id == (invoice["id"] if mode == "online" else record.source_id)
    assert Delivery.objects.get().state == Delivery.State.UNPACKED


def test_a_collection_fetches_everything_since_the_last_poll_and_misses_none(
    nav: Company,
) -> None:
    invoices = [a_cost(nav, f"MANY-{number}") for number in range(12)]
    door = told.ledger_calls(nav, "purchaseInvoices")
    knock(nav, door, notification("", "collection"), secret="")
    run_queue()
    for invoice in invoices:
        assert telling.record(nav, "purchase_invoices", invoice).state == State.POSTED


def test_a_notification_with_another_secret_changes_nothing_and_is_answered_429(
    nav: Company,
) -> None:
    """Any other 4xx would make NAV delete the subscription."""
    invoice = a_cost(nav, "FORGED-1")
    body = notification(invoice["id"])
    body["value"][0]["clientState"] = "guessed"
    answer = knock(nav, told.ledger_calls(nav, "purchaseInvoices"), body, secret="")
    assert answer.status_code == 429
    run_queue()
    assert not Record.objects.filter(flow="purchase_invoices", number=invoice["number"]).exists()


def test_a_handshake_is_answered_with_its_token(nav: Company) -> None:
    door = told.ledger_calls(nav, "purchaseInvoices")
    answer = Browser().post(f"/webhooks/{door.pk}/?validationToken=tok-1")
    assert (answer.status_code, answer.content.decode()) == (200, "tok-1")


def test_orders_have_no_webhook_and_are_polled(nav: Company) -> None:
    ledger: Subscriber = Context(nav.integration, "purchase_orders").ledger
    wanted = {one.resource for one in ledger.wanted()}
    assert "purchaseInvoices" in wanted
    assert not {name for name in wanted if "rder" in name}


@pytest.mark.parametrize(("hours", "renewed"), [(23, True), (25, False)])
def test_a_subscription_is_renewed_a_day_ahead(
    nav: Company, hours: int, renewed: bool, settings: Any
) -> None:
    with told.a_door() as door:
        settings.PUBLIC_URL = door.address
        tasks.renew(nav.integration.pk)
        rows = Subscription.objects.filter(connection=nav.integration.ledger, state="active")
        assert rows.count() >= 1
        soon = timezone.now() + dt.timedelta(hours=hours)
        rows.update(expires_at=soon)
        tasks.renew(nav.integration.pk)
        moved = [row.expires_at != soon for row in rows.all()]
        assert all(moved) if renewed else not any(moved)
        context = Context(nav.integration, "subscriptions")
        for row in Subscription.objects.filter(connection=nav.integration.ledger):
            context.ledger.unsubscribe(row)


def test_an_update_in_nav_follows_through_the_notification(nav: Company, mode: str) -> None:
    """Posting a draft is a change of the same document."""
    draft = a_cost(nav, "LATER-1", post=False)
    door = told.ledger_calls(nav, "purchaseInvoices")
    knock(nav, door, notification(draft["id"]), secret="")
    run_queue()
    record = telling.record(nav, "purchase_invoices", draft)
    assert record.state == State.SKIPPED, record.sentence
    by_hand(nav, "post_draft", id=draft["id"])
    knock(nav, door, notification(draft["id"]), secret="")
    tasks.sweep()
    run_queue()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
