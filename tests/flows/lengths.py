"""Texts that are longer in UTF-16 units than in characters, in any ledger."""

from __future__ import annotations

from connections.errors import Reason
from syncs.models import State
from tests.flows.telling import again, settled
from tests.story import Company

SIGN = "\U0001f3d7"  # an emoji: two units
LONG = f"{SIGN * 3}{'Rebar for the north wall, '.ljust(95, 'x')}{SIGN * 4}"


def a_long_text_is_cut_and_posted(company: Company, number: str) -> None:
    row = company.a_direct_cost(number, lines=[{**company.line("84.00"), "description": LONG}])
    record = settled(company, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    assert again(company, record).state == State.POSTED


def a_number_that_only_looks_short_is_held(company: Company, most: int) -> None:
    """The ledger would refuse it, or cut it."""
    signs = (most + 1) // 2
    row = company.a_direct_cost(f"U{SIGN * signs}")
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.NUMBER), record.sentence
    assert f"{2 * signs + 1} characters" in record.sentence
