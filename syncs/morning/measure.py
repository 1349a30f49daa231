"""How long a document takes and what it costs in requests, measured where it is carried."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection as database
from django.utils import timezone

from syncs.flow import Context
from syncs.models import FlowPace, Record
from syncs.record import RESTING

KEPT = 0.9  # of what was measured before, with each minute in which something is carried
MINUTE = 60.0

# Within a minute all is added up; with the next one what was before fades. Workers side by side
# take no more than the minute by the clock.
NOTE = """
    INSERT INTO syncs_flowpace AS p (integration_id, flow, documents, seconds, project_requests,
        project_seconds, ledger_requests, ledger_seconds, worked_seconds, minute, minute_seconds,
        rested_at)
    VALUES (%(integration)s, %(flow)s, %(documents)s, 0, %(project_requests)s,
        %(project_seconds)s, %(ledger_requests)s, %(ledger_seconds)s, %(seconds)s, %(minute)s,
        %(seconds)s, %(rested_at)s)
    ON CONFLICT (integration_id, flow) DO UPDATE SET
        documents = p.documents * {faded} + excluded.documents,
        project_requests = p.project_requests * {faded} + excluded.project_requests,
        project_seconds = p.project_seconds * {faded} + excluded.project_seconds,
        ledger_requests = p.ledger_requests * {faded} + excluded.ledger_requests,
        ledger_seconds = p.ledger_seconds * {faded} + excluded.ledger_seconds,
        worked_seconds = p.worked_seconds * {faded} + excluded.worked_seconds,
        seconds = CASE WHEN p.minute >= excluded.minute THEN p.seconds
            ELSE (p.seconds + least(p.minute_seconds, %(most)s)) * %(kept)s END,
        minute_seconds = CASE WHEN p.minute >= excluded.minute THEN p.minute_seconds ELSE 0 END
            + excluded.minute_seconds,
        minute = greatest(p.minute, excluded.minute),
        rested_at = coalesce(excluded.rested_at, p.rested_at)
""".format(faded="(CASE WHEN p.minute >= excluded.minute THEN 1 ELSE %(kept)s END)")  # noqa: S608


@contextmanager
def measured(context: Context, records: Sequence[Record]) -> Iterator[None]:
    """Around a batch. What stood posted already is only looked at: it says nothing of a new one."""
    fresh = [record for record in records if not record.posted_digest]
    began = time.monotonic()
    try:
        yield
    finally:
        if fresh:
            note(context, fresh, time.monotonic() - began)


def note(context: Context, records: Sequence[Record], seconds: float) -> None:
    """One statement. Nothing is noted where nobody was asked: the brake, a pause, a limit."""
    project, ledger = context.used("project_client"), context.used("ledger_client")
    rested = sum(record.state in RESTING for record in records)
    if not rested and not (project.requests or ledger.requests):
        return
    now = timezone.now()
    facts: dict[str, Any] = {
        "integration": context.integration.pk, "flow": context.flow, "documents": rested,
        "project_requests": project.requests, "project_seconds": project.seconds,
        "ledger_requests": ledger.requests, "ledger_seconds": ledger.seconds, "seconds": seconds,
        "minute": now.replace(second=0, microsecond=0), "rested_at": now if rested else None,
        "most": MINUTE, "kept": KEPT,
    }  # fmt: skip
    with database.cursor() as cursor:
        cursor.execute(NOTE, facts)


@dataclasses.dataclass(frozen=True)
class Measure:
    """Of one document of a flow: seconds by the clock, and requests to each side."""

    seconds: float
    project_requests: float
    ledger_requests: float
    slowest: str  # "project_system", "ledger" or "" for ourselves: where most of the time goes
    rested_at: dt.datetime | None


def of(row: FlowPace | None) -> Measure | None:
    """None while nothing was carried: what was not measured is not guessed."""
    if row is None or not row.documents:
        return None
    seconds = row.seconds + min(row.minute_seconds, MINUTE)
    return Measure(
        seconds / row.documents, row.project_requests / row.documents,
        row.ledger_requests / row.documents, slowest(row), row.rested_at,
    )  # fmt: skip


def slowest(row: FlowPace) -> str:
    ours = row.worked_seconds - row.project_seconds - row.ledger_seconds
    found = {"project_system": row.project_seconds, "ledger": row.ledger_seconds, "": ours}
    return max(found, key=lambda side: found[side])
