"""What the stories about Business Central share: a running stand-in and a client of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import requests

from tests.simulators import company
from tests.simulators.business_central import BusinessCentralSimulator
from tests.simulators.contract import find_specs

SCOPE = "https://api.businesscentral.dynamics.com/.default"
DAY = company.TODAY.isoformat()
VENDOR = "V10124"
SUFFIX = re.compile(r"  CorrelationId:  [0-9a-f-]{36}\.$")


class Company:
    """One stand-in and one client of it."""

    def __init__(self, **options: Any) -> None:
        self.simulator = BusinessCentralSimulator(**options)
        specs = find_specs()
        if specs:
            self.simulator.validate(specs, self.simulator.spec_file)
        self.simulator.start()
        self.ready = self.simulator.ready()
        place = f"/v2.0/{self.ready['tenant_id']}/{self.ready['environment']}/api"
        self.api = self.simulator.url + place
        self.root = f"{self.api}/v2.0"
        self.base = f"{self.root}/companies({self.ready['company_id']})"
        self.session = requests.Session()
        self.sign_in()

    def close(self) -> None:
        """Ends it; what it answered must fit the description of the service."""
        found = self.control("GET", "violations")["found"]
        self.session.close()
        self.simulator.stop()
        assert not [each for each in found if each["message"].startswith("Answer")]

    def token(self, **changes: str) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.ready["client_id"],
            "client_secret": self.ready["client_secret"],
            "scope": SCOPE,
        }
        tenant = changes.pop("tenant", self.ready["tenant_id"])
        return requests.post(
            f"{self.ready['login_url']}/{tenant}/oauth2/v2.0/token", data={**form, **changes}
        )

    def sign_in(self) -> None:
        access = self.token().json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {access}"

    def call(self, verb: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{self.base}/{path}"
        return self.session.request(verb, url, **options)

    def get(self, path: str, **query: Any) -> Any:
        response = self.call("GET", path, params={f"${k}": v for k, v in query.items()})
        assert response.status_code == 200, response.text
        return response.json(parse_float=Decimal)

    def value(self, path: str, **query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.get(path, **query)["value"]
        return rows

    def post(self, path: str, body: Any = None) -> Any:
        response = self.call("POST", path, json=body)
        assert response.status_code in (201, 204), response.text
        return response.json(parse_float=Decimal) if response.content else None

    def patch(self, path: str, body: Any, etag: str = "*") -> Any:
        response = self.call("PATCH", path, json=body, headers={"If-Match": etag})
        assert response.status_code == 200, response.text
        return response.json(parse_float=Decimal)

    def refused(
        self, verb: str, path: str, body: Any = None, *, code: str = "", text: str = "",
        status: int = 400, headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        """The request must be refused with this code and text."""
        response = self.call(verb, path, json=body, headers=headers)
        check_refused(response, code or "Application_DialogException", text, status)

    def control(self, verb: str, path: str, body: Any = None) -> Any:
        response = requests.request(verb, f"{self.ready['control_url']}/{path}", json=body)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    def by_hand(self, action: str, **body: Any) -> Any:
        return self.control("POST", f"business_central/{action}", body)

    def ledger(self) -> Any:
        return self.control("GET", "ledger")

    # The usual cast.

    def account(self, number: str) -> dict[str, Any]:
        return self.value("accounts", filter=f"number eq '{number}'")[0]

    def vendor(self, number: str = VENDOR) -> dict[str, Any]:
        return self.value("vendors", filter=f"number eq '{number}'")[0]

    def draft(self, number: str = "PC-1", **changes: Any) -> dict[str, Any]:
        """An invoice of one line over 100.00."""
        body = {"vendorNumber": VENDOR, "vendorInvoiceNumber": number, "postingDate": DAY,
                "purchaseInvoiceLines": [line()], **changes}  # fmt: skip
        created: dict[str, Any] = self.post("purchaseInvoices", body)
        return created

    def post_invoice(self, invoice: dict[str, Any]) -> dict[str, Any]:
        self.post(f"purchaseInvoices({invoice['id']})/Microsoft.NAV.post")
        posted: dict[str, Any] = self.get(f"purchaseInvoices({invoice['id']})")
        return posted

    def posted(self, number: str = "PC-1", **changes: Any) -> dict[str, Any]:
        return self.post_invoice(self.draft(number, **changes))


def line(amount: Any = 100, account: str = "53200", **changes: Any) -> dict[str, Any]:
    """An account line, with its project."""
    dims = changes.pop("dims", {"PROJECT": "P-1042"})
    sets = [{"code": code, "valueCode": value} for code, value in dims.items()]
    body = {"lineType": "Account", "lineObjectNumber": account, "quantity": 1,
            "unitCost": amount, "description": "Concrete works", **changes}  # fmt: skip
    return {**body, "dimensionSetLines": sets} if sets else body


def check_refused(response: requests.Response, code: str, text: str, status: int = 400) -> None:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["code"] == code, error
    assert SUFFIX.search(error["message"])
    assert text in error["message"], error["message"]


def eventually(found: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Asks until the answer is true."""
    end = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)
    return result
