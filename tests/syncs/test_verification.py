"""What the journal's verification compares with the records."""

from __future__ import annotations

import pytest
from django.utils import timezone

from audit.journal import RecordJournal, verify
from audit.models import Entry
from connections.models import Connection, Integration
from syncs.models import Record
from syncs.verification import records_by_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration() -> Integration:
    procore = Connection.objects.create(name="P", vendor="procore")
    return Integration.objects.create(
        name="North", key="bc_procore", project_system=procore, ledger=procore
    )


def record(integration: Integration, state: str, **fields: object) -> Record:
    return Record.objects.create(
        integration=integration, flow="invoices", source_id="1", number="INV-1", state=state,
        **fields,
    )  # fmt: skip


def problems() -> str:
    return "; ".join(verify().problems)


def test_a_posted_record_without_its_lines_shows(integration: Integration) -> None:
    row = record(integration, "posted")
    assert f"record {row.pk} (INV-1) is shown as posted, but no line" in problems()
    assert "was never read back" in problems()


def test_a_posted_record_with_its_lines_is_fine(integration: Integration) -> None:
    row = record(integration, "posted", read_back_at=timezone.now())
    journal = RecordJournal("bc_procore", "invoices", row.pk)
    journal.outcome(journal.intent("Create", "POST", "https://x", {}), "done", 201, {})
    journal.append(Entry.Kind.STATE, "Posted: as PI-9")
    assert verify().ok


def test_a_posted_record_whose_writes_all_failed_shows(integration: Integration) -> None:
    row = record(integration, "posted", read_back_at=timezone.now())
    journal = RecordJournal("bc_procore", "invoices", row.pk)
    journal.outcome(journal.intent("Create", "POST", "https://x", {}), "refused", 400, {})
    journal.append(Entry.Kind.STATE, "Posted: as PI-9")
    assert "no write of it succeeded" in problems()


@pytest.mark.parametrize(
    ("state", "whole"),
    [("running", True), ("in_doubt", True), ("held", False), ("pending", False)],
)
def test_an_open_intent_is_excused_while_its_record_is_in_doubt(
    integration: Integration, state: str, whole: bool
) -> None:
    row = record(integration, state)
    RecordJournal("bc_procore", "invoices", row.pk).intent("Create", "POST", "https://x", {})
    assert verify().ok == whole


def test_records_are_found_by_either_number(integration: Integration) -> None:
    row = record(integration, "posted", destination_number="PI-9")
    assert list(records_by_number("PI-9")) == [row.pk]
    assert list(records_by_number("INV-1")) == [row.pk]
    assert list(records_by_number("INV")) == []
