"""Amounts divided so that nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from connections.documents import ZERO

CENT = Decimal("0.01")


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The total by weight, in cents; the last weight of any size takes what rounding leaves."""
    whole = sum(weights, ZERO)
    bearing = [index for index, weight in enumerate(weights) if weight]
    if not total or not whole:
        return [total if [index] == bearing[-1:] else ZERO for index in range(len(weights))]
    parts = [(total * weight / whole).quantize(CENT, ROUND_HALF_UP) for weight in weights]
    parts[bearing[-1]] += total - sum(parts, ZERO)
    return parts
