"""What the stories about NAV on-premises share: a running stand-in and a client of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import requests

from tests.simulators import company

from . import NavSimulator

DAY = company.TODAY.isoformat()
VENDOR = "V10124"
ACCOUNT = "53200"
KEY = "Document_Type='Invoice',No='{}'"


class Office:
    """One stand-in and one client of it."""

    def __init__(self, **options: Any) -> None:
        self.simulator = NavSimulator(**options).start()
        self.session = requests.Session()
        self.again()

    def again(self) -> None:
        """Back to a new site."""
        self.control("POST", "reset")
        self.ready = self.simulator.ready()
        self.root: str = self.ready["odata_url"]
        self.company: str = self.ready["company"]
        self.session.close()
        self.session = requests.Session()
        self.session.auth = (self.ready["user"], self.ready["password"])

    def close(self) -> None:
        self.session.close()
        self.simulator.stop()

    def call(self, verb: str, path: str, **options: Any) -> requests.Response:
        """In the company, unless the path is a whole address."""
        if path.startswith("http"):
            return self.session.request(verb, path, **options)
        query = {"company": self.company, **options.pop("params", {})}
        return self.session.request(verb, f"{self.root}/{path}", params=query, **options)

    def get(self, path: str, **query: Any) -> Any:
        response = self.call("GET", path, params={f"${k}": v for k, v in query.items()})
        assert response.status_code == 200, response.text
        return response.json(parse_float=Decimal)

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(path, **query)["value"]
        return found

    def post(self, path: str, body: Any) -> Any:
        response = self.call("POST", path, json=body)
        assert response.status_code in (200, 201, 204), response.text
        return response.json(parse_float=Decimal) if response.content else None

    def patch(self, path: str, body: Any, etag: str = "*") -> Any:
        response = self.call("PATCH", path, json=body, headers={"If-Match": etag})
        assert response.status_code == 200, response.text
        return response.json(parse_float=Decimal)

    def refused(self, verb: str, path: str, body: Any = None, **options: Any) -> tuple[int, str]:
        """Status and text of a refusal."""
        headers = {"If-Match": "*"} if verb == "PATCH" else {}
        response = self.call(verb, path, json=body, headers=headers, **options)
        assert response.status_code >= 400, response.text
        return response.status_code, str(response.json()["error"]["message"])

    def control(self, verb: str, path: str, body: Any = None) -> Any:
        url = f"{self.simulator.url}/control/{path}"
        response = requests.request(verb, url, json=body)
        assert response.status_code in (200, 204), response.text
        return response.json() if response.content else None

    def nav(self, action: str, **body: Any) -> Any:
        return self.control("POST", f"nav/{action}", body)

    # What clients do.

    def header(self, number: str = "PC-1", service: str = "PurchaseInvoice", **more: Any) -> Any:
        field = {"PurchaseCreditMemo": "Vendor_Cr_Memo_No"}.get(service, "Vendor_Invoice_No")
        return self.post(service, {"Buy_from_Vendor_No": VENDOR, field: number, **more})

    def line(self, header: Any, number: int = 10000, **more: Any) -> Any:
        service = {"Invoice": "PurchaseInvoice", "Order": "PurchaseOrder",
                   "Credit Memo": "PurchaseCreditMemo"}[header["Document_Type"]]  # fmt: skip
        return self.post(f"{service}PurchLines", {**line_body(header, number), **more})

    def draft(self, number: str = "PC-1", **more: Any) -> Any:
        """An invoice with one line."""
        header = self.header(number, **more)
        self.line(header)
        return header

    def act(self, procedure: str, **body: str) -> Any:
        return self.post(f"IntegrationMgt_{procedure}", body)

    def act_on(self, procedure: str, header: Any) -> Any:
        return self.act(procedure, documentType=header["Document_Type"], documentNo=header["No"])

    def posted(self, number: str = "PC-1") -> Any:
        """A posted invoice, as the card shows it."""
        header = self.draft(number)
        posted = self.act_on("PostPurchaseDocument", header)["value"]
        return self.get(f"PostedPurchaseInvoice('{posted}')")


def line_body(header: Any, number: int) -> dict[str, Any]:
    return {
        "Document_Type": header["Document_Type"], "Document_No": header["No"], "Line_No": number,
        "Type": "G/L Account", "No": ACCOUNT, "Description": "Concrete works", "Quantity": 1,
        "Direct_Unit_Cost": 12500.25, "Shortcut_Dimension_1_Code": "P-1042",
    }  # fmt: skip
