"""The hash of what was closed, and whether it still is what a line of the journal says."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from audit import journal
from audit.models import Entry
from syncs.closing.documents import COLUMNS, Row
from syncs.closing.rows import ClosedDocument, PeriodClose

SIGNED = tuple(name for name in COLUMNS if name != "stamp")
VERB = "close_period"


def canonical(value: Any) -> str:
    """The same text for the same facts, for ever: what the hash covers."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(facts: Any) -> str:
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def plain(row: Row) -> list[Any]:
    """One document as it is signed: texts, with four decimals."""
    return [text(row[name]) for name in SIGNED]


def text(value: Any) -> Any:
    """As JSON has it; what else there is was text, a number or nothing already."""
    if isinstance(value, Decimal):
        return f"{value:.4f}"
    return value.isoformat() if isinstance(value, dt.date) else value


class Documents:
    """Counts and hashes documents in their order, one line for each."""

    def __init__(self) -> None:
        self.count, self.hash = 0, hashlib.sha256()

    def add(self, row: Row) -> None:
        self.count += 1
        self.hash.update(f"{canonical(plain(row))}\n".encode())

    @property
    def facts(self) -> dict[str, Any]:
        return {"count": self.count, "sha256": self.hash.hexdigest()}


def documents_of(close: PeriodClose) -> Iterable[Row]:
    rows = ClosedDocument.objects.filter(close=close).order_by("position")
    found: Iterable[Row] = rows.values(*COLUMNS).iterator(chunk_size=2000)
    return found


def problems(close: PeriodClose, whole: bool = True) -> list[str]:
    """Empty while all is as it was signed. `whole`: every document is read again, too."""
    return [*of_facts(close), *of_journal(close), *(of_documents(close) if whole else ())]


def of_facts(close: PeriodClose) -> Iterator[str]:
    if digest(close.facts) != close.facts_hash:
        yield "The record was changed after it was signed: its hash is another one."
    said = {
        "version": close.version, "closed_by": close.closed_by, "note": close.note,
        "closed_at": close.closed_at.isoformat(), "month": str(close.period.month),
    }  # fmt: skip
    if any(close.facts.get(name) != value for name, value in said.items()):
        yield "Who closed it, when, or the note is not what was signed."


def of_journal(close: PeriodClose) -> Iterator[str]:
    entry = line(close)
    if entry is None:
        yield f"No line of the journal bears the hash {close.facts_hash}."
    elif journal.digest(entry) != entry.hash:
        yield f"Line {entry.sequence} of the journal was changed."


def line(close: PeriodClose) -> Entry | None:
    """The journal's line that bears its hash."""
    wanted = {"verb": VERB, "version": close.version, "month": str(close.period.month),
              "facts_hash": close.facts_hash}  # fmt: skip
    rows = Entry.objects.filter(
        kind=Entry.Kind.PERSON, integration=close.period.integration.key, data__contains=wanted
    )
    if close.line is not None:
        return rows.filter(sequence=close.line).first()
    return rows.order_by("-sequence").first()


def of_documents(close: PeriodClose) -> Iterator[str]:
    found = Documents()
    for row in documents_of(close):
        found.add(row)
    if found.facts != close.facts.get("documents"):
        yield "The documents of the record are not those that were signed."
