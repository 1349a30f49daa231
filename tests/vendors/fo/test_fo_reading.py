"""Reference data and new vendors."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from connections.documents import Vendor
from connections.errors import InDoubt, NeedsPerson, Reason, RetryLater
from connections.vendors.fo import concurrency
from tests.vendors.fo.stage import ABOUT, TODAY, Environment


def new(name: str = "Harbor Steel LLC", **values: Any) -> Vendor:
    given = {
        "id": "5512", "number": "", "street": "88 Dock St", "city": "Tacoma", "state": "WA",
        "postal_code": "98402", "country": "US", "email": "ap@harborsteel.example",
    }  # fmt: skip
    return Vendor(name=name, **{**given, **values})


# -- lists -----------------------------------------------------------------------------------


def test_vendors_are_those_of_our_company(fo: Environment) -> None:
    vendors = fo.client.vendors()
    assert len({one.number for one in vendors}) == len(vendors) > 100
    first = next(one for one in vendors if one.number == "V10001")
    assert (first.id, first.blocked, first.active) == ("V10001", "", True)


def test_pages_are_followed_and_every_row_is_there_once(fo: Environment) -> None:
    whole = fo.client.vendors()
    fo.chose(page=37)
    assert fo.client.vendors() == whole


@pytest.mark.parametrize(
    ("hold", "blocked"),
    [("No", ""), ("Never", ""), ("Requisition", ""), ("Payment", "payment"), ("All", "all"),
     ("Invoice", "all"), ("PurchOrder", "all")],
)  # fmt: skip
def test_a_hold_is_told_by_what_it_keeps_out(fo: Environment, hold: str, blocked: str) -> None:
    fo.by_hand("hold_vendor", vendor="V10001", hold=hold)
    [vendor] = fo.client.vendors_by_number(["v10001"])
    assert (vendor.blocked, vendor.active) == (blocked, blocked != "all")


def test_vendors_by_number_takes_no_star_for_all(fo: Environment) -> None:
    assert fo.client.vendors_by_number(["*", ""]) == []
    numbers = [f"V{number}" for number in range(10001, 10061)]
    fo.requests_sent()
    assert {one.number for one in fo.client.vendors_by_number(numbers)} <= set(numbers)
    assert len(fo.requests_sent()) == 2


def test_the_older_vendors_entity_serves_where_the_newer_is_not_listed(fo: Environment) -> None:
    fo.chose(hidden=["VendorsV3"])
    client = fo.new_client()
    assert client.vendors_set() == "VendorsV2"
    assert client.vendors_by_number(["V10001"])


def test_accounts_say_why_they_are_not_to_be_used(fo: Environment) -> None:
    fo.by_hand("suspend_account", account="52200")
    accounts = {one.number: one for one in fo.client.accounts()}
    assert accounts["53200"].why_unusable == ""
    assert accounts["52200"].why_unusable == "is blocked"
    assert any(one.why_unusable.startswith("is a heading") for one in accounts.values())


def test_tax_groups_come_once_each(fo: Environment) -> None:
    codes = [one.code for one in fo.client.tax_codes()]
    assert codes
    assert len(set(codes)) == len(codes)


def test_the_window_spans_the_open_periods_of_our_ledger(fo: Environment) -> None:
    window = fo.client.window()
    assert window.allows(TODAY)
    assert window.first is not None
    fo.by_hand("close_period", to=TODAY.isoformat())
    assert fo.client.window().last != window.last


def test_the_window_has_the_currency_even_where_periods_are_not_shown(fo: Environment) -> None:
    fo.chose(hidden=["LedgerFiscalPeriodsV2"])
    window = fo.client.window()
    assert (window.first, window.last, window.currency) == (None, None, "USD")


def test_a_wrong_company_is_said(fo: Environment) -> None:
    with pytest.raises(NeedsPerson) as held:
        fo.new_client(company="dat").window()
    assert "no company dat" in held.value.sentence


# -- new vendors -----------------------------------------------------------------------------


def test_a_new_vendor_is_numbered_there_and_carries_our_tag(fo: Environment) -> None:
    made = fo.client.create_vendor(new(), ABOUT)
    [row] = fo.rows("VendorsV3", f"VendorAccountNumber eq '{made.number}'")
    assert (row["OurAccountNumber"], row["VendorGroupId"], row["CurrencyCode"]) == (
        "PC-5512", "SUB", "USD",
    )  # fmt: skip
    assert (made.name, made.state, made.country) == ("Harbor Steel LLC", "WA", "USA")


@pytest.mark.parametrize("name", ["Harbor Steel LLC", "Harbor Steel Renamed Inc"])
def test_a_vendor_that_stands_is_taken_by_our_tag_or_its_name(fo: Environment, name: str) -> None:
    made = fo.client.create_vendor(new(), ABOUT)
    fo.writes()
    assert fo.client.create_vendor(new(name), ABOUT).number == made.number
    assert fo.writes() == []


def test_a_vendor_of_that_name_is_adopted(fo: Environment) -> None:
    [theirs] = fo.client.vendors_by_number(["V10001"])
    assert fo.client.create_vendor(new(theirs.name.upper()), ABOUT).number == "V10001"
    assert fo.writes() == []


def test_two_of_that_name_are_for_a_person(fo: Environment) -> None:
    for id in ("1", "2"):
        fo.client.add("VendorsV3", fo.client.vendor_body(new(id=id)), ABOUT)
    with pytest.raises(NeedsPerson) as held:
        fo.client.create_vendor(new(id="3"), ABOUT)
    assert held.value.reason == Reason.POSSIBLE_DUPLICATE


def test_a_vendor_is_made_once_though_the_answer_was_lost(fo: Environment) -> None:
    fo.fault("cut_after", method="POST", path="/data/VendorsV3")
    made = fo.client.create_vendor(new(), ABOUT)
    assert fo.client.create_vendor(new(), ABOUT) == made
    assert len(fo.rows("VendorsV3", "VendorOrganizationName eq 'Harbor Steel LLC'")) == 1


def test_a_vendor_of_which_nothing_is_seen_stays_in_doubt(fo: Environment) -> None:
    fo.fault("cut_before", method="POST", path="/data/VendorsV3")
    with pytest.raises(InDoubt):
        fo.client.create_vendor(new(), ABOUT)
    assert fo.writes() == ["POST VendorsV3"]


def test_a_refused_vendor_is_for_a_person_in_the_services_words(fo: Environment) -> None:
    with pytest.raises(NeedsPerson) as held:
        fo.new_client(vendor_group="NOSUCH").create_vendor(new(), ABOUT)
    assert held.value.reason == Reason.MISSING_VENDOR
    assert "NOSUCH" in held.value.sentence


def test_a_number_of_its_own_where_the_site_numbers_by_hand(fo: Environment) -> None:
    fo.chose(manual_vendor_numbers=True)
    client = fo.new_client(vendor_numbering="given")
    assert client.create_vendor(new(number="HS-1"), ABOUT).number == "HS-1"


# -- limits and bad days ---------------------------------------------------------------------


def test_a_429_waits_as_long_as_it_says_and_halves_the_lanes(fo: Environment) -> None:
    fo.fault("status", path="VendorsV3", status=429, headers={"Retry-After": "9"})
    now = dt.datetime.now(dt.UTC)
    with pytest.raises(RetryLater) as later:
        fo.client.vendors_by_number(["V10001"])
    assert later.value.at is not None
    assert later.value.at - now >= dt.timedelta(seconds=9)
    assert concurrency.lanes(fo.connection, 4) == 2


def test_a_clock_that_is_set_back_after_a_429_closes_no_lane(fo: Environment) -> None:
    concurrency.halve(fo.connection, 4)
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)):
        assert concurrency.lanes(fo.connection, 4) == 2
        assert fo.client.vendors_by_number(["V10001"])


def test_a_maintenance_page_is_for_later(fo: Environment) -> None:
    page = {"status": 200, "body": "<html><body>Maintenance</body></html>",
            "headers": {"Content-Type": "text/html"}}  # fmt: skip
    fo.fault("status", path="VendorsV3", **page)
    with pytest.raises(RetryLater) as later:
        fo.client.vendors_by_number(["V10001"])
    assert "web page" in later.value.sentence


def test_an_access_that_is_refused_is_final(fo: Environment) -> None:
    fo.chose(denied=["VendorsV3"])
    with pytest.raises(NeedsPerson) as held:
        fo.client.vendors()
    assert held.value.reason == Reason.SETTINGS


def test_an_expired_token_is_renewed_once(fo: Environment) -> None:
    fo.client.vendors_by_number(["V10001"])
    fo.fault("revoke_tokens", path="VendorsV3")
    assert fo.client.vendors_by_number(["V10001"])
