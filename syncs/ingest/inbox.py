"""Stored webhooks into records. A body is only a hint of what changed."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import DatabaseError, DataError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit import journal
from connections.documents import Hint
from connections.models import Integration, Subscription
from connections.registry import VENDORS
from syncs.flow import Flow
from syncs.ingest import schedule
from syncs.ingest.hints import plausible
from syncs.ingest.noting import ledger_change, note_batch, sent_change
from syncs.models import Delivery, FlowSettings
from syncs.reconciliation.alerts import open_alert
from syncs.registry import flows_of

log = logging.getLogger(__name__)

MOST_TRIES = 8
FIRST_WAIT = dt.timedelta(minutes=1)  # doubles with each try: two hours in all


def unpack(delivery_id: int) -> None:
    """Safe to call twice: what is noted twice is one record. Each hint is noted for itself, so that
    nobody waits for a row while holding the journal's lock; the delivery ends when all are.

    A try is counted before it begins, so that one which kills its worker counts as well.
    """
    tries = begin(delivery_id)
    if not tries:
        return
    if tries > MOST_TRIES:
        end(delivery_id, Delivery.State.FAILED, "no try of it came to an end")
        return
    try:
        if delivery := waiting(delivery_id).first():
            unpack_or_end(delivery)
    except (DataError, UnicodeError) as error:
        end(delivery_id, Delivery.State.MALFORMED, f"Not readable: {type(error).__name__}.")
    except Exception as error:
        failed(delivery_id, tries, error)


def begin(delivery_id: int) -> int:
    """Which try this is; 0 when there is nothing to do."""
    stored = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.STORED)
    for before in stored.values_list("tries", flat=True):
        run_at = timezone.now() + FIRST_WAIT * 2 ** min(before, MOST_TRIES)
        if stored.filter(tries=before).update(tries=before + 1, run_at=run_at):
            return before + 1
    return 0


def waiting(delivery_id: int) -> QuerySet[Delivery]:
    """The delivery, while it is to be unpacked."""
    rows = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.STORED)
    return rows.select_related("subscription__connection")


def unpack_or_end(delivery: Delivery) -> None:
    if delivery.subscription is None:
        delivery.end(Delivery.State.FAILED, "Its subscription is gone.")
    else:
        read(delivery, delivery.subscription)


def read(delivery: Delivery, subscription: Subscription) -> None:
    """What its vendor's module makes of it; whatever trips over a body, the body is at fault."""
    try:
        vendor = VENDORS[subscription.connection.vendor]
        hints = list(plausible(vendor.unpack(subscription, delivery.body.encode())))
    except DatabaseError:
        raise
    except Exception as error:
        said = str(error) if isinstance(error, ValueError) else type(error).__name__
        sentence = f"Not readable: {journal.storable(said)[:500]}"
        poll_everything(subscription)
        delivery.end(Delivery.State.MALFORMED, delivery.why_without_body or sentence)
    else:
        noted = sum(route(subscription, hint) for hint in hints)
        delivery.end(Delivery.State.UNPACKED, f"{noted} records are due by it.", len(hints))


def failed(delivery_id: int, tries: int, error: Exception) -> None:
    """A mistake of ours or trouble of the database: later again, for a while. One traceback."""
    kind = type(error).__name__
    told = log.exception if tries == 1 else log.warning
    told("delivery %s could not be unpacked (try %s): %s", delivery_id, tries, kind)
    if tries >= MOST_TRIES:
        end(delivery_id, Delivery.State.FAILED, kind)
    else:
        rows = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.STORED)
        rows.exclude(body="").update(sentence=f"Try {tries} of {MOST_TRIES} failed: {kind}.")


def end(delivery_id: int, state: Delivery.State, why: str) -> None:
    """For the last time, after the transaction of its try was rolled back; whatever follows, its
    state stands first."""
    with transaction.atomic():
        delivery = waiting(delivery_id).select_for_update(of=("self",)).first()
        if delivery is None:
            return
        delivery.end(state, given_up(why) if state == Delivery.State.FAILED else why)
    if subscription := delivery.subscription:
        if state == Delivery.State.FAILED:
            alert(delivery, subscription)
        poll_everything(subscription)


def given_up(why: str) -> str:
    return f"Given up after {MOST_TRIES} tries: {why}. Its flows are polled instead."


def alert(delivery: Delivery, subscription: Subscription) -> None:
    connection = subscription.connection
    open_alert(
        f"delivery:{connection.pk}",
        f"{connection}: delivery {delivery.pk} could not be unpacked. {delivery.sentence}",
    )


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
        if flow.source != role and hint.resource in flow.told_on:
            due += compare_sent(integration, flow, hint)
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


def compare_sent(integration: Integration, flow: Flow, hint: Hint) -> int:
    """Somebody changed there what the flow sent. What was deleted is the reconciliation's."""
    rows = FlowSettings.objects.filter(integration=integration, flow=flow.name, enabled=True)
    if hint.deleted or not hint.source_id or not rows.exists():
        return 0
    return int(sent_change(integration, flow.name, hint))


def poll_everything(subscription: Subscription) -> None:
    """What a body did not tell, a poll does: nothing is lost by a malformed webhook."""
    for integration, role in listeners(subscription):
        names = [flow.name for flow in flows_of(integration).values() if flow.source == role]
        rows = FlowSettings.objects.filter(integration=integration, flow__in=names, enabled=True)
        for pk in rows.values_list("pk", flat=True):
            schedule.poll_soon(pk)
