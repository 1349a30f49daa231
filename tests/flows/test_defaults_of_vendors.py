"""What a vendor's card or an extension puts into a header: stated and compared, or said."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from connections.documents import CodedDocument, Found
from connections.errors import Reason
from mappings.models import VendorLink
from syncs.coding import compare
from syncs.models import FlowSettings, State
from tests.flows import foreign, telling
from tests.flows.telling import again, settled
from tests.story import Company

pytestmark = pytest.mark.django_db
OTHER_DAY = dt.date(2026, 12, 24)


@pytest.fixture(autouse=True)
def nothing_is_overruled(company: Company) -> Iterator[None]:
    yield
    company.ledger("business_central/settings", {"overruled": {}})


def overruled(company: Company, **fields: Any) -> None:
    company.ledger("business_central/settings", {"overruled": fields})


def document(company: Company, number: str) -> dict[str, Any]:
    (found,) = [one for one in foreign.everything(company) if foreign.called(one) == number]
    return found


@pytest.mark.parametrize(("number", "amount"), [("DV-1", "300.00"), ("DV-2", "-30.00")])
def test_what_the_ledger_puts_into_another_period_is_not_posted(
    company: Company, number: str, amount: str
) -> None:
    overruled(company, postingDate=OTHER_DAY.isoformat())
    record = settled(company, "direct_costs", company.a_direct_cost(number, amount))
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert "posting date Dec 24, 2026 instead of" in record.sentence
    assert number not in [foreign.called(one) for one in foreign.everything(company)]
    overruled(company)
    assert again(company, record).state == State.POSTED


def test_a_draft_with_the_date_of_an_earlier_try_is_made_anew(company: Company) -> None:
    """Posting failed once and people moved the draft to another period meanwhile."""
    telling.ledger_fails(
        company, method="POST", path=".*Microsoft.NAV.post.*", action="status", status=503, times=1
    )
    record = settled(company, "direct_costs", company.a_direct_cost("DV-3", "300.00"))
    assert record.state == State.PENDING, record.sentence
    company.ledger(
        "business_central/change_document",
        {"vendorInvoiceNumber": "DV-3", "fields": {"postingDate": OTHER_DAY.isoformat()}},
    )
    record = telling.due_now(company, record)
    assert record.state == State.POSTED, record.sentence
    assert document(company, "DV-3")["postingDate"] == record.coded["posting_date"]


def test_a_due_date_that_was_stated_is_compared() -> None:
    """Of what was left to the vendor's terms, nothing."""
    day = dt.date(2026, 11, 1)
    sent = CodedDocument("purchase_invoice", "DV-4", "V1", "", day, day, "", (), Decimal(0))
    there = Found("1", "PI-1", "posted", posting_date=day, due_date=OTHER_DAY)
    assert compare.against(sent, there) == []
    stated = dataclasses.replace(sent, due_date=day)
    assert compare.against(stated, there) == ["due date Dec 24, 2026 instead of Nov 1, 2026"]


def test_a_draft_that_people_post_into_another_period_is_told(company: Company) -> None:
    company.settings("direct_costs", booking=FlowSettings.Booking.INVOICE_DRAFT)
    record = settled(company, "direct_costs", company.a_direct_cost("DV-5", "300.00"))
    assert record.state == State.POSTED, record.sentence
    company.ledger(
        "business_central/change_document",
        {"vendorInvoiceNumber": "DV-5", "fields": {"postingDate": OTHER_DAY.isoformat()}},
    )
    company.ledger("business_central/post_draft", {"vendorInvoiceNumber": "DV-5"})
    record = again(company, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert "posting date Dec 24, 2026 instead of" in record.sentence


def test_who_is_paid_by_the_card_is_said_and_is_no_difference(company: Company) -> None:
    first = settled(company, "direct_costs", company.a_direct_cost("DV-6", "300.00"))
    vendor = first.coded["vendor"]
    factor = next(
        link.ledger_number for link in VendorLink.objects.filter(integration=company.integration)
        if link.ledger_number != vendor
    )  # fmt: skip
    company.ledger("business_central/paid_instead", {"vendor": vendor, "pay_to": factor})
    record = settled(company, "direct_costs", company.a_direct_cost("DV-7", "300.00"))
    assert record.state == State.POSTED, record.sentence
    assert f"The ledger added that vendor {factor} is paid." in record.sentence
    company.settings("direct_costs", exactly_as_sent=True)
    record = settled(company, "direct_costs", company.a_direct_cost("DV-8", "300.00"))
    company.ledger("business_central/paid_instead", {"vendor": vendor, "pay_to": ""})
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert f"vendor {factor} is paid" in record.sentence
