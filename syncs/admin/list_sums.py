"""What a list of documents comes to: all that the filters leave, not the page that is shown.

The list is shown first and asks for its sum then, so that it never waits for it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from connections.documents import ZERO
from connections.models import Integration
from mappings.pages import words
from mappings.reference import Reference
from syncs import sums
from syncs.models import Record

KEPT = {  # what the kept sums can be asked for: query -> the column
    "state__exact": "state", "flow": "flow", "integration__id__exact": "integration_id",
}  # fmt: skip
BESIDE = {"o", "p", "_changelist_filters"}  # say nothing about which documents are meant


@dataclasses.dataclass
class Total:
    """Documents of one currency."""

    currency: str
    documents: int = 0
    amount: Decimal = ZERO

    @property
    def money(self) -> str:
        return words.money(self.amount, self.currency)


def totals(rows: Iterable[dict[str, Any]], known: dict[int, str] | None = None) -> list[Total]:
    """Of rows with integration, currency, documents and total. The company's own has no name;
    `known` are such names by integration, where somebody has read them already."""
    own: dict[int, str] = dict(known or {})
    found: dict[str, Total] = {}
    for row in rows:
        currency, company = row["currency"], row["integration_id"]
        if not currency:
            if company not in own:
                own[company] = currency_of(company)
            currency = own[company]
        total = found.setdefault(currency, Total(currency))
        total.documents += row["documents"]
        total.amount += row["total"] or ZERO
    return sorted(found.values(), key=lambda total: -abs(total.amount))


def currency_of(integration: int) -> str:
    row = Integration.objects.select_related("ledger").defer("ledger__secrets").get(pk=integration)
    return words.currency_of(row.ledger)


def own_currencies() -> dict[int, str]:
    """Of every company, by integration; empty while its ledger has not said."""
    ledgers = dict(Integration.objects.values_list("pk", "ledger_id"))
    windows = Reference.objects.filter(
        connection__in=set(ledgers.values()), kind=Reference.Kind.WINDOW, parent="", code="window",
        gone_at=None,
    )  # fmt: skip
    by_ledger = {row.connection_id: str(row.data.get("currency") or "") for row in windows}
    return {pk: by_ledger.get(ledger, "") for pk, ledger in ledgers.items()}


def counted(rows: QuerySet[Record]) -> list[dict[str, Any]]:
    grouped: Any = rows.order_by().values("integration_id", "currency")
    return list(grouped.annotate(documents=Count("pk"), total=Sum("amount")))


def kept(asked: dict[str, str]) -> tuple[list[dict[str, Any]], dt.datetime] | None:
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
    documents = sum(row["documents"] for row in rows)
    context = {"totals": totals(rows), "documents": documents, "as_of": as_of}
    return render(request, "syncs/list_sum.html", context)
