"""The ledger fills in a vendor's own currency where a document states none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connections.errors import Reason
from syncs.models import FlowSettings, State
from tests.flows import foreign, telling
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db


def test_what_is_owed_to_a_foreign_vendor_stands_in_the_currency_of_the_source(
    company: Company,
) -> None:
    before = Decimal(company.ledger("ledger")["accounts"].get("20100", "0"))
    foreign.stands_in_local_currency(company, "CAD-1")
    after = Decimal(company.ledger("ledger")["accounts"]["20100"])
    assert before - after == Decimal("925.00"), "in the currency of the books"


def test_an_order_to_a_foreign_vendor_states_its_currency(company: Company) -> None:
    company.settings("purchase_orders", booking=FlowSettings.Booking.PURCHASE_ORDER)
    row = company.procore_has(
        "purchase_order_contracts", project=company.job, vendor=foreign.FOREIGN, number="PO-CAD-1",
        title="Steel", status="Approved", executed=True, lines=[company.line("500.00")],
    )  # fmt: skip
    record = settled(company, "purchase_orders", row)
    assert record.state == State.POSTED, record.sentence
    (order,) = [
        one for one in company.ledger("ledger")["orders"]
        if one["number"] == record.destination_number
    ]  # fmt: skip
    assert (order["currency"], order["gross"]) == ("USD", "500.00")


def test_a_draft_that_people_put_into_another_currency_is_not_posted(company: Company) -> None:
    """Posting failed once, somebody changed the draft, and it is tried again: from a fresh one."""
    telling.ledger_fails(
        company, method="POST", path=".*Microsoft.NAV.post.*", action="status", status=503, times=1
    )
    row = company.a_direct_cost("CAD-2", "300.00")
    record = settled(company, "direct_costs", row)
    assert record.state == State.PENDING, record.sentence
    company.ledger(
        "business_central/change_document",
        {"vendorInvoiceNumber": "CAD-2", "fields": {"currencyCode": "CAD"}},
    )
    record = telling.due_now(company, record)
    assert record.state == State.POSTED, record.sentence
    (document,) = [one for one in foreign.everything(company) if foreign.called(one) == "CAD-2"]
    assert (document["currency"], document["total"]) == ("USD", "300.00")


def test_a_site_that_puts_the_currency_of_the_card_into_all_it_takes_gets_nothing_posted(
    company: Company,
) -> None:
    company.ledger("business_central/settings", {"card_currency": True})
    row = company.a_direct_cost("CAD-3", "300.00", vendor=foreign.FOREIGN)
    record = settled(company, "direct_costs", row)
    company.ledger("business_central/settings", {"card_currency": False})
    assert (record.state, record.reason) == (State.HELD, Reason.CURRENCY), record.sentence
    assert "in CAD" in record.sentence
    assert "CAD-3" not in [foreign.called(one) for one in foreign.everything(company)]
    assert telling.again(company, record).state == State.POSTED
