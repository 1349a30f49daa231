"""Which integrations there are, and the flows of each: a dictionary that `syncs.flows` fills."""

from __future__ import annotations

from connections.amounts import Kind
from connections.integrations import list_label
from connections.models import Integration
from syncs.flow import Flow
from syncs.models import Record

REGISTRY: dict[str, dict[str, Flow]] = {}


def flows_of(integration: Integration) -> dict[str, Flow]:
    """By name, in the order in which pages list them."""
    return REGISTRY[integration.key]


def label_of(integration: Integration, flow: str) -> str:
    """As people call the flow; its own name where its code is not here now."""
    found = REGISTRY.get(integration.key, {}).get(flow)
    return found.label if found else list_label(flow)


def kind_of(integration: str, flow: str) -> Kind:
    """What the amounts of this flow's records are; `integration`: its key."""
    found = REGISTRY.get(integration, {}).get(flow)
    return found.money if found else Kind.UNKNOWN


def is_of_ledger(integration: str, flow: str) -> bool:
    """Its documents come from the ledger; `integration`: its key. False for a flow without code."""
    found = REGISTRY.get(integration, {}).get(flow)
    return found is not None and found.source == "ledger"


def flow_of(record: Record) -> Flow:
    return REGISTRY[record.integration.key][record.flow]
