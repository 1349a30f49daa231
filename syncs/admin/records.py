"""The record list and the record page."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RangeNumericFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from audit.filters import DayRangeFilter
from audit.paginator import CappedPaginator
from connections.integrations import list_label
from connections.models import Integration
from syncs import formatting
from syncs.admin import (
    bulk_progress,
    causes,
    figures,
    list_export,
    list_sums,
    record_actions,
    record_export,
    record_page,
    unmapped_export,
)
from syncs.admin.base import ReadOnlyAdmin
from syncs.admin.month_figures import FigureFilter
from syncs.admin.record_filters import (
    ApprovalFilter,
    BookedByFilter,
    FlowFilter,
    OwnerFilter,
    ProjectFilter,
    StateFilter,
    VendorFilter,
    meant,
)
from syncs.models import Record, State
from syncs.worklist.searched import found

BIG_COLUMNS = (
    "source", "coded", "problems", "sentence", "integration__ledger__secrets",
    "integration__ledger__settings", "integration__ledger__test_findings",
)  # fmt: skip


EMPTY = {  # behind the tabs
    ("state__exact", State.HELD): (
        "Nothing is held", "What needs a person appears here, each with its cause.",
    ),
    ("state__exact", State.IN_DOUBT): (
        "Nothing is in doubt", "What was sent and not answered appears here until that is settled.",
    ),
    ("state__exact", State.PENDING): (
        "Nothing is pending", "All that came was looked at. What comes next appears here first.",
    ),
    ("state__exact", figures.DRAFT): (
        "No drafts", "What people have to post in the ledger themselves appears here.",
    ),
    ("state__exact", State.POSTED): (
        "Nothing is posted yet", "What stands on the other side and was read back appears here.",
    ),
    ("state__exact", State.SKIPPED): (
        "Nothing was skipped", "What a rule leaves out appears here, with the rule.",
    ),
    ("state__exact", State.SET_ASIDE): (
        "Nothing was set aside", "What a person decided not to post appears here, with the reason.",
    ),
    ("state__exact", figures.SHADOW): (
        "Nothing is held by shadow mode", "What a flow would post once it is switched on appears "
        "here.",
    ),
}  # fmt: skip


@admin.register(Record)
class RecordAdmin(ReadOnlyAdmin):
    list_display = (
        "what", "shown_number", "shown_project", "shown_vendor", "shown_amount", "shown_date",
        "shown_state", "shown_reason", "shown_age", "shown_destination",
    )  # fmt: skip
    list_display_links = ("shown_number",)
    list_filter = (
        StateFilter,
        ("reason", ChoicesDropdownFilter),
        ("integration", RelatedDropdownFilter),
        FlowFilter,
        OwnerFilter,
        ApprovalFilter,
        BookedByFilter,
        FigureFilter,
        ProjectFilter,
        VendorFilter,
        ("amount", RangeNumericFilter),
        ("document_date", RangeDateFilter),
        ("created_at", DayRangeFilter),
        ("posted_at", DayRangeFilter),
    )
    list_filter_submit = True
    empty_title = "Nothing has come in yet"
    empty_next = "Wait for the first poll, or press “Poll now” on the page of a flow."
    empty_else = "Documents come by themselves with the next poll; {whom} can ask for one at once."
    empty_takes = "syncs.change_flowsettings"
    empty_of = EMPTY
    list_select_related = ("integration__ledger__company_found",)
    list_per_page = 50
    list_max_show_all = 0
    list_before_template = "syncs/record_tabs.html"
    list_after_template = "syncs/list_after.html"
    paginator = CappedPaginator
    search_fields = ("number",)
    search_help_text = "Number, vendor, amount, project or cost code"
    ordering = ("-id",)
    actions = ("replay", "approve", "send_back", "ask_again", "set_aside", "take", "assign")

    # -- permissions: one per action --

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("syncs.replay_record")

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("syncs.approve_record")

    def has_set_aside_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("syncs.set_aside_record")

    def has_assign_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("syncs.assign_record")

    # -- the list --

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """With the integration and the company where there are several, the owner of what waits."""
        columns = [self.list_display[0], *columns_of_sides(), *self.list_display[1:]]
        waits = request.GET.get("owner") or request.GET.get("approval")
        if request.GET.get("state__exact") == State.HELD or waits:
            columns[columns.index("shown_age")] = "held_age"
            columns.insert(columns.index("held_age"), "shown_owner")
        if request.GET.get("state__exact") == State.HELD:
            columns.remove("shown_state")  # it is the same in each line
            columns.remove("shown_destination")  # its page says; here it is empty nearly always
        return tuple(columns)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        rows: QuerySet[Record] = list_sums.with_own(super().get_queryset(request))
        return rows.defer(*BIG_COLUMNS)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Record], search_term: str
    ) -> tuple[QuerySet[Record], bool]:
        return (found(queryset, meant(search_term)) if search_term else queryset), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        tabs = figures.tabs(request.GET.get("state__exact", ""))
        sum_url = f"{reverse('admin:syncs_record_sum')}?{request.GET.urlencode()}"
        context = {**(extra_context or {}), "state_tabs": tabs, "sum_url": sum_url}
        if bulk_progress.asked(request):
            context["progress_url"] = reverse("admin:syncs_record_progress")
        if request.user.has_perm(record_export.PERMISSION):
            query = list_export.asked(request.GET).urlencode()
            context["exports"] = list_export.addresses("syncs_record_export", query)
        page: HttpResponse = super().changelist_view(request, context)
        return page

    @display(description="Flow")
    def what(self, record: Record) -> SafeString:
        """What the flow carries; its whole name when pointed at."""
        label = record_page.flow_label(record)
        return format_html('<span title="{}">{}</span>', label, list_label(record.flow))

    @display(description="Integration")
    def shown_integration(self, record: Record) -> str:
        return str(record.integration)

    @display(description="Company")
    def shown_company(self, record: Record) -> SafeString:
        return clipped(company_of(record.integration) or "–", 14)

    @display(description="Owner", ordering="owner")
    def shown_owner(self, record: Record) -> SafeString:
        return format_html('<span title="{}">{}</span>', record.note, record.owner or "–")

    @display(description="Number", ordering="number")
    def shown_number(self, record: Record) -> SafeString:
        shown = clipped(record.number or record.source_id, 20)
        if record.revision == 1:
            return shown
        return format_html(
            '{} <span class="c-soft">correction {}</span>', shown, record.revision - 1
        )

    @display(description="Project", ordering="project")
    def shown_project(self, record: Record) -> SafeString:
        whole = f"{record.project} {record.project_name}".strip()
        return clipped(record.project or "–", 16, whole)

    @display(description="Vendor", ordering="vendor_name")
    def shown_vendor(self, record: Record) -> SafeString:
        return clipped(record.vendor_name or "–", 24)

    @display(description="Amount", ordering="amount")
    def shown_amount(self, record: Record) -> SafeString:
        return amount(record.amount, record.currency or getattr(record, "own", ""))

    @display(description="Date", ordering="document_date")
    def shown_date(self, record: Record) -> str:
        return formatting.day(record.document_date)

    @display(description="State")
    def shown_state(self, record: Record) -> SafeString:
        """Plain markup: the theme's labels are a template for each cell."""
        tone = record_page.tone_of(record) or "plain"
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

    @display(description="Held for", ordering="held_since")
    def held_age(self, record: Record) -> SafeString:
        """Since it was first held, not since it was looked at last."""
        first = record.held_since or record.changed_at
        words = formatting.age(first)
        return format_html('<span title="since {}">{}</span>', formatting.when(first), words)

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

    @admin.action(description="Send back …", permissions=["approve"])
    def send_back(self, request: HttpRequest, queryset: QuerySet[Record]) -> HttpResponse | None:
        return record_actions.bulk(self, request, queryset, "send_back")

    @admin.action(description="Ask for approval again …", permissions=["replay"])
    def ask_again(self, request: HttpRequest, queryset: QuerySet[Record]) -> HttpResponse | None:
        return record_actions.bulk(self, request, queryset, "ask_again")

    @admin.action(description="Set aside …", permissions=["set_aside"])
    def set_aside(self, request: HttpRequest, queryset: QuerySet[Record]) -> HttpResponse | None:
        return record_actions.bulk(self, request, queryset, "set_aside")

    @admin.action(description="Take them …", permissions=["assign"])
    def take(self, request: HttpRequest, queryset: QuerySet[Record]) -> HttpResponse | None:
        return record_actions.bulk(self, request, queryset, "take")

    @admin.action(description="Assign …", permissions=["assign"])
    def assign(self, request: HttpRequest, queryset: QuerySet[Record]) -> HttpResponse | None:
        return record_actions.bulk(self, request, queryset, "assign")

    # -- one --

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/do/<slug:verb>/", wrap(self.act), name="syncs_record_do"),
            path("causes/", wrap(partial(causes.page, self)), name="syncs_record_causes"),
            path(
                "progress/",
                wrap(partial(bulk_progress.page, self)),
                name="syncs_record_progress",
            ),
            path("sum/", wrap(partial(list_sums.page, self)), name="syncs_record_sum"),
            path(
                "export/<slug:form>/",
                wrap(partial(list_export.page, self, record_export.TABLE)),
                name="syncs_record_export",
            ),
            path("unmapped/<slug:form>/", wrap(unmapped_export.page), name="syncs_record_unmapped"),
        ]
        return [*own, *super().get_urls()]

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


def columns_of_sides() -> list[str]:
    """Those that tell records apart; one query."""
    rows = Integration.objects.values_list("pk", "ledger__company_found__name")
    companies = {name for _, name in rows if name}
    return ["shown_integration"] * (len(rows) > 1) + ["shown_company"] * (len(companies) > 1)


def company_of(integration: Integration) -> str:
    """The company of its ledger, where the ledger has said which."""
    found = getattr(integration.ledger, "company_found", None)
    return found.name if found else ""


def clipped(text: str, length: int, whole: str = "") -> SafeString:
    """Cut on screen, whole when pointed at; one line."""
    shown = text if len(text) <= length else f"{text[: length - 1]}…"
    return format_html('<span class="c-nowrap" title="{}">{}</span>', whole or text, shown)


def amount(value: Decimal | None, currency: str) -> SafeString:
    """On one line, in red where it is less than nothing."""
    tone = " c-negative" if value is not None and value < 0 else ""
    return format_html(
        '<span class="c-amount{}">{}</span>', tone, formatting.money(value, currency)
    )
