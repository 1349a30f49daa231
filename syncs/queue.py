"""Tasks that carry ids only. Lose them all and the sweep sends them again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.tasks import async_task

CHUNK = 10  # records that one task carries, so that look-ups are shared


def ask(task: str, *arguments: object) -> None:
    """Enqueue one of our tasks by name, with ids only; written in the caller's transaction.

    On Redis only after it: a worker must find the row. When Redis is away the error is logged, and
    the sweep asks again.
    """

    def send() -> None:
        async_task(f"syncs.tasks.{task}", *arguments)

    if settings.REDIS_URL:
        transaction.on_commit(send, robust=True)
    else:
        send()


class Sealed:
    """Stands in for a broker: what would be sent is kept for who writes it."""

    list_key = Conf.CLUSTER_NAME

    def enqueue(self, package: str) -> None:
        self.package = package


def row(task: str, *arguments: object) -> tuple[str, str, dt.datetime]:
    """Key, payload and lock of a task in the database's queue, for a statement that writes more."""
    sealed = Sealed()
    async_task(f"syncs.tasks.{task}", *arguments, broker=sealed)
    return sealed.list_key, sealed.package, timezone.now()


def others_wait() -> bool:
    """Tasks that no worker has taken yet. While Redis is away nobody can be told to wait."""
    try:
        return bool(get_broker().queue_size())
    except away():
        return False


def away() -> tuple[type[Exception], ...]:
    """What is raised when Redis does not answer; the package is asked for only where it is used."""
    if not settings.REDIS_URL:
        return ()
    from redis import RedisError

    return (RedisError,)


def ask_to_run(ids: Sequence[int], chunk: int) -> None:
    """A worker is to carry these records, so many in one task."""
    for start in range(0, len(ids), chunk):
        ask("run", list(ids[start : start + chunk]))
