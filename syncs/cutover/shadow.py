"""Which held records are no person's work, since their flow only shows what it would do.

The mark stands on the record, so that lists and counts are answered by an index. It is set when a
record is held, and anew for all of a flow when its shadow mode begins or ends.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from connections.errors import Reason
from syncs import queue
from syncs.cutover.likeness import Answer, Likeness
from syncs.ingest.noting import pend
from syncs.models import FlowSettings, Record, State
from syncs.record import RecordQuerySet
from syncs.worklist.care import IN_SHADOW

FIELDS = ("shadow", "live_projects")
UNSENT = Q(posted_digest="", destination_id="", in_doubt_since=None, state=State.HELD)
TOGETHER = 500


def follow(row: FlowSettings) -> None:
    """After its shadow mode changed, in the same transaction: marks, and lets go what may go."""
    mark(row)
    queue.ask("let_go")


def mark(row: FlowSettings) -> None:
    """Its held records as they are now: rows are locked, before any line of the journal."""
    held = held_unsent().filter(integration=row.integration_id, flow=row.flow)
    live = Q(project__in=row.live_projects) if row.shadow else Q()
    asked = Likeness.objects.filter(record__in=held, answer="")  # they stay until it is answered
    over = held.filter(live, in_shadow=True).exclude(pk__in=asked.values("record"))
    now = timezone.now()
    over.change(in_shadow=False, held_since=now, changed_at=now)
    if row.shadow:
        held.exclude(live).filter(in_shadow=False).change(in_shadow=True, changed_at=now)


def held_unsent() -> RecordQuerySet:
    """Nothing of it stands on the other side, or may stand there."""
    return Record.objects.filter(UNSENT)


def let_go(limit: int = 0) -> int:
    """What only shadow mode held goes on once that is over; `limit`: so many at most, 0 all.

    Safe to call any time: what is let go is not held any more. Returns how many.
    """
    done = 0
    while ids := over(min(TOGETHER, limit - done) if limit else TOGETHER):
        linked = link(ids)
        done += linked + pend(ids, "Its flow does not run in shadow mode any more.")
    return done


def link(ids: list[int]) -> int:
    """Those of which a person said which document of the ledger they are."""
    same = Likeness.objects.filter(record__in=ids, answer=Answer.SAME)
    rows = same.select_related("record__integration").order_by("record_id")
    return sum(row.record.link(row.answered_by, row.number) for row in rows)


def over(most: int) -> list[int]:
    """Held for shadow mode alone, which is over for them."""
    rows = held_unsent().filter(reason=Reason.SHADOW, in_shadow=False)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:most])


def of_integration(integration: int) -> QuerySet[Record]:
    """What its flows in shadow mode would have done, and what keeps them from it."""
    return Record.objects.filter(IN_SHADOW, integration=integration)
