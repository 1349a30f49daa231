"""A moment is told in UTC; which day it is, is a matter of the project's clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import timezone

from mappings.models import ProjectLink
from syncs.models import State
from tests.flows import telling
from tests.flows.telling import again, journals, settled
from tests.story import Company

pytestmark = pytest.mark.django_db
TODAY = timezone.now().astimezone(dt.UTC).date()
DAY = TODAY - dt.timedelta(days=3)
EARLY = f"{DAY}T01:30:00Z"  # still the evening before in Chicago, and noon in Auckland
CLOCKS = [("US/Central", DAY - dt.timedelta(days=1)), ("Pacific/Auckland", DAY), ("", DAY)]


@pytest.fixture(autouse=True)
def clock(company: Company, zone: str) -> Iterator[None]:
    link = ProjectLink.objects.get(integration=company.integration, project_number=company.job)
    address = f"procore/projects/{link.project_id}"
    company.procore(address, {"time_zone": zone or None}, "PATCH")
    yield
    company.procore(address, {"time_zone": None}, "PATCH")


@pytest.mark.parametrize(("zone", "day"), CLOCKS)
def test_a_change_order_bears_the_day_on_which_it_was_reviewed_at_the_site(
    company: Company, zone: str, day: dt.date
) -> None:
    contract = telling.a_subcontract(company, f"SC-DAY-{zone[:4]}", "8000.00")
    row = company.procore_has(
        "commitment_change_orders", project=company.job, contract=contract["id"],
        status="approved", number="001", title="Field change", at=EARLY,
        lines=[company.line("75.00", kind="S")],
    )  # fmt: skip
    record = settled(company, "commitment_change_orders", row)
    assert record.state == State.POSTED, record.sentence
    assert record.document_date == day
    [journal] = journals(company, record)
    assert journal["postingDate"] == day.isoformat()
    assert again(company, record).state == State.POSTED


@pytest.mark.parametrize(("zone", "day"), CLOCKS)
def test_a_document_without_a_date_bears_the_day_on_which_it_was_made(
    company: Company, zone: str, day: dt.date
) -> None:
    row = company.a_direct_cost(
        f"DAY-{zone[:4]}", direct_cost_date=None, received_date=None, at=EARLY
    )
    assert settled(company, "direct_costs", row).document_date == day


@pytest.mark.parametrize(("zone", "day"), [("US/Central", DAY), ("Pacific/Auckland", DAY)])
def test_a_date_is_the_same_day_everywhere(company: Company, zone: str, day: dt.date) -> None:
    row = company.a_direct_cost(f"DATE-{zone[:4]}", direct_cost_date=day.isoformat())
    assert settled(company, "direct_costs", row).document_date == day


@pytest.mark.parametrize(("zone", "day"), [("Mars/Olympus Mons", DAY)])
def test_a_clock_that_nobody_knows_is_the_sites(company: Company, zone: str, day: dt.date) -> None:
    row = company.a_direct_cost("DAY-MARS", direct_cost_date=None, received_date=None, at=EARLY)
    assert settled(company, "direct_costs", row).document_date == day
