"""The journal's pages: read, export, verify. Nobody changes anything here."""

from __future__ import annotations

import json
import re
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display

from audit import export, journal
from audit.filters import DayRangeFilter, FlowFilter, IntegrationFilter
from audit.models import Entry
from audit.paginator import LinePaginator
from connections.companies.asked import seen
from connections.companies.scoped import integrations
from connections.integrations import kind_label, list_label
from connections.pages.moments import when_exactly

KIND_COLOURS = {
    "About to write": "warning",
    "Outcome of a write": "info",
    "Read back": "success",
    "Done by a person": "primary",
    "Alert": "danger",
}
LARGEST_SEQUENCE = 2**63 - 1
HASH = re.compile(r"[0-9a-f]{12,64}")


@admin.register(Entry)
class EntryAdmin(ModelAdmin):
    empty_title = "Nothing has happened yet"
    empty_next = (
        "Each thing that is noted, written, read back or decided becomes a line here, and "
        "none is ever changed."
    )
    list_display = ("sequence", "moment", "shown_kind", "sentence", "flow_name", "record", "actor")
    list_display_links = ("sequence", "sentence")
    list_filter = ("kind", IntegrationFilter, FlowFilter, ("at", DayRangeFilter))
    list_filter_submit = True
    list_before_template = "audit/list_buttons.html"
    search_fields = ("sequence",)
    search_help_text = "Line, record, document number or hash"
    ordering = ("-sequence",)
    sortable_by = ("sequence",)
    paginator = LinePaginator
    show_full_result_count = False
    list_per_page = 50
    fields = (
        "sequence", "moment", "shown_kind", "sentence", "where", "record_lines", "actor",
        "counterpart", "shown_data", "previous", "hash",
    )  # fmt: skip
    readonly_fields = fields

    # -- nobody writes --------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        texts = {"actor": "A person did it. Empty: the system."}
        return super().get_form(request, *args, **kwargs, help_texts=texts)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        more = {**(extra_context or {}), "show_history": False}
        return super().change_view(request, object_id, form_url, more)  # type: ignore[no-any-return]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """A line has no history: it never changes."""
        raise PermissionDenied

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Lines of what one may see: of its records, and of kinds that no other company has."""
        rows: QuerySet[Entry] = super().get_queryset(request)
        known = seen()
        if known is None:
            return rows
        of_records = [Q(record__in=records()) for records in journal.RECORDS]
        return rows.filter(Q(*of_records, _connector=Q.OR) | own_lines(known))

    # -- columns --------------------------------------------------------------------------------

    @display(description="Time", ordering="sequence")
    def moment(self, entry: Entry) -> SafeString:
        at = when_exactly(entry.at)
        return format_html('<span class="whitespace-nowrap">{}</span>', at)

    @display(description="What", label=KIND_COLOURS)
    def shown_kind(self, entry: Entry) -> str:
        return entry.get_kind_display()

    @display(description="Flow")
    def flow_name(self, entry: Entry) -> SafeString:
        name = list_label(entry.flow)
        integration = kind_label(entry.integration)
        return format_html('<span class="whitespace-nowrap">{}</span>', name or integration or "–")

    @display(description="Where")
    def where(self, entry: Entry) -> str:
        integration = kind_label(entry.integration)
        flow = list_label(entry.flow)
        return " · ".join(part for part in (integration, flow) if part) or "–"

    @display(description="Record")
    def record_lines(self, entry: Entry) -> SafeString | str:
        if entry.record is None:
            return "–"
        address = reverse("admin:audit_entry_changelist")
        return format_html(
            '{} – <a class="text-primary-600" href="{}?record={}">all lines of this record</a>',
            entry.record, address, entry.record,
        )  # fmt: skip

    @display(description="Intent or outcome")
    def counterpart(self, entry: Entry) -> SafeString | str:
        """From the intent to its outcome, and back."""
        other = Entry.objects.filter(intent=entry.sequence, kind=Entry.Kind.OUTCOME)
        if entry.kind == Entry.Kind.OUTCOME:
            other = Entry.objects.filter(sequence=entry.intent or 0)
        elif entry.kind != Entry.Kind.INTENT:
            return "–"
        row = other.first()
        if row is None:
            return "No outcome yet"
        address = reverse("admin:audit_entry_change", args=[row.pk])
        return format_html(
            '<a class="text-primary-600" href="{}">line {}: {}</a>',
            address, row.sequence, row.sentence,
        )  # fmt: skip

    @display(description="Data")
    def shown_data(self, entry: Entry) -> SafeString | str:
        if not entry.data:
            return "–"
        text = json.dumps(entry.data, indent=2, ensure_ascii=False)
        style = "white-space: pre-wrap; overflow-wrap: anywhere; font-family: monospace"
        return format_html('<div style="{}">{}</div>', style, text)

    # -- finding --------------------------------------------------------------------------------

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup == "record" or bool(super().lookup_allowed(lookup, value, request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entry], search_term: str
    ) -> tuple[QuerySet[Entry], bool]:
        """Exact only: a line, a record, a document's number, the beginning of a hash."""
        term = search_term.strip()
        return (queryset.filter(wanted(term)) if term else queryset), False

    # -- pages of our own -----------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("export/", wrap(self.export_view), name="audit_entry_export"),
            path("verify/", wrap(self.verify_view), name="audit_entry_verify"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_export = request.user.has_perm("audit.export_entry")
        more = {**(extra_context or {}), "may_export": may_export}
        more["query"] = request.GET.urlencode()
        return super().changelist_view(request, more)  # type: ignore[no-any-return]

    def export_view(self, request: HttpRequest) -> StreamingHttpResponse:
        """The lines of the filtered list as CSV."""
        if not request.user.has_perm("audit.export_entry"):
            raise PermissionDenied
        entries = self.get_changelist_instance(request).get_queryset(request)
        answer = StreamingHttpResponse(
            export.lines(entries), content_type="text/csv; charset=utf-8"
        )
        name = f"journal-{timezone.now():%Y-%m-%d-%H%M}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def verify_view(self, request: HttpRequest) -> HttpResponse:
        """Asks first, since walking a long journal takes a while; then says what was found."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        actor = request.user.get_username()
        context = {
            **self.admin_site.each_context(request),
            "title": "Verify the journal",
            "opts": self.model._meta,
            "result": journal.verify_and_note(actor) if request.method == "POST" else None,
            "now": timezone.now(),
        }
        return render(request, "audit/verify.html", context)


def own_lines(known: frozenset[int]) -> Q:
    """Of no record: a line names the kind of its integration, which others may have, too."""
    mine, others = integrations().filter(pk__in=known), integrations().exclude(pk__in=known)
    keys = set(mine.values_list("key", flat=True)) - set(others.values_list("key", flat=True))
    return Q(record=None, integration__in=keys)


def wanted(term: str) -> Q:
    records = [pk for find in journal.RECORDS_BY_NUMBER for pk in find(term)]
    found = Q(record__in=records)
    if term.isdecimal() and int(term) <= LARGEST_SEQUENCE:
        found |= Q(sequence=int(term)) | Q(record=int(term))
    if HASH.fullmatch(term.lower()):
        found |= Q(hash__startswith=term.lower())
    return found
