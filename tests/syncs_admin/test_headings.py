"""Every page has one heading of the first level: what it is about."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from connections.models import Connection, Integration
from mappings.models import CostCodeMapping
from syncs.closing.rows import PeriodClose
from syncs.models import Alert, Delivery, FixRequest, Run
from tests.syncs_admin import months, story
from tests.syncs_admin.test_asking import is_file, links

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(400)]
KINDS = 3  # pages of a kind that are looked at


def everything(boss: Client) -> PeriodClose:
    """A row of nearly each list, and a board."""
    period = months.clear()
    found, made = period.integration, months.closed(boss, period)
    story.mapped(found, "01")
    CostCodeMapping.objects.filter(cost_code="01").update(note="so")
    Integration.objects.create(
        key="nav_monday", name="NAV ↔ monday",
        project_system=Connection.objects.create(name="monday", vendor="monday"),
        ledger=Connection.objects.create(name="NAV", vendor="nav"),
    )  # fmt: skip
    record = story.unmapped(found)
    Alert.objects.create(key="a", sentence="Procore sleeps.", integration=found)
    Run.objects.create(integration=found, flow="requisitions", kind="poll", ok=True)
    Delivery.objects.create(body="{}")
    FixRequest.objects.create(
        integration=found, record=record, wanted="Approve", key="k", asked_by="paul",
        permission="syncs.approve_record", url="/", sentence="Why.",
    )  # fmt: skip
    return made


def headings(page: str) -> list[str]:
    found = re.findall(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def test_every_page_has_one_heading(client: Client) -> None:
    boss = story.boss()
    made = everything(boss)
    pages: dict[str, int] = {}
    to_see, seen = ["/", f"/syncs/period/record/{made.pk}/", "/nowhere/"], set[str]()
    wrong = []
    while to_see:
        path = to_see.pop(0)
        answer = boss.get(path)
        if "html" not in answer.get("Content-Type", "") or answer.status_code in (301, 302):
            continue
        page = answer.content.decode()
        if len(headings(page)) != 1:
            wrong.append((path, headings(page)))
        for link in sorted(links(page)):
            link = unescape(link).split("#")[0]
            kind = re.sub(r"\d+|[0-9a-f-]{32,36}|=[^&]*", "*", link)
            if not link.startswith("/") or is_file(link) or link in seen:
                continue
            if pages.get(kind, 0) < (1 if "?" in kind else KINDS):
                pages[kind] = pages.get(kind, 0) + 1
                seen.add(link)
                to_see.append(link)
    assert wrong == []
    assert len(pages) > 100
    assert "/mappings/costcodemapping/changes/" in pages
    assert len(headings(client.get("/login/").content.decode())) == 1


def test_a_page_of_one_row_says_in_words_what_its_list_shows_as_a_label() -> None:
    boss = story.boss()
    everything(boss)
    looks = story.signed_in(story.person("ann", "mappings.view_costcodemapping"))
    rows: list[tuple[Client, Any]] = [
        (boss, Run.objects.first()), (boss, Delivery.objects.get()),
        (looks, CostCodeMapping.objects.first()),
    ]  # fmt: skip
    for reader, row in rows:
        path = f"/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
        page = unescape(reader.get(path).content.decode())
        assert not re.findall(r"\('[^'()]*', '[^']*'\)", page)


def test_what_somebody_may_not_see_has_one_too() -> None:
    answer: Any = story.signed_in(story.person("ann")).get("/syncs/record/")
    assert answer.status_code == 403
    assert len(headings(answer.content.decode())) == 1
