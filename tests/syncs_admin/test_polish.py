"""Small things that tell a person where he stands: clocks, who stopped it, what to do next."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from audit import journal
from config.models import Heartbeat
from config.navigation import GROUPS
from connections.pages.moments import when_exactly
from mappings.models import CostCodeMapping
from syncs.models import Alert, Delivery, FlowSettings, Run
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
PAGES = [page for _, _, items in GROUPS for _, _, page, _, _ in items if "_changelist" in page]


@pytest.fixture
def integration() -> Any:
    return story.company()


def text(client: Any, path: str, **query: Any) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize(("zone", "short"), [("America/Chicago", "C[SD]T"), ("Asia/Tokyo", "JST")])
def test_every_moment_is_told_by_one_clock_that_is_named(
    integration: Any, settings: Any, zone: str, short: str
) -> None:
    settings.SITE_TIME_ZONE = zone
    record = story.posted(integration)
    line = journal.append("system", "Something happened.")
    rule = story.mapped(integration)
    Run.objects.create(integration=integration, flow="requisitions", kind="poll")
    Alert.objects.create(key="a", sentence="Procore sleeps.")
    Heartbeat.objects.create(host="east", kind="worker", seen_at=timezone.now())
    client = story.boss()
    moment = r"[A-Z][a-z]{2} \d{1,2}, 20\d\d, \d\d:\d\d(:\d\d)?"
    pages = [
        "/", f"/syncs/record/{record.pk}/change/", "/syncs/run/", "/syncs/alert/", "/audit/entry/",
        "/audit/entry/verify/", f"/mappings/costcodemapping/{rule.pk}/history/",
        "/mappings/reference/", "/config/heartbeat/",
        f"/connections/connection/{integration.ledger_id}/change/",
    ]  # fmt: skip
    for path in pages:
        page = text(client, path)
        told = [found.group() for found in re.finditer(moment, page)]
        named = re.findall(rf"{moment} {short}", page)
        assert len(told) == len(named), (path, told)
        assert not re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d", page), path
    assert when_exactly(line.at) in text(client, "/audit/entry/")


def test_a_stopped_flow_says_who_stopped_it_when_and_why(integration: Any) -> None:
    flow = FlowSettings.objects.get(flow="requisitions")
    path = f"/syncs/flowsettings/{flow.pk}"
    anna = story.signed_in(
        story.person("anna", "syncs.view_flowsettings", "syncs.stop_flow", "syncs.view_record")
    )
    anna.post(f"{path}/do/stop/", {"text": "Wrong accounts since Monday"})
    reader = story.signed_in(story.person("reader", "syncs.view_flowsettings"))
    page = text(reader, f"{path}/change/")
    assert "anna stopped it on" in page
    assert "Wrong accounts since Monday" in page
    anna.post(f"{path}/do/release/")
    anna.post(f"{path}/do/stop/")
    page = text(reader, f"{path}/change/")
    assert "without a word why" in page
    assert "Wrong accounts" not in page
    anna.post(f"{path}/do/release/")
    assert "stopped it" not in text(reader, f"{path}/change/")


def test_an_empty_list_says_what_comes_next(integration: Any) -> None:
    client = story.boss()
    assert "Wait for the first poll" in text(client, "/syncs/record/")
    assert "Nothing is held" in text(client, "/syncs/record/causes/")
    assert "Nobody has asked for anything" in text(client, "/syncs/fixrequest/")
    assert "No alerts: all is quiet" in text(client, "/syncs/alert/")
    assert "import" in text(client, "/mappings/costcodemapping/")
    story.posted(integration)
    narrowed = text(client, "/syncs/record/", project="nowhere")
    assert "Nothing fits these filters" in narrowed
    assert CostCodeMapping.objects.count() == 0
    call_command("check")


def test_a_day_is_not_hours_behind_anybody(integration: Any) -> None:
    """The admin warns of another clock beside every field of a day; our script takes it off."""
    page = story.boss().get("/").content.decode()
    assert "syncs/names.js" in page


def test_what_scrolls_is_made_by_the_tag_that_names_it() -> None:
    """`{% scroll %}` gives the name and the way by keyboard; a class alone gives neither."""
    places = Path(settings.BASE_DIR, "templates").rglob("*.html")
    by_hand = [str(one) for one in places if re.search(r'class="[^"]*c-scroll', one.read_text())]
    assert by_hand == []


@pytest.mark.parametrize("entry", PAGES)
def test_an_empty_list_says_what_will_stand_there_and_what_to_do_next(
    entry: str,
) -> None:
    """On a site that has just been set up."""
    shown = text(story.boss(), reverse(f"admin:{entry}"))
    assert "Nothing here yet" not in shown


def test_the_next_step_of_an_empty_list_is_one_click_for_who_may_go_there() -> None:
    for path, next_step in {
        "/syncs/controlchange/": "/syncs/flowsettings/",
        "/syncs/cell/": "/connections/integration/",
    }.items():
        page = story.boss(f"boss of {path}").get(path).content.decode()
        [step] = re.findall(r'<div class="c-card c-empty">(.*?)</div>', page, re.DOTALL)
        assert f'href="{next_step}"' in step
        may = ("syncs.view_controlchange", "syncs.view_cell")
        page = story.signed_in(story.person(f"looks at {path}", *may)).get(path).content.decode()
        [step] = re.findall(r'<div class="c-card c-empty">(.*?)</div>', page, re.DOTALL)
        assert "href" not in step


def test_what_is_empty_bears_one_sign_everywhere(integration: Any) -> None:
    record, rule = story.unmapped(integration), story.mapped(integration)
    story.posted(integration)
    flow = FlowSettings.objects.get(flow="requisitions")
    Run.objects.create(integration=integration, flow="vendors", kind="poll", ok=True)
    Alert.objects.create(key="a", sentence="Procore sleeps.")
    Delivery.objects.create(body="{}", size=2)
    Heartbeat.note("a", "connector-east", queue="connector")
    journal.append("system", "Something happened.")
    lists = [reverse(f"admin:{entry}") for entry in PAGES]
    one = [f"/syncs/record/{record.pk}/change/", f"/syncs/flowsettings/{flow.pk}/change/",
           f"/mappings/costcodemapping/{rule.pk}/change/", "/mappings/costcodemapping/add/",
           f"/connections/connection/{integration.ledger_id}/change/"]  # fmt: skip
    client, found = story.boss(), []
    for path in [*lists, *one]:
        page = client.get(path).content.decode()
        found += [f"{path}: {sign}" for sign in re.findall(r">\s*(-|—|None|N/A)\s*<", page)]
    assert found == []
