"""When a flow is polled and reconciled: what finance set, kept in our own rows."""

from __future__ import annotations

import datetime as dt
import logging

from croniter import croniter
from django.db.models import Max, Q
from django.utils import timezone

from connections.models import Integration
from connections.pages.moments import when
from connections.transport.days import site_zone
from syncs.ingest import turns
from syncs.models import Cursor, FlowSettings, Night, Run
from syncs.reconciliation.alerts import close_alert, open_alert
from syncs.registry import label_of

log = logging.getLogger(__name__)

REFERENCE_EVERY = dt.timedelta(hours=1)
SUBSCRIPTIONS_EVERY = dt.timedelta(hours=1)
RECONCILE_AT = dt.time(2, 0)
BALANCE_EVERY = dt.timedelta(hours=26)  # where no comparison ended in a night
BALANCE_AGAIN = dt.timedelta(hours=1)  # after it failed


def ask_for_due(now: dt.datetime) -> None:
    """Enqueue what is due. Each row is taken by a conditional update: no second asker."""
    for row in FlowSettings.objects.filter(integration__active=True, enabled=True):
        poll_due = row.next_poll_at is None or row.next_poll_at <= now
        if poll_due and take(row, "next_poll_at", next_poll(row, now)):
            turns.ask(row.integration_id, row.flow, "poll")
        if row.next_reconcile_at is None:
            take(row, "next_reconcile_at", next_reconcile(now))
        elif row.next_reconcile_at <= now and take(row, "next_reconcile_at", next_reconcile(now)):
            turns.ask(row.integration_id, row.flow, "reconcile")
    for integration in Integration.objects.filter(active=True):
        ask_hourly(integration, "reference", "reference", REFERENCE_EVERY, now)
        ask_hourly(integration, "subscriptions", "renew", SUBSCRIPTIONS_EVERY, now)
        if balance_is_due(integration, now):
            turns.ask(integration.pk, "balance", "balance")


def poll_soon(row: FlowSettings) -> None:
    """Now; the ask stands until it is served, also where the queue loses it."""
    turns.ask(row.integration_id, row.flow, "poll")


def reach_back(row: FlowSettings, first_change: dt.datetime | None) -> None:
    """The next poll begins before the first of so many changes, or anew where that is not told."""
    cursors = Cursor.objects.filter(integration=row.integration, flow=row.flow)
    if first_change is None:
        cursors.update(read_to=None)
    else:
        cursors.filter(read_to__gt=first_change).update(read_to=first_change)


def due_again(integration: Integration, flow: str, kind: str) -> None:
    """A poll or reconciliation that a stop broke off is asked for after the start."""
    if field := {"poll": "next_poll_at", "reconcile": "next_reconcile_at"}.get(kind):
        rows = FlowSettings.objects.filter(integration=integration, flow=flow)
        rows.update(**{field: timezone.now()})


def alert_on_silence(now: dt.datetime) -> None:
    """A flow whose polls stopped succeeding tells so, whatever the reason; one that never had a
    good one, too. Where a system is away, or its sign-in fails, that is the cause and told once."""
    rows = FlowSettings.objects.filter(integration__active=True, enabled=True, stopped=False)
    sides = ("integration__project_system", "integration__ledger")
    big = [f"{side}__{name}" for side in sides for name in ("secrets", "test_findings")]
    for row in rows.select_related(*sides).defer(*big):
        good = Run.objects.filter(
            integration=row.integration_id, flow=row.flow, kind="poll", ok=True
        ).order_by("-started_at")
        last = good.values_list("started_at", flat=True).first()
        since, key = last or row.integration.created_at, f"silence:{row.pk}"
        if since + longest_silence(row) < now and not blocked(row.integration):
            flow = label_of(row.integration, row.flow)
            said = f"no good poll since {when(since)}" if last else "it was never polled well"
            open_alert(key, f"{row.integration}, {flow}: {said}.", row.integration)
        else:
            close_alert(key)


def blocked(integration: Integration) -> bool:
    """One of its systems does not answer, or refuses the sign-in."""
    return any(side.unreachable_since or side.pause_sentence for side in integration.connections)


def longest_silence(row: FlowSettings) -> dt.timedelta:
    """Three polls missed; a day and a bit where a cron or quiet hours make pauses of their own."""
    if row.cron or row.quiet_from:
        return dt.timedelta(hours=26)
    return max(3 * dt.timedelta(minutes=row.every_minutes), dt.timedelta(hours=1))


def take(row: FlowSettings, field: str, value: dt.datetime) -> bool:
    same = FlowSettings.objects.filter(Q(**{field: getattr(row, field)}), pk=row.pk)
    return bool(same.update(**{field: value}))


def ask_hourly(
    integration: Integration, flow: str, kind: str, every: dt.timedelta, now: dt.datetime
) -> None:
    """By the last run that began; a failed one is tried again after a minute or two."""
    last = Run.objects.filter(integration=integration, flow=flow).order_by("-started_at").first()
    wait = every if last and last.ok is not False else dt.timedelta(minutes=2)
    if last is None or last.started_at + wait <= now:
        turns.ask(integration.pk, flow, kind)


def balance_is_due(integration: Integration, now: dt.datetime) -> bool:
    """Once all comparisons of a night have ended, and each day in any case."""
    runs = Run.objects.filter(integration=integration, flow="balance").order_by("-started_at")
    last = runs.first()
    if last is None or last.started_at + BALANCE_EVERY <= now:
        return True
    if last.ok is False and last.started_at + BALANCE_AGAIN <= now:
        return True
    nights = Night.objects.filter(settings__integration=integration)
    compared = nights.aggregate(last=Max("ended_at"))["last"]
    return bool(compared and compared > last.started_at and not nights.filter(ended_at=None))


def next_poll(row: FlowSettings, now: dt.datetime) -> dt.datetime:
    """By cron or interval, after the quiet hours. Times of day are the site's own."""
    at = by_cron(row, now) or now + dt.timedelta(minutes=row.every_minutes)
    return after_quiet(row, at.astimezone(site_zone())).astimezone(dt.UTC)


def by_cron(row: FlowSettings, now: dt.datetime) -> dt.datetime | None:
    """None without a cron line, and with one that never comes: it must not stop the sweep."""
    if not row.cron:
        return None
    try:
        at: dt.datetime = croniter(row.cron, now.astimezone(site_zone())).get_next(dt.datetime)
    except ValueError:
        log.warning("the cron line %r of %s is not understood", row.cron, row.flow)
        return None
    return at


def after_quiet(row: FlowSettings, at: dt.datetime) -> dt.datetime:
    """The same moment, or the end of the quiet hours it falls into."""
    begin, end = row.quiet_from, row.quiet_until
    if begin is None or end is None or begin == end or not quiet(at.time(), begin, end):
        return at
    day = at.date() if at.time() < end else at.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, end, tzinfo=at.tzinfo)


def quiet(moment: dt.time, begin: dt.time, end: dt.time) -> bool:
    """Within the hours; they may span midnight."""
    if begin < end:
        return begin <= moment < end
    return moment >= begin or moment < end


def next_reconcile(now: dt.datetime) -> dt.datetime:
    """The coming night, on the site's clock."""
    local = now.astimezone(site_zone())
    at = dt.datetime.combine(local.date(), RECONCILE_AT, tzinfo=local.tzinfo)
    return (at if at > local else at + dt.timedelta(days=1)).astimezone(dt.UTC)
