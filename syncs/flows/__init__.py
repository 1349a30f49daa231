"""Fills the registry of integrations. A new one is one module and one line."""

from __future__ import annotations

from syncs.flow import Flow
from syncs.flows import bc_procore, fo_procore, gp_procore, nav_monday, nav_procore
from syncs.registry import REGISTRY

LABELS = {
    "bc_procore": "Business Central ↔ Procore",
    "fo_procore": "Dynamics 365 F&O ↔ Procore",
    "nav_monday": "Dynamics NAV ↔ Monday.com",
    "nav_procore": "Dynamics NAV ↔ Procore",
    "gp_procore": "Dynamics GP → Procore",
}


def register(key: str, flows: tuple[Flow, ...]) -> None:
    """Called when this package is loaded, once per integration."""
    REGISTRY[key] = {flow.name: flow for flow in flows}


register("bc_procore", bc_procore.FLOWS)
register("fo_procore", fo_procore.FLOWS)
register("nav_monday", nav_monday.FLOWS)
register("nav_procore", nav_procore.FLOWS)
register("gp_procore", gp_procore.FLOWS)
