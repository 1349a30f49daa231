"""Appends to the journal, and verifies it.

Every line's hash covers the line before it, so a changed, removed or inserted line shows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from audit.models import Entry, Head, Verified

LINE = ("%s", "%s", "%s", "%s", "%s", "%s", "%s::jsonb", "%s", "%s")
APPEND = "audit_append", LINE
SETTLED = "audit_append_settled", LINE
OUTCOME = "audit_outcome", ("%s", "%s", "%s", "%s", "%s", "%s::jsonb", "%s", "%s", "%s", "%s")
APPENDED = ", ".join(["NULL"] * 5)  # what a procedure gives back: the places for it
ODD = ("\\u0000", "\\ud")  # how JSON writes NUL and surrogates, lone ones and pairs
GENESIS = "0" * 64
HASHED = (
    "sequence", "at", "kind", "integration", "flow", "record", "actor", "sentence", "data",
    "intent", "previous",
)  # fmt: skip
GIVEN = HASHED[2:-1]  # by who appends; the rest is found under the lock
SHOWN_PROBLEMS = 100
UNDER_WAY = dt.timedelta(hours=1)  # a write of no record may wait this long for its outcome

# What other apps add, each in its module `verification`, which is found at start-up.
CROSS_CHECKS: list[Callable[[], Iterable[str]]] = []
STILL_IN_DOUBT: list[Callable[[list[int]], Iterable[int]]] = []  # of these records, those
RECORDS: list[Callable[[], Any]] = []  # record ids that whoever asks may see
RECORDS_BY_NUMBER: list[Callable[[str], Iterable[int]]] = []  # record ids of a document's number


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
    """Write one line; durable when the caller's transaction (or this one) commits.

    One statement, in which the database waits for its turn, links the line to the last one and
    moves the head on.
    """
    entry = RecordJournal(integration, flow, record, actor).entry(kind, sentence, data, intent)
    if not write(APPEND, entry):
        raise RuntimeError("the database took no line for the journal")
    return entry


def write(statement: tuple[str, tuple[str, ...]], entry: Entry) -> bool:
    """Whether the database took the line; what it found for it is in the entry then."""
    columns = [getattr(entry, name) for name in GIVEN]
    columns[GIVEN.index("data")] = json.dumps(entry.data)
    found = said(statement, [*columns, told(entry)])
    if found:
        entry.pk, entry.sequence, entry.at, entry.previous, entry.hash = found
    return bool(found)


def said(statement: tuple[str, tuple[str, ...]], columns: Sequence[Any]) -> Sequence[Any] | None:
    """What the database found for the line, None where it took none. The line is on the disk when
    the transaction has ended, or already: then others had not to wait for the disk."""
    name, given = statement
    places = ", ".join(given)
    plain = f"SELECT * FROM {name}({places})"  # noqa: S608 - a name of ours
    alone = f"CALL {name}_alone({places}, {APPENDED})"
    with connection.cursor() as cursor:
        cursor.execute(alone if is_alone() else plain, columns)
        found: Sequence[Any] | None = cursor.fetchone()
    return found if found and found[0] is not None else None


def is_alone() -> bool:
    """Outside every transaction, and nothing puts words of its own before a statement."""
    before = {getattr(wrapper, "__module__", "") for wrapper in connection.execute_wrappers}
    return connection.get_autocommit() and "pghistory.runtime" not in before


def told(entry: Entry) -> str:
    """What its writer says in it, as the hash covers it."""
    return canonical([getattr(entry, name) for name in GIVEN])[1:-1]


def plain(value: Any) -> Any:
    """JSON that the database gives back unchanged, so that the hash can be redone.

    Decimals, floats, dates and uuids become strings.
    """
    text = json.dumps(value, default=str)
    found = json.loads(text, parse_float=str, parse_constant=str)
    return storable(found) if any(odd in text for odd in ODD) else found


def storable(value: Any) -> Any:
    """The same, without the characters that PostgreSQL refuses (NUL, lone surrogates)."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(inner) for key, inner in value.items()}
    return [storable(inner) for inner in value] if isinstance(value, list) else value


def digest(entry: Entry) -> str:
    """SHA-256 over every column but the hash itself, in a fixed order."""
    return digest_of([getattr(entry, name) for name in HASHED])


def digest_of(values: Sequence[Any]) -> str:
    """The hash of one line's columns, in the order of HASHED."""
    text = canonical([values[0], iso(values[1]), *values[2:]])
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(body: Sequence[Any]) -> str:
    """The same text for the same columns, for ever."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def iso(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat()


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
    """Walk the whole chain, its head, the intents and what other apps compare with it."""
    count, last, previous, problems = 0, 0, GENESIS, Problems()
    lines = Entry.objects.order_by("sequence").values_list(*HASHED, "hash")
    for line in lines.iterator(chunk_size=500):
        count += 1
        problems.note(line_problems(line, last + 1, previous))
        last, previous = line[0], line[-1]
    problems.note(head_problems(last))
    problems.note(intent_problems())
    for check in CROSS_CHECKS:
        problems.note(check())
    return Verification(count, previous, problems.told())


def verify_and_note(actor: str = "") -> Verification:
    """The same, and keeps when that was and how it ended."""
    found = verify()
    facts = {"at": timezone.now(), "by": actor, "entries": found.entries, "head": found.head,
             "ok": found.ok}  # fmt: skip
    Verified.objects.update_or_create(pk=1, defaults=facts)
    return found


class Problems:
    """The first problems in words, the rest as a number: a ruined journal fits into memory."""

    def __init__(self) -> None:
        self.first: list[str] = []
        self.more = 0

    def note(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            if len(self.first) < SHOWN_PROBLEMS:
                self.first.append(sentence)
            else:
                self.more += 1

    def told(self) -> tuple[str, ...]:
        rest = [f"… and {self.more} more problems"] if self.more else []
        return (*self.first, *rest)


def line_problems(line: Sequence[Any], expected: int, previous: str) -> Iterator[str]:
    """`line` is the columns of HASHED and the hash."""
    sequence = line[0]
    if sequence > expected:
        gap = str(expected) if sequence == expected + 1 else f"{expected} to {sequence - 1}"
        yield f"line {gap} is missing"
    elif sequence < expected:
        yield f"line {sequence} is out of order"
    if line[-2] != previous:
        yield f"line {sequence} does not follow the line before it"
    if line[-1] != digest_of(line[:-1]):
        yield f"line {sequence} was changed"


def head_problems(last: int) -> Iterator[str]:
    """The journal must end where the last append ended; appends that come meanwhile are fine."""
    head = Head.objects.filter(pk=1).first()
    if head is None:
        if last:
            yield "the note of the journal's last line is missing"
        return
    if head.sequence < last:
        yield f"lines after {head.sequence} were not written by this application"
    if not Entry.objects.filter(sequence=head.sequence, hash=head.hash).exists():
        yield f"the journal ended with line {head.sequence}, which is no longer there as written"


OPEN_INTENTS = """
    SELECT i.sequence, i.record, i.at, count(o.id) FROM audit_entry i
    LEFT JOIN audit_entry o ON o.intent = i.sequence AND o.kind = 'outcome'
    WHERE i.kind = 'intent' GROUP BY i.sequence, i.record, i.at HAVING count(o.id) <> 1
    ORDER BY i.sequence
"""
STRAY_OUTCOMES = """
    SELECT o.sequence FROM audit_entry o
    LEFT JOIN audit_entry i ON i.sequence = o.intent AND i.kind = 'intent'
    WHERE o.kind = 'outcome' AND i.id IS NULL ORDER BY o.sequence
"""


def intent_problems() -> Iterator[str]:
    """Each intent has one outcome, or is the last of a record whose write is still in doubt."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_INTENTS)
        odd = cursor.fetchall()
        cursor.execute(STRAY_OUTCOMES)
        stray = cursor.fetchall()
    excused = excused_intents(odd)
    for sequence, _record, _at, outcomes in odd:
        if outcomes:
            yield f"the write announced in line {sequence} has {outcomes} outcomes"
        elif sequence not in excused:
            yield f"the write announced in line {sequence} has no outcome"
    yield from (f"line {sequence} is the outcome of no intent" for (sequence,) in stray)


def excused_intents(odd: Sequence[tuple[int, int | None, dt.datetime, int]]) -> set[int]:
    """Open for a good reason: under way just now, or the record's doubt is known."""
    recent = timezone.now() - UNDER_WAY
    latest = {record: sequence for sequence, record, _at, _n in odd if record is not None}
    doubtful = {record for ask in STILL_IN_DOUBT for record in ask(list(latest))}
    excused = {sequence for record, sequence in latest.items() if record in doubtful}
    return excused | {
        sequence for sequence, record, at, _n in odd if record is None and at > recent
    }


@dataclasses.dataclass
class RecordJournal:
    """The hook that `connections.transport.http` writes through, for one record (or none)."""

    integration: str = ""
    flow: str = ""
    record: int | None = None
    actor: str = ""
    carried_out: int = 0  # writes that were answered with success, in this object's life

    def intent(self, about: str, method: str, url: str, body: Any) -> int:
        """Durable before the request leaves: refuses to run inside a transaction."""
        if in_transaction():
            raise RuntimeError("an intent must be committed before the write is sent")
        data = {"method": method, "url": url, "body": body}
        return self.append(Entry.Kind.INTENT, about, data).sequence

    def outcome(self, intent: int, result: str, status: int, body: Any) -> None:
        """One per intent; an answer that comes after the doubt was settled is told as that."""
        self.carried_out += result == "done"
        sentence = f"{result} ({status})" if status else result
        data = {"result": result, "status": status, "body": body}
        answer = self.entry(Entry.Kind.OUTCOME, sentence, data, intent)
        late = self.entry(Entry.Kind.SYSTEM, f"An answer came late: {answer.sentence}")
        late.data = answer.data
        facts = [answer.integration, answer.flow, answer.record, answer.actor, answer.sentence]
        facts += [json.dumps(answer.data), intent, told(answer), late.sentence, told(late)]
        said(OUTCOME, facts)

    def unanswered(self, since: dt.datetime) -> bool:
        """Whether a write of this record that was sent since then may still be on its way."""
        mine = Entry.objects.filter(record=self.record, at__gte=since)
        answers = mine.filter(kind=Entry.Kind.OUTCOME).exclude(data__result="no answer")
        sent = mine.filter(kind=Entry.Kind.INTENT)
        return sent.exclude(sequence__in=answers.values("intent")).exists()

    def append(
        self, kind: str, sentence: str, data: Any = None, intent: int | None = None
    ) -> Entry:
        """One line. A line that ends a doubt first closes the intents that a crash left open."""
        entry = self.entry(kind, sentence, data, intent)
        ends = kind in (Entry.Kind.INTENT, Entry.Kind.READ_BACK) or ends_doubt(data)
        while not write(SETTLED if ends and self.record is not None else APPEND, entry):
            self.settle("the answer was lost; the other system has been asked since")
        return entry

    def entry(self, kind: str, sentence: str, data: Any = None, intent: int | None = None) -> Entry:
        """Not written yet."""
        return Entry(
            kind=kind, integration=self.integration, flow=self.flow, record=self.record,
            actor=self.actor, sentence=storable(sentence), data=plain(data or {}), intent=intent,
        )  # fmt: skip

    def settle(self, why: str) -> None:
        """Give each open intent of this record its outcome. Safe to call twice."""
        if self.record is None:
            return
        mine = Entry.objects.filter(record=self.record)
        answered = mine.filter(kind=Entry.Kind.OUTCOME).values("intent")
        lost = mine.filter(kind=Entry.Kind.INTENT).exclude(sequence__in=answered)
        for sequence in list(lost.order_by("sequence").values_list("sequence", flat=True)):
            self.outcome(sequence, "no answer", 0, why)


def settle_forgotten(now: dt.datetime) -> None:
    """Writes of no record whose worker stopped before the answer: no record's doubt ends them."""
    told = Entry.objects.filter(kind=Entry.Kind.OUTCOME, intent=OuterRef("sequence"))
    sent = Entry.objects.filter(kind=Entry.Kind.INTENT, record=None, at__lt=now - UNDER_WAY)
    for entry in sent.exclude(Exists(told)).order_by("at")[:500]:
        theirs = RecordJournal(entry.integration, entry.flow, None, entry.actor)
        theirs.outcome(entry.sequence, "no answer", 0, "its worker stopped before the answer came")


def ends_doubt(data: Any) -> bool:
    """A change of state into one that rests: then the write's end is known."""
    return isinstance(data, dict) and data.get("rests") is True


def in_transaction() -> bool:
    """True inside a transaction; a test case's own, around the test, does not count."""
    here = transaction.get_connection()
    inner = [block for block in here.atomic_blocks if not getattr(block, "_from_testcase", False)]
    return bool(inner) or not (here.in_atomic_block or here.get_autocommit())
