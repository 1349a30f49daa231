"""What blocks, told at once: one alert per cause, by the names that people know.

A system that does not answer, a sign-in that is refused, a brake with documents behind it, a flow
that should have moved and did not. Each alert closes by itself when its cause is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q

from connections.models import Connection, Integration
from connections.pages.moments import clock
from syncs import sums
from syncs.formatting import count
from syncs.models import Alert, FlowPace, FlowSettings, Record, Standstill, State
from syncs.morning.finish import Key, settings_rows
from syncs.reconciliation.alerts import close_alert, open_alert
from syncs.registry import label_of

GRACE = dt.timedelta(minutes=1)  # one answer that did not come is none
PATIENCE = dt.timedelta(hours=2)  # so long documents may wait while none comes through
WAITING = (State.PENDING, State.RUNNING, State.IN_DOUBT)
KINDS = ("unreachable:", "sign-in:", "stopped:", "standstill:")
Causes = dict[str, tuple[str, Integration | None]]  # key of the alert -> sentence, whose


def watch(now: dt.datetime) -> None:
    """For the sweep: opens what is new, closes what is over."""
    rows, waiting = list(settings_rows()), waiting_now(sums.latest())
    causes = {
        **systems(now), **brakes(rows, waiting), **standstills(rows, waiting, now),
    }  # fmt: skip
    query = Q()
    for kind in KINDS:
        query |= Q(key__startswith=kind)
    known = set(Alert.objects.filter(query, closed_at=None).values_list("key", flat=True))
    for key in known - causes.keys():
        close_alert(key)
    for key in causes.keys() - known:
        open_alert(key, *causes[key])


def waiting_now(found: sums.Sums) -> dict[Key, int]:
    """Documents that are on their way, by flow."""
    return {
        key: sum(states[state]["documents"] for state in WAITING if state in states)
        for key, states in found.by_flow().items()
    }


def tell(integration: Integration, sentence: str, otherwise: str) -> None:
    """A run of this integration got no further: the cause is the system's, and told once, however
    many flows it stops. Else the run itself is the cause."""
    causes = systems(None, Q(pk__in=[each.pk for each in integration.connections]))
    for key, (said, _) in causes.items():
        open_alert(key, said)
    if not causes:
        open_alert(otherwise, sentence, integration)


def over(integration: Integration) -> None:
    """A run ended well: what its systems suffered from may be over."""
    pks = [each.pk for each in integration.connections]
    causes = systems(None, Q(pk__in=pks))
    for pk in pks:
        for kind in ("unreachable", "sign-in"):
            if f"{kind}:{pk}" not in causes:
                close_alert(f"{kind}:{pk}")


def systems(now: dt.datetime | None, which: Q | None = None) -> Causes:
    """Of those that an integration uses; `now`: with the grace that one lost answer has."""
    used = Integration.objects.filter(active=True).values_list("project_system", "ledger")
    query = Q(pk__in={pk for pair in used for pk in pair}) if which is None else which
    rows = Connection.objects.filter(query, active=True)
    causes: Causes = {}
    for row in rows.only("name", "unreachable_since", "pause_sentence"):
        since = row.unreachable_since
        if since and (now is None or since < now - GRACE):
            causes[f"unreachable:{row.pk}"] = (
                f"{row} cannot be reached since {clock(since)}. What is for it waits.", None
            )  # fmt: skip
        elif row.pause_sentence and not since:
            causes[f"sign-in:{row.pk}"] = (f"{row}: {row.pause_sentence}", None)
    return causes


def brakes(rows: Iterable[FlowSettings], waiting: dict[Key, int]) -> Causes:
    """Stopped, and documents wait behind the brake."""
    return {
        f"stopped:{row.pk}": (f"{named(row)} is stopped, and documents wait.", row.integration)
        for row in rows
        if row.stopped and runs(row) and waiting.get((row.integration_id, row.flow))
    }


def standstills(rows: Iterable[FlowSettings], waiting: dict[Key, int], now: dt.datetime) -> Causes:
    """Should move, and nothing came to rest for long. What blocks its systems is told by itself."""
    moving = [row for row in rows if waiting.get((row.integration_id, row.flow)) and moves(row)]
    since = kept_since({(row.integration_id, row.flow) for row in moving}, now)
    rested = {(row.integration_id, row.flow): row.rested_at for row in FlowPace.objects.all()}
    causes: Causes = {}
    for row in moving:
        key = (row.integration_id, row.flow)
        last = max(filter(None, (since[key], rested.get(key))))
        if last < now - PATIENCE and (said := stuck(row, now)) is not None:
            documents = count(waiting[key], "document")
            causes[f"standstill:{row.pk}"] = (
                f"{named(row)}: {documents} waiting, and none came through since {clock(last)}. "
                f"{said}".rstrip(), row.integration,
            )  # fmt: skip
    return causes


def kept_since(keys: set[Key], now: dt.datetime) -> dict[Key, dt.datetime]:
    """Since when documents of these flows wait without a pause; the others begin anew."""
    found = {(row.integration_id, row.flow): row for row in Standstill.objects.all()}
    over_now = [row.pk for key, row in found.items() if key not in keys]
    if over_now:
        Standstill.objects.filter(pk__in=over_now).delete()
    new = [Standstill(integration_id=pk, flow=flow, since=now) for pk, flow in keys - found.keys()]
    Standstill.objects.bulk_create(new, ignore_conflicts=True)
    return {key: found[key].since if key in found else now for key in keys}


def stuck(row: FlowSettings, now: dt.datetime) -> str | None:
    """What the next of its documents said last; None where that waits for a moment that a system
    named, as a limit of the day does."""
    rows = Record.objects.filter(integration=row.integration_id, flow=row.flow, state__in=WAITING)
    first = rows.order_by("run_at").values_list("run_at", "sentence").first()
    longest = dt.timedelta(seconds=settings.LONGEST_RETRY_SECONDS)
    if first is None or (first[0] and first[0] > now + longest):
        return None
    return f"It said: {first[1]}" if first[1] else ""


def named(row: FlowSettings) -> str:
    return f"{label_of(row.integration, row.flow)} of {row.integration}"


def runs(row: FlowSettings) -> bool:
    return row.enabled and row.integration.active


def moves(row: FlowSettings) -> bool:
    sides = row.integration.connections
    well = not any(side.unreachable_since or side.pause_sentence for side in sides)
    return runs(row) and not row.stopped and well and all(side.active for side in sides)
