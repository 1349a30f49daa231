"""Which integrations there are, for forms and filters: a dictionary that the flows' app fills."""

from __future__ import annotations

INTEGRATIONS: dict[str, str] = {}


def register(key: str, label: str) -> None:
    """Called at start-up, once per integration. Safe to call twice."""
    INTEGRATIONS[key] = label


def integration_choices() -> list[tuple[str, str]]:
    return sorted(INTEGRATIONS.items(), key=lambda item: item[1])
