"""Which held records wait for a mapping. Registered with `mappings.releases` at start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q, QuerySet

from connections.documents import ZERO
from connections.models import Integration
from mappings.releases import Matcher, Releasable, Unmapped, Wanted, subject_of
from syncs.models import Record, State

ASKED_ONE_BY_ONE = 20  # more wanted problems than this are sorted out here, not by the database

# What the inbox lists, and the facts that make one row of it.
LISTED = {
    "cost_code": ("cost_code", "cost_type", "project"),
    "vendor_id": ("vendor_id",),
    "project_id": ("project_id",),
    "tax_code": ("tax_code",),
}


def impact(integration: Integration, wanted: Sequence[Wanted]) -> Releasable:
    return _counted(waiting(integration, wanted))


def release(integration: Integration, wanted: Sequence[Wanted], actor: str, why: str) -> Releasable:
    """Replay them all; a record that lacks more than this will say so again."""
    found = list(waiting(integration, wanted))
    return _counted((record, free) for record, free in found if record.replay(actor, why))


def waiting(integration: Integration, wanted: Sequence[Wanted]) -> Iterator[tuple[Record, bool]]:
    """Held records that name a wanted problem; True: nothing else holds them."""
    matcher = Matcher(wanted)
    for record in held(integration).filter(_naming(wanted)).iterator(chunk_size=1000):
        hits = [matcher.matches(problem) for problem in record.problems]
        if any(hits):
            record.integration = integration
            yield record, all(hits)


def unmapped(integration: Integration) -> list[Unmapped]:
    """One row per cost code combination, vendor, project and tax code that is missed."""
    documents: dict[tuple[str, ...], set[int]] = defaultdict(set)
    amounts: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    facts: dict[tuple[str, ...], dict[str, str]] = {}
    reasons = {Wanted(subject).reason for subject in LISTED}
    for record in held(integration).filter(_with_reasons(reasons)).iterator(chunk_size=1000):
        for key, problem, money in _missed(record):
            documents[key].add(record.pk)
            amounts[key] += money
            facts[key] = {name: str(value) for name, value in problem.items()}
    rows = [
        Unmapped(integration, key[0], facts[key], len(ids), amounts[key])
        for key, ids in documents.items()
    ]
    return sorted(rows, key=lambda row: (-abs(row.amount), -row.documents))


def held(integration: Integration) -> QuerySet[Record]:
    return Record.objects.filter(integration=integration, state=State.HELD).only(
        "id", "integration_id", "flow", "amount", "problems"
    )


def _naming(wanted: Sequence[Wanted]) -> Q:
    """As narrow a question as the database can be asked."""
    if len(wanted) > ASKED_ONE_BY_ONE:
        return _with_reasons({each.reason for each in wanted})
    query = Q(pk__in=[])
    for each in wanted:
        query |= Q(problems__contains=[{"reason": each.reason, **dict(each.facts)}])
    return query


def _with_reasons(reasons: set[str]) -> Q:
    query = Q(pk__in=[])
    for reason in sorted(reasons):
        query |= Q(problems__contains=[{"reason": reason}])
    return query


def _missed(record: Record) -> Iterator[tuple[tuple[str, ...], dict[str, Any], Decimal]]:
    """What one record misses; a cost code counts its lines, all else the document, once."""
    seen: set[tuple[str, ...]] = set()
    for problem in record.problems:
        subject = subject_of(problem)
        if subject not in LISTED:
            continue
        key = (subject, *(str(problem.get(name, "")) for name in LISTED[subject]))
        if subject == "cost_code":
            yield key, problem, _money(problem.get("amount"))
        elif key not in seen:
            yield key, problem, record.amount or ZERO
        seen.add(key)


def _money(text: object) -> Decimal:
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return ZERO


def _counted(found: Iterator[tuple[Record, bool]]) -> Releasable:
    total = Releasable()
    for record, free in found:
        total += Releasable(1, record.amount or ZERO) if free else Releasable(partly=1)
    return total
