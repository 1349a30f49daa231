"""Carries claimed records to a state. Knows no vendor: flows and roles answer for them.

What may stand in the ledger is looked up first; a write that is not safe to repeat is announced in
the record before it is sent and never blindly repeated; "posted" is only what was read back.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from django.db import connection as database
from django.db.models import F
from django.utils import timezone

from connections.errors import (
    ConnectorError,
    InDoubt,
    NeedsPerson,
    NotForOtherSide,
    NoTry,
    Reason,
    Refused,
    RetryLater,
)
from syncs.catalogue import telling
from syncs.flow import Context, Flow
from syncs.models import ClaimLost, FlowSettings, Record
from syncs.morning.measure import measured
from syncs.registry import flow_of

log = logging.getLogger(__name__)

WHILE_STOPPED = dt.timedelta(minutes=10)  # releasing the brake makes them due at once


class Stopped(NoTry):
    """The brake is on: nothing was tried."""


class GateShut(NeedsPerson):
    """Held before anything was asked or sent: what is in doubt from before stays in doubt."""


def run(ids: Sequence[int]) -> int:
    """Carry those of the records that can be claimed. Safe to call twice. Returns how many."""
    claimed = Record.objects.claim(ids)
    claimed.sort(key=lambda record: (record.integration_id, record.flow, record.pk))
    for _, group in groupby(claimed, key=lambda record: (record.integration_id, record.flow)):
        carry(list(group))
    return len(claimed)


def carry(records: list[Record]) -> None:
    """One batch of one flow. Whatever happens, each record leaves `running`."""
    first = records[0]
    context = Context(first.integration, first.flow)
    for record in records:
        record.integration = context.integration  # one row for all of them
    try:
        with measured(context, records):
            check_brake(context.settings)
            together(context, flow_of(first), records)
    except ConnectorError as error:
        wait(records, error.sentence, error)
    except Exception as error:
        log.exception("a batch of %s broke", first.flow)
        wait(records, f"Unexpected: {type(error).__name__}. It is tried again.")
    finally:
        count_requests(records, context.requests_used)


def together(context: Context, flow: Flow, records: list[Record]) -> None:
    """What all of them share is asked once. Where that fails it is asked for each alone, so that
    one number which the other system cannot search for stops nobody else."""
    alone = len(records) == 1
    try:
        flow.carry(context, records)
    except (Refused, NeedsPerson) as error:
        if not alone:
            apart(context, flow, records)
        elif records[0].claim is not None:
            with ending(in_hand(context, records[0])):
                raise unread(error) from error
    except RetryLater as error:
        if alone or error.at or isinstance(error, NoTry):
            raise
        apart(context, flow, records)


def apart(context: Context, flow: Flow, records: list[Record]) -> None:
    """In any order: the first that has to wait ends it, as the other system may be down."""
    for record in random.sample(records, len(records)):
        if record.claim is not None:
            together(context, flow, [record])


def unread(error: Refused | NeedsPerson) -> NeedsPerson:
    """Nothing could be looked up: a person is needed, and what was in doubt before still is."""
    if isinstance(error, NeedsPerson):
        return GateShut.in_words(error.untold, error.reason, error.sentence, **error.detail)
    return refusal(error, GateShut)


def check_brake(settings: FlowSettings) -> None:
    """Raises Stopped while finance has it stopped or switched off."""
    if settings.stopped or not settings.enabled:
        raise Stopped(f"The flow {settings.label} is stopped.", timezone.now() + WHILE_STOPPED)


def count_requests(records: list[Record], used: int) -> None:
    """A batch shares its requests evenly; the first takes what does not divide."""
    share, rest = divmod(used, len(records))
    for some, add in ((records[:1], share + rest), (records[1:], share)):
        if some and add:
            mine = Record.objects.filter(pk__in=[record.pk for record in some])
            mine.update(requests=F("requests") + add)


def wait(records: list[Record], sentence: str, error: Exception | None = None) -> None:
    """Those still in our hands go back, to be tried later."""
    for record in records:
        if record.claim is not None:
            with ending(record):
                raise error if isinstance(error, RetryLater) else RetryLater(sentence)


def in_hand(context: Context, record: Record) -> Record:
    """From now on journal lines and the lease are this record's."""
    context.about(record)
    return record


@contextmanager
def ending(record: Record) -> Iterator[None]:
    """Whatever is raised inside becomes the state of the record, in this one place."""
    try:
        try:
            yield
        except NoTry as error:
            record.retry(error.sentence, error.at, counted=False)
        except RetryLater as error:
            record.retry(error.sentence, error.at)
        except InDoubt as error:
            record.retry(error.sentence)
        except NotForOtherSide as error:
            record.skip(error.sentence)
        except NeedsPerson as error:
            hold(record, error, still_in_doubt=isinstance(error, GateShut))
        except Refused as error:
            hold(record, refusal(error, NeedsPerson))
        except ClaimLost:
            raise
        except Exception as error:
            log.exception("record %s broke", record.pk)
            record.retry(f"Unexpected: {type(error).__name__}. It is tried again.")
    except ClaimLost as error:
        log.warning("%s", error)
        record.claim = None
    finally:
        if database.in_atomic_block and database.needs_rollback:
            log.error("record %s left a broken transaction", record.pk)


def hold(record: Record, error: NeedsPerson, *, still_in_doubt: bool = False) -> None:
    """With a sentence that the catalogue knows, where the other system's words told no rule."""
    found = telling.told(record, error)
    record.hold(found.reason, found.sentence, problems_of(found), still_in_doubt=still_in_doubt)


def refusal(error: Refused, kind: type[NeedsPerson]) -> NeedsPerson:
    """In the other system's words."""
    return kind.in_words(error.untold, Reason.REFUSED, error.sentence, code=error.code)


def problems_of(error: NeedsPerson) -> list[dict[str, object]]:
    """What the page lists: all problems found, or the one."""
    listed = error.detail.get("problems")
    if isinstance(listed, list):
        return listed
    return [{"reason": str(error.reason), "sentence": error.sentence, **error.detail}]
