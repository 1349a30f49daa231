"""The queue as clusters share it: django-q2's brokers, and a lane of each cluster's own.

A cluster takes from its own lane first. There its watchdog puts the probes, which no other cluster
may answer. In the database, what a cluster has pulled lies in its lane, too, until acknowledged: so
it is known whose it was when a cluster dies.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections, transaction
from django.utils import timezone
from django_q.brokers import Broker, get_broker
from django_q.brokers.orm import ORM
from django_q.conf import Conf

from config.heartbeat import program

if TYPE_CHECKING:
    import redis

SEPARATOR = "@"
CONNECT_SECONDS, ANSWER_SECONDS = 3, 10
PULL = """
    WITH next AS (
        SELECT id FROM django_q_ormq WHERE key = %(key)s AND lock <= %(now)s
        ORDER BY id LIMIT %(bulk)s FOR UPDATE SKIP LOCKED
    )
    UPDATE django_q_ormq AS task SET lock = %(until)s, key = %(lane)s
    FROM next WHERE task.id = next.id RETURNING task.id, task.payload
"""


def lane(queue: str, cluster: str) -> str:
    return f"{queue}{SEPARATOR}{cluster}"


def probes_of(queue: str, cluster: str) -> Broker:
    """The broker of one cluster's own lane."""
    return get_broker(lane(queue, cluster))


class Database(ORM):
    """A pull is one statement: what another cluster is pulling is passed over."""

    def dequeue(self) -> list[tuple[int, str]] | None:
        own = lane(self.list_key, program())
        self.get_connection()  # closes one that is too old
        for key in (own, self.list_key):
            if tasks := self.pull(key, own):
                return tasks
        time.sleep(Conf.POLL)
        return None

    def pull(self, key: str, own: str) -> list[tuple[int, str]]:
        now = timezone.now()
        facts = {
            "key": key, "lane": own, "now": now, "until": self.timeout(None), "bulk": Conf.BULK,
        }  # fmt: skip
        with connections[Conf.ORM].cursor() as cursor:
            cursor.execute(PULL, facts)
            return list(cursor.fetchall())


def redis_broker(list_key: str | None = None) -> Broker:
    """Where REDIS_URL is set. The package is asked for only there."""
    from django_q.brokers.redis_broker import Redis

    class Lanes(Redis):
        """What is pulled is out of the queue; when its cluster dies, the sweep asks again.

        What is asked for in a transaction comes into the queue after it: a schedule whose next time
        was not kept has not fired, and nobody works for what is not there yet. A queue that is away
        is told before, so that the transaction can fail.
        """

        def enqueue(self, task: str) -> None:
            if transaction.get_connection().in_atomic_block:
                self.ping()
            transaction.on_commit(partial(super().enqueue, task))

        def dequeue(self) -> list[tuple[None, bytes]] | None:
            own = self.list_key.removesuffix(":q") + f"{SEPARATOR}{program()}:q"
            found = self.connection.blpop([own, self.list_key], 1)
            return [(None, found[1])] if found else None

        @staticmethod
        def get_connection(list_key: str | None = None) -> redis.Redis:
            return connected()

    return Lanes(list_key=list_key)


def connected() -> redis.Redis:
    from redis import Redis

    return Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS
    )


def unreachable() -> tuple[type[Exception], ...]:
    """What is raised when the database or the queue is away."""
    if not settings.REDIS_URL:
        return (DatabaseError, InterfaceError)
    import redis

    return (DatabaseError, InterfaceError, redis.RedisError)
