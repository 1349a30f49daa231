"""The reconciliation page in a rehearsal: its own figures beside sums over the stand-ins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Sum

from config.rehearsal.both_sides import ZERO, Ends, Ledger
from connections.documents import JOURNAL
from connections.models import Integration
from syncs.balance import journals, totals
from syncs.balance.rows import Cause, Cell, CellCause, CellPart, Share
from syncs.flow import Flow
from syncs.flows.boards import ItemFlow
from syncs.flows.documents import DocumentFlow
from syncs.flows.memo import OnMemo
from syncs.flows.purchases import LedgerFlow
from syncs.flows.standing_orders import StandingOrders
from syncs.registry import flows_of

NAMED = 10  # unexplained documents that a report names


def take(integration: Integration, both: Ends) -> tuple[dict[str, Any], list[str]]:
    """(what the page says, what is wrong with it). Where all documents go one way, into the ledger,
    the sums of both systems are compared, else those of what goes each way."""
    said = totals.report(integration)
    compared = is_whole(integration)
    wrong = unexplained(integration) + journals_by_hand(integration, both.ledger)
    if compared:
        cells = Cell.objects.filter(integration=integration)
        own = cells.exclude(share__in=(Share.BILLED, Share.FREED))
        rounded = CellCause.objects.filter(integration=integration, cause=Cause.ROUNDING)
        projects = added(own, "in_projects") - added(rounded, "amount")
        wrong += differing("the project system", projects, in_projects(integration, both))
        wrong += differing("the ledger", added(cells, "in_ledger"), in_ledger(both.ledger))
    elif names := of_flows(integration, LedgerFlow) + of_flows(integration, ItemFlow):
        compared, wrong = True, [*wrong, *each_way(integration, both, names)]
    shown = {name: said[name] for name in ("cells", "differences", "unexplained")}
    return {**shown, "compared": compared}, wrong


def each_way(integration: Integration, both: Ends, names: list[str]) -> list[str]:
    """What goes from the ledger into the project system, and the other way, each by its flows."""
    parts = CellPart.objects.filter(integration=integration)
    sent, ours = parts.filter(flow__in=names), of_flows(integration, DocumentFlow)
    ledger = sum((worth for name in names for key, worth in both.source.documents(name).items()
                  if key not in both.ledger.passed_over), ZERO)  # fmt: skip
    said = parts.filter(flow__in=ours)
    flows = flows_of(integration)
    kinds = {name: flow.kind for name, flow in flows.items() if isinstance(flow, DocumentFlow)}
    return [
        *differing("what begins in the ledger", added(sent, "in_ledger"), ledger),
        *differing("what was sent into the project system", added(sent, "in_projects"),
                   both.sent()),
        *differing("what begins in the project system", added(said, "in_projects"),
                   in_projects(integration, both) - both.returned(kinds)),
    ]  # fmt: skip


def of_flows(integration: Integration, kind: type[Flow]) -> list[str]:
    """Names of the flows of this kind; what follows from others is none of theirs."""
    return [name for name, flow in flows_of(integration).items()
            if isinstance(flow, kind) and not isinstance(flow, OnMemo)]  # fmt: skip


def is_whole(integration: Integration) -> bool:
    """All documents begin in the project system, and the page tells of each of their flows."""
    flows = [flow for flow in flows_of(integration).values() if flow.bookings or flow.shows]
    return all(isinstance(flow, (DocumentFlow, StandingOrders)) for flow in flows)


def added(rows: Any, column: str) -> Decimal:
    """Whatever the currency: the stand-ins' sums are so, too."""
    found: Decimal | None = rows.order_by().aggregate(all=Sum(column))["all"]
    return found or ZERO


def differing(side: str, said: Decimal, there: Decimal) -> list[str]:
    if said == there:
        return []
    return [f"reconciliation: {side} comes to {said:,.2f} on the page, {there:,.2f} in itself"]


def in_projects(integration: Integration, both: Ends) -> Decimal:
    """All documents of the flows that begin there; what follows from them is none of theirs."""
    names = of_flows(integration, DocumentFlow)
    return sum((both.source.in_effect(name) for name in names), ZERO)


def in_ledger(ledger: Ledger) -> Decimal:
    """All that is posted, and orders. What people typed and did not release counts nothing, nor
    what no list tells, which the page says."""
    left_out = ledger.uncounted | (ledger.hand_typed & ledger.undecided)
    standing = [worth for book in (ledger.documents, ledger.journals)
                for number, worth in book.items() if number not in left_out]  # fmt: skip
    return sum(standing, ZERO)


def journals_by_hand(integration: Integration, ledger: Ledger) -> list[str]:
    """What people booked without a document; nothing where no rule says which accounts count."""
    if not journals.counted(integration):
        return []
    said = CellPart.objects.filter(integration=integration, typed__kind=JOURNAL)
    numbers = ledger.hand_typed - ledger.uncounted
    there = sum((worth for one, worth in ledger.journals.items() if one in numbers), ZERO)
    return differing("what was booked by hand", added(said, "in_ledger"), there)


def unexplained(integration: Integration) -> list[str]:
    parts = CellPart.objects.filter(integration=integration, cause=Cause.UNEXPLAINED)
    return [
        f"reconciliation: {part.flow} {part.number} is not explained ({part.in_projects:,.2f} and "
        f"{part.in_ledger:,.2f}: {part.why})"
        for part in parts[:NAMED]
    ]
