"""The documents of a month: ours by their date, and what people typed, each with where it is.

One expression in the database says where a record is. A record whose state it does not know is in
no bucket, and then the month does not add up.
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    CharField,
    F,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import MD5, Cast, Concat

from connections.amounts import Kind
from connections.errors import Reason
from connections.models import Integration
from syncs.balance.causes import SHOWN
from syncs.balance.documents import PLACES
from syncs.balance.places import Place
from syncs.balance.rows import Book, CellPart
from syncs.closing.rows import OPEN, Bucket
from syncs.flow import Flow
from syncs.models import Record, State
from syncs.pipelines.posted import DELETED
from syncs.registry import flows_of
from syncs.worklist.care import AS_DRAFT, FOR_PEOPLE, IN_BOOKS, IN_SHADOW, NOT_THERE

Row = dict[str, Any]
COLUMNS = (
    "key", "record", "flow", "number", "vendor", "project", "amount", "currency", "document_date",
    "bucket", "why", "other_number", "other_total", "stamp",
)  # fmt: skip
DELETED_THERE = Q(state=State.SKIPPED, source_status=DELETED)
WHERE = {  # each record whose state is known is in exactly one
    Bucket.IN_DOUBT: Q(state=State.IN_DOUBT),
    Bucket.ON_ITS_WAY: Q(state__in=[State.PENDING, State.RUNNING]) | AS_DRAFT,
    Bucket.SHADOW: IN_SHADOW,
    Bucket.HELD: FOR_PEOPLE,
    Bucket.SET_ASIDE: Q(state=State.SET_ASIDE),
    Bucket.GONE: DELETED_THERE | NOT_THERE,
    Bucket.SKIPPED: Q(state=State.SKIPPED) & ~DELETED_THERE,
    Bucket.POSTED: IN_BOOKS,
}
BUCKET = Case(
    *(When(where, then=Value(one)) for one, where in WHERE.items()),
    default=Value(""),
    output_field=CharField(),
)
ORDER = Case(
    *(When(bucket=one, then=Value(place)) for place, one in enumerate(Bucket, 1)),
    default=Value(0),
    output_field=IntegerField(),
)
STAMPED = (
    "bucket", "number", "vendor_id", "amount", "currency", "document_date", "destination_number",
    "destination_total",
)  # fmt: skip
BAR = Value("|")


def stamp() -> MD5:
    """Of what makes a document another one. Its sentence does not."""
    parts: list[Any] = []
    for name in STAMPED:
        parts += [Cast(F(name), TextField()), BAR]
    return MD5(Concat(*parts, output_field=TextField()))


def flows(integration: Integration) -> dict[str, Flow]:
    """Those whose records are documents of money, in the order of the registry."""
    return {name: flow for name, flow in flows_of(integration).items() if flow.money != Kind.NONE}


def book(flow: Flow) -> Book:
    """Sums that must not be added up: a commitment is no cost."""
    return Book(place(flow).book)


def place(flow: Flow) -> Place:
    """As what its documents count: the book, and of commitments the share."""
    return PLACES[flow.money]


def after(month: dt.date) -> dt.date:
    """The first day of the next one."""
    days = calendar.monthrange(month.year, month.month)[1]
    return month + dt.timedelta(days=days)


def all_of(integration: Integration) -> QuerySet[Record, Any]:
    rows = Record.objects.filter(integration=integration, flow__in=flows(integration))
    return rows.annotate(bucket=BUCKET).order_by()


def of(integration: Integration, month: dt.date) -> QuerySet[Record, Any]:
    """By the document's own date, corrections among them, each with its bucket."""
    return all_of(integration).filter(document_date__gte=month, document_date__lt=after(month))


def undated(integration: Integration) -> QuerySet[Record, Any]:
    """Their month is not known yet: they may belong to any."""
    return all_of(integration).filter(document_date=None)


FIELDS = (
    "pk", "flow", "revision", "source_id", "number", "vendor_name", "project", "amount",
    "currency", "document_date", "bucket", "reason", "sentence", "destination_number",
    "destination_total",
)  # fmt: skip


def told(rows: QuerySet[Record, Any]) -> Iterator[Row]:
    """Rows of COLUMNS, flat in memory."""
    stamped = rows.annotate(stamp=stamp())
    for found in stamped.values(*FIELDS, "stamp").iterator(chunk_size=2000):
        yield row_of(found)


def row_of(found: Row) -> Row:
    """`found`: the values of FIELDS, and the stamp."""
    number = found["number"] or found["source_id"]
    if found["revision"] > 1:
        number = f"{number}, correction {found['revision'] - 1}"
    return {
        "key": f"record:{found['pk']}", "record": found["pk"], "flow": found["flow"],
        "number": number[:255], "vendor": found["vendor_name"], "project": found["project"],
        "amount": found["amount"], "currency": found["currency"],
        "document_date": found["document_date"], "bucket": found["bucket"],
        "why": "" if found["bucket"] == Bucket.POSTED else why(found),
        "other_number": found["destination_number"], "other_total": found["destination_total"],
        "stamp": found["stamp"],
    }  # fmt: skip


def why(found: Row) -> str:
    """With the short form of its reason, where it has one."""
    reason = f"{Reason(found['reason']).label}. " if found["reason"] in Reason.values else ""
    return f"{reason}{found['sentence']}"[:SHOWN]


def typed(integration: Integration, month: dt.date) -> list[Row]:
    """What people typed on one side alone, as the lists showed it last."""
    parts = CellPart.objects.filter(integration=integration, period=month, record=None)
    names = ("typed__kind", "typed__remote_id", "typed__system", "cause", "number",
             "ledger_number", "vendor_name", "currency", "document_date", "why")  # fmt: skip
    grouped: Any = parts.exclude(typed=None).order_by().values(*names)
    summed = grouped.annotate(projects=Sum("in_projects"), ledger=Sum("in_ledger"))
    return [typed_row(one) for one in summed.order_by("document_date", "number", "cause")]


def typed_row(found: Row) -> Row:
    amount: Decimal = found["projects"] + found["ledger"]  # one of them is nothing
    key = f"typed:{found['typed__system']}:{found['typed__kind']}:{found['typed__remote_id']}"
    said = [found["cause"], found["number"], f"{amount:.4f}", found["currency"],
            str(found["document_date"]), found["ledger_number"]]  # fmt: skip
    return {
        "key": key[:200], "record": None, "flow": "", "number": found["number"],
        "vendor": found["vendor_name"], "project": "", "amount": amount,
        "currency": found["currency"], "document_date": found["document_date"],
        "bucket": found["cause"], "why": found["why"], "other_number": found["ledger_number"],
        "other_total": None,
        "stamp": hashlib.md5("|".join(said).encode(), usedforsecurity=False).hexdigest(),
    }  # fmt: skip


class Names(Sequence[Row]):
    """All of a month that is not posted, what needs a person first; read a page at a time."""

    def __init__(self, integration: Integration, month: dt.date, known: int | None = None) -> None:
        """`known`: how many of ours they are, where that was counted already."""
        rows: Any = of(integration, month)
        named = rows.exclude(bucket=Bucket.POSTED).annotate(place=ORDER)
        self.rows: QuerySet[Record, Any] = named.order_by("place", "document_date", "pk")
        self.typed = typed(integration, month)
        self.known: int = self.rows.count() if known is None else known

    def __len__(self) -> int:
        return self.known + len(self.typed)

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, slice):
            return self[place : place + 1][0]
        start, stop, _ = place.indices(len(self))
        ours = list(told(self.rows[start : min(stop, self.known)])) if start < self.known else []
        return ours + self.typed[max(start - self.known, 0) : max(stop - self.known, 0)]

    def __iter__(self) -> Iterator[Row]:
        yield from told(self.rows)
        yield from self.typed


def is_open(bucket: str) -> bool:
    """It needs somebody, or its turn; what is in no bucket does, too."""
    return bucket in OPEN or not bucket
