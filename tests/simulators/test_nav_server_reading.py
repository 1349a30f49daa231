"""NAV on-premises: addresses, what is published, reading."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import requests

from tests.simulators import company
from tests.simulators.nav_server.story import ACCOUNT, DAY, KEY, VENDOR, Office
from tests.simulators.server import wait_for

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture(scope="module")
def shared() -> Iterator[Office]:
    started = Office()
    yield started
    started.close()


@pytest.fixture
def nav(shared: Office) -> Office:
    shared.again()
    return shared


def columns(nav: Office) -> dict[str, set[str]]:
    """The fields of every set, from $metadata."""
    response = nav.session.get(f"{nav.root}/$metadata")
    assert response.headers["Content-Type"].startswith("application/xml")
    root = ElementTree.fromstring(response.text)  # noqa: S314
    types = {one.get("Name"): {p.get("Name", "") for p in one.iter(f"{EDM}Property")}
             for one in root.iter(f"{EDM}EntityType")}  # fmt: skip
    return {one.get("Name", ""): types[one.get("EntityType", "").removeprefix("NAV.")]
            for one in root.iter(f"{EDM}EntitySet")}  # fmt: skip


# Companies and addresses.


def test_the_list_of_companies_needs_no_company(nav: Office) -> None:
    [row] = nav.session.get(f"{nav.root}/Company").json()["value"]
    assert row["Name"] == company.COMPANY_NAME
    assert row["Display_Name"]


@pytest.mark.parametrize("form", ["Company('{}')/VendorList", "VendorList?company={}"])
def test_the_company_stands_in_the_path_or_in_the_query(nav: Office, form: str) -> None:
    response = nav.session.get(f"{nav.root}/{form.format(quote(nav.company))}")
    assert len(response.json()["value"]) == len(company.VENDORS)


def test_an_apostrophe_in_the_company_is_doubled_in_the_path(nav: Office) -> None:
    nav.nav("company", name="Bob's & Sons/West")
    for path in ("Company('{}')/VendorList", "Company(Name='{}')/VendorList"):
        name = quote("Bob''s & Sons/West", safe="")
        assert nav.session.get(f"{nav.root}/{path.format(name)}").status_code == 200
    name = quote("Bob's & Sons/West", safe="")
    assert nav.session.get(f"{nav.root}/VendorList?company={name}").status_code == 200


def test_the_name_of_the_company_is_compared_letter_by_letter(nav: Office) -> None:
    for path in (f"Company('{nav.company.upper()}')/VendorList",
                 f"VendorList?company={nav.company.lower()}"):  # fmt: skip
        response = nav.session.get(f"{nav.root}/{path}")
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "Internal_CompanyNotFound"


def test_without_a_company_the_server_has_a_default_or_refuses(nav: Office) -> None:
    response = nav.session.get(f"{nav.root}/VendorList")
    assert response.json()["error"]["code"] == "Internal_CompanyNotFound"
    nav.nav("settings", default_company=True)
    assert nav.session.get(f"{nav.root}/VendorList").status_code == 200


def test_another_instance_is_not_there_and_says_so_with_a_page(nav: Office) -> None:
    response = nav.session.get(nav.root.replace("BC230", "BC999") + "/Company")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
    assert nav.session.get(nav.root.replace("BC230", "bc230") + "/Company").status_code == 200


# What is published.


def test_the_service_document_and_the_metadata_name_services_and_their_lines(nav: Office) -> None:
    names = {row["name"] for row in nav.session.get(f"{nav.root}/").json()["value"]}
    assert {"VendorCard", "PurchaseInvoice", "PurchaseInvoicePurchLines",
            "PostedPurchaseInvoicePurchInvLines", "PurchaseOrderPurchLines"} <= names  # fmt: skip
    assert names <= set(columns(nav)) | {"Company"}


def test_the_profiles_differ_in_the_names_of_fields(nav: Office) -> None:
    bc = columns(nav)
    assert "ShortcutDimCode3" in bc["PurchaseInvoicePurchLines"]
    assert "Buy_from_Vendor_No" in bc["PostedPurchaseInvoice"]
    nav.nav("settings", profile="nav2018")
    old = columns(nav)
    assert "ShortcutDimCode_x005B_3_x005D_" in old["PurchaseInvoicePurchLines"]
    assert "Vendor_Invoice_No" not in old["PurchaseInvoices"]
    assert "Buy_from_Vendor_No" not in old["PostedPurchaseInvoice"]
    assert {"Remaining_Amount", "Closed"} <= old["PostedPurchaseInvoices"]


def test_nav_2018_has_shorter_texts_and_no_codeunit_in_odata(nav: Office) -> None:
    nav.nav("settings", profile="nav2018")
    text = nav.session.get(f"{nav.root}/$metadata").text
    assert '<Property Name="Description" Type="Edm.String" MaxLength="50" />' in text
    assert "IntegrationMgt" not in text
    assert nav.call("POST", "IntegrationMgt_PostPurchaseDocument", json={}).status_code == 404


def test_a_service_that_is_not_published_is_not_found(nav: Office) -> None:
    nav.nav("services", unpublish=["GLEntries"])
    status, text = nav.refused("GET", "GLEntries")
    assert (status, "GLEntries" in text) == (404, True)
    nav.nav("services", publish={"GLEntries": 20})
    assert nav.rows("GLEntries") == []


def test_a_service_may_have_another_name_and_so_have_its_lines(nav: Office) -> None:
    nav.nav("services", rename={"PurchaseInvoice": "Purch_Invoice"})
    assert "Purch_InvoicePurchLines" in columns(nav)
    assert nav.rows("Purch_InvoicePurchLines") == []
    assert nav.refused("GET", "PurchaseInvoicePurchLines")[0] == 404


def test_a_field_may_be_taken_off_a_page(nav: Office) -> None:
    nav.nav("services", hide={"GLAccounts": ["Direct_Posting", "No"]})
    assert not {"Direct_Posting"} & columns(nav)["GLAccounts"]
    assert "No" in nav.rows("GLAccounts", top=1)[0]
    status, text = nav.refused("GET", "GLAccounts", params={"$select": "Direct_Posting"})
    assert (status, "Direct_Posting" in text) == (400, True)


# Rows and records.


def test_a_vendor_is_one_record_by_its_key(nav: Office) -> None:
    [row] = nav.rows("VendorList", filter=f"No eq '{VENDOR}'")
    for key in (f"'{VENDOR}'", f"No='{VENDOR}'", f"'{VENDOR.lower()}'"):
        card = nav.get(f"VendorCard({key})")
        assert card["No"] == row["No"]
        assert card["@odata.etag"].startswith("W/\"'")
    assert nav.refused("GET", "VendorCard('NOBODY')")[0] == 404


def test_a_document_is_one_record_by_type_and_number(nav: Office) -> None:
    number = nav.draft()["No"]
    for key in (KEY.format(number), f"'Invoice','{number}'", f"No='{number}',"
                "Document_Type='Invoice'"):  # fmt: skip
        assert nav.get(f"PurchaseInvoice({key})")["No"] == number
    assert nav.refused("GET", f"PurchaseInvoice('{number}')")[0] == 400


def test_the_lines_of_a_header_by_navigation_by_expand_and_by_filter(nav: Office) -> None:
    number = nav.draft()["No"]
    nav.line(nav.header("PC-2"))
    [line] = nav.rows(f"PurchaseInvoice({KEY.format(number)})/PurchaseInvoicePurchLines")
    header = nav.get(f"PurchaseInvoice({KEY.format(number)})", expand="PurchaseInvoicePurchLines")
    assert header["PurchaseInvoicePurchLines"] == [line]
    text = f"Document_Type eq 'Invoice' and Document_No eq '{number}'"
    assert nav.rows("PurchaseInvoicePurchLines", filter=text) == [line]
    key = f"Document_Type='Invoice',Document_No='{number}',Line_No=10000"
    assert nav.get(f"PurchaseInvoicePurchLines({key})")["No"] == ACCOUNT


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("No eq '20100'", ["20100"]),
        ("No eq '20100' or No eq '20200'", ["20100", "20200"]),
        ("No ge '20200' and No lt '20300'", ["20200", "20210"]),
        ("startswith(No,'2020') or endswith(No,'2020')", ["20200"]),
        ("contains(Name,'Retainage') and (No eq '11100' or No eq '20200')", ["11100", "20200"]),
        ("Account_Type eq 'Heading' and No ne '90000'", ["30000"]),
        ("Direct_Posting eq false and No lt '2'", ["11000"]),
    ],
)
def test_filters(nav: Office, text: str, numbers: list[str]) -> None:
    assert [row["No"] for row in nav.rows("GLAccounts", filter=text)] == numbers


def test_or_over_two_fields_is_refused(nav: Office) -> None:
    status, text = nav.refused(
        "GET", "GLAccounts", params={"$filter": "No eq '20100' or Name eq 'Accounts Payable'"}
    )
    assert (status, "distinct fields" in text) == (400, True)


def test_a_code_is_found_whatever_its_letters(nav: Office) -> None:
    assert nav.rows("VendorList", filter=f"No eq '{VENDOR.lower()}'", select="No,Name")


def test_unknown_fields_in_queries_are_refused(nav: Office) -> None:
    for query in ({"$filter": "Nonsense eq 1"}, {"$select": "Nonsense"}, {"$orderby": "Nonsense"}):
        status, text = nav.refused("GET", "VendorList", params=query)
        assert (status, "'Nonsense'" in text) == (400, True)


def test_select_order_top_skip_and_count(nav: Office) -> None:
    answer = nav.get("GLAccounts", select="Name", orderby="No desc", top=2, skip=1, count="true")
    assert answer["@odata.count"] == len(company.ACCOUNTS)
    numbers = sorted((one.number for one in company.ACCOUNTS), reverse=True)
    assert [row["No"] for row in answer["value"]] == numbers[1:3]
    assert set(answer["value"][0]) == {"@odata.etag", "No", "Name"}
    assert nav.call("GET", "GLAccounts/$count").text == str(len(company.ACCOUNTS))


def test_the_server_cuts_pages_and_says_where_the_next_begins(nav: Office) -> None:
    nav.nav("settings", page_size=40)
    seen, answer = [], nav.get("DimensionValues", filter="Dimension_Code eq 'COSTCODE'")
    assert "$skiptoken=" in answer["@odata.nextLink"]
    while True:
        seen += [row["Code"] for row in answer["value"]]
        assert len(answer["value"]) <= 40
        if "@odata.nextLink" not in answer:
            break
        answer = nav.session.get(answer["@odata.nextLink"]).json()
    assert seen == sorted(cost.code for cost in company.COST_CODES)


def test_a_page_goes_on_behind_a_record_that_went_away(nav: Office) -> None:
    numbers = [nav.header(f"PC-{n}")["No"] for n in range(4)]
    nav.nav("settings", page_size=2)
    answer = nav.get("PurchaseInvoice")
    assert nav.call("DELETE", f"PurchaseInvoice({KEY.format(numbers[1])})").status_code == 204
    rest = nav.session.get(answer["@odata.nextLink"]).json()
    assert [row["No"] for row in rest["value"]] == numbers[2:]


# Values.


def test_numbers_dates_and_options(nav: Office) -> None:
    header = nav.header(Document_Date=DAY)
    line = nav.line(header)
    assert line["Direct_Unit_Cost"] == Decimal("12500.25")
    assert (line["Type"], line["Job_Line_Type"]) == ("G/L Account", " ")
    assert (header["Document_Date"], header["Expected_Receipt_Date"]) == (DAY, "0001-01-01")
    nav.nav("settings", options="escaped")
    [line] = nav.rows("PurchaseInvoicePurchLines", filter="Type eq 'G/L Account'")
    assert line["Type"] == "G_x002F_L_x0020_Account"


def test_the_local_currency_is_blank(nav: Office) -> None:
    assert nav.header()["Currency_Code"] == ""
    assert nav.header("PC-2", Currency_Code="EUR")["Currency_Code"] == "EUR"
    status, text = nav.refused("POST", "PurchaseInvoice", {
        "Buy_from_Vendor_No": VENDOR, "Currency_Code": company.CURRENCY})  # fmt: skip
    assert (status, "Currency Code" in text) == (400, True)


def test_the_numbers_of_the_dimensions_are_the_sites_choice(nav: Office) -> None:
    nav.nav("setup", shortcuts={"1": "DEPARTMENT", "2": "PROJECT", "5": "COSTCODE"})
    [setup] = nav.rows("GeneralLedgerSetup")
    assert setup["Global_Dimension_2_Code"] == "PROJECT"
    assert setup["Shortcut_Dimension_5_Code"] == "COSTCODE"
    assert setup["Shortcut_Dimension_3_Code"] == ""
    line = nav.line(nav.header(), Shortcut_Dimension_1_Code="FIELD",
                    Shortcut_Dimension_2_Code="P-1043", ShortcutDimCode5="03-300")  # fmt: skip
    assert line["ShortcutDimCode5"] == "03-300"
    [draft] = nav.control("GET", "ledger")["drafts"]
    assert draft["lines"][0]["dimensions"] == {
        "DEPARTMENT": "FIELD", "PROJECT": "P-1043", "COSTCODE": "03-300"}  # fmt: skip


def test_the_small_tables(nav: Office) -> None:
    assert {row["Code"] for row in nav.rows("DimensionList")} == {
        one.code for one in company.DIMENSIONS}  # fmt: skip
    assert len(nav.rows("JobList")) == len(company.JOBS)
    assert "NET30" in {row["Code"] for row in nav.rows("PaymentTerms")}
    assert {row["Code"] for row in nav.rows("Currencies")} == {"EUR", "CAD"}
    assert {row["Name"] for row in nav.rows("GeneralJournalBatches")} >= {"PROCORE", "DEFAULT"}


# The server as a whole.


def test_after_a_restart_the_first_answer_takes_long(nav: Office) -> None:
    nav.nav("asleep", seconds=0.4)
    assert nav.session.get(f"{nav.root}/Company").elapsed.total_seconds() > 0.4
    assert nav.session.get(f"{nav.root}/Company").elapsed.total_seconds() < 0.3


def test_a_full_queue_is_turned_away(nav: Office) -> None:
    nav.control("POST", "limits", {"concurrent": 1, "queue": 0})
    slow = {"action": "slow", "path": "/VendorList", "seconds": 0.6}
    nav.control("POST", "faults", {"rules": [slow]})
    first = threading.Thread(target=nav.call, args=("GET", "VendorList"))
    first.start()
    url, auth = f"{nav.root}/Company", (nav.ready["user"], nav.ready["password"])
    assert wait_for(lambda: requests.get(url, auth=auth).status_code == 429, 2.0)
    first.join()
    assert requests.get(url, auth=auth).status_code == 200


def test_odata_and_the_standard_api_can_be_switched_off(nav: Office) -> None:
    nav.nav("settings", odata=False, standard_api=False)
    api = nav.root.replace("ODataV4", "api/v2.0/companies")
    assert nav.session.get(f"{nav.root}/Company").status_code == 405
    assert nav.session.get(api).status_code == 405
    nav.nav("settings", profile="nav2018")
    assert nav.session.get(f"{nav.root}/Company").status_code == 404
    assert nav.simulator.ready()["api_path"] == ""


def test_faults_of_the_shared_kind_work_here_too(nav: Office) -> None:
    page = {"Content-Type": "text/html"}
    nav.control("POST", "faults", {"rules": [
        {"action": "status", "status": 503, "body": "<html>busy</html>", "headers": page},
    ]})  # fmt: skip
    response = nav.call("GET", "VendorList")
    assert (response.status_code, response.text) == (503, "<html>busy</html>")
    nav.control("POST", "faults", {"rules": [
        {"action": "cut_after", "method": "POST", "path": "/PurchaseInvoice"}]})  # fmt: skip
    with pytest.raises(requests.ConnectionError):
        nav.header()
    assert [row["Vendor_Invoice_No"] for row in nav.rows("PurchaseInvoice")] == ["PC-1"]
