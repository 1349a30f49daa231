"""What the other side's lists tell of what was posted: what changed, what is gone, the sums.

Nothing is concluded from a list: what it shows otherwise is read again.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial

from connections.documents import ZERO, Document, Found, Hint
from connections.errors import Refused
from connections.registry import VENDORS, Ability
from syncs.coding.shapes import kept
from syncs.flow import Context, Flow
from syncs.models import Night, Part, Record
from syncs.reconciliation.looks import charged, in_batches, look, posted, within_share
from syncs.reconciliation.night import Counts, Work
from syncs.record import RecordQuerySet

OVERLAP = dt.timedelta(minutes=10)  # what began early may end late, and bear the earlier stamp
FIRST = dt.timedelta(days=45)  # how far back the first list of changes reaches
CHUNK = 500  # rows whose records are looked up together

Parts = Iterator[tuple[str, Work]]


# -- a ledger -------------------------------------------------------------------------------------


def of_ledger(context: Context, flow: Flow, night: Night) -> Parts:
    """What changed by the ledger's own stamps; then each month, the longest not seen first."""
    if Ability.LISTS not in VENDORS[context.integration.ledger.vendor].abilities:
        return
    ledger, rows = context.listing_ledger, posted(context, flow)
    kinds = sorted(set(rows.order_by().values_list("destination_kind", flat=True).distinct()))
    for kind in kinds:
        if kind in ledger.tells:
            yield f"changes {kind}", partial(changes, context, flow, night, kind)
    months = [
        (kind, month) for kind in kinds if kind in ledger.lists
        for month in dated(rows, kind).order_by().dates("destination_date", "month")
    ]  # fmt: skip
    seen = dict(night.parts.values_list("name", "compared_at"))
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    months.sort(key=lambda one: (seen.get(name_of(*one)) or never, -one[1].toordinal()))
    for kind, month in months:
        if within_share(context):
            yield name_of(kind, month), partial(period, context, flow, kind, month)


def dated(rows: RecordQuerySet, kind: str) -> RecordQuerySet:
    return rows.filter(
        destination_kind=kind, destination_status="posted", destination_date__isnull=False
    )


def name_of(kind: str, month: dt.date) -> str:
    return f"{kind} {month:%Y-%m}"


def changes(context: Context, flow: Flow, night: Night, kind: str, part: Part) -> Iterator[Counts]:
    """Since the last stamp that we saw, which is the ledger's own. Of what it tells, read again is
    what bears another stamp than at our last look, or none that we know, or is worth another sum.
    """
    since = (part.read_to or night.began_at - FIRST) - OVERLAP
    rows = context.listing_ledger.changed_since(kind, since)
    yield {"told": len(rows)}
    for some in chunks(rows):
        ours = records_of(posted(context, flow).filter(destination_kind=kind), some)
        due = [
            record.pk for row in some for record in ours.get(row.id, ())
            if record.destination_changed_at is None or differs(record, row)
        ]  # fmt: skip
        yield from looks(context, flow, due)
        stamps = [row.changed_at for row in some if row.changed_at]
        part.read_to = max([part.read_to, *stamps] if part.read_to else stamps, default=None)
        yield {}


def period(context: Context, flow: Flow, kind: str, month: dt.date, _: Part) -> Iterator[Counts]:
    """All that was posted in a month: each as it was, none of it gone, and what they come to."""
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    with charged(context):
        rows = context.listing_ledger.listed(kind, month, last)
    by_id, by_number = {row.id: row for row in rows}, {row.number: row for row in rows}
    mine = dated(posted(context, flow), kind).filter(destination_date__range=(month, last))
    due, total, listed, absent = [], ZERO, 0, 0
    for record in mine.only(*COMPARED).iterator(chunk_size=1000):
        row = by_id.get(record.destination_id) or by_number.get(record.destination_number)
        listed, absent = listed + (row is not None), absent + (row is None)
        total += row.total if row else ZERO
        if row is None or row.status != record.destination_status or differs(record, row):
            due.append(record.pk)
    yield {"listed": listed, "listed_total": total, "absent": absent}
    yield from looks(context, flow, due)


COMPARED = (
    "pk", "destination_id", "destination_status", "destination_number", "destination_total",
    "destination_changed_at",
)  # fmt: skip


def differs(record: Record, row: Found) -> bool:
    stamped = moved(record.destination_changed_at, row.changed_at)
    renumbered = row.number != record.destination_number
    return stamped or renumbered or is_worth_other(record, row)


def is_worth_other(record: Record, row: Found) -> bool:
    return record.destination_total is not None and row.total != record.destination_total


def moved(known: dt.datetime | None, now: dt.datetime | None) -> bool:
    """Two stamps of the same clock; a list may tell whole seconds where a document tells more."""
    if known is None or now is None:
        return False
    if known.microsecond == 0 or now.microsecond == 0:
        return known.replace(microsecond=0) != now.replace(microsecond=0)
    return known != now


def records_of(rows: RecordQuerySet, listed: Sequence[Found]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in rows.filter(destination_id__in=[row.id for row in listed]).only(*COMPARED):
        found.setdefault(record.destination_id, []).append(record)
    return found


def chunks(rows: Sequence[Found]) -> Iterator[Sequence[Found]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def looks(context: Context, flow: Flow, due: Sequence[int]) -> Iterator[Counts]:
    """At the other side alone: what moved at the source its own lists tell."""
    for batch in in_batches(due):
        changed = look(context, flow, batch, whole=False)
        yield {"asked": len(batch), "changed": changed}


# -- a project system -----------------------------------------------------------------------------


def of_project_system(context: Context, flow: Flow, night: Night) -> Parts:
    """What was sent, by project: one request lists what stands there, with amounts and stamps."""
    rows = posted(context, flow).exclude(destination_id="")
    places = rows.order_by().values_list("destination_kind", "project").distinct()
    for kind, project in sorted(places):
        if within_share(context):
            yield f"sent {kind} {project}"[:100], partial(sent, context, flow, night, kind, project)


def sent(
    context: Context, flow: Flow, night: Night, kind: str, project: str, _: Part
) -> Iterator[Counts]:
    mine = posted(context, flow).filter(destination_kind=kind, project=project)
    first = mine.exclude(destination_id="").first()
    if first is None:
        return
    place, until = kept(first, Document).project.id, night.began_at + dt.timedelta(days=1)
    try:
        with charged(context):
            rows = {
                hint.source_id: hint
                for hint in context.project_system.changes(kind, place, None, until)
            }
    except Refused:  # each of its documents says so when it is read
        yield {"unread projects": 1}
        return
    due, total, listed, absent = [], ZERO, 0, 0
    for record in mine.exclude(destination_id="").only(*COMPARED).iterator(chunk_size=1000):
        hint = rows.get(record.destination_id)
        there = hint is not None and not hint.deleted
        listed, absent = listed + there, absent + (not there)
        total += (hint.amount or ZERO) if hint else ZERO
        if hint is None or not there or shows_other(record, hint):
            due.append(record.pk)
    yield {"listed": listed, "listed_total": total, "absent": absent}
    yield from looks(context, flow, due)


def shows_other(record: Record, hint: Hint) -> bool:
    known: Decimal | None = record.destination_total
    worth = known is not None and hint.amount is not None and hint.amount != known
    return worth or moved(record.destination_changed_at, hint.updated_at)
