"""Subscriptions of NAV: online, and of a server on-premises that offers the standard API."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest

from connections.errors import NeedsPerson
from connections.models import Connection, Subscription
from connections.registry import VENDORS
from connections.vendors.nav.client import OnPremises
from tests.vendors.stage_nav import Site
from tests.vendors.stage_nav_online import OnlineStage
from tests.vendors.test_business_central_hooks import Door

USEFUL = ["vendors", "purchaseInvoices", "accounts", "dimensions"]


@pytest.fixture
def server(nav_online: OnlineStage) -> OnPremises:
    """Business Central's stand-in, addressed as a server with the standard API."""
    ready, connection = nav_online.ready, nav_online.connection
    connection.settings |= {
        "mode": "on_premises", "server_url": ready["api_url"], "authentication": "oauth",
        "instance": f"v2.0/{ready['tenant_id']}/{ready['environment']}", "api_path": "/api/v2.0",
    }  # fmt: skip
    connection.save()
    made = VENDORS["nav"].client(Connection.objects.get(), nav_online.journal)
    assert isinstance(made, OnPremises)
    return made


@pytest.fixture
def subscription(nav_online: OnlineStage) -> Subscription:
    return Subscription.objects.create(
        connection=nav_online.connection, resource="purchaseInvoices", secret="s3cret"
    )


@pytest.fixture
def door(subscription: Subscription) -> Iterator[Door]:
    door = Door(subscription)
    yield door
    door.shutdown()
    door.server_close()


def test_online_as_in_business_central(nav_online: OnlineStage) -> None:
    assert [one.resource for one in nav_online.client.wanted()] == USEFUL


def test_a_server_with_the_standard_api_takes_keeps_and_renews(
    server: OnPremises, subscription: Subscription, door: Door
) -> None:
    assert [one.resource for one in server.wanted()] == USEFUL
    remote_id, expiry = server.subscribe(subscription, door.address)
    assert server.standing() == {remote_id}
    subscription.remote_id = remote_id
    renewed = server.renew(subscription, door.address)
    assert expiry is not None
    assert renewed is not None
    assert renewed - dt.datetime.now(dt.UTC) > dt.timedelta(days=2, hours=23)
    server.unsubscribe(subscription)
    assert server.standing() == set()
    assert server.subscriptions_work() == ""


def test_it_signs_in_there_as_for_the_pages(nav: Site) -> None:
    """User and access key serve the standard API of the same server too."""
    row = Subscription.objects.create(
        connection=nav.connection, resource="purchaseInvoices", secret="s3cret"
    )
    door = Door(row)
    try:
        row.remote_id, expiry = nav.client.subscribe(row, door.address)
        assert nav.client.standing() == {row.remote_id}
        assert expiry is not None
        nav.client.unsubscribe(row)
    finally:
        door.shutdown()
        door.server_close()
    assert [one.resource for one in nav.client.wanted()] == USEFUL


def test_a_server_without_it_wants_none(server: OnPremises, subscription: Subscription) -> None:
    server.connection.settings["api_path"] = ""
    assert server.wanted() == []
    assert server.standing() == set()
    server.unsubscribe(subscription)
    with pytest.raises(NeedsPerson):
        server.subscribe(subscription, "https://hub.example.com/x")


def test_a_server_that_refuses_says_why(nav_online: OnlineStage, server: OnPremises) -> None:
    error = {"code": "BadRequest_MethodNotAllowed", "message": "The API is switched off."}
    nav_online.fault("status", status=405, body={"error": error}, path="/subscriptions")
    assert "switched off" in server.subscriptions_work()


def body(*items: tuple[str, str]) -> bytes:
    place = "api/v2.0/companies(9e3a)/"
    listed = [{"resource": place + what, "changeType": change} for what, change in items]
    return json.dumps({"value": listed}).encode()


def test_on_premises_a_notification_means_poll(
    server: OnPremises, subscription: Subscription
) -> None:
    """Documents go by their numbers there; the API's ids would be found nowhere."""
    items = body(("purchaseInvoices(A-1)", "updated"), ("purchaseInvoices(A-2)", "deleted"))
    subscription.connection.refresh_from_db()
    [hint] = VENDORS["nav"].unpack(subscription, items)
    assert (hint.source_id, hint.resource, hint.deleted) == ("", "purchaseInvoices", False)


def test_online_a_notification_names_the_document(
    nav_online: OnlineStage, subscription: Subscription
) -> None:
    items = body(("purchaseInvoices(A-1)", "updated"), ("purchaseInvoices", "collection"))
    one, many = VENDORS["nav"].unpack(subscription, items)
    assert (one.source_id, many.source_id) == ("a-1", "")
