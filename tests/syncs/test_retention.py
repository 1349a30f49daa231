"""What is old goes once a day; what still tells something stays; the journal says what went."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule, Task

from audit import journal
from audit.models import Entry
from connections.errors import Reason
from connections.models import Integration
from connections.pages.moments import day
from syncs import tasks
from syncs.ingest import retention
from syncs.models import Delivery, Run, Wording
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def integration(settings: Any) -> Integration:
    settings.KEEP_DELIVERIES_DAYS, settings.KEEP_RUNS_DAYS = 90, 100
    settings.KEEP_TASKS_DAYS, settings.KEEP_TEXTS_DAYS = 7, 51
    return story.company()


def ago(days: int) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


def delivery(days: int, state: str = "unpacked") -> int:
    return Delivery.objects.create(received_at=ago(days), state=state, body="{}").pk


def run(integration: Integration, days: int, ok: bool | None, kind: str = "poll") -> int:
    made = Run.objects.create(
        integration=integration, flow="requisitions", kind=kind, started_at=ago(days)
    )
    if ok is not None:
        made.end(ok)
    return made.pk


def task(days: int, success: bool = True) -> str:
    made = Task.objects.create(
        id=f"t{days}{success}", name="t", func="syncs.tasks.sweep", started=ago(days),
        stopped=ago(days), success=success,
    )  # fmt: skip
    return str(made.pk)


def lines() -> list[str]:
    told = Entry.objects.filter(kind=Entry.Kind.SYSTEM).order_by("sequence")
    return list(told.values_list("sentence", flat=True))


def test_old_deliveries_go_and_those_that_wait_stay(integration: Integration) -> None:
    kept = {delivery(89), delivery(91, "stored")}
    for state in ("unpacked", "malformed", "failed"):
        delivery(91, state)
    tasks.remove_old()
    assert set(Delivery.objects.values_list("pk", flat=True)) == kept
    before = day(ago(90).date())
    assert lines() == [f"3 deliveries from before {before} were removed (90 days)."]


def test_old_runs_go_but_for_those_that_tell_how_a_flow_stands(integration: Integration) -> None:
    kept = {
        run(integration, 300, True), run(integration, 200, False), run(integration, 250, None),
        run(integration, 101, True, "reconcile"), run(integration, 99, True, "renew"),
    }  # fmt: skip
    run(integration, 301, True)
    run(integration, 201, False)
    tasks.remove_old()
    assert set(Run.objects.values_list("pk", flat=True)) == kept
    assert Entry.objects.filter(kind=Entry.Kind.RUN).count() == 6, "the lines of runs stay"
    assert journal.verify().ok


def test_finished_tasks_of_the_queue_go_well_or_not(integration: Integration) -> None:
    kept = {task(6), task(6, success=False)}
    task(8)
    task(8, success=False)
    tasks.remove_old()
    assert set(Task.objects.values_list("pk", flat=True)) == kept
    assert lines()[0].startswith("2 finished tasks of the queue from before")


def test_texts_that_nobody_answered_go_once_they_hold_nothing(integration: Integration) -> None:
    held = story.held(integration, Reason.REFUSED)
    posted = story.posted(integration)
    for key, days, more in (
        ("held", 60, {"record": held}), ("answered", 60, {"reason": Reason.DIMENSION}),
        ("fresh", 50, {"record": posted}), ("old", 52, {"record": posted}), ("lost", 60, {}),
    ):  # fmt: skip
        Wording.objects.create(vendor="nav", text="No", key=key, last_at=ago(days), **more)
    tasks.remove_old()
    left = Wording.objects.values_list("key", flat=True)
    assert set(left) == {"held", "answered", "fresh"}
    assert lines()[0].startswith("2 texts of other systems from before")


def test_zero_days_keep_for_ever(integration: Integration, settings: Any) -> None:
    settings.KEEP_DELIVERIES_DAYS = settings.KEEP_RUNS_DAYS = settings.KEEP_TASKS_DAYS = 0
    delivery(5000), task(5000)
    tasks.remove_old()
    assert (Delivery.objects.count(), Task.objects.count(), lines()) == (1, 1, [])


def test_many_go_in_batches_each_with_its_line(
    integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    first = [delivery(91) for _ in range(5)]
    tasks.remove_old()
    told = Entry.objects.filter(kind=Entry.Kind.SYSTEM).order_by("sequence")
    assert [line.data["removed"] for line in told] == [2, 2, 1]
    assert (told[0].data["first"], told[2].data["last"]) == (str(first[0]), str(first[4]))
    tasks.remove_old()
    assert told.count() == 3, "the second time there is nothing to tell"


def test_it_is_scheduled_once_a_day_and_a_person_sees_what_went(integration: Integration) -> None:
    call_command("migrate", verbosity=0)
    schedule = Schedule.objects.get(func="syncs.tasks.remove_old")
    assert schedule.schedule_type == Schedule.DAILY
    delivery(91)
    tasks.remove_old()
    client: Client = story.boss()
    assert "1 deliveries from before" in client.get("/audit/entry/").content.decode()
