"""After both sides were read: the row of each month, and what changed in those that are closed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from connections.documents import ZERO
from connections.models import Integration
from syncs.balance import refresh
from syncs.balance.rows import BalanceReading, Book, CellSum
from syncs.closing import changes, documents
from syncs.closing.rows import OPEN, Period, PeriodClose
from syncs.models import Run

Months = dict[dt.date, dict[str, Any]]


def both_sides(integration: Integration, flow: str, run: Run) -> None:
    """The work of a reading: its last stretch brings the months up to it."""
    refresh.refresh(integration, flow, run)
    reading = BalanceReading.objects.get(integration=integration)
    if reading.whole:
        bring_up(integration, reading)


def bring_up(integration: Integration, reading: BalanceReading) -> None:
    """A row for each month that has documents or sums, and the closed ones compared."""
    found = months(integration)
    with transaction.atomic():
        for month, figures in sorted(found.items()):
            Period.objects.update_or_create(
                integration=integration, month=month,
                defaults={**figures, "as_of": reading.as_of},
            )  # fmt: skip
        empty = Period.objects.filter(integration=integration).exclude(month__in=found)
        empty.update(documents=0, open_documents=0, sums=[], as_of=reading.as_of)
    standing = PeriodClose.objects.filter(period__integration=integration, reopened_at=None)
    for close in standing.select_related("period__integration").order_by("pk"):
        changes.follow(close)


def months(integration: Integration) -> Months:
    """One question for the documents, one for the sums."""
    found: Months = defaultdict(lambda: {"documents": 0, "open_documents": 0, "sums": []})
    for row in counted(integration):
        found[row["month"]] |= {"documents": row["came"], "open_documents": row["open"]}
    for row in summed(integration):
        found[row["period"]]["sums"].append({
            "currency": row["currency"], "in_projects": f"{row['projects'] or ZERO:.2f}",
            "in_ledger": f"{row['ledger'] or ZERO:.2f}",
        })  # fmt: skip
    return found


def counted(integration: Integration) -> Any:
    rows = documents.all_of(integration).exclude(document_date=None)
    grouped: Any = rows.annotate(month=TruncMonth("document_date")).values("month")
    alone = Q(revision=1)  # a correction is part of the document that it corrects
    waits = Q(bucket__in=[*OPEN, ""])
    return grouped.annotate(came=Count("pk", filter=alone), open=Count("pk", filter=waits))


def summed(integration: Integration) -> Any:
    """Of costs; commitments are no costs, and stand on the month's page."""
    kept: Any = CellSum.objects.filter(integration=integration, book=Book.COST)
    return (
        kept.exclude(period=None)
        .order_by("currency")
        .values("period", "currency")
        .annotate(projects=Sum("in_projects"), ledger=Sum("in_ledger"))
    )
