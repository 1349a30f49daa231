"""What is held with a text that no rule knows is told by what a person answered, now and anew."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from audit.models import Entry
from connections.errors import NeedsPerson, Reason
from syncs.catalogue.wording import Wording
from syncs.models import Record, State

TOGETHER = 200
Facts = dict[str, Any]


def told(record: Record, error: NeedsPerson) -> NeedsPerson:
    """The same, by the answer where there is one. The text is collected."""
    words = error.untold
    if words is None:
        return error
    row = Wording.note(words, record)
    own = {"reason": str(error.reason), "sentence": error.sentence, "text": words.text}
    reason, sentence = by_answer(row, record, own)
    return NeedsPerson(reason, sentence, **{**error.detail, "words": row.key, "own": own})


def by_answer(row: Wording, record: Record, own: Facts) -> tuple[Reason, str]:
    """As it is told without an answer: `own`."""
    if not row.reason:
        return Reason(own["reason"]), own["sentence"]
    return Reason(row.reason), row.told_of(record, own["text"])


def held(row: Wording) -> QuerySet[Record]:
    """Those that this text holds now."""
    return Record.objects.filter(state=State.HELD, problems__contains=[{"words": row.key}])


def tell_anew(pk: int) -> int:
    """All that it holds: reason and sentence only. Nothing is tried again. Safe to call twice.

    Returns how many were told otherwise than before.
    """
    row = Wording.objects.get(pk=pk)
    done, last = 0, 0
    while ids := list(held(row).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
                      [:TOGETHER]):  # fmt: skip
        done += some_anew(row, ids)
        last = ids[-1]
    return done


@transaction.atomic
def some_anew(row: Wording, ids: list[int]) -> int:
    """Rows first, in the order in which everybody locks them; then their lines of the journal."""
    rows = held(row).filter(pk__in=ids).select_for_update(of=("self",))
    changed = []
    for record in rows.select_related("integration").order_by("revision", "pk"):
        before = (record.reason, record.sentence)
        facts = next(one for one in record.problems if one.get("words") == row.key)
        reason, sentence = by_answer(row, record, facts["own"])
        facts |= {"reason": str(reason), "sentence": sentence}
        record.reason, record.sentence = str(reason), sentence
        if (record.reason, record.sentence) != before:
            changed.append(record)
    Record.objects.bulk_update(changed, ["reason", "sentence", "problems"])
    for record in changed:
        record.journal().append(
            Entry.Kind.NOTED, f"Told anew: {record.sentence}", {"reason": record.reason}
        )
    return len(changed)
