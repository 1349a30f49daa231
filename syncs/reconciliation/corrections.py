"""A posted ledger document is never edited: a later change is a document of its own."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from audit.models import Entry
from connections.errors import Reason
from syncs.models import Record, State


def post_difference(record: Record, actor: str) -> list[Record]:
    """New revisions that book only what is missing, one for each vendor whom it concerns.

    Safe to press twice: while one is on its way there is no other. The document itself is settled
    when they stand. Raises ValueError when there is nothing to book.
    """
    with transaction.atomic():
        row = Record.objects.select_for_update().get(pk=record.pk)
        check(row)
        facts = next(facts for facts in row.problems if facts.get("difference"))
        made = [begin(row, share, actor) for share in facts["vendors"]]
        Record.objects.nudge([child.pk for child in made])
        named = ", ".join(f"record {child.pk}" for child in made)
        row.follow(actor, f"The difference is posted as {named}")
        for child in made:
            child.journal(actor).append(
                Entry.Kind.PERSON, f"Post the difference to {row.pk}", {"verb": "post_difference"}
            )
    return made


def has_difference(record: Record) -> bool:
    """An amount that can be booked beside what stands, as the worker found."""
    held = record.state == State.HELD and record.reason == Reason.CHANGED_AFTER_POSTING
    return held and any(facts.get("difference") for facts in record.problems)


def check(row: Record) -> None:
    if moving := [one for one in row.family if one.on_its_way]:
        raise ValueError(f"The difference is on its way already: record {moving[0].pk}.")
    if not has_difference(row):
        raise ValueError("Only a document that changed after posting has a difference to post.")


def begin(row: Record, share: str, actor: str) -> Record:
    latest = row.family.aggregate(latest=Max("revision"))["latest"]
    return Record.objects.create(
        integration=row.integration, flow=row.flow, scope=row.scope, source_id=row.source_id,
        revision=latest + 1, share=share, number=row.number, title=row.title, project=row.project,
        project_name=row.project_name, vendor_id=row.vendor_id, vendor_name=row.vendor_name,
        sentence=f"The difference to record {row.pk}, asked for by {actor}.",
    )  # fmt: skip
