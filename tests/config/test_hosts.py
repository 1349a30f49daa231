"""Several hosts on one database: each is known, silence of one is told, what it had is taken up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.tasks import async_task

from config import heartbeat
from config.models import Heartbeat
from config.process import hosts
from config.process.brokers import lane, probes_of
from config.process.hosts import Presence, WebPresence
from syncs.models import Alert
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db

QUEUE = "connector"
HOUR = timedelta(hours=1)


def a_worker(host: str, **values: object) -> Heartbeat:
    now = timezone.now()
    program = f"{host}.{Heartbeat.objects.count()}"
    Heartbeat.note(program, host, queue=QUEUE, **{"since": now - HOUR, "worked_at": now, **values})
    return Heartbeat.objects.get(program=program)


def gone(host: str) -> Heartbeat:
    then = timezone.now() - HOUR
    return a_worker(host, since=then - HOUR, seen_at=then, worked_at=then)


def alerts() -> list[str]:
    return [alert.sentence for alert in Alert.objects.filter(closed_at=None)]


def test_a_silent_host_alerts_though_others_live() -> None:
    a_worker("east")
    missing = gone("west")
    hosts.look_after_neighbours()
    hosts.look_after_neighbours()
    (said,) = alerts()
    assert said.startswith("Worker on west: no heartbeat since ")
    Heartbeat.note(missing.program, "west", worked_at=timezone.now())
    hosts.look_after_neighbours()
    assert not alerts()


def test_a_cluster_that_runs_and_does_not_work_alerts() -> None:
    """Longer than its longest task: a busy one is left in peace."""
    busy = a_worker("east", worked_at=timezone.now() - timedelta(seconds=300))
    hosts.look_after_neighbours()
    assert not alerts()
    Heartbeat.objects.filter(pk=busy.pk).update(worked_at=timezone.now() - HOUR)
    hosts.look_after_neighbours()
    (said,) = alerts()
    assert said.startswith("Worker on east: it runs, and has not worked since ")


@pytest.mark.django_db(transaction=True)
def test_who_was_stopped_on_purpose_is_no_alert() -> None:
    stopped = Presence(Heartbeat.Kind.WORKER, QUEUE)
    stopped.begin()
    stopped.end()
    Heartbeat.objects.update(seen_at=timezone.now() - HOUR)
    hosts.look_after_neighbours()
    assert Heartbeat.objects.get().state(timezone.now()) == Heartbeat.State.STOPPED
    assert not alerts()


def test_who_was_killed_and_started_again_leaves_the_list() -> None:
    killed = Presence(Heartbeat.Kind.WORKER, QUEUE)
    killed.begin()
    again = Presence(Heartbeat.Kind.WORKER, QUEUE)
    again.begin()
    assert Heartbeat.objects.count() == 2, "the first may live: two on one machine are two"
    Heartbeat.objects.filter(program=killed.program).update(seen_at=timezone.now() - HOUR)
    again.look()
    assert [row.program for row in Heartbeat.objects.all()] == [again.program]
    assert not alerts()


def test_a_cluster_takes_its_own_probes_first_and_never_anothers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(heartbeat.PROGRAM, "east.1")
    for cluster in ("west.1", "east.1"):
        async_task("math.sqrt", 4, task_name=cluster, broker=probes_of(QUEUE, cluster))
    async_task("math.sqrt", 4, task_name="for anybody")
    east = get_broker()
    taken = [east.dequeue()[0][0] for _ in range(2)]
    assert [OrmQ.objects.get(pk=pk).task["name"] for pk in taken] == ["east.1", "for anybody"]
    assert east.dequeue() is None
    assert set(OrmQ.objects.filter(pk__in=taken).values_list("key")) == {(lane(QUEUE, "east.1"),)}
    east.acknowledge(taken[1])
    assert not OrmQ.objects.filter(pk=taken[1]).exists()


def test_a_dead_hosts_tasks_are_freed_by_its_neighbours() -> None:
    """The living one's stay with it."""
    dead, living = gone("west"), a_worker("east")
    later = timezone.now() + timedelta(seconds=900)
    for row in (dead, living):
        OrmQ.objects.create(key=lane(QUEUE, row.program), payload=row.host, lock=later)
    OrmQ.objects.create(key=lane(QUEUE, "nobody knows"), payload="unknown", lock=later)
    hosts.look_after_neighbours()
    freed = OrmQ.objects.filter(key=QUEUE, lock__lte=timezone.now())
    free = freed.filter(payload__in=["east", "west", "unknown"])
    assert set(free.values_list("payload", flat=True)) == {"west", "unknown"}
    assert OrmQ.objects.get(payload="east").lock == later


def test_a_web_server_that_does_not_answer_is_silent() -> None:
    web = WebPresence("127.0.0.1", 9)
    web.begin()
    Heartbeat.objects.update(since=timezone.now() - HOUR)
    web.look()
    (said,) = alerts()
    assert said.startswith("Web server on ")
    assert "has not worked since" in said


def test_a_clock_that_differs_from_the_databases_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + timedelta(seconds=60)
    with monkeypatch.context() as wrong:
        wrong.setattr(timezone, "now", lambda: later)
        hosts.check_the_clock("east")
    (said,) = alerts()
    assert said.startswith("The clock of east is 60 s ahead of the database’s.")
    hosts.check_the_clock("east")
    assert not alerts()


# -- the front page --------------------------------------------------------------------------------


@pytest.fixture
def integrator(client: Client) -> Client:
    person = story.sees_all(User.objects.create_user("pat", is_staff=True))
    names = ("view_heartbeat", "delete_heartbeat")
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(person)
    return client


def test_the_front_page_shows_every_host(integrator: Client) -> None:
    a_worker("east")
    gone("west")
    page = integrator.get("/").content.decode()
    assert ">east</span></td>" in page
    assert ">west</span></td>" in page
    assert page.count("Take off the list") == 1
    assert "1 missing" in page


def test_a_host_that_is_gone_for_good_is_taken_off_the_list(integrator: Client) -> None:
    a_worker("east")
    missing = gone("west")
    hosts.look_after_neighbours()
    answer = integrator.post(f"/config/heartbeat/{missing.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    hosts.look_after_neighbours()
    assert [row.host for row in Heartbeat.objects.all()] == ["east"]
    assert not alerts()


def test_a_host_that_lives_stays_on_the_list(integrator: Client) -> None:
    row = a_worker("east")
    answer = integrator.post(f"/config/heartbeat/{row.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 403
    assert Heartbeat.objects.filter(pk=row.pk).exists()


def test_who_may_not_see_hosts_sees_none(client: Client) -> None:
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    a_worker("east")
    assert "east" not in client.get("/").content.decode()
