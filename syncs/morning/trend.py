"""What each day came to, kept by the sweep: pages read thirty days, and count nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

from connections.amounts import Kind
from connections.documents import ZERO
from connections.transport.days import today
from syncs import sums
from syncs.admin.list_sums import Companies
from syncs.models import Counted, DayCount, Record, State
from syncs.worklist.care import IN_BOOKS

Key = tuple[Kind, str]  # what must not be added up: its kind and currency
DAYS = 30
KEPT = 400  # days
AGAIN = dt.timedelta(minutes=10)  # today is counted so often
LEVELS = (State.HELD, State.IN_DOUBT, State.PENDING, State.RUNNING)


def keep(now: dt.datetime) -> None:
    """Today as it stands, the days before as they ended. Safe to call twice."""
    day = today()
    last = Counted.objects.filter(day=day).first()
    if last and last.counted_at > now - AGAIN:
        return
    for before in unfinished(day):
        finish(before, now)
    found = sums.latest()
    if found.day == day:
        write(day, [*levels(found), *posted(found)], now, whole=False)
    DayCount.objects.filter(day__lt=day - dt.timedelta(days=KEPT)).delete()
    Counted.objects.filter(day__lt=day - dt.timedelta(days=KEPT)).delete()


def unfinished(day: dt.date) -> list[dt.date]:
    """Days of the last thirty that are over and not counted to their end."""
    days = [day - dt.timedelta(days=number) for number in range(1, DAYS)]
    done = Counted.objects.filter(day__in=days, whole=True).values_list("day", flat=True)
    return sorted(set(days) - set(done))


def finish(day: dt.date, now: dt.datetime) -> None:
    """What was posted on it is asked once more; what waited at its end stays as it was counted."""
    end = sums.start_of(day + dt.timedelta(days=1))
    mine = Record.objects.filter(
        IN_BOOKS, revision=1, posted_at__gte=sums.start_of(day), posted_at__lt=end
    )
    grouped: Any = mine.order_by().values("integration_id", "flow", "currency")
    counted = grouped.annotate(documents=Count("pk"), total=Sum("amount"))
    write(day, [{**row, "state": State.POSTED} for row in counted], now, whole=True)


def levels(found: sums.Sums) -> Iterable[dict[str, Any]]:
    """What waits now; a document in a worker's hands is one that waits its turn. A correction is
    part of its document."""
    together: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in found.rows:
        if row["state"] not in LEVELS or row.get("corrects"):
            continue
        state = State.PENDING if row["state"] == State.RUNNING else row["state"]
        key = (row["integration_id"], row["flow"], state, row["currency"])
        one = together.setdefault(key, {
            "integration_id": key[0], "flow": key[1], "state": state, "currency": key[3],
            "documents": 0, "total": ZERO,
        })  # fmt: skip
        one["documents"] += row["documents"]
        one["total"] += row["total"] or ZERO
    return together.values()


def posted(found: sums.Sums) -> Iterable[dict[str, Any]]:
    return [
        {"integration_id": row["integration_id"], "flow": row["flow"], "state": State.POSTED,
         "currency": row["currency"], "documents": row["today"], "total": row["today_total"]}
        for row in found.posted if row["today"] and not row.get("corrects")
    ]  # fmt: skip


@transaction.atomic
def write(day: dt.date, rows: Iterable[dict[str, Any]], now: dt.datetime, whole: bool) -> None:
    """In place of what stood of the day; a day that is over keeps what waited on it."""
    row, _ = Counted.objects.get_or_create(
        day=day, defaults={"counted_at": now, "levels": not whole}
    )
    row = Counted.objects.select_for_update().get(pk=row.pk)
    old = DayCount.objects.filter(day=day)
    (old.filter(state=State.POSTED) if whole else old).delete()
    DayCount.objects.bulk_create(
        DayCount(
            day=day, integration_id=each["integration_id"], flow=each["flow"],
            state=each["state"], currency=each["currency"], documents=each["documents"],
            amount=each["total"] or ZERO, counted_at=now,
        )
        for each in rows
    )  # fmt: skip
    row.counted_at, row.whole = now, whole
    row.levels = row.levels or not whole
    row.save(update_fields=["counted_at", "whole", "levels"])


SHOWN = (State.POSTED, State.HELD, State.IN_DOUBT, State.PENDING)


def thirty_days(companies: Companies) -> dict[str, Any]:
    """Rows for a chart and its table: by day and state documents, and money by kind and currency.

    What nobody counted is None, not 0; what is no document is not counted.
    """
    last = today()
    days = [last - dt.timedelta(days=number) for number in reversed(range(DAYS))]
    known = {row.day: row for row in Counted.objects.filter(day__in=days)}
    documents: dict[tuple[dt.date, str], int] = {}
    money: dict[tuple[dt.date, str, Key], Decimal] = {}
    kept = DayCount.objects.filter(day__in=days).order_by()
    grouped: Any = kept.values("day", "state", "integration_id", "flow", "currency").annotate(
        number=Sum("documents"), total=Sum("amount")
    )
    for row in grouped:
        day, state = row["day"], row["state"]
        kind = companies.kind(row)
        if kind == Kind.NONE:
            continue
        documents[day, state] = documents.get((day, state), 0) + row["number"]
        place = (day, state, (kind, companies.currency(row)))
        money[place] = money.get(place, ZERO) + row["total"]
    sums_of = by_size(money)
    return {
        "days": days, "sums": sums_of,
        "documents": {s: [cell(documents.get((d, s), 0), known.get(d), s) for d in days]
                      for s in SHOWN},
        "money": {one: {s: [cell(money.get((d, s, one), ZERO), known.get(d), s) for d in days]
                        for s in SHOWN} for one in sums_of},
    }  # fmt: skip


def cell(value: Any, counted: Counted | None, state: str) -> Any:
    """None where nobody counted: a worker was off, or this version was not there yet."""
    if counted is None or (state != State.POSTED and not counted.levels):
        return None
    return value


def by_size(money: dict[tuple[dt.date, str, Key], Decimal]) -> list[Key]:
    """The one with the most money first."""
    sizes: dict[Key, Decimal] = {}
    for (_, _, one), total in money.items():
        sizes[one] = sizes.get(one, ZERO) + abs(total)
    return sorted(sizes, key=lambda one: -sizes[one])


def counted_at() -> dt.datetime | None:
    return Counted.objects.order_by("-day").values_list("counted_at", flat=True).first()
