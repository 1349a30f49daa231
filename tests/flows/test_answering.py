"""What an answer to a webhook costs, and what every answer of ours says all the same."""

from __future__ import annotations

import json
import random

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from connections.models import Connection, Subscription
from syncs.models import Delivery
from tests.fuzz.doors import Door, stand

NAMES = ["procore", "business_central", "nav online", "nav on-premises", "monday token",
         "monday signed"]  # fmt: skip


@pytest.fixture
def doors() -> dict[str, Door]:
    """None of them heard of anything for a minute, which would cost a statement more."""
    made = {door.name: door for door in stand()}
    Subscription.objects.update(last_delivery_at=timezone.now())
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_an_answer_asks_whose_door_it_is_and_writes_once(doors: dict[str, Door], name: str) -> None:
    call = doors[name].call(doors[name].content(random.Random(1)))
    with CaptureQueriesContext(connection) as statements:
        assert call.send(Browser()).status_code == 200
    besides = "monday" in name  # its signing secret, or who we are there
    assert len(statements) == 2 + besides, [one["sql"] for one in statements]
    delivery = Delivery.objects.get()
    assert [row.task["args"] for row in OrmQ.objects.all()] == [(delivery.pk,)]
    assert delivery.subscription == doors[name].subscription
    assert (delivery.body, delivery.size) == (call.body.decode(), len(call.body))


@pytest.mark.django_db
def test_deliveries_are_numbered_as_they_come(doors: dict[str, Door]) -> None:
    for name in NAMES * 2:
        doors[name].call(doors[name].content(random.Random(1))).send(Browser())
    came = list(Delivery.objects.order_by("received_at").values_list("subscription", flat=True))
    assert came == list(Delivery.objects.order_by("pk").values_list("subscription", flat=True))
    assert len(came) == len(NAMES) * 2


@pytest.mark.django_db
@pytest.mark.parametrize("proven", [True, False])
def test_no_page_is_made_of_an_answer_and_no_session(doors: dict[str, Door], proven: bool) -> None:
    door = doors["procore"]
    answer = door.call(door.content(random.Random(1)), proven).send(Browser())
    assert answer.status_code == (200 if proven else 401)
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Content-Length"] == str(len(answer.content))
    assert not answer.cookies


@pytest.mark.django_db
def test_a_webhook_without_tls_is_sent_to_the_address_with_it(
    doors: dict[str, Door], settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    door = doors["procore"]
    answer = door.call(door.content(random.Random(1))).send(Browser())
    assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{door.path}")
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_a_host_that_is_not_ours_is_turned_away(doors: dict[str, Door], settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["ours.example"]
    door = doors["procore"]
    assert door.call(door.content(random.Random(1))).send(Browser()).status_code == 400
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_session_that_the_database_ended_costs_no_webhook() -> None:
    side = Connection.objects.create(name="P", vendor="procore", settings={"company_id": "1"})
    door = Subscription.objects.create(connection=side, resource="hook", secret="ours")
    end_our_session()
    answer = Browser().post(
        f"/webhooks/{door.pk}/", json.dumps({"id": 1}), content_type="application/json",
        headers={"Authorization": "ours"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert Delivery.objects.get().subscription == door


def end_our_session() -> None:
    """As a restart of the database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [ours] = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])
        assert cursor.fetchone() == (True,)
    other.close()
