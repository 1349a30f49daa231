"""The contract lets real-looking exchanges pass and names each kind of violation."""

import json
import os
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.simulators import contract

if contract.find_specs() is None and not os.environ.get("CI"):
    pytest.skip("the vendors' data are not here", allow_module_level=True)

TOKEN = {"Authorization": "Bearer t"}
JSON = {"Content-Type": "application/json"}
ODATA = {"Content-Type": "application/json; odata.metadata=minimal; odata.streaming=true"}
PROCORE = {**TOKEN, **JSON, "Procore-Company-Id": "598134325841112"}
ROOT = "/v2.0/7dbb0000-0000-0000-0000-000000000001/production/api/v2.0"
COMPANY = "7dbb1b2a-1111-4222-8333-94a5b6c7d8e9"
SCOPE = f"{ROOT}/companies({COMPANY})"
ID = "5d115c9c-44e3-ea11-bb43-000d3a2feca1"
ETAG = 'W/"JzIwOzE1NTU2NTk3MDgzODcxNjMzMDg2MTswMDsn"'
DROP: Any = object()


def changed(base: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in {**base, **fields}.items() if value is not DROP}


def raw(body: Any) -> bytes:
    return body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()


def procore(
    method: str,
    path: str,
    query: str = "",
    sent: Any = None,
    status: int = 200,
    answer: Any = None,
    headers: dict[str, str] = PROCORE,
    back: dict[str, str] = JSON,
) -> list[str]:
    held = contract.contract_for("procore")
    return held.check(method, path, query, headers, raw(sent), status, back, raw(answer))


def central(
    method: str,
    path: str,
    query: str = "",
    sent: Any = None,
    status: int = 200,
    answer: Any = None,
    headers: dict[str, str] | None = None,
    back: dict[str, str] = ODATA,
) -> list[str]:
    held = contract.contract_for("business_central")
    given = {**TOKEN, **JSON, **(headers or {})}
    return held.check(method, path, query, given, raw(sent), status, back, raw(answer))


def only(found: list[str], *parts: str) -> None:
    assert len(found) == 1, found
    for part in parts:
        assert part in found[0], found[0]


LINE = {
    "id": 5001,
    "position": 1,
    "description": "Rebar 12 mm",
    "quantity": "10.0",
    "unit_cost": "1250.0",
    "uom": "t",
    "amount": "12500.0",
    "extended_type": "calculated",
    "tax_code_id": 3,
    "wbs_code": {"id": 61, "flat_code": "03-100.M", "description": "Footings.Materials"},
    "cost_code": {"id": 5512, "code": "100", "full_code": "03-100", "name": "Footings"},
    "line_item_type": {"id": 4, "code": "M", "name": "Materials", "origin_id": "BC|M"},
    "holder": {"id": 9001, "holder_type": "PurchaseOrderContract"},
    "origin_id": None,
}
ORDER = {
    "id": 9001,
    "number": "PO-0007",
    "title": "Rebar",
    "status": "Approved",
    "executed": True,
    "accounting_method": "unit",
    "vendor": {"id": 35, "company": "Acme GmbH", "origin_id": "BC|V00010", "origin_data": None},
    "grand_total": "12500.0",
    "retainage_percent": "5.0",
    "contract_date": "2026-03-02",
    "project": {"id": 777, "name": "Depot North"},
    "origin_id": None,
    "currency_configuration": {"currency_iso_code": "EUR"},
    "line_items": [LINE],
    "attachments": [{"id": 1, "filename": "a.pdf", "url": "https://example.test/a.pdf"}],
    "created_at": "2026-03-01T08:00:00-07:00",
    "updated_at": "2026-03-02T09:30:00Z",
    "deleted_at": None,
}
COST = {
    "direct_cost_type": "invoice",
    "vendor_id": 35,
    "invoice_number": "ER-2026-118",
    "direct_cost_date": "2026-03-12",
    "status": "approved",
    "origin_id": "BC|PINV|107034",
    "line_items": [
        {"wbs_code_id": 61, "manual_amount": 840.5, "description": "Fuel", "ref": "1"},
    ],
}
REQUISITION = {
    "project_id": 777,
    "commitment_id": 9002,
    "requisition": {
        "period_id": 31,
        "billing_date": "2026-03-31",
        "invoice_number": "RE-4711",
        "status": "under_review",
        "items": [
            {
                "item_type": "contract_item",
                "line_item_id": 5001,
                "work_completed_this_period": "2500.00",
                "work_completed_retainage_percent_this_period": "5.0",
            }
        ],
    },
}
SHOW = "/rest/v1.0/purchase_order_contracts/9001"
LIST = "/rest/v1.0/purchase_order_contracts"
COSTS = "/rest/v1.1/projects/777/direct_costs"


class TestProcorePasses:
    def test_an_order_as_documented(self) -> None:
        assert procore("GET", SHOW, "project_id=777", answer=ORDER) == []

    def test_an_order_with_15_digit_ids_and_missing_parts(self) -> None:
        order = {"id": 598134325841112, "vendor": None, "line_items": [{"id": 1}]}
        assert procore("GET", SHOW, "project_id=777", answer=order) == []

    def test_a_list_with_filters_and_paging(self) -> None:
        query = urlencode(
            [
                ("project_id", "777"),
                ("page", "2"),
                ("per_page", "100"),
                ("filters[id][]", "1"),
                ("filters[id][]", "2"),
                ("filters[updated_at]", '"2026-01-01T00:00:00Z...2026-01-02T00:00:00Z"'),
            ]
        )
        back = {**JSON, "Total": "101", "Per-Page": "100", "Link": '<x>; rel="first"'}
        order = changed(ORDER, line_items=DROP, attachments=DROP)
        order["vendor"] = {"id": 35, "company": "Acme GmbH"}
        assert procore("GET", LIST, query, answer=[order], back=back) == []

    def test_a_project_is_created(self) -> None:
        sent = {"company_id": 4281, "project": {"name": "Depot North", "origin_id": "BC|P-1001"}}
        answer = {"id": 777, "name": "Depot North", "origin_id": "BC|P-1001"}
        assert procore("POST", "/rest/v1.0/projects", "", sent, 201, answer) == []

    def test_a_sync_with_a_failed_row(self) -> None:
        rows = [{"name": "Acme", "origin_id": "BC|V00010"}, {"name": "", "origin_id": "BC|V00011"}]
        failed = {**rows[1], "errors": {"name": ["can't be blank"]}}
        answer = {"entities": [{"id": 900, **rows[0]}], "errors": [failed]}
        sent = {"company_id": 4281, "updates": rows}
        assert procore("PATCH", "/rest/v1.0/vendors/sync", "", sent, 200, answer) == []

    def test_an_origin_is_cleared_with_null(self) -> None:
        sent = {"company_id": 4281, "updates": [{"id": 900, "origin_id": None}]}
        answer: dict[str, Any] = {"entities": [], "errors": []}
        assert procore("PATCH", "/rest/v1.0/vendors/sync", "", sent, 200, answer) == []

    def test_cost_codes_are_synced_with_validations(self) -> None:
        sent = {"updates": [{"name": "Concrete", "code": "03", "origin_id": "BC|P-1001|03"}]}
        query = "project_id=777&run_configurable_validations=true"
        answer = {"entities": [{"id": 5511, "name": "Concrete", "code": "03"}], "errors": []}
        assert procore("PATCH", "/rest/v1.0/cost_codes/sync", query, sent, 200, answer) == []

    def test_a_direct_cost_with_lines(self) -> None:
        answer = {"id": 3, "grand_total": "840.5", "status": "approved"}
        assert procore("POST", COSTS, "", {"direct_cost": COST}, 201, answer) == []

    def test_a_requisition(self) -> None:
        answer = {"id": 3, "number": 1, "percent_complete": "96.36%", "summary": {}}
        assert procore("POST", "/rest/v1.1/requisitions", "", REQUISITION, 201, answer) == []

    def test_a_commitment_of_version_two(self) -> None:
        path = "/rest/v2.0/companies/4281/projects/777/commitment_contracts"
        answer = {"data": [{"id": "1", "grand_total": "12500.0", "type": "PurchaseOrderContract"}]}
        assert procore("GET", path, "page=1&per_page=100", answer=answer) == []

    @pytest.mark.parametrize("form", [True, False])
    def test_a_sign_in(self, form: bool) -> None:
        sent = {"grant_type": "client_credentials", "client_id": "i", "client_secret": "s"}
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        body = urlencode(sent).encode() if form else sent
        answer = {"access_token": "t", "token_type": "Bearer", "expires_in": 5400}
        headers = {"Content-Type": kind}
        assert procore("POST", "/oauth/token", "", body, 200, answer, headers) == []

    def test_a_hook_is_deleted_with_one_scope(self) -> None:
        assert procore("DELETE", "/rest/v1.0/webhooks/hooks/7", "project_id=777") == []

    def test_a_hook_is_made_for_a_project(self) -> None:
        hook = {"api_version": "v2", "namespace": "ml", "destination_url": "https://x.test/"}
        sent = {"project_id": 777, "hook": hook}
        answer = {"id": 7, **hook, "destination_headers": {"Authorization": "*****abcde"}}
        assert procore("POST", "/rest/v1.0/webhooks/hooks", "", sent, 201, answer) == []

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (403, {"errors": ["App is not connected to this company."]}),
            (422, {"errors": {"vendor_id": ["is invalid"], "base": ["Contract is locked"]}}),
            (404, {"errors": "Item not found"}),
            (400, {"message": "...", "exception": "..."}),
            (401, {"error": "invalid_token", "error_description": "..."}),
        ],
    )
    def test_errors_as_documented(self, status: int, body: Any) -> None:
        assert procore("GET", SHOW, "project_id=777", status=status, answer=body) == []

    def test_a_gateway_that_speaks_html(self) -> None:
        html = {"Content-Type": "text/html"}
        answer = b"<h1>Bad Gateway</h1>"
        found = procore("GET", SHOW, "project_id=777", status=502, answer=answer, back=html)
        assert found == []

    def test_guessed_parts_are_soft(self) -> None:
        path = "/rest/v2.0/companies/4281/projects/777/prime_contracts/5"
        answer = {"data": {"id": 5, "anything": [1]}}
        assert procore("GET", path, answer=answer) == []


class TestProcoreRefuses:
    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"grand_total": 12500.0}, "body.grand_total"),
            ({"id": "9001"}, "body.id"),
            ({"executed": "yes"}, "body.executed"),
            ({"status": "approved"}, "is not one of"),
            ({"contract_date": "02.03.2026"}, "is not a 'date'"),
            ({"contract_date": "2026-02-30"}, "is not a 'date'"),
            ({"updated_at": "2026-03-02 09:30"}, "is not a 'date-time'"),
            ({"vendor": {"id": 35, "name": "Acme"}}, "body.vendor.name is not a field"),
            ({"erp_number": "1"}, "body.erp_number is not a field"),
            ({"line_items": [{**LINE, "amount": 12500}]}, "body.line_items[0].amount"),
            ({"line_items": [{**LINE, "job": 1}]}, "line_items[0].job is not a field"),
            ({"line_items": {}}, "is not of type 'array'"),
        ],
    )
    def test_a_bad_answer(self, fields: dict[str, Any], says: str) -> None:
        found = procore("GET", SHOW, "project_id=777", answer=changed(ORDER, **fields))
        only(found, f"Answer GET {SHOW}: ", says)

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"vendor_id": DROP}, "'vendor_id' is a required property"),
            ({"vendor_id": "35"}, "is not of type 'integer'"),
            ({"vendor_id": None}, "is not of type 'integer'"),
            ({"grand_total": "1.0"}, "direct_cost.grand_total is not a field"),
            ({"status": "Approved"}, "is not one of"),
            ({"line_items": [{"manual_amount": 1}]}, "'wbs_code_id' is a required property"),
            ({"line_items": [{"wbs_code_id": 1, "manual_amount": "1.0"}]}, "manual_amount"),
        ],
    )
    def test_a_bad_request(self, fields: dict[str, Any], says: str) -> None:
        sent = {"direct_cost": changed(COST, **fields)}
        only(procore("POST", COSTS, "", sent, 201, {"id": 3}), f"Request POST {COSTS}: ", says)

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ("", "query parameter project_id is missing"),
            ("project_id=x", "query parameter project_id: 'x' is not of type"),
            ("project_id=7&limit=5", "'limit' is not in the specification"),
            ("project_id=7&filters[vendor]=5", "'filters[vendor]' is not in the specification"),
            ("project_id=7&filter[id]=5", "'filter[id]' is not in the specification"),
            ("project_id=7&view=full", "is not one of"),
            ("project_id=7&filters[updated_at]=2026-01-01...", "no date, time or closed range"),
            ("project_id=7&filters[updated_at]=yesterday", "no date, time or closed range"),
            ("project_id=7&run_configurable_validations=true", "is not in the specification"),
        ],
    )
    def test_a_bad_query(self, query: str, says: str) -> None:
        only(procore("GET", LIST, query, answer=[]), "Request", says)

    @pytest.mark.parametrize("name", ["Authorization", "Procore-Company-Id"])
    def test_a_missing_header(self, name: str) -> None:
        headers = {key: value for key, value in PROCORE.items() if key != name}
        found = procore("GET", SHOW, "project_id=777", answer=ORDER, headers=headers)
        only(found, f"header {name} is missing")

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/rest/v1.0/bills"),
            ("DELETE", "/rest/v1.0/vendors/35"),
            ("GET", "/rest/v3.0/projects"),
        ],
    )
    def test_an_unknown_operation(self, method: str, path: str) -> None:
        found = procore(method, path, answer={})
        only(found, f"Request {method} {path}", "not an operation of the specification")

    def test_a_status_that_is_not_documented(self) -> None:
        found = procore("POST", COSTS, "", {"direct_cost": COST}, 200, {"id": 3})
        only(found, "Answer", "status 200 is not among those")

    def test_a_path_value_of_the_wrong_type(self) -> None:
        found = procore("GET", f"{LIST}/PO-7", "project_id=777", answer=ORDER)
        only(found, "path parameter id")

    def test_a_body_where_none_is_taken(self) -> None:
        only(procore("GET", SHOW, "project_id=777", {}, 200, ORDER), "takes none")

    def test_a_missing_body(self) -> None:
        only(procore("POST", COSTS, "", None, 201, {"id": 3}), "body: it is missing")

    def test_a_body_of_another_kind(self) -> None:
        headers = {**PROCORE, "Content-Type": "text/plain"}
        found = procore("POST", COSTS, "", {"direct_cost": COST}, 201, {"id": 3}, headers)
        only(found, "Content-Type is 'text/plain'")

    @pytest.mark.parametrize("answer", [b"{", b"NaN", b"null"])
    def test_an_answer_that_is_no_json(self, answer: bytes) -> None:
        only(procore("GET", SHOW, "project_id=777", answer=answer), "Answer", "body: it is n")

    def test_headers_of_paging_that_are_no_numbers(self) -> None:
        back = {**JSON, "Total": "many"}
        found = procore("GET", LIST, "project_id=777", answer=[], back=back)
        only(found, "header Total")

    @pytest.mark.parametrize("body", [{}, {"fault": "x"}, ["x"], {"errors": 5}])
    def test_an_error_of_another_shape(self, body: Any) -> None:
        found = procore("GET", SHOW, "project_id=777", status=422, answer=body)
        assert found
        assert all(line.startswith("Answer") for line in found)

    def test_an_old_error_at_a_new_address(self) -> None:
        path = "/rest/v2.0/companies/4281/projects/777/commitment_contracts"
        found = procore("GET", path, status=422, answer={"errors": ["x"]})
        only(found, "body.errors is not a field")

    def test_a_hook_without_a_scope(self) -> None:
        sent = {"hook": {"api_version": "v2", "namespace": "ml", "destination_url": "https://x"}}
        found = procore("POST", "/rest/v1.0/webhooks/hooks", "", sent, 201, {"id": 7})
        only(found, "is a required property")

    def test_a_null_in_a_new_record(self) -> None:
        sent = {"direct_cost": {**COST, "terms": None}}
        only(procore("POST", COSTS, "", sent, 201, {"id": 3}), "direct_cost.terms")


INVOICE = {
    "@odata.etag": ETAG,
    "id": ID,
    "number": "107001",
    "invoiceDate": "2026-03-31",
    "postingDate": "2026-03-31",
    "dueDate": "0001-01-01",
    "vendorInvoiceNumber": "PC-4711",
    "vendorId": ID,
    "vendorNumber": "V100",
    "currencyId": "00000000-0000-0000-0000-000000000000",
    "currencyCode": "USD",
    "pricesIncludeTax": False,
    "discountAmount": 0,
    "totalAmountIncludingTax": 12500.01,
    "status": "In_x0020_Review",
    "lastModifiedDateTime": "2026-02-04T03:43:12.51Z",
}
ENTITY = {"@odata.context": "https://x.test/$metadata#companies(x)/y/$entity", **INVOICE}
NEW_LINE = {
    "lineType": "Account",
    "lineObjectNumber": "61200",
    "description": "Concrete works, SOV 03-300",
    "quantity": 1,
    "unitCost": 12500.01,
    "dimensionSetLines": [{"code": "PROJECT", "valueCode": "P-1042"}],
}
NEW_INVOICE = {
    "vendorNumber": "V100",
    "vendorInvoiceNumber": "PC-4711",
    "invoiceDate": "2026-03-31",
    "purchaseInvoiceLines": [NEW_LINE],
}
INVOICES = f"{SCOPE}/purchaseInvoices"
EXPAND = "$expand=purchaseInvoiceLines($expand=dimensionSetLines;$select=id,sequence)"
DEEP = {
    **ENTITY,
    "purchaseInvoiceLines": [
        {"@odata.etag": ETAG, "id": ID, "sequence": 10000, "dimensionSetLines": []}
    ],
}
MATCH = {"If-Match": ETAG}
REFUSED = {"error": {"code": "Internal_RecordNotFound", "message": "Gone.  CorrelationId:  x."}}


def batch(
    requests: list[dict[str, Any]], responses: list[dict[str, Any]], prefer: str = ""
) -> list[str]:
    headers = {"Prefer": prefer} if prefer else {}
    sent, answer = {"requests": requests}, {"responses": responses}
    return central("POST", f"{ROOT}/$batch", "", sent, 200, answer, headers)


CREATE = {
    "id": "1",
    "method": "POST",
    "url": f"companies({COMPANY})/purchaseInvoices",
    "headers": {"Content-Type": "application/json"},
    "body": {"vendorNumber": "V100", "vendorInvoiceNumber": "PC-4711"},
}
READ = {"id": "2", "method": "GET", "url": f"companies({COMPANY})/vendors?$top=1"}
CREATED = {"id": "1", "status": 201, "headers": {"location": "x"}, "body": INVOICE}
VENDORS = {"id": "2", "status": 200, "headers": {}, "body": {"value": [{"number": "V100"}]}}
GONE = {"id": "1", "status": 404, "body": REFUSED}


class TestBusinessCentralPasses:
    def test_a_list_by_changes(self) -> None:
        query = (
            "$filter=lastModifiedDateTime gt 2026-03-31T00:00:00Z and (status eq 'O''Neil' or "
            "startswith(number,'10'))&$orderby=lastModifiedDateTime desc&$count=true&$top=5"
        )
        answer = {"@odata.context": "x", "@odata.count": 1, "value": [INVOICE]}
        headers = {"Prefer": "odata.maxpagesize=500"}
        assert central("GET", INVOICES, query, answer=answer, headers=headers) == []

    def test_the_next_page(self) -> None:
        answer = {"value": [INVOICE], "@odata.nextLink": "https://x.test/?$skiptoken=1"}
        assert central("GET", INVOICES, "aid=FIN&$skiptoken=abc", answer=answer) == []

    def test_a_deep_insert_with_its_parts_expanded(self) -> None:
        assert central("POST", INVOICES, EXPAND, NEW_INVOICE, 201, DEEP) == []

    def test_a_line_with_plain_and_with_escaped_members(self) -> None:
        for kind in ("Fixed Asset", "Fixed_x0020_Asset"):
            sent = {**NEW_LINE, "lineType": kind}
            answer = {"id": ID, "sequence": 10000, "lineType": kind, "unitCost": 12500.01}
            path = f"{INVOICES}({ID})/purchaseInvoiceLines"
            assert central("POST", path, "", sent, 201, answer) == []

    @pytest.mark.parametrize("action", ["post", "Post"])
    def test_a_posting(self, action: str) -> None:
        assert central("POST", f"{INVOICES}({ID})/Microsoft.NAV.{action}", status=204) == []

    def test_a_change_that_wants_no_body(self) -> None:
        headers = {**MATCH, "Prefer": "return=minimal"}
        sent = {"dueDate": "2026-04-30"}
        assert central("PATCH", f"{INVOICES}({ID})", "", sent, 204, headers=headers) == []

    @pytest.mark.parametrize("root", [ROOT, "/v2.0/sandbox/api/v2.0", "/BC/api/v2.0"])
    def test_every_form_of_the_root(self, root: str) -> None:
        answer = {"value": [{"id": COMPANY, "name": "CRONUS", "timestamp": 1}]}
        assert central("GET", f"{root}/companies", answer=answer) == []

    def test_a_company_in_the_query(self) -> None:
        query = f"company={COMPANY}"
        assert central("GET", f"{ROOT}/vendors", query, answer={"value": []}) == []

    def test_a_subscription_is_renewed(self) -> None:
        sent = {
            "notificationUrl": "https://hub.example.com/bc",
            "resource": f"/api/v2.0/companies({COMPANY})/purchaseInvoices",
            "clientState": "s",
        }
        answer = {**sent, "subscriptionId": "c670", "expirationDateTime": "2026-04-03T07:52:31Z"}
        path = f"{ROOT}/subscriptions('c670')"
        assert central("PATCH", path, "", sent, 200, answer, {"If-Match": "*"}) == []

    def test_a_stream_is_uploaded(self) -> None:
        path = f"{SCOPE}/documentAttachments({ID})/attachmentContent"
        headers = {**MATCH, "Content-Type": "application/pdf"}
        assert central("PATCH", path, "", b"%PDF", 204, headers=headers) == []

    def test_an_attachment_links_to_its_stream(self) -> None:
        row = {"id": ID, "fileName": "a.pdf", "attachmentContent@odata.mediaReadLink": "https://x"}
        query = f"$filter=parentId eq {ID} and parentType eq 'Purchase Invoice'"
        found = central("GET", f"{SCOPE}/documentAttachments", query, answer={"value": [row]})
        assert found == []

    @pytest.mark.parametrize("status", [400, 404, 409, 429, 500, 503])
    def test_errors_as_documented(self, status: int) -> None:
        assert central("GET", f"{INVOICES}({ID})", status=status, answer=REFUSED) == []

    def test_a_batch(self) -> None:
        assert batch([CREATE, READ], [CREATED, VENDORS]) == []

    def test_a_batch_that_stops_at_a_failure(self) -> None:
        assert batch([CREATE, READ], [GONE]) == []

    def test_a_batch_without_ids_and_with_whole_addresses(self) -> None:
        read = {"method": "GET", "url": f"https://x.test{SCOPE}/vendors?$top=1"}
        assert batch([read], [changed(VENDORS, id=None)]) == []

    def test_paths_outside_the_data(self) -> None:
        base = ROOT.removesuffix("/v2.0")
        runtime = f"{base}/microsoft/runtime/beta/companies({COMPANY})/webhookSupportedResources"
        report = f"{base}/microsoft/reportsFinance/beta/companies({COMPANY})/dimensionValues"
        for path in (runtime, report, "/environments/v1.2", ROOT, f"{ROOT}/entityDefinitions"):
            assert central("GET", path, answer={"value": []}) == []
        assert central("GET", f"{ROOT}/$metadata", answer=b"<edmx/>") == []

    def test_entras_token(self) -> None:
        assert entra() == []


def entra(status: int = 200, answer: dict[str, Any] | None = None, **fields: Any) -> list[str]:
    form = {
        "grant_type": "client_credentials",
        "client_id": "i",
        "client_secret": "s",
        "scope": "https://api.businesscentral.dynamics.com/.default",
    }
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    good = {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 1, "access_token": "t"}
    sent = urlencode(changed(form, **fields)).encode()
    path = "/contoso.example/oauth2/v2.0/token"
    return central("POST", path, "", sent, status, answer or good, kind, JSON)


class TestBusinessCentralRefuses:
    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"number": "1"}, "body.number is read-only"),
            ({"id": ID}, "body.id is read-only"),
            ({"vendorName": "Acme"}, "body.vendorName is read-only"),
            ({"externalId": "1"}, "body.externalId is not a field"),
            ({"vendorInvoiceNumber": "P" * 36}, "is too long"),
            ({"vendorId": "V100"}, "is not a 'uuid'"),
            ({"vendorId": None}, "is not of type 'string'"),
            ({"invoiceDate": "2026-03-31T00:00:00Z"}, "is not a 'date'"),
            ({"discountAmount": "5.00"}, "is not of type 'number'"),
            ({"purchaseInvoiceLines": [{"directUnitCost": 1}]}, "directUnitCost is not a field"),
            ({"purchaseInvoiceLines": [{"lineType": "Job"}]}, "is not one of"),
        ],
    )
    def test_a_bad_request(self, fields: dict[str, Any], says: str) -> None:
        sent = {**NEW_INVOICE, **fields}
        only(central("POST", INVOICES, "", sent, 201, ENTITY), f"Request POST {INVOICES}: ", says)

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"totalAmountIncludingTax": "12500.01"}, "body.totalAmountIncludingTax"),
            ({"status": "Posted"}, "is not one of"),
            ({"remainingAmount": 1}, "body.remainingAmount is not a field"),
            ({"vendorName": None}, "body.vendorName"),
            ({"number": "9" * 21}, "is too long"),
            ({"id": "{5d11}"}, "is not a 'uuid'"),
            ({"purchaseInvoiceLines": []}, "not asked for by $expand"),
        ],
    )
    def test_a_bad_answer(self, fields: dict[str, Any], says: str) -> None:
        answer = {**ENTITY, **fields}
        only(central("GET", f"{INVOICES}({ID})", answer=answer), "Answer", says)

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ("$filter=vendorNo eq 'V100'", "'vendorNo'"),
            ("$filter=number eq 'V100", "cannot be read"),
            ("$filter=(number eq 'V100'", "cannot be read"),
            ("$filter=", "cannot be read"),
            ("$select=id,externalId", "'externalId'"),
            ("$orderby=modified desc", "'modified'"),
            ("$top=ten", "whole number"),
            ("$count=yes", "true or false"),
            ("$search=acme", "'$search' is not in the specification"),
            ("page=2", "'page' is not in the specification"),
            ("$expand=lines", "no part of purchaseInvoice"),
            ("$expand=purchaseInvoiceLines($expand=lots)", "no part of purchaseInvoiceLine"),
            ("$expand=purchaseInvoiceLines($search=x)", "unknown option '$search'"),
            ("$expand=purchaseInvoiceLines($select=cost)", "'cost'"),
        ],
    )
    def test_a_bad_query(self, query: str, says: str) -> None:
        only(central("GET", INVOICES, query, answer={"value": []}), "Request", says)

    def test_an_expanded_part_that_is_missing(self) -> None:
        only(central("GET", f"{INVOICES}({ID})", EXPAND, answer=ENTITY), "although asked for")

    def test_a_bad_field_within_an_expanded_part(self) -> None:
        lines = [{"id": ID, "dimensionSetLines": [{"code": "PROJECT", "value": "P"}]}]
        answer = {**ENTITY, "purchaseInvoiceLines": lines}
        found = central("GET", f"{INVOICES}({ID})", EXPAND, answer=answer)
        only(found, "purchaseInvoiceLines[0].dimensionSetLines[0].value is not a field")

    def test_a_change_without_its_etag(self) -> None:
        found = central("PATCH", f"{INVOICES}({ID})", "", {"dueDate": "2026-04-30"}, 200, ENTITY)
        only(found, "header If-Match is missing")

    @pytest.mark.parametrize(
        ("path", "sent", "says"),
        [
            (f"purchaseInvoices({ID})", {"purchaseInvoiceLines": []}, "is a part"),
            (f"purchaseInvoiceLines({ID})", {"sequence": 1}, "is fixed after creation"),
        ],
    )
    def test_a_change_of_what_is_fixed(self, path: str, sent: Any, says: str) -> None:
        only(central("PATCH", f"{SCOPE}/{path}", "", sent, 200, {}, MATCH), says)

    def test_a_posting_with_a_body(self) -> None:
        path = f"{INVOICES}({ID})/Microsoft.NAV.post"
        only(central("POST", path, "", {}, 204), "takes none")

    def test_a_posting_that_answers_with_a_body(self) -> None:
        path = f"{INVOICES}({ID})/Microsoft.NAV.post"
        only(central("POST", path, status=204, answer=ENTITY), "status 204 carries none")

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", f"{ROOT}/companies"),
            ("PATCH", f"{SCOPE}/accounts({ID})"),
            ("POST", f"{INVOICES}({ID})/Microsoft.NAV.cancel"),
            ("GET", f"{SCOPE}/bills"),
            ("GET", f"{ROOT}/subscriptions(c670)"),
            ("GET", f"/api/v1.0/companies({COMPANY})/vendors"),
        ],
    )
    def test_an_unknown_operation(self, method: str, path: str) -> None:
        only(central(method, path, answer={}), "not an operation of the specification")

    def test_an_unknown_wish(self) -> None:
        found = central("GET", INVOICES, answer={"value": []}, headers={"Prefer": "maxpagesize=5"})
        only(found, "header Prefer")

    def test_an_etag_on_a_company(self) -> None:
        found = central("GET", f"{ROOT}/companies", answer={"value": [{"@odata.etag": ETAG}]})
        only(found, "@odata.etag is not a field")

    @pytest.mark.parametrize("body", [{}, {"error": {"code": "x"}}, {"error": "x"}, {"errors": 1}])
    def test_an_error_of_another_shape(self, body: Any) -> None:
        found = central("GET", f"{INVOICES}({ID})", status=404, answer=body)
        assert found
        assert all(line.startswith("Answer") for line in found)

    def test_a_bad_token_request(self) -> None:
        only(entra(scope=DROP), "Request", "'scope' is a required property")
        only(entra(resource="x"), "Request", "body.resource is not a field")

    def test_a_bad_token(self) -> None:
        answer = {"token_type": "Bearer", "expires_in": "3599", "access_token": "t"}
        only(entra(answer=answer), "Answer", "expires_in")
        only(entra(401, {"error": "invalid_client"}), "Answer", "error_description")


class TestBatchRefuses:
    def test_a_bad_inner_request(self) -> None:
        bad = {**CREATE, "body": {"vendorNumber": "V100", "number": "1"}}
        only(
            batch([bad, READ], [CREATED, VENDORS]), "Request $batch[0] POST", "number is read-only"
        )

    def test_a_bad_inner_query(self) -> None:
        bad = {**READ, "url": f"companies({COMPANY})/vendors?$filter=no eq 'V100'"}
        only(batch([CREATE, bad], [CREATED, VENDORS]), "Request $batch[1] GET", "'no'")

    def test_an_inner_path_that_is_unknown(self) -> None:
        bad = {**READ, "url": f"companies({COMPANY})/bills"}
        only(batch([CREATE, bad], [CREATED, VENDORS]), "$batch[1]", "not an operation")

    def test_an_inner_request_without_its_content_type(self) -> None:
        only(batch([changed(CREATE, headers=DROP)], [CREATED]), "$batch[0]", "Content-Type")

    def test_an_inner_change_without_its_etag(self) -> None:
        url = f"companies({COMPANY})/purchaseInvoices({ID})"
        bad = {**CREATE, "method": "PATCH", "url": url, "body": {"dueDate": "2026-04-30"}}
        only(batch([bad], [{**CREATED, "status": 200}]), "$batch[0]", "If-Match is missing")

    def test_a_bad_inner_answer(self) -> None:
        bad = {**CREATED, "body": {**INVOICE, "invented": 1}}
        only(batch([CREATE, READ], [bad, VENDORS]), "Answer $batch[0]", "invented is not a field")

    def test_an_inner_answer_without_its_body(self) -> None:
        only(batch([CREATE], [changed(CREATED, body=DROP)]), "Answer $batch[0]", "is missing")

    def test_a_bad_inner_error(self) -> None:
        only(batch([CREATE], [{**GONE, "body": {"message": "x"}}]), "Answer $batch[0]", "message")

    def test_inner_status(self) -> None:
        only(batch([CREATE], [{**CREATED, "status": 200}]), "$batch[0]", "status 200 is not among")

    def test_a_request_that_was_not_reached_is_checked_too(self) -> None:
        bad = {**READ, "url": f"companies({COMPANY})/bills"}
        only(batch([CREATE, bad], [GONE]), "Request $batch[1]", "not an operation")

    def test_an_answer_that_is_missing(self) -> None:
        only(batch([CREATE, READ], [CREATED]), "holds 1 answers to 2 requests")

    def test_an_answer_that_is_missing_although_told_to_go_on(self) -> None:
        found = batch([CREATE, READ], [GONE], "odata.continue-on-error=true")
        only(found, "holds 1 answers to 2 requests")

    def test_a_bad_envelope(self) -> None:
        only(batch([{**READ, "dependsOn": ["1"]}], [VENDORS]), "dependsOn is not a field")

    def test_too_many_requests(self) -> None:
        rows = [{**READ, "id": str(number)} for number in range(101)]
        answers = [{**VENDORS, "id": str(number)} for number in range(101)]
        only(batch(rows, answers), "body.requests", "is too long")


HOOK_V2 = {
    "id": 88123,
    "ulid": "01JQ4Z8M5T7V9X1B3D5F7H9K2M",
    "timestamp": "2026-03-02T09:30:01.246562Z",
    "metadata": {"source_user_id": 501, "source_project_id": 777, "source_operation_id": None},
    "user_id": 501,
    "company_id": 4281,
    "project_id": 777,
    "api_version": "v2.0",
    "event_type": "update",
    "resource_name": "Purchase Order Contracts",
    "resource_id": 9001,
}
HOOK_V4 = {
    "id": "01JQ4Z8M5T7V9X1B3D5F7H9K2M",
    "timestamp": "2026-03-02T09:30:01.246562Z",
    "reason": "update",
    "company_id": "4281",
    "project_id": "777",
    "user_id": "501",
    "resource_type": "Purchase Order Contracts",
    "resource_id": "9001",
}
HOOK_V3 = {
    **HOOK_V2,
    "api_version": "v3.0",
    "related_resources": [{"id": 9001, "name": "Purchase Order Contracts"}],
}
NOTICE = {
    "subscriptionId": "c670",
    "clientState": "random-secret",
    "expirationDateTime": "2026-04-03T07:52:31Z",
    "resource": f"api/v2.0/companies({COMPANY})/purchaseInvoices({ID})",
    "changeType": "updated",
    "lastModifiedDateTime": "2026-03-31T12:54:20.467Z",
}
MANY = {
    **NOTICE,
    "changeType": "collection",
    "resource": f"/api/v2.0/companies({COMPANY})/purchaseInvoices"
    "?$filter=lastModifiedDateTime%20gt%202026-03-31T00:00:00Z",
}


class TestWebhooks:
    @pytest.mark.parametrize("payload", [HOOK_V2, HOOK_V3, HOOK_V4, {**HOOK_V4, "data": {"a": 1}}])
    def test_procores_pass(self, payload: Any) -> None:
        assert contract.check_webhook("procore", raw(payload)) == []

    @pytest.mark.parametrize(
        ("payload", "says"),
        [
            ({**HOOK_V2, "resource_id": "9001"}, "resource_id"),
            ({**HOOK_V2, "event_type": "UPDATE"}, "event_type"),
            ({**HOOK_V2, "related_resources": []}, "related_resources is not a field"),
            ({**HOOK_V4, "resource_id": 9001}, "resource_id"),
            (changed(HOOK_V2, ulid=DROP), "'ulid' is a required property"),
            (changed(HOOK_V3, related_resources=DROP), "'related_resources'"),
            (changed(HOOK_V4, reason=DROP), "'reason' is a required property"),
            (b"{", "no JSON"),
        ],
    )
    def test_procores_are_refused(self, payload: Any, says: str) -> None:
        only(contract.check_webhook("procore", raw(payload)), "Webhook: ", says)

    @pytest.mark.parametrize("notice", [NOTICE, MANY])
    def test_business_centrals_pass(self, notice: Any) -> None:
        assert contract.check_webhook("business_central", raw({"value": [notice]})) == []

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"changeType": "changed"}, "is not one of"),
            ({"body": {}}, "body is not a field"),
            ({"subscriptionId": DROP}, "'subscriptionId' is a required property"),
            ({"resource": f"api/v2.0/companies({COMPANY})/bills({ID})"}, "no address"),
        ],
    )
    def test_business_centrals_are_refused(self, fields: dict[str, Any], says: str) -> None:
        body = raw({"value": [changed(NOTICE, **fields)]})
        only(contract.check_webhook("business_central", body), "Webhook: ", says)


def test_numbers_stay_exact() -> None:
    answer = raw(ENTITY).replace(b"12500.01", b"123456789012345678.01")
    assert central("GET", f"{INVOICES}({ID})", answer=answer) == []
    bad = raw(ENTITY).replace(b'"V100"', b"123456789012345678.01")
    only(central("GET", f"{INVOICES}({ID})", answer=bad), "123456789012345678.01")


def test_a_fraction_is_no_whole_number() -> None:
    found = procore("GET", SHOW, "project_id=777", answer=raw(ORDER).replace(b"9001,", b"9001.0,"))
    assert found
    assert "is not of type 'integer'" in found[0]


def test_many_threads_share_a_contract() -> None:
    held = contract.Contract(contract.require_specs() / contract.FILES["business_central"])
    given = ("GET", f"{INVOICES}({ID})", EXPAND, TOKEN, b"", 200, ODATA, raw(DEEP))
    found: list[list[str]] = []
    run: Callable[[], None] = lambda: found.append(held.check(*given))  # noqa: E731
    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[]] * 16


def test_the_folder_is_found_by_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("SPECS_DIR", str(tmp_path))
    assert contract.find_specs() == tmp_path
    monkeypatch.setenv("SPECS_DIR", str(tmp_path / "absent"))
    assert contract.find_specs() is None
    with pytest.raises(FileNotFoundError, match="SPECS_DIR"):
        contract.require_specs()


def test_every_operation_of_the_data_can_be_built() -> None:
    for vendor in contract.FILES:
        held = contract.contract_for(vendor)
        for routes in held.routes.by_depth.values():
            for _, known in routes:
                for op in known.values():
                    path = held.routes.find(
                        op.method, op.template.replace("{", "").replace("}", "")
                    )
                    assert path is not None, op.template
                    assert held.check(op.method, op.template, "", {}, b"", 400, {}, b"")
