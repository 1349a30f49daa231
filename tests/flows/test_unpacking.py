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
    return delivery.pk in swept()


def swept() -> list[int]:
    """The deliveries that the sweep asks for now."""
    OrmQ.objects.all().delete()
    tasks.sweep()
    asked = [row.task for row in OrmQ.objects.order_by("pk")]
    return [task["args"][0] for task in asked if task["func"] == "syncs.tasks.unpack"]


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


class Killed(BaseException):
    """Nothing of ours catches it."""


def killed(*args: Any) -> int:
    raise Killed


def test_a_delivery_that_kills_its_worker_is_given_up(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left to write down that the try failed: it was counted before."""
    door = doors["procore"]
    door.call(said(door)).send(Browser())
    monkeypatch.setattr(inbox, "route", killed)
    clock = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: clock)
    for _ in range(inbox.MOST_TRIES):
        with pytest.raises(Killed):
            tasks.unpack(Delivery.objects.get().pk)
        clock = Delivery.objects.get().run_at or clock
    tasks.unpack(Delivery.objects.get().pk)
    assert Delivery.objects.get().state == Delivery.State.FAILED


# -- what came together ----------------------------------------------------------------------------


def several(door: Door, *ids: int) -> list[int]:
    """Calls about these direct costs, which all came before a worker looked."""
    for one in ids:
        call = door.call(said(door, resource_name="Direct Costs", resource_id=one))
        assert call.send(Browser()).status_code == 200
    return list(Delivery.objects.order_by("pk").values_list("pk", flat=True))


def test_what_came_together_is_unpacked_together_and_carried_together(
    doors: dict[str, Door],
) -> None:
    calls = several(doors["procore"], 71, 72, 73, 74)
    OrmQ.objects.all().delete()
    tasks.unpack(calls[1])
    assert {row.state for row in Delivery.objects.all()} == {Delivery.State.UNPACKED}
    said = Delivery.objects.get(pk=calls[3]).sentence
    assert said == "8 records are new or changed in these 4 calls."
    noted = Record.objects.filter(source_id__in=["71", "72", "73", "74"])
    assert noted.count() == 8, "two integrations have this company"
    assert len(OrmQ.objects.all()) == 2, "a task carries each one's, so that look-ups are shared"
    for one in calls:
        tasks.unpack(one)
    assert len(OrmQ.objects.all()) == 2, "whoever comes later finds it done"


def test_one_that_cannot_be_read_ends_alone(doors: dict[str, Door]) -> None:
    several(doors["procore"], 71)
    doors["procore"].call(b"{").send(Browser())
    calls = several(doors["procore"], 73)
    tasks.unpack(calls[0])
    states = Delivery.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["unpacked", "malformed", "unpacked"]
    assert Record.objects.filter(source_id__in=["71", "73"]).count() == 4


def test_where_they_break_together_each_goes_alone(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, plain = several(doors["procore"], 71, 666, 73), inbox.route

    def breaks(subscription: Any, hints: list[Any]) -> int:
        if any(hint.source_id == "666" for hint in hints):
            raise RuntimeError("a mistake of ours")
        return plain(subscription, hints)

    monkeypatch.setattr(inbox, "route", breaks)
    tasks.unpack(calls[0])
    states = Delivery.objects.order_by("pk").values_list("state", "tries")
    assert list(states) == [("unpacked", 1), ("stored", 1), ("unpacked", 1)]


def test_a_worker_that_dies_with_several_in_hand_leaves_each_to_be_tried_alone(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = several(doors["procore"], 71, 72, 73)
    with monkeypatch.context() as patched:
        patched.setattr(inbox, "route", killed)
        with pytest.raises(Killed):
            tasks.unpack(calls[0])
        tasks.unpack(calls[1])
    assert {row.state for row in Delivery.objects.all()} == {Delivery.State.STORED}
    clock = timezone.now() + inbox.FIRST_WAIT
    monkeypatch.setattr(timezone, "now", lambda: clock)
    assert swept() == calls
    asked: list[int] = []
    plain = inbox.route

    def counted(subscription: Any, hints: list[Any]) -> int:
        asked.append(len(hints))
        return plain(subscription, hints)

    monkeypatch.setattr(inbox, "route", counted)
    for one in calls:
        tasks.unpack(one)
    assert asked == [1, 1, 1], "nobody who dies takes others with him twice"
    assert {row.state for row in Delivery.objects.all()} == {Delivery.State.UNPACKED}


def test_what_a_worker_has_in_hand_another_leaves_alone(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, plain, asked = several(doors["procore"], 71, 72), inbox.route, 0

    def meanwhile(*args: Any) -> int:
        nonlocal asked
        asked += 1
        for one in calls:
            tasks.unpack(one)
        return plain(*args)

    monkeypatch.setattr(inbox, "route", meanwhile)
    tasks.unpack(calls[0])
    assert asked == 1


def test_an_older_word_that_came_later_does_not_hide_the_newer(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two calls about one document, in another order than they were sent."""
    door, read_at = doors["procore"], timezone.now()
    tasks.unpack(several(door, 71)[0])
    Record.objects.filter(source_id="71").update(state="posted", source_updated_at=read_at)
    for minutes in (5, -5):
        moment = (read_at + dt.timedelta(minutes=minutes)).isoformat()
        facts = {"resource_id": 71, "event_type": "update", "timestamp": moment}
        call = door.call(said(door, resource_name="Direct Costs", **facts))
        assert call.send(Browser()).status_code == 200
    tasks.unpack(Delivery.objects.filter(state="stored").order_by("pk").values_list("pk")[0][0])
    assert not Delivery.objects.filter(state="stored").exists()
    assert {row.state for row in Record.objects.filter(source_id="71")} == {"pending"}


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
