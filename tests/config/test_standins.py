"""The stand-ins are ready, and known by address, before anything asks for them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from config import programs
from config.management.commands import up
from config.supervisor import Program, Supervisor

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
