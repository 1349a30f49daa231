"""The contract of Procore lets real-looking exchanges pass and names each kind of violation."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.simulators.contract_samples import (
    COST,
    COSTS,
    DROP,
    JSON,
    LINE,
    LIST,
    ORDER,
    PROCORE,
    REQUISITION,
    SHOW,
    changed,
    only,
    procore,
)


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
