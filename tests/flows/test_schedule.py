"""When flows are polled and compared, and what the sweep finds again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from connections.errors import Reason
from syncs import tasks
from syncs.ingest import schedule
from syncs.models import Alert, Cursor, FlowSettings, Record, Run, State
from syncs.retrying import GIVE_UP_AFTER
from tests.flows import telling
from tests.flows.telling import asked, due_now, polls_asked, procore_fails
from tests.story import Company

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 4, 12, 0, tzinfo=dt.UTC)  # a Wednesday


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def flow(**facts: Any) -> FlowSettings:
    return FlowSettings(flow="direct_costs", **facts)


def hours(begin: str, end: str, **facts: Any) -> FlowSettings:
    times = {"quiet_from": dt.time.fromisoformat(begin), "quiet_until": dt.time.fromisoformat(end)}
    return flow(**times, **facts)


# -- the next time --------------------------------------------------------------------------------


def test_an_interval_is_counted_in_minutes() -> None:
    assert schedule.next_poll(flow(every_minutes=7), NOON) == at("2026-03-04 12:07")


def test_a_cron_line_wins_over_the_interval() -> None:
    row = flow(every_minutes=7, cron="30 6 * * 1-5")
    assert schedule.next_poll(row, NOON) == at("2026-03-05 06:30")
    assert schedule.next_poll(row, at("2026-03-06 07:00")) == at("2026-03-09 06:30")


@pytest.mark.parametrize("cron", ["nonsense", "* * * *", "61 * * * *", "0 0 31 2 *"])
def test_a_cron_line_that_makes_no_sense_falls_back_to_the_interval(cron: str) -> None:
    """One bad row must not stop the sweep for all."""
    assert schedule.next_poll(flow(every_minutes=7, cron=cron), NOON) == at("2026-03-04 12:07")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-04 21:00", "2026-03-04 21:15"),
        ("2026-03-04 21:50", "2026-03-05 06:00"),
        ("2026-03-04 22:00", "2026-03-05 06:00"),
        ("2026-03-05 03:00", "2026-03-05 06:00"),
        ("2026-03-05 05:50", "2026-03-05 06:05"),
    ],
)
def test_quiet_hours_over_midnight(now: str, expected: str) -> None:
    row = hours("22:00", "06:00", every_minutes=15)
    assert schedule.next_poll(row, at(now)) == at(expected)


def test_quiet_hours_within_a_day_and_of_a_cron() -> None:
    assert schedule.next_poll(hours("11:00", "13:00", every_minutes=5), NOON) == at(
        "2026-03-04 13:00"
    )
    row = hours("11:00", "13:00", cron="0 12 * * *")
    assert schedule.next_poll(row, NOON) == at("2026-03-05 13:00")


def test_the_same_hour_twice_is_no_quiet_time() -> None:
    assert schedule.next_poll(hours("06:00", "06:00", every_minutes=5), NOON) == at(
        "2026-03-04 12:05"
    )


def test_times_of_day_are_the_sites_own(settings: Any) -> None:
    settings.SITE_TIME_ZONE = "America/New_York"
    assert schedule.next_poll(flow(cron="0 6 * * *"), NOON) == at("2026-03-05 11:00")
    row = hours("22:00", "06:00", every_minutes=15)
    assert schedule.next_poll(row, at("2026-03-05 04:00")) == at("2026-03-05 11:00")


@pytest.mark.parametrize("now", ["2026-11-01 05:50", "2026-11-01 06:30", "2026-03-08 06:50"])
def test_an_interval_does_not_stumble_when_the_clocks_change(settings: Any, now: str) -> None:
    settings.SITE_TIME_ZONE = "America/New_York"
    wanted = at(now) + dt.timedelta(minutes=15)
    assert schedule.next_poll(flow(every_minutes=15), at(now)) == wanted


def test_reconciliation_comes_each_night(settings: Any) -> None:
    assert schedule.next_reconcile(NOON) == at("2026-03-05 02:00")
    assert schedule.next_reconcile(at("2026-03-05 01:59")) == at("2026-03-05 02:00")
    settings.SITE_TIME_ZONE = "Europe/Zurich"
    zone = ZoneInfo("Europe/Zurich")
    assert schedule.next_reconcile(NOON).astimezone(zone).hour == 2


# -- the sweep ------------------------------------------------------------------------------------


def due(company: Company, *names: str, **facts: Any) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    FlowSettings.objects.filter(flow__in=names).update(**{"next_poll_at": past, **facts})


def test_what_is_due_is_asked_once_however_many_sweep(company: Company) -> None:
    due(company, "direct_costs")
    row = FlowSettings.objects.get(flow="direct_costs")
    tasks.sweep()
    tasks.sweep()
    assert polls_asked(company) == ["direct_costs"]
    assert not schedule.take(row, "next_poll_at", NOON), "as a second sweep that read it before"
    later = FlowSettings.objects.get(flow="direct_costs").next_poll_at
    assert later is not None
    assert later > timezone.now()


def test_a_flow_that_was_never_polled_is_due(company: Company) -> None:
    due(company, "direct_costs", next_poll_at=None)
    tasks.sweep()
    assert polls_asked(company) == ["direct_costs"]


def test_a_disabled_flow_and_an_inactive_integration_are_left_alone(company: Company) -> None:
    due(company, "direct_costs", "requisitions")
    company.settings("direct_costs", enabled=False)
    tasks.sweep()
    assert polls_asked(company) == ["requisitions"]
    OrmQ.objects.all().delete()
    due(company, "requisitions")
    company.integration.active = False
    company.integration.save()
    tasks.sweep()
    assert asked() == []


def test_one_flow_with_a_senseless_cron_does_not_stop_the_others(company: Company) -> None:
    due(company, "direct_costs", "requisitions")
    company.settings("direct_costs", cron="senseless")
    tasks.sweep()
    assert polls_asked(company) == ["direct_costs", "requisitions"]


def test_reconciliation_is_asked_when_its_night_has_come(company: Company) -> None:
    past = timezone.now() - dt.timedelta(minutes=1)
    FlowSettings.objects.filter(flow="direct_costs").update(next_reconcile_at=past)
    tasks.sweep()
    tasks.sweep()
    assert [name for name, _ in asked("reconcile")] == ["reconcile"]


def test_a_new_flow_waits_for_the_night_before_it_is_compared(company: Company) -> None:
    FlowSettings.objects.filter(flow="direct_costs").update(next_reconcile_at=None)
    tasks.sweep()
    assert asked("reconcile") == []
    assert FlowSettings.objects.get(flow="direct_costs").next_reconcile_at is not None


def test_reference_data_and_subscriptions_come_hourly_and_sooner_after_a_failure(
    company: Company,
) -> None:
    tasks.sweep()
    assert (asked("refresh"), asked("renew")) == ([], [])
    hour = timezone.now() - dt.timedelta(minutes=61)
    Run.objects.filter(flow="subscriptions").update(started_at=hour)
    Run.objects.filter(flow="reference").update(
        started_at=timezone.now() - dt.timedelta(minutes=3), ok=False
    )
    tasks.sweep()
    assert (len(asked("refresh")), len(asked("renew"))) == (1, 1)


# -- records that got lost ------------------------------------------------------------------------


def test_a_record_whose_nudge_was_lost_is_found(company: Company) -> None:
    record = company.note("direct_costs", company.a_direct_cost("NUDGE-1"))
    OrmQ.objects.all().delete()
    tasks.sweep()
    assert asked("run") == [], "its own nudge may still be on its way"
    Record.objects.update(nudged_at=timezone.now() - dt.timedelta(minutes=5))
    tasks.sweep()
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED


def test_a_record_that_waits_for_its_time_is_not_nudged(company: Company) -> None:
    record = company.note("direct_costs", company.a_direct_cost("NUDGE-2"))
    OrmQ.objects.all().delete()
    later = timezone.now() + dt.timedelta(minutes=5)
    Record.objects.filter(pk=record.pk).update(run_at=later, nudged_at=None)
    tasks.sweep()
    assert asked("run") == []
    assert tasks.run([record.pk]) == 0, "and a stray nudge does not carry it either"


def left_running(company: Company, number: str, seconds: int, **facts: Any) -> Record:
    """As a worker leaves it that was killed so long ago."""
    record = company.note("direct_costs", company.a_direct_cost(number))
    OrmQ.objects.all().delete()
    until = timezone.now() - dt.timedelta(seconds=seconds)
    values = {"state": State.RUNNING, "claim": uuid.uuid4(), "lease_until": until, **facts}
    Record.objects.filter(pk=record.pk).update(**values)
    return record


def test_a_lost_lease_is_recovered(company: Company) -> None:
    record = left_running(company, "LEASE-1", 1)
    tasks.sweep()
    record.refresh_from_db()
    assert (record.state, record.claim) == (State.PENDING, None)
    assert "worker stopped" in record.sentence
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED
    assert len(company.posted_under("LEASE-1")) == 1


def test_a_lost_lease_after_an_announced_write_is_in_doubt(company: Company) -> None:
    record = left_running(company, "LEASE-2", 1, intent_at=timezone.now())
    tasks.sweep()
    record.refresh_from_db()
    assert record.state == State.IN_DOUBT
    assert "asked first" in record.sentence


def test_a_lease_that_lasts_is_left_alone(company: Company) -> None:
    record = left_running(company, "LEASE-3", -60)
    tasks.sweep()
    record.refresh_from_db()
    assert record.state == State.RUNNING
    assert tasks.run([record.pk]) == 0


def test_after_many_tries_it_is_given_up_and_replay_starts_anew(company: Company) -> None:
    record = company.note("direct_costs", company.a_direct_cost("TRIES-1"))
    procore_fails(
        company, method="GET", path="/direct_costs/", action="status", status=500, times=None
    )
    Record.objects.filter(pk=record.pk).update(attempts=GIVE_UP_AFTER - 2)
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.PENDING, record.sentence
    record = due_now(company, record)
    assert (record.state, record.reason) == (State.HELD, Reason.GAVE_UP)
    assert f"{GIVE_UP_AFTER} tries" in record.sentence
    assert "500" in record.sentence, "what failed last is named"
    company.procore("faults", method="DELETE")
    assert telling.again(company, record).state == State.POSTED


def test_what_is_in_doubt_is_never_given_up(company: Company) -> None:
    record = company.note("direct_costs", company.a_direct_cost("TRIES-2"))
    Record.objects.filter(pk=record.pk).update(attempts=GIVE_UP_AFTER + 5)
    telling.ledger_fails(
        company, method="POST", path=r"purchaseInvoices(\?|$)", action="cut_after", times=1
    )
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.IN_DOUBT, record.sentence
    assert due_now(company, record).state == State.POSTED
    assert len(company.posted_under("TRIES-2")) == 1


def test_the_pause_between_tries_grows(company: Company) -> None:
    record = company.note("direct_costs", company.a_direct_cost("TRIES-3"))
    procore_fails(
        company, method="GET", path="/direct_costs/", action="status", status=500, times=None
    )
    waits = []
    for attempts in (0, 5, 30):
        Record.objects.filter(pk=record.pk).update(attempts=attempts, run_at=None)
        tasks.run([record.pk])
        record.refresh_from_db()
        assert record.run_at is not None
        waits.append((record.run_at - timezone.now()).total_seconds())
    assert waits[0] < 11 < 100 < waits[1] < 330 < 800 < waits[2] <= 1800


# -- alerts ---------------------------------------------------------------------------------------


def test_a_failing_poll_opens_an_alert_once_and_success_closes_it(company: Company) -> None:
    telling.only_what_is_new(company)
    procore_fails(company, path="/direct_costs", action="status", status=500, times=None)
    for _ in range(3):
        company.poll("direct_costs")
    [alert] = Alert.objects.filter(closed_at=None)
    assert "Direct costs: the poll failed" in alert.sentence
    assert "500" in alert.sentence
    assert Run.objects.filter(kind="poll", flow="direct_costs", ok=False).count() == 3
    company.poll("requisitions")
    assert Alert.objects.filter(closed_at=None).count() == 1, "another flow's success says nothing"
    company.procore("faults", method="DELETE")
    company.poll("direct_costs")
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_a_failing_poll_does_not_move_the_cursor(company: Company) -> None:
    telling.only_what_is_new(company)
    row = company.a_direct_cost("CURSOR-1")
    procore_fails(company, path="/direct_costs", action="status", status=500, times=None)
    company.poll("direct_costs")
    assert not Record.objects.filter(source_id=row["id"]).exists()
    company.procore("faults", method="DELETE")
    company.poll("direct_costs")
    assert company.record(row, "direct_costs").state == State.PENDING


def test_what_changed_while_the_other_systems_clock_was_set_back_is_polled(
    company: Company,
) -> None:
    """The change is dated earlier than what we had read; the list shows another date."""
    company.procore("clock", {"offset": 1800})
    row = company.a_direct_cost("BACK-1", status="draft")
    record = telling.settled(company, "direct_costs", row)
    assert record.state == State.SKIPPED
    company.procore("clock", {"offset": 1200})
    company.procore_changes("direct_costs", row, status="approved")
    company.procore("clock", {"offset": 0})
    Cursor.objects.filter(integration=company.integration, flow="direct_costs").update(
        read_to=timezone.now() - dt.timedelta(hours=1)
    )
    company.poll("direct_costs")
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
