from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from config.rehearsal.control import call
from tests import story


@pytest.fixture(scope="session")
def ready() -> Iterator[dict[str, Any]]:
    with story.stand_ins() as facts:
        yield facts


@pytest.fixture
def company(ready: dict[str, Any], transactional_db: None) -> Iterator[story.Company]:
    """Committed, so that other processes see it."""
    found = story.set_up(ready)
    yield found
    for facts in ready.values():
        call(facts["control_url"], "faults", method="DELETE")


def test_database() -> str:
    """The URL of this test process's own database."""
    base = os.environ["DATABASE_URL"].rpartition("/")[0]
    return f"{base}/{connection.settings_dict['NAME']}"


def worker(pk: int, step: str) -> subprocess.Popen[bytes]:
    """A worker process that carries one record and dies at the step."""
    environment = {
        **os.environ, "DATABASE_URL": test_database(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.faults.victim", str(pk), step]
    return subprocess.Popen(command, env=environment)
