"""Exchanges as the vendors document them, and how one is checked against its contract."""

import json
import os
from typing import Any

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
