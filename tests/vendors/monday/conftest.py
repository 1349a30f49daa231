"""An account of monday.com: the stand-in in a process of its own, a client, and people there."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.cache import cache

from connections.boards import DATE, LINK, LONG, NUMBER, OPTIONS, STATUS, TEXT, Cell, Column, Label
from connections.models import Connection
from connections.vendors.monday import FIELDS
from connections.vendors.monday.client import Monday
from tests.connections.other_system import OtherSystem
from tests.vendors.stage_business_central import Notebook

ROOT = Path(__file__).resolve().parents[3]
SECRETS = {field.name for field in FIELDS if field.secret}
KEY, STATE, KIND = "nav_key", "nav_status", "nav_kind"
COLUMNS = (
    Column(KEY, "Key", TEXT),
    Column(STATE, "State", STATUS, (Label("", "Open"), Label("", "Released", done=True))),
    Column(KIND, "Kind", OPTIONS, (Label("", "Order"), Label("", "Invoice"))),
    Column("nav_amount", "Amount", NUMBER),
    Column("nav_due", "Due", DATE),
    Column("nav_note", "Note", LONG),
    Column("nav_link", "Document", LINK),
)


class Account:
    """One connection to the stand-in and what people do behind its back."""

    def __init__(self, ready: dict[str, Any], name: str = "Keystone boards") -> None:
        self.ready = ready
        self.journal = Notebook()
        self.connection = Connection.objects.create(
            name=name,
            vendor="monday",
            settings={
                "api_url": ready["api_url"], "login_url": ready["auth_url"],
                "client_id": ready["client_id"], "plan": "enterprise",
            },
            secrets={field: ready[field] for field in SECRETS},
        )  # fmt: skip
        self.client = self.new_client()
        self.board_id = ""

    def new_client(self, **settings: str) -> Monday:
        """As another worker would have it; with these settings changed."""
        cache.clear()
        self.connection.settings |= settings
        self.connection.save(update_fields=["settings"])
        self.client = Monday(Connection.objects.get(pk=self.connection.pk), self.journal)
        return self.client

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.ready['control_url']}/{path}"
        answer = requests.request(method, url, json=body, timeout=60)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def by_hand(self, action: str, **values: Any) -> Any:
        """What a person does in monday.com's own pages."""
        return self.control("POST", f"monday/{action}", values)

    def trouble(self, name: str, **more: Any) -> None:
        self.control("POST", "monday/trouble", {"name": name, **more})

    def fault(self, action: str, **rule: Any) -> None:
        self.control("POST", "faults", {"rules": [{"action": action, **rule}]})

    def limits(self, **values: Any) -> None:
        self.control("POST", "limits", values)

    def calls(self) -> int:
        """API calls since the last time this was asked."""
        log = self.control("GET", "requests?tail=5000")["log"]
        self.control("DELETE", "requests")
        return len([one for one in log if one["path"] == "/v2"])

    def board(self) -> str:
        """A board with the columns that a flow keeps; its id."""
        board = self.client.create_board("Payables", "set up")
        for column in COLUMNS:
            self.client.create_column(board.id, column, "set up")
        self.board_id = board.id
        return board.id

    def label(self, text: str, column: str = STATE) -> str:
        """The id of a label."""
        found = self.client.board(self.board_id).column(column)
        assert found is not None
        label = found.label(text)
        assert label is not None, found.labels
        return label.id

    def invoice(self, number: str = "PI-1", **cells: Cell) -> Any:
        """An item with its key and an amount."""
        values = {KEY: number, "nav_amount": Decimal("1250.40"), **cells}
        board = self.board_id or self.board()
        return self.client.create_item(
            board, f"Invoice {number}", values, f"invoice {number}", f"item {number}"
        )

    def changed(self, item_id: str, **cells: Cell) -> Any:
        return self.client.change_item(self.board_id, item_id, cells, "change")


@pytest.fixture(scope="session")
def monday_ready() -> Iterator[dict[str, Any]]:
    """The stand-in for the whole test session."""
    command = [sys.executable, "-m", "tests.simulators", "--port-base", "0", "--only", "monday"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line, "the stand-in did not start"
            yield json.loads(line)["monday"]
        finally:
            process.terminate()


@pytest.fixture
def account(db: None, monday_ready: dict[str, Any]) -> Iterator[Account]:
    made = Account(monday_ready)
    made.control("POST", "reset")
    yield made
    made.control("DELETE", "faults")
    made.control("DELETE", "monday/trouble")


@pytest.fixture
def server(db: None) -> Iterator[OtherSystem]:
    """A server that answers as a test tells it."""
    cache.clear()
    with OtherSystem() as system:
        yield system


def tomorrow() -> dt.datetime:
    """00:00 UTC, when the account's calls begin anew."""
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(), dt.UTC)


__all__ = ["KEY", "KIND", "STATE", "Account", "tomorrow"]
