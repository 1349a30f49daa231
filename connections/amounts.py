"""Amounts divided and rounded so that nothing is lost, or kept side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

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


# -- side by side ---------------------------------------------------------------------------------


class Kind(StrEnum):
    """What an amount is of, as it is read behind it, in the order in which they are told."""

    COSTS = "costs"
    COMMITMENTS = "commitments"
    CONTRACT = "contract changes"
    BILLED = "billed on commitments"
    FREED = "freed of commitments"
    CORRECTIONS = "corrections"  # part of the documents that they correct: never added to them
    UNKNOWN = "of a flow that is no longer here"
    NONE = ""  # of records that are no documents: vendors, codes, decisions


TAKEN_OFF = (Kind.BILLED, Kind.FREED)  # negative on the books, and told as that much
ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclasses.dataclass(frozen=True)
class Amount:
    """Of one kind and currency; an empty one is the company's own."""

    kind: Kind
    currency: str
    amount: Decimal


@dataclasses.dataclass(frozen=True)
class MoneyBag:
    """Amounts by kind and currency."""

    amounts: Mapping[tuple[Kind, str], Decimal] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, amount: Decimal | None, currency: str = "", kind: Kind = Kind.COSTS) -> MoneyBag:
        return cls({(kind, currency): amount or ZERO})

    @classmethod
    def sum(cls, bags: Iterable[MoneyBag]) -> MoneyBag:
        found: dict[tuple[Kind, str], Decimal] = {}
        for bag in bags:
            for key, amount in bag.amounts.items():
                found[key] = found.get(key, ZERO) + amount
        return cls(found)

    def __add__(self, other: MoneyBag) -> MoneyBag:
        return MoneyBag.sum([self, other])

    def __bool__(self) -> bool:
        return any(self.amounts.values())

    def times(self, whole: int, part: int) -> MoneyBag:
        """As many times more as the whole is more than the part, in cents."""
        return MoneyBag(
            {key: (amount * whole / part).quantize(CENT) for key, amount in self.amounts.items()}
        )

    def named(self, own: str) -> MoneyBag:
        """The company's own currency by its name: some documents name it, others leave it out."""
        return MoneyBag.sum(
            MoneyBag.of(amount, currency or own, kind)
            for (kind, currency), amount in self.amounts.items()
        )

    @property
    def size(self) -> Decimal:
        """What lists are ordered by: all of it, as if it were one. Never shown."""
        return sum((abs(amount) for amount in self.amounts.values()), ZERO)

    @property
    def each(self) -> list[Amount]:
        """By kind, the most money first."""
        found = [Amount(*key, amount) for key, amount in self.amounts.items()]
        return sorted(found, key=lambda one: (ORDER[one.kind], -abs(one.amount), one.currency))
