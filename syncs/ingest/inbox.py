"""Stored webhooks into records. A body is only a hint of what changed."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils import timezone

from connections.documents import Hint
from connections.models import Integration, Subscription
from connections.registry import VENDORS
from syncs.flow import Flow
from syncs.ingest import schedule
from syncs.ingest.noting import ledger_change, note_batch
from syncs.models import Delivery, FlowSettings
from syncs.registry import flows_of

log = logging.getLogger(__name__)


def unpack(delivery_id: int) -> None:
    """Safe to call twice: a delivery is unpacked in one transaction, under its row lock."""
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("subscription__connection")
            .get(pk=delivery_id)
        )
        if delivery.state != Delivery.State.STORED or delivery.subscription is None:
            return
        read(delivery, delivery.subscription)


def read(delivery: Delivery, subscription: Subscription) -> None:
    vendor = VENDORS[subscription.connection.vendor]
    try:
        hints = vendor.unpack(subscription, delivery.body.encode())
    except ValueError as error:
        delivery.state = Delivery.State.MALFORMED
        delivery.sentence = delivery.sentence or f"Not readable: {error}"
        poll_everything(subscription)
    else:
        noted = sum(route(subscription, hint) for hint in hints)
        delivery.state, delivery.hints = Delivery.State.UNPACKED, len(hints)
        delivery.sentence = f"{noted} records are due by it."
    delivery.unpacked_at = timezone.now()
    delivery.save()


def route(subscription: Subscription, hint: Hint) -> int:
    """To every flow that listens to this resource. Returns how many records became due."""
    due = 0
    for integration, role in listeners(subscription):
        due += route_to(integration, role, hint)
    return due


def listeners(subscription: Subscription) -> list[tuple[Integration, str]]:
    """The integrations that the connection belongs to, and as which side."""
    rows = Integration.objects.filter(active=True)
    connection = subscription.connection
    sides = [(row, "project_system") for row in rows.filter(project_system=connection)]
    return sides + [(row, "ledger") for row in rows.filter(ledger=connection)]


def route_to(integration: Integration, role: str, hint: Hint) -> int:
    due = 0
    for flow in flows_of(integration).values():
        if flow.source == role and hint.resource in (*flow.resources, *flow.polled_on):
            due += note_or_poll(integration, flow, hint)
    if (
        role == "ledger"
        and hint.source_id
        and ledger_change(integration, hint.source_id, hint.updated_at)
    ):
        due += 1
    return due


def note_or_poll(integration: Integration, flow: Flow, hint: Hint) -> int:
    """A hint that names no document of the flow (a storm, a line of one) means: poll it now."""
    rows = FlowSettings.objects.filter(integration=integration, flow=flow.name, enabled=True)
    settings = rows.first()
    if settings is None:
        return 0
    if hint.whole_set:
        schedule.reach_back(settings, hint.updated_at)
    if not hint.source_id or hint.resource in flow.polled_on:
        schedule.poll_soon(settings.pk)
        return 0
    return note_batch(integration, flow.name, [hint], f"webhook: {hint.resource}")


def poll_everything(subscription: Subscription) -> None:
    """What a body did not tell, a poll does: nothing is lost by a malformed webhook."""
    for integration, role in listeners(subscription):
        names = [flow.name for flow in flows_of(integration).values() if flow.source == role]
        rows = FlowSettings.objects.filter(integration=integration, flow__in=names, enabled=True)
        for pk in rows.values_list("pk", flat=True):
            schedule.poll_soon(pk)
