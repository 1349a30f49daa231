"""The worker's signs of life: each task it takes, and small tasks that ask for one."""

import logging
import time
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from django_q.conf import Conf
from django_q.signals import pre_execute

from config.models import Heartbeat

SPACING = 1.0  # seconds between two writes by one process, so that a backlog is not slowed

log = logging.getLogger(__name__)
last_written = float("-inf")


def connect() -> None:
    """Safe to call twice."""
    pre_execute.connect(a_task_begins, dispatch_uid="heartbeat")


def a_task_begins(**signal: Any) -> None:
    """Runs in a worker before each task.

    Must not raise: here an error would end the worker and lose the task until its retry. The
    signal after a task would not do: it is sent inside a lock that the sentinel waits for.
    """
    global last_written
    if time.monotonic() - last_written < SPACING:
        return
    try:
        Heartbeat.note(Conf.CLUSTER_NAME, timezone.now())
        last_written = time.monotonic()
    except DatabaseError as error:
        log.warning("heartbeat not written: %s", error)


def beat(sequence: int) -> None:
    """The task that the watchdog queues: its number in the row proves that it ran."""
    Heartbeat.note(Conf.CLUSTER_NAME, timezone.now(), sequence=sequence)
