"""Writing to F&O: sparse bodies, keys, codes, duplicates, conflicts."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.simulators.fo.site import CATEGORY
from tests.simulators.fo.story import DAY, KRB, NOON, VENDOR, Environment, key, order_line
from tests.simulators.server import wait_for

HARBOR = {"VendorGroupId": "SUB", "VendorOrganizationName": "Harbor Steel LLC",
          "CurrencyCode": "USD", "OurAccountNumber": "PROCORE-5512"}  # fmt: skip
PLACE = key("VendorsV3", dataAreaId="krb", VendorAccountNumber=VENDOR)


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    started = Environment()
    yield started
    started.close()


@pytest.fixture
def fo(shared: Environment) -> Environment:
    shared.again()
    return shared


def refused_vendor(fo: Environment, text: str, status: int = 400, **changes: Any) -> str:
    body = {**KRB, **HARBOR, **changes}
    return fo.refused(fo.call("POST", "VendorsV3", json=body), text, status)


# Creating.


def test_a_sparse_vendor_comes_back_whole(fo: Environment) -> None:
    answer = fo.call("POST", "VendorsV3", json={**HARBOR, "dataAreaId": "KRB"})
    assert answer.status_code == 201
    row = answer.json()
    assert row["dataAreaId"] == "krb"
    assert row["VendorAccountNumber"] == "V20001"
    assert (row["DefaultPaymentTermsName"], row["VendorPartyType"]) == ("NET30", "Organization")
    assert row["OnHoldStatus"] == "No"
    assert row["VendorPartyNumber"]
    assert row["@odata.context"].endswith("$metadata#VendorsV3/$entity")
    assert fo.call("GET", f"{answer.headers['Location']}?cross-company=true").json() == row


def test_without_a_company_it_lands_in_the_default_one(fo: Environment) -> None:
    row = fo.call("POST", "VendorsV3", json=HARBOR).json()
    assert row["dataAreaId"] == "krbc"


def test_a_repeated_post_makes_a_second_vendor(fo: Environment) -> None:
    for _ in range(2):
        fo.post("VendorsV3", **HARBOR)
    found = fo.rows("VendorsV3", filter="OurAccountNumber eq 'PROCORE-5512'")
    assert [row["VendorAccountNumber"] for row in found] == ["V20001", "V20002"]
    listed = fo.ledger()["new_vendors"]
    assert [row["our_number"] for row in listed] == ["PROCORE-5512", "PROCORE-5512"]


def test_both_vendor_sets_are_one_table(fo: Environment) -> None:
    made = fo.post("VendorsV2", **HARBOR)["VendorAccountNumber"]
    assert fo.get(key("VendorsV3", dataAreaId="krb", VendorAccountNumber=made))


def test_numbers_from_a_sequence_or_by_hand(fo: Environment) -> None:
    refused_vendor(fo, "does not allow editing", VendorAccountNumber="H-1")
    fo.settings(manual_vendor_numbers=True)
    refused_vendor(fo, "Field 'VendorAccountNumber' must be filled in.")
    fo.post("VendorsV3", **HARBOR, VendorAccountNumber="H-1")
    fo.settings(manual_vendor_numbers=False, vendor_sequence=False)
    refused_vendor(fo, "a number sequence reference is missing")


def test_the_same_key_again(fo: Environment) -> None:
    fo.settings(manual_vendor_numbers=True)
    text = refused_vendor(fo, "The record already exists.", VendorAccountNumber=VENDOR)
    assert "Cannot create a record in Vendors (VendTable)." in text
    assert "VendorAccountNumber: V10124" in text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"VendorGroupId": "99"}, "The value '99' in field 'VendorGroupId' is not found in the "
                                  "related table 'Vendor groups'."),
        ({"CurrencyCode": "XXX"}, "is not found in the related table 'Currencies'"),
        ({"DefaultPaymentTermsName": "Net99"}, "related table 'Terms of payment'"),
        ({"AddressCountryRegionId": "US"}, "related table 'Countries/regions'"),
        ({"AddressCountryRegionId": "USA", "AddressStateId": "ZZ"}, "related table 'States'"),
        ({"VendorOrganizationName": "N" * 101}, "is longer than 100 characters"),
        ({"VendorOrganizationName": ""}, "Field 'VendorOrganizationName' must be filled in."),
        ({"VendorGroupId": ""}, "Field 'VendorGroupId' must be filled in."),
        ({"VendorPartyNumber": "7"}, "does not allow editing"),
        ({"OnHoldStatus": "Maybe"}, "Cannot convert the literal 'Maybe'"),
        ({"IsReportingTax1099": True}, "Cannot convert the literal 'True'"),
        ({"CreditLimit": "100"}, "Cannot convert the literal"),
        ({"VendorName": "x"}, "The property 'VendorName' does not exist on type"),
        ({"dataAreaId": "usmf"}, "related table 'Companies'"),
    ],
)  # fmt: skip
def test_what_a_vendor_must_not_be(fo: Environment, changes: dict[str, Any], text: str) -> None:
    refused_vendor(fo, text, **changes)
    assert not fo.rows("VendorsV3", filter="OurAccountNumber eq 'PROCORE-5512'")


def test_a_person_has_a_last_name(fo: Environment) -> None:
    refused_vendor(fo, "Field 'PersonFirstName' must be filled in.", VendorPartyType="Person")


def test_some_builds_cut_what_is_too_long(fo: Environment) -> None:
    fo.settings(overlong="cut")
    row = fo.post("VendorsV3", **{**HARBOR, "VendorOrganizationName": "N" * 120})
    assert row["VendorOrganizationName"] == "N" * 100


# The shape of a refusal.


def test_business_errors_are_nested_and_name_the_entity(fo: Environment) -> None:
    error = fo.call("POST", "VendorsV3", json={**KRB, **HARBOR, "CurrencyCode": ""}).json()["error"]
    assert (error["code"], error["message"]) == ("", "An error has occurred.")
    inner = error["innererror"]["message"]
    assert inner.startswith("Write failed for table row of type 'VendVendorV3Entity'. Infolog: ")
    assert "validateWrite failed on data source" in inner
    assert error["innererror"]["internalexception"]["stacktrace"]
    fo.settings(stacktrace=False)
    error = fo.call("POST", "VendorsV3", json={**KRB, **HARBOR, "CurrencyCode": ""}).json()["error"]
    assert set(error["innererror"]) == {"message", "type"}


def test_older_builds_say_500(fo: Environment) -> None:
    fo.settings(infolog_status=500)
    refused_vendor(fo, "must be filled in", 500, VendorGroupId="")
    refused_vendor(fo, "does not exist on type", 400, Nothing="x")  # no business logic


def test_texts_come_in_the_language_of_the_user(fo: Environment) -> None:
    fo.settings(language="de")
    refused_vendor(fo, "Infolog: Warnung: Feld 'VendorGroupId' muss", VendorGroupId="")


# Changing.


def test_a_change_answers_nothing(fo: Environment) -> None:
    answer = fo.patch(PLACE, PrimaryPhoneNumber="+1 614 555 9999")
    assert (answer.status_code, answer.content) == (204, b"")
    row = fo.get(PLACE)
    assert row["PrimaryPhoneNumber"] == "+1 614 555 9999"
    assert row["VendorOrganizationName"]  # what was not sent stays


def test_omitted_is_not_sent_empty(fo: Environment) -> None:
    fo.patch(PLACE, PrimaryEmailAddress=None)
    assert fo.get(PLACE)["PrimaryEmailAddress"] == ""


def test_keys_do_not_change(fo: Environment) -> None:
    fo.refused(fo.patch(PLACE, VendorAccountNumber="X"), "does not allow editing")
    fo.refused(fo.patch(PLACE, VendorPartyType="Person"), "does not allow editing")


def test_a_missing_key_is_400(fo: Environment) -> None:
    place = key("VendorsV3", dataAreaId="krb", VendorAccountNumber="NONE")
    fo.refused(fo.patch(place, Notes="x"), "No resources were found when selecting for update.")
    fo.refused(fo.delete(place), "No resources were found when selecting for update.")


def test_a_stale_etag_is_412(fo: Environment) -> None:
    before = fo.get(PLACE)["@odata.etag"]
    assert base64.b64decode(before[3:-1]).decode().startswith("'1,")
    fo.patch(PLACE, Notes="first")
    url = f"{PLACE}?cross-company=true"
    for verb in ("PATCH", "DELETE"):
        answer = fo.call(verb, url, json={"Notes": "second"}, headers={"If-Match": before})
        assert answer.status_code == 412
    fresh = fo.get(PLACE)["@odata.etag"]
    for etag in (fresh, "*"):
        answer = fo.call("PATCH", url, json={"Notes": etag}, headers={"If-Match": etag})
        assert answer.status_code == 204


def test_deleting_a_vendor(fo: Environment) -> None:
    row = fo.post("VendorsV3", **HARBOR)
    place = key("VendorsV3", dataAreaId="krb", VendorAccountNumber=row["VendorAccountNumber"])
    assert fo.delete(place).status_code == 204
    assert fo.call("GET", f"{place}?cross-company=true").status_code == 404


# Days.


@pytest.mark.parametrize("sent", [NOON, DAY])
def test_a_business_day_stays_that_day(fo: Environment, sent: str) -> None:
    assert fo.invoice(InvoiceDate=sent)["InvoiceDate"] == NOON


def test_midnight_slips_to_the_day_before(fo: Environment) -> None:
    row = fo.invoice(InvoiceDate="2026-02-10T00:00:00Z")
    assert row["InvoiceDate"] == "2026-02-09T12:00:00Z"


def test_no_day_is_the_first_of_1900(fo: Environment) -> None:
    assert fo.invoice(InvoiceDate=None)["InvoiceDate"] == "1900-01-01T00:00:00Z"


# Sets that nobody writes.


def test_attempts_on_read_only_sets_are_counted(fo: Environment) -> None:
    body = {"Voucher": "X"}
    answer = fo.call("POST", "GeneralJournalAccountEntries", json=body)
    fo.refused(answer, "read-only", 405)
    fo.refused(fo.call("POST", "MainAccounts", json={}), "Access denied", 403)
    fo.post("VendorsV3", **HARBOR)
    told = fo.control("GET", "fo/writes")
    assert (told["count"], told["read_only"]) == (3, 2)
    assert told["sets"]["GeneralJournalAccountEntries"] == 1
    assert [each["set"] for each in told["log"]] == ["GeneralJournalAccountEntries", "MainAccounts"]


# Update conflicts.


def test_two_lines_of_one_order_at_once(fo: Environment) -> None:
    order, other = fo.order(), fo.order("PC-SC-8")
    body = {**KRB, **order_line(order, 2)}
    fo.faults(action="park_before", method="POST", path="PurchaseOrderLinesV2")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(fo.order_line, order, 1)
        wait_for(lambda: fo.control("GET", "parked"))
        answer = fo.call("POST", "PurchaseOrderLinesV2", json=body)
        elsewhere = fo.call("POST", "PurchaseOrderLinesV2", json={**KRB, **order_line(other)})
        fo.control("POST", "release", {})
        assert first.result()["LineNumber"] == 1
    fo.refused(answer, "An update conflict occurred due to another user process")
    assert elsewhere.status_code == 201  # another document is in nobody's way
    fo.order_line(order, 2)


def test_conflicts_on_demand(fo: Environment) -> None:
    journal = fo.journal()
    fo.settings(next_conflicts=1, conflict_status=409)
    body = {**KRB, "JournalBatchNumber": journal}
    text = fo.refused(fo.call("POST", "LedgerJournalLines", json=body), "update conflict", 409)
    assert "Cannot edit a record in Ledger journal table (LedgerJournalTable)." in text
    fo.journal_line(journal, 1, "10")


def test_a_category_that_does_not_exist(fo: Environment) -> None:
    order = fo.order()
    body = {**KRB, **order_line(order), "ProcurementProductCategoryName": f"{CATEGORY}?"}
    answer = fo.call("POST", "PurchaseOrderLinesV2", json=body)
    fo.refused(answer, "related table 'Procurement categories'")
