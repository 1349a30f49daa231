"""Wire format, filters, paging, etags and `$batch`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulators import company
from tests.simulators.business_central_story import VENDOR, Company, check_refused, line

ZERO = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def shared() -> Iterator[Company]:
    started = Company()
    yield started
    started.close()


@pytest.fixture
def bc(shared: Company) -> Company:
    shared.control("POST", "reset")
    shared.sign_in()
    return shared


# Wire format.


def test_headers_and_context_of_an_answer(bc: Company) -> None:
    answer = bc.call("GET", "vendors?$top=1")
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["Content-Type"] == (
        "application/json; odata.metadata=minimal; odata.streaming=true"
    )
    assert answer.headers["Request-Id"]
    assert answer.json()["@odata.context"].endswith(
        f"$metadata#companies({bc.ready['company_id']})/vendors"
    )


def test_blanks_are_zero_guids_and_the_first_day(bc: Company) -> None:
    bc.draft()
    row = bc.value("purchaseInvoices", expand="purchaseInvoiceLines")[0]
    assert row["orderId"] == ZERO
    assert row["purchaseInvoiceLines"][0]["expectedReceiptDate"] == "0001-01-01"


def test_enums_are_escaped_and_options_are_not(bc: Company) -> None:
    row = bc.account("20100")
    assert bc.account("10000")["accountType"] == "Begin_x002D_Total"
    assert row["consolidationTranslationMethod"] == "Average Rate (Manual)"
    assert bc.vendor()["blocked"] == "_x0020_"
    bc.by_hand("settings", enums="plain")
    assert bc.account("10000")["accountType"] == "Begin-Total"


def test_both_forms_of_an_enum_are_accepted(bc: Company) -> None:
    for text in ("Begin_x002D_Total", "Begin-Total"):
        rows = bc.value("accounts", filter=f"accountType eq '{text}'")
        assert rows[0]["number"] == "10000"
    journal = bc.post("journals", {"code": "enums"})
    for kind in ("G/L Account", "G_x002F_L_x0020_Account"):
        row = bc.post(f"journals({journal['id']})/journalLines", {"accountType": kind})
        assert row["accountType"] == "G_x002F_L_x0020_Account"
    bc.refused("POST", f"journals({journal['id']})/journalLines", {"accountType": "Bank"},
               code="Application_EvaluateException", text="'Bank' is not an acceptable",
    )  # fmt: skip


def test_times_lose_their_trailing_zeros(bc: Company) -> None:
    for _ in range(30):
        stamp = bc.patch(f"vendors({bc.vendor()['id']})", {"website": str(time.time())})
        text = stamp["lastModifiedDateTime"].removesuffix("Z")
        assert "." not in text or not text.endswith("0")


def test_codes_are_upper_cased_trimmed_and_short(bc: Company) -> None:
    row = bc.draft(" inv-17a ")
    assert row["vendorInvoiceNumber"] == "INV-17A"
    bc.refused("POST", "purchaseInvoices",
               {"vendorNumber": VENDOR, "vendorInvoiceNumber": "X" * 36},
               code="Application_StringExceededLength",
               text="The length of the string is 36, but it must be less than or equal to 35",
    )  # fmt: skip


def test_texts_keep_their_case_and_letters(bc: Company) -> None:
    name = "Łódź Çelik & Söhne"
    assert bc.post("vendors", {"displayName": name})["displayName"] == name


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"colour": "red"}, "BadRequest"),
        ({"balance": 1}, "BadRequest_InvalidOperation"),
        ({"id": "11111111-1111-4111-8111-111111111111"}, "BadRequest_InvalidOperation"),
        ({"displayName": None}, "BadRequest"),
        ({"displayName": 7}, "BadRequest"),
        ({"taxLiable": "true"}, "BadRequest"),
        ({"paymentTermsId": "{x}"}, "Application_InvalidGUID"),
        ({"displayName": "x" * 101}, "Application_StringExceededLength"),
    ],
)
def test_bodies_that_are_refused(bc: Company, body: dict[str, Any], code: str) -> None:
    bc.refused("POST", "vendors", body, code=code)
    assert len(bc.value("vendors")) == len(company.VENDORS)


def test_an_empty_and_a_broken_body(bc: Company) -> None:
    check_refused(bc.call("POST", "vendors"), "BadRequest", "Values must be provided in the body")
    check_refused(bc.call("POST", "vendors", data="{"), "BadRequest", "Invalid Request Body")
    bc.refused("POST", "purchaseInvoices", {"vendorNumber": VENDOR, "postingDate": "31.12.2026"},
               code="BadRequest", text="Unable to convert value to Date")  # fmt: skip


def test_a_minimal_answer_on_request(bc: Company) -> None:
    answer = bc.call("POST", "vendors", json={"displayName": "Quiet"},
                     headers={"Prefer": "return=minimal"})  # fmt: skip
    assert answer.status_code == 204
    assert not answer.content


# Etags.


def test_a_patch_needs_an_etag(bc: Company) -> None:
    row = bc.vendor()
    path = f"vendors({row['id']})"
    for headers in ({}, {"If-Match": "nonsense"}):
        bc.refused("PATCH", path, {"city": "Dayton"}, code="BadRequest_InvalidToken",
                   text="concurrency token", headers=headers)  # fmt: skip
    assert bc.patch(path, {"city": "Dayton"}, row["@odata.etag"])["city"] == "Dayton"
    bc.refused("PATCH", path, {"city": "Akron"}, code="Request_EntityChanged", status=409,
               text="Another user", headers={"If-Match": row["@odata.etag"]})  # fmt: skip


def test_delete_and_actions_compare_only_what_is_sent(bc: Company) -> None:
    row = bc.draft()
    bc.patch(f"purchaseInvoices({row['id']})", {"vendorInvoiceNumber": "PC-2"})
    stale = {"If-Match": row["@odata.etag"]}
    for verb, path in (("DELETE", ""), ("POST", "/Microsoft.NAV.post")):
        bc.refused(verb, f"purchaseInvoices({row['id']}){path}", code="Request_EntityChanged",
                   status=409, headers=stale)  # fmt: skip
    assert bc.call("DELETE", f"purchaseInvoices({row['id']})").status_code == 204


def test_a_line_change_makes_the_etag_of_the_header_stale(bc: Company) -> None:
    row = bc.draft()
    bc.post(f"purchaseInvoices({row['id']})/purchaseInvoiceLines", line(5, dims={}))
    assert bc.get(f"purchaseInvoices({row['id']})")["@odata.etag"] != row["@odata.etag"]


# Reference data.


@pytest.mark.parametrize(
    "name", ["accounts", "dimensions", "dimensionValues", "generalLedgerEntries",
             "generalLedgerSetup", "approvalEntries"]
)  # fmt: skip
def test_sets_that_can_only_be_read(bc: Company, name: str) -> None:
    bc.refused("POST", name, {}, code="BadRequest_MethodNotAllowed", status=405)


def test_the_setup_tells_window_and_shortcuts(bc: Company) -> None:
    row = bc.value("generalLedgerSetup")[0]
    assert row["allowPostingFrom"] == company.CLOSED_BEFORE.isoformat()
    assert [row[f"shortcutDimension{n}Code"] for n in (1, 2)] == ["PROJECT", "COSTCODE"]
    assert row["localCurrencyCode"] == bc.value("companyInformation")[0]["currencyCode"] == "USD"
    assert any(period["closed"] for period in bc.value("accountingPeriods"))


def test_dimension_values_flat_nested_and_in_finance(bc: Company) -> None:
    dimension = bc.value("dimensions", filter="code eq 'PROJECT'")[0]
    nested = bc.value(f"dimensions({dimension['id']})/dimensionValues")
    flat = bc.value("dimensionValues", filter=f"dimensionId eq {dimension['id']}")
    assert nested == flat
    assert len(nested) == len(company.JOBS)
    bc.by_hand("block_value", dimension="PROJECT", value="P-1042")
    url = f"{bc.api}/microsoft/reportsFinance/beta/companies({bc.ready['company_id']})"
    rows = bc.value(f"{url}/dimensionValues", filter="dimensionCode eq 'PROJECT'")
    assert [row["blocked"] for row in rows if row["dimensionValueCode"] == "P-1042"] == [True]
    assert "blocked" not in flat[0]


def test_small_tables_are_there(bc: Company) -> None:
    assert {row["code"] for row in bc.value("currencies")} == {"EUR", "CAD"}
    assert {row["code"] for row in bc.value("taxGroups")} >= {"NONTAXABLE", "MATERIALS"}
    assert len(bc.value("projects")) == len(company.JOBS)
    assert bc.value("paymentMethods")
    row = bc.post("paymentTerms", {"code": "n7", "dueDateCalculation": "7D"})
    assert row["code"] == "N7"
    bc.refused("POST", "paymentTerms", {"code": "N7"}, code="Internal_EntityWithSameKeyExists")
    bc.refused("POST", "projects", {"displayName": "x"}, code="BadRequest_RequiredParamNotProvided")


# Vendors.


def test_a_vendor_gets_a_number_or_brings_one(bc: Company) -> None:
    assert bc.post("vendors", {"displayName": "New"})["number"].startswith("V9")
    assert bc.post("vendors", {"number": "acme"})["number"] == "ACME"
    bc.refused("POST", "vendors", {"number": "Acme"}, code="Internal_EntityWithSameKeyExists",
               text="The Vendor already exists. Identification fields and values: No.='ACME'",
    )  # fmt: skip
    bc.by_hand("settings", manual_vendor_numbers=False)
    bc.refused("POST", "vendors", {"number": "B1"}, text="You may not enter numbers manually")


def test_a_vendor_is_renamed_everywhere(bc: Company) -> None:
    invoice = bc.draft()
    bc.patch(f"vendors({bc.vendor()['id']})", {"number": "V77777"})
    assert bc.get(f"purchaseInvoices({invoice['id']})")["vendorNumber"] == "V77777"


def test_a_vendor_with_documents_or_entries_stays(bc: Company) -> None:
    fresh = bc.post("vendors", {"displayName": "Short-lived"})
    assert bc.call("DELETE", f"vendors({fresh['id']})").status_code == 204
    invoice = bc.draft()
    bc.refused("DELETE", f"vendors({bc.vendor()['id']})", text="outstanding Purchase document")
    bc.post_invoice(invoice)
    bc.refused("DELETE", f"vendors({bc.vendor()['id']})", text="ledger entries")


def test_the_currency_of_a_vendor(bc: Company) -> None:
    assert bc.vendor()["currencyCode"] == "USD"
    assert bc.vendor()["currencyId"] == ZERO
    assert bc.vendor("V10001")["currencyCode"] == "EUR"
    bc.refused("POST", "vendors", {"currencyCode": "XYZ"},
               text='The "currencyCode" does not match to a Currency.')  # fmt: skip


def test_without_an_api_setup_rule_a_vendor_has_no_posting_groups(bc: Company) -> None:
    bc.by_hand("settings", vendor_posting_groups=False)
    bc.post("vendors", {"number": "BARE"})
    bc.refused("POST", "purchaseInvoices", {"vendorNumber": "BARE"},
               code="Application_FieldValidationException",
               text="Vendor Posting Group must have a value in Vendor: No.=BARE")  # fmt: skip


def test_default_dimensions_of_a_vendor(bc: Company) -> None:
    path = f"vendors({bc.vendor()['id']})/defaultDimensions"
    dimension = bc.value("dimensions", filter="code eq 'DEPARTMENT'", expand="dimensionValues")[0]
    body = {"dimensionId": dimension["id"],
            "dimensionValueId": dimension["dimensionValues"][0]["id"]}  # fmt: skip
    row = bc.post(path, body)
    assert row["dimensionValueCode"] == dimension["dimensionValues"][0]["code"]
    bc.refused("POST", path, body, code="Internal_EntityWithSameKeyExists")
    changed = bc.patch(f"{path}({row['id']})", {"postingValidation": "Code Mandatory"})
    assert changed["postingValidation"] == "Code_x0020_Mandatory"
    bc.refused("GET", "defaultDimensions", text="You must get to the parent first")
    assert bc.call("DELETE", f"{path}({row['id']})").status_code == 204
    assert bc.value(path) == []


# Filters.


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("number eq 'V10124'", 1),
        ("number eq 'V10124' or number eq 'V10125'", 2),
        ("number ge 'V10124' and number lt 'V10126'", 2),
        ("startswith(number,'V1012')", 8),
        ("endswith(displayName,'GmbH')", 1),
        ("contains(displayName,'Söhne')", 1),
        ("displayName eq 'O''Brien, O''Brien & O''Brien Elevator Consultants'", 1),
        ("tolower(displayName) eq 'łódź precast sp. z o.o.'", 1),
        ("blocked eq 'All'", 1),
        ("number ne 'V10124' and blocked ne ' '", 2),
        ("(number eq 'V10124')", 1),
        ("balance gt 0", 0),
        ("number eq 'v10124'", 0),
    ],
)
def test_filters(bc: Company, text: str, count: int) -> None:
    assert len(bc.value("vendors", filter=text)) == count


@pytest.mark.parametrize(
    "text",
    ["number eq 'A' or displayName eq 'B'", "nobody eq 1", "Number eq 'A'", "number eq A",
     "lastModifiedDateTime gt '2026-01-01T00:00:00Z'", "currencyId eq 'x'", "number in ('A')",
     "contains(tolower(number),'a')", "number like 'A'", "number eq 'A' and"],
)  # fmt: skip
def test_filters_that_are_refused(bc: Company, text: str) -> None:
    answer = bc.call("GET", "vendors", params={"$filter": text})
    check_refused(answer, "BadRequest", "")


def test_or_on_distinct_fields_has_its_own_text(bc: Company) -> None:
    answer = bc.call("GET", "vendors", params={"$filter": "number eq 'A' or city eq 'B'"})
    check_refused(answer, "BadRequest", "The 'OR' operator is not supported on distinct fields")


def test_a_newer_schema_knows_in_and_nesting(bc: Company) -> None:
    for text in ("number in ('V10124','V10125')", "contains(tolower(displayName),'söhne')"):
        assert bc.value("vendors", filter=text, schemaversion="2.1")


def test_a_lambda_filters_nothing_and_says_nothing(bc: Company) -> None:
    text = "purchaseInvoiceLines/any(l: l/quantity gt 5)"
    bc.draft()
    assert len(bc.value("purchaseInvoices", filter=text)) == 1


def test_what_changed_since(bc: Company) -> None:
    row = bc.patch(f"vendors({bc.vendor()['id']})", {"city": "Toledo"})
    stamp = row["lastModifiedDateTime"]
    later = bc.value("vendors", filter=f"lastModifiedDateTime ge {stamp}")
    assert [each["number"] for each in later] == [VENDOR]
    assert bc.value("vendors", filter=f"lastModifiedDateTime gt {stamp}") == []


# Select, order, count, pages.


def test_select_order_top_skip_and_count(bc: Company) -> None:
    whole = bc.get("vendors", select="number", orderby="number desc", top=2, skip=1, count="true")
    numbers = sorted((vendor.number for vendor in company.VENDORS), reverse=True)
    assert [row["number"] for row in whole["value"]] == numbers[1:3]
    assert set(whole["value"][0]) == {"@odata.etag", "number"}
    assert whole["@odata.count"] == len(numbers)
    assert "@odata.nextLink" not in whole


def test_pages_are_followed_to_the_end(bc: Company) -> None:
    prefer = {"Prefer": "odata.maxpagesize=70"}
    url, seen = f"{bc.base}/vendors?$filter=number gt 'V1'&$orderby=displayName desc", []
    while url:
        answer = bc.session.get(url, headers=prefer)
        assert answer.headers["Preference-Applied"] == "odata.maxpagesize=70"
        seen += [row["displayName"] for row in answer.json()["value"]]
        url = answer.json().get("@odata.nextLink", "")
        assert not url or "aid=FIN&$skiptoken=" in url
    assert seen == sorted((vendor.name for vendor in company.VENDORS), reverse=True)


def test_with_top_there_is_no_next_page(bc: Company) -> None:
    answer = bc.call("GET", "vendors?$top=5", headers={"Prefer": "odata.maxpagesize=2"})
    assert len(answer.json()["value"]) == 2
    assert "@odata.nextLink" not in answer.json()


def test_a_page_that_is_too_large_and_a_token_that_is_not_one(bc: Company) -> None:
    answer = bc.call("GET", "vendors", headers={"Prefer": "odata.maxpagesize=20001"})
    assert answer.status_code == 413
    answer = bc.call("GET", "vendors?$skiptoken=nonsense")
    check_refused(answer, "SkipTokenIsNoLongerValid", "")


def test_the_largest_page_can_be_made_small(bc: Company) -> None:
    bc.control("POST", "limits", {"page": 100})
    whole = bc.get("vendors")
    assert len(whole["value"]) == 100
    assert "@odata.nextLink" in whole


def test_expand_goes_two_levels_deep(bc: Company) -> None:
    row = bc.draft()
    expand = "purchaseInvoiceLines($expand=dimensionSetLines;$select=id),dimensionSetLines"
    whole = bc.get(f"purchaseInvoices({row['id']})", expand=expand)
    inner = whole["purchaseInvoiceLines"][0]
    assert inner["dimensionSetLines"][0]["valueCode"] == "P-1042"
    assert "quantity" not in inner
    assert whole["dimensionSetLines"] == []
    answer = bc.call("GET", f"purchaseInvoices({row['id']})?$expand=nothing")
    check_refused(answer, "BadRequest", "nothing")


# Batches.


def batch(bc: Company, operations: list[dict[str, Any]], **headers: str) -> list[dict[str, Any]]:
    numbered = [{"id": str(n), **each} for n, each in enumerate(operations, 1)]
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = bc.call("POST", f"{bc.root}/$batch", json={"requests": numbered}, headers=named)
    assert answer.status_code == 200, answer.text
    responses: list[dict[str, Any]] = answer.json()["responses"]
    return responses


def operation(bc: Company, method: str, path: str, body: Any = None) -> dict[str, Any]:
    each = {"method": method, "url": f"companies({bc.ready['company_id']})/{path}", "headers": {}}
    return {**each, "body": body} if body is not None else each


def test_a_batch_runs_what_it_is_given(bc: Company) -> None:
    answers = batch(bc, [
        operation(bc, "POST", "vendors", {"number": "B1"}),
        operation(bc, "GET", "vendors?$filter=number eq 'B1'"),
        {"method": "GET", "url": f"{bc.base}/accounts?$top=1", "headers": {}},
    ])  # fmt: skip
    assert [each["status"] for each in answers] == [201, 200, 200]
    assert [each["id"] for each in answers] == ["1", "2", "3"]
    assert answers[1]["body"]["value"][0]["number"] == "B1"


def test_a_batch_stops_at_the_first_failure_or_goes_on(bc: Company) -> None:
    work = [operation(bc, "POST", "vendors", {"number": "B1"}),
            operation(bc, "POST", "vendors", {"number": "B1"}),
            operation(bc, "POST", "vendors", {"number": "B2"})]  # fmt: skip
    assert [each["status"] for each in batch(bc, work)] == [201, 400]
    work[0]["body"]["number"] = "B3"
    answers = batch(bc, work, Prefer="odata.continue-on-error=true")
    assert [each["status"] for each in answers] == [201, 400, 201]


def test_a_snapshot_that_failed_did_nothing_whatever_it_says(bc: Company) -> None:
    work = [operation(bc, "POST", "vendors", {"number": "B1"}),
            operation(bc, "POST", "vendors", {"number": "B1"})]  # fmt: skip
    answers = batch(bc, work, Isolation="snapshot")
    assert answers[0]["status"] == 201
    assert answers[0]["body"]["id"]
    assert bc.value("vendors", filter="number eq 'B1'") == []


def test_posting_inside_a_snapshot_cannot_be_undone(bc: Company) -> None:
    row = bc.draft()
    work = [operation(bc, "POST", f"purchaseInvoices({row['id']})/Microsoft.NAV.post"),
            operation(bc, "POST", "vendors", {"number": VENDOR})]  # fmt: skip
    batch(bc, work, Isolation="snapshot")
    assert bc.get(f"purchaseInvoices({row['id']})")["status"] == "Open"


def test_a_batch_has_at_most_a_hundred_operations(bc: Company) -> None:
    work = [{"id": str(n), **operation(bc, "GET", "accounts?$top=1")} for n in range(101)]
    answer = bc.call("POST", f"{bc.root}/$batch", json={"requests": work})
    check_refused(answer, "Internal_ServerError", "maximum of '100'", 500)
    assert len(batch(bc, work[:100])) == 100


def test_two_lines_of_one_number_fail_the_envelope(bc: Company) -> None:
    journal = bc.post("journals", {"code": "TWINS"})
    path = f"journals({journal['id']})/journalLines"
    work = [{"id": "1", **operation(bc, "POST", path, {"lineNumber": 10000})}] * 2
    answer = bc.call("POST", f"{bc.root}/$batch", json={"requests": work})
    check_refused(answer, "Internal_EntityWithSameKeyExists", "Line No.='10000'")
