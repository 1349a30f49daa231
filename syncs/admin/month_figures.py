"""From a figure of a month's account to the list of just the documents that it counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from connections.models import Integration
from mappings.pages import words
from syncs.admin import figures
from syncs.admin.fixes import link
from syncs.admin.record_filters import LARGEST_ID
from syncs.balance.rows import Book
from syncs.closing import documents
from syncs.closing.facts import Facts
from syncs.closing.rows import OPEN, OURS, Bucket, Period
from syncs.models import Record, State

Asked = Mapping[str, str]  # of a figure: book, bucket, currency, which
OWN, OPEN_ONES, UNDATED = "own", "open", "undated"
WHICH = {
    "documents": Q(revision=1),
    "corrections": Q(revision__gt=1),
    UNDATED: Q(document_date=None),
}
STATES = {  # what has a tab of the list of its own
    Bucket.POSTED: State.POSTED, Bucket.HELD: State.HELD, Bucket.SHADOW: figures.SHADOW,
    Bucket.SET_ASIDE: State.SET_ASIDE, Bucket.IN_DOUBT: State.IN_DOUBT,
}  # fmt: skip


class FigureFilter(DropdownFilter):
    """What a month's account tells apart beside the month, the integration and the flow, named in
    the address."""

    title = "figure of a month"
    parameter_name = "figure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """None are offered: whoever comes here has one."""
        value = request.GET.get(self.parameter_name, "")
        return [(value, in_words(dict(parse_qsl(value))))] if value else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        value = (self.value() or "").replace("\x00", "")
        if not value:
            return queryset
        return queryset.filter(counted(dict(parse_qsl(value)), chosen(request)))


def chosen(request: HttpRequest) -> Iterable[Integration]:
    """The integration that is chosen beside it, else all."""
    rows = Integration.objects.select_related("ledger")
    one = request.GET.get("integration__id__exact", "")
    known = one.isascii() and one.isdigit() and int(one) <= LARGEST_ID
    return rows.filter(pk=int(one)) if known else rows


def counted(asked: Asked, integrations: Iterable[Integration]) -> Q:
    """As the account counts them; nothing where the figure is none of its."""
    bucket, which = asked.get("bucket", ""), asked.get("which", "")
    if bucket not in ("", OPEN_ONES, *OURS) or which not in ("", *WHICH):
        return Q(pk__in=[])
    found = reduce(or_, (of_company(asked, one) for one in integrations), Q(pk__in=[]))
    if bucket == OPEN_ONES:
        found &= ~reduce(or_, (documents.WHERE[one] for one in OURS if one not in OPEN))
    elif bucket:
        found &= documents.WHERE[Bucket(bucket)]
    return found & WHICH[which] if which else found


def of_company(asked: Asked, integration: Integration) -> Q:
    """Its documents of money, of this book and currency; it may name its own or leave that out."""
    book, currency = asked.get("book", ""), asked.get("currency", "")
    flows = [name for name, flow in documents.flows(integration).items()
             if book in ("", documents.book(flow))]  # fmt: skip
    found = Q(integration=integration, flow__in=flows)
    if currency == OWN:
        return found & Q(currency__in={"", words.currency_of(integration.ledger)})
    return found & Q(currency=currency) if currency else found


def in_words(asked: Asked) -> str:
    book, bucket, currency = (asked.get(name, "") for name in ("book", "bucket", "currency"))
    said = [
        Book(book).label if book in Book.values else "",
        Bucket(bucket).label if bucket in Bucket.values else bucket.capitalize(),
        "the company’s own currency" if currency == OWN else currency, asked.get("which", ""),
    ]  # fmt: skip
    return ", ".join(str(one) for one in said if one)


# -- the links ------------------------------------------------------------------------------------


def with_links(period: Period, books: list[Facts]) -> list[Facts]:
    """Of the page's account: each count with the list of what it counts."""
    return [
        {**book, **{name: [linked(period, book["book"], row) for row in book[name]]
                    for name in ("rows", "totals")}}
        for book in books
    ]  # fmt: skip


def linked(period: Period, book: str, row: Facts) -> Facts:
    cells = [{**cell, "url": url(period, book, row, cell["bucket"])} for cell in row["cells"]]
    return {**row, "came": {**row["came"], "url": url(period, book, row)}, "cells": cells}


def url(period: Period, book: str, row: Facts, bucket: str = "") -> str:
    """Of one line and column; without a bucket all that came, without a flow the whole book."""
    figure = {
        "book": book, "bucket": bucket, "currency": row["currency"] or OWN,
        "which": "corrections" if row.get("correction") else "documents",
    }  # fmt: skip
    last = documents.after(period.month) - dt.timedelta(days=1)
    return link(
        "syncs_record_changelist", integration__id__exact=period.integration_id,
        flow=row.get("flow", ""),
        state__exact=STATES.get(Bucket(bucket), "") if bucket else "",
        document_date_from=period.month.isoformat(), document_date_to=last.isoformat(),
        figure=urlencode({name: value for name, value in figure.items() if value}),
    )  # fmt: skip


def undated(period: Period) -> dict[str, str]:
    """What may belong to any month: all, and what nobody has ended."""
    found = {}
    for name, bucket in (("undated_url", ""), ("undated_open_url", OPEN_ONES)):
        figure = {"which": UNDATED, **({"bucket": bucket} if bucket else {})}
        found[name] = link("syncs_record_changelist", figure=urlencode(figure),
                           integration__id__exact=period.integration_id)  # fmt: skip
    return found
