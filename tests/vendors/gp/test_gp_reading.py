"""Vendors, accounts, dimensions and currencies of a site."""

from __future__ import annotations

import datetime as dt

import pytest

from connections.documents import Account
from connections.errors import NeedsPerson
from connections.vendors.gp.reading import telephone
from connections.vendors.gp.wire import NotOffered

from .conftest import Site

MORE_THAN_A_PAGE = "100"


def test_vendors_come_with_all_pages(gp: Site) -> None:
    client = gp.new_client(page_size=MORE_THAN_A_PAGE)
    gp.requests_sent()
    vendors = client.vendors()
    assert len({vendor.number for vendor in vendors}) == len(vendors) == 300
    assert len(gp.requests_sent()) == 3 + 1  # and the currencies, once


def test_a_vendor_is_read_whole(gp: Site) -> None:
    vendor = gp.client.vendors_by_number(["jansen0001"])[0]
    assert vendor.id == vendor.number == "JANSEN0001"
    assert vendor.name.startswith("Jansen")
    assert vendor.street
    assert vendor.tax_number
    assert vendor.currency in ("USD", "EUR", "CAD")


def test_ids_with_brackets_quotes_and_slashes_are_found(gp: Site) -> None:
    odd = ["COTE (QC)", "O'BRIEN/ELEV"]
    assert {one.number for one in gp.client.vendors_by_number(odd)} == set(odd)
    many = [one.number for one in gp.client.vendors()][:20]
    gp.requests_sent()
    assert {one.number for one in gp.client.vendors_by_number(many)} == set(many)
    assert len(gp.requests_sent()) == 1


def test_no_vendors_asked_for_is_no_request(gp: Site) -> None:
    gp.requests_sent()
    assert gp.client.vendors_by_number(["", " "]) == []
    assert gp.requests_sent() == []


def test_inactive_and_held_vendors_are_told_apart(gp: Site) -> None:
    vendors = gp.client.vendors()
    inactive = [one for one in vendors if not one.active]
    held = [one for one in vendors if one.blocked == "payment"]
    assert [one.blocked for one in inactive] == ["all"] * len(inactive)
    assert inactive
    assert held
    assert all(one.active for one in held)


def test_changed_vendors_overlap_by_a_day(gp: Site) -> None:
    gp.by_hand("change_vendor", VendorID="JANSEN0001", City="Ulm")
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(hours=23)
    assert "JANSEN0001" in {one.number for one in gp.client.vendors(tomorrow)}
    assert len(gp.client.vendors(tomorrow)) < 20


def test_telephones_lose_their_empty_extension() -> None:
    assert telephone("20655501000000") == "2065550100"
    assert telephone("20655501000012") == "2065550100 ext. 12"
    assert telephone("+49 731 99") == "+49 731 99"
    assert telephone("00000000000000") == ""


# -- accounts -------------------------------------------------------------------------------------


def test_accounts_are_whole_numbers_or_main_segments(gp: Site) -> None:
    mains = {one.number for one in gp.client.accounts()}
    assert "52200" in mains
    assert not any("-" in number for number in mains)
    whole = {one.number: one for one in gp.new_client(account_segment="").accounts()}
    assert "1042-52200-03" in whole
    assert whole["1042-58000-00"].why_unusable == "is blocked"
    assert whole["9000-90900-00"].why_unusable  # counts units
    assert "9000-90920-" in whole


def test_a_main_account_is_usable_when_one_of_it_is(gp: Site) -> None:
    closed = Account("1", "1042-52200-03", "Closed", blocked=True)
    good = Account("2", "1043-52200-03", "Materials")
    for order in ([closed, good], [good, closed]):
        assert gp.client.chart(order) == [Account("52200", "52200", "Materials")]
    assert gp.client.chart([closed])[0].why_unusable


def test_microsofts_short_list_has_no_accounts(gp: Site) -> None:
    client = gp.chose(resources="short")
    assert client.offers_accounts is False
    with pytest.raises(NotOffered) as missing:
        client.accounts()
    assert missing.value.resource == "accounts"
    assert "Import the accounts from a file" in missing.value.sentence
    assert gp.chose(resources="full").offers_accounts is True


def test_accounts_may_be_switched_off_in_the_connection(gp: Site) -> None:
    client = gp.new_client(paths="accounts=")
    gp.requests_sent()
    assert client.offers_accounts is False
    with pytest.raises(NotOffered):
        client.accounts()
    assert gp.requests_sent() == []


# -- dimensions -----------------------------------------------------------------------------------


def test_segments_project_and_cost_code_are_dimensions(gp: Site) -> None:
    client = gp.new_client(segment_names="JOB")
    assert [one.code for one in client.dimensions()] == [
        "PROJECT", "COSTCODE", "JOB", "SEGMENT2", "SEGMENT3",
    ]  # fmt: skip
    values = {one.id for one in client.dimension_values()}
    assert {"PROJECT/1042", "COSTCODE/03-300", "JOB/1042", "SEGMENT2/52200"} <= values


def test_without_accounts_documents_tell_the_segments(gp: Site) -> None:
    client = gp.chose(resources="short")
    assert [one.code for one in client.dimensions()][2:] == ["SEGMENT1", "SEGMENT2", "SEGMENT3"]
    assert "PROJECT/1042" in {one.id for one in client.dimension_values()}


def test_values_of_documents_are_asked_once_a_day(gp: Site) -> None:
    gp.client.dimension_values()
    gp.requests_sent()
    type(gp.client)(gp.connection).dimension_values()
    assert not [path for _, path in gp.requests_sent() if "Payables" in path]


def test_nothing_is_posted_so_no_dates_are_open_or_closed(gp: Site) -> None:
    window = gp.client.window()
    assert (window.first, window.last, window.currency) == (None, None, "USD")
    assert gp.client.tax_codes() == []


# -- currencies -----------------------------------------------------------------------------------


def test_currency_ids_become_iso_codes_also_without_the_service(gp: Site) -> None:
    id = gp.types("EUR-1", currency="Z-EURO")
    assert gp.document(id).currency == "EUR"
    client = gp.chose(denied=["currencies"])
    assert client.purchases("ledger_invoice", [id])[0].currency == "Z-EURO"
    assert client.window().currency == ""
    client = gp.new_client(currencies="Z-EURO=EUR", local_currency="usd")
    assert client.purchases("ledger_invoice", [id])[0].currency == "EUR"
    assert client.window().currency == "USD"


def test_an_unreadable_list_of_currencies_is_told(gp: Site) -> None:
    with pytest.raises(NeedsPerson) as held:
        gp.new_client(currencies="Z-EURO is EUR").vendors()
    assert "Z-EURO is EUR" in held.value.sentence
