"""The end of shadow mode, for all or for some projects, and the way back.

Switching on loosens a control: of flows that have noted documents it takes a second person.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from connections.models import Integration
from syncs.cutover.report import in_shadow
from syncs.models import FlowSettings
from syncs.registry import flows_of


@dataclasses.dataclass(frozen=True)
class Step:
    """What switching on means for one flow."""

    row: FlowSettings
    field: str  # shadow | live_projects
    becomes: Any


def steps(integration: Integration, projects: Sequence[str]) -> list[Step]:
    """Without what is so already, and without flows for which something is still to be chosen."""
    return [
        step for row in in_shadow(integration)
        if not lacking(row) and (step := step_of(row, projects)) is not None
    ]  # fmt: skip


def lacking(row: FlowSettings) -> str:
    """What finance still has to choose for it, in a sentence."""
    return flows_of(row.integration)[row.flow].lacks(row)


def step_of(row: FlowSettings, projects: Sequence[str]) -> Step | None:
    """A flow whose records are of no project goes on whole with the first one."""
    if not projects or not flows_of(row.integration)[row.flow].by_project:
        return Step(row, "shadow", False)
    live = sorted({*row.live_projects, *projects})
    return Step(row, "live_projects", live) if live != sorted(row.live_projects) else None


def back(integration: Integration, put: Callable[[FlowSettings], None]) -> list[FlowSettings]:
    """The flows that write anything, each put back into shadow mode by `put`."""
    rows = integration.flows.filter(enabled=True).select_related("integration").order_by("pk")
    writing = [row for row in rows if not row.shadow or row.live_projects]
    for row in writing:
        put(row)
    return writing
