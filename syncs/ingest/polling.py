"""Polls, reference refreshes and reconciliations, each within a Run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.utils import timezone

from connections.models import Integration
from syncs.flow import Context, Flow, Scope
from syncs.ingest import reference_data
from syncs.ingest.noting import note_all
from syncs.models import Cursor, Run
from syncs.registry import flows_of

OVERLAP = dt.timedelta(minutes=10)
Work = Callable[[Integration, str, Run], None]


def poll(integration: Integration, flow_name: str, run: Run) -> None:
    """Every scope from its cursor; the cursor moves after all of its changes are noted."""
    flow, context = flows_of(integration)[flow_name], Context(integration, flow_name)
    if context.settings.stopped or not context.settings.enabled:
        run.sentence = "The flow is stopped."
        return
    for scope in flow.scopes(context):
        run.noted += poll_scope(context, flow, scope)
    run.noted += flow.watch(context)
    run.requests = context.requests_used
    run.sentence = f"{run.noted} records are due by it. {flow.outlook(context)}".rstrip()


def poll_scope(context: Context, flow: Flow, scope: Scope, wider: dt.timedelta = OVERLAP) -> int:
    """The next poll overlaps this one; what was seen already stays as it is."""
    cursor, _ = Cursor.objects.get_or_create(
        integration=context.integration, flow=flow.name, scope=scope.id
    )
    began = timezone.now()
    since = cursor.read_to - wider if cursor.read_to else None
    hints = flow.changes(context, scope, since, began + dt.timedelta(days=1))
    noted = note_all(context.integration, flow.name, hints, "poll")
    cursor.read_to = began
    cursor.save()
    return noted


def refresh(integration: Integration, flow_name: str, run: Run) -> None:
    context = Context(integration, flow_name)
    run.counts = reference_data.refresh(context)
    run.requests = context.requests_used
    run.sentence = f"{sum(run.counts.values())} rows of master data."
    reference_data.require_chart(context)


def reconcile(integration: Integration, flow_name: str, run: Run) -> None:
    flow, context = flows_of(integration)[flow_name], Context(integration, flow_name)
    run.counts = flow.reconcile(context)
    run.requests = context.requests_used
    run.sentence = "; ".join(f"{name} {value}" for name, value in run.counts.items())
