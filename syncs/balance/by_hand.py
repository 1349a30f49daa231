"""What people typed into the ledger themselves, read from its lists and not from our records.

A list shows headers. What no record answers for is read whole once, and again when the list shows
it otherwise. What cannot be listed is said, never taken as nothing.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial

from django.db.models import Max, Min, Q

from connections.documents import (
    CREDIT_MEMO,
    PURCHASE_INVOICE,
    ZERO,
    CodedDocument,
    CodedLine,
    Found,
)
from connections.errors import ConnectorError, NoTry
from connections.pages import moments
from connections.registry import VENDORS, Ability
from connections.transport.days import today
from syncs.balance.causes import Why
from syncs.balance.places import Place, Terms, month, vars_of
from syncs.balance.rows import Book, Cause, CellPart, Left, Share, TypedByHand
from syncs.coding.shapes import pack_found, unpack_found
from syncs.flow import Context
from syncs.flows.purchases import LedgerFlow
from syncs.flows.standing_orders import RELEASED
from syncs.models import Record, State
from syncs.reconciliation.looks import charged, within_share
from syncs.record import AS_SOURCE
from syncs.registry import flows_of

KINDS = (PURCHASE_INVOICE, CREDIT_MEMO)
BACK = 24  # months before this one whose lists are read
TOGETHER = 20  # documents that are read whole at one go
WHY = "The ledger lists it, and no record of the connector answers for it."


@dataclasses.dataclass
class Listed:
    """What the lists named on the way."""

    numbers: dict[dt.date, set[str]] = dataclasses.field(default_factory=dict)  # by month
    unread: set[dt.date] = dataclasses.field(default_factory=set)  # months, for whatever kind


def read(context: Context, named: Listed) -> Iterator[str]:
    """Brings the rows up to what the ledger lists now. Yields sentences: what it does not tell."""
    ledger = context.integration.ledger
    if Ability.LISTS not in VENDORS[ledger.vendor].abilities:
        yield (
            f"{ledger} does not list its purchase invoices and credit memos by month: one that was "
            "typed there by hand and that no record answers for is not in these figures."
        )
        return
    listed = context.listing_ledger.lists
    for kind in KINDS:
        name = kind.replace("_", " ")
        if kind not in listed:
            yield f"{ledger} lists no {name}s: those typed by hand are not in these figures."
            continue
        unread = [one for one in months(context) if not read_month(context, kind, one, named)]
        named.unread.update(unread)
        if unread:
            yield left(f"{name}s", unread)


def left(what: str, unread: Sequence[dt.date]) -> Left:
    told = ", ".join(moments.month(one) for one in unread)
    return Left(f"Not read again this time, so as it was before: {what} of {told}.")


def months(context: Context) -> list[dt.date]:
    """From the first in which anything of ours is dated; the latest first."""
    rows = Record.objects.filter(integration=context.integration).order_by()
    known = rows.aggregate(
        first=Min("document_date"), posted=Min("destination_date"), last=Max("destination_date")
    )
    now = today()
    first = min(filter(None, (known["first"], known["posted"], now)))
    last = max(filter(None, (known["last"], now)))
    found: list[dt.date] = []
    one = last.replace(day=1)
    while one >= first.replace(day=1) and len(found) <= BACK:
        found.append(one)
        one = (one - dt.timedelta(days=1)).replace(day=1)
    return found


def read_month(context: Context, kind: str, first: dt.date, named: Listed) -> bool:
    """False: a limit forbids it now; what was known of it stays."""
    if not within_share(context):
        return False
    try:
        with charged(context):
            listed = context.listing_ledger.listed(kind, first, last_of(first))
            named.numbers.setdefault(first, set()).update(one.number for one in listed)
            theirs = strangers(context, kind, listed)
            keep(context, kind, first, theirs, partial(read_whole, context, kind))
    except NoTry:
        return False
    return True


def last_of(first: dt.date) -> dt.date:
    """The last day of the month that begins then."""
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


Pairs = Iterable[tuple[Found, Found]]  # as a list shows it, and whole


def keep(
    context: Context, kind: str, first: dt.date, those: Sequence[Found],
    whole_of: Callable[[Sequence[Found]], Pairs],
) -> None:  # fmt: skip
    """Those of the month that are nobody's; the ones that left the list go."""
    theirs = {one.id: one for one in those}
    mine = TypedByHand.objects.filter(system=context.integration.ledger, kind=kind)
    mine.filter(listed_in=f"{first:%Y-%m}").exclude(remote_id__in=theirs).delete()
    known = dict(mine.filter(remote_id__in=theirs).values_list("remote_id", "stamp"))
    news = [one for one in theirs.values() if known.get(one.id) != stamp_of(one)]
    for start in range(0, len(news), TOGETHER):
        for header, whole in whole_of(news[start : start + TOGETHER]):
            mine.update_or_create(
                system=context.integration.ledger, kind=kind, remote_id=header.id,
                defaults={"number": whole.number, "listed_in": f"{first:%Y-%m}",
                          "stamp": stamp_of(header), "document": pack_found(whole)},
            )  # fmt: skip


def strangers(context: Context, kind: str, listed: Sequence[Found]) -> list[Found]:
    """Posted documents that no record of any integration with this ledger answers for. One that
    is cancelled, and what takes it back, come to nothing together. A list of all transactions
    shows the other kind below zero."""
    posted = [
        one for one in listed if one.status == "posted" and not one.takes_back and one.total > 0
    ]
    ours: set[str] = set()
    for start in range(0, len(posted), 500):
        some = posted[start : start + 500]
        ours |= owned(context, kind, some)
    return [one for one in posted if one.id not in ours]


def owned(context: Context, kind: str, some: Sequence[Found]) -> set[str]:
    """Ids of those that a record sent there, or took from there."""
    ledger = context.integration.ledger
    ids, numbers = [one.id for one in some if one.id], [one.number for one in some if one.number]
    rows = Record.objects.filter(integration__ledger=ledger).order_by()
    sent = rows.filter(Q(destination_id__in=ids) | Q(destination_number__in=numbers))
    taken = rows.filter(Q(source_id__in=ids) | Q(number__in=numbers))
    taken = taken.filter(source__kind=AS_SOURCE[kind])
    made = sent.filter(destination_kind=kind).values_list("destination_id", "destination_number")
    known = {name for pair in made for name in pair}
    known |= {name for pair in taken.values_list("source_id", "number") for name in pair}
    return {one.id for one in some if {one.id, one.number} & (known - {""})}


def read_whole(context: Context, kind: str, some: Sequence[Found]) -> Iterator[tuple[Found, Found]]:
    """With their lines; those that turn out not to be posted, or are gone, are left out. One that
    cannot be read with its lines counts by its header."""
    asked = [(one, asked_of(kind, one)) for one in some]
    try:
        answers = context.ledger.read_many(asked)
    except NoTry:
        raise
    except ConnectorError:
        if len(some) > 1:
            for one in some:
                yield from read_whole(context, kind, [one])
            return
        answers = list(some)
    for header, answer in zip(some, answers, strict=True):
        if answer is not None and answer.status == "posted":
            yield header, answer


def asked_of(kind: str, found: Found) -> CodedDocument:
    """As much as a ledger has to be told of a document that is not ours."""
    day = found.posting_date or today()
    return CodedDocument(
        kind, found.external_number or found.number, found.vendor, "", day, day, "", (), found.total
    )


def stamp_of(header: Found) -> str:
    lines = "".join(f" {line.account} {line.amount}" for line in header.lines)
    said = f"{header.number} {header.status} {header.total} {header.changed_at}{lines}"
    said += header.unclear + header.read_by
    return hashlib.sha256(said.encode()).hexdigest()[:40]


# -- as parts of cells ----------------------------------------------------------------------------


def parts(context: Context, terms: Terms) -> Iterator[CellPart]:
    """Of all that is known, by the mapping tables as they are now."""
    rows = TypedByHand.objects.filter(system=context.integration.ledger, kind__in=KINDS)
    rows = rows.order_by("pk")
    for row in rows.iterator(chunk_size=1000):
        yield from parts_of(context, terms, row)


def parts_of(context: Context, terms: Terms, row: TypedByHand) -> Iterator[CellPart]:
    found, cause = unpack_found(row.document), why_alone(context, row.kind)
    integration = context.integration.pk
    for place, amount in amounts(terms, row, found).items():
        yield CellPart(
            integration_id=integration, cell=place.key(integration), **vars_of(place),
            in_projects=ZERO, in_ledger=amount, cause=cause.cause, why=cause.sentence, typed=row,
            source_id=row.remote_id, number=found.external_number or found.number,
            ledger_number=found.number, document_date=found.posting_date, ledger_url=found.url,
        )  # fmt: skip


def why_alone(context: Context, kind: str) -> Why:
    """Where the ledger's documents are brought from there, those of a kind that no flow brings are
    not typed by anybody's mistake."""
    flows = flows_of(context.integration).values()
    brought = {one.kind if isinstance(one, LedgerFlow) else one.shows for one in flows} - {""}
    if not brought or AS_SOURCE[kind] in brought:
        return Why(Cause.IN_LEDGER, WHY)
    name, sides = kind.replace("_", " "), context.integration
    return Why(
        Cause.NOT_CARRIED,
        f"No flow of this integration brings a {name} from {sides.ledger} to "
        f"{sides.project_system}.",
    )


def order_parts(terms: Terms, record: Record) -> Iterator[CellPart]:
    """An open order that people typed and released: a commitment of the ledger alone."""
    if record.state != State.SKIPPED or record.source_status != RELEASED:
        return
    sums = defaultdict[Place, Decimal](lambda: ZERO)
    vendor, name = terms.vendor(record.vendor_id, record.vendor_name)
    whole = Place(
        Book.COMMITMENT, vendor=vendor, vendor_name=name, period=month(record.document_date),
        currency=terms.currency(record.currency), share=Share.COMMITTED,
    )  # fmt: skip
    for line in record.source.get("lines", []):
        one = CodedLine(line["account"], ZERO, "", tuple(map(tuple, line["dimensions"])))
        link = terms.project(dict(one.dimensions))
        place = dataclasses.replace(whole, project=link.project_number if link else "")
        sums[place.coded(terms.code(one, link))] += Decimal(line["amount"]) + Decimal(line["tax"])
    for place, amount in sums.items():
        yield CellPart(
            integration_id=record.integration_id, cell=place.key(record.integration_id),
            **vars_of(place), in_projects=ZERO, in_ledger=amount, cause=Cause.IN_LEDGER,
            why=record.sentence, record=record, flow=record.flow, source_id=record.source_id,
            number=record.number, ledger_number=record.number,
            document_date=record.document_date, ledger_url=record.source_url,
        )  # fmt: skip


def amounts(terms: Terms, row: TypedByHand, found: Found) -> dict[Place, Decimal]:
    """By the line's project and code; what its lines do not say has neither."""
    turn = -1 if row.kind == CREDIT_MEMO else 1
    vendor, name = terms.vendor(found.vendor, found.vendor)
    whole = Place(
        Book.COST, vendor=vendor, vendor_name=name,
        period=month(found.posting_date) or first_of(row), currency=terms.currency(found.currency),
    )  # fmt: skip
    sums = defaultdict[Place, Decimal](lambda: ZERO)
    for line in found.lines:
        link = terms.project(dict(line.dimensions))
        place = dataclasses.replace(whole, project=link.project_number if link else "")
        sums[place.coded(terms.code(line, link))] += turn * (line.amount + line.tax)
    said = sum(sums.values(), ZERO)
    sums[whole] += turn * found.total - said
    return {place: amount for place, amount in sums.items() if amount}


def first_of(row: TypedByHand) -> dt.date:
    """Of the month whose list shows it."""
    return dt.date.fromisoformat(f"{row.listed_in}-01")
