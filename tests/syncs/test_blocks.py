"""What blocks is told once per cause, by name, and closes by itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from connections.errors import RetryLater, Unreachable
from connections.models import Connection
from syncs import tasks
from syncs.ingest import polling
from syncs.models import Alert, FlowPace, KeptSums, Run, Standstill, State
from syncs.morning import blocks
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration() -> Any:
    return story.company()


def opened() -> list[str]:
    return sorted(Alert.objects.filter(closed_at=None).values_list("sentence", flat=True))


def watch(now: dt.datetime | None = None) -> None:
    KeptSums.objects.all().delete()
    blocks.watch(now or timezone.now())


def away(integration: Any, **facts: Any) -> None:
    Connection.objects.filter(pk=integration.ledger_id).update(**facts)


def polled(monkeypatch: pytest.MonkeyPatch, integration: Any, error: Exception | None) -> None:
    """Every flow, and each fails so."""

    def work(*args: Any) -> None:
        if error:
            raise error

    monkeypatch.setattr(polling, "poll", work)
    for row in integration.flows.all():
        tasks.poll(row.pk)


def test_a_system_that_is_away_is_one_alert_however_many_flows_it_stops(
    integration: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(integration, unreachable_since=timezone.now() - dt.timedelta(minutes=5))
    polled(monkeypatch, integration, Unreachable("Cannot reach Business Central at x."))
    [said] = opened()
    assert said.startswith("Business Central cannot be reached since ")
    watch()
    assert len(opened()) == 1
    away(integration, unreachable_since=None)
    polled(monkeypatch, integration, None)
    assert opened() == []


def test_another_failure_is_the_runs_own_and_names_the_flow(
    integration: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "poll", lambda *args: (_ for _ in ()).throw(RetryLater("Busy.")))
    tasks.poll(integration.flows.get(flow="direct_costs").pk)
    [said] = opened()
    assert said == "Business Central ↔ Procore, Direct costs: the poll failed. Busy."


def test_one_lost_answer_is_no_alert(integration: Any) -> None:
    away(integration, unreachable_since=timezone.now())
    watch()
    assert opened() == []
    watch(timezone.now() + dt.timedelta(minutes=2))
    assert len(opened()) == 1


def test_a_refused_sign_in_is_told_without_a_poll(integration: Any) -> None:
    away(integration, pause_sentence="The secret has expired.")
    watch()
    assert opened() == ["Business Central: The secret has expired."]
    away(integration, pause_sentence="")
    watch()
    assert opened() == []


def test_a_brake_is_told_once_documents_wait_behind_it(integration: Any) -> None:
    integration.flows.filter(flow="requisitions").update(stopped=True)
    watch()
    assert opened() == []
    story.record(integration)
    watch()
    [said] = opened()
    assert said.endswith("of Business Central ↔ Procore is stopped, and documents wait.")
    integration.flows.update(stopped=False)
    watch()
    assert opened() == []


def carried(integration: Any, rested_at: dt.datetime) -> None:
    FlowPace.objects.update_or_create(
        integration=integration, flow="requisitions",
        defaults=dict.fromkeys(
            ("documents", "seconds", "project_requests", "project_seconds", "ledger_requests",
             "ledger_seconds", "worked_seconds", "minute_seconds"), 1,
        ) | {"minute": rested_at, "rested_at": rested_at},
    )  # fmt: skip


def test_a_flow_that_should_have_moved_and_did_not_is_loud(integration: Any) -> None:
    record = story.record(integration, sentence="Waits for the vendor.")
    now = timezone.now()
    watch(now)
    assert Standstill.objects.count() == 1
    watch(now + dt.timedelta(minutes=119))
    assert opened() == []
    late = now + dt.timedelta(minutes=121)
    carried(integration, now + dt.timedelta(minutes=60))
    watch(late)
    assert opened() == [], "one came through an hour ago"
    carried(integration, now)
    watch(late)
    [said] = opened()
    assert "1 document waiting, and none came through since" in said
    assert "It said: Waits for the vendor." in said
    type(record).objects.update(state=State.POSTED)
    watch(late)
    assert opened() == []
    assert Standstill.objects.count() == 0


def test_what_waits_for_a_named_moment_does_not_stand_still(integration: Any) -> None:
    now = timezone.now()
    story.record(integration, run_at=now + dt.timedelta(hours=12))
    watch(now)
    watch(now + dt.timedelta(hours=3))
    assert opened() == []


def test_silence_is_told_of_a_flow_that_was_never_polled_well(integration: Any) -> None:
    from syncs.ingest.schedule import alert_on_silence

    integration.flows.exclude(flow="requisitions").update(enabled=False)
    now = timezone.now()
    alert_on_silence(now)
    assert opened() == []
    alert_on_silence(now + dt.timedelta(days=1))
    [said] = opened()
    assert said.endswith(": it was never polled well.")
    Run.objects.create(
        integration=integration, flow="requisitions", kind="poll", ok=True,
        started_at=now + dt.timedelta(days=1),
    )  # fmt: skip
    alert_on_silence(now + dt.timedelta(days=1, minutes=5))
    assert opened() == []
    away(integration, unreachable_since=now)
    alert_on_silence(now + dt.timedelta(days=3))
    assert opened() == [], "the system is the cause, and has an alert of its own"
