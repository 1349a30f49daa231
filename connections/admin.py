"""The pages of connections; those of integrations and subscriptions are in `pages`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from connections.companies.asked import acting, seen
from connections.companies.scoped import is_whole
from connections.models import Connection
from connections.pages import consent
from connections.pages.choose import Choice, choose
from connections.pages.forms import SECRET, SETTING, conditions, form_for, set_on
from connections.pages.integration_admin import IntegrationAdmin
from connections.pages.moments import when
from connections.pages.status import asked, budget_facts, health, label_of, one, token_facts
from connections.pages.subscriptions_admin import SubscriptionAdmin, SubscriptionInline
from connections.pages.testing import test_connection
from connections.pages.wrong_key import WrongKeyPages
from connections.registry import VENDORS
from connections.transport import daily_quota


@admin.register(Connection)
class ConnectionAdmin(WrongKeyPages, ModelAdmin):
    empty_title = "No system is connected yet"
    empty_next = (
        "Add the project system and the accounting system; then make an integration of both."
    )
    empty_else = "{whom} adds the project system and the accounting system."
    list_display = ("name", "vendor_label", "active", "health", "test", "expires", "requests")
    list_filter = ("vendor", "active")
    search_fields = ("name",)
    show_full_result_count = False
    inlines = (SubscriptionInline,)
    change_form_outer_before_template = "connections/status.html"

    @cached_property
    def conditional_fields(self) -> dict[str, str]:
        """When each field is shown; this class is made before the vendors are known."""
        return conditions()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """What belongs to no company yet is made by who sees all of them."""
        return seen() is None and bool(super().has_add_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A system that another company is kept by, too, is changed by who sees both."""
        return super().has_change_permission(request, obj) and (obj is None or is_whole(obj.pk))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or is_whole(obj.pk))

    # -- lists ----------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        rows: QuerySet[Connection] = super().get_queryset(request)
        rows = rows.select_related("token", "budget", "consent")
        return rows.defer("secrets", "token__access_token", "consent__refresh_token")

    @display(description="System", ordering="vendor")
    def vendor_label(self, row: Connection) -> str:
        return label_of(row)

    @display(
        description="Sign-in",
        label={"Works": "success", "Paused": "danger", "Failed": "danger", "Off": "warning",
               "Not reached": "danger"},
    )  # fmt: skip
    def health(self, row: Connection) -> str:
        return health(row)

    @display(
        description="Last test",
        label={"Passed": "success", "Failed": "danger", "Never tested": "info"},
    )
    def test(self, row: Connection) -> str:
        return {True: "Passed", False: "Failed", None: "Never tested"}[row.test_ok]

    @display(description="Token expires")
    def expires(self, row: Connection) -> str:
        return when(one(row, "token", "expires_at"))

    @display(description="Requests")
    def requests(self, row: Connection) -> str:
        return f"{one(row, 'budget', 'used') or 0:,}"

    # -- the form -------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """First the vendor, then what this vendor needs."""
        if request.GET.get("vendor") in VENDORS:
            return super().add_view(request, form_url, extra_context)  # type: ignore[no-any-return]
        return choose(
            self, request, "vendor", vendors_to_choose(),
            title="Add a connection: which system?",
            question="Which system is it? The form then asks only what this system needs.",
        )  # fmt: skip

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if object_id else None
        more = status(row, request) if row and self.has_view_permission(request, row) else {}
        vendor = request.GET.get("vendor", "")
        if row is None and vendor in VENDORS:
            more = {"title": f"Add a connection to {VENDORS[vendor].label}"}
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **more}
        )

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        vendor = vendor_of(request, obj)
        if vendor and self.may_write(request, obj):
            kwargs["form"] = form_for(vendor)
        form: type[forms.ModelForm[Any]] = super().get_form(request, obj, change, **kwargs)
        return form

    def may_write(self, request: HttpRequest, obj: Model | None) -> bool:
        if obj is None:
            return bool(self.has_add_permission(request))
        return bool(self.has_change_permission(request, obj))

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Sequence[Any]:
        general = (None, {"fields": ("name", "active", "settle_seconds")})
        vendor = vendor_of(request, obj)
        if not vendor:
            return [general]
        if not self.may_write(request, obj):
            shown = {"fields": ("shown_settings", "shown_secrets")}
            return [general, (VENDORS[vendor].label, shown)]
        asked = VENDORS[vendor].fields
        plain = [SETTING + field.name for field in asked if not field.secret]
        secret = [SECRET + field.name for field in asked if field.secret]
        sets = [general, (VENDORS[vendor].label, {"fields": plain})]
        return [*sets, ("Secrets", {"fields": secret})] if secret else sets

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        return () if self.may_write(request, obj) else ("shown_settings", "shown_secrets")

    @display(description="Settings")
    def shown_settings(self, row: Connection) -> SafeString:
        return facts((field.label, row.setting(field.name) or "–") for field in asked(row, False))

    @display(description="Secrets")
    def shown_secrets(self, row: Connection) -> SafeString:
        return facts((field.label, set_on(row, field)) for field in asked(row, True))

    # -- buttons --------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/test/", wrap(self.test_view), name="connections_connection_test"),
            path("<int:pk>/retry/", wrap(self.retry_view), name="connections_connection_retry"),
            *consent.ConsentPages(self, self.may_write).urls(),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Test connection: signs in and asks the other system about itself."""
        if not may_test(request, pk):
            raise PermissionDenied
        row = self.get_object(request, str(pk))
        if row is None:
            return redirect("admin:connections_connection_changelist")
        return self.or_wrong_key(self.run_test, request, row)

    def run_test(self, request: HttpRequest, row: Connection) -> HttpResponse:
        result = test_connection(row)
        self.log_change(request, row, "Tested: " + ("passed" if result.ok else "failed"))
        if result.ok:
            messages.success(request, f"{row} works.")
        else:
            messages.error(request, f"{row} does not work; see what the test found.")
        return redirect(address_of(row))

    @method_decorator(require_POST)
    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try again now: ends the pause; the next worker signs in."""
        row = self.get_object(request, str(pk))
        if row is None or not self.may_write(request, row):
            raise PermissionDenied
        row.resume()
        self.log_change(request, row, "Pause ended")
        messages.success(request, "The pause is over; waiting work signs in again at once.")
        return redirect(address_of(row))


def vendors_to_choose() -> list[Choice]:
    return [
        (key, one.label, "Accounting system" if one.role == "ledger" else "Project system")
        for key, one in VENDORS.items()
    ]


def vendor_of(request: HttpRequest, obj: Model | None) -> str:
    vendor = obj.vendor if isinstance(obj, Connection) else request.GET.get("vendor", "")
    return vendor if vendor in VENDORS else ""


def facts(rows: Any) -> SafeString:
    """Name and value, a line each."""
    return format_html_join("", '<div class="mb-1"><b>{}</b>: {}</div>', rows)


def address_of(row: Connection) -> str:
    return reverse("admin:connections_connection_change", args=[row.pk])


def may_test(request: HttpRequest, pk: int) -> bool:
    """By roles of some companies only what none but these are kept by."""
    allowed = request.user.has_perm("connections.test_connection")
    return allowed and (acting() is None or is_whole(pk))


def status(row: Connection, request: HttpRequest) -> dict[str, Any]:
    """What the page says above the form."""
    return {
        "subtitle": label_of(row),
        "connection": row,
        "health": health(row),
        "token_facts": token_facts(row),
        "budget_facts": [*budget_facts(getattr(row, "budget", None)), *daily_quota.facts(row)],
        "tested": when(row.tested_at, ""),
        "may_test": may_test(request, row.pk),
        "may_retry": row.paused and request.user.has_perm("connections.change_connection"),
        "paused_until": when(row.paused_until) if row.paused else "",
        **consent.facts(row, request.user.has_perm("connections.change_connection")),
    }


__all__ = ["ConnectionAdmin", "IntegrationAdmin", "SubscriptionAdmin"]
