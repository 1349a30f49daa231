"""The buttons of the record page and the bulk actions of the list. POST only."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from syncs.admin import bulk_progress, forecast
from syncs.admin.list_sums import of_companies, of_records
from syncs.admin.record_verbs import VERBS, Verb, perform, seen, why_not
from syncs.controls.bands import Who
from syncs.formatting import count
from syncs.models import Record
from syncs.morning import finish

MOST = 1000  # records that one bulk action takes
SHOWN = 25
TEXT_LENGTH = 500


def act(admin: ModelAdmin[Any], request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One button of the record page."""
    verb = VERBS.get(name)
    if verb is None:
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not (verb.allowed(request.user) and admin.has_view_permission(request)):
        raise PermissionDenied
    record = get_object_or_404(Record.objects.select_related("integration"), pk=pk)
    tell(request, verb, record, carry_out(request, verb, record))
    return redirect("admin:syncs_record_change", record.pk)


def carry_out(request: HttpRequest, verb: Verb, record: Record) -> str:
    """Empty, or why it was not done."""
    actor, text = request.user.get_username(), text_of(request)
    refusal = why_not(verb, record, actor, text, request.POST.get("seen", ""))
    return refusal or perform(verb, record, actor, text)


def tell(request: HttpRequest, verb: Verb, record: Record, refusal: str) -> None:
    if refusal:
        messages.error(request, refusal)
    else:
        messages.success(request, verb.said(record) or verb.done)


def text_of(request: HttpRequest) -> str:
    return request.POST.get("text", "").replace("\x00", "").strip()[:TEXT_LENGTH]


# -- many at once ----------------------------------------------------------------------------------


def bulk(
    admin: ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Record], name: str
) -> HttpResponse | None:
    """First a page that says what will happen; then, confirmed, it is done."""
    verb, rows = VERBS[name], chosen(queryset)
    if len(rows) > MOST and "first" in request.POST:
        messages.info(request, f"These are the first {MOST:,} of them. Do it again for the rest.")
        rows = rows[:MOST]
    if len(rows) > MOST:
        messages.error(request, f"At most {MOST:,} records at a time. Narrow the list first.")
        return None
    if "confirmed" not in request.POST:
        return ask(admin, request, verb, rows)
    if refusal := changed_since(request, verb, rows):
        messages.warning(request, refusal)
        return ask(admin, request, verb, rows)
    report(request, verb, rows)
    return None


def chosen(queryset: QuerySet[Record]) -> list[Record]:
    ids = list(queryset.values_list("pk", flat=True)[: MOST + 1])
    rows = Record.objects.filter(pk__in=ids).select_related("integration").defer("source")
    return list(rows)


def ask(
    admin: ModelAdmin[Any], request: HttpRequest, verb: Verb, rows: list[Record]
) -> HttpResponse:
    fit, unfit = sorted_out(verb, rows, request.user.get_username())
    page = Paginator(fit, SHOWN).get_page(request.POST.get("page", "1"))
    page.object_list = of_companies(page.object_list)
    context = {
        **admin.admin_site.each_context(request),
        "title": f"{verb.label}: {count(len(rows), 'record')}",
        "opts": Record._meta, "verb": verb, "page": page, "text": text_of(request),
        "sentences": sentences(verb, fit), "unfit": unfit, "nothing": not fit,
        "ids": [row.pk for row in fit], "checkbox": ACTION_CHECKBOX_NAME,
        "seen": seen_all(fit), "inline_admin_formsets": [],
    }  # fmt: skip
    return TemplateResponse(request, "syncs/bulk.html", context)


def sorted_out(verb: Verb, rows: list[Record], actor: str) -> tuple[list[Record], dict[str, int]]:
    """Those that it can be done with, and how many it cannot, by reason."""
    fit: list[Record] = []
    unfit: dict[str, int] = {}
    for row in rows:
        if refusal := refusal_of(verb, row, actor):
            unfit[refusal] = unfit.get(refusal, 0) + 1
        else:
            fit.append(row)
    return fit, unfit


def refusal_of(verb: Verb, row: Record, actor: str) -> str:
    return why_not(verb, row, actor, text="–", token=seen(row) if verb.must_have_seen else "")


def sentences(verb: Verb, fit: list[Record]) -> list[str]:
    if verb.name == "replay":
        queues = Counter((row.integration_id, row.flow) for row in fit)
        through = finish.with_more(queues) if fit else ""
        return [*forecast.sentences(forecast.forecast(fit)), *([through] if through else [])]
    what = {"approve": "will be posted as shown on their pages",
            "send_back": "will be held with your reason, and nothing of them posted",
            "ask_again": "will wait for an approval again",
            "set_aside": "will not be posted by us", "take": "will be looked after by you",
            "assign": "will be looked after by whom you name"}[verb.name]  # fmt: skip
    told = [f"{count(len(fit), 'record')}, {of_records(fit)} in all, {what}."] if fit else []
    half = sum(1 for row in fit if verb.name == "approve" and lacks_another(row))
    return [
        *told,
        *([f"{count(half, 'record')} of them wait for another person, too."] * bool(half)),
    ]


def lacks_another(row: Record) -> bool:
    return row.approval_takes == Who.TWO and not row.half_approved_by


def seen_all(rows: list[Record]) -> str:
    return hashlib.sha256("".join(seen(row) for row in rows).encode()).hexdigest()[:32]


def changed_since(request: HttpRequest, verb: Verb, rows: Sequence[Record]) -> str:
    if verb.asks and not text_of(request):
        return f"{verb.asks} is required. Nothing was changed."
    if not verb.must_have_seen:
        return ""
    fit, _ = sorted_out(verb, list(rows), request.user.get_username())
    if request.POST.get("seen") == seen_all(fit):
        return ""
    return "Some of them changed meanwhile. Look again; nothing was done."


def report(request: HttpRequest, verb: Verb, rows: list[Record]) -> None:
    """Does it, and says how many were done, how many were not, and why."""
    actor, text = request.user.get_username(), text_of(request)
    answers = {row.pk: end_of(verb, row, actor, text) for row in rows}
    bulk_progress.begins(request, verb, (pk for pk, why in answers.items() if not why))
    ends = Counter(answers.values())
    done = ends.pop("", 0)
    half = sum(1 for row in rows if verb.said(row))
    messages.success(request, f"{verb.label}: {count(done, 'record')}.")
    if half:
        messages.info(request, f"{count(half, 'record')} wait for another person's approval, too.")
    for why, number in ends.items():
        messages.warning(request, f"{count(number, 'record')} left as they were: {why}")


def end_of(verb: Verb, row: Record, actor: str, text: str) -> str:
    """Empty, or why it was not done."""
    return refusal_of(verb, row, actor) or perform(verb, row, actor, text)
