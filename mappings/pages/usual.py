"""How the rules of an integration fill the ledger's dimensions, so that a new one is no exception
by oversight: an entry without its cost code cannot be told apart in the ledger."""

from __future__ import annotations

from collections import Counter

from connections.models import Integration
from mappings.models import CostCodeMapping

FEW = 3  # rules; of fewer nobody can say what is usual
BY = {"{cost_code}": "cost_code", "{cost_type}": "cost_type", "{project}": "project"}


def usual(integration: Integration) -> dict[str, str]:
    """Dimension -> the placeholder by which more than half of the rules fill it; one that names
    the rule's own code outright fills it by the code, too."""
    rows = list(CostCodeMapping.objects.filter(integration=integration))
    if len(rows) < FEW:
        return {}
    found = Counter(
        (name, way) for row in rows for name, value in row.dimensions.items()
        if (way := way_of(row, value))
    )  # fmt: skip
    return {name: way for (name, way), times in sorted(found.items()) if 2 * times > len(rows)}


def way_of(row: CostCodeMapping, value: str) -> str:
    """The placeholder, or empty for a value that each rule chooses for itself."""
    if value in BY:
        return value
    return next((way for way, part in BY.items() if value and value == getattr(row, part)), "")


def left_out(integration: Integration, dimensions: dict[str, str]) -> str:
    """What a rule with these lacks beside the others, in a sentence, or empty."""
    missing = [
        f"{name} by {BY[way].replace('_', ' ')}"
        for name, way in usual(integration).items() if not dimensions.get(name)
    ]  # fmt: skip
    if not missing:
        return ""
    return f"Most rules of this integration fill {' and '.join(missing)}; this one does not."
