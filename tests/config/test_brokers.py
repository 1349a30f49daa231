"""The queue on a Redis server of its own: what comes into it, and when."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import Schedule
from django_q.scheduler import scheduler

from tests.config.running import redis_server

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = "redis://127.0.0.1:9/0"


class DiesError(BaseException):
    """As a kill: nothing catches it."""


@pytest.fixture
def redis(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(Conf, "BROKER_CLASS", "config.process.brokers.redis_broker")
    with redis_server(tmp_path) as settings.REDIS_URL:
        yield settings


@pytest.fixture
def due() -> list[Schedule]:
    Schedule.objects.all().delete()
    past = timezone.now() - dt.timedelta(minutes=1)
    return [
        Schedule.objects.create(
            name=name, func="math.sqrt", args="16", next_run=past, schedule_type=Schedule.HOURLY
        )
        for name in ("first", "second", "third")
    ]


def are_due() -> int:
    return int(Schedule.objects.filter(next_run__lt=timezone.now()).count())


def test_a_scheduler_that_dies_has_fired_nothing(
    redis: Any, due: list[Schedule], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies with all its schedules in the queue, before their next times are kept."""

    def dies_at_the_last(self: Schedule, **kwargs: Any) -> None:
        if self.name == "third":
            raise DiesError
        super(Schedule, self).save(**kwargs)

    with monkeypatch.context() as dying:
        dying.setattr(Schedule, "save", dies_at_the_last)
        with pytest.raises(DiesError):
            scheduler()
    assert (are_due(), get_broker().queue_size()) == (3, 0)
    scheduler()
    assert (are_due(), get_broker().queue_size()) == (0, 3)


def test_schedules_wait_while_the_queue_is_away(redis: Any, due: list[Schedule]) -> None:
    answers, redis.REDIS_URL = redis.REDIS_URL, NOBODY
    scheduler()
    assert are_due() == 3
    redis.REDIS_URL = answers
    scheduler()
    assert (are_due(), get_broker().queue_size()) == (0, 3)
