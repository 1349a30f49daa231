"""The pages of subscriptions: read only, since the worker creates and renews them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from connections.models import Connection, Subscription
from connections.pages.moments import when
from connections.pages.wrong_key import WrongKeyPages

SOON = dt.timedelta(hours=24)
STATE_COLOURS = {"Active": "success", "Wanted": "info", "Failed": "danger", "Gone": "warning"}


class ReadOnly:
    """Nobody adds, changes or deletes by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class SubscriptionInline(ReadOnly, TabularInline):
    """Read only: the worker creates and renews them."""

    model = Subscription
    tab = False
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = False
    hide_title = True
    fields = (
        "resource", "where", "badge", "expires", "last_delivery", "shown_error",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        rows: QuerySet[Subscription] = super().get_queryset(request)
        return rows.defer("secret").order_by("resource", "scope_name")

    @display(description="Scope")
    def where(self, row: Subscription) -> str:
        return row.scope_name or row.scope or "Company"

    @display(description="State")
    def badge(self, row: Subscription) -> str:
        """Inlines do not colour by themselves."""
        label = row.get_state_display()
        colours = {"text": label, "type": STATE_COLOURS.get(label)}
        return render_to_string("unfold/helpers/label.html", colours)

    @display(description="State", label=STATE_COLOURS)
    def shown_state(self, row: Subscription) -> str:
        return row.get_state_display()

    @display(description="Expires")
    def expires(self, row: Subscription) -> str:
        return when(row.expires_at, "Never")

    @display(description="Last delivery")
    def last_delivery(self, row: Subscription) -> str:
        return when(row.last_delivery_at, "None yet")

    @display(description="Error")
    def shown_error(self, row: Subscription) -> str:
        return row.error or "–"


class ConnectionFilter(admin.SimpleListFilter):
    """Reads the names alone, never the secrets."""

    title = "connection"
    parameter_name = "connection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Connection.objects.values_list("pk", "name")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Subscription]
    ) -> QuerySet[Subscription]:
        value = self.value() or ""
        return queryset.filter(connection_id=int(value)) if value.isdecimal() else queryset


class ExpiryFilter(admin.SimpleListFilter):
    title = "expiry"
    parameter_name = "expiry"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("over", "Expired"), ("soon", "Within 24 hours")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Subscription]
    ) -> QuerySet[Subscription]:
        now = timezone.now()
        if self.value() == "over":
            return queryset.filter(expires_at__lte=now)
        if self.value() == "soon":
            return queryset.filter(expires_at__gt=now, expires_at__lte=now + SOON)
        return queryset


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly, WrongKeyPages, ModelAdmin):
    """Read only: the worker creates and renews them."""

    empty_title = "Nobody promised to call us yet"
    empty_next = (
        "Once an integration is active and this site has a public address, the other systems "
        "are asked to call when something changes, and each promise stands here. Until then "
        "they are polled."
    )
    empty_link = (
        "Integrations",
        "connections_integration_changelist",
        "connections.view_integration",
    )
    list_display = (
        "resource", "where", "connection", "shown_state", "expires", "last_delivery", "error",
    )  # fmt: skip
    list_filter = ("state", ExpiryFilter, ConnectionFilter)
    search_fields = ("resource", "scope", "scope_name", "remote_id")
    ordering = ("connection", "resource", "scope_name")
    show_full_result_count = False
    fields = (
        "connection", "resource", "where", "shown_state", "remote_id", "expires", "checked",
        "last_delivery", "error", "created",
    )  # fmt: skip
    readonly_fields = fields

    where = SubscriptionInline.where
    shown_state = SubscriptionInline.shown_state
    expires = SubscriptionInline.expires
    last_delivery = SubscriptionInline.last_delivery

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        rows: QuerySet[Subscription] = super().get_queryset(request)
        return rows.select_related("connection").defer("secret", "connection__secrets")

    @display(description="Last checked")
    def checked(self, row: Subscription) -> str:
        return when(row.checked_at, "Never")

    @display(description="Created")
    def created(self, row: Subscription) -> str:
        return when(row.created_at)
