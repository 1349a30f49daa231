"""The pages of integrations: first the kind, then the two systems that fit it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from connections.companies.asked import seen
from connections.integrations import INTEGRATIONS, integration_choices, kind_label
from connections.models import Connection, Integration
from connections.pages.choose import Choice, choose
from connections.pages.deletion import PlainDeletion
from connections.pages.integration_form import IntegrationForm, form_for_kind
from connections.pages.wrong_key import WrongKeyPages
from connections.registry import vendor_label


def kind_choices() -> list[tuple[str, str]]:
    """Those of the registry, and those in use although their code is not here now."""
    used = set(Integration.objects.values_list("key", flat=True)) - set(INTEGRATIONS)
    return [("", "Select value"), *integration_choices(), *((key, key) for key in sorted(used))]


def kinds_to_choose() -> list[Choice]:
    """Each with the two systems that it joins."""
    kinds = {key: INTEGRATIONS[key] for key, _ in integration_choices()}
    return [
        (key, kind.label, f"{vendor_label(kind.project_system)} and {vendor_label(kind.ledger)}")
        for key, kind in kinds.items()
    ]


class IntegrationFilter(admin.SimpleListFilter):
    """By the registry, without asking a big table what it holds."""

    title = "integration"
    parameter_name = "integration"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return integration_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(key=self.value()) if self.value() else queryset


@admin.register(Integration)
class IntegrationAdmin(PlainDeletion, WrongKeyPages, ModelAdmin):
    empty_title = "No integration yet"
    empty_next = "It keeps a project system and an accounting system in step. Connect both first."
    empty_else = "It keeps a project system and an accounting system in step; {whom} makes one."
    empty_link = ("Connections", "connections_connection_changelist", "connections.view_connection")
    list_display = ("name", "kind", "project_system", "ledger", "active")
    list_filter = (IntegrationFilter, "active")
    search_fields = ("name",)
    show_full_result_count = False
    change_form_before_template = "connections/integration_head.html"
    list_before_template = "connections/new_integration.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Integration]:
        rows: QuerySet[Integration] = super().get_queryset(request)
        rows = rows.select_related("project_system", "ledger")
        return rows.defer("project_system__secrets", "ledger__secrets")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """What belongs to no company yet is made by who sees all of them."""
        return seen() is None and bool(super().has_add_permission(request))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """One with documents stays: it is switched off."""
        used = isinstance(obj, Integration) and obj.has_records
        return bool(super().has_delete_permission(request, obj)) and not used

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Its flow settings were made with it, by nobody, and go with it."""
        shown, counts, lacking, protected = super().get_deleted_objects(objs, request)
        made_with_it = {str(Integration.flows.rel.related_model._meta.verbose_name)}
        return shown, counts, lacking - made_with_it, protected

    @display(description="Kind", ordering="key")
    def kind(self, row: Integration) -> str:
        return kind_label(row.key)

    # -- the form -------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """First the kind, then the systems that fit it."""
        key = request.GET.get("key", "")
        if key not in INTEGRATIONS:
            return choose(
                self, request, "key", kinds_to_choose(),
                title="Add an integration: which kind?",
                question="What shall be kept in step? The form then offers the systems that fit.",
            )  # fmt: skip
        context = {"title": f"Add an integration: {kind_label(key)}", **(extra_context or {})}
        answer: HttpResponse = super().add_view(request, form_url, context)
        return answer

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        kwargs["form"] = IntegrationForm if obj else form_for_kind(request.GET.get("key", ""))
        form: type[forms.ModelForm[Any]] = super().get_form(request, obj, change, **kwargs)
        return form

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A new one has its kind already; it may be changed until there are records."""
        kind = () if obj is None else (self.kind_field(request, obj),)
        return ("name", *kind, "project_system", "ledger", "active")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        return ("kind",) if obj and self.kind_field(request, obj) == "kind" else ()

    def kind_field(self, request: HttpRequest, obj: Model) -> str:
        fixed = isinstance(obj, Integration) and obj.has_records
        return "kind" if fixed or not self.has_change_permission(request, obj) else "key"

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "key":
            return forms.ChoiceField(
                label="Kind", choices=kind_choices, widget=UnfoldAdminSelectWidget()
            )
        field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Reads no secrets."""
        kwargs["queryset"] = Connection.objects.defer("secrets")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Integration, form: forms.ModelForm[Any], change: bool
    ) -> None:
        """Another kind has other flows: their settings begin anew, in shadow mode."""
        if change and "key" in form.changed_data:
            obj.flows.all().delete()
        super().save_model(request, obj, form, change)
