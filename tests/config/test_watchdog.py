"""What the watchdog concludes, moment by moment, without a cluster."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from config import heartbeat
from config.process.brokers import lane
from config.process.cluster import Snapshot
from config.process.watchdog import Watchdog

pytestmark = pytest.mark.django_db

QUEUE = "connector"
HEALTHY = Snapshot(sentinel=1, switches=5, idle=frozenset({2, 3}), busy=frozenset())
ALL_BUSY = replace(HEALTHY, idle=frozenset(), busy=frozenset({2, 3}))
ONE_BUSY = replace(HEALTHY, idle=frozenset({2}), busy=frozenset({3}))


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Callable[[Snapshot, int], str | None]:
    """Look each second until a fault; the cluster looks the same each time and nothing works."""
    watchdog = Watchdog(QUEUE, patience=30, task_timeout=300)
    watchdog.begin(1000.0)
    clock = {"now": watchdog.began_at}

    def seconds_of(cluster: Snapshot, seconds: int) -> str | None:
        for _ in range(seconds):
            clock["now"] += 1
            awake = replace(cluster, switches=int(clock["now"]) if cluster.switches else 0)
            if fault := watchdog.judge(awake, clock["now"]):
                return fault
        return None

    monkeypatch.setattr(watchdog, "since_last_work", lambda: float("inf"))
    return seconds_of


def test_idle_workers_that_take_nothing_are_a_fault(look: Callable[..., str | None]) -> None:
    assert look(HEALTHY, 30) is None
    assert look(HEALTHY, 3) == "no task taken for 31 s"


def test_one_busy_worker_does_not_excuse_an_idle_one(look: Callable[..., str | None]) -> None:
    assert look(ONE_BUSY, 33) == "no task taken for 31 s"


def test_busy_workers_have_the_time_of_their_tasks(look: Callable[..., str | None]) -> None:
    assert look(ALL_BUSY, 333) is None
    assert look(ALL_BUSY, 3) == "no task taken for 334 s"


def test_a_worker_idle_for_a_moment_after_a_long_task_is_no_fault(
    look: Callable[..., str | None],
) -> None:
    assert look(ALL_BUSY, 100) is None
    assert look(ONE_BUSY, 5) is None


def test_a_cluster_without_workers_is_a_fault(look: Callable[..., str | None]) -> None:
    nobody = replace(HEALTHY, idle=frozenset())
    assert look(nobody, 59) is None
    assert look(nobody, 3) == "no worker has started"


def test_a_missing_sentinel_is_a_fault(look: Callable[..., str | None]) -> None:
    assert look(HEALTHY, 2) is None
    assert look(replace(HEALTHY, sentinel=None), 6) == "the sentinel is gone"


def test_a_beat_that_ran_must_be_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    watchdog = Watchdog(QUEUE, patience=30, task_timeout=300)
    now = watchdog.began_at
    watchdog.judge(HEALTHY, now)
    ran(watchdog, monkeypatch)
    assert watchdog.judge(replace(HEALTHY, switches=6), now + 1) is None
    assert watchdog.judge(replace(HEALTHY, switches=7), now + 15) is None
    fault = watchdog.judge(replace(HEALTHY, switches=8), now + 17)
    assert fault == "a finished task was not acknowledged for 16 s"


def ran(watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cluster's worker has run the last probe."""
    monkeypatch.setenv(heartbeat.PROGRAM, watchdog.presence.program)
    heartbeat.beat(watchdog.presence.program, watchdog.probes.sequence)


def test_an_acknowledged_beat_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    watchdog = Watchdog(QUEUE, patience=30, task_timeout=300)
    now = watchdog.began_at
    watchdog.judge(HEALTHY, now)
    ran(watchdog, monkeypatch)
    heartbeat.a_task_is_acknowledged(task=OrmQ.objects.get().task)
    assert watchdog.judge(HEALTHY, now + 17) is None
    assert watchdog.probes.unacknowledged_for(now + 17) == 0


def test_probes_do_not_pile_up_behind_a_backlog(look: Callable[..., str | None]) -> None:
    look(ALL_BUSY, 300)
    assert OrmQ.objects.count() == 4


def test_a_beat_of_another_cluster_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dead cluster's probe is run by a living one."""
    watchdog = Watchdog(QUEUE, patience=30, task_timeout=300)
    watchdog.judge(HEALTHY, watchdog.began_at)
    monkeypatch.setenv(heartbeat.PROGRAM, "east.1")
    heartbeat.beat(watchdog.presence.program, watchdog.probes.sequence)
    heartbeat.a_task_is_acknowledged(task=OrmQ.objects.get().task)
    watchdog.probes.observe(watchdog.began_at + 1, lost_after=60)
    (probe,) = watchdog.probes.sent.values()
    assert probe.ran_at is None


def test_a_beat_lost_with_its_worker_is_dropped() -> None:
    watchdog = Watchdog(QUEUE, patience=30, task_timeout=300)
    now = watchdog.began_at
    watchdog.judge(HEALTHY, now)
    OrmQ.objects.update(lock=timezone.now() + timedelta(seconds=900))
    watchdog.probes.observe(now + 61, lost_after=60)
    assert not watchdog.probes.sent


@pytest.mark.django_db(transaction=True)
def test_only_the_dead_clusters_tasks_are_released() -> None:
    """What another cluster has pulled from the same queue is being done there."""
    watchdog = Watchdog(QUEUE, patience=30, task_timeout=300)
    later = timezone.now() + timedelta(seconds=900)
    mine = pulled(lane(QUEUE, watchdog.presence.program), later)
    theirs = pulled(lane(QUEUE, "east.1"), later)
    watchdog.prepare()
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.key, theirs.key) == (QUEUE, lane(QUEUE, "east.1"))
    assert mine.lock <= timezone.now() < theirs.lock


def pulled(key: str, until: datetime) -> OrmQ:
    return OrmQ.objects.create(key=key, payload="", lock=until)
