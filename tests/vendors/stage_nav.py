"""NAV on-premises as the stories use it: the stand-in's page services, a client, its journal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.cache import cache

from connections.models import Connection
from connections.transport import odata
from connections.vendors.nav import FIELDS
from connections.vendors.nav.client import OnPremises
from tests.vendors.stage_business_central import Notebook

ROOT = Path(__file__).resolve().parents[2]
TYPES = {
    "PurchaseInvoice": "Invoice", "PurchaseCreditMemo": "Credit Memo", "PurchaseOrder": "Order",
}  # fmt: skip


class Site:
    """One connection to the stand-in and what a test may do behind its back."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready
        secrets = {field.name for field in FIELDS if field.secret}
        names = {field.name for field in FIELDS} - secrets
        self.connection = Connection.objects.create(
            name="Keystone site",
            vendor="nav",
            settings={name: ready[name] for name in names if name in ready},
            secrets={name: ready[name] for name in secrets if name in ready},
        )
        self.journal = Notebook()
        self.client = self.new_client()

    def new_client(self, **settings: Any) -> OnPremises:
        """As another worker would have it; with these settings changed."""
        self.connection.settings |= settings
        self.connection.save()
        return OnPremises(Connection.objects.get(pk=self.connection.pk), self.journal)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.ready['control_url']}/{path}"
        answer = requests.request(method, url, json=body, timeout=60)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def setting(self, **values: Any) -> None:
        """What the site chose: version, sign-in, switches."""
        self.partner("settings", **values)

    def partner(self, action: str, **values: Any) -> None:
        """What the site's partner does: settings, services, setup, key."""
        self.control("POST", f"nav/{action}", values)
        cache.clear()
        self.client = self.new_client()

    def by_hand(self, action: str, **values: Any) -> Any:
        """What a bookkeeper does in the ledger meanwhile."""
        return self.control("POST", f"business_central/{action}", values)

    def fault(self, action: str, **rule: Any) -> None:
        self.control("POST", "faults", {"rules": [{"action": action, **rule}]})

    def requests_sent(self) -> list[str]:
        """Methods of the OData requests since the last call."""
        log = self.control("GET", "requests?tail=5000")["log"]
        self.control("DELETE", "requests")
        return [one["method"] for one in log if "/ODataV4" in one["path"]]

    def rows(self, service: str, wanted: str = "") -> list[Any]:
        return list(self.client.rows(self.client.path(service, filter=wanted)))

    def enter(self, service: str, lines: list[dict[str, Any]], **header: Any) -> str:
        """What a bookkeeper types on a page; its number."""
        other = OnPremises(self.connection, Notebook())
        body = {"Buy_from_Vendor_No": "V10001", **header}
        number = str(self._post(other, service, body)["No"])
        for index, line in enumerate(lines, start=1):
            key = {"Document_Type": TYPES[service], "Document_No": number, "Line_No": index * 10000}
            self._post(other, f"{service}PurchLines", {**key, **line})
        return number

    def _post(self, other: OnPremises, service: str, body: Any) -> odata.Row:
        return odata.row(other.write("POST", other.path(service), body, about="a person"))


@pytest.fixture(scope="session")
def nav_ready() -> Iterator[dict[str, Any]]:
    """The stand-in in a process of its own, for the whole test session."""
    command = [sys.executable, "-m", "tests.simulators", "--port-base", "0", "--only", "nav"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line, "the stand-in did not start"
            yield json.loads(line)["nav"]
        finally:
            process.terminate()


@pytest.fixture
def nav(db: None, nav_ready: dict[str, Any]) -> Iterator[Site]:
    cache.clear()
    site = Site(nav_ready)
    site.control("POST", "reset")
    yield site
    site.control("DELETE", "faults")
