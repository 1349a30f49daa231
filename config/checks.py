"""System checks: settings under which the queue would lose or double work, or secrets would leak.

Each refuses a trap that was seen to do harm; the text says which.
"""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

TERMINATION = 3  # seconds that django-q2 allows a task beyond its timeout


@register(Tags.database)
def only_postgresql(
    app_configs: Sequence[AppConfig] | None = None, **options: Any
) -> list[CheckMessage]:
    """Row locks, SKIP LOCKED, partial indexes and triggers are used without a second way."""
    return [
        Error(
            f"The database {alias!r} is {connections[alias].vendor}, not PostgreSQL.",
            hint="Leave DATABASE_URL empty for the embedded server, or name a PostgreSQL server.",
            id="config.E001",
        )
        for alias in connections
        if connections[alias].vendor != "postgresql"
    ]


@register()
def no_connection_pool(
    app_configs: Sequence[AppConfig] | None = None, **options: Any
) -> list[CheckMessage]:
    """A pool that is inherited by the queue's forks mixes up answers between processes."""
    return [
        Error(
            f'The database {alias!r} has OPTIONS["pool"].',
            hint="Use CONN_MAX_AGE.",
            id="config.E002",
        )
        for alias in connections
        if connections[alias].settings_dict.get("OPTIONS", {}).get("pool")
    ]


@register()
def fernet_keys_are_set(
    app_configs: Sequence[AppConfig] | None = None, **options: Any
) -> list[CheckMessage]:
    """FERNET_KEYS=None would encrypt with SECRET_KEY, silently."""
    keys = getattr(settings, "FERNET_KEYS", None)
    if isinstance(keys, list | tuple) and keys and all(keys):
        return []
    return [
        Error(
            "FERNET_KEYS is missing or empty, so no secret can be stored or read.",
            hint="Set FERNET_KEYS, newest key first, divided by commas. `make setup` writes one.",
            id="config.E003",
        )
    ]


@register()
def tasks_are_not_pulled_twice(
    app_configs: Sequence[AppConfig] | None = None, **options: Any
) -> list[CheckMessage]:
    """`retry` counts from the pull, so it must outlast the wait behind other tasks."""
    return [
        Error(
            f"Q_CLUSTER of {name!r}: retry is {queue.get('retry', 60)} s, less than the"
            f" {least_retry(queue)} s that a pulled task may take; it would run twice.",
            id="config.E004",
        )
        for name, queue in clusters()
        if queue.get("retry", 60) < least_retry(queue)
    ]


def clusters() -> Iterable[tuple[str, dict[str, Any]]]:
    """The default cluster and the alternative ones, which inherit what they do not set."""
    base = {k: v for k, v in settings.Q_CLUSTER.items() if k != "ALT_CLUSTERS"}
    yield base.get("name", "default"), base
    for name, other in settings.Q_CLUSTER.get("ALT_CLUSTERS", {}).items():
        yield name, {**base, **other}


def least_retry(queue: dict[str, Any]) -> float:
    """Infinite where a task may run for ever or the number of workers is left to the machine."""
    workers, timeout = queue.get("workers"), queue.get("timeout")
    if not workers or not timeout:
        return math.inf
    waiting = queue.get("queue_limit", workers**2)
    return float((1 + math.ceil((waiting + 1) / workers)) * (timeout + TERMINATION))


@register()
def the_queue_does_not_retry(
    app_configs: Sequence[AppConfig] | None = None, **options: Any
) -> list[CheckMessage]:
    """Retries live in our own rows; the queue's would run a task again without its record."""
    return [
        Error(
            f"Q_CLUSTER of {name!r} needs max_attempts 1 and ack_failures True.",
            id="config.E005",
        )
        for name, queue in clusters()
        if queue.get("max_attempts", 0) != 1 or queue.get("ack_failures") is not True
    ]


@register()
def import_and_export_need_a_permission(
    app_configs: Sequence[AppConfig] | None = None, **options: Any
) -> list[CheckMessage]:
    """Without the codes whoever may view a list may change it by an import."""
    return [
        Error(f"{name} is not {code!r}.", id="config.E006")
        for name, code in (
            ("IMPORT_EXPORT_IMPORT_PERMISSION_CODE", "import"),
            ("IMPORT_EXPORT_EXPORT_PERMISSION_CODE", "export"),
        )
        if getattr(settings, name, None) != code
    ]


@register()
def the_digest_can_be_sent(
    app_configs: Sequence[AppConfig] | None = None, **options: Any
) -> list[CheckMessage]:
    """An hour that nobody understands would stop the sweep, and with it everything."""
    found: list[CheckMessage] = []
    try:
        dt.time.fromisoformat(settings.DIGEST_AT or "00:00")
    except ValueError:
        hint = "Write 07:00, or nothing where no digest is wanted."
        found.append(Error("DIGEST_AT is no time of day.", hint=hint, id="config.E008"))
    if settings.EMAIL_URL and "@localhost" in settings.DEFAULT_FROM_EMAIL:
        hint = "Set EMAIL_FROM: from whom people get it, as connector@example.com."
        found.append(Error("EMAIL_URL is set, EMAIL_FROM is not.", hint=hint, id="config.E009"))
    return found


@register()
def redis_can_be_reached(
    app_configs: Sequence[AppConfig] | None = None, **options: Any
) -> list[CheckMessage]:
    """A REDIS_URL that nobody understands would stop every task at its first use."""
    if not settings.REDIS_URL:
        return []
    try:
        redis = import_module("redis")
        redis.Redis.from_url(settings.REDIS_URL)
    except ImportError:
        hint = "Run `make .venv/.runtime`: the package redis is missing."
    except ValueError:
        hint = "Write redis://:password@host:6379/0, with rediss:// for TLS."
    else:
        return []
    return [Error("REDIS_URL cannot be used.", hint=hint, id="config.E007")]
