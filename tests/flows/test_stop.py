"""Ctrl-C in the midst of work that waits for a request limit: it goes on after the next start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from connections.models import RateBudget, Subscription
from connections.transport import rate_limit
from syncs import tasks
from syncs.models import Alert, FlowSettings, Record, Run, State
from tests.flows import telling
from tests.story import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def ctrl_c(company: Company, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, Procore's window is used up and the application ends."""
    telling.signed_in(company)

    def come() -> None:
        monkeypatch.setattr(rate_limit, "pause", lambda seconds: True)
        later = timezone.now() + dt.timedelta(seconds=18)
        rows = RateBudget.objects.filter(connection=company.integration.project_system)
        assert rows.update(remaining=0, reset_at=later)

    return come


@pytest.fixture
def started_again(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def start() -> None:
        monkeypatch.setattr(rate_limit, "pause", rate_limit.sleep)
        RateBudget.objects.update(reset_at=None)

    return start


def test_a_record_goes_back_uncounted_and_is_due_at_once(
    company: Company, ctrl_c: Callable[[], None], started_again: Callable[[], None]
) -> None:
    row = company.a_direct_cost("CTRLC-1")
    record = company.note("direct_costs", row)
    ctrl_c()
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.sentence) == (State.PENDING, rate_limit.STOPPED)
    assert record.attempts == 0
    started_again()
    assert record in Record.objects.due(timezone.now())
    assert telling.due_now(company, record).state == State.POSTED
    assert len(company.posted_under("CTRLC-1")) == 1


@pytest.mark.parametrize(("kind", "due"), [("poll", "next_poll_at"),
                                           ("reconcile", "next_reconcile_at")])  # fmt: skip
def test_a_poll_and_a_comparison_are_due_again_and_alert_nobody(
    company: Company, ctrl_c: Callable[[], None], kind: str, due: str
) -> None:
    row = FlowSettings.objects.get(flow="direct_costs")
    ctrl_c()
    getattr(tasks, kind)(row.pk)
    run = Run.objects.filter(kind=kind, flow="direct_costs").latest("pk")
    assert (run.ok, run.sentence) == (False, rate_limit.STOPPED)
    row.refresh_from_db()
    assert getattr(row, due) <= timezone.now()
    assert not Alert.objects.exists()


def test_subscriptions_are_left_for_the_next_time(
    company: Company, ctrl_c: Callable[[], None]
) -> None:
    ctrl_c()
    RateBudget.objects.update(reset_at=None)  # no wait: it ends between two of them all the same
    tasks.renew(company.integration.pk)
    run = Run.objects.filter(kind="renew").latest("pk")
    assert (run.ok, run.sentence) == (False, rate_limit.STOPPED)
    assert not Alert.objects.exists()
    assert not Subscription.objects.filter(state="failed").exists()
