"""Reads again what was posted, many at once, without touching its state.

What stands in both systems as it did stays as people see it. All else goes the usual way and ends
in a state that says why.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from audit.journal import RecordJournal
from audit.models import Entry
from connections.documents import ZERO
from connections.errors import ConnectorError, NeedsPerson, NoTry, Refused, RetryLater
from connections.transport import daily_quota
from syncs.flow import Agreed, Context, Flow
from syncs.ingest.noting import pend
from syncs.models import Night, Part, Record, State
from syncs.reconciliation.night import Counts
from syncs.record import RecordQuerySet

log = logging.getLogger(__name__)

DAILY = dt.timedelta(hours=20)
BATCH = 20  # records that are read together
MOST_WATCHED = 200  # by one poll
LATER = "left for later nights"
WHY = "The comparison found something else than what was posted."


def posted(context: Context, flow: Flow) -> RecordQuerySet:
    """What may still change over there."""
    rows: RecordQuerySet = Record.objects.filter(
        integration=context.integration, flow=flow.name, state=State.POSTED
    ).exclude(source_status__in=flow.at_rest)
    return rows


def in_batches(ids: Sequence[int]) -> Iterator[list[Record]]:
    """Those of them that still stand as posted."""
    for start in range(0, len(ids), BATCH):
        rows = Record.objects.filter(pk__in=ids[start : start + BATCH], state=State.POSTED)
        if batch := list(rows.select_related("integration")):
            yield batch


def look(context: Context, flow: Flow, records: list[Record], whole: bool = True) -> int:
    """`whole`: at the source, too. Returns how many do not stand as they did."""
    agreed = agreement(context, flow, records, whole)
    keep(context, records, agreed, whole)
    return pend([record.pk for record in records if record.pk not in agreed], WHY, flow.batch)


def agreement(context: Context, flow: Flow, records: list[Record], whole: bool) -> Agreed:
    """What cannot be read together is read one by one. What cannot be read is no agreement: carried
    the usual way it says of its own what is the matter."""
    context.about(None)
    try:
        return flow.agreed(context, records, whole)
    except (Refused, NeedsPerson):
        if len(records) == 1:
            return {}
    except ConnectorError:
        raise
    except Exception:
        log.exception("records %s cannot be compared", [record.pk for record in records])
        if len(records) == 1:
            return {}
    return {
        pk: facts
        for record in records
        for pk, facts in agreement(context, flow, [record], whole).items()
    }


def keep(context: Context, records: list[Record], agreed: Agreed, whole: bool) -> None:
    """That they were looked at, with one line for all of them; not of what moved meanwhile."""
    seen = {record.pk: record for record in records if record.pk in agreed}
    now = timezone.now()
    looked = {"read_back_at": now, **({"compared_at": now} if whole else {})}
    with transaction.atomic():
        rows = Record.objects.select_for_update().filter(pk__in=seen, state=State.POSTED)
        now_there = list(rows.order_by("revision", "pk").values_list("pk", "changed_at"))
        same = [pk for pk, changed_at in now_there if changed_at == seen[pk].changed_at]
        Record.objects.filter(pk__in=same).update(**looked)
        for pk in same:
            if more := news_of(seen[pk], agreed[pk]):
                Record.objects.filter(pk=pk).update(**more)
        if same:
            journal = RecordJournal(context.integration.key, context.flow, None)
            asked = "Both sides were" if whole else "The other side was"
            sentence = f"{asked} read again: {len(same)} documents stand as they were posted."
            journal.append(Entry.Kind.RECONCILED, sentence, {"records": same})


def news_of(record: Record, facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if getattr(record, name) != value}


def ask_ledger(context: Context, flow: Flow, older: dt.timedelta, **wanted: Any) -> int:
    """What moves over there and tells nobody: asked about when that was so long ago."""
    rows = posted(context, flow).filter(**wanted)
    rows = rows.exclude(read_back_at__gt=timezone.now() - older)
    ids = list(rows.order_by(oldest("read_back_at")).values_list("pk", flat=True)[:MOST_WATCHED])
    moved = 0
    for batch in in_batches(ids):
        try:
            moved += look(context, flow, batch, whole=False)
        except NoTry:
            raise
        except RetryLater:  # each says of its own what is the matter
            return moved + pend([row.pk for row in batch], "The ledger is asked again.", flow.batch)
    return moved


def oldest(field: str) -> Any:
    return F(field).asc(nulls_first=True)


# -- the rolling sample ---------------------------------------------------------------------------


def sample(context: Context, flow: Flow, night: Night, _: Part) -> Iterator[Counts]:
    """Those whose last comparison lies back longest, as many as the share of the requests takes."""
    before = Q(compared_at=None) | Q(compared_at__lt=night.began_at - DAILY)
    rows = posted(context, flow).filter(before).order_by(oldest("compared_at"))
    done: set[int] = set()
    while within_share(context):
        ids = list(rows.exclude(pk__in=done).values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        for batch in in_batches(ids):
            with charged(context):
                changed = look(context, flow, batch)
            yield {"asked": len(batch), "changed": changed}
        done.update(ids)
    if LATER not in night.counts:
        yield {LATER: rows.count()}


def within_share(context: Context) -> bool:
    """Both systems still give requests of today for this."""
    return all(
        daily_quota.used(account(client)) < int(client.calls_a_day() * settings.RECONCILE_SHARE)
        for client in clients(context)
    )


def clients(context: Context) -> tuple[Any, Any]:
    return context.project_client, context.ledger_client


def account(client: Any) -> str:
    return f"compared {client.connection.pk}"


class charged:
    """What is asked within counts towards the share of both systems."""

    def __init__(self, context: Context) -> None:
        self.clients = clients(context)

    def __enter__(self) -> None:
        self.before = [client.requests_used for client in self.clients]

    def __exit__(self, *_: object) -> None:
        for client, before in zip(self.clients, self.before, strict=True):
            if used := client.requests_used - before:
                daily_quota.add(account(client), used)


NONE: Counts = {"told": 0, "listed": 0, "listed_total": ZERO, "absent": 0, "asked": 0, "changed": 0}
