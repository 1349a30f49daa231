"""What people do on both sides while the connector runs."""

from __future__ import annotations

from typing import Any

from config.rehearsal.ends import Play
from connections.models import Integration
from syncs.registry import flows_of


def things_happen(integration: Integration, play: dict[str, Any], seed: int) -> int:
    """Returns how many things."""
    both = Play.of(play)
    happened = both.office.people(integration, both.office_site, seed)
    if not one_way(integration):
        happened += both.field.people(integration, both.field_site, seed)
    return happened


def one_way(integration: Integration) -> bool:
    """Nothing of the field's is for the ledger."""
    return all(flow.source == "ledger" for flow in flows_of(integration).values())
