"""One connection to the stand-in, and what people do in the environment behind its back."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

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
from connections.vendors.fo import FIELDS
from connections.vendors.fo.client import FinanceOperations
from tests.vendors.stage_business_central import Notebook

TODAY = dt.datetime.now(dt.UTC).date()
ABOUT = "record 1"
COST = (("CostCode", "03-300"), ("CostType", "S"), ("Project", "P-1042"))
NUMBERS = itertools.count(1)
SECRETS = {field.name for field in FIELDS if field.secret}
NAMES = {field.name for field in FIELDS} - SECRETS


class Environment:
    """A fresh environment with its demo company."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready
        self.control("POST", "reset")
        self.control("DELETE", "faults")
        self.connection = Connection.objects.create(
            name="Keystone F&O",
            vendor="fo",
            settings={name: ready[name] for name in NAMES if name in ready},
            secrets={name: ready[name] for name in SECRETS if name in ready},
        )
        self.journal = Notebook()
        self.client = self.new_client()
        self.requests_sent()

    def new_client(self, **settings: Any) -> FinanceOperations:
        """As another worker would have it; with these settings changed."""
        cache.clear()
        self.connection.settings |= settings
        self.connection.save()
        self.client = FinanceOperations(Connection.objects.get(pk=self.connection.pk), self.journal)
        return self.client

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.ready['control_url']}/{path}"
        answer = requests.request(method, url, json=body, timeout=60)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def chose(self, **values: Any) -> None:
        """What the administrator of the environment set up."""
        self.control("POST", "fo/settings", values)

    def by_hand(self, action: str, **values: Any) -> Any:
        """What people, a workflow or the automation do there."""
        return self.control("POST", f"fo/{action}", values)

    def fault(self, action: str, **rule: Any) -> None:
        self.control("POST", "faults", {"rules": [{"action": action, **rule}]})

    def requests_sent(self) -> list[tuple[str, str]]:
        """(method, path) of what came since the last call, without sign-ins."""
        log = self.control("GET", "requests?tail=5000")["log"]
        self.control("DELETE", "requests")
        return [(one["method"], one["path"]) for one in log if "/oauth2/" not in one["path"]]

    def writes(self) -> list[str]:
        """Methods and collections of the writes since the last call, in order."""
        told = [f"{method} {url.split('/data/')[1].split('(')[0]}" for method, url, _ in
                self.journal.lines]  # fmt: skip
        self.journal.lines.clear()
        return told

    def rows(self, entity_set: str, filter: str = "", **options: str | int) -> list[Any]:
        other = FinanceOperations(self.connection, Notebook())
        wanted = other.ours(filter)
        return list(other.rows(other.path(entity_set, filter=wanted, **options)))


def line(amount: str, account: str = "53200", **changes: Any) -> CodedLine:
    values = {"account": account, "amount": Decimal(amount), "description": "Concrete works"}
    return CodedLine(**{**values, "dimensions": COST, **changes})


def invoice(*lines: CodedLine, **changes: Any) -> CodedDocument:
    """Of vendor V10001, for today, with two lines."""
    given = lines or (line("12500.00"), line("249.95", "52200"))
    number = next(NUMBERS)
    values: dict[str, Any] = {
        "kind": PURCHASE_INVOICE,
        "number": f"PC-{number:05d}",
        "vendor": "V10001",
        "vendor_name": "",
        "document_date": TODAY,
        "posting_date": TODAY,
        "currency": "",
        "lines": given,
        "total": sum((one.amount + one.tax for one in given), Decimal(0)),
        "key": f"PK{number:08d}",
        "post": False,
    }
    return CodedDocument(**{**values, **changes})


def memo(*lines: CodedLine, **changes: Any) -> CodedDocument:
    return invoice(*lines, kind=CREDIT_MEMO, **changes)


def order(*lines: CodedLine, **changes: Any) -> CodedDocument:
    return invoice(*lines, kind=PURCHASE_ORDER, **changes)


def journal(*lines: CodedLine, **changes: Any) -> CodedDocument:
    given = lines or (line("900.00", "90100"), line("-900.00", "90110"))
    values = {"kind": JOURNAL, "vendor": "", "total": Decimal(0)}
    return invoice(*given, **{**values, **changes})


def shape(lines: Any) -> list[tuple[str, Decimal, tuple[tuple[str, str], ...]]]:
    return [(one.account, one.amount, one.dimensions) for one in lines]
