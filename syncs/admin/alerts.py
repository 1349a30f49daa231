"""The alerts' pages: read, and close."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from connections.pages.moments import when
from syncs.admin.list_export import ListExport, Table
from syncs.models import Alert
from syncs.reconciliation import alerts

APPEARS = "What a person should know at once appears here, and is told by e-mail or chat."


class OpenFilter(admin.SimpleListFilter):
    """Open ones first: that is what one comes for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        if self.value() is None:
            return queryset
        return queryset.filter(closed_at__isnull=self.value() == "open")


TABLE = Table(
    "alert", "alerts", "syncs.export_alert",
    {
        "Alert": attrgetter("sentence"),
        "State": lambda alert: "Closed" if alert.closed_at else "Open",
        "Integration": lambda alert: str(alert.integration or ""),
        "Opened": attrgetter("opened_at"), "Told": attrgetter("told_at"),
        "Not told because": attrgetter("telling_problem"), "Closed": attrgetter("closed_at"),
        "Closed by": attrgetter("closed_by"), "Key": attrgetter("key"),
    },
    frozenset({"Opened", "Told", "Closed"}),
)  # fmt: skip


@admin.register(Alert)
class AlertAdmin(ListExport):
    table = TABLE
    list_display = ("sentence", "state", "integration", "opened", "told", "closed_by")
    list_display_links = ("sentence",)
    list_filter = (OpenFilter, "integration")
    list_select_related = ("integration",)
    search_fields = ("sentence", "key")
    show_full_result_count = False
    empty_title = "No alerts: all is quiet"
    empty_next = APPEARS
    empty_of = {
        ("state", "open"): ("No alert is open: all is quiet", APPEARS),
        ("state", "closed"): ("No alert was closed yet", "What was mended, or closed by a person, "
                              "stands here with when and by whom."),
    }  # fmt: skip
    fields = (
        "sentence", "state", "integration", "opened", "told", "closed", "closed_by", "key",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("close",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Alert | None = None) -> bool:
        return False

    @display(description="State", label={"Open": "danger", "Closed": "success"})
    def state(self, alert: Alert) -> str:
        return "Closed" if alert.closed_at else "Open"

    @display(description="Opened", ordering="opened_at")
    def opened(self, alert: Alert) -> str:
        return when(alert.opened_at)

    @display(description="Closed")
    def closed(self, alert: Alert) -> str:
        return when(alert.closed_at)

    @display(description="Told")
    def told(self, alert: Alert) -> str:
        if alert.told_at:
            return f"{when(alert.told_at)}. {alert.telling_problem}".removesuffix(". ")
        return alert.telling_problem or "Not yet"

    @admin.action(description="Close the selected alerts", permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        keys = queryset.filter(closed_at=None).values_list("key", flat=True)
        closed = sum(alerts.close_alert(key, request.user.get_username()) for key in list(keys))
        messages.success(request, f"{closed} alert{'' if closed == 1 else 's'} closed.")
