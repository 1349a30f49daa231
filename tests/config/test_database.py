"""The embedded server: one for many processes, and none left behind."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from config import database
from tests.config.running import all_gone, until

CONNECT = "import sys; from pathlib import Path; from config.database import ensure_running; "
CONNECT += "print(ensure_running(Path(sys.argv[1])))"


@pytest.fixture
def pgdata() -> Iterator[Path]:
    """Not in pytest's own folder, which is closed to the account that serves when root runs us."""
    with tempfile.TemporaryDirectory(prefix="pg-") as parent:
        yield Path(parent) / "pgdata"
        database.stop(Path(parent) / "pgdata")


def connect_from_another_process(pgdata: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", CONNECT, pgdata], stdout=-1, text=True)


def can_connect(folder: Path) -> bool:
    with closing(database.admin_connection(folder)) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_many_processes_share_one_server_which_outlives_them(pgdata: Path) -> None:
    others = [connect_from_another_process(pgdata) for _ in range(4)]
    folders = {process.communicate(timeout=60)[0].strip() for process in others}
    assert [process.returncode for process in others] == [0, 0, 0, 0]
    assert folders == {str(database.socket_folder(pgdata))}


def test_a_server_in_use_is_not_stopped(pgdata: Path) -> None:
    folder = database.ensure_running(pgdata)
    with closing(database.admin_connection(folder)):
        assert not database.stop_when_idle(pgdata, patience=0.1)
        assert database.socket_folder(pgdata) == folder
    assert database.stop_when_idle(pgdata)
    assert database.socket_folder(pgdata) is None


def test_a_killed_server_is_started_again(pgdata: Path) -> None:
    database.ensure_running(pgdata)
    server = psutil.Process(int(database.postmaster_lines(pgdata)[0]))
    server.kill()
    until(lambda: all_gone([server]), "its end")
    assert can_connect(database.ensure_running(pgdata))


def test_a_process_number_that_passed_to_another_program_is_no_server(pgdata: Path) -> None:
    database.ensure_running(pgdata)
    lines = database.postmaster_lines(pgdata)
    database.stop(pgdata)
    lines[0] = str(psutil.Process().pid)
    (pgdata / "postmaster.pid").write_text("\n".join(lines) + "\n")
    assert database.socket_folder(pgdata) is None
    assert can_connect(database.ensure_running(pgdata))


def test_ctrl_c_ends_a_command_in_silence_and_the_server_with_it(pgdata: Path) -> None:
    """As on a terminal, before `manage.py up` minds its signals."""
    code = "import time; from django.db import connection; connection.ensure_connection(); "
    code += "print('connected', flush=True); time.sleep(600)"
    command = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=settings.BASE_DIR, stdout=-1, stderr=-1, text=True,
        env={**os.environ, "DATABASE_URL": "", "PGDATA_DIR": str(pgdata)},
    )  # fmt: skip
    assert command.stdout is not None
    assert command.stdout.readline() == "connected\n"
    command.send_signal(signal.SIGINT)
    said = command.communicate(timeout=60)[1]
    assert (command.returncode, said) == (130, "")
    assert database.socket_folder(pgdata) is None


def test_a_url_means_a_server_and_none_means_the_embedded_one(tmp_path: Path) -> None:
    server = database.database_settings("postgresql://me:us%24er@db.internal:5433/books", tmp_path)
    assert (server["HOST"], server["PORT"], server["PASSWORD"]) == ("db.internal", 5433, "us$er")
    assert not database.is_embedded(server)
    embedded = database.database_settings("", tmp_path)
    assert database.is_embedded(embedded)
    assert embedded["CONN_MAX_AGE"] == server["CONN_MAX_AGE"] == 60
