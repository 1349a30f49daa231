"""What people do on both sides while the connector runs."""

from __future__ import annotations

from typing import Any

from config.rehearsal import scenes
from config.rehearsal.ends import Play
from connections.models import Integration
from syncs.registry import flows_of


def things_happen(integration: Integration, play: dict[str, Any], seed: int) -> int:
    """Returns how many things."""
    both = Play.of(play)
    for scene in scenes.played(integration, play):
        scene.play()
    happened = both.office.people(integration, both.office_site, seed)
    return happened + both.field.people(integration, both.field_site, seed)


def untold(integration: Integration) -> list[str]:
    """Flows of which the ledger tells nobody: only a poll sees what its people did."""
    return [
        name for name, flow in flows_of(integration).items()
        if flow.source == "ledger" and not flow.resources and not flow.polled_on
    ]  # fmt: skip
