"""A forecast and what then came of it, told for every pair of systems."""

from __future__ import annotations

from collections.abc import Callable

from syncs.forecast.foresee import AGAIN, ASKED, foresee
from syncs.forecast.trial import WRITTEN
from syncs.models import Record, State
from tests.flows.telling import again
from tests.story import Company

END = {State.POSTED: WRITTEN, State.RUNNING: State.PENDING}


def foretold(record: Record) -> tuple[str, str]:
    [one] = foresee([record.pk])
    return one.end, one.reason


def comes_true(
    company: Company, record: Record, pressed: Callable[[Company, Record], Record] = again
) -> str:
    """What is foretold comes to be, unless only another system can tell. Returns the end."""
    end, reason = foretold(record)
    row = pressed(company, record)
    if end not in (ASKED, AGAIN):
        came = END.get(State(row.state), row.state)
        assert (came, row.reason) == (end, reason), row.sentence
    return end


def in_and_out_of_shadow(company: Company, record: Record) -> None:
    """Noted in shadow mode: held so again, and written once the flow is switched on."""
    assert comes_true(company, record) == State.HELD
    company.settings(record.flow, needs_approval=True, shadow=False)
    assert comes_true(company, record) == State.HELD
    company.settings(record.flow, needs_approval=False)
    assert comes_true(company, record) == WRITTEN
    record.refresh_from_db()
    assert foretold(record)[0] == AGAIN
