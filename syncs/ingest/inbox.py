"""Stored webhooks into records. A body is only a hint of what changed."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter

from django.db import DatabaseError, DataError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit import journal
from connections.documents import Hint
from connections.models import Integration, Subscription
from connections.registry import VENDORS
from syncs import formatting
from syncs.flow import Flow
from syncs.ingest import pace, schedule
from syncs.ingest.hints import plausible
from syncs.ingest.noting import ledger_change, note_batch, sent_change
from syncs.models import Delivery, FlowSettings
from syncs.reconciliation.alerts import open_alert
from syncs.registry import flows_of

log = logging.getLogger(__name__)

MOST_TRIES = 8
FIRST_WAIT = dt.timedelta(minutes=1)  # doubles with each try: two hours in all
TOGETHER = 25  # deliveries at most; their lines of the journal are written in one transaction
CAME_TO_NO_END = "Its last try came to no end; it was asked for again."
SMALL = 20_000  # bytes; a larger one goes alone


def unpack(delivery_id: int) -> None:
    """Safe to call twice: what is noted twice is one record. The records of one flow are noted in
    one transaction, rows first, so that nobody waits for a row while holding the journal's lock;
    a delivery ends when all of its own are.

    A try is counted before it begins, so that one which kills its worker counts as well. What came
    of the same subscription and was not tried yet goes along; where that breaks, each goes alone.
    """
    tries = begin(delivery_id)
    if not tries:
        return
    if tries > MOST_TRIES:
        end(delivery_id, Delivery.State.FAILED, "no try of it came to an end")
        return
    if tries > 1 or not unpacked_with_others(delivery_id):
        unpack_alone(delivery_id, tries)


def unpack_alone(delivery_id: int, tries: int) -> None:
    try:
        if delivery := waiting(delivery_id).first():
            unpack_or_end(delivery)
    except (DataError, UnicodeError) as error:
        end(delivery_id, Delivery.State.MALFORMED, f"Not readable: {type(error).__name__}.")
    except Exception as error:
        failed(delivery_id, tries, error)


def unpacked_with_others(delivery_id: int) -> bool:
    """Whether all of them ended. Trouble of one, or of the database, is told when each is alone."""
    others = begin_others(delivery_id)
    if not others:
        return False
    try:
        unpack_together(list(those_of([delivery_id, *others])))
    except Exception as error:
        log.warning("%s deliveries go alone: %s", len(others) + 1, type(error).__name__)
        for one in others:
            unpack_alone(one, 1)
        return False
    return True


def unpack_together(deliveries: list[Delivery]) -> None:
    """Of one subscription. One that cannot be read ends alone."""
    read_of: list[tuple[Delivery, list[Hint]]] = []
    for delivery in deliveries:
        if delivery.subscription is None:
            unpack_or_end(delivery)
        elif (hints := hints_of(delivery, delivery.subscription)) is not None:
            read_of.append((delivery, hints))
    subscription = deliveries[0].subscription
    if subscription is None or not read_of:
        return
    noted = route(subscription, [hint for _, hints in read_of for hint in hints])
    for delivery, hints in read_of:
        where = f" in these {len(read_of)} calls" if len(read_of) > 1 else " in it"
        delivery.end(Delivery.State.UNPACKED, formatting.news(noted, where), len(hints))


def begin(delivery_id: int) -> int:
    """Which try this is; 0 when there is nothing to do, or somebody is at it."""
    now = timezone.now()
    stored = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.STORED)
    stored = stored.exclude(tries__gt=0, sentence="", run_at__gt=now)  # begun, and not ended yet
    for before in stored.values_list("tries", flat=True):
        run_at = now + FIRST_WAIT * 2 ** min(before, MOST_TRIES)
        if stored.filter(tries=before).update(tries=before + 1, run_at=run_at):
            return before + 1
    return 0


def begin_others(delivery_id: int) -> list[int]:
    """What came of the same subscription and nobody has tried, the oldest first; not what is large.
    The first try of each is counted."""
    stored = Delivery.objects.filter(state=Delivery.State.STORED, tries=0, size__lte=SMALL)
    same = Delivery.objects.filter(pk=delivery_id).values("subscription")
    with transaction.atomic():
        rows = stored.filter(subscription__in=same).select_for_update(skip_locked=True)
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[: TOGETHER - 1])
        if ids:
            run_at = timezone.now() + FIRST_WAIT
            Delivery.objects.filter(pk__in=ids).update(tries=1, run_at=run_at)
    return ids


def waiting(delivery_id: int) -> QuerySet[Delivery]:
    """The delivery, while it is to be unpacked."""
    return those_of([delivery_id])


def those_of(ids: list[int]) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(pk__in=ids, state=Delivery.State.STORED).order_by("pk")
    return rows.select_related("subscription__connection")


def unpack_or_end(delivery: Delivery) -> None:
    if delivery.subscription is None:
        delivery.end(Delivery.State.FAILED, "Its subscription is gone.")
    else:
        unpack_together([delivery])


def hints_of(delivery: Delivery, subscription: Subscription) -> list[Hint] | None:
    """What its vendor's module makes of it. None: it ended, for whatever trips over a body, the
    body is at fault."""
    try:
        vendor = VENDORS[subscription.connection.vendor]
        return list(plausible(vendor.unpack(subscription, delivery.body.encode())))
    except DatabaseError:
        raise
    except Exception as error:
        said = str(error) if isinstance(error, ValueError) else type(error).__name__
        sentence = f"Not readable: {journal.storable(said)[:500]}"
        poll_everything(subscription)
        delivery.end(Delivery.State.MALFORMED, delivery.why_without_body or sentence)
        return None


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
        f"{connection}: delivery {delivery.pk} could not be read. {delivery.sentence}",
    )


def route(subscription: Subscription, hints: list[Hint]) -> int:
    """To every flow that listens to their resources. Returns how many records became due."""
    return sum(route_to(integration, role, hints) for integration, role in listeners(subscription))


def listeners(subscription: Subscription) -> list[tuple[Integration, str]]:
    """The integrations that the connection belongs to, and as which side."""
    rows = Integration.objects.filter(active=True)
    connection = subscription.connection
    sides = [(row, "project_system") for row in rows.filter(project_system=connection)]
    return sides + [(row, "ledger") for row in rows.filter(ledger=connection)]


def route_to(integration: Integration, role: str, hints: list[Hint]) -> int:
    due = 0
    for flow in flows_of(integration).values():
        if flow.source == role:
            heard = (*flow.resources, *flow.polled_on)
            due += note_or_poll(integration, flow, [one for one in hints if one.resource in heard])
        else:
            told = [one for one in hints if one.resource in flow.told_on]
            due += compare_sent(integration, flow, told)
    if role == "ledger":
        due += sum(
            ledger_change(integration, one.source_id, one.updated_at)
            for one in hints if one.source_id
        )  # fmt: skip
    return due


def note_or_poll(integration: Integration, flow: Flow, hints: list[Hint]) -> int:
    """A hint that names no document of the flow (a storm, a line of one) means: poll it now."""
    rows = FlowSettings.objects.filter(integration=integration, flow=flow.name, enabled=True)
    settings = rows.first() if hints else None
    if settings is None:
        return 0
    for hint in hints:
        if hint.whole_set:
            schedule.reach_back(settings, hint.updated_at)
    exact = [hint for hint in hints if hint.source_id and hint.resource not in flow.polled_on]
    vague = [hint for hint in hints if not hint.source_id or hint.resource in flow.polled_on]
    for scope in sorted({hint.scope for hint in vague}):
        pace.wake(integration, flow.name, scope)
    if vague:
        schedule.poll_soon(settings)
    return sum(
        note_batch(integration, flow.name, some, f"told by a webhook, {some[0].resource}")
        for some in once_each(exact)
    )


def once_each(hints: list[Hint]) -> list[list[Hint]]:
    """In turns of which each names a document once and one resource: of two that came in another
    order than they were sent, the later one must not hide the newer."""
    turns: dict[tuple[str, int], list[Hint]] = {}
    seen: Counter[tuple[str, str, str]] = Counter()
    for hint in hints:
        key = hint.resource, hint.scope, hint.source_id
        turns.setdefault((hint.resource, seen[key]), []).append(hint)
        seen[key] += 1
    return list(turns.values())


def compare_sent(integration: Integration, flow: Flow, hints: list[Hint]) -> int:
    """Somebody changed there what the flow sent. What was deleted is the reconciliation's."""
    named = [hint for hint in hints if hint.source_id and not hint.deleted]
    rows = FlowSettings.objects.filter(integration=integration, flow=flow.name, enabled=True)
    if not named or not rows.exists():
        return 0
    return sum(sent_change(integration, flow.name, hint) for hint in named)


def poll_everything(subscription: Subscription) -> None:
    """What a body did not tell, a poll does: nothing is lost by a malformed webhook."""
    for integration, role in listeners(subscription):
        names = [flow.name for flow in flows_of(integration).values() if flow.source == role]
        rows = FlowSettings.objects.filter(integration=integration, flow__in=names, enabled=True)
        for row in rows:
            pace.wake(integration, row.flow)
            schedule.poll_soon(row)
