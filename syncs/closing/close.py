"""Closing a month, and reopening it: each with its line in the journal, last."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from audit import journal
from audit.models import Entry
from syncs.closing import documents, facts, signature
from syncs.closing.documents import Row
from syncs.closing.rows import OURS, ClosedDocument, Period, PeriodClose
from syncs.formatting import count

TOGETHER = 1000  # rows that are written at one go


class CannotClose(ValueError):
    """Says why, in a sentence. Nothing was changed."""


def close(period: Period, actor: str, note: str) -> PeriodClose:
    """As it stands now. Raises CannotClose."""
    with transaction.atomic():
        made, entry = closed(locked(period), actor, note)
    PeriodClose.objects.filter(pk=made.pk).update(line=entry.sequence)  # the row's lock comes first
    made.line = entry.sequence
    return made


def locked(period: Period) -> Period:
    rows = Period.objects.select_for_update(of=("self",))
    return rows.select_related("integration__project_system", "integration__ledger").get(
        pk=period.pk
    )


def closed(period: Period, actor: str, note: str) -> tuple[PeriodClose, Entry]:
    """The month's row is locked."""
    found = facts.of(period)
    check(period, found, note)
    rows = list(month(period))
    alike(found, rows)
    signed = signature.Documents()
    for row in rows:
        signed.add(row)
    made = PeriodClose(
        period=period, version=period.closes.count() + 1, closed_by=actor,
        closed_at=timezone.now(), note=note, all_clear=not found["missing"],
    )  # fmt: skip
    made.facts = journal.plain({
        **found, "documents": signed.facts, "version": made.version, "closed_by": actor,
        "closed_at": made.closed_at.isoformat(), "note": note, "all_clear": made.all_clear,
    })  # fmt: skip
    made.facts_hash = signature.digest(made.facts)
    made.save()
    keep(made, rows)
    period.state, period.changes = Period.State.CLOSED, 0
    period.save(update_fields=["state", "changes"])
    return made, tell(made)


def check(period: Period, found: facts.Facts, note: str) -> None:
    """Raises CannotClose."""
    if period.state == Period.State.CLOSED:
        raise CannotClose(f"{period.name} is closed already.")
    if timezone.now() < facts.ends_at(period.month):
        raise CannotClose(f"{period.name} is not over.")
    if found["refresh"]:
        raise CannotClose(
            f"{' '.join(found['refresh'])} Have both sides read again, then close the month."
        )
    if found["missing"] and not note:
        raise CannotClose("Something is open: say in the note why the month is closed with it.")


def month(period: Period) -> Iterator[Row]:
    """All its documents, in the order in which they are signed."""
    rows = documents.of(period.integration, period.month)
    yield from documents.told(rows.order_by("document_date", "pk"))
    yield from documents.typed(period.integration, period.month)


def alike(found: facts.Facts, rows: list[Row]) -> None:
    """What was counted and what is kept are the same documents. Raises CannotClose."""
    kept = Counter(row["bucket"] for row in rows if row["record"])
    counted = {one.value: facts.total(found, one) for one in OURS}
    came = sum(one["came"]["documents"] for one in found["account"])
    if any(kept[name] != number for name, number in counted.items()) or kept.total() != came:
        raise CannotClose("A document changed at this moment. Nothing was closed: look again.")


def keep(made: PeriodClose, rows: list[Row]) -> None:
    ClosedDocument.objects.bulk_create(
        (ClosedDocument(close=made, position=place, **row) for place, row in enumerate(rows)),
        batch_size=TOGETHER,
    )


def tell(made: PeriodClose) -> Entry:
    """The line that signs it: the journal's chain covers the hash."""
    period, missing = made.period, made.facts["missing"]
    how = "all clear" if made.all_clear else f"with {count(len(missing), 'open point')}"
    sentence = f"{period.name} closed, {how}. SHA-256 {made.facts_hash}. {made.note}".rstrip()
    data = {
        "verb": signature.VERB, "month": str(period.month), "version": made.version,
        "facts_hash": made.facts_hash, "documents": made.facts["documents"], "missing": missing,
    }  # fmt: skip
    return journal.append(
        Entry.Kind.PERSON, sentence, integration=period.integration.key, actor=made.closed_by,
        data=data,
    )  # fmt: skip


def reopen(period: Period, actor: str, why: str, at: dt.datetime | None = None) -> None:
    """The month's row is locked, and it is closed. Its line is the caller's."""
    standing = period.closes.filter(reopened_at=None)
    standing.update(reopened_by=actor, reopened_at=at or timezone.now(), reopened_why=why)
    Period.objects.filter(pk=period.pk).update(state=Period.State.REOPENED, changes=0)
