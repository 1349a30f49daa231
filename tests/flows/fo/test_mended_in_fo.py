"""What F&O's own screens mend: a vendor on hold, a closed period, what is typed there by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from connections.errors import Reason
from mappings.models import VendorLink
from syncs import tasks
from syncs.models import State
from tests.flows.hands import does, follows, page_of, presses, refused, shown
from tests.flows.telling import settled
from tests.simulators import company as keystone
from tests.story import Company

pytestmark = pytest.mark.django_db


def company_page(fo: Company) -> str:
    return f"{fo.ready['fo']['environment_url']}/?cmp={fo.ready['fo']['company'].upper()}"


def vendor(fo: Company) -> str:
    return str(VendorLink.objects.get(project_vendor_name=fo.a_vendor).ledger_number)


def test_a_vendor_is_released_and_the_document_goes_on(fo: Company, admin_client: Browser) -> None:
    number = vendor(fo)
    fo.ledger("fo/hold_vendor", {"vendor": number, "hold": "All"})
    try:
        tasks.refresh(fo.integration.pk)
        record = settled(fo, "direct_costs", fo.a_direct_cost("HOLD-2"))
        assert (record.state, record.reason) == (State.HELD, Reason.VENDOR_BLOCKED)
        vendors = record.problems[0]["there"]
        assert f'href="{vendors}"' in page_of(admin_client, record)
        assert number in shown(vendors).partition("All vendors")[0]
        assert does(admin_client, fo, record, "replay").reason == Reason.VENDOR_BLOCKED
        presses(vendors, "Release", of=number)
        record = does(admin_client, fo, record, "replay")
        assert record.state == State.POSTED, record.sentence
        assert "no such vendor" in refused(vendors, "Save", vendor="V99")
    finally:
        fo.ledger("fo/hold_vendor", {"vendor": number, "hold": "No"})


def test_a_period_is_opened_and_the_document_goes_on(fo: Company, admin_client: Browser) -> None:
    day = keystone.CLOSED_BEFORE - dt.timedelta(days=3)
    calendar = follows(company_page(fo), "Ledger calendar")
    row = fo.a_direct_cost("PERIOD-2", direct_cost_date=day.isoformat())
    record = settled(fo, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.PERIOD_CLOSED), record.sentence
    try:
        assert "“soon” is not a day" in refused(calendar, "Save", **{"from": "soon"})
        presses(calendar, "Save", **{"from": day.replace(day=1).isoformat()})
        record = does(admin_client, fo, record, "replay")
        assert record.state == State.POSTED, record.sentence
    finally:
        presses(calendar, "Save", **{"from": keystone.CLOSED_BEFORE.isoformat()})


def test_an_invoice_is_typed_by_hand_posted_and_linked(fo: Company, admin_client: Browser) -> None:
    row = fo.a_direct_cost("HAND-1", "6218.80", currency_iso_code="EUR")
    record = settled(fo, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.CURRENCY), record.sentence
    typing = follows(company_page(fo), "New vendor invoice")
    given = {"vendor": vendor(fo), "number": "HAND-1", "currency": "EUR", "account-new1": "60300",
             "amount-new1": "6,218.80"}  # fmt: skip
    for wrong, why in (
        ({"vendor": "V0"}, "not found in the related table"),
        ({"account-new1": "99999"}, "does not exist or cannot be used"),
        ({"project-new1": "P-0000"}, "does not exist for dimension"),
        ({"amount-new1": "a lot"}, "is not a number"),
        ({"date": "soon"}, "soon"),
        ({"number": "N" * 21}, "longer than 20 characters"),
        ({"account-new1": "", "amount-new1": ""}, "An invoice needs a line"),
    ):  # fmt: skip
        assert why in refused(typing, "Save as pending", **{**given, **wrong})
    ended = presses(typing, "Save as pending", **given)
    [pending] = [one for one in fo.ledger("ledger")["drafts"] if one["invoice_number"] == "HAND-1"]
    presses(ended, "Post", of=pending["number"])
    record = does(admin_client, fo, record, "link", "HAND-1")
    assert record.state == State.POSTED, record.sentence
