"""A ledger's answer whose header and lines disagree: read again, then the lines count."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from syncs.models import FlowSettings, State
from tests.flows import telling
from tests.flows.telling import again, settled
from tests.story import Company

pytestmark = pytest.mark.django_db
Booking = FlowSettings.Booking


@pytest.fixture(autouse=True)
def calm(company: Company) -> Iterator[None]:
    yield
    header_says_nothing(company, 0)


def header_says_nothing(company: Company, times: int) -> None:
    company.ledger("business_central/settings", {"zero_totals": times})


def test_an_answer_that_is_right_when_it_is_read_again(company: Company) -> None:
    header_says_nothing(company, 1)
    record = settled(company, "direct_costs", company.a_direct_cost("TOT-1", "840.50"))
    assert (record.state, record.destination_total) == (State.POSTED, Decimal("840.50"))
    assert record.sentence == f"Posted as {record.destination_number}, 840.50."


@pytest.mark.parametrize("booking", [Booking.INVOICE_POSTED, Booking.INVOICE_DRAFT])
def test_the_lines_count_where_the_header_stays_wrong(company: Company, booking: str) -> None:
    company.settings("direct_costs", booking=booking)
    header_says_nothing(company, 1000)
    number = f"TOT-2{booking[-5:]}"
    record = settled(company, "direct_costs", company.a_direct_cost(number, "840.50"))
    assert record.state == State.POSTED, record.sentence
    assert "840.50 by its lines, 0.00 by its header" in record.sentence
    assert again(company, record).state == State.POSTED
    header_says_nothing(company, 0)
    standing = company.posted_under(number) + telling.drafts(company, number)
    assert [row["total"] for row in standing] == ["840.50"], "once"
