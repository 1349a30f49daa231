"""Fills the registry of integrations. A new one is one module and one line."""

from __future__ import annotations

from collections.abc import Iterable

from connections import integrations
from connections.integrations import Kind
from connections.registry import Ability
from syncs.controls import heeded
from syncs.flow import Flow
from syncs.flows import bc_monday, bc_procore, fo_procore, gp_procore, nav_monday, nav_procore
from syncs.registry import REGISTRY


def register(
    key: str, label: str, project_system: str, ledger: str, flows: tuple[Flow, ...]
) -> None:
    """Called when this package is loaded, once per integration; the systems by their vendors."""
    REGISTRY[key] = {flow.name: flow for flow in flows}
    for flow in flows:
        heeded.register(key, flow.name, flow.heeds)
    asked = of_all(flow.needs_project for flow in flows)
    needed = of_all(flow.needs_ledger for flow in flows)
    lists = {flow.name: flow.noun for flow in flows}
    integrations.register(key, Kind(label, project_system, ledger, asked, needed), lists)


def of_all(needs: Iterable[frozenset[Ability]]) -> frozenset[Ability]:
    return frozenset().union(*needs)


register(
    "bc_procore", "Business Central ↔ Procore", "procore", "business_central", bc_procore.FLOWS
)
register(
    "bc_monday", "Business Central ↔ Monday.com", "monday", "business_central", bc_monday.FLOWS
)
register("fo_procore", "Dynamics 365 F&O ↔ Procore", "procore", "fo", fo_procore.FLOWS)
register("nav_monday", "Dynamics NAV ↔ Monday.com", "monday", "nav", nav_monday.FLOWS)
register("nav_procore", "Dynamics NAV ↔ Procore", "procore", "nav", nav_procore.FLOWS)
register("gp_procore", "Dynamics GP → Procore", "procore", "gp", gp_procore.FLOWS)
