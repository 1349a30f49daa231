"""The worker's signs of life: each task it takes, and small tasks that ask for one."""

import logging
import os
import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django_q.conf import Conf
from django_q.signals import post_execute, pre_execute

from config.models import Heartbeat

PROGRAM = "ML_CONNECTOR_PROGRAM"  # which cluster this process belongs to; its supervisor says it
SPACING = 1.0  # seconds between two writes by one process, so that a backlog is not slowed
BEAT = "config.heartbeat.beat"

log = logging.getLogger(__name__)
last_written = float("-inf")


def program() -> str:
    """Of a cluster without a supervisor: the host's name."""
    return os.environ.get(PROGRAM) or settings.HOST_NAME


def connect() -> None:
    """Safe to call twice."""
    pre_execute.connect(a_task_begins, dispatch_uid="heartbeat")
    post_execute.connect(a_task_is_acknowledged, dispatch_uid="heartbeat")


def a_task_begins(**signal: Any) -> None:
    """Runs in a worker before each task.

    Must not raise: here an error would end the worker and lose the task until its retry. The
    worker's signal after a task would not do: it is sent inside a lock that the sentinel waits for.
    """
    global last_written
    if time.monotonic() - last_written < SPACING:
        return
    if noted():
        last_written = time.monotonic()


def a_task_is_acknowledged(**signal: Any) -> None:
    """Runs in the monitor after each task. Must not raise: an error would end the monitor."""
    task = signal["task"]
    if task["func"] == BEAT and task["args"][0] == program():
        noted(acknowledged=task["args"][1])


def noted(**values: Any) -> bool:
    try:
        works(**values)
    except DatabaseError as error:
        log.warning("heartbeat not written: %s", error)
        return False
    return True


def works(**values: Any) -> None:
    Heartbeat.note(
        program(), settings.HOST_NAME, queue=Conf.CLUSTER_NAME, worked_at=timezone.now(), **values
    )


def beat(cluster: str, sequence: int) -> None:
    """The task that a watchdog queues for its cluster: its number in the row proves that it ran.

    Of a cluster that has died another may come by it; it proves nothing then.
    """
    if cluster == program():
        works(sequence=sequence)
