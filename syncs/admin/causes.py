"""What is held, by cause: how much, since when, whose, and what can be done with all of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from connections.documents import ZERO
from connections.errors import Reason
from connections.models import Integration
from connections.pages import asking
from syncs.admin import advice, list_export, record_export
from syncs.admin.figures import label
from syncs.admin.fixes import link
from syncs.admin.list_sums import Total, totals
from syncs.admin.record_verbs import VERBS, Verb
from syncs.models import Record, State
from syncs.sums import CORRECTS
from syncs.worklist.care import FOR_PEOPLE

ORDERS = {"money": "Most money first", "age": "Oldest first", "documents": "Most records first"}
WHOSE = {"": "Everybody’s", "mine": "Mine", "nobody": "Nobody’s"}
OWN_VERBS: dict[str, tuple[str, ...]] = {
    Reason.NEEDS_APPROVAL: ("approve", "send_back"), Reason.OVER_LIMIT: ("approve", "send_back"),
    Reason.SENT_BACK: ("ask_again",),
}  # fmt: skip
SINCE = Coalesce("held_since", "changed_at")


@dataclasses.dataclass
class Cause:
    """All that is held for one reason: of one integration, or of several with their parts."""

    integration: Integration | None
    reason: str
    rows: list[dict[str, Any]]
    query: dict[str, Any]
    verbs: list[Verb]
    todo: str = ""
    parts: list[Cause] = dataclasses.field(default_factory=list)

    @property
    def where(self) -> str:
        return str(self.integration or f"{len(self.parts)} integrations")

    @property
    def label(self) -> str:
        return label(self.reason)

    @property
    def documents(self) -> int:
        return sum(row["documents"] for row in self.rows)

    @property
    def mine(self) -> int:
        return sum(row["mine"] for row in self.rows)

    @property
    def nobodys(self) -> int:
        return sum(row["nobodys"] for row in self.rows)

    @property
    def money(self) -> Decimal:
        """What it is ordered by; of several currencies as if they were one."""
        return sum((abs(row["total"] or ZERO) for row in self.rows), ZERO)

    @property
    def totals(self) -> list[Total]:
        return totals(self.rows)

    @property
    def since(self) -> dt.datetime:
        first: dt.datetime = min(row["since"] for row in self.rows)
        return first

    @property
    def url(self) -> str:
        return link("syncs_record_changelist", **self.query)


def held(request: HttpRequest) -> QuerySet[Record]:
    """What this person asked to see of it."""
    rows = Record.objects.filter(FOR_PEOPLE)
    whose, integration = request.GET.get("whose", ""), request.GET.get("integration", "")
    if whose in ("mine", "nobody"):
        rows = rows.filter(owner=request.user.get_username() if whose == "mine" else "")
    return rows.filter(integration=int(integration)) if integration.isdecimal() else rows


def causes(request: HttpRequest) -> list[Cause]:
    """A line for each reason; each integration in which it holds something is a part of it."""
    together: dict[str, list[Cause]] = defaultdict(list)
    for cause in by_integration(request):
        together[cause.reason].append(cause)
    whose = request.GET.get("whose", "")
    found = [parts[0] if len(parts) == 1 else whole(parts, whose) for parts in together.values()]
    known, keys = advice.subjects(held(request)), dict(Integration.objects.values_list("pk", "key"))
    for cause in found:
        cause.todo = advice.todo(cause.reason, cause.rows, keys, known)
    return sorted(found, key=ORDER[order_of(request)])


def whole(parts: list[Cause], whose: str) -> Cause:
    rows = [row for part in parts for row in part.rows]
    reason, verbs = parts[0].reason, parts[0].verbs
    return Cause(None, reason, rows, query(None, reason, whose), verbs, parts=parts)


def by_integration(request: HttpRequest) -> list[Cause]:
    me = request.user.get_username()
    grouped: Any = held(request).order_by().annotate(corrects=CORRECTS)
    grouped = grouped.values("integration_id", "flow", "reason", "currency", "corrects")
    counted = grouped.annotate(
        documents=Count("pk"), total=Sum("amount"), since=Min(SINCE),
        mine=Count("pk", filter=Q(owner=me)), nobodys=Count("pk", filter=Q(owner="")),
    )  # fmt: skip
    together: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in counted:
        together[row["integration_id"], row["reason"]].append(row)
    known = Integration.objects.in_bulk(key for key, _ in together)
    whose = request.GET.get("whose", "")
    found = [
        Cause(known[key], reason, rows, query(key, reason, whose), verbs_for(request, reason))
        for (key, reason), rows in together.items()
    ]
    return sorted(found, key=ORDER[order_of(request)])


ORDER: dict[str, Any] = {
    "money": lambda cause: (-cause.money, cause.since),
    "age": lambda cause: (cause.since, -cause.money),
    "documents": lambda cause: (-cause.documents, cause.since),
}


def order_of(request: HttpRequest) -> str:
    wanted = request.GET.get("order", "")
    return wanted if wanted in ORDER else "money"


def query(integration: int | None, reason: str, whose: str) -> dict[str, Any]:
    """The filters of the list that show exactly these."""
    return {
        "state__exact": State.HELD, "reason__exact": reason, "integration__id__exact": integration,
        "owner": whose,
    }  # fmt: skip


def verbs_for(request: HttpRequest, reason: str) -> list[Verb]:
    """What can be done with all of them at once, by this person. A replay ends none that waits
    for a person's yes."""
    names = [*OWN_VERBS.get(reason, ("replay",)), "take", "assign", "set_aside"]
    return [VERBS[name] for name in names if VERBS[name].allowed(request.user)]


def page(admin: ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    """One table; each line leads to its documents and to what is done with all of them."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    found, order, whose = causes(request), order_of(request), request.GET.get("whose", "")
    integration = request.GET.get("integration", "")
    context = {
        **admin.admin_site.each_context(request), "title": "Held, by cause", "opts": admin.opts,
        "causes": found, "totals": totals([row for cause in found for row in cause.rows]),
        "documents": sum(cause.documents for cause in found), "now": timezone.now(),
        "orders": choices(ORDERS, "order", order, whose=whose, integration=integration),
        "whose": choices(WHOSE, "whose", whose, order=order, integration=integration),
        "several": Integration.objects.count() > 1, "inline_admin_formsets": [],
        "integrations": integrations(integration, order=order, whose=whose),
        "exports": exports(request, integration, whose),
        "inbox": asking.may(request.user, "mappings.view_costcodemapping"),
    }  # fmt: skip
    return TemplateResponse(request, "syncs/causes.html", context)


def exports(request: HttpRequest, integration: str, whose: str) -> list[tuple[str, str]]:
    """By the filters of the list that show all of these; none for whom may not export them."""
    if not request.user.has_perm(record_export.PERMISSION):
        return []
    wanted = {"state__exact": State.HELD.value}
    if integration.isdecimal():
        wanted["integration__id__exact"] = integration
    if whose in WHOSE and whose:
        wanted["owner"] = whose
    return list_export.addresses("syncs_record_export", wanted)


def integrations(chosen: str, **others: str) -> list[dict[str, Any]]:
    names = {str(row.pk): row.name for row in Integration.objects.all()}
    return choices({"": "All integrations", **names}, "integration", chosen, **others)


def choices(names: dict[str, str], field: str, chosen: str, **others: str) -> list[dict[str, Any]]:
    """Links, one of which is where we are."""
    return [
        {"title": title, "active": value == chosen,
         "url": link("syncs_record_causes", **{field: value}, **others)}
        for value, title in names.items()
    ]  # fmt: skip
