"""The auditor's package of a period verifies without us, and shows what was tampered with."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.utils import timezone

from audit.models import Entry
from mappings.models import CostCodeMapping
from syncs.admin import controls
from syncs.models import FlowSettings
from tests.flows.telling import settled
from tests.story import Company
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db

PAGE = "/auditor/"


@pytest.fixture
def packed(company: Company, tmp_path: Path) -> Path:
    """A month's work, and its package, unpacked."""
    FlowSettings.objects.filter(flow="direct_costs").update(needs_approval=True)
    record = settled(company, "direct_costs", company.a_direct_cost("PACK-1"))
    assert record.approve("ben")
    company.the_worker_runs()
    flow = company.integration.flows.get(flow="direct_costs")
    controls.ask(flow, "needs_approval", False, "=anna")
    rule = CostCodeMapping.objects.filter(integration=company.integration)[0]
    rule.note = "+ by the audit’s request"
    rule.save()
    return unpacked(made_by_page(), tmp_path / "first")


def made_by_page() -> bytes:
    auditor = story.signed_in(story.person("audrey", "audit.view_entry", "audit.export_package"))
    day = f"{timezone.now():%Y-%m-%d}"
    answer = auditor.post(PAGE, {"first": day, "last": day})
    assert answer["Content-Disposition"] == f'attachment; filename="connector-{day}-to-{day}.zip"'
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def unpacked(data: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(folder)
    return folder


def verified(folder: Path, *earlier: Path) -> tuple[int, str]:
    """As an auditor does it: another Python, with nothing of ours."""
    command = [sys.executable, "-I", str(folder / "verify.py"), *map(str, earlier)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    return done.returncode, done.stdout + done.stderr


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_period_in_one_archive_that_verifies_by_itself(packed: Path) -> None:
    status, said = verified(packed)
    assert status == 0, said
    last = Entry.objects.order_by("-sequence").first()
    assert last is not None
    assert last.sentence.startswith("Auditor's package of")
    assert last.previous in said, "what the front page showed just before"
    (document,) = [row for row in rows(packed, "documents.csv") if row["number"] == "PACK-1"]
    assert (document["state"], document["approved_by"]) == ("posted", "ben")
    assert document["destination_total"] == "840.50"
    decided = {row["verb"]: row["actor"] for row in rows(packed, "decisions.csv")}
    assert decided["approve"] == "ben"
    (change,) = rows(packed, "control_changes.csv")
    assert (change["field"], change["asked_by"]) == ("needs_approval", "'=anna"), "no formula"
    notes = [row["note"] for row in rows(packed, "mappings/costcodemapping.csv")]
    assert "'+ by the audit’s request" in notes
    assert "audrey" in [row["username"] for row in rows(packed, "people/users.csv")]


def a_line_is_changed(folder: Path) -> None:
    path = folder / "journal.jsonl"
    path.write_text(path.read_text().replace("840.5", "940.5"))
    repack(folder, "journal.jsonl")


def a_line_is_taken_out(folder: Path) -> None:
    path = folder / "journal.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:3] + lines[4:]))
    repack(folder, "journal.jsonl")


def the_end_is_cut_off(folder: Path) -> None:
    path = folder / "journal.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-2]))
    repack(folder, "journal.jsonl")


def a_decision_is_somebody_elses(folder: Path) -> None:
    path = folder / "decisions.csv"
    path.write_text(path.read_text().replace(",ben,", ",anna,"))
    repack(folder, "decisions.csv")


def a_decision_is_left_out(folder: Path) -> None:
    path = folder / "decisions.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    repack(folder, "decisions.csv")


def a_document_is_changed(folder: Path) -> None:
    path = folder / "documents.csv"
    path.write_text(path.read_text().replace("840.50", "940.50"))


def a_file_is_lost(folder: Path) -> None:
    (folder / "people/users.csv").unlink()


def a_file_is_added(folder: Path) -> None:
    (folder / "mappings/more.csv").write_text("x")


def repack(folder: Path, name: str) -> None:
    """A careful forger also mends the list of hashes."""
    import hashlib

    path = folder / "manifest.json"
    manifest: dict[str, Any] = json.loads(path.read_text())
    manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest))


FORGED: list[tuple[Callable[[Path], None], str]] = [
    (a_line_is_changed, "was changed"),
    (a_line_is_taken_out, "is not followed by"),
    (the_end_is_cut_off, "does not end where it was packed"),
    (a_decision_is_somebody_elses, "is not in the journal as shown"),
    (a_decision_is_left_out, "that decisions.csv lacks"),
    (a_document_is_changed, "documents.csv was changed"),
    (a_file_is_lost, "people/users.csv is missing"),
    (a_file_is_added, "mappings/more.csv was not packed"),
]


@pytest.mark.parametrize(("forge", "sentence"), FORGED)
def test_what_was_tampered_with_shows(
    packed: Path, forge: Callable[[Path], None], sentence: str
) -> None:
    forge(packed)
    status, said = verified(packed)
    assert status == 1
    assert sentence in said


def test_one_package_goes_on_where_the_other_ended(company: Company, tmp_path: Path) -> None:
    """Two days: what was taken out between them would show at the seam."""
    settled(company, "direct_costs", company.a_direct_cost("PACK-2"))
    days = [timezone.now().date() + dt.timedelta(days=number) for number in (0, 1)]
    call_command("auditor_package", days[0], days[1], folder=tmp_path, stdout=io.StringIO())
    (path,) = tmp_path.glob("*.zip")
    first = unpacked(path.read_bytes(), tmp_path / "a")
    assert verified(first, first / "manifest.json")[0] == 0
    manifest = json.loads((first / "manifest.json").read_text())
    manifest["journal"] |= {"last": manifest["journal"]["first"] - 1, "hash": "0" * 63 + "1"}
    (tmp_path / "other.json").write_text(json.dumps(manifest))
    status, said = verified(first, tmp_path / "other.json")
    assert status == 1
    assert "does not go on where the earlier package ended" in said
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("auditor_package", days[0], days[1], folder=tmp_path, stdout=io.StringIO())


def test_who_may_and_which_days(company: Company) -> None:
    clerk = story.signed_in(story.person("clerk", "audit.view_entry", "audit.export_entry"))
    assert clerk.get(PAGE).status_code == 403
    assert "Auditor’s package" not in clerk.get("/audit/entry/").content.decode()
    auditor = story.signed_in(story.person("audrey", "audit.view_entry", "audit.export_package"))
    assert "Auditor’s package" in auditor.get("/audit/entry/").content.decode()
    for first, last, said in (
        ("2026-10-31", "2026-10-01", "ends before it begins"),
        ("2001-01-01", "2001-01-31", "has no line of these days"),
        ("", "2026-10-01", "This field is required"),
    ):
        page = auditor.post(PAGE, {"first": first, "last": last}).content.decode()
        assert said in page


def test_the_page_proposes_this_month_and_the_one_before(admin_client: Browser) -> None:
    today = timezone.localdate()
    first = (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    text = admin_client.get(PAGE).content.decode()
    assert f'value="{first}"' in text
    assert f'value="{today}"' in text
