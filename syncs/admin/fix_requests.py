"""Requests: asked by those who may not mend a thing, answered by those who may."""

from __future__ import annotations

from operator import attrgetter
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from connections.pages import asking
from connections.pages.badges import Badge
from connections.pages.letters import plainly
from mappings.pages import hints
from mappings.pages.base import BACK
from mappings.pages.words import currency_of
from syncs import formatting
from syncs.admin import list_sums
from syncs.admin.base import ReadOnlyAdmin
from syncs.admin.list_export import ListExport, Table
from syncs.admin.record_actions import text_of
from syncs.models import FixRequest, State

TONES = {"open": "warning", "done": "success", "refused": "danger"}
WHOSE = [("for_me", "For me to answer"), ("mine", "Asked by me")]
GONE = "Somebody has answered it meanwhile. Nothing was changed."


class WhoseFilter(DropdownFilter):
    """What waits for me, and what I wait for."""

    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return WHOSE

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[FixRequest]
    ) -> QuerySet[FixRequest]:
        if self.value() == "for_me":
            return queryset.filter(pk__in=FixRequest.objects.to_answer(request.user))
        if self.value() == "mine":
            return queryset.filter(asked_by=request.user.get_username())
        return queryset


TABLE = Table(
    "request", "requests", "syncs.export_fixrequest",
    {
        "Request": attrgetter("wanted"), "State": lambda row: row.get_state_display(),
        "Document": lambda row: str(row.record or ""),
        "Document is now": lambda row: row.record.state_shown if row.record else "",
        "Integration": lambda row: str(row.integration or ""), "Why": attrgetter("sentence"),
        "Note": attrgetter("note"), "Asked by": attrgetter("asked_by"),
        "Asked": attrgetter("asked_at"), "Answered by": attrgetter("answered_by"),
        "Answered": attrgetter("answered_at"), "Answer": attrgetter("answer"),
    },
    frozenset({"Asked", "Answered"}),
)  # fmt: skip


def there(row: FixRequest) -> str:
    """Where it is mended; the form of a rule leads back to the request once it is saved."""
    if not hints.is_form(urlsplit(row.url).path):
        return row.url
    back = urlencode({BACK: reverse("admin:syncs_fixrequest_change", args=[row.pk])})
    return f"{row.url}{'&' if '?' in row.url else '?'}{back}"


@admin.register(FixRequest)
class FixRequestAdmin(ListExport, ReadOnlyAdmin):
    table = TABLE
    list_display = ("title", "shown_state", "now", "asked_by", "asked", "answered")
    list_display_links = ("title",)
    list_filter = (WhoseFilter, "state", "integration")
    list_filter_submit = True
    empty_title = "Nobody has asked for anything"
    empty_next = "Who may not mend a thing asks for it from the page of the document."
    list_select_related = ("integration", "record__integration")
    list_per_page = 50
    search_fields = plainly("wanted", "asked_by", "record__number", "record__vendor_name")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[FixRequest]:
        rows: QuerySet[FixRequest] = list_sums.with_own(super().get_queryset(request))
        return rows.defer("record__source", "record__coded", "record__problems")

    @display(description="State", label=TONES)
    def shown_state(self, row: FixRequest) -> Badge:
        return Badge(row.state, row.get_state_display())

    @display(description="What is asked", ordering="wanted")
    def title(self, row: FixRequest) -> str:
        return row.title(getattr(row, "own", ""))

    @display(description="Document is now")
    def now(self, row: FixRequest) -> str:
        return row.record.state_shown if row.record else formatting.NOTHING

    @display(description="Asked", ordering="asked_at")
    def asked(self, row: FixRequest) -> str:
        return formatting.when(row.asked_at)

    @display(description="Answer")
    def answered(self, row: FixRequest) -> str:
        return f"{row.answered_by}: {row.answer}".removesuffix(": ") or formatting.NOTHING

    # -- the pages --

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("ask/", wrap(self.ask), name="syncs_fixrequest_ask"),
            path("<int:pk>/reply/", wrap(self.reply), name="syncs_fixrequest_reply"),
        ]
        return [*own, *super().get_urls()]

    def ask(self, request: HttpRequest) -> HttpResponse:
        """What is wanted and of whom; once sent, the request."""
        if not asking.may(request.user, asking.MAY_ASK):
            raise PermissionDenied
        wanted = asking.read(request.GET.get("what", ""))
        if wanted is None:
            raise Http404
        another = asking.may(request.user, wanted.permission)
        whom = asking.whom(wanted.permission, another)
        if request.method == "POST":
            made, new = FixRequest.ask(wanted, request.user.get_username(), text_of(request))
            said = f"Sent to {whom}. The answer will stand here and on your overview."
            messages.success(request, said if new else "It has been asked for already.")
            return redirect("admin:syncs_fixrequest_change", made.pk)
        context = {
            **self.admin_site.each_context(request), "title": f"Ask {whom}", "wanted": wanted,
            "hints": hints.of_address(wanted.url), "whom": whom, "opts": self.opts,
            "another": another, "inline_admin_formsets": [],
        }  # fmt: skip
        return TemplateResponse(request, "syncs/ask.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.found(object_id)
        may_do = asking.may(request.user, row.permission)
        own = currency_of(row.integration.ledger)
        another = may_do and row.asked_by == request.user.get_username()
        context = {
            **self.admin_site.each_context(request), "title": row.title(own), "row": row,
            "currency": own, "opts": self.opts, "tone": TONES[row.state], "may_do": may_do,
            "whom": asking.whom(row.permission, another),
            "answers": self.may_reply(request, row), "inline_admin_formsets": [],
            "hints": hints.of_address(there(row)) if row.state == FixRequest.State.OPEN else [],
            "there": there(row),
            "ended": row.record is not None and row.record.state != State.HELD,
        }  # fmt: skip
        row.seen_by(request.user.get_username())
        return TemplateResponse(request, "syncs/fix_request.html", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """The request's own page is its history."""
        return self.change_view(request, object_id)

    def found(self, object_id: Any) -> FixRequest:
        key = str(object_id)
        rows = FixRequest.objects.select_related("integration__ledger", "record__integration")
        return get_object_or_404(rows, pk=key if key.isdigit() else None)

    def may_reply(self, request: HttpRequest, row: FixRequest) -> bool:
        """Who may carry it out, and is another than who asked."""
        mine = row.asked_by == request.user.get_username()
        allowed = request.user.has_perm("syncs.change_fixrequest")
        open_now = row.state == FixRequest.State.OPEN
        return open_now and not mine and allowed and asking.may(request.user, row.permission)

    def reply(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Done, or refused with a word. POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.found(pk)
        if row.state == FixRequest.State.OPEN and not self.may_reply(request, row):
            raise PermissionDenied
        state, word = request.POST.get("state", ""), text_of(request)
        if state not in (FixRequest.State.DONE, FixRequest.State.REFUSED):
            raise Http404
        if state == FixRequest.State.REFUSED and not word:
            messages.error(request, "Say why in a word. Nothing was changed.")
        elif row.reply(request.user.get_username(), state, word):
            messages.success(request, f"Answered: {row.asked_by} will see it.")
        else:
            messages.error(request, GONE)
        return redirect("admin:syncs_fixrequest_change", pk)
