"""A small part of the fuzz; `python -m tests.fuzz` plays large ones."""

from __future__ import annotations

import pytest

from tests.fuzz.doors import stand
from tests.fuzz.play import play

INPUTS = 1_500


@pytest.mark.django_db
def test_whatever_comes_is_answered_and_nothing_breaks() -> None:
    outcome = play(stand(), 1, range(INPUTS))
    assert outcome.wrong == []
    assert outcome.answers.total() == INPUTS
    assert set(outcome.answers) == {"2xx", "4xx"}
    for count in (outcome.states["unpacked"], outcome.states["malformed"], outcome.rejected):
        assert count > INPUTS / 20, outcome.line()
