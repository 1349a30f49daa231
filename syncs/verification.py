"""What the journal's verification compares with the records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import Q

from audit import journal
from syncs.models import Record, State

UNWITNESSED = """
    SELECT r.id, r.number FROM syncs_record r WHERE r.state = 'posted' AND NOT EXISTS (
        SELECT 1 FROM audit_entry e
        WHERE e.record = r.id AND e.kind = 'state' AND (
            e.data ->> 'state' = 'posted'
            OR NOT e.data ? 'state' AND e.sentence LIKE 'Posted%%' -- before lines bore their state
        )
    ) ORDER BY r.id
"""
UNREAD = "SELECT id, number FROM syncs_record WHERE state = 'posted' AND read_back_at IS NULL"
FAILED_WRITES = """
    SELECT r.id, r.number FROM syncs_record r WHERE r.state = 'posted'
    AND EXISTS (SELECT 1 FROM audit_entry i WHERE i.record = r.id AND i.kind = 'intent')
    AND NOT EXISTS (
        SELECT 1 FROM audit_entry o WHERE o.record = r.id AND (
            o.kind = 'read_back' OR o.kind = 'outcome' AND o.data ->> 'result' = 'done'
        )
    ) ORDER BY r.id
"""
UNTOLD_RUNS = """
    SELECT r.id, r.kind || ' ' || r.flow, count(e.sequence)
    FROM syncs_run r JOIN connections_integration i ON i.id = r.integration_id
    LEFT JOIN audit_entry e ON e.kind = 'run' AND (e.data ->> 'run')::bigint = r.id
    WHERE r.ended_at >= (SELECT min(at) FROM audit_entry WHERE kind = 'run')
    GROUP BY r.id, r.kind, r.flow HAVING count(e.sequence) <> 1 ORDER BY r.id
"""
STATEMENTS = (
    (UNWITNESSED, "is shown as posted, but no line of the journal says so"),
    (UNREAD, "is shown as posted, but was never read back"),
    (FAILED_WRITES, "is shown as posted, but no write of it succeeded"),
)


def posted_records_have_their_lines() -> Iterator[str]:
    """Each posted record was written or found, read back, and the journal says so."""
    for query, words in STATEMENTS:
        with connection.cursor() as cursor:
            cursor.execute(query, [])
            while rows := cursor.fetchmany(500):
                yield from (
                    f"record {key} ({number or 'no number'}) {words}" for key, number in rows
                )


def runs_have_their_lines() -> Iterator[str]:
    """Each run that ended has one line: what an export shows is all that ran."""
    with connection.cursor() as cursor:
        cursor.execute(UNTOLD_RUNS, [])
        while rows := cursor.fetchmany(500):
            yield from (f"run {key} ({kind}) has {lines} lines" for key, kind, lines in rows)


def still_in_doubt(records: list[int]) -> Iterable[int]:
    """Of these, the ones whose last write may rightly have no outcome yet."""
    doubtful = Q(state__in=[State.RUNNING, State.IN_DOUBT]) | Q(in_doubt_since__isnull=False)
    doubtful |= Q(intent_at__isnull=False)
    return Record.objects.filter(doubtful, pk__in=records).values_list("pk", flat=True)


def records_by_number(number: str) -> Iterable[int]:
    """Record ids of the document that either side calls by this number."""
    wanted = Q(number=number) | Q(destination_number=number)
    return Record.objects.filter(wanted).values_list("pk", flat=True)[:50]


journal.CROSS_CHECKS.append(posted_records_have_their_lines)
journal.CROSS_CHECKS.append(runs_have_their_lines)
journal.STILL_IN_DOUBT.append(still_in_doubt)
journal.RECORDS_BY_NUMBER.append(records_by_number)
journal.RECORDS.append(lambda: Record.objects.values("pk"))
