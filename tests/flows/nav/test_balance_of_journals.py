"""Journals that people book in NAV onto projects, by its page of entries."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from syncs.models import CellCause, CellPart, Record, State
from tests.flows.booked_by_hand import booked, cost_line, other_side, read
from tests.flows.nav.telling import JOB, a_cost, a_line, by_hand, heard
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db
ON_SITE = pytest.mark.parametrize("mode", ["on_premises"], indirect=True, scope="session")


@pytest.fixture
def site(nav: Company) -> Iterator[Company]:
    """On-premises; as it was, afterwards."""
    yield nav
    at_the_site(nav, reset=True)


def at_the_site(nav: Company, **facts: Any) -> None:
    nav.ledger("nav/services", facts)
    cache.clear()


def standing(nav: Company, number: str) -> Record:
    record = settled(nav, "direct_costs", nav.a_direct_cost(number, "99.00", project=JOB))
    assert record.coded, record.sentence
    return record


def a_journal(nav: Company, number: str, *lines: dict[str, Any]) -> None:
    by_hand(nav, "book_journal", number=number, lines=lines)


def test_an_accrual_is_found_and_what_is_ours_or_a_document_is_not(nav: Company) -> None:
    record = standing(nav, "NVJ-1")
    cost = heard(nav, "purchase_invoices", a_cost(nav, "NVJ-2", a_line(nav, "120.00")))
    assert cost.state == State.POSTED, cost.sentence
    a_journal(nav, "NV-ACCR-1", cost_line(record, "80.00"), other_side(nav, "-80.00"))
    read(nav)
    assert booked() == {"NV-ACCR-1": Decimal(80)}
    [part] = CellPart.objects.filter(cause="in_ledger")
    assert (part.project, part.cost_code, part.vendor) == (JOB, nav.mapped_code, "")
    assert not CellCause.objects.filter(cause="unexplained").exists()
    by_hand(nav, "reverse_journal", number="NV-ACCR-1")
    read(nav)
    assert booked() == {}


def test_our_own_journal_is_nobody_s(nav: Company) -> None:
    nav.settings("direct_costs", booking="journal")
    record = standing(nav, "NVJ-3")
    assert (record.state, record.destination_kind) == (State.POSTED, "journal"), record.sentence
    read(nav)
    assert booked() == {}


@ON_SITE
def test_a_page_that_is_not_published_is_said(site: Company) -> None:
    record = standing(site, "NVJ-4")
    a_journal(site, "NV-ACCR-2", cost_line(record, "80.00"), other_side(site, "-80.00"))
    at_the_site(site, unpublish=["GLEntries"])
    untold = read(site)
    assert any("page 20" in one and "as a journal is not in these figures" in one for one in untold)
    assert booked() == {}
    at_the_site(site, reset=True)
    read(site)
    assert booked() == {"NV-ACCR-2": Decimal(80)}


@ON_SITE
def test_a_page_without_the_project_s_dimension_tells_no_project_and_why(site: Company) -> None:
    record = standing(site, "NVJ-5")
    a_journal(site, "NV-ACCR-3", cost_line(record, "80.00"), other_side(site, "-80.00"))
    at_the_site(site, hide={"GLEntries": ["Global_Dimension_1_Code"]})
    read(site)
    [part] = CellPart.objects.filter(cause="in_ledger")
    assert (part.project, part.in_ledger) == ("", Decimal(80))
    assert "does not show all dimensions" in part.why


@ON_SITE
def test_what_closes_the_year_is_no_cost(site: Company) -> None:
    record = standing(site, "NVJ-6")
    cost = cost_line(record, "-80.00")
    by_hand(site, "book_journal", number="NV-CLOSE", source="CLSINCOME",
            lines=[cost, other_side(site, "80.00")])  # fmt: skip
    read(site)
    assert booked() == {}
