"""The record list and the record page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RangeNumericFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from audit.paginator import CappedPaginator
from syncs import formatting
from syncs.admin import figures, record_actions, record_page
from syncs.admin.base import ReadOnlyAdmin
from syncs.admin.record_filters import (
    DaysFilter,
    FlowFilter,
    ProjectFilter,
    VendorFilter,
    numbered,
)
from syncs.admin.record_page import STATE_TONES
from syncs.models import Record, State

BIG_COLUMNS = ("source", "coded", "problems", "sentence")


@admin.register(Record)
class RecordAdmin(ReadOnlyAdmin):
    list_display = (
        "what", "shown_number", "shown_project", "shown_vendor", "shown_amount", "shown_date",
        "shown_state", "shown_reason", "shown_age", "shown_destination",
    )  # fmt: skip
    list_display_links = ("shown_number",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("reason", ChoicesDropdownFilter),
        ("integration", RelatedDropdownFilter),
        FlowFilter,
        ProjectFilter,
        VendorFilter,
        ("amount", RangeNumericFilter),
        ("document_date", RangeDateFilter),
        ("created_at", DaysFilter),
    )
    list_filter_submit = True
    list_select_related = ("integration",)
    list_per_page = 50
    list_max_show_all = 0
    list_before_template = "syncs/record_tabs.html"
    paginator = CappedPaginator
    search_fields = ("number",)
    search_help_text = "Any number: document, ledger, source id, record"
    ordering = ("-id",)
    actions = ("replay", "approve", "set_aside")

    # -- permissions: one per action --

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("syncs.replay_record")

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("syncs.approve_record")

    def has_set_aside_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("syncs.set_aside_record")

    # -- the list --

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        rows: QuerySet[Record] = super().get_queryset(request)
        return rows.defer(*BIG_COLUMNS)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Record], search_term: str
    ) -> tuple[QuerySet[Record], bool]:
        return (queryset.filter(numbered(search_term)) if search_term else queryset), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        tabs = figures.tabs(request.GET.get("state__exact", ""))
        context = {**(extra_context or {}), "state_tabs": tabs}
        page: HttpResponse = super().changelist_view(request, context)
        return page

    @display(description="Flow")
    def what(self, record: Record) -> SafeString:
        """The first words of the flow's name; the whole when pointed at."""
        label = record_page.flow_label(record)
        return format_html('<span title="{}">{}</span>', label, label.split(" (")[0].split(",")[0])

    @display(description="Number", ordering="number")
    def shown_number(self, record: Record) -> SafeString:
        return clipped(record.number or record.source_id, 20)

    @display(description="Project", ordering="project")
    def shown_project(self, record: Record) -> SafeString:
        return format_html('<span title="{}">{}</span>', record.project_name, record.project or "–")

    @display(description="Vendor", ordering="vendor_name")
    def shown_vendor(self, record: Record) -> SafeString:
        return clipped(record.vendor_name or "–", 24)

    @display(description="Amount", ordering="amount")
    def shown_amount(self, record: Record) -> SafeString:
        return amount(record)

    @display(description="Date", ordering="document_date")
    def shown_date(self, record: Record) -> str:
        return formatting.day(record.document_date)

    @display(description="State")
    def shown_state(self, record: Record) -> SafeString:
        """Plain markup: the theme's labels are a template for each cell."""
        tone = STATE_TONES[State(record.state)] or "plain"
        badge = '<span class="c-badge c-{}">{}</span>'
        return format_html(badge, tone, record.state_shown)

    @display(description="Reason")
    def shown_reason(self, record: Record) -> str:
        return record.get_reason_display() or "–"

    @display(description="For")
    def shown_age(self, record: Record) -> SafeString:
        since = formatting.when(record.changed_at)
        return format_html(
            '<span title="since {}">{}</span>', since, formatting.age(record.changed_at)
        )

    @display(description="On the other side", ordering="destination_number")
    def shown_destination(self, record: Record) -> SafeString:
        return clipped(record.destination_number or "–", 14)

    # -- many at once --

    @admin.action(description="Replay …", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Record]) -> HttpResponse | None:
        return record_actions.bulk(self, request, queryset, "replay")

    @admin.action(description="Approve …", permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Record]) -> HttpResponse | None:
        return record_actions.bulk(self, request, queryset, "approve")

    @admin.action(description="Set aside …", permissions=["set_aside"])
    def set_aside(self, request: HttpRequest, queryset: QuerySet[Record]) -> HttpResponse | None:
        return record_actions.bulk(self, request, queryset, "set_aside")

    # -- one --

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.act)
        own = path("<int:pk>/do/<slug:verb>/", view, name="syncs_record_do")
        return [own, *super().get_urls()]

    def act(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        return record_actions.act(self, request, pk, verb)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return record_page.page(self, request, object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """The record's own page is its history."""
        return record_page.page(self, request, object_id)


def clipped(text: str, length: int) -> SafeString:
    """Cut on screen, whole when pointed at; one line."""
    shown = text if len(text) <= length else f"{text[: length - 1]}…"
    return format_html('<span class="c-nowrap" title="{}">{}</span>', text, shown)


def amount(record: Record) -> SafeString:
    """With its currency when it is not the company's own."""
    negative = record.amount is not None and record.amount < 0
    return format_html(
        '<span class="c-amount{}">{}</span>{}',
        " c-negative" if negative else "", formatting.money(record.amount),
        format_html(' <span class="c-unit">{}</span>', record.currency) if record.currency else "",
    )  # fmt: skip
