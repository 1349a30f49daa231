"""A rehearsal that is broken off leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.db import connection

from config.rehearsal import stage
from tests.config.running import all_gone, kill, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


class Rehearsal:
    """A running `manage.py rehearse`."""

    def __init__(self, log: Path) -> None:
        command = [sys.executable, "manage.py", "rehearse", "bc_procore", "--json"]
        self.process = psutil.Popen(
            [*command, "--keep-log", str(log)], cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL
        )

    def find(self, words: str) -> psutil.Process | None:
        """What it started with these words in its command."""
        for process in self.process.children(recursive=True):
            try:
                if words in " ".join(process.cmdline()):
                    return process
            except psutil.NoSuchProcess:
                continue
        return None

    def database(self) -> str:
        """Its throwaway database, which the inner half's environment names."""
        play = until(lambda: self.find("play_rehearsal"), "the inner half")
        url: str = play.environ()["DATABASE_URL"]
        return url.rpartition("/")[2]


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    running = Rehearsal(tmp_path / "up.log")
    yield running
    if running.process.is_running():
        for process in [*running.process.children(recursive=True), running.process]:
            kill(process)


def exists(database: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        return cursor.fetchone()


@pytest.mark.faults
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_takes_everything_down(rehearsal: Rehearsal, number: signal.Signals) -> None:
    database = rehearsal.database()
    assert exists(database)
    until(lambda: rehearsal.find("qcluster"), "a worker of the application")
    everything = rehearsal.process.children(recursive=True)
    assert len(everything) > 3
    rehearsal.process.send_signal(number)
    assert rehearsal.process.wait(180) == 128 + number
    assert not exists(database)
    assert all_gone(everything)


def test_a_signal_at_the_beginning_does_too(rehearsal: Rehearsal) -> None:
    """The inner half has not yet learned what a signal means to it."""
    database = rehearsal.database()
    everything = rehearsal.process.children(recursive=True)
    rehearsal.process.send_signal(signal.SIGTERM)
    assert rehearsal.process.wait(180) == 128 + signal.SIGTERM
    assert not exists(database)
    assert all_gone(everything)


@pytest.mark.faults
@pytest.mark.skipif(
    "sys.platform != 'linux'", reason="only Linux tells a child of its parent's end"
)
def test_a_killed_rehearsal_leaves_no_processes(rehearsal: Rehearsal) -> None:
    database = rehearsal.database()
    until(lambda: rehearsal.find("qcluster"), "a worker of the application")
    everything = rehearsal.process.children(recursive=True)
    rehearsal.process.kill()
    until(lambda: all_gone(everything), "the end of all")
    stage.on_server("DROP DATABASE {} WITH (FORCE)", database)
