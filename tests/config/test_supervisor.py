"""Any process of the worker cluster may be killed: within a minute the queue works again."""

import signal
from collections.abc import Callable
from functools import partial

import psutil
import pytest
import requests
from django.db import connection
from django_q.models import OrmQ, Task
from django_q.tasks import async_task

from tests.config.running import (
    MINUTE,
    Up,
    all_gone,
    is_done,
    kill,
    queue_a_task,
    the_queue_works,
    until,
    up,
)

WAIT = "connections.transport.rate_limit.pause"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.faults,
    pytest.mark.database,
    pytest.mark.timeout(600),
]


def the_main_process(running: Up) -> list[psutil.Process]:
    return [until(running.main, "a main process")]


def the_sentinel(running: Up) -> list[psutil.Process]:
    return [until(running.sentinel, "a sentinel")]


def the_busy_worker(running: Up) -> list[psutil.Process]:
    async_task("time.sleep", 3600)
    return list(until(lambda: running.busy_with("time.sleep"), "a busy worker"))


def the_idle_workers(running: Up) -> list[psutil.Process]:
    """Both at once, since one of them holds the queue's lock."""
    return running.with_role("idle")


def the_monitor(running: Up) -> list[psutil.Process]:
    return running.with_role("monitor")


def the_pusher(running: Up) -> list[psutil.Process]:
    return running.with_role("pusher")


@pytest.mark.parametrize(
    "victims",
    [
        the_main_process,
        the_sentinel,
        the_busy_worker,
        the_idle_workers,
        the_monitor,
        the_pusher,
    ],
)
def test_work_goes_on_within_a_minute_after_a_kill(
    victims: Callable[[Up], list[psutil.Process]],
) -> None:
    with up("--only", "worker") as running:
        until(running.is_complete, "a complete cluster")
        the_queue_works()
        killed = victims(running)
        assert killed
        for process in killed:
            process.kill()
        until(lambda: all_gone(killed), "their end")
        the_queue_works()


def test_a_stopped_sentinel_is_noticed() -> None:
    with up("--only", "worker") as running:
        until(running.is_complete, "a complete cluster")
        stopped = running.sentinel()
        assert stopped is not None
        stopped.suspend()
        until(lambda: all_gone([stopped]), "the end of a sentinel that does nothing")
        until(running.is_complete, "a new cluster")


def test_busy_workers_are_left_in_peace() -> None:
    """Both are busy for longer than the watchdog's patience, and no beat can run."""
    with up("--only", "worker", WATCHDOG_SECONDS="3") as running:
        until(running.is_complete, "a complete cluster")
        tasks = [async_task("time.sleep", 12) for _ in range(2)]
        until(lambda: len(running.busy_with("time.sleep")) == 2, "two busy workers")
        before = {p.pid for p in running.busy_with("time.sleep")}
        for task in tasks:
            until(partial(is_done, task), "a long task that was not cut off")
        until(lambda: before == {p.pid for p in running.with_role("idle")}, "the same two, idle")


def test_a_lost_database_connection_kills_nobody() -> None:
    # The queue's pusher waits 10 seconds before it gives way to a new one.
    with up("--only", "worker", WATCHDOG_SECONDS="30") as running:
        until(running.is_complete, "a complete cluster")
        main = running.main()
        assert main is not None
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        the_queue_works()
        assert running.main() == main


def test_sigterm_lets_running_tasks_finish() -> None:
    with up("--only", "worker") as running:
        until(running.is_complete, "a complete cluster")
        task = async_task("time.sleep", 4)
        until(lambda: running.busy_with("time.sleep"), "a busy worker")
        everything = running.descendants()
        running.signal(signal.SIGTERM)
        assert running.ends() == 0
        assert Task.objects.filter(id=task, success=True).exists()
        assert not OrmQ.objects.filter(key="connector", lock__isnull=True).exists()
        assert all_gone(everything)


def test_who_only_waits_learns_at_once_that_all_ends() -> None:
    with up("--only", "worker") as running:
        until(running.is_complete, "a complete cluster")
        task = async_task(WAIT, 3600)
        until(lambda: running.busy_with(WAIT), "a worker that waits for a request limit")
        running.signal(signal.SIGINT)
        assert running.ends() == 0
        assert Task.objects.get(id=task).result is True, "it was not cut off"


def test_ctrl_c_ends_web_and_worker_without_survivors() -> None:
    with up() as running:
        until(running.is_complete, "a complete cluster")
        address = f"http://127.0.0.1:{running.port}/healthz"
        until(lambda: answers_ok(address), "a healthy answer")
        everything = running.descendants()
        assert len(everything) >= 8
        running.signal(signal.SIGINT)
        assert running.ends() == 0
        assert all_gone(everything)


def answers_ok(address: str) -> bool:
    try:
        return requests.get(address, timeout=30).status_code == 200
    except requests.ConnectionError:
        return False


def test_a_second_ctrl_c_does_not_wait_for_tasks() -> None:
    with up("--only", "worker") as running:
        until(running.is_complete, "a complete cluster")
        async_task("time.sleep", 3600)
        until(lambda: running.busy_with("time.sleep"), "a busy worker")
        everything = running.descendants()
        running.signal(signal.SIGINT)
        until(lambda: not running.with_role("pusher"), "the beginning of the end")
        running.signal(signal.SIGINT)
        assert running.ends(20) == 0
        assert all_gone(everything)


def test_a_deaf_cluster_does_not_hold_up_the_end() -> None:
    """SIGTERM alone never ends it."""
    with up("--only", "worker", WATCHDOG_SECONDS="600") as running:
        until(running.is_complete, "a complete cluster")
        everything = running.descendants()
        for worker in running.with_role("idle"):
            worker.kill()
        until(running.is_complete, "new workers, which wait for a lost lock")
        running.signal(signal.SIGINT)
        assert running.ends() == 0
        assert all_gone(everything)


@pytest.mark.skipif(
    "sys.platform != 'linux'", reason="only Linux tells a child of its parent's end"
)
def test_a_killed_supervisor_leaves_no_survivors() -> None:
    with up() as running:
        until(running.is_complete, "a complete cluster")
        everything = running.descendants()
        kill(running.process)
        until(lambda: all_gone(everything), "the end of all", MINUTE / 3)


def test_a_taken_port_is_refused_with_a_sentence() -> None:
    with up("--only", "web") as first:
        until(lambda: answers(first), "a web server")
        with up("--only", "web", "--port", str(first.port)) as second:
            assert second.ends() == 1
        assert first.process.is_running()


def answers(running: Up) -> bool:
    try:
        requests.get(f"http://127.0.0.1:{running.port}/healthz", timeout=30)
    except requests.ConnectionError:
        return False
    return True


def test_a_task_waits_for_the_worker() -> None:
    """What is queued while nothing runs is done when it does."""
    task = queue_a_task()
    with up("--only", "worker"):
        until(lambda: is_done(task), "a task from before")
