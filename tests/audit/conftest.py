"""A journal with a few lines, and a superuser's raw SQL."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from audit.journal import GENESIS, RecordJournal, append, digest
from audit.models import Entry, Head


@pytest.fixture
def journal() -> list[Entry]:
    """Eight lines: noted, intent, outcome, state … of one record, and a person's."""
    record = RecordJournal("bc_procore", "subcontractor_invoices", 17)
    lines = [record.append(Entry.Kind.NOTED, "Noted: invoice INV-1")]
    number = record.intent("Create INV-1", "POST", "https://api/x", {"total": "10.00"})
    record.outcome(number, "done", 201, {"id": 5})
    lines.append(record.append(Entry.Kind.READ_BACK, "The ledger shows PI-9 (posted), 10.00."))
    lines.append(record.append(Entry.Kind.STATE, "Posted: Posted as PI-9, 10.00."))
    append(Entry.Kind.PERSON, "Replay", record=17, actor="ann")
    append(Entry.Kind.SYSTEM, "Nightly comparison: equal", integration="bc_procore")
    append(Entry.Kind.ALERT, "=Alert: a formula", data={"when": 1})
    return list(Entry.objects.order_by("sequence"))


def by_force(query: str, *params: Any) -> None:
    """What a superuser can do who switches the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(query, params)
        cursor.execute("SET session_replication_role = DEFAULT")


def many_lines(count: int) -> None:
    """A long journal, chained as `append` does it, in one statement."""
    last = Entry.objects.order_by("-sequence").first()
    lines, previous, first = [], last.hash if last else GENESIS, last.sequence if last else 0
    for sequence in range(first + 1, first + count + 1):
        entry = Entry(sequence=sequence, at=timezone.now(), kind="system", sentence="A line",
                      data={"text": "x" * 500}, previous=previous)  # fmt: skip
        previous = entry.hash = digest(entry)
        lines.append(entry)
    Entry.objects.bulk_create(lines, batch_size=1000)
    Head.objects.update_or_create(pk=1, defaults={"sequence": lines[-1].sequence, "hash": previous})
