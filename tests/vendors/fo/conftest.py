"""An environment of Finance & Operations: the stand-in in a process of its own, and a client."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connections.vendors.fo import wire
from tests.vendors.fo.stage import Environment

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def fo_ready() -> Iterator[dict[str, Any]]:
    """The stand-in for the whole test session."""
    command = [sys.executable, "-m", "tests.simulators", "--port-base", "0", "--only", "fo"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line, "the stand-in did not start"
            yield json.loads(line)["fo"]
        finally:
            process.terminate()


@pytest.fixture
def fo(
    db: None, fo_ready: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Environment]:
    monkeypatch.setattr(wire, "CONFLICT_PAUSE", 0)
    environment = Environment(fo_ready)
    yield environment
    environment.control("DELETE", "faults")
