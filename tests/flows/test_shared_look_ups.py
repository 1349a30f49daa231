"""One document that the ledger cannot search for stops nobody else of its batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from connections.documents import Hint
from connections.errors import Reason
from syncs.ingest.noting import note_batch
from syncs.models import FlowSettings, Record, State
from syncs.pipelines import engine
from tests.flows import telling
from tests.flows.telling import again, settled
from tests.story import Company

pytestmark = pytest.mark.django_db
Booking = FlowSettings.Booking


@pytest.fixture(autouse=True)
def calm(company: Company) -> Iterator[None]:
    yield
    company.ledger("business_central/settings", {"odd_filters": ""})


def carried(company: Company, rows: Sequence[dict[str, Any]]) -> list[Record]:
    """All of one flow, in one batch."""
    hints = [Hint(str(row["id"]), company.scope_of(row)) for row in rows]
    note_batch(company.integration, "direct_costs", hints, "webhook")
    records = [company.record(row, "direct_costs") for row in rows]
    engine.run([record.pk for record in records])
    for record in records:
        record.refresh_from_db()
    return records


def six(company: Company, odd: str) -> list[dict[str, Any]]:
    numbers = [f"S{odd[1:4]}{index}" for index in range(5)]
    return [company.a_direct_cost(number) for number in [*numbers[:2], odd, *numbers[2:]]]


def test_a_number_that_is_refused_holds_its_own_document(company: Company) -> None:
    company.ledger("business_central/settings", {"odd_filters": 400})
    records = carried(company, six(company, "POIS-(9"))
    (odd,) = [one for one in records if one.number == "POIS-(9"]
    others = [one for one in records if one is not odd]
    assert [one.state for one in others] == [State.POSTED] * 5, [one.sentence for one in others]
    assert (odd.state, odd.reason) == (State.HELD, Reason.REFUSED), odd.sentence
    assert "Did not expect '('" in odd.sentence
    company.ledger("business_central/settings", {"odd_filters": ""})
    assert again(company, odd).state == State.POSTED


def test_a_number_that_breaks_the_other_system_waits_alone(company: Company) -> None:
    """It answers 500 to it, which may be anything; the others come through all the same."""
    company.ledger("business_central/settings", {"odd_filters": 500})
    records = carried(company, six(company, "#9-BROKEN"))
    for _ in range(20):
        Record.objects.filter(state=State.PENDING).update(run_at=None)
        engine.run([one.pk for one in records if one.state == State.PENDING])
        for one in records:
            one.refresh_from_db()
    states = {one.number: one.state for one in records}
    odd = states.pop("#9-BROKEN")
    assert set(states.values()) == {State.POSTED}, [one.sentence for one in records]
    assert odd == State.PENDING


def test_what_was_in_doubt_stays_so_while_it_cannot_be_searched(company: Company) -> None:
    telling.ledger_fails(
        company, method="POST", path=r".*/purchaseInvoices(\?.*)?", action="cut_after", times=1
    )
    record = settled(company, "direct_costs", company.a_direct_cost("DOUBT-(1"))
    assert record.state == State.IN_DOUBT, record.sentence
    company.ledger("business_central/settings", {"odd_filters": 400})
    Record.objects.filter(pk=record.pk).update(run_at=None)
    engine.run([record.pk])
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.REFUSED), record.sentence
    assert record.in_doubt_since is not None
    company.ledger("business_central/settings", {"odd_filters": ""})
    assert again(company, record).state == State.POSTED
    assert len(company.posted_under("DOUBT-(1")) == 1


def test_a_kind_that_cannot_be_read_stops_no_other(company: Company) -> None:
    """Two kinds in one batch: the memos of this site are not in its API."""
    rows = [company.a_direct_cost("KIND-1"), company.a_direct_cost("KIND-2", "-20.00")]
    telling.ledger_fails(
        company, method="GET", path=".*/purchaseCreditMemos.*", action="status", status=404,
        times=100,
    )  # fmt: skip
    invoice, memo = carried(company, rows)
    company.ledger("faults", method="DELETE")
    assert invoice.state == State.POSTED, invoice.sentence
    assert (memo.state, memo.reason) == (State.HELD, Reason.REFUSED), memo.sentence
    assert again(company, memo).state == State.POSTED
