"""What the reconciliation says in all: for its page, the exports and whoever checks it."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DecimalField, F, Q, QuerySet, Sum, When

from connections.documents import ZERO
from connections.models import Integration
from syncs.balance.rows import Book, Cause, Cell, CellCause, Share


@dataclasses.dataclass(frozen=True)
class Totals:
    """Of a set of cells. Amounts of different currencies are never added up."""

    cells: int = 0
    differing: int = 0
    in_projects: Decimal = ZERO
    in_ledger: Decimal = ZERO
    foreign: int = 0  # cells in another currency than the company's own, which are not in the sums

    @property
    def difference(self) -> Decimal:
        return self.in_projects - self.in_ledger


@dataclasses.dataclass(frozen=True)
class Explained:
    """What one cause explains of a set of cells."""

    cause: Cause
    amount: Decimal
    cells: int
    documents: int


def of(cells: QuerySet[Cell]) -> Totals:
    """One question to the database."""
    own = Q(currency="")
    found: dict[str, Any] = cells.order_by().aggregate(
        cells=Count("pk"), differing=Count("pk", filter=Q(differs=True)),
        foreign=Count("pk", filter=~own),
        projects=Sum("in_projects", filter=own), ledger=Sum("in_ledger", filter=own),
    )  # fmt: skip
    return Totals(
        found["cells"], found["differing"], found["projects"] or ZERO, found["ledger"] or ZERO,
        found["foreign"],
    )  # fmt: skip


def explained(cells: QuerySet[Cell]) -> list[Explained]:
    """By cause, in the order in which causes are listed."""
    rows = CellCause.objects.filter(cell__in=cells.order_by().values("pk")).order_by()
    own = Case(When(cell__currency="", then=F("amount")), output_field=DecimalField())
    found = {
        row["cause"]: Explained(
            Cause(row["cause"]), row["all"] or ZERO, row["cells"], row["papers"] or 0
        )
        for row in rows.values("cause").annotate(
            all=Sum(own), cells=Count("pk"), papers=Sum("documents")
        )
    }
    return [found[cause] for cause in Cause if cause in found]


def shares(cells: QuerySet[Cell]) -> list[tuple[str, Totals]]:
    """Of commitments: committed, billed, freed, and what is still to come of all that."""
    found = [(str(one.label), of(cells.filter(share=one))) for one in Share]
    return [*found, ("Still to come", of(cells))]


def report(integration: Integration) -> dict[str, Any]:
    """For programs: sums by book, and what nobody can explain."""
    cells = Cell.objects.filter(integration=integration)
    whole = of(cells)
    causes = CellCause.objects.filter(integration=integration)
    return {
        "cells": whole.cells,
        "differences": whole.differing,
        "unexplained": causes.filter(cause=Cause.UNEXPLAINED).count(),
        "books": {book.value: told(cells.filter(book=book)) for book in Book},
    }


def told(cells: QuerySet[Cell]) -> dict[str, Any]:
    sums = of(cells)
    return {
        "project_system": f"{sums.in_projects:.2f}", "ledger": f"{sums.in_ledger:.2f}",
        "difference": f"{sums.difference:.2f}",
        "causes": {str(one.cause): f"{one.amount:.2f}" for one in explained(cells)},
    }  # fmt: skip
