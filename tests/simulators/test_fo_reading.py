"""Reading F&O: companies, filters, paging, metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.simulators import company
from tests.simulators.fo.site import NAMESPACE
from tests.simulators.fo.story import VENDOR, Environment, key

STATUS = f"{NAMESPACE}.PurchStatus"


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    started = Environment()
    yield started
    started.close()


@pytest.fixture
def fo(shared: Environment) -> Environment:
    shared.again()
    return shared


def numbers(fo: Environment, filter: str, name: str = "VendorsV3", **query: Any) -> list[str]:
    rows = fo.rows(name, filter=f"dataAreaId eq 'krb' and ({filter})", **query)
    column = "VendorAccountNumber" if name == "VendorsV3" else next(iter(rows[0]))
    return [row[column] for row in rows]


# Companies.


def test_a_list_shows_the_default_company_alone(fo: Environment) -> None:
    assert {row["dataAreaId"] for row in fo.rows("VendorsV3", across=False)} == {"krbc"}
    assert {row["dataAreaId"] for row in fo.rows("VendorsV3")} == {"krb", "krbc"}
    fo.settings(default_company="krb")
    assert len(fo.rows("VendorsV3", across=False)) == len(company.VENDORS)


def test_companies_are_named_in_any_case(fo: Environment) -> None:
    assert len(fo.rows("VendorsV3", filter="dataAreaId eq 'KRB'")) == len(company.VENDORS)
    place = key("VendorsV3", dataAreaId="KRB", VendorAccountNumber=VENDOR.lower())
    assert fo.get(place)["dataAreaId"] == "krb"


def test_a_key_out_of_scope_is_not_found(fo: Environment) -> None:
    place = key("VendorsV3", dataAreaId="krb", VendorAccountNumber=VENDOR)
    assert fo.call("GET", place).status_code == 404
    answer = fo.patch(place, across=False, Notes="x")
    fo.refused(answer, "No resources were found when selecting for update.")
    assert fo.get(place)["Notes"] == ""


def test_companies_that_the_user_may_not_see(fo: Environment) -> None:
    fo.settings(companies=["krbc"])
    assert {row["dataAreaId"] for row in fo.rows("VendorsV3")} == {"krbc"}


def test_global_sets_need_no_company(fo: Environment) -> None:
    ledgers = fo.rows("Ledgers", across=False)
    assert [row["AccountingCurrency"] for row in ledgers] == ["USD", "CAD"]
    accounts = fo.rows("MainAccounts", across=False)
    by_number = {row["MainAccountId"]: row for row in accounts}
    assert by_number["10000"]["MainAccountType"] == "Total"
    assert by_number["58000"]["IsSuspended"] == "Yes"
    assert by_number["20100"]["DoNotAllowManualEntry"] == "Yes"
    assert by_number["53200"]["ChartOfAccounts"] == ledgers[0]["ChartOfAccounts"]


# Filters.


def test_comparisons_and_brackets(fo: Environment) -> None:
    found = numbers(fo, "VendorAccountNumber eq 'V10124' or VendorAccountNumber eq 'v10131'")
    assert found == ["V10124", "V10131"]
    both = numbers(fo, "VendorAccountNumber ge 'V10124' and not (VendorAccountNumber gt 'V10126')")
    assert both == ["V10124", "V10125", "V10126"]


def test_a_wildcard_inside_eq(fo: Environment) -> None:
    named = [row.number for row in company.VENDORS if "buckeye" in row.name.lower()]
    assert numbers(fo, "VendorOrganizationName eq '*BUCKEYE*'") == named
    assert len(numbers(fo, "VendorOrganizationName ne '*buckeye*'")) == 300 - len(named)


def test_a_quote_is_doubled(fo: Environment) -> None:
    found = fo.rows("VendorsV3", filter="VendorOrganizationName eq 'O''Brien, O''Brien*'")
    assert {row["VendorAccountNumber"] for row in found} == {"V10081"}


def test_enums_carry_their_type(fo: Environment) -> None:
    held = f"OnHoldStatus eq {NAMESPACE}.CustVendorBlocked'All'"
    assert numbers(fo, held) == ["V10122"]
    plain = {"$filter": "OnHoldStatus eq 'All'"}
    fo.refused(fo.call("GET", "VendorsV3", params=plain), "incompatible types")
    greater = {"$filter": held.replace(" eq ", " gt ")}
    fo.refused(fo.call("GET", "VendorsV3", params=greater), "eq and ne")
    fo.settings(plain_enums=True)
    assert fo.call("GET", "VendorsV3", params=plain).status_code == 200


def test_dates_numbers_and_arithmetic(fo: Environment) -> None:
    assert not fo.rows("PurchaseOrderHeadersV2", filter="AccountingDate ge 2999-01-01T00:00:00Z")
    assert len(fo.rows("PurchaseOrderHeadersV2", filter="AccountingDate ge 2020-01-01")) == 3
    assert (
        len(fo.rows("PurchaseOrderLinesV2", filter="LineAmount gt 1800 and LineNumber eq 1")) == 2
    )
    sums = fo.rows("PurchaseOrderLinesV2", filter="(LineAmount add 200) mul 2 eq 4000")
    assert [row["LineAmount"] for row in sums] == [1800]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"$filter": "VendorName eq 'x'"}, "Could not find a property named 'VendorName' on type"),
        ({"$select": "Name"}, "property named 'Name' on type"),
        ({"$orderby": "Name"}, "property named 'Name'"),
        ({"$expand": "Lines"}, "property named 'Lines'"),
        ({"$filter": "VendorAccountNumber in ('V10124')"}, "not supported"),
        ({"$filter": "contains(VendorOrganizationName,'a')"}, "not supported"),
        ({"$filter": "VendorAccountNumber eq"}, "Syntax error"),
        ({"$filter": "VendorAccountNumber eq V10124"}, "in quotes"),
        ({"$search": "x"}, "not supported"),
        ({"$top": "many"}, "Invalid value"),
    ],
)
def test_what_a_query_must_not_ask(fo: Environment, query: dict[str, str], text: str) -> None:
    fo.refused(fo.call("GET", "VendorsV3", params=query), text)


def test_some_builds_know_in_and_contains(fo: Environment) -> None:
    fo.settings(in_operator=True, text_functions=True)
    assert numbers(fo, "VendorAccountNumber in ('V10124','V10131')") == ["V10124", "V10131"]
    assert numbers(fo, "contains(VendorOrganizationName,'côté')") == ["V10041"]


# Shape and paging.


def test_select_order_top_and_count(fo: Environment) -> None:
    body = fo.get("VendorsV3", select="VendorAccountNumber,CurrencyCode", top="2", count="true",
                  orderby="VendorAccountNumber desc", filter="dataAreaId eq 'krb'")  # fmt: skip
    assert body["@odata.count"] == 300
    assert set(body["value"][0]) == {"@odata.etag", "VendorAccountNumber", "CurrencyCode"}
    found = [row["VendorAccountNumber"] for row in body["value"]]
    assert found == sorted(found, reverse=True)
    assert fo.call("GET", "VendorsV3/$count?cross-company=true").text == "320"


def test_pages_follow_the_link_with_their_options(fo: Environment) -> None:
    fo.settings(page=70)
    seen: list[str] = []
    url = f"{fo.root}/VendorsV3?cross-company=true&$select=VendorAccountNumber&$filter="
    url += quote("dataAreaId eq 'krb'")
    while url:
        body = fo.call("GET", url).json()
        assert len(body["value"]) <= 70
        seen += [row["VendorAccountNumber"] for row in body["value"]]
        url = body.get("@odata.nextLink", "")
        assert not url or url.startswith("http")
    assert seen == [vendor.number for vendor in company.VENDORS]


def test_a_smaller_page_may_be_preferred(fo: Environment) -> None:
    answer = fo.call("GET", "VendorsV3", headers={"Prefer": "odata.maxpagesize=3"})
    assert len(answer.json()["value"]) == 3
    assert answer.headers["Preference-Applied"] == "odata.maxpagesize=3"
    second = fo.call("GET", answer.json()["@odata.nextLink"]).json()["value"]
    assert second[0]["VendorAccountNumber"] == company.VENDORS[3].number


def test_lines_come_with_their_header(fo: Environment) -> None:
    fo.invoice()
    fo.invoice_line()
    row = fo.get(key("VendorInvoiceHeaders", dataAreaId="krb", HeaderReference="PC-88"),
                 expand="VendorInvoiceLine")  # fmt: skip
    assert [line["NetAmount"] for line in row["VendorInvoiceLine"]] == [12500]


def test_keys_need_all_parts_by_name(fo: Environment) -> None:
    assert fo.call("GET", "VendorsV3('V10124')").status_code == 400
    assert fo.call("GET", "VendorsV3(dataAreaId='krb')").status_code == 400
    assert fo.get("LegalEntities('krb')")["Name"] == company.COMPANY_NAME
    answer = fo.call("GET", key("VendorsV3", dataAreaId="krb", VendorAccountNumber="NONE"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "")


def test_every_set_answers_and_rows_have_etags(fo: Environment) -> None:
    """What they hold is compared with the metadata when the environment ends."""
    for each in fo.get("")["value"]:
        rows = fo.rows(each["name"])
        assert all(row["@odata.etag"].startswith('W/"') for row in rows)


# What the environment says of itself.


def test_the_service_document_and_the_schema(fo: Environment) -> None:
    names = {each["name"] for each in fo.get("")["value"]}
    assert {"VendorsV3", "VendorInvoiceHeaders", "GeneralJournalAccountEntries"} <= names
    schema = fo.call("GET", "$metadata")
    assert schema.headers["Content-Type"] == "application/xml"
    assert '<EntityType Name="VendorV3">' in schema.text


def test_a_site_without_the_newer_set(fo: Environment) -> None:
    fo.settings(hidden=["VendorsV3"])
    assert "VendorsV3" not in {each["name"] for each in fo.get("")["value"]}
    fo.refused(fo.call("GET", "VendorsV3"), "No HTTP resource was found", 404)
    assert len(fo.rows("VendorsV2")) == 320


def test_small_metadata(fo: Environment) -> None:
    url = f"{fo.simulator.url}/Metadata"
    listed = fo.call("GET", f"{url}/DataEntities").json()["value"]
    named = {each["PublicCollectionName"]: each for each in listed}
    assert named["VendorsV3"]["Name"] == "VendVendorV3Entity"
    assert named["GeneralJournalAccountEntries"]["IsReadOnly"] is True
    entity = fo.call("GET", f"{url}/PublicEntities('VendorInvoiceHeader')").json()
    keys = [each["Name"] for each in entity["Properties"] if each["IsKey"]]
    assert keys == ["dataAreaId", "HeaderReference"]
    enum = fo.call("GET", f"{url}/PublicEnumerations('NoYes')").json()
    assert [member["Name"] for member in enum["Members"]] == ["No", "Yes"]
    assert fo.call("GET", f"{url}/PublicEntities('Nothing')").status_code == 404


def test_the_version_is_an_action(fo: Environment) -> None:
    place = f"DataManagementEntities/{NAMESPACE}.GetApplicationVersion"
    assert fo.call("POST", place, json={}).json()["value"].startswith("10.0.")
    assert fo.call("POST", place.replace("Get", "Set"), json={}).status_code == 404


def test_answers_carry_an_activity(fo: Environment) -> None:
    assert fo.call("GET", "LegalEntities").headers["ms-dyn-aid"]
