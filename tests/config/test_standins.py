"""The stand-ins are ready, and known by address, before anything asks for them."""

import json
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config.management.commands import up
from config.process import programs
from config.process.supervisor import Program, Supervisor

READY_SOON = "import time; time.sleep(0.5); print('starting'); "
READY_SOON += 'print(\'{"procore": "http://127.0.0.1:1"}\', flush=True); time.sleep(600)'


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    running = Supervisor()
    yield running
    running.stop()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(programs, "OUTPUT", tmp_path / "new" / "output.log")
    monkeypatch.setattr(programs, "READY", tmp_path / "new" / "ready.json")
    return tmp_path / "new"


def stand_ins_run(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    program = Program("stand-ins", [sys.executable, "-c", code], output=programs.OUTPUT)
    monkeypatch.setattr(programs, "stand_ins", lambda port_base: program)


def test_ready_json_holds_their_line(
    supervisor: Supervisor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_ins_run(monkeypatch, READY_SOON)
    up.start_stand_ins(supervisor, 9100)
    assert json.loads((folder / "ready.json").read_text()) == {"procore": "http://127.0.0.1:1"}


def test_stand_ins_that_never_are_ready_end_the_start(
    supervisor: Supervisor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_ins_run(
        monkeypatch, "import time; print('{half a li', end='', flush=True); time.sleep(9)"
    )
    monkeypatch.setattr(up, "SLOWEST_START", 1.0)
    with pytest.raises(CommandError, match="did not become ready"):
        up.start_stand_ins(supervisor, 9100)
    assert not (folder / "ready.json").exists()


def test_stand_ins_that_break_end_the_start_at_once(
    supervisor: Supervisor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_ins_run(monkeypatch, "import sys; sys.exit(1)")
    monkeypatch.setattr(up, "SLOWEST_START", 600.0)
    with pytest.raises(CommandError, match="did not become ready"):
        up.start_stand_ins(supervisor, 9100)


def test_a_taken_port_of_the_stand_ins_is_refused_with_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=rf"{port} is in use.*STAND_INS_PORT"):
            call_command("up", "--simulators", "--only", "worker", "--port-base", str(port))


def test_the_demo_is_set_up_once_and_its_failure_ends_the_start(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo_runs(monkeypatch, "")
    up.set_up_demo(supervisor)
    assert supervisor.children == [], "it would be started again"
    demo_runs(monkeypatch, "import sys; sys.exit(3)")
    with pytest.raises(CommandError, match="could not be set up"):
        up.set_up_demo(supervisor)


def test_ctrl_c_ends_the_set_up_of_the_demo(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo_runs(monkeypatch, "import time; time.sleep(600)")
    threading.Timer(0.5, supervisor.note_signal, [signal.SIGINT, None]).start()
    up.set_up_demo(supervisor)
    [child] = supervisor.children
    supervisor.stop()
    assert child.pid is None


def demo_runs(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    program = Program("demo", [sys.executable, "-c", code])
    monkeypatch.setattr(programs, "demo", lambda: program)
