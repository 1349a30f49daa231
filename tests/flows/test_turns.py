"""A poll, reading of master data, reconciliation or renewal is made once for each ask, by one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from audit import journal
from audit.models import Entry
from connections.transport import signs_of_life
from syncs import tasks
from syncs.ingest import polling, turns
from syncs.models import FlowSettings, Run, Turn
from tests.story import Company

pytestmark = pytest.mark.django_db

FLOW = "direct_costs"


@pytest.fixture
def row(company: Company) -> FlowSettings:
    OrmQ.objects.all().delete()
    return FlowSettings.objects.get(flow=FLOW, integration=company.integration)


def ask(row: FlowSettings) -> dict[str, Any]:
    """The task that the queue brings for it."""
    turns.ask(row.integration_id, FLOW, "poll")
    found: dict[str, Any] = OrmQ.objects.latest("pk").task
    return found


def brings(task: dict[str, Any]) -> None:
    """The queue delivers at least once."""
    getattr(tasks, task["func"].rpartition(".")[2])(*task["args"])


def polls() -> int:
    return Run.objects.filter(kind="poll", flow=FLOW).count()


def its_turn() -> Turn:
    return Turn.objects.get(flow=FLOW, kind="poll")


def its_worker_died() -> None:
    """In mid-work, some time ago."""
    past = timezone.now() - dt.timedelta(seconds=1)
    Turn.objects.filter(flow=FLOW, kind="poll").update(lease_until=past)


def polls_asked() -> list[Any]:
    found = [row.task for row in OrmQ.objects.order_by("pk")]
    return [task for task in found if task["func"] == "syncs.tasks.poll"]


def test_a_task_that_is_delivered_twice_polls_once(row: FlowSettings) -> None:
    task = ask(row)
    brings(task)
    brings(task)
    assert polls() == 1


def test_who_asks_while_an_ask_is_open_is_served_by_it(row: FlowSettings) -> None:
    for _ in range(3):
        turns.ask(row.integration_id, FLOW, "poll")
    assert len(polls_asked()) == 1
    brings(polls_asked()[0])
    turns.ask(row.integration_id, FLOW, "poll")
    assert len(polls_asked()) == 2, "the next ask is a new one"


def test_two_workers_do_not_poll_at_the_same_time(
    row: FlowSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks meanwhile gets a poll of his own, once the first has ended."""
    work = polling.poll
    seen: list[str] = []

    def meanwhile(*arguments: Any) -> None:
        if not seen:
            seen.append("first")
            task = ask(row)
            brings(task)
            assert polls() == 1, "the second waits"
            tasks.poll(row.pk)
            assert polls() == 1, "also one that nobody asked for"
        work(*arguments)

    monkeypatch.setattr(polling, "poll", meanwhile)
    brings(ask(row))
    assert polls() == 1
    brings(polls_asked()[-1])
    assert polls() == 2
    assert its_turn().ask is None


def test_a_poll_of_a_dead_worker_is_taken_up_after_its_lease(row: FlowSettings) -> None:
    brings_nothing = ask(row)["args"][1]
    assert its_turn().take(brings_nothing)
    left = Run.objects.create(integration=row.integration, flow=FLOW, kind="poll")
    OrmQ.objects.all().delete()
    tasks.sweep()
    assert not polls_asked(), "it may be at it still"
    its_worker_died()
    tasks.sweep()
    tasks.sweep()
    (task,) = polls_asked()
    brings(task)
    left.refresh_from_db()
    assert (left.ok, left.sentence) == (False, "Its worker stopped before the end.")
    assert Run.objects.filter(kind="poll", flow=FLOW, ok=True).count() == 1


def test_an_ask_that_the_queue_lost_is_asked_again(row: FlowSettings) -> None:
    ask(row)
    OrmQ.objects.all().delete()
    tasks.sweep()
    assert not polls_asked(), "its task may still be on its way"
    Turn.objects.update(nudged_at=timezone.now() - dt.timedelta(minutes=5))
    tasks.sweep()
    tasks.sweep()
    (task,) = polls_asked()
    brings(task)
    assert polls() == 1


def test_each_request_renews_the_claim(row: FlowSettings) -> None:
    turn = turns.of(row.integration_id, FLOW, "poll")
    assert turn.take("")
    its_worker_died()
    turn.lease_until = timezone.now()
    with signs_of_life.told_to(turn.keep):
        signs_of_life.tell()
    signs_of_life.tell()
    assert not Turn.objects.lost(timezone.now()).exists()


def test_who_was_taken_for_dead_ends_nothing_of_his_successor(row: FlowSettings) -> None:
    """And the journal has one line for each run."""
    late = turns.of(row.integration_id, FLOW, "poll")
    assert late.take("")
    run = Run.objects.create(integration=row.integration, flow=FLOW, kind="poll")
    its_worker_died()
    successor = turns.of(row.integration_id, FLOW, "poll")
    assert successor.take("")
    turns.end_open_runs(successor)
    run.end(True, "Too late.")
    assert not late.give_back()
    assert its_turn().claim == successor.claim
    run.refresh_from_db()
    assert run.ok is False
    said = Entry.objects.filter(kind=Entry.Kind.RUN, data__run=run.pk)
    assert said.count() == 1
    assert journal.verify().ok
