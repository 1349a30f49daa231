"""What a document takes is measured where it is carried, and decides when a queue is through."""

from __future__ import annotations

import pytest

from syncs import tasks
from syncs.models import FlowPace, FlowSettings, KeptSums, State
from syncs.morning import finish, measure
from tests.flows import telling
from tests.story import Company

pytestmark = pytest.mark.django_db
FLOW = "direct_costs"


def pace(company: Company) -> FlowPace | None:
    return FlowPace.objects.filter(integration=company.integration, flow=FLOW).first()


def test_requests_and_seconds_of_both_sides_are_kept(company: Company) -> None:
    for n in range(3):
        record = telling.settled(company, FLOW, company.a_direct_cost(f"PACE-{n}"))
        assert record.state == State.POSTED, record.sentence
    row = pace(company)
    assert row
    assert row.rested_at
    assert 2.7 <= row.documents <= 3
    found = measure.of(row)
    assert found
    assert found.project_requests >= 1
    assert found.ledger_requests >= 3, "two writes and a look"
    assert 0 < row.project_seconds + row.ledger_seconds <= row.worked_seconds
    waiting = company.note(FLOW, company.a_direct_cost("PACE-W"))
    KeptSums.objects.all().delete()
    told = finish.of_flow(FlowSettings.objects.get(integration=company.integration, flow=FLOW))
    assert told
    assert told.sentence.startswith("Done about ")
    assert waiting.state == State.PENDING


def test_what_stands_posted_and_is_looked_at_again_says_nothing(company: Company) -> None:
    record = telling.settled(company, FLOW, company.a_direct_cost("PACE-AGAIN"))
    before = FlowPace.objects.values().get(flow=FLOW)
    record.replay("ann")
    company.the_worker_runs()
    assert FlowPace.objects.values().get(flow=FLOW) == before


def test_a_batch_that_asked_nobody_is_no_measure(company: Company) -> None:
    record = company.note(FLOW, company.a_direct_cost("PACE-STOPPED"))
    company.settings(FLOW, stopped=True)
    tasks.run([record.pk])
    assert pace(company) is None


def test_what_was_before_fades_with_each_minute(company: Company) -> None:
    telling.settled(company, FLOW, company.a_direct_cost("PACE-FADE-1"))
    FlowPace.objects.update(
        documents=10, seconds=20, minute_seconds=100, minute="2026-01-01T00:00Z",
        ledger_requests=50,
    )  # fmt: skip
    telling.settled(company, FLOW, company.a_direct_cost("PACE-FADE-2"))
    row = FlowPace.objects.get(flow=FLOW)
    assert row.documents == pytest.approx(10 * measure.KEPT + 1)
    assert row.seconds == pytest.approx((20 + 60) * measure.KEPT), "workers side by side"
    assert row.minute_seconds < 60
