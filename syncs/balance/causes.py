"""Why a document's amount stands on one side alone, in a cause and a sentence, by its records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from connections.documents import PURCHASE_ORDER
from connections.errors import Reason
from syncs.balance.rows import Cause
from syncs.models import Record, State
from syncs.pipelines.posted import DELETED, ended
from syncs.worklist.care import LEFT, UNPOSTED

SHOWN = 500  # characters of a sentence


class Why(NamedTuple):
    cause: str
    sentence: str


def of(family: Sequence[Record], unapproved: bool = False) -> Why:
    """`family`: a source document's record and those of its differences, in order; `unapproved`:
    its source does not count it yet."""
    parent, moving = family[0], [row for row in family if row.on_its_way]
    if moving:
        return Why(Cause.CHANGED, f"Its difference is on its way: {told(moving[0])}")
    if parent.state == State.SET_ASIDE:
        return Why(Cause.SET_ASIDE, told(parent))
    if parent.posted_digest:
        return of_posted(parent)
    return of_unposted(parent, unapproved)


def of_unposted(record: Record, unapproved: bool) -> Why:
    if record.state == State.SKIPPED:
        return Why(Cause.UNAPPROVED if unapproved else Cause.SKIPPED, told(record))
    if record.state == State.HELD and record.in_shadow:
        return Why(Cause.NOT_SENT, f"Shadow: its flow writes nothing yet. {told(record)}"[:SHOWN])
    if record.state == State.HELD:
        return Why(Cause.HELD, told(record))
    if record.state == State.IN_DOUBT:
        return Why(Cause.WAITING, told(record))
    if record.state == State.PENDING and record.run_at:
        return Why(Cause.WAITING, told(record))
    return Why(Cause.NOT_SENT, told(record))


def of_posted(record: Record) -> Why:
    """Something of it stands, or stood, in the ledger."""
    if record.state in (State.PENDING, State.RUNNING, State.IN_DOUBT):
        return Why(Cause.WAITING, told(record))
    if record.state == State.HELD:
        return Why(Cause.CHANGED, told(record))
    if record.difference_accepted:
        return Why(Cause.CHANGED, f"A person accepted it as it is. {told(record)}")
    if record.destination_status in UNPOSTED:
        return Why(Cause.WAITING, f"People post it in the ledger themselves. {told(record)}")
    return Why(Cause.UNEXPLAINED, told(record))


def told(record: Record) -> str:
    """With the short form of its reason, where it has one."""
    reason = f"{Reason(record.reason).label}. " if record.reason in Reason.values else ""
    return f"{reason}{record.sentence}"[:SHOWN]


def is_deleted(record: Record) -> bool:
    """The source has it no more."""
    if record.source_status == DELETED or record.reason == Reason.DELETED_AT_SOURCE:
        return True
    return bool(record.posted_digest) and record.digest == ended("deleted", record.posted_digest)


def counts(record: Record) -> bool:
    """It stands in the ledger's books: posted, and neither cancelled nor gone."""
    if not record.posted_digest or record.destination_status in LEFT:
        return False
    return record.destination_status not in UNPOSTED or record.destination_kind == PURCHASE_ORDER
