"""The real supervisor with a real cluster on the test's database, seen from outside."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.db import connection
from django_q.models import OrmQ, Task
from django_q.tasks import async_task

from config.database import embedded_url, is_embedded
from config.process.cluster import BUSY, children, role, title

PATIENCE = 9  # of the watchdog, in these tests
MINUTE = 60.0


def until(found: Callable[[], Any], what: str, seconds: float = 3 * MINUTE) -> Any:
    """Look until it is there, and fail with a sentence when it never comes."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, f"in {seconds:.0f} s never came: {what}"
        time.sleep(0.1)
    return result


def test_database_url() -> str:
    """The address of this test's own database."""
    at = connection.settings_dict
    if is_embedded(at):
        return embedded_url(Path(at["HOST"]), at["NAME"])
    if at["HOST"].startswith("/"):
        return f"postgresql://{at['USER']}@/{at['HOST']}/{at['NAME']}"
    secret = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
    return f"postgresql://{at['USER']}{secret}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"


test_database_url.__test__ = False  # type: ignore[attr-defined]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """The address of one that keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    with subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: is_open(port), "a Redis server")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Up:
    """A running `manage.py up`."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.port = free_port()
        self.process = psutil.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port), *arguments],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": test_database_url(),
                "WATCHDOG_SECONDS": str(PATIENCE),
                **environment,
            },
        )

    def main(self) -> psutil.Process | None:
        """The cluster's main process."""
        for child in children(self.process.pid):
            line = title(child)  # empty for one that has just ended
            if "manage.py qcluster" in line or line.startswith("qcluster "):
                return child
        return None

    def sentinel(self) -> psutil.Process | None:
        main = self.main()
        return next(children(main.pid), None) if main else None

    def with_role(self, name: str) -> list[psutil.Process]:
        """The sentinel's children of this role."""
        sentinel = self.sentinel()
        return [p for p in children(sentinel.pid) if role(p) == name] if sentinel else []

    def busy_with(self, function: str) -> list[psutil.Process]:
        """The workers that run this function now. The cluster's own schedule keeps others busy."""
        return [p for p in self.with_role(BUSY) if f"'{function}'" in title(p)]

    def is_complete(self) -> bool:
        """Two idle workers, a monitor and a pusher."""
        return [len(self.with_role(r)) for r in ("idle", "monitor", "pusher")] == [2, 1, 1]

    def descendants(self) -> list[psutil.Process]:
        return [*self.process.children(recursive=True)]

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ends(self, seconds: float = 3 * MINUTE) -> int:
        return int(self.process.wait(seconds))


@contextmanager
def up(*arguments: str, **environment: str) -> Iterator[Up]:
    """Nothing of it outlives the block, whatever happens in it."""
    running = Up(*arguments, **environment)
    try:
        yield running
    finally:
        left = [running.process, *running.descendants()] if running.process.is_running() else []
        for process in left:
            kill(process)
        psutil.wait_procs(left, timeout=10)


def kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def queue_a_task() -> str:
    return str(async_task("math.sqrt", 16))


def is_done(task: str) -> bool:
    """It ran, its result is stored, and its row has left the queue."""
    queued = any(row.task_id() == task for row in OrmQ.objects.all())
    return Task.objects.filter(id=task, success=True).exists() and not queued


def the_queue_works() -> None:
    """New tasks are taken, run and acknowledged, twice over."""
    for task in (queue_a_task(), queue_a_task()):
        until(partial(is_done, task), "a new task, done and acknowledged")


def all_gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A management command to its end, without what only the tests may set."""
    inherited = {k: v for k, v in os.environ.items() if k != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
