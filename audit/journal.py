"""Appends to the journal, and verifies it.

Every line's hash covers the line before it, so a changed, removed or inserted line shows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from audit.models import Entry

CHAIN_LOCK = 7_310_423  # advisory lock: one appender at a time
GENESIS = "0" * 64


def append(
    kind: str,
    sentence: str,
    *,
    integration: str = "",
    flow: str = "",
    record: int | None = None,
    actor: str = "",
    data: Any = None,
    intent: int | None = None,
) -> Entry:
    """Write one line; durable when the caller's transaction (or this one) commits."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
        last = Entry.objects.order_by("-sequence").values_list("sequence", "hash").first()
        entry = Entry(
            sequence=(last[0] if last else 0) + 1,
            at=timezone.now(),
            kind=kind,
            integration=integration,
            flow=flow,
            record=record,
            actor=actor,
            sentence=sentence,
            data=plain(data or {}),
            intent=intent,
            previous=last[1] if last else GENESIS,
        )
        entry.hash = digest(entry)
        entry.save(force_insert=True)
    return entry


def plain(value: Any) -> Any:
    """JSON-able: Decimals, dates and uuids become strings, so that the hash can be redone."""
    return json.loads(json.dumps(value, default=str))


def digest(entry: Entry) -> str:
    """SHA-256 over every column but the hash itself, in a fixed order."""
    body = [
        entry.sequence, entry.at.astimezone(dt.UTC).isoformat(), entry.kind, entry.integration,
        entry.flow, entry.record, entry.actor, entry.sentence, entry.data, entry.intent,
        entry.previous,
    ]  # fmt: skip
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class Verification:
    """What verifying found: `problems` is empty when the chain is whole."""

    entries: int
    head: str
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify() -> Verification:
    """Walk the whole chain and the intents: each needs an outcome, or a record in doubt."""
    count, previous, problems = 0, GENESIS, []
    for entry in Entry.objects.order_by("sequence").iterator(chunk_size=2000):
        count += 1
        problems += list(line_problems(entry, count, previous))
        previous = entry.hash
    return Verification(count, previous, tuple(problems[:100]))


def line_problems(entry: Entry, expected: int, previous: str) -> Iterator[str]:
    if entry.sequence != expected:
        yield f"line {expected} is missing (found {entry.sequence})"
    if entry.previous != previous:
        yield f"line {entry.sequence} does not follow the line before it"
    if entry.hash != digest(entry):
        yield f"line {entry.sequence} was changed"


@dataclasses.dataclass
class RecordJournal:
    """The hook that `connections.http` writes through, for one record (or none)."""

    integration: str = ""
    flow: str = ""
    record: int | None = None
    actor: str = ""

    def intent(self, about: str, method: str, url: str, body: Any) -> int:
        """Durable before the request leaves: refuses to run inside a transaction."""
        if transaction.get_connection().in_atomic_block and not self._in_test():
            raise RuntimeError("an intent must be committed before the write is sent")
        data = {"method": method, "url": url, "body": body}
        return self.append(Entry.Kind.INTENT, about, data).sequence

    def outcome(self, intent: int, result: str, status: int, body: Any) -> None:
        data = {"result": result, "status": status, "body": body}
        sentence = f"{result} ({status})" if status else result
        self.append(Entry.Kind.OUTCOME, sentence, data, intent)

    def append(
        self, kind: str, sentence: str, data: Any = None, intent: int | None = None
    ) -> Entry:
        return append(
            kind, sentence, integration=self.integration, flow=self.flow, record=self.record,
            actor=self.actor, data=data, intent=intent,
        )  # fmt: skip

    @staticmethod
    def _in_test() -> bool:
        """A test case's outer transaction is not ours."""
        return any(getattr(block, "_from_testcase", False) for block in _atomic_blocks())


def _atomic_blocks() -> list[Any]:
    return list(transaction.get_connection().atomic_blocks)
