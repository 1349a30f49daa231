"""A company with monday.com and NAV as stand-ins, and what a person does there and in the admin."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.cache import cache
from django.test import Client
from lxml import html

from audit.journal import RecordJournal
from config.demo.company import connect
from connections.models import Integration
from mappings.boards import journal
from mappings.models import BoardLayout
from mappings.reference import Reference
from tests.mappings.conftest import messages_of, refer

ROOT = Path(__file__).resolve().parents[2]
SIDES = ("monday", "nav_monday")
LIST, SETUP = "/mappings/boardlayout/", "/mappings/boardlayout/setup/"


@pytest.fixture(scope="session")
def ready() -> Iterator[dict[str, Any]]:
    """Both stand-ins for the whole test session."""
    command = [sys.executable, "-m", "tests.simulators", "--port-base", "0"]
    command += [part for side in SIDES for part in ("--only", side)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line, "the stand-ins did not start"
            yield json.loads(line)
        finally:
            process.terminate()


@pytest.fixture(autouse=True)
def journaled() -> Iterator[None]:
    before = journal._maker[0]
    journal.register(lambda key, actor: RecordJournal(key, "", None, actor))
    yield
    journal.register(before)


class Office:
    """A company with both systems, and what a person does in the admin and on the boards."""

    def __init__(self, browser: Client, ready: dict[str, Any], integration: Integration) -> None:
        self.browser, self.ready, self.integration = browser, ready, integration

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(
            method, f"{self.ready['monday']['control_url']}/{path}", json=body, timeout=30
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def by_hand(self, action: str, **values: Any) -> Any:
        return self.control("POST", f"monday/{action}", values)

    # -- the pages --------------------------------------------------------------------------------

    def open(self, **query: str) -> Any:
        own = {"integration": str(self.integration.pk), "kind": "ledger_invoice"}
        answer = self.browser.get(SETUP, own | query)
        assert answer.status_code in (200, 302)
        return answer

    def a_new_board(self, name: str = "Payables", kind: str = "ledger_invoice") -> str:
        """Step 1. Returns the board's id."""
        answer = self.browser.post(SETUP, {
            "action": "create", "name": name, "integration": self.integration.pk, "kind": kind,
        })  # fmt: skip
        assert answer.status_code == 302, messages_of(answer)
        return str(re.findall(r"board=(\d+)", answer["Location"])[0])

    def columns(self, board: str, **changes: str) -> Any:
        """Step 2, sent on as it is proposed but for `changes`: the page of step 3."""
        page = self.open(board=board)
        chosen = fields_of(page, "get") | {f"column-{name}": id for name, id in changes.items()}
        return self.browser.get(SETUP, chosen)

    def press(self, page: Any, **changes: str) -> Any:
        """Step 3, as it is proposed but for `changes`."""
        return self.browser.post(SETUP, fields_of(page, "post") | changes, follow=True)

    def set_up(self, board: str, **changes: str) -> Any:
        return self.press(self.columns(board, **changes))

    @property
    def layout(self) -> BoardLayout:
        return BoardLayout.objects.get()

    def check(self) -> list[str]:
        answer = self.browser.post(f"{LIST}{self.layout.pk}/check/", follow=True)
        return messages_of(answer)


def tree(answer: Any) -> Any:
    return html.fromstring(answer.content.decode())


def fields_of(page: Any, method: str) -> dict[str, str]:
    """What the browser would send of the page's form about a board."""
    [form] = tree(page).xpath(f"//form[@method='{method}'][.//input[@name='board']]")
    sent = {each.get("name"): each.get("value") or "" for each in form.xpath(".//input[@name]")}
    for select in form.xpath(".//select[@name]"):
        options = select.xpath("./option[@selected]") or select.xpath("./option")
        sent[select.get("name")] = options[0].get("value") or ""
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", tree(answer).text_content())


def both_systems(ready: dict[str, Any]) -> Integration:
    platform, ledger = (connect(side, ready[side], 5) for side in SIDES)
    refer(ledger, Reference.Kind.DIMENSION, "DEPARTMENT")
    refer(ledger, Reference.Kind.WINDOW, "window", data={"currency": "USD"})
    return Integration.objects.create(
        key="nav_monday", name="NAV and monday.com", project_system=platform, ledger=ledger
    )


@pytest.fixture
def make_office(ready: dict[str, Any]) -> Iterator[Callable[[Client], Office]]:
    made: list[Office] = []

    def make(browser: Client) -> Office:
        cache.clear()
        made.append(Office(browser, ready, both_systems(ready)))
        made[0].control("POST", "reset")
        return made[0]

    yield make
    for office in made:
        office.control("DELETE", "faults")
        office.control("DELETE", "monday/trouble")


@pytest.fixture
def office(make_office: Callable[[Client], Office], controller: Client) -> Office:
    return make_office(controller)
