"""The message catalogue: texts that no rule knows, what people answered, and the built-in rules."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from audit import journal
from audit.models import Entry
from connections.registry import VENDORS, vendor_label
from syncs import formatting, queue
from syncs.admin import figures
from syncs.admin.list_export import ListExport, Table
from syncs.catalogue import telling
from syncs.models import Wording

ANSWER = "syncs.answer_wording"
TABLE = Table(  # without the example: it may be sent to the maker
    "text", "texts of other systems", "syncs.export_wording",
    {
        "System": lambda row: vendor_label(row.vendor), "Its code": attrgetter("code"),
        "What it says": attrgetter("text"), "How often": attrgetter("times"),
        "First": attrgetter("first_at"), "Last": attrgetter("last_at"),
        "What it means": lambda row: row.get_reason_display() if row.reason else "",
        "What to do": attrgetter("sentence"), "Answered by": attrgetter("answered_by"),
        "Answered": attrgetter("answered_at"),
    },
    frozenset({"First", "Last", "Answered"}),
)  # fmt: skip


class VendorFilter(DropdownFilter):
    title = "system"
    parameter_name = "vendor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, vendor.label) for key, vendor in VENDORS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Wording]) -> QuerySet[Wording]:
        return queryset.filter(vendor=self.value()) if self.value() else queryset


class AnsweredFilter(DropdownFilter):
    title = "answer"
    parameter_name = "answered"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Not answered"), ("yes", "Answered")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Wording]) -> QuerySet[Wording]:
        if self.value() == "no":
            return queryset.filter(reason="")
        return queryset.exclude(reason="") if self.value() == "yes" else queryset


@admin.register(Wording)
class WordingAdmin(ListExport):
    table = TABLE
    list_display = ("shown_text", "system", "code", "times", "first", "last", "state", "answer")
    list_display_links = ("shown_text",)
    list_filter = (VendorFilter, AnsweredFilter)
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    show_full_result_count = False
    list_before_template = "syncs/wordings_head.html"
    search_fields = ("text", "code", "sentence")
    ordering = ("-last_at", "-pk")
    empty_title = "Every refusal was understood"
    empty_next = "A text that no rule knows appears here, and you say what it means."
    empty_else = "A text that no rule knows appears here, and {whom} says what it means."
    empty_takes = ANSWER
    actions = None
    readonly_fields = ("system", "code", "text", "times", "first", "last", "example", "holds",
                       "answered")  # fmt: skip
    fieldsets = (
        ("What was said", {"fields": (
            "system", "code", "text", "times", "first", "last", "example", "holds",
        )}),
        ("Your answer", {"fields": ("reason", "sentence", "answered")}),
    )  # fmt: skip

    # Rows come from refusals; a person answers them.
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Wording | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Wording | None = None) -> bool:
        return request.user.has_perm(ANSWER)

    # -- columns --

    @display(description="What it says", ordering="text")
    def shown_text(self, row: Wording) -> str:
        return row.text if len(row.text) <= 120 else f"{row.text[:119]}…"

    @display(description="System", ordering="vendor")
    def system(self, row: Wording) -> str:
        return vendor_label(row.vendor)

    @display(description="First", ordering="first_at")
    def first(self, row: Wording) -> str:
        return formatting.when(row.first_at)

    @display(description="Last", ordering="last_at")
    def last(self, row: Wording) -> str:
        return formatting.when(row.last_at)

    @display(description="State", label={"Not answered": "warning", "Answered": "success"})
    def state(self, row: Wording) -> str:
        return "Answered" if row.reason else "Not answered"

    @display(description="What it means", ordering="reason")
    def answer(self, row: Wording) -> str:
        return str(row.get_reason_display()) if row.reason else formatting.NOTHING

    @display(description="Example")
    def example(self, row: Wording) -> SafeString | str:
        if row.record is None:
            return formatting.NOTHING
        url = reverse("admin:syncs_record_change", args=[row.record.pk])
        return format_html('<a class="underline" href="{}">{}</a>', url, row.record)

    @display(description="Holds now")
    def holds(self, row: Wording) -> str:
        number = telling.held(row).order_by()[: figures.CAP].count()
        return f"{figures.shown(number)} documents" if number != 1 else "1 document"

    @display(description="Answered")
    def answered(self, row: Wording) -> str:
        if not row.answered_at:
            return "Not yet"
        return f"{row.answered_by}, {formatting.when(row.answered_at)}"

    # -- pages --

    def get_urls(self) -> list[URLPattern]:
        own = path("rules/", self.admin_site.admin_view(self.rules), name="syncs_wording_rules")
        return [own, *super().get_urls()]

    def rules(self, request: HttpRequest) -> HttpResponse:
        """Built in, the first that fits counts; to read."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request), "title": "Built-in rules", "opts": self.opts,
            "systems": [vendor for vendor in VENDORS.values() if vendor.refusals],
            "without": [vendor.label for vendor in VENDORS.values() if not vendor.refusals],
            "inline_admin_formsets": [],
        }  # fmt: skip
        return TemplateResponse(request, "syncs/wording_rules.html", context)

    @transaction.atomic
    def save_model(
        self, request: HttpRequest, obj: Wording, form: ModelForm[Wording], change: bool
    ) -> None:
        """With who and when, a task for what it holds, and a line of the journal, in that order."""
        if not form.changed_data:
            return
        actor = request.user.get_username()
        obj.answered_by, obj.answered_at = actor, timezone.now()
        obj.save(update_fields=["reason", "sentence", "answered_by", "answered_at"])
        queue.ask("tell_anew", obj.pk)
        means = f"{obj.get_reason_display()}. {obj.sentence}" if obj.reason else "not answered."
        journal.append(
            Entry.Kind.PERSON, f"{vendor_label(obj.vendor)} says “{obj.text}”: {means}",
            actor=actor,
            data={"wording": obj.pk, "vendor": obj.vendor, "reason": obj.reason,
                  "sentence": obj.sentence},
        )  # fmt: skip
