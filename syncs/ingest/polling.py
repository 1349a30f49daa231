"""Polls, reference refreshes and reconciliations, each within a Run."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils import timezone

from connections.models import Integration
from syncs import formatting
from syncs.flow import Context, Flow, Scope
from syncs.ingest import reference_data
from syncs.ingest.noting import note_all
from syncs.ingest.pace import Pace
from syncs.models import Cursor, Run
from syncs.registry import flows_of

OVERLAP = dt.timedelta(minutes=10)
COMPARED = {  # what a comparison counts, in the order in which it is told
    "source": "listed by the source", "source_total": "in all", "noted": "looked at anew",
    "missing": "not listed by the source any more",
    "closed_changed": "changed in closed projects",
    "closed_missing": "not listed in closed projects any more",
    "closed_unread": "closed projects not read",
    "undelivered": "calls made up for", "told": "told of as changed on the other side",
    "listed": "listed on the other side", "listed_total": "in all there",
    "absent": "not listed there", "asked": "asked for one by one", "changed": "found changed",
}  # fmt: skip
Work = Callable[[Integration, str, Run], None]


def poll(integration: Integration, flow_name: str, run: Run) -> None:
    """Every scope from its cursor; the cursor moves after all of its changes are noted."""
    flow, context = flows_of(integration)[flow_name], Context(integration, flow_name)
    if context.settings.stopped or not context.settings.enabled:
        run.sentence = "The flow is stopped."
        return
    tally: Counter[str] = Counter(listed=0, new=0, changed=0, unchanged=0)
    pace = Pace(context.settings, flow, timezone.now())
    try:
        for scope in flow.scopes(context):
            if pace.rests(scope):
                tally["resting"] += 1
                continue
            tally["scopes"] += 1
            run.noted += poll_scope(context, flow, scope, tally, pace)
        tally["watched"] = flow.watch(context)
        run.noted += tally["watched"]
    finally:  # what was done before it failed is counted, too
        run.counts, run.requests = dict(tally), context.requests_used
    run.sentence = f"{formatting.news(run.noted)} {flow.outlook(context)}".rstrip()


def poll_scope(context: Context, flow: Flow, scope: Scope, tally: Counter[str], pace: Pace) -> int:
    """The next poll overlaps this one; what was seen already stays as it is. A cursor that was
    set back meanwhile stays there: the next poll is to read from it."""
    cursor, _ = Cursor.objects.get_or_create(
        integration=context.integration, flow=flow.name, scope=scope.id
    )
    began, before, used = timezone.now(), news(tally), context.requests_used
    since = cursor.read_to - OVERLAP if cursor.read_to else None
    hints = flow.changes(context, scope, since, began + dt.timedelta(days=1))
    noted = note_all(context.integration, flow.name, hints, "found by a poll", tally)
    as_it_was = Cursor.objects.filter(pk=cursor.pk, read_to=cursor.read_to)
    as_it_was.update(read_to=began, updated_at=timezone.now())
    pace.asked(scope, news(tally) - before, context.requests_used - used)
    return noted


def news(tally: Counter[str]) -> int:
    """What was not known."""
    return tally["new"] + tally["changed"]


def refresh(integration: Integration, flow_name: str, run: Run) -> None:
    context = Context(integration, flow_name)
    run.counts = reference_data.refresh(context)
    run.requests = context.requests_used
    run.sentence = f"{sum(run.counts.values())} rows of master data."
    reference_data.require_chart(context)


def reconcile(integration: Integration, flow_name: str, run: Run) -> None:
    flow, context = flows_of(integration)[flow_name], Context(integration, flow_name)
    try:
        run.counts = flow.reconcile(context)
    finally:
        run.requests = context.requests_used
    run.sentence = said(run.counts)


def said(counts: Mapping[str, Any]) -> str:
    """What was found when both sides were compared; what was not found is left out."""
    order = [*COMPARED, *(name for name in counts if name not in COMPARED)]
    found = {name: counts[name] for name in order if str(counts.get(name, "")).strip("0.")}
    told = [told_of(name, value) for name, value in found.items()]
    return f"{'; '.join(told)}." if told else "Nothing new was found."


def told_of(name: str, value: Any) -> str:
    if name not in COMPARED:
        return f"{name.replace('_', ' ')} {value}"
    total = name.endswith("_total")
    shown = f"{Decimal(value):,.2f}" if total else f"{value:,}"
    return f"{shown} {COMPARED[name]}"
