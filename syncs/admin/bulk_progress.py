"""How far the worker is with what a person handed over to it for many records at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from syncs.admin.record_verbs import Verb
from syncs.models import State

# A worker does it; all else is done when the page says so.
HANDED_OVER = ("replay", "approve", "ask_again")
WAITS = (State.PENDING, State.RUNNING)
KEY = "bulk"
DONE = 286  # the page's script asks no more


def begins(request: HttpRequest, verb: Verb, ids: Iterable[int]) -> None:
    """Kept with the person's session; the next one takes its place."""
    if verb.name in HANDED_OVER and (chosen := list(ids)):
        request.session[KEY] = {"label": verb.label, "ids": chosen}


def asked(request: HttpRequest) -> bool:
    return KEY in request.session


def page(admin: ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    """The part of the list that is fetched again until nothing of it waits."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    begun = request.session.get(KEY, {"label": "", "ids": []})
    rows = admin.get_queryset(request).filter(pk__in=begun["ids"])
    ends = Counter(rows.order_by().values_list("state", flat=True))
    waits = sum(ends.pop(state, 0) for state in WAITS)
    if not waits:
        request.session.pop(KEY, None)
    context = {
        "label": begun["label"], "total": len(begun["ids"]), "waits": waits,
        "through": ends.total(), "ends": told(ends),
    }  # fmt: skip
    answer = TemplateResponse(request, "syncs/bulk_progress.html", context)
    answer.status_code = 200 if waits else DONE
    return answer


def told(ends: Counter[str]) -> str:
    """ "25 posted, 3 held": the most first."""
    return ", ".join(f"{number:,} {State(state).label.lower()}" for state, number in
                     ends.most_common())  # fmt: skip
