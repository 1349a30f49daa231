"""When a queue is through: worked out from measures and limits, and said only where they are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from connections.models import RateBudget
from syncs import sums
from syncs.ingest import pace
from syncs.models import FlowPace, FlowSettings, KeptSums, State
from syncs.morning import finish
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 30, 14, 0, tzinfo=dt.UTC)


@pytest.fixture
def integration(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    integration = story.company()
    integration.flows.exclude(flow="requisitions").update(enabled=False)
    for _ in range(10):
        story.record(integration)
    return integration


def measured(integration: Any, **facts: Any) -> None:
    """Ten documents in 60 seconds by the clock: 4 requests to Procore and 2 to the ledger each."""
    values = {
        "documents": 10, "seconds": 30, "minute_seconds": 30, "minute": NOW, "rested_at": NOW,
        "project_requests": 40, "project_seconds": 10, "ledger_requests": 20,
        "ledger_seconds": 40, "worked_seconds": 60, **facts,
    }  # fmt: skip
    FlowPace.objects.create(integration=integration, flow="requisitions", **values)


def told() -> str:
    found = finish.of_flow(FlowSettings.objects.get(flow="requisitions"))
    return found.sentence if found else ""


def budget(integration: Any, **facts: Any) -> None:
    RateBudget.objects.create(connection=integration.project_system, **facts)


def test_without_a_measure_no_time_is_said(integration: Any) -> None:
    assert told() == "Not known yet: its pace was not measured so far"
    measured(integration, documents=0)
    assert told() == "Not known yet: its pace was not measured so far"


def test_the_measured_pace_decides_while_no_limit_is_near(integration: Any) -> None:
    """Ten documents at six seconds each: a minute; most of it the ledger's."""
    measured(integration)
    budget(
        integration, limit=3600, hourly=3600, remaining=3000, reset_at=NOW + dt.timedelta(hours=1)
    )
    assert told() == "Done about 14:01 (Business Central’s pace)"


def test_our_own_work_is_called_that(integration: Any) -> None:
    measured(integration, ledger_seconds=5)
    assert told() == "Done about 14:01 (our own pace)"


def test_what_the_hours_limit_leaves_decides(
    integration: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """40 requests are needed and 10 are left until 14:20. From then on 20 an hour, of which the
    polls take 8: 12 until 15:20, 12 until 16:20, and the last 6 at the pace of 1.5 s a request."""
    monkeypatch.setattr(finish, "load_of", lambda connection, now: pace.Load(8, 8, 8, 20))
    measured(integration)
    budget(integration, limit=20, hourly=20, remaining=10, reset_at=NOW + dt.timedelta(minutes=20))
    assert told() == "Done about 16:21 (Procore’s limit)"
    RateBudget.objects.update(remaining=40)
    assert told() == "Done about 14:01 (Business Central’s pace)"


def test_the_queues_of_a_system_share_its_limit(
    integration: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finish, "load_of", lambda connection, now: pace.Load(0, 0, 0, 60))
    measured(integration)
    budget(integration, limit=60, hourly=60, remaining=41, reset_at=NOW + dt.timedelta(minutes=20))
    assert "pace" in told()
    integration.flows.filter(flow="direct_costs").update(enabled=True)
    FlowPace.objects.create(
        integration=integration, flow="direct_costs", documents=1, seconds=1, project_requests=3,
        project_seconds=1, ledger_requests=0, ledger_seconds=0, worked_seconds=1, minute=NOW,
        minute_seconds=0,
    )  # fmt: skip
    story.record(integration, flow="direct_costs")
    KeptSums.objects.all().delete()
    assert told() == "Done about 14:21 (Procore’s limit)"


def test_a_shorter_window_counts_by_the_hour(
    integration: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """40 requests of 80 an hour that are left beside the polls: half an hour."""
    monkeypatch.setattr(finish, "load_of", lambda connection, now: pace.Load(20, 20, 20, 100))
    measured(integration)
    budget(integration, limit=25, hourly=100, remaining=25, reset_at=NOW + dt.timedelta(seconds=9))
    assert told() == "Done about 14:30 (Procore’s limit)"


def test_who_asks_us_to_wait_is_waited_for(integration: Any) -> None:
    """Until 14:07; then 40 requests at the 3,600 an hour that are documented."""
    measured(integration)
    budget(integration, limit=25, remaining=0, blocked_until=NOW + dt.timedelta(minutes=7))
    assert told() == "Done about 14:08 (Procore’s limit)"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"flow": {"stopped": True}}, "Stopped"),
        ({"flow": {"enabled": False}}, "Switched off"),
        ({"system": {"unreachable_since": NOW - dt.timedelta(hours=7)}},
         "Procore cannot be reached since 07:00"),
        ({"system": {"paused_until": NOW + dt.timedelta(minutes=9)}},
         "Procore: the sign-in fails, next try 14:09"),
        ({"system": {"active": False}}, "Procore is switched off"),
    ],
)  # fmt: skip
def test_what_stands_still_says_why(
    integration: Any, change: dict[str, dict[str, Any]], sentence: str
) -> None:
    measured(integration)
    integration.flows.filter(flow="requisitions").update(**change.get("flow", {"stopped": False}))
    if facts := change.get("system"):
        type(integration.project_system).objects.filter(pk=integration.project_system_id).update(
            **facts
        )
    assert told() == sentence


def test_where_nothing_waits_nothing_is_said(integration: Any) -> None:
    measured(integration)
    integration.records.update(state=State.POSTED, posted_at=NOW)
    KeptSums.objects.all().delete()
    assert told() == ""


def test_several_queues_end_with_the_last_and_name_what_stands(integration: Any) -> None:
    measured(integration)
    queues = finish.Queues(sums.latest(), NOW)
    key = (integration.pk, "requisitions")
    assert queues.together([key, (integration.pk, "direct_costs")]) == queues.of(key)
    idle = finish.Queues(sums.latest(), NOW, works=False).together([key])
    assert idle
    assert idle.sentence == "No worker works"


def test_the_page_of_the_flow_says_it(integration: Any) -> None:
    measured(integration)
    row = FlowSettings.objects.get(flow="requisitions")
    page = story.boss().get(f"/syncs/flowsettings/{row.pk}/change/").content.decode()
    assert "Done about 14:01 (Business Central’s pace)." in page


def test_the_forecast_of_a_replay_says_it_with_what_waits(integration: Any) -> None:
    """Ten wait and ten more are tried again: 120 seconds."""
    measured(integration)
    rows = [story.unmapped(integration) for _ in range(10)]
    data = {"action": "replay", "_selected_action": [row.pk for row in rows]}
    page = story.boss().post("/syncs/record/", data).content.decode()
    assert "With what waits there already: done about 14:02 (Business Central’s pace)." in page
