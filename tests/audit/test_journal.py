"""The journal: nobody changes it, and whoever forces it shows."""

from __future__ import annotations

import datetime as dt
import json
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import journal as journal_module
from audit.journal import RecordJournal, append, verify
from audit.models import Entry, Head
from tests.audit.conftest import by_force, many_lines

pytestmark = pytest.mark.django_db


def problems() -> str:
    return "; ".join(verify().problems)


def test_a_whole_journal_verifies(journal: list[Entry]) -> None:
    found = verify()
    assert found.ok
    assert (found.entries, found.head) == (8, journal[-1].hash)


def test_an_empty_journal_is_whole() -> None:
    assert verify().ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET sentence = 'x' WHERE sequence = 3",
        "UPDATE audit_entry SET hash = hash",
        "DELETE FROM audit_entry WHERE sequence = 3",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_head",
    ],
)
def test_the_database_refuses_to_change_a_line(journal: list[Entry], statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify().ok


def test_django_cannot_change_a_line_either(journal: list[Entry]) -> None:
    for change in (
        lambda: Entry.objects.update(sentence="x"),
        lambda: Entry.objects.all().delete(),
        lambda: journal[2].delete(),
        lambda: journal[2].save(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    "column",
    ["sentence = 'x'", "actor = 'bob'", "data = '{}'", "record = 3", "at = now()", "kind = 'noted'",
     "flow = 'x'", "integration = 'x'", "intent = 7"],
)  # fmt: skip
def test_a_changed_column_shows(journal: list[Entry], column: str) -> None:
    by_force(f"UPDATE audit_entry SET {column} WHERE sequence = 3")  # noqa: S608
    assert "line 3 was changed" in problems()


def test_a_changed_line_with_a_fitting_hash_shows(journal: list[Entry]) -> None:
    entry = journal[2]
    entry.sentence = "done (200)"
    by_force(
        "UPDATE audit_entry SET sentence = %s, hash = %s WHERE sequence = 3",
        entry.sentence, journal_module.digest(entry),
    )  # fmt: skip
    assert problems() == "line 4 does not follow the line before it"


def test_a_deleted_line_shows(journal: list[Entry]) -> None:
    by_force("DELETE FROM audit_entry WHERE sequence IN (6, 7)")
    assert "line 6 to 7 is missing" in problems()


def test_a_deleted_end_shows(journal: list[Entry]) -> None:
    by_force("DELETE FROM audit_entry WHERE sequence > 6")
    assert problems() == "the journal ended with line 8, which is no longer there as written"


def test_a_deleted_end_shows_even_after_more_lines(journal: list[Entry]) -> None:
    by_force("DELETE FROM audit_entry WHERE sequence > 6")
    for number in range(5):
        append(Entry.Kind.SYSTEM, f"later {number}")
    assert "were not written by this application" in problems()


def test_a_journal_deleted_whole_shows(journal: list[Entry]) -> None:
    by_force("DELETE FROM audit_entry")
    assert "the journal ended with line 8" in problems()


def test_a_lost_head_shows(journal: list[Entry]) -> None:
    by_force("DELETE FROM audit_head")
    assert "last line is missing" in problems()
    assert not Head.objects.exists()


def insert(sequence: int, previous: str) -> None:
    """A line as a forger would write it, with a fitting hash."""
    entry = Entry(sequence=sequence, at=timezone.now(), kind="system", sentence="forged",
                  data={}, previous=previous)  # fmt: skip
    entry.hash = journal_module.digest(entry)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        entry.save(force_insert=True)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_an_inserted_line_shows(journal: list[Entry]) -> None:
    by_force("UPDATE audit_entry SET sequence = sequence + 100 WHERE sequence > 4")
    by_force("UPDATE audit_entry SET sequence = sequence - 99 WHERE sequence > 100")
    insert(5, journal[3].hash)
    assert "line 6 does not follow the line before it" in problems()


def test_a_line_added_by_hand_at_the_end_shows_for_ever(journal: list[Entry]) -> None:
    insert(9, journal[-1].hash)
    assert problems() == "lines after 8 were not written by this application"
    append(Entry.Kind.SYSTEM, "later")
    assert problems() == "lines after 8 were not written by this application"


def test_the_hash_can_be_redone_for_any_data() -> None:
    odd = {
        "decimal": Decimal("0.10"), "float": 1e22, "zero": -0.0, "nan": float("nan"),
        "when": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "text": "nul \0 and \ud800 é 漢",
        "deep": [{"b": [1, None, True]}], "big": 10**30, 5: "key",
    }  # fmt: skip
    append(Entry.Kind.SYSTEM, "a \0 sentence", data=odd)
    assert verify().ok


def test_an_intent_without_outcome_shows() -> None:
    append(Entry.Kind.INTENT, "Create INV-1", record=17)
    assert problems() == "the write announced in line 1 has no outcome"


def test_an_intent_of_a_record_in_doubt_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "STILL_IN_DOUBT", [lambda records: [17]])
    append(Entry.Kind.INTENT, "Create INV-1", record=17)
    assert verify().ok
    append(Entry.Kind.INTENT, "Create INV-1", record=17)
    assert problems() == "the write announced in line 1 has no outcome"


def test_two_outcomes_of_one_intent_show(journal: list[Entry]) -> None:
    append(Entry.Kind.OUTCOME, "done", record=17, intent=2)
    assert problems() == "the write announced in line 2 has 2 outcomes"


def test_an_outcome_of_nothing_shows() -> None:
    append(Entry.Kind.OUTCOME, "done", intent=99)
    assert problems() == "line 1 is the outcome of no intent"


def test_a_state_that_rests_closes_the_intent_that_a_crash_left_open() -> None:
    record = RecordJournal("bc_procore", "invoices", 17)
    record.intent("Create", "POST", "https://api/x", {})
    record.append(Entry.Kind.STATE, "In doubt: the worker ended", {"state": "in_doubt"})
    assert not verify().ok
    record.append(Entry.Kind.STATE, "Held: nobody was asked yet", {"state": "held", "rests": False})
    assert not verify().ok
    record.append(Entry.Kind.STATE, "Held: asked", {"state": "held", "rests": True})
    assert verify().ok


def test_a_second_intent_closes_the_first() -> None:
    record = RecordJournal("bc_procore", "invoices", 17)
    record.intent("Create", "POST", "https://api/x", {})
    record.outcome(record.intent("Create", "POST", "https://api/x", {}), "done", 201, {})
    assert verify().ok


def test_other_apps_may_add_checks(journal: list[Entry], monkeypatch: pytest.MonkeyPatch) -> None:
    def check() -> Iterator[str]:
        yield "record 3 lies"

    monkeypatch.setattr(journal_module, "CROSS_CHECKS", [check])
    assert problems() == "record 3 lies"


def test_many_problems_are_counted_not_kept(journal: list[Entry]) -> None:
    for number in range(150):
        append(Entry.Kind.INTENT, f"lost {number}", record=number)
    found = verify().problems
    assert len(found) == 101
    assert found[-1] == "… and 50 more problems"


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_command_tells_and_its_status_says_it(journal: list[Entry]) -> None:
    assert run() == (0, f"8 lines, last hash {journal[-1].hash}: whole\n")
    by_force("UPDATE audit_entry SET sentence = 'x' WHERE sequence = 3")
    status, said = run()
    assert status == 1
    assert "line 3 was changed" in said
    assert "NOT whole" in said


def test_the_command_speaks_json(journal: list[Entry]) -> None:
    status, said = run("--json")
    told: dict[str, Any] = json.loads(said)
    assert (status, told["ok"], told["entries"], told["problems"]) == (0, True, 8, [])
    by_force("DELETE FROM audit_entry WHERE sequence = 3")
    status, said = run("--json")
    assert (status, json.loads(said)["ok"]) == (1, False)


def test_verifying_is_flat_in_memory() -> None:
    def peak(lines: int) -> int:
        many_lines(lines)
        tracemalloc.start()
        assert verify().ok
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(50)
    small = peak(2000)
    assert peak(8000) < 1.5 * small


def test_an_intent_refuses_to_run_in_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="must be committed"), transaction.atomic():
        RecordJournal(record=1).intent("Create", "POST", "https://api/x", {})
    RecordJournal(record=1).intent("Create", "POST", "https://api/x", {})


@pytest.mark.django_db(transaction=True)
def test_an_intent_refuses_to_run_in_a_transaction_outside_a_test_case() -> None:
    journal = RecordJournal(record=1)
    with pytest.raises(RuntimeError, match="must be committed"), transaction.atomic():
        journal.intent("Create", "POST", "https://api/x", {})
    assert not Entry.objects.exists()
    journal.intent("Create", "POST", "https://api/x", {})
    connection.close()
    assert Entry.objects.get().sentence == "Create"
