"""What may stand in both systems: both documents side by side, and a person's answer."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from connections.models import Integration
from mappings.pages import words
from syncs.admin.list_sums import of_records
from syncs.balance.rows import BalanceReading
from syncs.cutover import adoption, likeness, shadow
from syncs.formatting import count
from syncs.models import FlowSettings, Likeness

ANSWER = "syncs.set_aside_record"  # as linking by number
PAGE = "syncs_flowsettings_cutover"
SHOWN = 50
ANSWERS = {"same": likeness.Answer.SAME, "other": likeness.Answer.OTHER, "back": ""}


def urls(admin: ModelAdmin) -> list[URLPattern]:
    wrap = admin.admin_site.admin_view
    return [
        path("cutover/<int:pk>/look/", wrap(partial(look, admin)), name=f"{PAGE}_look"),
        path(
            "cutover/<int:pk>/likeness/<int:one>/<slug:said>/",
            wrap(partial(answer, admin)),
            name=f"{PAGE}_answer",
        ),
    ]


def shown(request: HttpRequest, integration: Integration) -> dict[str, Any]:
    """For the page of the cut-over."""
    open_ones = likeness.questions(integration)
    reading = BalanceReading.objects.filter(integration=integration).first()
    return {
        "questions": list(open_ones[:SHOWN]), "open_questions": open_ones.count(),
        "answered": list(likeness.of(integration).exclude(answer="")[:SHOWN]),
        "lists_as_of": reading.as_of if reading else None,
        "may_answer": request.user.has_perm(ANSWER),
        "currency": words.currency_of(integration.ledger),
        **numbers(integration),
    }  # fmt: skip


def numbers(integration: Integration) -> dict[str, Any]:
    """What stands there under the same number; what a person has to decide comes first."""
    rows = adoption.standing(integration)
    adopted = [row.record for row in rows if row.adopted]
    kept_back = [row.record for row in rows if not row.adopted]
    return {
        "standing": rows[:SHOWN], "more_standing": len(rows) - SHOWN,
        "adopted": (len(adopted), of_records(adopted)),
        "kept_back": (len(kept_back), of_records(kept_back)),
    }  # fmt: skip


def allowed(admin: ModelAdmin, request: HttpRequest) -> None:
    if not (admin.has_view_permission(request) and request.user.has_perm(ANSWER)):
        raise PermissionDenied


def look(admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """In what the ledger's lists showed last; nobody is asked anew."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    allowed(admin, request)
    found = likeness.look(get_object_or_404(Integration, pk=pk))
    messages.info(request, f"{count(found, 'question')} open.")
    return redirect(f"admin:{PAGE}", pk)


def answer(admin: ModelAdmin, request: HttpRequest, pk: int, one: int, said: str) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    allowed(admin, request)
    if said not in ANSWERS:
        raise Http404
    rows = Likeness.objects.select_related("record__integration")
    row = get_object_or_404(rows, pk=one, record__integration=pk)
    if row.answered(ANSWERS[said], request.user.get_username()):
        settle(row)
        messages.success(request, "Noted.")
    else:
        messages.error(request, "It is not in shadow mode any more. Nothing was changed.")
    return redirect(f"admin:{PAGE}", pk)


def settle(row: Likeness) -> None:
    """Where its flow was switched on meanwhile, it waited for this answer alone."""
    record = row.record
    for flow in FlowSettings.objects.filter(integration=record.integration_id, flow=record.flow):
        shadow.follow(flow)
