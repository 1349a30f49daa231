"""Requests whose document came to an end meanwhile: nobody has to answer them any more."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from audit.journal import RecordJournal
from audit.models import Entry
from connections.companies.asked import asked_by_nobody
from syncs.record import Record, State
from syncs.worklist.fix_request import FixRequest

US = "the connector"
TOGETHER = 200  # of one sweep
ENDS = {
    State.POSTED: "Its document is posted.",
    State.SKIPPED: "Its document is skipped: a rule leaves it out.",
    State.SET_ASIDE: "Its document is set aside.",
}


@asked_by_nobody()
def answer_ended() -> int:
    """Open ones whose document came to an end since they were asked. Of one that is not posted,
    what is wanted elsewhere than on its page (a rule, a setting) may be wanted still. Safe to call
    any time. Returns how many."""
    rows = FixRequest.objects.open().filter(
        record__state__in=ENDS, record__in_doubt_since=None, record__changed_at__gt=F("asked_at"),
    )  # fmt: skip
    found = rows.order_by("pk").values_list("pk", "record", "url", "record__state")
    mine = [
        (pk, record) for pk, record, url, state in found.iterator()
        if state == State.POSTED or on_page_of(record, url)
    ]  # fmt: skip
    return sum(answer(pk, record) for pk, record in mine[:TOGETHER])


def on_page_of(record: int, url: str) -> bool:
    return urlsplit(url).path == reverse("admin:syncs_record_change", args=[record])


@transaction.atomic
def answer(pk: int, record: int) -> bool:
    """The document's row first, so that it cannot move meanwhile, the journal last."""
    ended = Record.objects.select_for_update(of=("self",)).filter(pk=record, state__in=ENDS)
    row = ended.only("state", "flow", "integration").select_related("integration").first()
    if row is None:
        return False
    word, now = ENDS[State(row.state)], timezone.now()
    mine = FixRequest.objects.open().filter(pk=pk)
    done = FixRequest.State.DONE
    if not mine.update(state=done, answered_by=US, answered_at=now, answer=word):
        return False
    wanted = FixRequest.objects.values_list("wanted", flat=True).get(pk=pk)
    log = RecordJournal(row.integration.key, row.flow, record)
    log.append(
        Entry.Kind.NOTED, f"{done.label}: {wanted}. {word}", {"verb": "reply", "request": pk}
    )
    return True
