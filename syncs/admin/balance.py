"""The reconciliation: what both sides come to, cell by cell, why they differ, and the documents."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)  # fmt: skip
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from audit import journal
from audit.models import Entry
from audit.paginator import CappedPaginator
from connections.models import Integration
from connections.transport.days import today
from mappings.pages import words
from syncs import formatting
from syncs.admin import balance_export, list_export, list_sums
from syncs.admin.base import ReadOnlyAdmin
from syncs.admin.record_filters import ProjectFilter, VendorFilter, begins
from syncs.admin.records import amount, clipped
from syncs.balance import refresh, totals
from syncs.balance.rows import BalanceReading, Book, Cause, Cell, CellPart, CellSum, Share
from syncs.models import Turn

TONES = {
    Cause.UNEXPLAINED: "danger", Cause.HELD: "warning", Cause.CHANGED: "warning",
    Cause.IN_LEDGER: "warning", Cause.IN_PROJECTS: "warning", Cause.NOT_SENT: "info",
    Cause.WAITING: "info", Cause.UNAPPROVED: "info",
}  # fmt: skip
TABLE = list_export.Table(  # as the journal names it
    "line of the reconciliation", "lines of the reconciliation", "syncs.export_cell", {}
)  # fmt: skip
MONTHS = 36  # that the filter offers
SHOWN = 200  # documents on a cell's page
KEPT = {"book", "integration__id__exact", "month", "share", "project", "cause", "differs"}
MANY_PROJECTS = 100  # that one beginning may name; more are not listed one by one
BESIDE = {"o", "p", "_changelist_filters"}  # say nothing about which cells are meant


class CellProjectFilter(ProjectFilter):
    """Of the projects that the kept sums tell, those are asked for by name whose number begins so:
    an index tells what a whole number has, and in which order."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = (self.value() or "").replace("\x00", "").strip()
        if not text:
            return queryset
        known = CellSum.objects.filter(begins("project", text)).values_list("project", flat=True)
        names = list(known.order_by("project").distinct()[: MANY_PROJECTS + 1])
        if len(names) > MANY_PROJECTS:
            return super().queryset(request, queryset)
        return queryset.filter(project__in=names)


class CauseFilter(DropdownFilter):
    title = "cause"
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(cause.value, cause.label) for cause in Cause]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Cell]) -> QuerySet[Cell]:
        return queryset.filter(causes__cause=self.value()) if self.value() else queryset


class PeriodFilter(DropdownFilter):
    title = "month"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        one, found = today().replace(day=1), []
        for _ in range(MONTHS):
            found.append((f"{one:%Y-%m}", f"{one:%B %Y}"))
            one = (one - dt.timedelta(days=1)).replace(day=1)
        return found

    def queryset(self, request: HttpRequest, queryset: QuerySet[Cell]) -> QuerySet[Cell]:
        month = first_day(self.value() or "")
        return queryset.filter(period=month) if month else queryset


class ShareFilter(DropdownFilter):
    title = "share of a commitment"
    parameter_name = "share"

    def has_output(self) -> bool:
        return book_of(self.request) == Book.COMMITMENT

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(share.value, share.label) for share in Share]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Cell]) -> QuerySet[Cell]:
        return queryset.filter(share=self.value()) if self.value() else queryset


class DiffersFilter(DropdownFilter):
    title = "differences"
    parameter_name = "differs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("only", "Only differences")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Cell]) -> QuerySet[Cell]:
        return queryset.filter(differs=True) if self.value() else queryset


@admin.register(Cell)
class CellAdmin(ReadOnlyAdmin):
    called = "line"
    empty_title = "Nothing to compare yet"
    empty_next = (
        "Once both sides of an integration were read, each project, cost code, vendor and "
        "month stands here with what either side comes to and why they differ. They are read "
        "each night, and by “Read again now”."
    )
    empty_else = (
        "Both sides are read each night; then each project, cost code, vendor and month stands "
        "here with what either side comes to and why they differ. {whom} can have it done at once."
    )
    empty_takes = "syncs.read_again_cell"
    empty_link = (
        "Integrations",
        "connections_integration_changelist",
        "connections.view_integration",
    )
    list_display = (
        "shown_project", "shown_code", "shown_vendor", "shown_period", "shown_projects",
        "shown_ledger", "shown_difference", "shown_causes",
    )  # fmt: skip
    list_display_links = ("shown_project", "shown_code")
    list_filter = (
        ("integration", RelatedDropdownFilter), CellProjectFilter, PeriodFilter, CauseFilter,
        ShareFilter, DiffersFilter, VendorFilter,
    )  # fmt: skip
    list_filter_submit = True
    list_per_page = 50
    list_max_show_all = 0
    list_before_template = "syncs/balance_head.html"
    paginator = CappedPaginator
    ordering = ("-differs", "project", "cost_code", "period", "id")
    sortable_by = ("shown_project", "shown_period")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cell]:
        """One book at a time: a commitment is no cost."""
        rows: QuerySet[Cell] = super().get_queryset(request)
        rows = rows.filter(book=book_of(request)).select_related("integration")
        named: QuerySet[Cell] = list_sums.with_own(rows.prefetch_related("causes"))
        return named

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup == "book" or bool(super().lookup_allowed(lookup, value, request))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page: HttpResponse = super().changelist_view(request, extra_context)
        if isinstance(page, TemplateResponse) and page.context_data and "cl" in page.context_data:
            page.context_data |= head(request, page.context_data["cl"].queryset)
        return page

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """With the integration where the list has several: two may have the same project."""
        if request.GET.get("integration__id__exact") or Integration.objects.count() < 2:
            return self.list_display
        return ("shown_integration", *self.list_display)

    # -- columns --------------------------------------------------------------------------------

    @display(description="Integration")
    def shown_integration(self, cell: Cell) -> str:
        return str(cell.integration)

    @display(description="Project", ordering="project")
    def shown_project(self, cell: Cell) -> str:
        return cell.project or "No project"

    @display(description="Cost code")
    def shown_code(self, cell: Cell) -> SafeString:
        kind = format_html(' <span class="c-unit">{}</span>', cell.cost_type)
        return format_html(
            '<span class="c-nowrap">{}{}</span>{}', cell.cost_code or "–",
            kind if cell.cost_type else "",
            format_html(' <span class="c-soft">{}</span>', cell.get_share_display().lower())
            if cell.share else "",
        )  # fmt: skip

    @display(description="Vendor")
    def shown_vendor(self, cell: Cell) -> SafeString:
        return clipped(cell.vendor_name or cell.vendor or "–", 26)

    @display(description="Month", ordering="period")
    def shown_period(self, cell: Cell) -> str:
        return f"{cell.period:%b %Y}" if cell.period else "–"

    @display(description="Project system")
    def shown_projects(self, cell: Cell) -> SafeString:
        return amount(cell.in_projects, currency_of(cell))

    @display(description="Ledger")
    def shown_ledger(self, cell: Cell) -> SafeString:
        return amount(cell.in_ledger, currency_of(cell))

    @display(description="Difference")
    def shown_difference(self, cell: Cell) -> SafeString:
        return amount(cell.difference, currency_of(cell))

    @display(description="Why")
    def shown_causes(self, cell: Cell) -> SafeString:
        """Each with its share of the difference."""
        if not cell.differs:
            return format_html('<span class="c-badge c-success">{}</span>', "Agrees")
        return format_html_join(
            " ", '<span class="c-badge c-{}">{} {}</span>',
            ((tone(one.cause), one.get_cause_display(),
              formatting.money(one.amount, currency_of(cell))) for one in cell.causes.all()),
        )  # fmt: skip

    # -- pages of our own -----------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("read-again/", wrap(self.read_again), name="syncs_cell_read_again"),
            path("export/<slug:form>/", wrap(self.export), name="syncs_cell_export"),
            *super().get_urls(),
        ]

    def read_again(self, request: HttpRequest) -> HttpResponse:
        """The button. A worker reads; POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("syncs.read_again_cell"):
            raise PermissionDenied
        rows = Integration.objects.filter(active=True)
        chosen = request.POST.get("integration", "")
        for row in rows.filter(pk=chosen) if chosen.isdigit() else rows:
            again(row, request.user.get_username())
            messages.success(request, f"{row}: both sides are read again. Look again in a minute.")
        return redirect(f"{request.path.removesuffix('read-again/')}?{request.GET.urlencode()}")

    def export(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """The filtered list as it is on screen, all of it. POST, as of all lists."""
        if refusal := list_export.refused(request, TABLE, form):
            return refusal
        if not self.has_view_permission(request):
            raise PermissionDenied
        filters = list_export.asked(request.GET)
        cells = self.get_changelist_instance(request).get_queryset(request)
        number = cells.order_by().count()
        list_export.note(request.user.get_username(), TABLE, form, filters, number)
        return balance_export.answer(form, cells, as_of(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One cell with its documents."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        cell = get_object_or_404(
            Cell.objects.select_related("integration__project_system", "integration__ledger"),
            pk=object_id[:32],
        )
        context = {
            **self.admin_site.each_context(request), "title": str(cell), "opts": Cell._meta,
            "original": cell, "media": self.media, **told(request, cell),
        }  # fmt: skip
        return TemplateResponse(request, "syncs/cell.html", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Sums have no history of their own."""
        return self.change_view(request, object_id)


def currency_of(cell: Cell) -> str:
    return cell.currency or str(getattr(cell, "own", ""))


def tone(cause: str) -> str:
    return TONES.get(Cause(cause), "plain") if cause else "plain"


def book_of(request: HttpRequest) -> str:
    wanted = request.GET.get("book", "")
    return wanted if wanted in Book.values else Book.COST


def first_day(month: str) -> dt.date | None:
    """Of a month as the filter names it; None for what is none."""
    try:
        return dt.date.fromisoformat(f"{month}-01")
    except ValueError:
        return None


def figures(request: HttpRequest, cells: QuerySet[Cell]) -> totals.Figures:
    """Of all cells that the filters leave: the kept sums where those tell it, so that nothing is
    scanned for a page."""
    given = request.GET.dict()
    asked = {name: value for name, value in given.items() if value and name not in BESIDE}
    if asked.keys() - KEPT or not asked.get("integration__id__exact", "0").isdigit():
        return totals.Scanned(cells)
    where = Q(book=book_of(request))
    if integration := asked.get("integration__id__exact"):
        where &= Q(integration=int(integration))
    if month := first_day(asked.get("month", "")):
        where &= Q(period=month)
    if share := asked.get("share"):
        where &= Q(share=share)
    if project := asked.get("project", "").replace("\x00", "").strip():
        where &= begins("project", project)
    return totals.Kept(where, asked.get("cause", ""), bool(asked.get("differs")))


def readings(request: HttpRequest) -> QuerySet[BalanceReading]:
    """Of the integration that is looked at, else of all."""
    rows = BalanceReading.objects.select_related("integration").order_by("pk")
    chosen = request.GET.get("integration__id__exact", "")
    return rows.filter(integration=int(chosen)) if chosen.isdigit() else rows


def as_of(request: HttpRequest) -> dt.datetime | None:
    """The oldest of what is shown."""
    return min((row.as_of for row in readings(request) if row.as_of), default=None)


def head(request: HttpRequest, cells: QuerySet[Cell]) -> dict[str, Any]:
    """What stands above the list: as of when, the sums, the causes, what no list tells."""
    known = list(readings(request))
    query = request.GET.copy()
    query.pop("p", None)
    plain = query.copy()
    for name in ("cause", "share"):
        plain.pop(name, None)
    account = totals.account(figures(request, cells), list_sums.companies().currencies)
    return {
        "title": "Reconciliation", "readings": known, "account": account,
        "causes": [(one, tone(one.cause)) for one in account.causes],
        "books": [(book, book.value == book_of(request)) for book in Book],
        "query": query.urlencode(), "without_cause": plain.urlencode(),
        "only": request.GET.get("differs", ""),
        "chosen": request.GET.get("integration__id__exact", ""),
        "shares": [(part, [(one, tone(one.cause)) for one in part.causes])
                   for part in account.shares],
        "may_read": request.user.has_perm("syncs.read_again_cell"),
        "exports": exports(request, query.urlencode()),
        "asked": Turn.objects.filter(kind=refresh.KIND).exclude(ask=None, claim=None).exists(),
        "never": not any(one.as_of for one in known), "now": timezone.now(),
    }  # fmt: skip


def exports(request: HttpRequest, query: str) -> list[tuple[str, str]]:
    """None for whom may not take them along."""
    if not request.user.has_perm(TABLE.permission):
        return []
    return list_export.addresses("syncs_cell_export", query)


def told(request: HttpRequest, cell: Cell) -> dict[str, Any]:
    parts = CellPart.objects.filter(cell=cell.pk, integration=cell.integration_id)
    rows = parts.select_related("record").defer("record__source", "record__coded")
    reading = BalanceReading.objects.filter(integration=cell.integration_id).first()
    return {
        "cell": cell, "reading": reading,
        "currency": cell.currency or words.currency_of(cell.integration.ledger),
        "more": parts.count() - SHOWN,
        "causes": [(one, tone(one.cause)) for one in cell.causes.all()],
        "parts": [(part, tone(part.cause))
                  for part in rows.order_by("-cause", "document_date", "pk")[:SHOWN]],
        "may_see": request.user.has_perm("syncs.view_record"),
    }  # fmt: skip


@transaction.atomic
def again(integration: Integration, actor: str) -> None:
    """Asked for, with its line in the journal."""
    refresh.ask(integration.pk)
    sentence = "Both sides are read again for the reconciliation"
    journal.append(Entry.Kind.PERSON, sentence, integration=integration.key, actor=actor)
