"""The registry of integrations: a dictionary. A new one is one module and one line."""

from __future__ import annotations

from connections.models import Integration
from syncs.flow import Flow
from syncs.flows import bc_procore, fo_procore, gp_procore, nav_monday, nav_procore
from syncs.models import Record

REGISTRY: dict[str, dict[str, Flow]] = {
    "bc_procore": {flow.name: flow for flow in bc_procore.FLOWS},
    "fo_procore": {flow.name: flow for flow in fo_procore.FLOWS},
    "nav_monday": {flow.name: flow for flow in nav_monday.FLOWS},
    "nav_procore": {flow.name: flow for flow in nav_procore.FLOWS},
    "gp_procore": {flow.name: flow for flow in gp_procore.FLOWS},
}

LABELS = {
    "bc_procore": "Business Central ↔ Procore",
    "fo_procore": "Dynamics 365 F&O ↔ Procore",
    "nav_monday": "Dynamics NAV ↔ Monday.com",
    "nav_procore": "Dynamics NAV ↔ Procore",
    "gp_procore": "Dynamics GP → Procore",
}


def flows_of(integration: Integration) -> dict[str, Flow]:
    return REGISTRY[integration.key]


def flow_of(record: Record) -> Flow:
    return REGISTRY[record.integration.key][record.flow]
