"""The comparison of one flow, in parts that are noted as they are done, so that it can stop.

It stops for what waits in the queue, for a limit of a vendor and for the end of the application,
and is killed like any task. What follows goes on behind the first part that is not done.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from connections.errors import ConnectorError, NeedsPerson, Refused
from connections.transport import rate_limit
from syncs import queue
from syncs.flow import Context
from syncs.ingest import turns
from syncs.models import FlowSettings, Night, Part
from syncs.retrying import lease

Counts = Mapping[str, int | Decimal]
Work = Callable[[Part], Iterator[Counts]]  # one step at a time, none of them long

SAMPLE = "sample"  # the part that is as long as the share of the requests
STRETCH = 60.0  # seconds in which one task works at it
STEPS = 20  # requests that others wait for at most
ASKED = dt.timedelta(minutes=10)  # in which the queue brings what was asked for
FAILED = dt.timedelta(hours=1)
LONGEST = dt.timedelta(hours=20)  # what is not done by then begins anew


def take(settings: FlowSettings) -> Night | None:
    """The flow's comparison, begun or gone on with; None while another worker has it."""
    now = timezone.now()
    night, _ = Night.objects.get_or_create(settings=settings)
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    until = now + lease()
    if not Night.objects.filter(free, pk=night.pk).update(lease_until=until, run_at=until):
        return None
    night.refresh_from_db()
    if night.ended_at or night.began_at < now - LONGEST:
        night.began_at, night.ended_at, night.counts = now, None, {}
        night.save(update_fields=["began_at", "ended_at", "counts"])
    return night


class Stretch:
    """What one task does of it."""

    def __init__(self, context: Context, night: Night) -> None:
        self.context = context
        self.night = night
        self.began, self.asked = time.monotonic(), context.requests_used
        self.failed: list[ConnectorError] = []

    def do(self, name: str, work: Work) -> bool:
        """Unless it was done before. False when it is time to stop, done or not.

        For what waits it stops between two parts, else none would ever be done while much waits;
        within the sample, which goes on behind its last step.
        """
        part, _ = Part.objects.get_or_create(night=self.night, name=name)
        if part.compared_at and part.compared_at >= self.night.began_at:
            return True
        try:
            for counts in work(part):
                self.note(counts)
                part.save(update_fields=["read_to"])
                if self.is_late() or (name == SAMPLE and self.is_over()):
                    return False
        except (Refused, NeedsPerson) as error:  # the other parts can be compared all the same
            self.failed.append(error)
            return not self.is_over()
        part.compared_at = timezone.now()
        part.save(update_fields=["compared_at", "read_to"])
        return not self.is_over()

    def note(self, counts: Counts) -> None:
        known = self.night.counts
        for name, count in counts.items():
            known[name] = plain(type(count)(known.get(name, 0)) + count)
        Night.objects.filter(pk=self.night.pk).update(
            counts=known, lease_until=timezone.now() + lease()
        )

    def is_late(self) -> bool:
        """Raises Closing when the application ends."""
        rate_limit.go_on()
        return time.monotonic() - self.began > STRETCH

    def is_over(self) -> bool:
        """It is late, or others wait for a worker and this one has asked enough."""
        asked = self.context.requests_used - self.asked
        return self.is_late() or (asked >= STEPS and queue.others_wait())

    def leave(self, run_at: dt.datetime | None) -> None:
        """`run_at`: when the sweep asks for the rest; None: nothing is left."""
        Night.objects.filter(pk=self.night.pk).update(
            lease_until=None, run_at=run_at, ended_at=None if run_at else timezone.now()
        )


def plain(count: int | Decimal) -> int | str:
    return str(count) if isinstance(count, Decimal) else count


def ask_for_rests(now: dt.datetime) -> None:
    """For the sweep: what a worker began and nobody has in hand."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    left = Night.objects.filter(
        free, ended_at=None, run_at__lte=now, settings__enabled=True,
        settings__integration__active=True,
    ).select_related("settings")  # fmt: skip
    for night in left:
        same = Night.objects.filter(pk=night.pk, run_at=night.run_at)
        if same.update(run_at=now + ASKED):
            turns.ask(night.settings.integration_id, night.settings.flow, "reconcile")
