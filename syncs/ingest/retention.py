"""What nothing reads any more is removed once a day, a batch at a time, each told by the journal.

Never the journal, records, alerts, or history; never what still waits or says how a flow stands.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django_q.models import Task

from audit import journal
from audit.models import Entry
from connections.pages import moments
from syncs.models import Delivery, Record, Run, State, Wording

BATCH = 5000
TIME_FOR_IT = 200  # seconds; the queue ends a task after 300, and what is left goes the next day


@dataclasses.dataclass(frozen=True)
class Kind:
    """Rows of one table that may go: which, and for how many days each is kept."""

    name: str
    days: Callable[[], int]
    older: Callable[[dt.datetime], QuerySet[Any]]


def deliveries(before: dt.datetime) -> QuerySet[Any]:
    """Whatever became of them; one that waits stays."""
    ended = Delivery.objects.exclude(state=Delivery.State.STORED)
    return ended.filter(received_at__lt=before)


def runs(before: dt.datetime) -> QuerySet[Any]:
    """The journal has a line of each. The last good and the last bad one of a flow tell how it
    stands, however long ago they were."""
    same = {name: OuterRef(name) for name in ("integration", "flow", "kind", "ok")}
    later = Run.objects.filter(**same, started_at__gt=OuterRef("started_at"))
    ended = Run.objects.filter(started_at__lt=before, ended_at__isnull=False)
    rows: QuerySet[Any] = ended.filter(Exists(later))
    return rows


def tasks(before: dt.datetime) -> QuerySet[Any]:
    """Of the queue, those that ran, well or not."""
    rows: QuerySet[Any] = Task.objects.filter(stopped__lt=before)
    return rows


def texts(before: dt.datetime) -> QuerySet[Any]:
    """Of other systems: an answer is a rule and stays, and so does what holds a document."""
    rows = Wording.objects.filter(reason="", last_at__lt=before)
    holds = Record.objects.filter(pk=OuterRef("record"), state=State.HELD)
    return rows.exclude(Exists(holds))


KINDS = (
    Kind("deliveries", lambda: settings.KEEP_DELIVERIES_DAYS, deliveries),
    Kind("runs", lambda: settings.KEEP_RUNS_DAYS, runs),
    Kind("finished tasks of the queue", lambda: settings.KEEP_TASKS_DAYS, tasks),
    Kind("texts of other systems", lambda: settings.KEEP_TEXTS_DAYS, texts),
)


def remove_old(now: dt.datetime | None = None) -> None:
    """Safe to run twice, also at once: what one has removed the other does not find."""
    now, began = now or timezone.now(), time.monotonic()
    for kind in KINDS:
        days = kind.days()
        before = now - dt.timedelta(days=days)
        while days and time.monotonic() - began < TIME_FOR_IT:
            if remove_batch(kind, before, days) < BATCH:
                break


@transaction.atomic
def remove_batch(kind: Kind, before: dt.datetime, days: int) -> int:
    """How many went; their line in the journal goes with them or not at all."""
    oldest = list(kind.older(before).order_by("pk").values_list("pk", flat=True)[:BATCH])
    gone, _ = kind.older(before).filter(pk__in=oldest).delete()
    if gone:
        first = moments.day(before.date())
        said = f"{gone:,} {kind.name} from before {first} were removed ({days} days)."
        facts = {"removed": gone, "of": kind.name, "before": before, "first": str(oldest[0]),
                 "last": str(oldest[-1])}  # fmt: skip
        journal.append(Entry.Kind.SYSTEM, said, data=journal.plain(facts))
    return gone
