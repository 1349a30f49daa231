"""The months that were closed in a period, with each document, for the auditor's package."""

from __future__ import annotations

from collections.abc import Iterator

from audit.models import Entry
from config.auditor.tables import Period
from syncs.closing import signature
from syncs.models import PeriodClose


def told(period: Period) -> Iterator[str]:
    """JSON: a list, one month at a time. Those whose line stands in the package."""
    yield "["
    for place, close in enumerate(signed_in(period)):
        yield ",\n" if place else "\n"
        yield from one(close)
    yield "\n]\n"


def signed_in(period: Period) -> Iterator[PeriodClose]:
    """By their lines, the oldest first; what no line signs is none."""
    lines = period.lines().filter(kind=Entry.Kind.PERSON, data__verb=signature.VERB)
    for data in lines.values_list("data", flat=True):
        found = PeriodClose.objects.filter(facts_hash=data["facts_hash"])
        yield from found.select_related("period").order_by("pk")[:1]


def one(close: PeriodClose) -> Iterator[str]:
    facts = signature.canonical(close.facts)
    yield f'{{"sha256":"{close.facts_hash}","line":{close.line or "null"},"facts":{facts},'
    yield '"documents":['
    for place, row in enumerate(signature.documents_of(close)):
        yield ("," if place else "") + signature.canonical(signature.plain(row))
    yield "]}"
