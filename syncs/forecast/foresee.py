"""What would become of records if they were carried now, by the code that carries them.

Each goes through its flow's own `carry`, with the mapping tables and settings as they are, from its
source as it was read last, up to the request that would make a thing. Nothing is stored and nobody
is asked; where only another system can tell, that is the answer.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, cast

from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet

from connections.errors import ConnectorError, NeedsPerson, NotForOtherSide, Reason, Refused
from connections.models import Connection, Integration
from connections.registry import vendor_label
from connections.transport import at_home
from mappings.lookup import NarrowLookup
from syncs.forecast.context import AS_IT_IS, Assumed, AtHome
from syncs.forecast.trial import WRITTEN, End, WouldWrite
from syncs.models import Record, State, Trial
from syncs.pipelines import engine
from syncs.pipelines.asked_again import to_be_asked
from syncs.pipelines.posted import DELETED
from syncs.registry import flow_of

CHUNK = 500
ASKED, AGAIN, BUSY = "asked", "again", "busy"
TO_POST = "It was held by the other system, which alone can say whether that still stands."
TO_ASK = "What holds it is asked for anew: it may have been mended there."
TO_READ = "Its status is read anew, and how the connection says that it is meant."
STORES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b|\bFOR (NO KEY )?UPDATE\b|audit_append", re.I)

# Reasons that our own checks find, and a fact that they then leave; "" where they leave none.
OURS: dict[str, str] = {
    Reason.MISSING_MAPPING: "", Reason.MISSING_VENDOR: "", Reason.MISSING_PROJECT: "",
    Reason.LINE_WITHOUT_COST_CODE: "", Reason.MISSING_DATE: "", Reason.TAX: "",
    Reason.NO_VENDOR: "", Reason.NO_PROJECT: "",
    Reason.WAITS: "", Reason.BOOKED_TWICE: "", Reason.STATUS: "", Reason.NEEDS_APPROVAL: "",
    Reason.OVER_LIMIT: "", Reason.SENT_BACK: "", Reason.SHADOW: "", Reason.NO_LINES: "",
    Reason.NUMBER: "", Reason.CHANGED_AFTER_POSTING: "", Reason.DOES_NOT_FOOT: "difference",
    Reason.CURRENCY: "currency", Reason.PERIOD_CLOSED: "date", Reason.VENDOR_BLOCKED: "vendor",
    Reason.ACCOUNT_UNUSABLE: "account", Reason.DIMENSION: "dimension",
    Reason.SETTINGS: "purpose", Reason.NO_COMMITMENT: "brought_by",
}  # fmt: skip
THEIR_WORDS = ("code", "text")  # facts of a refusal


@dataclasses.dataclass(frozen=True)
class Foreseen:
    """What would become of one record. `end`: a state, WRITTEN, ASKED, BUSY, or AGAIN for what is
    posted or in doubt, of which the other system is only asked."""

    record: int
    integration: int
    flow: str
    project: str
    amount: Decimal | None
    currency: str
    end: str
    reason: str = ""
    sentence: str = ""
    problems: Sequence[dict[str, Any]] = ()
    whom: str = ""  # of ASKED: who can tell


def foresee(ids: Iterable[int], assumed: Assumed = AS_IT_IS) -> Iterator[Foreseen]:
    """One answer for each of these that exists. Each mapping table is read once for a flow."""
    contexts: dict[tuple[int, str], AtHome] = {}
    known, keys = sorted(ids), set[tuple[int, str]]()
    for start in range(0, len(known), CHUNK):
        rows = trials().filter(pk__in=known[start : start + CHUNK])
        tried = [(row, was(row)) for row in rows.order_by("pk")]
        for row, before in tried:
            try_out(contexts, row, before, assumed)
        yield from told(tried, keys)


def spread(ids: list[int], most: int) -> list[int]:
    """All, or evenly chosen ones where there are too many to work out while a person waits."""
    if len(ids) <= most:
        return ids
    step = len(ids) / most
    return [ids[int(index * step)] for index in range(most)]


def foresee_one(record: Record) -> Foreseen:
    """For its page: of the tables only what it needs is read."""
    row = trials().get(pk=record.pk)
    context = AtHome(row.integration, row.flow, AS_IT_IS)
    if flow_of(row).source != "ledger":  # a ledger names accounts: any rule may lead to them
        context.book = NarrowLookup.of_source(row.integration, row.source)
    before = was(row)
    try_out({(row.integration_id, row.flow): context}, row, before, AS_IT_IS)
    return next(told([(row, before)], set()))


def trials() -> QuerySet[Trial]:
    rows = Trial.objects.select_related("integration__project_system", "integration__ledger")
    return cast("QuerySet[Trial]", rows)


@dataclasses.dataclass
class Was:
    """A record before its trial, and what came out."""

    state: str
    reason: str
    problems: list[dict[str, Any]]
    proposed: dict[str, Any]
    whom: list[str] = dataclasses.field(default_factory=list)


def was(row: Trial) -> Was:
    return Was(row.state, row.reason, row.problems, row.proposed)


def try_out(
    contexts: dict[tuple[int, str], AtHome], row: Trial, before: Was, assumed: Assumed
) -> None:
    if before.state in (State.RUNNING, State.POSTED, State.IN_DOUBT):
        return
    if row.in_doubt_since is not None or row.source_status == DELETED:
        before.whom = [whose(row.integration, row)]
        return
    key = row.integration_id, row.flow
    if key not in contexts:
        contexts[key] = AtHome(row.integration, row.flow, assumed)
    with at_home.asking_nobody() as asked, nothing_stored():
        carried(contexts[key], row)
    if asked and not by_gate(contexts[key], row, before):
        before.whom = asked


def carried(context: AtHome, row: Trial) -> None:
    """It has an end afterwards, or somebody would have been asked."""
    row.begin()
    row.integration, context.trial, context.journal.reached = context.integration, row, False
    if row.revision == 1 and row.posted_digest and any(one.on_its_way for one in row.family):
        said = "Its difference is on its way; this document follows by itself."
        row.ends(End(State.HELD, said, Reason.CHANGED_AFTER_POSTING))
        return
    try:
        engine.check_brake(context.settings)
        flow_of(row).carry(context, [row])
    except WouldWrite as error:
        row.ends(End(WRITTEN, error.sentence))
    except NotForOtherSide as error:
        row.ends(End(State.SKIPPED, error.sentence))
    except NeedsPerson as error:
        row.ends(End(State.HELD, error.sentence, error.reason, engine.problems_of(error)))
    except Refused as error:
        row.ends(End(State.HELD, error.sentence, Reason.REFUSED))
    except ConnectorError as error:
        row.ends(End(State.PENDING, error.sentence))
    if context.journal.reached:
        row.end = End(WRITTEN, "It would be written.")


def by_gate(context: AtHome, row: Trial, before: Was) -> bool:
    """What a gate held waits for that gate first, whatever another system would say.

    True where it still stands: then that is the end."""
    if before.reason != Reason.SHADOW or not before.proposed:
        return False
    if not context.settings.in_shadow(row.project):
        return False
    row.end = End(State.HELD, "Shadow mode", Reason.SHADOW)
    return True


@contextmanager
def nothing_stored() -> Iterator[None]:
    """What was kept from being stored was never sent, so it breaks no transaction around us."""
    whole = database.in_atomic_block and not database.needs_rollback
    with database.execute_wrapper(storing_nothing):
        yield
    if whole:
        transaction.set_rollback(False)


def storing_nothing(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
) -> Any:
    """A trial that would store a thing ends there, as one of which nobody knows the end."""
    if STORES.search(str(sql)):
        raise at_home.unasked("the connector itself, once it does it,")
    return execute(sql, params, many, context)


# -- what is told of it ---------------------------------------------------------------------------


def told(tried: Sequence[tuple[Trial, Was]], keys: set[tuple[int, str]]) -> Iterator[Foreseen]:
    """A natural key that another record holds, or one before it in the same forecast takes, holds
    it."""
    taken = taken_keys([row for row, _ in tried if row.end and row.end.state == WRITTEN])
    for row, before in tried:
        key = row.integration_id, row.key
        twice = bool(row.key) and (row.key in taken[row.pk] or key in keys)
        found = answer(row, before, twice)
        if found.end == WRITTEN and row.key:
            keys.add(key)
        yield found


def taken_keys(rows: Sequence[Trial]) -> dict[int, set[str]]:
    """By record, its key where another one holds it; one query for each integration."""
    found: dict[int, set[str]] = defaultdict(set)
    wanted: dict[int, list[Trial]] = defaultdict(list)
    for row in rows:
        if row.key:
            wanted[row.integration_id].append(row)
    for integration, some in wanted.items():
        held = Record.objects.filter(
            integration=integration, natural_key__in=[row.key for row in some]
        )
        owners = {key: pk for pk, key in held.values_list("pk", "natural_key")}
        for row in some:
            if owners.get(row.key, row.pk) != row.pk:
                found[row.pk].add(row.key)
    return found


def answer(row: Trial, before: Was, twice: bool) -> Foreseen:
    facts: dict[str, Any] = {
        "record": row.pk, "integration": row.integration_id, "flow": row.flow,
        "project": row.project, "amount": row.amount, "currency": row.currency,
    }  # fmt: skip
    if before.state == State.RUNNING:
        return Foreseen(**facts, end=BUSY)
    if before.state in (State.POSTED, State.IN_DOUBT):
        return Foreseen(**facts, end=AGAIN)
    if before.whom or row.end is None:
        who = before.whom[0] if before.whom else whose(row.integration, row)
        return Foreseen(**facts, end=ASKED, whom=who, sentence=f"Only {who} can tell.")
    end = row.end
    if end.reason == Reason.STATUS:  # what a status means is said where it is read
        who = vendor_label(source_system(row).vendor)
        return Foreseen(**facts, end=ASKED, reason=end.reason, whom=who, sentence=TO_READ)
    if to_be_asked(before.problems, end.problems):
        who = whose(row.integration, row)
        return Foreseen(**facts, end=ASKED, reason=end.reason, whom=who, sentence=TO_ASK)
    if end.state != WRITTEN:
        return Foreseen(
            **facts, end=end.state, reason=end.reason, sentence=end.sentence,
            problems=end.problems,
        )  # fmt: skip
    if twice:
        said = "Another record of the same vendor has its number."
        return Foreseen(**facts, end=State.HELD, reason=Reason.DUPLICATE_NUMBER, sentence=said)
    if before.state == State.HELD and held_by_other(before):
        who = whose(row.integration, row)
        return Foreseen(**facts, end=ASKED, reason=before.reason, whom=who, sentence=TO_POST)
    return Foreseen(**facts, end=WRITTEN, sentence=end.sentence)


def whose(integration: Integration, row: Record) -> str:
    """The system into which it is written, as its vendor calls it."""
    from_ledger = flow_of(row).source == "ledger"
    return vendor_label((integration.project_system if from_ledger else integration.ledger).vendor)


def source_system(row: Record) -> Connection:
    """From which it is read."""
    integration = row.integration
    return integration.ledger if flow_of(row).source == "ledger" else integration.project_system


def held_by_other(before: Was) -> bool:
    """By something that no check of ours can find: a refusal, a number that is taken there."""
    listed = before.problems or [{"reason": before.reason}]
    return any(not is_ours(facts) for facts in listed)


def is_ours(facts: dict[str, Any]) -> bool:
    reason = str(facts.get("reason"))
    if reason not in OURS or any(facts.get(name) for name in THEIR_WORDS):
        return False
    return not OURS[reason] or OURS[reason] in facts
