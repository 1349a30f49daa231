"""A posted ledger document is never edited: a later change is a document of its own."""

from __future__ import annotations

from django.db import transaction

from audit.models import Entry
from syncs.models import Record, State


def post_difference(record: Record, actor: str) -> Record:
    """A new revision that books only what is missing; the original counts as accepted.

    Safe to press twice: the revision is unique. Raises ValueError when there is nothing to do.
    """
    with transaction.atomic():
        row = Record.objects.select_for_update().get(pk=record.pk)
        if row.state != State.HELD or not row.posted_digest or row.digest == row.posted_digest:
            raise ValueError("Only a document that changed after posting has a difference.")
        revision = next_revision(row)
        child = Record.objects.create(
            integration=row.integration, flow=row.flow, scope=row.scope, source_id=row.source_id,
            revision=revision, number=row.number, title=row.title, project=row.project,
            project_name=row.project_name, vendor_id=row.vendor_id, vendor_name=row.vendor_name,
            sentence=f"The difference to record {row.pk}, asked for by {actor}.",
        )  # fmt: skip
        child.journal(actor).append(
            Entry.Kind.PERSON, f"Post the difference to {row.pk}", {"verb": "post_difference"}
        )
        row.accept(actor, f"posted by record {child.pk}")
        Record.objects.nudge([child.pk])
    return child


def next_revision(row: Record) -> int:
    family = Record.objects.filter(
        integration=row.integration, flow=row.flow, scope=row.scope, source_id=row.source_id
    )
    latest = family.order_by("-revision").first()
    if latest and latest.revision > 1 and latest.state in (State.PENDING, State.RUNNING):
        raise ValueError(f"Record {latest.pk} is booking a difference already.")
    return (latest.revision if latest else 1) + 1
