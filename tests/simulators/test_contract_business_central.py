"""The contract of Business Central lets real-looking exchanges pass and names each violation."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.simulators.contract_samples import (
    COMPANY,
    DEEP,
    DROP,
    ENTITY,
    ETAG,
    EXPAND,
    ID,
    INVOICE,
    INVOICES,
    JSON,
    MATCH,
    NEW_INVOICE,
    NEW_LINE,
    REFUSED,
    ROOT,
    SCOPE,
    central,
    changed,
    only,
)


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
