"""What the stories about GP share: a running stand-in and a client of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import quote

import requests
from requests_ntlm import HttpNtlmAuth

from . import GpSimulator

VENDORS, PAYABLES = "Purchasing/Vendors", "Purchasing/Payables/Transactions"
ACCOUNTS = "Financials/Accounts"
VENDOR = "BUCKEYE0001"
LINE = {"job": "1042", "code": "03-300", "type": "S", "amount": "12500.00"}


class Office:
    """One stand-in and one client of it, signed in by a Windows account."""

    def __init__(self, **options: Any) -> None:
        self.simulator = GpSimulator(**options).start()
        self.session = requests.Session()
        self.again()

    def again(self) -> None:
        """Back to a new site."""
        self.control("POST", "reset")
        self.ready = self.simulator.ready()
        self.session.close()
        self.session = requests.Session()
        self.session.auth = HttpNtlmAuth(self.ready["user"], self.ready["password"])

    def close(self) -> None:
        self.session.close()
        self.simulator.stop()

    @property
    def tenant(self) -> str:
        return f"{self.simulator.url}/GPService/Tenants({self.ready['tenant']})"

    @property
    def prefix(self) -> str:
        return f"{self.tenant}/Companies({quote(self.ready['company'], safe='')})"

    def call(self, path: str, verb: str = "GET", **options: Any) -> requests.Response:
        """In the company, unless the path is a whole address."""
        url = path if path.startswith("http") else f"{self.prefix}/{path}"
        return self.session.request(verb, url, **options)

    def get(self, path: str, **query: Any) -> Any:
        """The payload, of JSON."""
        response = self.call(f"{path}.json", params=query)
        assert response.status_code == 200, response.text
        return response.json(parse_float=Decimal)["Payload"]

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(path, **{"pageSize": 1000, **query})
        return found

    def refused(self, path: str, verb: str = "GET", **options: Any) -> tuple[int, str]:
        """Status and code of a refusal."""
        response = self.call(path, verb, **options)
        assert response.status_code >= 400, response.text
        return response.status_code, str(response.json()["Status"]["Messages"][0]["Code"])

    def control(self, verb: str, path: str, body: Any = None) -> Any:
        url = f"{self.simulator.url}/control/{path}"
        response = requests.request(verb, url, json=body)
        assert response.status_code in (200, 204), response.text
        return response.json() if response.content else None

    def gp(self, action: str, **body: Any) -> Any:
        return self.control("POST", f"gp/{action}", body)

    def wrong(self, action: str, **body: Any) -> str:
        """The sentence with which GP's window refuses what a person does."""
        url = f"{self.simulator.url}/control/gp/{action}"
        response = requests.post(url, json=body)
        assert response.status_code == 400, response.text
        return str(response.json()["error"])

    # What people do.

    def typed(self, number: str = "A-1009", **facts: Any) -> dict[str, Any]:
        """An unposted invoice with one line."""
        facts = {"vendor": VENDOR, "number": number, "lines": [LINE], **facts}
        made: dict[str, Any] = self.gp("type_invoice", **facts)
        return made

    def read(self, made: dict[str, Any]) -> dict[str, Any]:
        """The document by its key."""
        row: dict[str, Any] = self.get(f"{PAYABLES}({made['id']})")
        return row
