"""What a list of documents comes to: all that the filters leave, not the page that is shown.

The list is shown first and asks for its sum then, so that it never waits for it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, QuerySet, Sum, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from connections.amounts import Kind, MoneyBag
from connections.documents import ZERO
from connections.models import Integration
from mappings.pages import words
from mappings.reference import Reference
from syncs import sums
from syncs.models import Record
from syncs.registry import kind_of

Row = dict[str, Any]
KEPT = {  # what the kept sums can be asked for: query -> the column
    "state__exact": "state", "flow": "flow", "integration__id__exact": "integration_id",
}  # fmt: skip
BESIDE = {"o", "p", "_changelist_filters"}  # say nothing about which documents are meant


@dataclasses.dataclass(frozen=True)
class Total:
    """Documents of one kind and currency, and their sum as it is read."""

    kind: Kind
    currency: str
    documents: int
    amount: Decimal
    money: str


@dataclasses.dataclass(frozen=True)
class Companies:
    """Of every integration, what its sums need to be told."""

    keys: dict[int, str]
    currencies: dict[int, str]  # each company's own; empty while its ledger has not said

    def kind(self, row: Row) -> Kind:
        """`corrects`: the row is of corrections, whose amounts their documents count already."""
        if row.get("corrects"):
            return Kind.CORRECTIONS
        return kind_of(self.keys.get(row["integration_id"], ""), row["flow"])

    def currency(self, row: Row) -> str:
        """The own one by its name, which documents give or leave out."""
        return str(row["currency"] or self.currencies.get(row["integration_id"], ""))


def companies() -> Companies:
    """Two questions, however many there are."""
    rows = list(Integration.objects.values_list("pk", "key", "ledger_id"))
    windows = Reference.objects.filter(
        connection__in={ledger for _, _, ledger in rows}, kind=Reference.Kind.WINDOW, parent="",
        code="window", gone_at=None,
    )  # fmt: skip
    own = {row.connection_id: str(row.data.get("currency") or "") for row in windows}
    return Companies({pk: key for pk, key, _ in rows},
                     {pk: own.get(ledger, "") for pk, _, ledger in rows})  # fmt: skip


def with_own(rows: Any) -> Any:
    """With `own`: the company's own currency."""
    found = companies().currencies
    named = [When(integration_id=pk, then=Value(currency)) for pk, currency in found.items()]
    if len(set(found.values())) < 2:
        return rows.annotate(own=Value("".join(set(found.values()))))
    return rows.annotate(own=Case(*named, default=Value("")))


def of_companies(records: Iterable[Record], known: Companies | None = None) -> list[Record]:
    """The same of those that are read already."""
    rows, known = list(records), known or companies()
    for row in rows:
        row.own = known.currencies.get(row.integration_id, "")  # type: ignore[attr-defined]
    return rows


def totals(rows: Iterable[Row], known: Companies | None = None) -> list[Total]:
    """Of rows with integration, flow, currency, documents and total: nothing is added up that is
    of another kind or currency, and each is named where there is anything but costs. What is no
    document has no sum. `known`: where somebody has read them already."""
    known = known or companies()
    documents: dict[tuple[Kind, str], int] = defaultdict(int)
    amounts: dict[tuple[Kind, str], Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        key = known.kind(row), known.currency(row)
        documents[key] += row["documents"]
        amounts[key] += row["total"] or ZERO
    each = [one for one in MoneyBag(amounts).each if one.kind != Kind.NONE]
    named = {one.kind for one in each} != {Kind.COSTS}
    return [
        Total(one.kind, one.currency, documents[one.kind, one.currency], one.amount,
              words.amount(one, named))
        for one in each
    ]  # fmt: skip


def of_records(records: Iterable[Record]) -> str:
    """In a sentence: what these come to."""
    told = totals(
        {"integration_id": row.integration_id, "flow": row.flow, "currency": row.currency,
         "documents": 1, "total": row.amount, "corrects": row.revision > 1}
        for row in records
    )  # fmt: skip
    return ", ".join(total.money for total in told) or "no amount"


def counted(rows: QuerySet[Record]) -> list[Row]:
    grouped: Any = rows.order_by().annotate(corrects=sums.CORRECTS)
    grouped = grouped.values("integration_id", "flow", "currency", "corrects")
    return list(grouped.annotate(documents=Count("pk"), total=Sum("amount")))


def kept(asked: dict[str, str]) -> tuple[list[Row], dt.datetime] | None:
    """From the sums of all records, where they know: nobody counts a million for a page."""
    asked = {name: value for name, value in asked.items() if value and name not in BESIDE}
    if asked.keys() - KEPT.keys() or ":" in asked.get("flow", ""):
        return None
    found = sums.latest()
    rows = [
        row for row in found.rows
        if all(str(row[KEPT[name]]) == value for name, value in asked.items())
    ]  # fmt: skip
    return rows, found.as_of


def page(admin: ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    """The line below the list, for the filters of this address."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    found, as_of = kept(request.GET.dict()), None
    if found:
        rows, as_of = found
    else:
        try:
            rows = counted(admin.get_changelist_instance(request).queryset)
        except IncorrectLookupParameters:
            rows = []
    told = totals(rows)
    documents = sum(total.documents for total in told)
    context = {
        "totals": told, "documents": documents, "as_of": as_of,
        "others": sum(row["documents"] for row in rows) - documents,
    }  # fmt: skip
    return render(request, "syncs/list_sum.html", context)
