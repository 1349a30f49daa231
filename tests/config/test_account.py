"""The account of a rehearsal closes, or says by how much it does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from config.rehearsal import account
from syncs.models import Record, State

CLOSED: dict[str, dict[str, Any]] = {
    "source": {"documents": 71, "total": "371433.56"},
    "corrections": {"documents": 1, "total": "0.00"},
    "gone": {"documents": 1, "total": "1508.06"},
    "posted": {"documents": 35, "total": "198947.18"},
    "held": {"documents": 28, "total": "138140.93"},
    "skipped": {"documents": 10, "total": "35853.51"},
    "set_aside": {"documents": 0, "total": "0.00"},
}


def test_what_came_is_what_went() -> None:
    assert account.identity("costs", CLOSED) == []


@pytest.mark.parametrize("word", list(CLOSED))
def test_a_document_or_a_cent_too_many_anywhere_is_a_problem(word: str) -> None:
    for unit, more in (("documents", 1), ("total", Decimal("0.01"))):
        column = {**CLOSED[word], unit: Decimal(CLOSED[word][unit]) + more}
        [problem] = account.identity("costs", {**CLOSED, word: column})
        assert problem.startswith("costs does not close")
        assert unit in problem


def record(pk: int, state: State, revision: int = 1, **facts: Any) -> Record:
    return Record(pk=pk, source_id="7", state=state, revision=revision, **facts)


def added(records: list[Record], *worth: str) -> tuple[int, str]:
    by = {one.pk: Decimal(amount) for one, amount in zip(records, worth, strict=True)}
    column = account.corrections(records, by, {"7": Decimal(150)})
    return column["documents"], column["total"]


def test_a_difference_adds_nothing_once_its_document_is_settled_and_all_before() -> None:
    parent, child = record(1, State.POSTED), record(2, State.POSTED, 2)
    assert added([parent, child], "100", "50") == (1, "0.00")
    parent = record(1, State.HELD)
    assert added([parent, child], "150", "50") == (1, "50.00")
    parent, child = record(1, State.HELD), record(2, State.HELD, 2)
    assert added([parent, child], "150", "50") == (1, "50.00")
    parent, child = record(1, State.POSTED), record(2, State.SET_ASIDE, 2)
    assert added([parent, child], "150", "50") == (1, "50.00")


def test_what_a_person_accepted_is_told_as_a_correction() -> None:
    accepted = record(1, State.POSTED, digest="d", accepted_digest="d")
    assert added([accepted], "100") == (0, "-50.00")
