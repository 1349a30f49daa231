"""Business Central's stand-in as the stories use it: a client, its journal, the control."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.cache import cache

from connections.documents import (
    CREDIT_MEMO,
    JOURNAL,
    PURCHASE_INVOICE,
    PURCHASE_ORDER,
    CodedDocument,
    CodedLine,
)
from connections.models import Connection
from connections.vendors.business_central.client import BusinessCentral

TODAY = dt.datetime.now(dt.UTC).date()
COST = (("COSTCODE", "03-300"), ("COSTTYPE", "S"), ("PROJECT", "P-1042"))
NUMBERS = itertools.count(1)
SPECS = Path(__file__).resolve().parents[3] / "shared" / "apis" / "specs"


@dataclasses.dataclass
class Notebook:
    """A journal that remembers."""

    lines: list[tuple[str, str, Any]] = dataclasses.field(default_factory=list)
    outcomes: list[tuple[str, int]] = dataclasses.field(default_factory=list)

    def intent(self, about: str, method: str, url: str, body: Any) -> int:
        self.lines.append((method, url, body))
        return len(self.lines)

    def outcome(self, intent: int, result: str, status: int, body: Any) -> None:
        self.outcomes.append((result, status))


class Stage:
    """One connection to the stand-in and what a test may do behind its back."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready
        self.connection = Connection.objects.create(
            name="Keystone books",
            vendor="business_central",
            settings={name: ready[name] for name in SETTINGS} | {"company": ready["company_name"]},
            secrets={"client_secret": ready["client_secret"]},
        )
        self.journal = Notebook()
        self.client = self.new_client()

    def new_client(self) -> BusinessCentral:
        """As another worker would have it."""
        return BusinessCentral(Connection.objects.get(pk=self.connection.pk), self.journal)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.ready['control_url']}/{path}"
        answer = requests.request(method, url, json=body, timeout=60)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def setting(self, **values: Any) -> None:
        self.control("POST", "business_central/settings", values)

    def fault(self, action: str, **rule: Any) -> None:
        self.control("POST", "faults", {"rules": [{"action": action, **rule}]})

    def requests_sent(self) -> int:
        """API requests since the last call."""
        count = sum(
            1 for one in self.control("GET", "requests?tail=5000")["log"]
            if "/oauth2/" not in one["path"]
        )  # fmt: skip
        self.control("DELETE", "requests")
        return count

    def raw(self, method: str, path: str, body: Any = None) -> Any:
        """What a person does in Business Central meanwhile."""
        other = BusinessCentral(self.connection, Notebook())
        headers = {"If-Match": "*"} if method in ("PATCH", "DELETE") else {}
        url = other.path(path)
        if method == "GET":
            return other.get(url).data
        return other.write(method, url, body, about="a person", headers=headers).data

    def purchase(self, entity: str, lines: list[dict[str, Any]], **header: Any) -> dict[str, Any]:
        """What a bookkeeper enters: a header and its lines, with dimensions."""
        row: dict[str, Any] = self.raw("POST", f"{entity}s", {"vendorNumber": "V10001", **header})
        for line in lines:
            dims = line.pop("dims", {})
            made = self.raw("POST", f"{entity}s({row['id']})/{entity}Lines", line)
            for code, value in dims.items():
                body = {"code": code, "valueCode": value}
                self.raw("POST", f"{entity}Lines({made['id']})/dimensionSetLines", body)
        return row


SETTINGS = ("api_url", "login_url", "tenant_id", "environment", "client_id")


@pytest.fixture
def business_central(db: None, stand_ins: dict[str, Any]) -> Iterator[Stage]:
    """A fresh company; afterwards everything that was said must have kept to the description."""
    cache.clear()
    stage = Stage(stand_ins["business_central"])
    stage.control("POST", "reset")
    stage.control("DELETE", "violations")
    yield stage
    stage.control("DELETE", "faults")
    said = stage.control("GET", "violations")
    assert said["found"] == []
    assert said["checking"] is SPECS.is_dir()


def line(amount: str, account: str = "53200", **changes: Any) -> CodedLine:
    values = {"account": account, "amount": Decimal(amount), "description": "Concrete works"}
    return CodedLine(**{**values, "dimensions": COST, **changes})


def document(*lines: CodedLine, **changes: Any) -> CodedDocument:
    """A purchase invoice of vendor V10001 for today."""
    given = lines or (line("12500.00"), line("249.95", "52200"))
    values: dict[str, Any] = {
        "kind": PURCHASE_INVOICE,
        "number": f"PC-{next(NUMBERS):05d}",
        "vendor": "V10001",
        "vendor_name": "",
        "document_date": TODAY,
        "posting_date": TODAY,
        "currency": "",
        "lines": given,
        "total": sum((one.amount + one.tax for one in given), Decimal(0)),
    }
    return CodedDocument(**{**values, **changes})


def memo(*lines: CodedLine, **changes: Any) -> CodedDocument:
    return document(*lines, kind=CREDIT_MEMO, **changes)


def order(*lines: CodedLine, **changes: Any) -> CodedDocument:
    return document(*lines, kind=PURCHASE_ORDER, key=f"K{next(NUMBERS):08d}", **changes)


def journal(*lines: CodedLine, **changes: Any) -> CodedDocument:
    given = lines or (line("900.00", "90100"), line("-900.00", "90110"))
    values = {"kind": JOURNAL, "vendor": "", "total": Decimal(0), "key": f"K{next(NUMBERS):08d}"}
    return document(*given, **{**values, **changes})
