"""What the ledger does not take is mended on the ledger's own screens, and is posted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import Client

from connections.errors import Reason
from mappings.models import VendorLink
from syncs import tasks
from tests.flows.hands import does, follows, page_of, posts, presses, refused, shown
from tests.flows.telling import again, settled
from tests.flows.test_mended_at_the_source import held, is_posted
from tests.simulators import company as keystone
from tests.story import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def blocked(company: Company) -> Iterator[str]:
    """The vendor of these costs, which somebody blocked in the ledger."""
    number = VendorLink.objects.get(project_vendor_name=company.a_vendor).ledger_number
    company.ledger("business_central/block_vendor", {"number": number})
    yield number
    company.ledger("business_central/block_vendor", {"number": number, "blocked": " "})


@pytest.mark.parametrize("known", [True, False])
def test_a_vendor_is_unblocked_in_the_ledger_and_the_document_posted(
    company: Company, admin_client: Client, blocked: str, known: bool
) -> None:
    """Whether our table knows that it is blocked, or the ledger refuses: the page leads there."""
    if known:
        tasks.refresh(company.integration.pk)
    number = f"MEND-6-{known}".upper()
    record = held(company, company.a_direct_cost(number), Reason.VENDOR_BLOCKED)
    card = record.problems[0]["there"]
    assert f'href="{card}"' in page_of(admin_client, record)
    assert "<dt>Blocked</dt><dd>All</dd>" in shown(card)
    assert "not an acceptable value" in refused(card, "Save", blocked="Sometimes")
    assert does(admin_client, company, record, "replay").reason == Reason.VENDOR_BLOCKED
    vendors = follows(card, "Vendors")
    ended = presses(vendors, "Unblock", of=blocked)
    assert "<dt>Blocked</dt><dd>(not blocked)</dd>" in shown(ended)
    record = does(admin_client, company, record, "replay")
    is_posted(company, record, number, "840.50")


def test_a_vendor_is_blocked_on_its_card(company: Company, blocked: str) -> None:
    record = held(company, company.a_direct_cost("MEND-7"), Reason.VENDOR_BLOCKED)
    card = record.problems[0]["there"]
    presses(card, "Save", blocked="Payment")
    is_posted(company, again(company, record), "MEND-7", "840.50")
    presses(card, "Save", blocked="All")
    held(company, company.a_direct_cost("MEND-8"), Reason.VENDOR_BLOCKED)


def test_a_period_is_opened_in_the_ledger_and_the_document_posted(
    company: Company, admin_client: Client
) -> None:
    day = keystone.CLOSED_BEFORE - dt.timedelta(days=3)
    row = company.a_direct_cost("MEND-9", direct_cost_date=day.isoformat())
    record = held(company, row, Reason.PERIOD_CLOSED)
    documents = f"{company.ready['business_central']['web_url']}/"
    setup = follows(documents, "General ledger setup")
    stands = keystone.CLOSED_BEFORE.isoformat()
    try:
        assert "Unable to convert" in refused(setup, "Save", allowPostingFrom="soon")
        assert does(admin_client, company, record, "replay").reason == Reason.PERIOD_CLOSED
        presses(setup, "Save", allowPostingFrom=day.replace(day=1).isoformat())
        is_posted(company, does(admin_client, company, record, "replay"), "MEND-9", "840.50")
    finally:
        presses(setup, "Save", allowPostingFrom=stands)


def test_what_is_posted_is_not_changed_on_its_screen(company: Company) -> None:
    record = settled(company, "direct_costs", company.a_direct_cost("MEND-0"))
    page = record.destination_url
    assert '<input name="cost-' not in shown(page)
    answer = posts(page, do="change_draft", **{"cost-10000": "1.00", "external": "OTHER"})
    assert (answer.status_code, "cannot be done" in answer.text) == (400, True)
    is_posted(company, record, "MEND-0", "840.50")
