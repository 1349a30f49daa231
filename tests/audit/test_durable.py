"""A line that its writer was told of stands, whatever happens to the database after that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pghistory
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.journal import RecordJournal, append, verify
from audit.models import Entry
from config import database
from tests.scratch_server import remove_scratch_server, start_scratch_server

# Each kind of append, the last just before the database is ended as by a power cut: what it had
# not written yet is gone, and it says goodbye to nobody.
WRITE = """
import os, signal, sys
import django
django.setup()
from audit.journal import RecordJournal, append
theirs = RecordJournal("bc_procore", "direct_costs", 7)
for number in range(5):
    append("system", f"line {number}")
    intent = theirs.intent("writes", "POST", "https://ledger.example", {})
    theirs.outcome(intent, "done", 201, {})
os.kill(int(sys.argv[1]), signal.SIGQUIT)
print(intent + 1)
"""


@pytest.fixture
def server() -> Iterator[Path]:
    """A database of its own that says when a line is written; the disk itself may cheat."""
    pgdata = start_scratch_server(os.getpid(), "fsync = off\n")
    yield pgdata
    remove_scratch_server(pgdata)


def run(pgdata: Path, *command: str) -> str:
    there = {**os.environ, "DATABASE_URL": database.embedded_url(pgdata),
             "DJANGO_SETTINGS_MODULE": "config.settings"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, *command], env=there, cwd=settings.BASE_DIR, check=True,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout.splitlines()[-1] if done.stdout else ""


@pytest.mark.faults
def test_a_line_outlives_a_database_that_dies_just_after_it(server: Path) -> None:
    run(server, "manage.py", "migrate", "-v0")
    postmaster = database.postmaster_lines(server)[0]
    last = int(run(server, "-c", WRITE, postmaster))
    database.wait_for_orphans(server)
    found = json.loads(run(server, "manage.py", "verify_audit", "--json"))
    assert (found["entries"], found["problems"]) == (last, [])
    assert last == 15


@pytest.mark.django_db(transaction=True)
def test_a_line_of_its_own_lets_others_write_before_the_disk_has_it() -> None:
    theirs = RecordJournal("bc_procore", "direct_costs", 7)
    with CaptureQueriesContext(connection) as said:
        append(Entry.Kind.SYSTEM, "of its own")
        theirs.outcome(theirs.intent("writes", "POST", "https://x", {}), "done", 201, {})
        with transaction.atomic():
            append(Entry.Kind.SYSTEM, "of a transaction")
    words = [one["sql"].split("(")[0] for one in said]
    assert words == [
        "CALL audit_append_alone", "CALL audit_append_settled_alone", "CALL audit_outcome_alone",
        "BEGIN", "SELECT * FROM audit_append", "COMMIT",
    ]  # fmt: skip
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_a_line_of_its_own_is_written_within_a_page_that_changes_something() -> None:
    """The history of changes puts words before each statement of such a page."""
    with pghistory.context(user=1):
        line = append(Entry.Kind.PERSON, "Stopped the flow.", actor="anna")
    assert Entry.objects.get().hash == line.hash
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_an_open_intent_is_settled_before_the_next_of_its_record() -> None:
    theirs = RecordJournal("bc_procore", "direct_costs", 7)
    first = theirs.intent("writes", "POST", "https://x", {})
    theirs.append(Entry.Kind.READ_BACK, "Stands.")
    kinds = Entry.objects.order_by("sequence").values_list("kind", "intent")
    assert list(kinds) == [("intent", None), ("outcome", first), ("read_back", None)]
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_written_leaves_nothing_and_the_next_line_follows() -> None:
    append(Entry.Kind.SYSTEM, "before")
    with pytest.raises(Exception, match="too long"):
        append("k" * 13, "a kind that does not fit")
    append(Entry.Kind.SYSTEM, "after")
    assert list(Entry.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2]
    assert verify().ok
