"""Many workers append to one chain."""

from __future__ import annotations

import pytest

from audit.journal import append, verify
from audit.models import Entry
from tests.connections.test_tokens import in_threads


@pytest.mark.django_db(transaction=True)
def test_lines_of_many_workers_make_one_chain() -> None:
    def work() -> None:
        for number in range(25):
            append(Entry.Kind.SYSTEM, f"line {number}")

    assert in_threads(4, work) == [None] * 4
    found = verify()
    assert (found.ok, found.entries) == (True, 100)
