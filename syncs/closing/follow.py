"""The row of each month: its sums after both sides were read, and what changed in those that are
closed; its documents counted anew whenever one of them changed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from connections.documents import ZERO
from connections.models import Integration
from syncs.balance import refresh
from syncs.balance.rows import BalanceReading, Book, CellSum
from syncs.closing import changes, documents
from syncs.closing.rows import OPEN, Period, PeriodClose
from syncs.models import Record, Run

Months = dict[dt.date, dict[str, Any]]
LATE = dt.timedelta(seconds=10)  # a change that was not told yet when it was counted


def both_sides(integration: Integration, flow: str, run: Run) -> None:
    """The work of a reading: its last stretch brings the months up to it."""
    refresh.refresh(integration, flow, run)
    reading = BalanceReading.objects.get(integration=integration)
    if reading.whole:
        bring_up(integration, reading)


def bring_up(integration: Integration, reading: BalanceReading) -> None:
    """A row for each month that has documents or sums, and the closed ones compared."""
    now, found = timezone.now(), months(integration)
    with transaction.atomic():
        locked(integration)
        for month, figures in sorted(found.items()):
            Period.objects.update_or_create(
                integration=integration, month=month,
                defaults={**figures, "as_of": reading.as_of, "counted_at": now},
            )  # fmt: skip
        empty = Period.objects.filter(integration=integration).exclude(month__in=found)
        empty.update(documents=0, open_documents=0, sums=[], as_of=reading.as_of, counted_at=now)
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


def stale() -> dict[int, dt.datetime | None]:
    """Integrations in which something changed since their months were counted, and when that was;
    two questions, each answered by an index."""
    rows: Any = Period.objects.order_by().values("integration")
    known = {row["integration"]: row["at"] for row in rows.annotate(at=Min("counted_at"))}
    return {
        pk: at for pk, at in known.items()
        if at is None or Record.objects.filter(integration=pk, changed_at__gt=at - LATE).exists()
    }  # fmt: skip


def count_again(most: int | None = None) -> dt.datetime | None:
    """By the sweep, and by a page where that is quick: of integrations with at most so many
    documents. Returns of when the oldest numbers are that it left. A month that is new gets a row,
    whose sums come with the next reading."""
    known = stale()
    rows: Any = Period.objects.filter(integration__in=known).order_by().values("integration")
    for row in rows.annotate(all=Sum("documents")):
        if most is None or row["all"] <= most:
            count_months(Integration.objects.get(pk=row["integration"]))
            known.pop(row["integration"])
    return min(filter(None, known.values()), default=None)


def count_months(integration: Integration) -> None:
    now = timezone.now()
    found = {row["month"]: (row["came"], row["open"]) for row in counted(integration)}
    with transaction.atomic():
        rows = locked(integration)
        for row in rows:
            row.documents, row.open_documents = found.pop(row.month, (0, 0))
            row.counted_at = now
        Period.objects.bulk_update(rows, ["documents", "open_documents", "counted_at"])
        new = [
            Period(integration=integration, month=month, documents=documents,
                   open_documents=open_ones, counted_at=now)
            for month, (documents, open_ones) in sorted(found.items())
        ]  # fmt: skip
        Period.objects.bulk_create(new, ignore_conflicts=True)


def locked(integration: Integration) -> list[Period]:
    """All of its months, in the order in which everybody takes them."""
    rows = Period.objects.filter(integration=integration).select_for_update()
    return list(rows.order_by("pk"))


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
