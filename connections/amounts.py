"""Amounts divided and rounded so that nothing is lost."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from connections.documents import ZERO, Document

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


def in_cents(document: Document) -> Document:
    """The same document without fractions of a cent, which unit costs of four decimals make.

    Each line is rounded by itself, as the vendor rounds it, where its total says so; else the sum
    is kept, and the lines that lost most by rounding bear the cents that are left.
    """
    columns = [(line.amount, line.tax, line.retained, line.released) for line in document.lines]
    if all(is_whole(amount) for amounts in columns for amount in amounts):
        return document
    total = document.total.quantize(CENT, ROUND_HALF_UP)
    for rounded in (each_rounded, sum_kept):
        found = zip(*(rounded(amounts) for amounts in zip(*columns, strict=True)), strict=True)
        lines = tuple(
            dataclasses.replace(line, amount=amount, tax=tax, retained=retained, released=released)
            for line, (amount, tax, retained, released) in zip(document.lines, found, strict=True)
        )
        result = dataclasses.replace(document, lines=lines, total=total)
        if result.footed == total:
            break
    return result


def is_whole(amount: Decimal) -> bool:
    return amount == amount.quantize(CENT)


def each_rounded(amounts: Sequence[Decimal]) -> list[Decimal]:
    return [amount.quantize(CENT, ROUND_HALF_UP) for amount in amounts]


def sum_kept(amounts: Sequence[Decimal]) -> list[Decimal]:
    """Cents that add up to the rounded sum."""
    found = each_rounded(amounts)
    missing = sum(amounts, ZERO).quantize(CENT, ROUND_HALF_UP) - sum(found, ZERO)
    cent = CENT.copy_sign(missing)
    lost = sorted(range(len(found)), key=lambda place: (found[place] - amounts[place]) * cent)
    for place in lost[: int(abs(missing) / CENT)]:
        found[place] += cent
    return found
