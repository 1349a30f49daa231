"""What people booked in the ledger without a document: journals, read from its entries.

Of an entry counts what stands on accounts to which rules lead: the other side of an accrual (the
bank, what is owed, clearing) is nobody's cost. Which project and code it belongs to is told by the
rules read backwards, as of typed documents. A journal has no vendor.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from connections.documents import JOURNAL, ZERO, Found
from connections.errors import NeedsPerson, NoTry, Reason, Refused
from connections.models import Connection, Integration
from connections.pages import moments
from connections.registry import VENDORS, Ability
from mappings import chart
from mappings.models import AccountRule, CostCodeMapping
from syncs.balance.by_hand import Listed, Pairs, keep, last_of, left, months
from syncs.balance.places import Place, Terms, month, vars_of
from syncs.balance.rows import Book, Cause, CellPart, Share, TypedByHand
from syncs.coding.shapes import unpack_found
from syncs.flow import Context
from syncs.models import Record
from syncs.pipelines.progress import UNSETTLED
from syncs.reconciliation.looks import charged, within_share

WHY = (
    "It was booked in the ledger without a purchase document, and no record of the connector "
    "answers for it."
)
BLIND = " Its project is not known: the ledger does not show all dimensions of its entries."
NAMED = 5  # entries that a sentence names
Purpose = AccountRule.Purpose


class Counts(NamedTuple):
    """As what an account's lines count."""

    book: Place
    role: str = "cost"


COST = Place(Book.COST)
OF_PURPOSES = {  # what balances them (contra, clearing) counts nowhere
    Purpose.RETAINAGE_HELD: Counts(COST, "retainage"),
    Purpose.RETAINAGE_RELEASED: Counts(COST, "retainage"),
    Purpose.ROUNDING: Counts(COST, "rounding"),
    Purpose.MARKUP: Counts(COST),
    Purpose.COMMITMENT: Counts(Place(Book.COMMITMENT, share=Share.COMMITTED)),
    Purpose.CONTRACT_CHANGE: Counts(Place(Book.CONTRACT)),
}


def counted(integration: Integration) -> dict[str, Counts]:
    """Accounts to which rules lead, on whatever day."""
    purposes = AccountRule.objects.filter(integration=integration, purpose__in=OF_PURPOSES)
    found = {row.account: OF_PURPOSES[Purpose(row.purpose)] for row in purposes}
    codes = CostCodeMapping.objects.filter(integration=integration).order_by()
    return found | dict.fromkeys(codes.values_list("account", flat=True).distinct(), Counts(COST))


def of_all(ledger: Connection) -> list[str]:
    """Of all integrations with this ledger: they share what is known of it."""
    those = Integration.objects.filter(ledger=ledger)
    return sorted({account for one in those for account in counted(one) if account})


# -- reading --------------------------------------------------------------------------------------


def read(context: Context, named: Listed) -> Iterator[str]:
    """Brings the rows up to what the ledger's entries say now; `named`: its purchase documents.
    Yields sentences: what it does not tell."""
    ledger = context.integration.ledger
    missing = f"what people booked in {ledger} as a journal is not in these figures."
    if Ability.ENTRIES not in VENDORS[ledger.vendor].abilities:
        yield f"{ledger} lists no journals: {missing}"
        return
    if not counted(context.integration):
        yield f"No rule leads to an account: {missing}"
        return
    try:
        yield from read_months(context, named, missing)
    except (Refused, NeedsPerson) as error:
        yield f"{error.sentence} So {missing}"
        TypedByHand.objects.filter(system=ledger, kind=JOURNAL).delete()


def read_months(context: Context, named: Listed, missing: str) -> Iterator[str]:
    unread = months(context)
    with suppress(NoTry):  # it is away now
        if lacks := context.entry_ledger.why_no_entries():
            raise NeedsPerson(Reason.SETTINGS, lacks)
        take_chart(context)
        accounts = of_all(context.integration.ledger)
        unread = [one for one in unread if not read_month(context, accounts, one, named)]
    if unread:
        yield left("journals", unread)
    yield from unclear(context)
    yield (
        f"Journals that people booked in {context.integration.ledger} count on the accounts to "
        "which rules lead. On other accounts they are not in these figures."
    )


def take_chart(context: Context) -> None:
    """Of a file, where the ledger's services have none: it tells which accounts count money."""
    if context.can(Ability.CHART_FROM_FILE):
        context.chartless_ledger.take_accounts(chart.accounts_of(context.integration.ledger))


def unclear(context: Context) -> Iterator[str]:
    """What counts nowhere, as the ledger does not say whose it is."""
    accounts, ledger = counted(context.integration), context.integration.ledger
    rows = TypedByHand.objects.filter(system=ledger, kind=JOURNAL, document__has_key="unclear")
    found = [
        unpack_found(row.document)
        for row in rows.exclude(document__unclear="").order_by("number", "pk")
    ]
    told = [one for one in found if matters(one, accounts)]
    if told:
        more = f"; and {len(told) - NAMED} more" if len(told) > NAMED else ""
        yield (
            f"{ledger} does not say enough of {len(told)} entries to tell whether people booked "
            f"them. They are not in these figures: "
            f"{'; '.join(map(named_as, told[:NAMED]))}{more}."
        )


def matters(found: Found, accounts: dict[str, Counts]) -> bool:
    return not found.lines_known or any(line.account in accounts for line in found.lines)


def named_as(found: Found) -> str:
    return f"{found.number} of {moments.day(found.posting_date)} ({found.unclear})"


def read_month(context: Context, accounts: Sequence[str], first: dt.date, named: Listed) -> bool:
    """False: a limit forbids it now; what was known of it stays. Whose entries are of purchase
    documents is not known of a month whose documents were not read."""
    if first in named.unread or not within_share(context):
        return False
    try:
        with charged(context):
            booked = context.entry_ledger.booked(accounts, first, last_of(first))
            documents = named.numbers.get(first, set())
            theirs = strangers(context, [one for one in booked if one.number not in documents])
            keep(context, JOURNAL, first, theirs, lambda some: whole(context, some))
    except NoTry:
        return False
    return True


def whole(context: Context, some: Sequence[Found]) -> Pairs:
    return zip(some, context.entry_ledger.booked_whole(some), strict=True)


def strangers(context: Context, booked: Sequence[Found]) -> list[Found]:
    """Those that no record of any integration with this ledger answers for."""
    found: list[Found] = []
    for start in range(0, len(booked), 500):
        some = booked[start : start + 500]
        days, moving = ours(context, some), on_the_way(context, some)
        found += [
            one for one in some
            if not days[one.number] & {None, one.posting_date}
            and one.external_number not in moving
        ]  # fmt: skip
    return found


def ours(context: Context, some: Sequence[Found]) -> defaultdict[str, set[dt.date | None]]:
    """Numbers of journals that records posted, with their days; None where that is not known."""
    rows = Record.objects.filter(
        integration__ledger=context.integration.ledger, destination_kind=JOURNAL,
        destination_number__in=[one.number for one in some],
    )  # fmt: skip
    days = defaultdict[str, set[dt.date | None]](set)
    for number, day in rows.values_list("destination_number", "destination_date"):
        days[number].add(day)
    return days


def on_the_way(context: Context, some: Sequence[Found]) -> set[str]:
    """Numbers that records gave to journals of which it is not known yet what became of them."""
    moving = Q(state__in=UNSETTLED) | Q(destination_status="draft")
    rows = Record.objects.filter(
        moving, integration__ledger=context.integration.ledger, coded__kind=JOURNAL,
        coded__number__in=[one.external_number for one in some],
    )  # fmt: skip
    return set(rows.values_list("coded__number", flat=True))


# -- as parts of cells ----------------------------------------------------------------------------


def parts(context: Context, terms: Terms) -> Iterator[CellPart]:
    """Of all that is known, by the mapping tables as they are now."""
    accounts = counted(context.integration)
    rows = TypedByHand.objects.filter(system=context.integration.ledger, kind=JOURNAL)
    for row in rows.order_by("pk").iterator(chunk_size=1000):
        yield from parts_of(context, terms, row, accounts)


def parts_of(
    context: Context, terms: Terms, row: TypedByHand, accounts: dict[str, Counts]
) -> Iterator[CellPart]:
    found, integration = unpack_found(row.document), context.integration.pk
    if found.unclear:
        return
    for place, amount in amounts(terms, found, accounts).items():
        blind = not (place.project or found.lines_known)
        yield CellPart(
            integration_id=integration, cell=place.key(integration), **vars_of(place),
            in_projects=ZERO, in_ledger=amount, cause=Cause.IN_LEDGER, typed=row,
            why=f"{WHY}{BLIND}" if blind else WHY,
            source_id=row.remote_id, number=found.number, ledger_number=found.number,
            document_date=found.posting_date, ledger_url=found.url,
        )  # fmt: skip


def amounts(terms: Terms, found: Found, accounts: dict[str, Counts]) -> dict[Place, Decimal]:
    """A debit is a cost, a credit takes it back. What comes to nothing in one place is told
    nowhere: it was reversed there."""
    sums = defaultdict[Place, Decimal](lambda: ZERO)
    for line in found.lines:
        if counts := accounts.get(line.account):
            link = terms.project(dict(line.dimensions))
            place = dataclasses.replace(
                counts.book, project=link.project_number if link else "",
                period=month(found.posting_date), currency=terms.currency(found.currency),
            )  # fmt: skip
            line = dataclasses.replace(line, role=counts.role)
            sums[place.coded(terms.code(line, link, found.posting_date))] += line.amount
    return {place: amount for place, amount in sums.items() if amount}
