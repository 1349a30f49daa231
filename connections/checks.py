"""System checks of what is stored; they run with `check --database default` and with migrate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import OperationalError

from connections import canary


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
