"""What must not be read in journals, logs and errors."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

SHORTEST_SECRET = 4  # blotting out shorter texts would only garble
SECRET_KEYS = {
    "authorization", "client_secret", "access_token", "clientstate", "password", "secret",
    "destination_headers", "refresh_token",
}  # fmt: skip


def redact(value: Any) -> Any:
    """The same, without secrets: for journals, logs and errors."""
    if isinstance(value, dict):
        return {
            key: "•••" if str(key).lower() in SECRET_KEYS else redact(inner)
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact(inner) for inner in value]
    return value


def scrub(value: Any, hidden: Collection[str]) -> Any:
    """The same, with these texts blotted out wherever the other system echoes them."""
    if isinstance(value, str):
        for text in hidden:
            value = value.replace(text, "•••")
        return value
    if isinstance(value, dict):
        return {key: scrub(inner, hidden) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrub(inner, hidden) for inner in value]
    return value
