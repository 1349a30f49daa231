"""The database links a line as we would: one statement, the same hash."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.journal import append, digest, iso, verify
from audit.models import Entry

pytestmark = pytest.mark.django_db
ODD = "Zürich “quoted” \\ / \t\n 🏗 % %s $1 \u2028 \x7f"


@pytest.mark.parametrize("microsecond", [0, 1, 10, 123000, 999999])
@pytest.mark.parametrize("zone", ["UTC", "America/Chicago"])
def test_a_moment_is_written_as_python_writes_it(microsecond: int, zone: str) -> None:
    at = dt.datetime(2026, 3, 1, 2, 3, 4, microsecond, tzinfo=dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        cursor.execute("SELECT audit_moment(%s)", [at])
        assert cursor.fetchone() == (iso(at),)


@pytest.mark.parametrize(
    "data",
    [None, {}, {"b": 1, "a": [1, None, True]}, {"ä": ODD, ODD: {"deep": ["1.10", ""]}}],
)
def test_a_line_bears_the_hash_that_we_would_work_out(data: object) -> None:
    append(Entry.Kind.SYSTEM, "before")
    line = append(
        Entry.Kind.PERSON, ODD, integration="bc", flow="costs", record=7, actor=ODD, data=data,
        intent=3,
    )  # fmt: skip
    stored = Entry.objects.get(pk=line.pk)
    assert stored.hash == line.hash == digest(stored)
    assert (stored.sentence, stored.data, stored.at) == (ODD, data or {}, line.at)
    assert verify().ok


def test_a_line_is_one_statement() -> None:
    append(Entry.Kind.SYSTEM, "before")
    with CaptureQueriesContext(connection) as said:
        append(Entry.Kind.SYSTEM, "now")
    assert len(said) == 1
