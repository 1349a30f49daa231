"""Who knocks without proof: how often at which door, and what the last few said."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from syncs import formatting
from syncs.admin.base import ReadOnlyAdmin
from syncs.models import Rejection


@admin.register(Rejection)
class RejectionAdmin(ReadOnlyAdmin):
    empty_title = "No call was turned away"
    empty_next = (
        "A call that nobody can vouch for is refused and counted here, with where it came from."
    )
    list_display = ("where", "connection", "calls", "last", "sentence")
    list_select_related = ("subscription__connection",)
    ordering = ("-last_at",)
    fields = ("where", "connection", "calls", "first", "last", "sentence", "last_few")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rejection]:
        rows: QuerySet[Rejection] = super().get_queryset(request)
        return rows.defer("subscription__secret", "subscription__connection__secrets")

    @display(description="Subscription")
    def where(self, row: Rejection) -> str:
        return str(row.subscription) if row.subscription else "Unknown address"

    @display(description="Connection")
    def connection(self, row: Rejection) -> str:
        return str(row.subscription.connection) if row.subscription else formatting.NOTHING

    @display(description="Calls", ordering="count")
    def calls(self, row: Rejection) -> str:
        return f"{row.count:,}"

    @display(description="First")
    def first(self, row: Rejection) -> str:
        return formatting.when_exactly(row.first_at)

    @display(description="Last", ordering="last_at")
    def last(self, row: Rejection) -> str:
        return formatting.when_exactly(row.last_at)

    @display(description="The last few, cut short")
    def last_few(self, row: Rejection) -> SafeString:
        lines = [
            (f"{call['at']}  {call['from'] or '?'}  {call['method']} {call['path']}",
             f"{call['size']:,} bytes. {call['why']}", call["body"])
            for call in row.sample
        ]  # fmt: skip
        rows = format_html_join("\n\n", "{}\n{}\n{}", lines)
        return format_html('<pre class="c-pre">{}</pre>', rows)
