"""A natural key that another record holds, and what must hold then: a sentence, no write."""

from __future__ import annotations

from connections.errors import Reason
from syncs.models import Record, State
from tests.flows import gates
from tests.story import Company


def held_by_another(company: Company, key: str) -> Record:
    """Somehow a second record came to the same key."""
    assert not key.endswith("|"), key
    return Record.objects.create(
        integration=company.integration, flow="vendors", source_id="another", number="ANOTHER-1",
        state=State.SET_ASIDE, natural_key=key, destination_id="another",
    )  # fmt: skip


def is_told(record: Record, other: Record, before: int) -> None:
    """Which record has it, and what to do; nothing was written since `before`."""
    assert (record.state, record.reason) == (State.HELD, Reason.DUPLICATE_NUMBER), record.sentence
    by_key, by_what_stands = f"is used by another record already: {other}.", f"that is {other}."
    assert by_key in record.sentence or by_what_stands in record.sentence
    assert "set this one aside" in record.sentence
    assert record.problems[0]["other"] == str(other.pk), "the page leads there"
    assert gates.intents() == before, "nothing was written"
