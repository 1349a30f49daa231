"""The queue is a Redis server that does not answer: what it should have carried is asked again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ

from config.heartbeat import works
from syncs import queue, tasks
from syncs.ingest import turns
from syncs.models import Delivery, FlowSettings, State, Turn
from tests.flows import telling
from tests.story import Company

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = "redis://127.0.0.1:9/0"


@pytest.fixture
def away(company: Company, settings: object, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    OrmQ.objects.all().delete()
    monkeypatch.setattr("django.conf.settings.REDIS_URL", NOBODY)
    monkeypatch.setattr(Conf, "BROKER_CLASS", "config.process.brokers.redis_broker")
    return monkeypatch


def is_back(away: pytest.MonkeyPatch) -> None:
    """As far as this test goes, the queue is the database again, and empty."""
    away.undo()
    long_ago = timezone.now() - dt.timedelta(hours=1)
    Delivery.objects.update(received_at=long_ago)
    Turn.objects.update(nudged_at=long_ago)


def test_a_webhook_is_answered_and_carried_later(
    company: Company, away: pytest.MonkeyPatch
) -> None:
    row = company.a_direct_cost("AWAY-1")
    answer = telling.knock(company, telling.procore_calls(company), telling.notice(company, row))
    assert answer.status_code == 200
    assert Delivery.objects.get().state == Delivery.State.STORED
    is_back(away)
    tasks.sweep()
    company.the_worker_runs()
    assert company.record(row, "direct_costs").state == State.POSTED
    assert len(company.posted_under("AWAY-1")) == 1


def test_a_poll_that_was_asked_for_is_made_later(
    company: Company, away: pytest.MonkeyPatch
) -> None:
    flow = FlowSettings.objects.get(integration=company.integration, flow="direct_costs")
    turns.ask(company.integration.pk, flow.flow, "poll")
    is_back(away)
    tasks.sweep()
    assert telling.polls_asked(company) == ["direct_costs"]


def test_a_comparison_goes_on_meanwhile(away: pytest.MonkeyPatch) -> None:
    """It would stop for others that wait; nobody can tell whether any do."""
    assert queue.others_wait() is False


def test_it_is_told(client: Client, away: pytest.MonkeyPatch) -> None:
    works()
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["queue"] is False
    assert answer.json()["worker"] is True
