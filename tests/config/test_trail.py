"""The head of each page, and its window's title, call it what the side bar calls it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.text import capfirst

from config.navigation import GROUPS
from connections.errors import Reason
from connections.models import Integration
from syncs.models import Cell, FlowSettings, State
from tests.syncs_admin import months, story
from tests.syncs_admin.test_balance_page import add_up, part

pytestmark = pytest.mark.django_db

ENTRIES = [(title, page) for _, _, items in GROUPS for title, _, page, _, _ in items]


@pytest.fixture
def integration() -> Integration:
    return story.company()


@pytest.fixture
def boss(integration: Integration) -> Client:
    return story.boss()


def head(client: Client, path: str, **data: Any) -> list[str]:
    """The parts of the heading, and the window's title the other way round."""
    answer = client.post(path, data) if data else client.get(path)
    assert answer.status_code == 200, path
    page = answer.content.decode()
    [heading] = re.findall(r"<h1 class=\"overflow.*?</h1>", page, re.DOTALL)
    icons = re.sub(r"<span class=\"material[^>]*>\w+</span>", "|", heading)
    shown = " ".join(unescape(re.sub(r"<[^>]+>", " ", icons)).split()).split(" | ")
    [title] = re.findall(r"<title>(.*?)</title>", page, re.DOTALL)
    window = unescape(" ".join(title.split()).removeprefix("[Demo]")).strip()
    assert window.endswith("ml-connector"), window
    parts = window.removesuffix(" | ml-connector").split(" | ")
    assert [part.casefold() for part in reversed(parts)] == [part.casefold() for part in shown]
    return shown


@pytest.mark.parametrize(("title", "entry"), ENTRIES[1:], ids=[page for _, page in ENTRIES[1:]])
def test_what_the_side_bar_leads_to_is_called_as_there(
    boss: Client, title: str, entry: str
) -> None:
    assert head(boss, reverse(f"admin:{entry}")) == [title]


def test_a_page_below_says_where_it_belongs_and_what_it_is_about(
    boss: Client, integration: Integration
) -> None:
    record = story.held(integration, Reason.NEEDS_APPROVAL)
    rule, period = story.mapped(integration), months.read(integration)
    assert period is not None
    code = capfirst(str(rule))
    part(integration, "7.00", "7.00")
    add_up(integration)
    cell = Cell.objects.get()
    flow = FlowSettings.objects.get(flow="requisitions")
    known = integration.ledger
    for path, parts in {
        f"/syncs/record/{record.pk}/change/": ["Records", str(record)],
        f"/syncs/period/{period.pk}/change/": ["Month end", str(period)],
        f"/syncs/cell/{cell.pk}/change/": ["Reconciliation", str(cell)],
        f"/syncs/flowsettings/{flow.pk}/change/": ["Flow settings", str(flow)],
        f"/connections/connection/{known.pk}/change/": ["Connections", str(known)],
        f"/mappings/costcodemapping/{rule.pk}/change/": ["Cost codes", code],
        f"/mappings/costcodemapping/{rule.pk}/delete/": [
            "Cost codes",
            code,
            "Delete",
        ],
        f"/syncs/flowsettings/cutover/{integration.pk}/": ["Cut-over", str(integration)],
        "/mappings/costcodemapping/add/": ["Cost codes", "Add cost code mapping"],
        "/mappings/costcodemapping/import/": ["Cost codes", "Import"],
        "/auth/user/add/": ["Users", "Add user"],
        "/digest/": ["Digest of the morning"],
        "/auditor/": ["Auditor’s package"],
    }.items():
        assert head(boss, path) == parts, path


def test_a_bulk_page_leads_back_to_its_list(boss: Client, integration: Integration) -> None:
    record = story.held(integration, Reason.NEEDS_APPROVAL)
    found = head(boss, "/syncs/record/", action="approve", _selected_action=record.pk)
    assert found == ["Records", "Approve: 1 record"]


def test_a_list_says_how_many_of_how_many_it_shows(boss: Client, integration: Integration) -> None:
    for number in range(1200):
        story.held(integration, Reason.NUMBER, number=f"N-{number}")
    story.posted(integration)
    assert head_of(boss, "/syncs/record/") == "Records"
    path = f"/syncs/record/?state__exact={State.HELD}&q=N-"
    assert head_of(boss, path) == "Records 1,200 of 1,201: show all"
    assert 'class="c-of">1,200 of 1,201: <a href="?">show all</a>' in text(boss, path)
    assert "results (" not in text(boss, path)
    assert re.search(r"- 1,200\s+records", text(boss, path))
    assert head_of(boss, f"/syncs/record/?integration__id__exact={integration.pk}") == "Records"


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def head_of(client: Client, path: str) -> str:
    [heading] = re.findall(r"<h1 class=\"overflow.*?</h1>", text(client, path), re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", heading)).split())
