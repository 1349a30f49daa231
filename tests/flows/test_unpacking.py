"""When unpacking breaks: tried again at growing intervals, nothing lost, nothing kept for ever."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from django_q.models import OrmQ

from syncs import tasks
from syncs.ingest import inbox
from syncs.models import Alert, Delivery, Record
from tests.flows.test_poison import doors, said
from tests.fuzz.doors import Door

__all__ = ["doors"]
pytestmark = pytest.mark.django_db


def broken(*args: Any) -> int:
    raise RuntimeError("a mistake of ours")


def due(delivery: Delivery) -> bool:
    """Whether the sweep asks for it now."""
    OrmQ.objects.all().delete()
    tasks.sweep()
    asked = [row.task for row in OrmQ.objects.all()]
    return delivery.pk in [
        task["args"][0] for task in asked if task["func"] == "syncs.tasks.unpack"
    ]


def test_a_mistake_of_ours_is_tried_again_at_growing_intervals_and_ends_with_an_alert(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    door = doors["procore"]
    assert door.call(said(door)).send(Browser()).status_code == 200
    monkeypatch.setattr(inbox, "route", broken)
    waits, clock = [], timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: clock)
    while (delivery := Delivery.objects.get()).state == Delivery.State.STORED:
        tasks.unpack(delivery.pk)
        delivery.refresh_from_db()
        if delivery.state == Delivery.State.STORED:
            assert delivery.run_at is not None
            assert not due(delivery)
            waits.append(delivery.run_at - clock)
            clock = delivery.run_at
            assert due(delivery)
    assert waits == sorted(set(waits))
    assert 4 <= len(waits) <= 12
    assert (delivery.state, "RuntimeError" in delivery.sentence) == (Delivery.State.FAILED, True)
    assert len([line for line in caplog.records if line.exc_info]) == 1
    assert Alert.objects.get(key__startswith="delivery").closed_at is None
    assert not due(delivery)


def test_a_mistake_that_is_mended_meanwhile_loses_nothing(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    door = doors["procore"]
    door.call(said(door, resource_name="Direct Costs")).send(Browser())
    with monkeypatch.context() as patched:
        patched.setattr(inbox, "route", broken)
        tasks.unpack(Delivery.objects.get().pk)
    assert Delivery.objects.get().state == Delivery.State.STORED
    tasks.unpack(Delivery.objects.get().pk)
    assert Delivery.objects.get().state == Delivery.State.UNPACKED
    assert Record.objects.exists()


def test_a_mistake_in_between_does_not_hide_why_it_is_malformed(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    for body, why in ((b"{", "Not readable"), (b" " * 1_000_001, "Too large")):
        Delivery.objects.all().delete()
        doors["procore"].call(body).send(Browser())
        with monkeypatch.context() as patched:
            patched.setattr(inbox, "poll_everything", broken)
            tasks.unpack(Delivery.objects.get().pk)
        tasks.unpack(Delivery.objects.get().pk)
        delivery = Delivery.objects.get()
        assert (delivery.state, why in delivery.sentence) == (Delivery.State.MALFORMED, True)


def test_a_mistake_in_what_follows_does_not_keep_it_for_ever(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    doors["procore"].call(b"{").send(Browser())
    monkeypatch.setattr(inbox, "poll_everything", broken)
    for _ in range(inbox.MOST_TRIES - 1):
        tasks.unpack(Delivery.objects.get().pk)
    with pytest.raises(RuntimeError):
        tasks.unpack(Delivery.objects.get().pk)
    tasks.unpack(Delivery.objects.get().pk)
    assert Delivery.objects.get().state == Delivery.State.FAILED


def test_a_delivery_whose_subscription_is_gone_is_looked_at_once(doors: dict[str, Door]) -> None:
    door = doors["procore"]
    door.call(said(door)).send(Browser())
    door.subscription.delete()
    tasks.unpack(Delivery.objects.get().pk)
    assert Delivery.objects.get().state == Delivery.State.FAILED


def test_a_delivery_that_kills_its_worker_is_given_up(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left to write down that the try failed: it was counted before."""
    door = doors["procore"]
    door.call(said(door)).send(Browser())

    class Killed(BaseException):
        """Nothing of ours catches it."""

    def killed(*args: Any) -> int:
        raise Killed

    monkeypatch.setattr(inbox, "route", killed)
    for _ in range(inbox.MOST_TRIES):
        with pytest.raises(Killed):
            tasks.unpack(Delivery.objects.get().pk)
    tasks.unpack(Delivery.objects.get().pk)
    assert Delivery.objects.get().state == Delivery.State.FAILED


def test_poisoned_notices_do_not_keep_others_from_being_unpacked(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep asks for 500 at a time: those that wait for their next try are not among them."""
    subscription = doors["procore"].subscription
    past = timezone.now() - dt.timedelta(hours=1)
    Delivery.objects.bulk_create(
        Delivery(subscription=subscription, body="{}", received_at=past) for _ in range(500)
    )
    last = Delivery.objects.create(subscription=subscription, body="{}", received_at=past)
    assert not due(last)
    assert due(last)
