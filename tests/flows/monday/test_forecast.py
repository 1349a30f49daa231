"""Of what is shown on a board the shut gates are foretold; all else only the board can tell."""

from __future__ import annotations

import pytest

from syncs.forecast.foresee import ASKED
from syncs.models import State
from tests.flows.foretelling import comes_true, foretold
from tests.flows.monday.telling import Boards
from tests.flows.monday.test_gates import heard

pytestmark = pytest.mark.django_db


def test_an_item(boards: Boards) -> None:
    flow = "purchase_invoices"
    boards.company.settings(flow, shadow=True)
    record = heard(boards, flow, "FORE-M1")
    assert record.state == State.HELD, record.sentence
    assert comes_true(boards.company, record) == State.HELD
    boards.company.settings(flow, shadow=False, stopped=True)
    assert comes_true(boards.company, record) == State.PENDING
    boards.company.settings(flow, stopped=False)
    record.refresh_from_db()
    assert foretold(record)[0] == ASKED
