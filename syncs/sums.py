"""What all records come to, by integration, flow and state: the one question that reads each.

Its answer is kept in the database, for all processes. Where it takes long a worker asks it anew
each minute, and no page waits for it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Case, Count, ExpressionWrapper, F, Min, Q, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from connections.companies.asked import asked_by_nobody, seen
from connections.pages.moments import when_exactly
from connections.transport.days import site_zone
from syncs.record import Record
from syncs.worklist.care import AS_DRAFT, IN_BOOKS, IN_SHADOW, NOT_THERE

KEPT = dt.timedelta(seconds=15)
# What its amount is part of already: the document whose difference it is.
CORRECTS = ExpressionWrapper(Q(revision__gt=1), output_field=models.BooleanField())
QUICK = 0.1  # seconds; a page that finds an old answer may ask that long
MUCH_TOO_OLD = dt.timedelta(minutes=10)  # no worker works: the page asks, however long it takes


class KeptSums(models.Model):
    """The last answer: one row."""

    as_of = models.DateTimeField()
    took = models.FloatField(help_text="seconds")
    rows = models.JSONField(encoder=DjangoJSONEncoder)
    posted = models.JSONField(encoder=DjangoJSONEncoder, default=list)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Sums as of {when_exactly(self.as_of)}"

    @property
    def age(self) -> dt.timedelta:
        return timezone.now() - self.as_of


@dataclasses.dataclass(frozen=True)
class Sums:
    """Every record counted once; `as_of` tells when."""

    as_of: dt.datetime
    rows: list[dict[str, Any]]
    posted: list[dict[str, Any]]  # today and this month: documents and total of each

    @property
    def day(self) -> dt.date:
        """That was "today" when it was counted, on the site's clock."""
        return self.as_of.astimezone(site_zone()).date()

    def by_flow(self) -> dict[tuple[int, str], dict[str, dict[str, Any]]]:
        found: dict[tuple[int, str], dict[str, dict[str, Any]]] = defaultdict(dict)
        for row in self.rows:
            states = found[row["integration_id"], row["flow"]]
            states[row["state"]] = together(states.get(row["state"]), row)
        return found


def together(one: dict[str, Any] | None, other: dict[str, Any]) -> dict[str, Any]:
    """Of several currencies: how many, and since when. Their sums are not added up."""
    documents = other["documents"] + (one["documents"] if one else 0)
    since = min(other["since"], one["since"] if one else other["since"])
    return {"documents": documents, "since": since}


def latest() -> Sums:
    """For a page."""
    kept = KeptSums.objects.first()
    if kept is None or kept.age > (KEPT if kept.took < QUICK else MUCH_TOO_OLD):
        kept = ask()
    return read(kept)


def keep_ready() -> None:
    """By the sweep, where a page would have to wait."""
    kept = KeptSums.objects.first()
    if kept and kept.took >= QUICK and kept.age > KEPT:
        ask()


@asked_by_nobody()
def ask() -> KeptSums:
    began = time.monotonic()
    shown = Case(
        When(IN_SHADOW, then=Value("shadow")), When(AS_DRAFT, then=Value("draft")),
        When(NOT_THERE, then=Value("gone")), default=F("state"),
    )  # fmt: skip
    rows: Any = Record.objects.order_by().annotate(shown=shown, corrects=CORRECTS)
    grouped = rows.values("integration_id", "flow", "shown", "currency", "corrects")
    since = Min(Coalesce("held_since", "changed_at"))
    counted = grouped.annotate(documents=Count("pk"), total=Sum("amount"), since=since)
    now = timezone.now()
    found = {
        "as_of": now, "rows": [by_state(row) for row in counted], "posted": posted(now)
    }  # fmt: skip
    found["took"] = time.monotonic() - began
    return KeptSums.objects.update_or_create(pk=1, defaults=found)[0]


def by_state(row: dict[str, Any]) -> dict[str, Any]:
    """What a flow in shadow mode holds, what is left as a draft, and what is no longer there, are
    states of their own."""
    return {("state" if name == "shown" else name): value for name, value in row.items()}


def posted(now: dt.datetime) -> list[dict[str, Any]]:
    """What was posted this month and today, by an index of when: what stands in the books."""
    today = start_of(now.astimezone(site_zone()).date())
    mine = Record.objects.filter(IN_BOOKS, posted_at__gte=today.replace(day=1))
    rows: Any = mine.order_by().annotate(corrects=CORRECTS)
    rows = rows.values("integration_id", "flow", "currency", "corrects")
    new = Q(posted_at__gte=today)
    counted = rows.annotate(
        month=Count("pk"), month_total=Sum("amount"),
        today=Count("pk", filter=new), today_total=Sum("amount", filter=new),
    )  # fmt: skip
    return [dict(row) for row in counted]


def start_of(day: dt.date) -> dt.datetime:
    """Of the site's day."""
    return dt.datetime.combine(day, dt.time(), tzinfo=site_zone())


def read(kept: KeptSums) -> Sums:
    """Of it what whoever asks may see."""
    totals = ("month_total", "today_total")
    new = [
        {**row, **{name: Decimal(row[name] or 0) for name in totals}}
        for row in of_seen(kept.posted)
    ]
    return Sums(kept.as_of, [typed(row) for row in of_seen(kept.rows)], new)


def of_seen(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = seen()
    return [row for row in rows if known is None or row["integration_id"] in known]


def typed(row: dict[str, Any]) -> dict[str, Any]:
    """As the database told it, also after a way through JSON."""
    total, since = row["total"], row["since"]
    return {
        **row,
        "total": None if total is None else Decimal(total),
        "since": since if isinstance(since, dt.datetime) else dt.datetime.fromisoformat(since),
    }
