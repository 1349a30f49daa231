"""What a flow does not heed of finance's choices is, to it, as if nobody had chosen it.

So a setting that its page does not show can change nothing. The registry fills the dictionary.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from syncs.models import FlowSettings

# Choices that only some flows heed: each flow says which (`Flow.heeds`).
CHOICES = (
    "booking", "code_rule", "code_part", "code_filter", "start_date", "projects", "adopt",
    "needs_approval", "approval_bands", "amount_limit", "rounding_threshold",
    "period_rule", "unstated_tax", "exactly_as_sent", "executed_only", "void_rule", "when_closed",
)  # fmt: skip
UNHEEDED: dict[tuple[str, str], dict[str, Any]] = {}  # by integration and flow: as they begin


def register(key: str, flow: str, heeds: frozenset[str]) -> None:
    UNHEEDED[key, flow] = {name: beginning(name) for name in CHOICES if name not in heeds}


def beginning(name: str) -> Any:
    return FlowSettings._meta.get_field(name).get_default()  # type: ignore[union-attr]


def only(settings: FlowSettings, key: str) -> FlowSettings:
    """The row, with what its flow heeds. Not to be saved."""
    settings.__dict__.update(UNHEEDED.get((key, settings.flow), {}))
    return settings


def is_heeded(settings: FlowSettings, name: str) -> bool:
    """A flow whose code is not here shows all of its choices."""
    return name not in UNHEEDED.get((settings.integration.key, settings.flow), {})


def of(settings: FlowSettings, names: Iterable[str]) -> set[str]:
    """Those of these fields that its page shows."""
    return {name for name in names if is_heeded(settings, name)}
