"""Subscriptions with the stand-in: handshake, renewal, what stands."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from connections.errors import NotFound, Refused
from connections.models import Subscription
from connections.registry import Inbound
from connections.vendors.business_central import VENDOR
from tests.vendors.stage_business_central import Stage, document


class Door(ThreadingHTTPServer):
    """Our webhook view, as far as the vendor module answers for it."""

    def __init__(self, subscription: Subscription) -> None:
        super().__init__(("127.0.0.1", 0), Knock)
        self.subscription = subscription
        self.bodies: list[bytes] = []
        self.arrived = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/webhooks/{self.subscription.pk}/"


class Knock(BaseHTTPRequestHandler):
    server: Door

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = dict(parse_qsl(urlsplit(self.path).query))
        verdict = VENDOR.receive(self.server.subscription, Inbound("POST", query, {}, body))
        content = verdict.body.encode()
        self.send_response(verdict.status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        if verdict.authentic:
            self.server.bodies.append(body)
            self.server.arrived.set()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def subscription(business_central: Stage) -> Subscription:
    return Subscription.objects.create(
        connection=business_central.connection, resource="purchaseInvoices", secret="s3cret"
    )


@pytest.fixture
def door(subscription: Subscription) -> Iterator[Door]:
    door = Door(subscription)
    yield door
    door.shutdown()
    door.server_close()


def test_only_sets_that_can_be_subscribed_are_wanted(business_central: Stage) -> None:
    wanted = [one.resource for one in business_central.client.wanted()]
    assert wanted == ["vendors", "purchaseInvoices", "accounts", "dimensions"]


def test_a_subscription_lives_three_days_and_stands(
    business_central: Stage, subscription: Subscription, door: Door
) -> None:
    remote_id, expiry = business_central.client.subscribe(subscription, door.address)
    assert business_central.client.standing() == {remote_id}
    assert expiry is not None
    left = expiry - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=2, hours=23) < left <= dt.timedelta(days=3, minutes=1)


def test_subscribing_again_renews_the_one_that_stands(
    business_central: Stage, subscription: Subscription, door: Door
) -> None:
    first, _ = business_central.client.subscribe(subscription, door.address)
    second, _ = business_central.client.subscribe(subscription, door.address)
    assert first == second
    assert business_central.client.standing() == {first}


def test_renewing_gives_three_more_days(
    business_central: Stage, subscription: Subscription, door: Door
) -> None:
    subscription.remote_id, before = business_central.client.subscribe(subscription, door.address)
    after = business_central.client.renew(subscription, door.address)
    assert before is not None
    assert after is not None
    assert after >= before


def test_renewing_one_that_is_gone_says_so(
    business_central: Stage, subscription: Subscription, door: Door
) -> None:
    subscription.remote_id = "0" * 32
    with pytest.raises(NotFound):
        business_central.client.renew(subscription, door.address)


def test_an_address_that_does_not_answer_is_refused(
    business_central: Stage, subscription: Subscription
) -> None:
    with pytest.raises(Refused):
        business_central.client.subscribe(subscription, "http://127.0.0.1:9/webhooks/x/")


def test_unsubscribing_twice_is_safe(
    business_central: Stage, subscription: Subscription, door: Door
) -> None:
    subscription.remote_id, _ = business_central.client.subscribe(subscription, door.address)
    business_central.client.unsubscribe(subscription)
    business_central.client.unsubscribe(subscription)
    assert business_central.client.standing() == set()


def test_a_new_invoice_is_told_and_believed(
    business_central: Stage, subscription: Subscription, door: Door
) -> None:
    business_central.client.subscribe(subscription, door.address)
    found = business_central.client.create(document(), "record 1")
    assert door.arrived.wait(40)
    hints = VENDOR.unpack(subscription, door.bodies[0])
    assert found.id in {hint.source_id for hint in hints}


def test_there_is_no_delivery_log(business_central: Stage, subscription: Subscription) -> None:
    since = dt.datetime.now(dt.UTC)
    assert business_central.client.undelivered(subscription, since) == []
