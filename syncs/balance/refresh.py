"""Brings the kept rows up to now: what changed since the last pass, what the lists show, the sums.

A pass goes on where it stopped: it makes room after a while, and loses nothing when it is killed.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from connections.documents import LEDGER_ORDER, NO_EFFECT
from connections.models import Integration
from connections.transport import rate_limit, signs_of_life
from mappings.lookup import Lookup
from syncs.balance import by_hand, in_projects, journals
from syncs.balance.commitments import Billed
from syncs.balance.documents import Told
from syncs.balance.echoes import is_echo
from syncs.balance.on_boards import OnBoard
from syncs.balance.places import Terms
from syncs.balance.rows import (
    PLACE,
    BalanceReading,
    CauseSum,
    Cell,
    CellCause,
    CellPart,
    CellSum,
    Left,
)
from syncs.balance.sent import Sent
from syncs.flow import Context, Flow
from syncs.flows.boards import ItemFlow
from syncs.flows.documents import DocumentFlow
from syncs.flows.purchases import LedgerFlow, OrderFlow
from syncs.flows.relief import ReliefFlow
from syncs.flows.standing_orders import StandingOrders
from syncs.ingest import turns
from syncs.models import Record, Run, State
from syncs.reconciliation import looks
from syncs.registry import flows_of

KIND = "balance"  # of its runs; it is of no single flow
OVERLAP = dt.timedelta(minutes=10)  # what began early may be committed late
CHUNK = 200  # records that are worked out in one transaction
JUST_READ = dt.timedelta(minutes=1)
STRETCH = 60.0  # seconds in which one task works at it


def ask(integration: int) -> None:
    """By the button, and after the nightly comparison; a worker does it."""
    turns.ask(integration, KIND, KIND)


def refresh(integration: Integration, flow: str, run: Run) -> None:
    """One stretch of a pass; the last one asks the ledger and writes the sums."""
    reading, fresh = begin(integration)
    context, began = Context(integration, KIND), time.monotonic()
    asked = ask_about_drafts(integration) if fresh else 0
    terms = Terms(Lookup(integration))
    try:
        for some in changed(integration, reading):
            run.noted += worked_out(terms, integration, some)
            advance(reading, some[-1])
            signs_of_life.tell()
            rate_limit.go_on()
            if time.monotonic() - began > STRETCH:
                run.sentence = "It goes on behind what waits."
                ask(integration.pk)
                return
        reading.untold = list(read_lists(context))
        reading.left = [one for one in reading.untold if isinstance(one, Left)]
        finish(context, terms, reading)
    finally:
        run.requests = context.requests_used + asked
    cells = Cell.objects.filter(integration=integration)
    run.counts = {"documents": run.noted, "cells": cells.count(),
                  "differences": cells.filter(differs=True).count()}  # fmt: skip
    run.sentence = f"{run.counts['cells']} lines, {run.counts['differences']} with differences."


def ask_about_drafts(integration: Integration) -> int:
    """What people post in the ledger tells nobody. What moved there is carried, and is told by the
    next pass; until then it waits. Returns how many requests that took; none beyond their share."""
    requests = 0
    for name, flow in flows_of(integration).items():
        drafts = Record.objects.filter(
            integration=integration, flow=name, state=State.POSTED, destination_status="draft"
        )
        context = Context(integration, name)
        if isinstance(flow, DocumentFlow) and drafts.exists() and looks.within_share(context):
            with looks.charged(context):
                looks.ask_ledger(context, flow, JUST_READ, destination_status="draft")
        requests += context.requests_used
    return requests


def read_lists(context: Context) -> Iterator[str]:
    """What is in the lists alone. Yields sentences: what they do not tell."""
    named = by_hand.Listed()
    yield from by_hand.read(context, named)
    yield from journals.read(context, named)
    yield from in_projects.read(context)
    yield from untold(context)


def begin(integration: Integration) -> tuple[BalanceReading, bool]:
    """A pass that was broken off is gone on with. The second: it is a new one."""
    reading, _ = BalanceReading.objects.get_or_create(integration=integration)
    fresh = reading.whole
    if fresh:
        reading.began_at, reading.whole = timezone.now(), False
        if reading.read_to:
            reading.read_to, reading.read_pk = reading.read_to - OVERLAP, 0
        reading.save()
    return reading, fresh


def advance(reading: BalanceReading, last: Record) -> None:
    reading.read_to, reading.read_pk = last.changed_at, last.pk
    reading.save(update_fields=["read_to", "read_pk"])


def changed(integration: Integration, reading: BalanceReading) -> Iterator[list[Record]]:
    """Records that came to rest since, the oldest first, by an index."""
    names = [name for name, flow in flows_of(integration).items() if isinstance(flow, TOLD)]
    rows = Record.objects.filter(integration=integration).order_by("changed_at", "pk")
    while True:
        to, pk = reading.read_to, reading.read_pk
        behind = Q(changed_at__gt=to) | Q(changed_at=to, pk__gt=pk) if to else Q()
        some = list(rows.filter(behind, flow__in=names).only("pk", *FAMILY, "changed_at")[:CHUNK])
        if not some:
            return
        yield some


FAMILY = ("flow", "scope", "source_id")
Key = tuple[str, str, str]


TOLD = (DocumentFlow, LedgerFlow, StandingOrders, ItemFlow)


@transaction.atomic
def worked_out(terms: Terms, integration: Integration, some: Sequence[Record]) -> int:
    """Their parts anew. A relief is told with its billing. Returns how many documents that are."""
    flows = flows_of(integration)
    reliefs = {flow.billings: name for name, flow in flows.items() if isinstance(flow, ReliefFlow)}
    billings = {name: billing for billing, name in reliefs.items()}
    keys = {(billings.get(row.flow, row.flow), row.scope, row.source_id) for row in some}
    twins = {(reliefs[flow], scope, one) for flow, scope, one in keys if flow in reliefs}
    families = families_of(integration, keys | twins)
    made: list[CellPart] = []
    for flow, scope, source_id in keys & families.keys():
        relief = families.get((reliefs.get(flow, ""), scope, source_id), [])
        family = families[flow, scope, source_id]
        made += told(flows[flow], terms, family, flow in reliefs, relief)
    roots = [families[key][0].pk for key in keys & families.keys()]
    CellPart.objects.filter(record__in=roots).delete()
    CellPart.objects.bulk_create(made, batch_size=500)
    return len(roots)


def told(
    flow: Flow, terms: Terms, family: list[Record], relieves: bool, relief: list[Record]
) -> Iterator[CellPart]:
    """`relieves`: billings of this flow are taken off their commitments, by these records."""
    if is_echo(flow, family[0]):
        return
    if isinstance(flow, StandingOrders):
        yield from by_hand.order_parts(terms, family[0])
    elif isinstance(flow, ItemFlow):
        yield from OnBoard(family[0], terms, flow.shows).parts()
    elif isinstance(flow, LedgerFlow):
        yield from Sent(family[0], terms, flow.kind, flow.unapproved(family[0])).parts()
    elif isinstance(flow, DocumentFlow):
        first = family[0]
        void = flow.stage_of(first) == NO_EFFECT
        document = Told(family, terms, flow.kind, flow.unapproved(first), void)
        yield from document.parts()
        billed = Billed.of(document, relief) if relieves else None
        yield from billed.parts() if billed else ()


def families_of(integration: Integration, keys: set[Key]) -> dict[Key, list[Record]]:
    """Each with its differences, in order."""
    ids, flows = {key[2] for key in keys}, {key[0] for key in keys}
    rows = Record.objects.filter(integration=integration, flow__in=flows, source_id__in=ids)
    found = defaultdict[Key, list[Record]](list)
    for row in rows.order_by("revision"):
        key = row.flow, row.scope, row.source_id
        if key in keys:
            found[key].append(row)
    return {key: family for key, family in found.items() if family[0].revision == 1}


def untold(context: Context) -> Iterator[str]:
    """What no flow brings and no list tells, and flows of which these figures say nothing."""
    flows = flows_of(context.integration).values()
    if not any(isinstance(flow, (StandingOrders, OrderFlow)) or flow.shows == LEDGER_ORDER
               for flow in flows):  # fmt: skip
        ledger = context.integration.ledger
        yield f"Orders that people typed in {ledger} are not in these figures."
    for flow in flows:
        if (flow.bookings or flow.shows) and not isinstance(flow, TOLD):
            yield f"“{flow.label}” is not in these figures."
    if any(isinstance(flow, ItemFlow) for flow in flows):
        yield "Items that people typed on a board are not in these figures."


@transaction.atomic
def finish(context: Context, terms: Terms, reading: BalanceReading) -> None:
    """What is in the lists alone, and all sums anew. Pages show the old ones until the end."""
    integration = context.integration
    CellPart.objects.filter(integration=integration, record=None).delete()
    for told_by in (by_hand, journals, in_projects):
        typed = told_by.parts(context, terms)
        CellPart.objects.bulk_create(typed, batch_size=500)
    add_up(integration.pk)
    reading.as_of, reading.whole = reading.began_at, True
    reading.save()


def add_up(integration: int) -> None:
    """One row for each cell, and one for each of its causes, and what all come to by month; the
    database adds. Where both sides come to nothing and agree, nobody has anything to look at: that
    is no row."""
    for model in (CauseSum, CellSum, CellCause, Cell):
        model.objects.filter(integration=integration).delete()
    tables = {
        "cell": Cell, "cause": CellCause, "part": CellPart, "sums": CellSum, "whys": CauseSum,
    }  # fmt: skip
    names = {name: model._meta.db_table for name, model in tables.items()}
    place = ", ".join(PLACE)
    with connection.cursor() as cursor:
        for statement in (CELLS, CAUSES, CELL_SUMS, CAUSE_SUMS):
            cursor.execute(statement.format(**names, place=place), [integration])


CELLS = """
INSERT INTO {cell} (id, integration_id, {place}, in_projects, in_ledger, difference, documents,
                    differs)
SELECT cell, integration_id, {place}, SUM(in_projects), SUM(in_ledger),
       SUM(in_projects - in_ledger), COUNT(DISTINCT (record_id, typed_id)), BOOL_OR(cause <> '')
FROM {part} WHERE integration_id = %s GROUP BY cell, integration_id, {place}
HAVING SUM(in_projects) <> 0 OR SUM(in_ledger) <> 0 OR BOOL_OR(cause <> '')
"""
CAUSES = """
INSERT INTO {cause} (cell_id, integration_id, book, cause, amount, documents)
SELECT cell, integration_id, book, cause, SUM(in_projects - in_ledger),
       COUNT(DISTINCT (record_id, typed_id))
FROM {part} WHERE integration_id = %s AND cause <> '' GROUP BY cell, integration_id, book, cause
"""
CELL_SUMS = """
INSERT INTO {sums} (integration_id, book, project, share, currency, period, differs, number,
                    in_projects, in_ledger)
SELECT integration_id, book, project, share, currency, period, differs, COUNT(*), SUM(in_projects),
       SUM(in_ledger)
FROM {cell} WHERE integration_id = %s
GROUP BY integration_id, book, project, share, currency, period, differs
"""
CAUSE_SUMS = """
INSERT INTO {whys} (integration_id, book, project, share, currency, period, cause, number,
                    in_projects, in_ledger, amount, documents)
SELECT cell.integration_id, cell.book, project, share, currency, period, cause, COUNT(*),
       SUM(in_projects), SUM(in_ledger), SUM(amount), SUM(cause.documents)
FROM {cause} AS cause JOIN {cell} AS cell ON cell.id = cause.cell_id
WHERE cell.integration_id = %s
GROUP BY cell.integration_id, cell.book, project, share, currency, period, cause
"""
