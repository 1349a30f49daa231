"""Months: where each stands, its account, closing it, reopening it, and the printed record."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from syncs import formatting
from syncs.admin import balance, controls, list_export, list_sums, period_page
from syncs.admin.base import ReadOnlyAdmin
from syncs.admin.records import amount
from syncs.closing import close, follow
from syncs.closing.rows import Period, PeriodClose
from syncs.models import ControlChange

TONES = {
    "Open": "", "Closed": "success", "Closed, changed since": "danger", "Reopened": "warning",
}  # fmt: skip
NOTE = 2000  # characters
QUICK = 20_000  # documents that a page counts


class StateFilter(DropdownFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*Period.State.choices, ("changed", "Closed, changed since")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "changed":
            return queryset.filter(state=Period.State.CLOSED, changes__gt=0)
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Period)
class PeriodAdmin(ReadOnlyAdmin):
    list_display = (
        "shown_month", "integration", "shown_state", "documents", "shown_open", "shown_projects",
        "shown_ledger", "shown_difference", "shown_as_of",
    )  # fmt: skip
    list_display_links = ("shown_month",)
    list_filter = (("integration", RelatedDropdownFilter), StateFilter)
    list_filter_submit = True
    list_select_related = ("integration",)
    list_before_template = "syncs/periods_head.html"
    list_per_page = 50
    ordering = ("-month", "integration")
    sortable_by = ("shown_month",)
    empty_title = "No month yet"
    empty_next = (
        "A month appears once both sides were read. That is done each night, and by “Read again "
        "now” on the page Reconciliation."
    )
    empty_else = (
        "A month appears once both sides were read. That is done each night; {whom} can have it "
        "done at once."
    )
    empty_takes = "syncs.read_again_cell"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Period]:
        rows: QuerySet[Period] = list_sums.with_own(super().get_queryset(request))
        return rows

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Counted anew where something changed and that takes no time; else it says of when."""
        context = {**(extra_context or {}), "counted_at": follow.count_again(QUICK)}
        page: HttpResponse = super().changelist_view(request, context)
        return page

    # -- columns --------------------------------------------------------------------------------

    @display(description="Month", ordering="month")
    def shown_month(self, period: Period) -> str:
        return period.name

    @display(description="State", label=TONES)
    def shown_state(self, period: Period) -> str:
        return period_page.state(period)

    @display(description="Still open")
    def shown_open(self, period: Period) -> SafeString:
        tone = "warning" if period.open_documents else "success"
        number = f"{period.open_documents:,}"
        return format_html('<span class="c-badge c-{}">{}</span>', tone, number)

    @display(description="Costs, project system")
    def shown_projects(self, period: Period) -> SafeString:
        return self.sums(period, "in_projects")

    @display(description="Costs, ledger")
    def shown_ledger(self, period: Period) -> SafeString:
        return self.sums(period, "in_ledger")

    @display(description="Difference")
    def shown_difference(self, period: Period) -> SafeString:
        return self.sums(period, "")

    @display(description="Both sides read", ordering="as_of")
    def shown_as_of(self, period: Period) -> str:
        return formatting.when(period.as_of)

    def sums(self, period: Period, name: str) -> SafeString:
        """A line for each currency; without a name the difference."""
        lines = [
            amount(period_page.figure(one, name), one["currency"] or getattr(period, "own", ""))
            for one in period.sums
        ]  # fmt: skip
        told = format_html_join("", "<div>{}</div>", ((line,) for line in lines))
        return format_html("<div>{}</div>", told or "–")

    # -- the page of a month --------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/do/<slug:verb>/", wrap(self.act), name="syncs_period_do"),
            path("<int:pk>/print/", wrap(self.print_now), name="syncs_period_print"),
            path("<int:pk>/names.<slug:form>", wrap(self.names), name="syncs_period_names"),
            path("record/<int:pk>/", wrap(self.print_record), name="syncs_period_record"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A page of its own: nothing of it is a form field."""
        period = self.asked_for(request, object_id)
        context = {
            **self.admin_site.each_context(request), "title": str(period), "opts": Period._meta,
            "original": period, "media": self.media, **period_page.context(request, period),
            "exports": period_page.exports(request, period),
            "open_before": period_page.before(period),
        }  # fmt: skip
        return TemplateResponse(request, "syncs/period.html", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Its history is the journal's, and its earlier closes stand on the page."""
        return self.change_view(request, object_id)

    def asked_for(self, request: HttpRequest, pk: str | int) -> Period:
        """Raises PermissionDenied, Http404."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not str(pk).isdecimal() or len(str(pk)) > len(str(2**63)) - 1:
            raise Http404
        rows = Period.objects.select_related("integration__project_system", "integration__ledger")
        return get_object_or_404(rows, pk=pk)

    def act(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """A button of the page; POST only."""
        if verb not in VERBS:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        permission, do = VERBS[verb]
        if not request.user.has_perm(permission):
            raise PermissionDenied
        do(request, self.asked_for(request, pk))
        return redirect("admin:syncs_period_change", pk)

    # -- paper and files ------------------------------------------------------------------------

    def print_now(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The standing record; of an open month the figures of now, marked as that."""
        period = self.asked_for(request, pk)
        if standing := period.standing:
            return redirect("admin:syncs_period_record", standing.pk)
        return TemplateResponse(request, "syncs/period_print.html", period_page.paper(period))

    def print_record(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One close, as it was signed, whatever became of the month since."""
        made = get_object_or_404(PeriodClose.objects.select_related("period"), pk=pk)
        period = self.asked_for(request, made.period_id)
        page = period_page.paper(period, made)
        return TemplateResponse(request, "syncs/period_print.html", page)

    def names(self, request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
        """All that is not posted, as a file. POST, as of all lists."""
        if refusal := list_export.refused(request, period_page.TABLE, form):
            return refusal
        period = self.asked_for(request, pk)
        names = period_page.names_of(period, period.standing)
        actor, number = request.user.get_username(), len(names)
        list_export.note(actor, period_page.TABLE, form, None, number)
        return period_page.file(form, period)


# -- what the buttons do --------------------------------------------------------------------------


def read_again(request: HttpRequest, period: Period) -> None:
    balance.again(period.integration, request.user.get_username())
    messages.success(request, "Both sides are read again. Look again in a minute.")


def close_month(request: HttpRequest, period: Period) -> None:
    note = request.POST.get("note", "").strip()[:NOTE]
    try:
        made = close.close(period, request.user.get_username(), note)
    except close.CannotClose as problem:
        messages.error(request, str(problem))
        return
    how = "all clear" if made.all_clear else "with what is open, which the record lists"
    messages.success(request, f"{period.name} is closed, {how}. Print the record, or save it.")


def reopen_month(request: HttpRequest, period: Period) -> None:
    why = request.POST.get("why", "").strip()[:500]
    if not why:
        messages.error(request, "Say why the month is to be open again. Nothing was changed.")
        return
    change = controls.ask_to_reopen(period, why, request.user.get_username())
    if change is None:
        messages.error(request, f"{period.name} is not closed.")
    elif change.decision == ControlChange.Decision.OPEN:
        messages.warning(request, f"{period.name} stays closed until a second person agrees.")
    else:
        messages.warning(request, f"{period.name} is open again.")


VERBS: dict[str, tuple[str, Any]] = {
    "read-again": ("syncs.read_again_cell", read_again),
    "close": ("syncs.close_period", close_month),
    "reopen": ("syncs.reopen_period", reopen_month),
}
