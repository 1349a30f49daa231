"""Carries claimed records to a state. Knows no vendor: flows and roles answer for them.

What may stand in the ledger is looked up first; a write that is not safe to repeat is announced in
the record before it is sent and never blindly repeated; "posted" is only what was read back.
"""

from __future__ import annotations

import datetime as dt
import logging
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
from syncs.flow import Context
from syncs.models import ClaimLost, FlowSettings, Record
from syncs.registry import flow_of

log = logging.getLogger(__name__)

WHILE_STOPPED = dt.timedelta(minutes=10)  # releasing the brake makes them due at once


class Stopped(NoTry):
    """The brake is on: nothing was tried."""


class GateShut(NeedsPerson):
    """A gate holds a write before it is sent: what is in doubt from before stays in doubt."""


def run(ids: Sequence[int]) -> int:
    """Carry those of the records that can be claimed. Safe to call twice. Returns how many."""
    claimed = [record for pk in ids if (record := Record.objects.claim(pk))]
    claimed.sort(key=lambda record: (record.integration_id, record.flow, record.pk))
    for _, group in groupby(claimed, key=lambda record: (record.integration_id, record.flow)):
        carry(list(group))
    return len(claimed)


def carry(records: list[Record]) -> None:
    """One batch of one flow. Whatever happens, each record leaves `running`."""
    first = records[0]
    context = Context(first.integration, first.flow)
    try:
        check_brake(context.settings)
        flow_of(first).carry(context, records)
    except ConnectorError as error:
        wait(records, error.sentence, error)
    except Exception as error:
        log.exception("a batch of %s broke", first.flow)
        wait(records, f"Unexpected: {type(error).__name__}. It is tried again.")
    finally:
        count_requests(records, context.requests_used)


def check_brake(settings: FlowSettings) -> None:
    """Raises Stopped while finance has it stopped or switched off."""
    if settings.stopped or not settings.enabled:
        raise Stopped(f"The flow {settings.label} is stopped.", timezone.now() + WHILE_STOPPED)


def count_requests(records: list[Record], used: int) -> None:
    """A batch shares its requests evenly; the first takes what does not divide."""
    share, rest = divmod(used, len(records))
    for index, record in enumerate(records):
        add = share + (rest if index == 0 else 0)
        Record.objects.filter(pk=record.pk).update(requests=F("requests") + add)


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
            doubt = isinstance(error, GateShut)
            record.hold(error.reason, error.sentence, problems_of(error), still_in_doubt=doubt)
        except Refused as error:
            facts = [{"reason": Reason.REFUSED, "sentence": error.sentence, "code": error.code}]
            record.hold(Reason.REFUSED, error.sentence, facts)
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


def problems_of(error: NeedsPerson) -> list[dict[str, object]]:
    """What the page lists: all problems found, or the one."""
    listed = error.detail.get("problems")
    if isinstance(listed, list):
        return listed
    return [{"reason": str(error.reason), "sentence": error.sentence, **error.detail}]
