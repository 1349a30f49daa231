"""What the reconciliation says in all: for its page, the exports and whoever checks it.

Amounts of different currencies are never added up. The company's own has no name in a cell; whoever
asks says what it is, since two companies may keep two.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Count, F, Q, QuerySet, Sum

from connections.documents import ZERO
from connections.models import Integration
from syncs.balance.rows import Cause, CauseSum, Cell, CellCause, CellSum, Share

Row = dict[str, Any]
Own = Mapping[int, str]  # each company's own currency, by integration
STILL = "Still to come"


class Figures(Protocol):
    """A set of cells, as sums by integration, currency and share."""

    def sums(self) -> list[Row]:
        """With cells, differing, projects and ledger."""

    def causes(self) -> list[Row]:
        """With cause, amount, cells and documents."""


class Scanned:
    """Of whatever cells; each is read."""

    def __init__(self, cells: QuerySet[Cell]) -> None:
        self.cells = cells.order_by()

    def sums(self) -> list[Row]:
        rows: Any = self.cells.values("integration_id", "currency", "share")
        return list(rows.annotate(
            cells=Count("pk"), differing=Count("pk", filter=Q(differs=True)),
            projects=Sum("in_projects"), ledger=Sum("in_ledger"),
        ))  # fmt: skip

    def causes(self) -> list[Row]:
        kept: Any = CellCause.objects.filter(cell__in=self.cells.values("pk")).order_by()
        rows = kept.annotate(currency=F("cell__currency"), share=F("cell__share"))
        summed = rows.values("integration_id", "currency", "share", "cause")
        return list(summed.annotate(
            all=Sum("amount"), cells=Count("pk"), papers=Sum("documents")
        ))  # fmt: skip


class Kept:
    """By integration, book, share, project, month, cause and whether they differ alone: from the
    sums that were kept when the cells were written, however many those are."""

    def __init__(self, where: Q, cause: str = "", only_differing: bool = False) -> None:
        """`where`: of the fields that kept sums and cells have both."""
        self.where, self.cause, self.only_differing = where, cause, only_differing

    def sums(self) -> list[Row]:
        if self.cause:  # whatever has a cause differs
            found = grouped(CauseSum.objects.filter(self.where, cause=self.cause))
            return list(found.annotate(differing=F("cells"), **SUMMED))
        rows = CellSum.objects.filter(self.where)
        found = grouped(rows.filter(differs=True) if self.only_differing else rows)
        differing = Sum("number", filter=Q(differs=True), default=0)
        return list(found.annotate(differing=differing, **SUMMED))

    def causes(self) -> list[Row]:
        rows = CauseSum.objects.filter(self.where)
        found = grouped(rows.filter(cause=self.cause) if self.cause else rows, "cause")
        return list(found.annotate(all=Sum("amount"), papers=Sum("documents")))


SUMMED = {"projects": Sum("in_projects"), "ledger": Sum("in_ledger")}


def grouped(rows: QuerySet[Any], *names: str) -> Any:
    values = rows.order_by().values("integration_id", "currency", "share", *names)
    return values.annotate(cells=Sum("number"))


@dataclasses.dataclass
class Totals:
    """Of cells in one currency."""

    currency: str
    cells: int = 0
    differing: int = 0
    in_projects: Decimal = ZERO
    in_ledger: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        return self.in_projects - self.in_ledger

    def add(self, row: Row) -> None:
        self.cells += row["cells"]
        self.differing += row["differing"]
        self.in_projects += row["projects"]
        self.in_ledger += row["ledger"]


@dataclasses.dataclass
class Explained:
    """What one cause explains of cells in one currency."""

    cause: Cause
    currency: str
    amount: Decimal = ZERO
    cells: int = 0
    documents: int = 0

    def add(self, row: Row) -> None:
        self.amount += row["all"] or ZERO
        self.cells += row["cells"]
        self.documents += row["papers"] or 0


@dataclasses.dataclass
class Part:
    """Of commitments: committed, billed, freed, or what is still to come of all that."""

    name: str
    share: str  # empty of the last
    totals: Totals
    causes: list[Explained] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Account:
    """All that is said of a set of cells: by currency, the most cells first."""

    totals: list[Totals]
    causes: list[Explained]
    shares: list[Part]

    @property
    def cells(self) -> int:
        return sum(one.cells for one in self.totals)

    @property
    def differing(self) -> int:
        return sum(one.differing for one in self.totals)

    @property
    def rest(self) -> list[Totals]:
        """What other causes than these explain of the same cells, where one was asked for."""
        named: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for one in self.causes:
            named[one.currency] += one.amount
        left = {one.currency: one.difference - named[one.currency] for one in self.totals}
        return [Totals(at, in_projects=amount) for at, amount in left.items() if amount]


def account(figures: Figures, own: Own) -> Account:
    """Two questions to the database."""
    sums, causes = named(figures.sums(), own), named(figures.causes(), own)
    totals = totals_of(sums)
    return Account(totals, explained(causes), shares(sums, causes, totals))


def named(rows: Iterable[Row], own: Own) -> list[Row]:
    """The company's own currency by its name, where it is known."""
    return [
        {**row, "currency": row["currency"] or own.get(row["integration_id"], "")} for row in rows
    ]


def totals_of(rows: Iterable[Row]) -> list[Totals]:
    found: dict[str, Totals] = {}
    for row in rows:
        found.setdefault(row["currency"], Totals(row["currency"])).add(row)
    return sorted(found.values(), key=lambda one: (-one.cells, one.currency))


def explained(rows: Iterable[Row]) -> list[Explained]:
    """By cause, in the order in which causes are listed."""
    found: dict[tuple[str, str], Explained] = {}
    for row in rows:
        key = row["cause"], row["currency"]
        found.setdefault(key, Explained(Cause(key[0]), key[1])).add(row)
    order = list(Cause)
    return sorted(found.values(), key=lambda one: (order.index(one.cause), one.currency))


def shares(sums: list[Row], causes: list[Row], totals: list[Totals]) -> list[Part]:
    """Of cells that are shares of commitments, each with what its own difference is made of; for
    each currency what is still to come in the end. Of others none."""
    if not any(row["share"] for row in sums):
        return []
    mine, why = by_share(sums), by_share(causes)
    parts: list[Part] = []
    for total in totals:
        at = total.currency
        for share in Share:
            sums_of, causes_of = sum_of(mine[share], at), in_currency(why[share], at)
            parts.append(Part(str(share.label), share.value, sums_of, causes_of))
        parts.append(Part(STILL, "", total))
    return parts


def by_share(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found = defaultdict[str, list[Row]](list)
    for row in rows:
        found[row["share"]].append(row)
    return found


def sum_of(rows: Iterable[Row], currency: str) -> Totals:
    found = Totals(currency)
    for row in rows:
        if row["currency"] == currency:
            found.add(row)
    return found


def in_currency(rows: Iterable[Row], currency: str) -> list[Explained]:
    return explained(row for row in rows if row["currency"] == currency)


def report(integration: Integration) -> dict[str, int]:
    """For programs: how many cells differ, and how many of them nobody can explain."""
    cells = Cell.objects.filter(integration=integration)
    causes = CellCause.objects.filter(integration=integration)
    return {
        "cells": cells.count(), "differences": cells.filter(differs=True).count(),
        "unexplained": causes.filter(cause=Cause.UNEXPLAINED).count(),
    }  # fmt: skip
