"""Both sides compared; every difference becomes a record in a state, not a log line."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from connections.documents import ZERO, Hint
from connections.errors import CredentialPaused, NoTry, Refused
from connections.transport.rate_limit import Closing
from syncs.flow import Context, Flow, Scope
from syncs.ingest import inbox, turns
from syncs.ingest.noting import note_all, pend, seen
from syncs.models import Night, Part, Record, State
from syncs.reconciliation import looks
from syncs.reconciliation.night import ASKED, FAILED, SAMPLE, Counts, Stretch, Work, take
from syncs.record import RecordQuerySet

WIDER = dt.timedelta(days=45)
CHUNK = 1000  # documents of a list whose records are looked up together
CLOSED_NIGHTS = 7  # in so many nights each closed project is looked at once
LISTED = ("scope", "source_id", "amount", "state", "source_stamp", "source_updated_at")
NONE: Counts = {
    "source": 0, "source_total": ZERO, "noted": 0, "missing": 0, "closed_changed": 0,
    "closed_missing": 0, "closed_unread": 0, "undelivered": 0,
}  # fmt: skip
Parts = Iterator[tuple[str, Work]]
Destination = Callable[[Context, Flow, Night], Parts]


def nothing(context: Context, flow: Flow, night: Night) -> Parts:
    """A destination without lists of its own."""
    yield from ()


def documents(context: Context, flow: Flow, destination: Destination = nothing) -> dict[str, Any]:
    """One stretch of it. What is left goes on behind what waits; returns all counts."""
    night = take(context.settings)
    if night is None:
        return {"in the hands of another worker": 1}
    stretch, run_at = Stretch(context, night), timezone.now() + FAILED
    whole = False
    try:
        if not night.counts:
            stretch.note({**NONE, **looks.NONE})
        done = all(
            stretch.do(name, work) for name, work in parts(context, flow, night, destination)
        )
        whole = done and not stretch.failed
        run_at = timezone.now() + (FAILED if done else ASKED)
        if stretch.failed:
            raise stretch.failed[0]
    except (Closing, CredentialPaused):
        raise
    except NoTry as error:  # at a limit
        run_at = error.at or run_at
        return {**night.counts, f"goes on at {run_at:%H:%M} UTC": error.sentence}
    finally:
        stretch.leave(None if whole else run_at)
    if not whole:
        turns.ask(context.integration.pk, flow.name, "reconcile")
    return {**night.counts, **({} if whole else {"goes on": 1})}


def parts(context: Context, flow: Flow, night: Night, destination: Destination) -> Parts:
    """What the source lists, what its delivery log lost, what the destination lists; then those
    that nobody looked at for longest."""
    polled = flow.scopes(context)
    for scope in polled:
        yield f"source {scope.id}", partial(source, context, flow, scope)
    for scope_id in closed(context, flow, polled, night.began_at.date()):
        yield f"closed {scope_id}", partial(closed_project, context, flow, Scope(scope_id))
    yield "undelivered", partial(lost, context)
    yield from destination(context, flow, night)
    yield SAMPLE, partial(looks.sample, context, flow, night)


def source(context: Context, flow: Flow, scope: Scope, _: Part) -> Iterator[Counts]:
    hints = everything(context, flow, scope, timezone.now())
    yield {
        "source": len(hints),
        "source_total": sum((hint.amount or ZERO for hint in hints), ZERO),
        "noted": note_changed(context, flow, hints),
        "missing": missing(context, flow, scope, hints),
    }


def everything(context: Context, flow: Flow, scope: Scope, now: dt.datetime) -> list[Hint]:
    """All that the source lists, whenever it changed."""
    return list(flow.changes(context, scope, None, now + dt.timedelta(days=1)))


def closed(context: Context, flow: Flow, polled: list[Scope], day: dt.date) -> list[str]:
    """Projects that are polled no more whose turn it is: what was posted of them may still change
    or vanish."""
    scopes = posted_of(context, flow).exclude(scope__in=[scope.id for scope in polled])
    ids = scopes.order_by().values_list("scope", flat=True).distinct()
    return sorted(scope for scope in ids if has_turn(scope, day))


def posted_of(context: Context, flow: Flow) -> RecordQuerySet:
    rows: RecordQuerySet = Record.objects.filter(
        integration=context.integration, flow=flow.name, revision=1
    ).exclude(posted_digest="")
    return rows


def closed_project(context: Context, flow: Flow, scope: Scope, _: Part) -> Iterator[Counts]:
    """What is new there is not ours. One that cannot be read says nothing of its documents."""
    try:
        hints = everything(context, flow, scope, timezone.now())
    except Refused:
        yield {"closed_unread": 1}
        return
    posted = set(
        posted_of(context, flow).filter(scope=scope.id).values_list("source_id", flat=True)
    )
    ours = [hint for hint in hints if hint.source_id in posted]
    yield {
        "closed_changed": note_changed(context, flow, ours),
        "closed_missing": missing(context, flow, scope, hints),
    }


def lost(context: Context, _: Part) -> Iterator[Counts]:
    yield {"undelivered": undelivered(context, timezone.now())}


def has_turn(scope: str, day: dt.date) -> bool:
    """Each once in so many nights, and every night about as many."""
    return (zlib.crc32(scope.encode()) + day.toordinal()) % CLOSED_NIGHTS == 0


def note_changed(context: Context, flow: Flow, hints: list[Hint]) -> int:
    """New ones, and those whose amount differs though their date did not move."""
    due: list[Hint] = []
    for start in range(0, len(hints), CHUNK):
        due += news(context, flow, hints[start : start + CHUNK])
    return note_all(context.integration, flow.name, due, "found when both sides were compared")


def news(context: Context, flow: Flow, hints: list[Hint]) -> Iterator[Hint]:
    """Without those of which all that the list tells is known."""
    scopes, ids = {hint.scope for hint in hints}, [hint.source_id for hint in hints]
    rows = Record.objects.filter(
        integration=context.integration, flow=flow.name, revision=1, scope__in=scopes,
        source_id__in=ids,
    )  # fmt: skip
    known = {(row.scope, row.source_id): row for row in rows.only(*LISTED)}
    for hint in hints:
        record = known.get((hint.scope, hint.source_id))
        if record is not None and not same_amount(hint, record.amount):
            yield forced(hint)
        elif record is None or not seen(record, hint):
            yield hint


def same_amount(hint: Hint, amount: Decimal | None) -> bool:
    return amount is None or hint.amount is None or amount == hint.amount


def forced(hint: Hint) -> Hint:
    """Without its date: it is looked at again whatever we saw before."""
    return Hint(
        hint.source_id, hint.scope, deleted=hint.deleted, resource=hint.resource,
        number=hint.number,
    )  # fmt: skip


def missing(context: Context, flow: Flow, scope: Scope, hints: list[Hint]) -> int:
    """Records that the source does not list any more: looked at again, never concluded here."""
    listed = {hint.source_id for hint in hints}
    rows = (
        Record.objects.filter(
            integration=context.integration, flow=flow.name, scope=scope.id, revision=1
        )
        .exclude(state__in=[State.RUNNING, State.SET_ASIDE])
        .exclude(source_status__in=flow.at_rest)
    )
    facts = rows.exclude(state=State.SKIPPED).values_list("pk", "source_id")
    gone = [pk for pk, source_id in facts.iterator(chunk_size=1000) if source_id not in listed]
    Record.objects.filter(pk__in=gone, missing_since=None).change(missing_since=timezone.now())
    return pend(gone, "The source does not list it any more.")


def undelivered(context: Context, now: dt.datetime) -> int:
    """What the vendor's own delivery log says it could not bring us."""
    due = 0
    system = context.project_system
    rows = context.integration.project_system.subscriptions.filter(state="active")
    for subscription in rows:
        for hint in system.undelivered(subscription, now - WIDER):
            due += inbox.route(subscription, [hint])
    return due
