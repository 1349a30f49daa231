"""A new dimension value passes the gates: one in doubt, and one that no item names any more."""

from __future__ import annotations

import pytest

from syncs.models import Record, State
from tests.flows import gates
from tests.flows.monday.telling import Boards
from tests.flows.monday.test_gates import none_pass, pressed
from tests.flows.monday.test_people import DIMENSION, in_nav
from tests.flows.monday.test_values import (
    MAKES,
    as_it_was,
    departments,
    finance_makes_none,
    typed,
    types,
)

__all__ = ["as_it_was"]


def wanted(code: str) -> Record:
    return Record.objects.get(flow=MAKES, source_id=f"{DIMENSION}|{code}")


def made_without_an_answer(boards: Boards, code: str, action: str) -> Record:
    rule = {"method": "POST", "path": ".*DimensionValues.*", "action": action, "times": 1}
    boards.company.ledger("faults", {"seed": 1, "rules": [rule]})
    boards.polls(MAKES)
    made = wanted(code)
    assert made.state == State.IN_DOUBT, made.sentence
    return made


@pytest.mark.parametrize("action", ["cut_before", "cut_after"])
def test_a_new_value_in_doubt_passes_no_shut_gate(boards: Boards, action: str) -> None:
    code = f"GV1{action[4:6].upper()}"
    record, decision = typed(boards, f"GATE-VAL-1-{action[4:5]}", code)
    made = made_without_an_answer(boards, code, action)
    since = made.in_doubt_since
    none_pass(boards, made, moves_no_money=True)
    made.refresh_from_db()
    assert made.in_doubt_since == since, "nobody could be asked"
    made = pressed(boards, made)
    assert (made.state, made.in_doubt_since) == (State.POSTED, None), made.sentence
    decision.refresh_from_db()
    assert decision.state == State.POSTED, decision.sentence
    assert in_nav(boards, record) == [code]


def test_a_value_that_no_item_names_any_more_passes_no_shut_gate(boards: Boards) -> None:
    finance_makes_none(boards)
    record, _ = typed(boards, "GATE-VAL-2", "GV2")
    boards.polls(MAKES)
    made = wanted("GV2")
    types(boards, record, "")
    boards.polls("decisions")
    none_pass(boards, made, moves_no_money=True)
    before = gates.intents()
    assert pressed(boards, made).state == State.SKIPPED
    assert gates.intents() == before
    assert "GV2" not in departments(boards)


def test_a_value_in_doubt_that_no_item_names_any_more_passes_no_shut_gate(
    boards: Boards,
) -> None:
    """Whether NAV has it can only be asked by making it: what was begun is brought to its end."""
    record, _ = typed(boards, "GATE-VAL-3", "GV3")
    made = made_without_an_answer(boards, "GV3", "cut_before")
    types(boards, record, "")
    boards.polls("decisions")
    none_pass(boards, made, moves_no_money=True)
    assert "GV3" not in departments(boards)
    made = pressed(boards, made)
    assert (made.state, made.in_doubt_since) == (State.POSTED, None), made.sentence
    assert "GV3" in departments(boards)
