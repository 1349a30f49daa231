"""The months that were closed in a period, in the auditor's package, checked by its own script."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from config.auditor import package
from connections.transport.days import site_zone
from syncs.closing import close
from tests.syncs_admin import months

pytestmark = pytest.mark.django_db


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A month that was closed today, unpacked."""
    close.close(months.clear(), "anna", "Żółć, “all” of it.")
    day = timezone.now().astimezone(site_zone()).date()
    file = io.BytesIO()
    package.pack(file, day, day, "audrey")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def verified(folder: Path) -> tuple[int, str]:
    """Another Python, with nothing of ours."""
    command = [sys.executable, "-I", str(folder / "verify.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    return done.returncode, done.stdout + done.stderr


def test_a_closed_month_verifies_without_us(packed: Path) -> None:
    status, said = verified(packed)
    assert status == 0, said
    (one,) = json.loads((packed / "closes.json").read_text())
    assert one["facts"]["note"] == "Żółć, “all” of it."
    assert len(one["documents"]) == 2


def forged(folder: Path, change: Callable[[list[Any]], None]) -> None:
    """A careful forger also mends the list of hashes of files."""
    path, manifest = folder / "closes.json", folder / "manifest.json"
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))
    facts = json.loads(manifest.read_text())
    facts["files"]["closes.json"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(facts))


def another_note(told: list[Any]) -> None:
    told[0]["facts"]["note"] = "Nobody said so."


def another_note_with_its_hash(told: list[Any]) -> None:
    another_note(told)
    text = json.dumps(told[0]["facts"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    told[0]["sha256"] = hashlib.sha256(text.encode()).hexdigest()


def another_amount(told: list[Any]) -> None:
    told[0]["documents"][0][6] = "1.0000"


def left_out(told: list[Any]) -> None:
    told.clear()


FORGED: list[tuple[Callable[[list[Any]], None], str]] = [
    (another_note, "was changed"),
    (another_note_with_its_hash, "has no line of the journal with its hash"),
    (another_amount, "are not those that were signed"),
    (left_out, "closes a month that closes.json lacks"),
]


@pytest.mark.parametrize(("change", "sentence"), FORGED)
def test_a_forged_close_shows(
    packed: Path, change: Callable[[list[Any]], None], sentence: str
) -> None:
    forged(packed, change)
    status, said = verified(packed)
    assert status == 1
    assert sentence in said
