"""The front page of the morning in a browser: at any width, light and dark, by the keyboard."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from config.models import Heartbeat
from connections.errors import Reason
from connections.models import Connection, Integration
from connections.transport.days import today
from syncs.models import Alert, Counted, DayCount, FlowPace, FlowSettings, KeptSums, State
from syncs.morning import trend
from tests.syncs_admin import story
from tests.syncs_admin.test_browser import SHOTS, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


def morning() -> Integration:
    """Two integrations, every state, a month of counts, and something for the person."""
    integration, now = story.company(), timezone.now()
    ledger = Connection.objects.create(name="BC South", vendor="business_central")
    south = Integration.objects.create(
        key="bc_procore", name="Keystone South", project_system=integration.project_system,
        ledger=ledger,
    )  # fmt: skip
    for number in range(12):
        story.unmapped(integration, held_since=now - dt.timedelta(days=number), amount=900 + number)
        story.posted(integration, f"PI-{number}", amount=1234567 * number + 0.5)
        story.record(integration)
    story.held(south, Reason.NUMBER, amount="412.10", currency="CAD")
    story.held(integration, Reason.NEEDS_APPROVAL)
    story.record(south)
    story.record(integration, state=State.IN_DOUBT, in_doubt_since=now)
    Alert.objects.create(key="a", sentence="Keystone South, Direct costs: the poll failed. Busy.")
    Connection.objects.filter(pk=ledger.pk).update(unreachable_since=now)
    FlowPace.objects.create(
        integration=integration, flow="requisitions", documents=10, seconds=60, minute=now,
        minute_seconds=0, project_requests=40, project_seconds=30, ledger_requests=20,
        ledger_seconds=10, worked_seconds=60, rested_at=now,
    )  # fmt: skip
    Heartbeat.note("a", "connector-east", queue="connector", worked_at=now)
    KeptSums.objects.all().delete()
    a_month(integration)
    trend.keep(now)
    return integration


def a_month(integration: Integration) -> None:
    for back in range(1, trend.DAYS):
        day = today() - dt.timedelta(days=back)
        Counted.objects.create(day=day, counted_at=timezone.now(), whole=True, levels=back < 25)
        for state, number in ((State.POSTED, back * 7 % 40), (State.HELD, back * 5 % 23),
                              (State.PENDING, back % 9)):  # fmt: skip
            DayCount.objects.create(
                day=day, integration=integration, flow="requisitions", state=state,
                documents=number, amount=number * 1234,
            )  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_is_drawn_at_every_width(visitor: Visitor, theme: str) -> None:
    morning()
    visitor.page.add_init_script(f"localStorage.setItem('adminTheme', '\"{theme}\"')")
    for width in (390, 1920, 1366):
        visitor.goes_to("/", f"morning-{theme}", width)
        assert visitor.overflow() <= 0, width
    drawn = visitor.page.evaluate(
        "[...document.querySelectorAll('canvas[data-trend]')]"
        ".map(each => Chart.getChart(each).data.datasets.length)"
    )
    assert drawn == [4, 4, 4, 4], "documents, and money of three currencies"
    assert visitor.page.locator("text=Done about").count() >= 1
    assert visitor.complaints == []


def test_flows_unfold_by_the_keyboard_and_the_brake_asks_once(visitor: Visitor) -> None:
    integration = morning()
    page = visitor.page
    visitor.goes_to("/")
    part = page.get_by_role("rowgroup", name=str(integration))
    flows = part.locator("details.c-flows > summary")
    assert not part.locator(".c-unfolded").is_visible()
    flows.focus()
    page.keyboard.press("Enter")
    assert part.locator("details.c-flows").get_attribute("open") is not None
    assert part.locator(".c-unfolded").is_visible()
    assert visitor.overflow() <= 0
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "morning-unfolded.png", full_page=True)
    visitor.goes_to("/")
    page.get_by_label(f"Stop all flows of {integration}").click()
    assert not FlowSettings.objects.filter(stopped=True).exists(), "it asks first"
    part.get_by_label("Why").first.fill("Wrong rates")
    part.get_by_role("button", name="Stop all").click()
    page.wait_for_load_state("networkidle")
    assert not FlowSettings.objects.filter(integration=integration, stopped=False).exists()
    assert "Stopped" in part.inner_text()
    assert visitor.complaints == []
