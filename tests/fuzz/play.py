"""Sends seeded calls to the doors, in this process, and watches that nothing breaks."""

from __future__ import annotations

import dataclasses
import logging
import random
from collections import Counter
from typing import Any

from django.db import connection
from django.http import QueryDict
from django.test import Client as Browser
from django_q.models import OrmQ

from audit.journal import storable
from connections.models import Subscription
from connections.registry import VENDORS, Inbound
from syncs import tasks
from syncs.admin.inbox import readable
from syncs.ingest.hints import plausible
from syncs.ingest.rejections import KEPT, escaped
from syncs.ingest.webhook import LARGEST, UNKNOWN
from syncs.models import Delivery, Rejection
from tests.fuzz.doors import Call, Door
from tests.fuzz.mutations import a_call

LARGEST_SAMPLE = KEPT * 4_000  # characters of JSON, escaped
TIDY_EVERY = 500


class Tracebacks(logging.Handler):
    """What any logger would print one for."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.found.append(record.getMessage()[:200])


@dataclasses.dataclass
class Outcome:
    """How many calls ended how, and what should not have happened."""

    answers: Counter[str] = dataclasses.field(default_factory=Counter)
    states: Counter[str] = dataclasses.field(default_factory=Counter)
    rejected: int = 0
    wrong: list[str] = dataclasses.field(default_factory=list)

    @property
    def stored(self) -> int:
        return self.states.total()

    def line(self) -> str:
        by_status = ", ".join(f"{status}: {n:,}" for status, n in sorted(self.answers.items()))
        by_state = ", ".join(f"{state}: {n:,}" for state, n in sorted(self.states.items()))
        return (
            f"answers {by_status}; stored {self.stored:,} ({by_state}); rejected {self.rejected:,}"
        )


def play(doors: list[Door], seed: int, inputs: range) -> Outcome:
    """Input n of a seed is always the same call, so that one that fails can be sent again."""
    outcome, browser, heard = Outcome(), Browser(), Tracebacks()
    logging.getLogger().addHandler(heard)
    before = rejections()
    try:
        for number in inputs:
            one(doors, browser, seed, number, outcome)
            if heard.found:
                outcome.wrong += [f"{seed}:{number} logs {text}" for text in heard.found]
                heard.found.clear()
            if number % TIDY_EVERY == 0:
                tidy(outcome)
    finally:
        logging.getLogger().removeHandler(heard)
    tidy(outcome)
    outcome.rejected = rejections() - before
    bounded(doors, outcome)
    return outcome


def read(doors: list[Door], seed: int, inputs: range) -> Outcome:
    """The same calls for the vendors' readers alone, without web server, queue and tables."""
    outcome, known = Outcome(), {door.path: door.subscription for door in doors}
    for number in inputs:
        call = a_call(doors, random.Random(f"{seed}:{number}"))
        try:
            outcome.rejected += not read_one(known.get(call.path), call, outcome)
        except Exception as error:
            outcome.wrong.append(f"{seed}:{number} raises {type(error).__name__}: {error!s:.200}")
    return outcome


def read_one(subscription: Subscription | None, call: Call, outcome: Outcome) -> bool:
    """True when it would be stored, or was a handshake."""
    verdict = UNKNOWN
    if subscription:
        headers = {name.lower(): value for name, value in call.headers.items()}
        query, body = QueryDict(call.query).dict(), call.body[: LARGEST + 1]
        inbound = Inbound(call.method, query, headers, body)
        verdict = VENDORS[subscription.connection.vendor].receive(subscription, inbound)
    outcome.answers[f"{verdict.status // 100}xx"] += 1
    if subscription and verdict.authentic and verdict.store:
        outcome.states[state_of(subscription, escaped(call.body)[:LARGEST])] += 1
    verdict.body.encode()
    return verdict.status < 300


def state_of(subscription: Subscription, text: str) -> str:
    """What unpacking would make of it: a reader refuses in no other way than by ValueError."""
    readable(text).encode()
    try:
        hints = VENDORS[subscription.connection.vendor].unpack(subscription, text.encode())
        list(plausible(hints))
    except ValueError as error:
        storable(str(error)).encode()
        return "malformed"
    return "unpacked"


def rejections() -> int:
    return sum(Rejection.objects.values_list("count", flat=True))


def one(doors: list[Door], browser: Browser, seed: int, number: int, outcome: Outcome) -> None:
    call = a_call(doors, random.Random(f"{seed}:{number}"))
    try:
        status = call.send(browser).status_code
        if status < 300:
            stored = Delivery.objects.filter(state=Delivery.State.STORED)
            for pk in stored.values_list("pk", flat=True):
                tasks.unpack(pk)
    except Exception as error:
        outcome.wrong.append(f"{seed}:{number} raises {type(error).__name__}: {str(error)[:200]}")
        status = 500
    outcome.answers[f"{status // 100}xx"] += 1
    if status >= 500:
        outcome.wrong.append(f"{seed}:{number} is answered {status}")


def tidy(outcome: Outcome) -> None:
    """Deliveries are looked at as the admin shows them, counted and taken away."""
    for row in Delivery.objects.all():
        outcome.states[row.state] += 1
        if len(row.body) > LARGEST or row.state not in ("unpacked", "malformed"):
            outcome.wrong.append(f"delivery {row.pk} is {row.state}, {len(row.body):,} characters")
        if row.state == "malformed" and not row.sentence:
            outcome.wrong.append(f"delivery {row.pk} has no sentence")
        readable(row.body).encode()
    Delivery.objects.all().delete()
    OrmQ.objects.all().delete()


def bounded(doors: list[Door], outcome: Outcome) -> None:
    """A row per door and one for all other addresses, none of them large."""
    rows: list[tuple[int, Any]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT length(sample::text), length(sentence) FROM syncs_rejection")
        rows = cursor.fetchall()
    if len(rows) > len(doors) + 1:
        outcome.wrong.append(f"{len(rows)} rows of rejections at {len(doors)} doors")
    outcome.wrong += [f"a sample of {size}" for size, _ in rows if size > LARGEST_SAMPLE]
    outcome.wrong += [f"a sentence of {size}" for _, size in rows if size > LARGEST_SAMPLE]
