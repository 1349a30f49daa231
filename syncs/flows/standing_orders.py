"""Purchase orders as they stand in the ledger. Nothing of this flow is ever written anywhere.

Orders that we made are compared as soon as the ledger's list shows that somebody changed them.
Orders that people typed themselves are commitments which the project system does not know: each
is kept here with its vendor, amount and projects, to be seen and counted.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from connections.amounts import Kind
from connections.documents import LEDGER_ORDER, PURCHASE_ORDER, Hint, LedgerDocument
from connections.errors import NotForOtherSide, RetryLater, WaitsForOther
from connections.registry import Ability
from mappings.lookup import Lookup
from mappings.models import Reference
from syncs.coding.snapshot import digest, pack
from syncs.flow import Context, Flow, Scope, before_cutover
from syncs.flows.waiting import MOVING, SOON
from syncs.ingest.noting import ledger_change, note_all
from syncs.models import FlowSettings, Record, State
from syncs.pipelines.engine import ending, in_hand
from syncs.reconciliation import reconcile

RELEASED = "released"
STANDING = ("draft", "pending_approval", RELEASED)
OURS = "ours"
SELDOM = dt.timedelta(minutes=10)
Shares = dict[str, Decimal]  # by project number; "" where none can be told


class StandingOrders(Flow):
    about = (
        "Nothing is written by this flow. Orders that people typed themselves are shown here with "
        "vendor, amount and project, counted as “typed by hand in the ledger” by the "
        "reconciliation, and never written to. Orders that other flows made are compared as soon "
        "as somebody changed them in the ledger; their own record says what differs."
    )
    links = False
    source = "ledger"
    batch = 20
    needs_ledger = frozenset({Ability.PURCHASES})

    @property
    def money(self) -> Kind:
        return Kind.COMMITMENTS

    @property
    def heeds(self) -> frozenset[str]:
        """Which orders count. It writes nothing that could be approved."""
        return frozenset({"start_date", "projects"})

    def scopes(self, context: Context) -> list[Scope]:
        return [Scope()]

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """People's own. Ours are left to `watch`, which has their own records compared."""
        hints = list(context.purchase_ledger.purchase_changes(LEDGER_ORDER, since, until))
        rows = Record.objects.filter(
            integration__ledger=context.integration.ledger, destination_kind=PURCHASE_ORDER,
            destination_id__in=[hint.source_id for hint in hints],
        )  # fmt: skip
        totals = dict(rows.values_list("destination_id", "destination_total"))
        for hint in hints:
            if hint.source_id in totals:
                context.ours.append(certain(hint, totals[hint.source_id]))
            else:
                yield hint

    def watch(self, context: Context) -> int:
        """What people changed on orders of ours. What we caused ourselves is recognised."""
        return sum(
            ledger_change(context.integration, hint.source_id, hint.updated_at)
            for hint in context.ours
        )

    def carry(self, context: Context, records: list[Record]) -> None:
        """One request for all of them."""
        context.about(None)
        ids = [record.source_id for record in records]
        found = {one.id: one for one in context.purchase_ledger.purchases(LEDGER_ORDER, ids)}
        for record in records:
            with ending(in_hand(context, record)):
                order = found.get(record.source_id)
                raise self.told(context, record, order) if order else left(context, record)

    def told(self, context: Context, record: Record, order: LedgerDocument) -> Exception:
        """What it is, with the facts of it kept."""
        shares = by_project(context.book, pack(order)["lines"])
        note(record, order, shares)
        ledger = context.integration.ledger
        if ours := Record.objects.owner(ledger, PURCHASE_ORDER, order.id, order.number):
            record.keep(source_status=OURS)
            return NotForOtherSide(f"It is ours ({ours}): it is compared there.")
        if other := under_way(context, order):
            at = timezone.now() + (SOON if other.state in MOVING else SELDOM)
            return WaitsForOther(f"Whose it is shows once {other} is not in doubt any more.", at)
        if rule := left_out(context.settings, order.date, shares):
            return NotForOtherSide(f"Typed by hand in the ledger. {rule}")
        return NotForOtherSide(sentence(order, shares, foreign(context.book, order.currency)))

    def reconcile(self, context: Context) -> dict[str, Any]:
        """All orders: those that left, those that became ours, and what people's own come to."""
        hints = reconcile.everything(context, self, Scope(), timezone.now())
        listed = {hint.source_id for hint in hints}
        known = typed(context).values_list("source_id", "number")
        again = [Hint(key, number=number) for key, number in known if key not in listed]
        noted = note_all(context.integration, self.name, [*hints, *again], "reconciliation")
        counts = {"listed": len(hints) + len(context.ours), "ours": len(context.ours)}
        return {**counts, "noted": noted, "compared": self.watch(context), **worth(context)}


def certain(hint: Hint, total: Decimal | None) -> Hint:
    """Another total is a change, whatever the two clocks say."""
    return hint if total in (None, hint.amount) else dataclasses.replace(hint, updated_at=None)


def note(record: Record, order: LedgerDocument, shares: Shares) -> None:
    projects = sorted(filter(None, shares))
    record.keep(
        number=order.number, title=f"{order.vendor_name} {order.number}"[:500],
        vendor_id=order.vendor, vendor_name=order.vendor_name[:300], amount=order.total,
        currency=order.currency, document_date=order.date, project=", ".join(projects)[:100],
        source_status=order.status, source_url=order.url, source=pack(order), digest=digest(order),
        source_updated_at=order.updated_at, missing_since=None,
    )  # fmt: skip


def by_project(book: Lookup, lines: list[dict[str, Any]]) -> Shares:
    """What each project's lines come to, tax included."""
    shares: Shares = defaultdict(Decimal)
    for line in lines:
        link = book.project_of(dict(line["dimensions"]))
        worth = Decimal(line["amount"]) + Decimal(line["tax"])
        shares[link.project_number if link else ""] += worth
    return {number: amount for number, amount in shares.items() if amount or number}


def under_way(context: Context, order: LedgerDocument) -> Record | None:
    """An order of ours to this vendor of which nobody knows yet whether it stands."""
    rows = Record.objects.filter(
        Q(intent_at__isnull=False) | Q(in_doubt_since__isnull=False),
        integration=context.integration, destination_id="", coded__kind=PURCHASE_ORDER,
        coded__vendor__iexact=order.vendor,
    )  # fmt: skip
    return rows.first()


def left(context: Context, record: Record) -> Exception:
    """The list has it no more: billed in full, or deleted."""
    number = record.number or record.source_id
    where = context.purchase_ledger.whereabouts(LEDGER_ORDER, record.source_id, record.number)
    if where == "unknown":
        return RetryLater(f"Order {number} cannot be read now.")
    record.keep(source_status=where)
    ended = "invoiced in full" if where == "invoiced" else where
    return NotForOtherSide(f"Order {number} was {ended} in the ledger: it is not open any more.")


def left_out(settings: FlowSettings, day: dt.date | None, shares: Shares) -> str:
    """By finance's choices for this flow; in a sentence, or empty."""
    if rule := before_cutover(settings, day):
        return f"{rule.removesuffix('.')}: it is not counted."
    if settings.projects and not set(settings.projects) & set(shares):
        return "None of its projects is among this flow's projects: it is not counted."
    return ""


def sentence(order: LedgerDocument, shares: Shares, currency: str) -> str:
    amount = f"{order.total:,.2f} {currency}".strip()
    what = f"order {order.number} of {order.vendor_name or order.vendor} for {amount}"
    counts = "It counts as a commitment"
    if order.status != RELEASED:
        counts = f"It is {order.status.replace('_', ' ')}: it counts once it is released"
    return (
        f"Typed by hand in the ledger: {what}, {places(shares)}. {counts}, and is never written to."
    )


def places(shares: Shares) -> str:
    if not set(shares) - {""}:
        return "no project can be told from its lines"
    if len(shares) == 1:
        return f"project {next(iter(shares))}"
    listed = [f"{name or 'none'} ({amount:,.2f})" for name, amount in sorted(shares.items())]
    return f"projects {', '.join(listed)}"


def foreign(book: Lookup, currency: str) -> str:
    """Empty for the ledger's own currency, which it names or leaves out."""
    window = book.references(Reference.Kind.WINDOW).get(("", "window"))
    return "" if window and window.data.get("currency") == currency else currency


# -- what people's own come to --------------------------------------------------------------------


def typed(context: Context) -> QuerySet[Record]:
    """People's own that stood in the ledger when they were last read."""
    return Record.objects.filter(
        integration=context.integration, flow=context.flow, state=State.SKIPPED,
        source_status__in=STANDING,
    )  # fmt: skip


def worth(context: Context) -> dict[str, Any]:
    """For the reconciliation: how many, and what they come to per project."""
    settings, found, waiting = context.settings, 0, 0
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in typed(context).iterator(chunk_size=1000):
        shares = by_project(context.book, row.source.get("lines", []))
        if left_out(settings, row.document_date, shares):
            continue
        if row.source_status != RELEASED:
            waiting += 1
            continue
        found += 1
        for number, amount in shares.items():
            if not settings.projects or number in settings.projects:
                sums[number, foreign(context.book, row.currency)] += amount
    listed = {
        f"of {f'project {number}' if number else 'no project'} {currency}".strip(): f"{amount:,.2f}"
        for (number, currency), amount in sorted(sums.items())
    }
    return {"typed by hand in the ledger": found, "not released yet": waiting, **listed}
