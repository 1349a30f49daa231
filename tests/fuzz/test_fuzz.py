"""A small part of the fuzz; `python -m tests.fuzz` plays large ones."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.doors import SIGNED, stand
from tests.fuzz.mutations import a_call
from tests.fuzz.play import play, read

INPUTS = 1_000
READ = 4_000


@pytest.mark.django_db
def test_whatever_comes_is_answered_and_nothing_breaks() -> None:
    outcome = play(stand(), 1, range(INPUTS))
    assert outcome.wrong == []
    assert outcome.answers.total() == INPUTS
    assert set(outcome.answers) == {"2xx", "4xx"}
    for count in (outcome.states["unpacked"], outcome.states["malformed"], outcome.rejected):
        assert count > INPUTS / 20, outcome.line()


@pytest.mark.django_db
def test_the_readers_of_the_vendors_refuse_in_one_way() -> None:
    outcome = read(stand(), 2, range(READ))
    assert outcome.wrong == []
    assert set(outcome.answers) == {"2xx", "4xx"}
    assert min(outcome.states["unpacked"], outcome.states["malformed"]) > READ / 20


@pytest.mark.django_db
def test_an_input_is_the_same_call_alone_and_after_others() -> None:
    doors = [door for door in stand() if door.way != SIGNED]  # a signature tells the time
    calls = [a_call(doors, random.Random(f"3:{number}")) for number in range(500)]
    for number in reversed(range(500)):
        assert a_call(doors, random.Random(f"3:{number}")) == calls[number]
