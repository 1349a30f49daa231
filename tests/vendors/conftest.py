"""The stand-ins of all vendors, in one process of their own, for the whole test session."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.vendors.stage_business_central import business_central
from tests.vendors.stage_nav import nav, nav_ready
from tests.vendors.stage_nav_online import nav_online

__all__ = ["business_central", "nav", "nav_online", "nav_ready"]

ROOT = Path(__file__).resolve().parent.parent.parent
SPECS = ROOT.parent / "shared" / "apis" / "specs"


@pytest.fixture(scope="session")
def stand_ins() -> Iterator[dict[str, Any]]:
    """The ready line: {"procore": {"api_url": …, "control_url": …}, "business_central": {…}}."""
    command = [sys.executable, "-m", "tests.simulators", "--port-base", "0", "--company", "demo"]
    command += ["--only", "procore", "--only", "business_central"]
    if SPECS.is_dir():
        command += ["--validate", str(SPECS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line, "the stand-ins did not start"
            yield json.loads(line)
        finally:
            process.terminate()
