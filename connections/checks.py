"""System checks of what is stored; they run with `check --database default` and with migrate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import OperationalError, connection

from connections import canary
from connections.integrations import INTEGRATIONS, NAMES
from connections.models import Connection, Integration


@register(Tags.database)
def stored_secrets_can_be_read(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The keys fit. That there are keys at all is the settings' own check."""
    if not databases or not settings.FERNET_KEYS:
        return []
    try:
        unreadable = canary.unreadable()
    except OperationalError:
        return []  # no database: others say so
    if not unreadable:
        return []
    return [
        Error(
            f"Stored secrets cannot be decrypted ({', '.join(unreadable)}).",
            hint="FERNET_KEYS lacks the key that they were written with. Put the old key back, "
            "behind the new one, and run `manage.py rotate_secrets`.",
            id="connections.E001",
        )
    ]


@register(Tags.database)
def integrations_fit_their_kinds(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """What the form refuses may have been stored before, or past it."""
    if not databases:
        return []
    try:
        return [message for row in stored_integrations() for message in told_of(*row)]
    except OperationalError:
        return []  # no database: others say so


def stored_integrations() -> list[tuple[str, str, str, str, str, str]]:
    """Name, kind, then vendor and name of each side; none before the first migration."""
    tables = {model._meta.db_table for model in (Connection, Integration)}
    if not tables <= set(connection.introspection.table_names()):
        return []
    sides = [f"{side}__{field}" for side in NAMES for field in ("vendor", "name")]
    return list(Integration.objects.values_list("name", "key", *sides))


def told_of(name: str, key: str, *systems: str) -> Iterator[CheckMessage]:
    if key not in INTEGRATIONS:
        yield Warning(
            f"The integration “{name}” is of the kind {key}, which this version does not have.",
            hint="Nothing of it is carried. Switch it off under Integrations, or run the version "
            "that has this kind.",
            id="connections.W001",
        )
        return
    for side, vendor, system in zip(NAMES, systems[::2], systems[1::2], strict=True):
        if why := INTEGRATIONS[key].misfit(side, vendor, system):
            yield Warning(
                f"The integration “{name}” does not fit its kind. {why}",
                hint="Nothing of it is carried. Choose another system for it under Integrations.",
                id="connections.W002",
            )
