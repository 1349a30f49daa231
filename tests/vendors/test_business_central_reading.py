"""Reference data of Business Central, read from the stand-in over HTTP."""

from __future__ import annotations

import datetime as dt

import pytest

from connections.errors import NeedsPerson, Reason
from tests.simulators import company
from tests.vendors.stage_business_central import Stage


def test_the_posting_window_and_the_currency(business_central: Stage) -> None:
    window = business_central.client.window()
    assert (window.first, window.last) == (company.CLOSED_BEFORE, company.OPEN_UNTIL)
    assert window.currency == "USD"


def test_an_old_version_tells_only_its_currency(business_central: Stage) -> None:
    body = {"error": {"code": "BadRequest_ResourceNotFound", "message": "Resource not found."}}
    business_central.fault("status", status=404, body=body, path="generalLedgerSetup")
    window = business_central.client.window()
    assert (window.first, window.last, window.currency) == (None, None, "USD")


@pytest.mark.parametrize("enums", ["escaped", "plain"])
def test_accounts_say_why_they_cannot_be_used(business_central: Stage, enums: str) -> None:
    business_central.setting(enums=enums)
    accounts = {one.number: one for one in business_central.client.accounts()}
    assert len(accounts) == len(company.ACCOUNTS)
    assert accounts["53200"].why_unusable == ""
    assert accounts["53200"].category == "Cost of Goods Sold"
    assert accounts["58000"].why_unusable == "is blocked"
    assert "heading" in accounts["50000" if "50000" in accounts else "60000"].why_unusable
    assert "direct posting" in accounts["20100"].why_unusable


def test_dimensions_and_their_values(business_central: Stage) -> None:
    codes = {one.code for one in business_central.client.dimensions()}
    values = business_central.client.dimension_values()
    assert codes == {one.code for one in company.DIMENSIONS}
    jobs = {one.code: one.name for one in values if one.dimension == "PROJECT"}
    assert jobs["P-1042"] == "Riverside Medical Office Building"
    assert next(one.id for one in values if one.code == "P-1042") == "PROJECT/P-1042"


def test_values_come_from_the_plain_set_where_there_are_no_finance_reports(
    business_central: Stage,
) -> None:
    full = business_central.client.dimension_values()
    body = {"error": {"code": "BadRequest_ResourceNotFound", "message": "Resource not found."}}
    business_central.fault("status", status=404, body=body, path="reportsFinance")
    plain = business_central.client.dimension_values()
    assert {one.id for one in plain} == {one.id for one in full}


def test_all_vendors_come_page_by_page(business_central: Stage) -> None:
    business_central.client.page_size = 77
    vendors = business_central.client.vendors()
    assert len({one.id for one in vendors}) == len(company.VENDORS)
    names = {one.name for one in vendors}
    assert "Müller & Söhne Fassadenbau GmbH" in names


def test_blocked_vendors_are_marked(business_central: Stage) -> None:
    found = business_central.client.vendors_by_number(["V10122", "V10123", "V10001"])
    marks = {one.number: (one.blocked, one.active) for one in found}
    assert marks == {
        "V10122": ("all", False), "V10123": ("payment", True), "V10001": ("", True),
    }  # fmt: skip


def test_only_changed_vendors_are_read(business_central: Stage) -> None:
    before = business_central.client.vendors()
    latest = max(one.updated_at for one in before if one.updated_at)
    assert business_central.client.vendors(since=latest + dt.timedelta(seconds=1)) == []
    chosen = before[7]
    business_central.raw("PATCH", f"vendors({chosen.id})", {"city": "Troy"})
    since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=30)
    changed = business_central.client.vendors(since=since)
    assert [one.city for one in changed if one.id == chosen.id] == ["Troy"]


def test_vendors_by_number_come_in_chunks_and_only_those_asked(business_central: Stage) -> None:
    business_central.client.company()
    numbers = [one.number for one in company.VENDORS[:90]]
    business_central.requests_sent()
    found = business_central.client.vendors_by_number([*numbers, "V*", "", "NONE"])
    assert sorted(one.number for one in found) == sorted(numbers)
    assert business_central.requests_sent() == 3


def test_tax_groups_are_tax_codes(business_central: Stage) -> None:
    codes = {one.code for one in business_central.client.tax_codes()}
    assert codes >= {one.code for one in company.TAX_CODES}


def test_the_company_is_looked_up_once(business_central: Stage) -> None:
    business_central.client.tax_codes()
    business_central.requests_sent()
    business_central.new_client().tax_codes()
    assert business_central.requests_sent() == 1


def test_the_company_may_be_named_by_its_id(business_central: Stage) -> None:
    known = business_central.client.company()
    business_central.connection.settings["company"] = known.id.upper()
    business_central.connection.save()
    assert business_central.new_client().company() == known


def test_an_unknown_company_names_those_that_are_there(business_central: Stage) -> None:
    business_central.connection.settings["company"] = "CRONUS"
    business_central.connection.save()
    with pytest.raises(NeedsPerson) as held:
        business_central.new_client().accounts()
    assert held.value.reason == Reason.SETTINGS
    assert company.COMPANY_NAME in held.value.sentence
