"""A site of Dynamics GP: the stand-in in a process of its own, a client, and people at the site."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.cache import cache

from connections.documents import LEDGER_INVOICE, Hint, LedgerDocument
from connections.models import Connection
from connections.vendors.gp import FIELDS
from connections.vendors.gp.client import GP
from tests.connections.other_system import OtherSystem
from tests.vendors.stage_business_central import Notebook

ROOT = Path(__file__).resolve().parents[3]
SECRETS = {field.name for field in FIELDS if field.secret}
NAMES = {field.name for field in FIELDS} - SECRETS
SOON = dt.timedelta(days=1)


class Site:
    """One connection to the stand-in and what people do behind its back."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready
        settings = {name: ready[name] for name in NAMES if name in ready}
        self.connection = Connection.objects.create(
            name="Keystone GP",
            vendor="gp",
            settings=settings | {"pause": "0", "account_segment": "2"},
            secrets={name: ready[name] for name in SECRETS if name in ready},
        )
        self.journal = Notebook()
        self.client = self.new_client()

    def new_client(self, **settings: Any) -> GP:
        """As another worker would have it; with these settings changed."""
        cache.clear()
        self.connection.settings |= settings
        self.connection.save()
        return GP(Connection.objects.get(pk=self.connection.pk), self.journal)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.ready['control_url']}/{path}"
        answer = requests.request(method, url, json=body, timeout=60)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def chose(self, **values: Any) -> GP:
        """What the site's administrator set up; a client that finds it so."""
        self.control("POST", "gp/settings", values)
        self.client = self.new_client()
        return self.client

    def by_hand(self, action: str, **values: Any) -> Any:
        """What an accountant does in GP's windows."""
        return self.control("POST", f"gp/{action}", values)

    def types(self, number: str, amount: str = "100.00", **values: Any) -> str:
        """An unposted invoice on job 1042, concrete; its id."""
        line = {"job": "1042", "code": "03-300", "type": "M", "amount": amount}
        facts = {"vendor": "ABBOTT0002", "number": number, "lines": [line], "force": True}
        return str(self.by_hand("type_invoice", **facts | values)["id"])

    def fault(self, action: str, **rule: Any) -> None:
        self.control("POST", "faults", {"rules": [{"action": action, **rule}]})

    def requests_sent(self) -> list[tuple[str, str]]:
        """(method, path) of what came since the last call, without handshakes."""
        log = self.control("GET", "requests?tail=5000")["log"]
        self.control("DELETE", "requests")
        ours = [one for one in log if "/GPService" in one["path"] and one["status"] != 401]
        return [(one["method"], one["path"]) for one in ours]

    def hints(self, since: dt.datetime | None = None, kind: str = LEDGER_INVOICE) -> list[Hint]:
        now = dt.datetime.now(dt.UTC)
        return list(self.client.purchase_changes(kind, since, now + SOON))

    def hint(self, id: str, since: dt.datetime | None = None) -> Hint | None:
        return next((one for one in self.hints(since) if one.source_id == id), None)

    def document(self, id: str, kind: str = LEDGER_INVOICE) -> LedgerDocument:
        return self.client.purchases(kind, [id])[0]


@pytest.fixture(scope="session")
def gp_ready() -> Iterator[dict[str, Any]]:
    """The stand-in for the whole test session."""
    command = [sys.executable, "-m", "tests.simulators", "--port-base", "0", "--only", "gp"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line, "the stand-in did not start"
            yield json.loads(line)["gp"]
        finally:
            process.terminate()


@pytest.fixture
def gp(db: None, gp_ready: dict[str, Any]) -> Iterator[Site]:
    site = Site(gp_ready)
    site.control("POST", "reset")
    yield site
    site.control("DELETE", "faults")


@pytest.fixture
def server(db: None) -> Iterator[OtherSystem]:
    """A server that answers as a test tells it."""
    cache.clear()
    with OtherSystem() as system:
        yield system


def site_of(address: str, **settings: Any) -> GP:
    """A client of the server at that address."""
    connection = Connection.objects.create(
        name="Site",
        vendor="gp",
        settings={
            "server_url": address, "company": "Fabrikam, Inc. (Côté & Söhne; Ost)",
            "authentication": "basic", "user": "svc", "pause": "0", "currencies": "Z-US$=USD",
            "local_currency": "USD", "paths": "currencies=", **settings,
        },
        secrets={"password": "KEY-öä", "client_secret": "s3cret", "token": "T-123456"},
    )  # fmt: skip
    return GP(connection, Notebook())


__all__ = ["Site", "site_of"]
