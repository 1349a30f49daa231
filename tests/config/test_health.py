"""/healthz tells the truth about database, worker and queue."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from config.heartbeat import works
from config.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_a_worker_that_works_is_healthy(client: Client) -> None:
    works()
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["ok"] is True


def test_no_worker_at_all_is_not_healthy(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["worker"] is False


def test_a_silent_worker_is_not_healthy(client: Client) -> None:
    works()
    silence = timedelta(seconds=2 * settings.WATCHDOG_SECONDS + 1)
    Heartbeat.objects.update(worked_at=timezone.now() - silence)
    assert client.get("/healthz").status_code == 503


def test_it_tells_how_old_the_queue_is(client: Client) -> None:
    due = timezone.now() - timedelta(seconds=40)
    OrmQ.objects.create(key="connector", payload="", lock=due)
    found = client.get("/healthz").json()
    assert found["queue_length"] == 1
    assert found["queue_age"] == pytest.approx(40, abs=5)


def test_one_that_works_is_enough_and_the_others_are_counted(client: Client) -> None:
    """Whether all is well for a caller; who is missing is told by an alert."""
    works()
    Heartbeat.note("east.1", "east", queue="connector", seen_at=timezone.now() - timedelta(hours=1))
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["hosts_missing"] == 1
