"""The mapping tables in the admin. Classes declare; what they do stands in the other modules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from connections.pages.badges import Badge
from connections.pages.letters import plainly
from connections.pages.moments import when
from connections.pages.read_only import ReadOnly
from mappings import chart
from mappings.boards.pages import BoardLayoutAdmin, StatusRuleAdmin
from mappings.imports import tables
from mappings.imports.chart import ChartResource
from mappings.imports.heading import DAYS
from mappings.models import (
    AccountRule,
    ChartAccount,
    CostCodeMapping,
    ProjectLink,
    TaxLink,
    VendorLink,
)
from mappings.pages.base import MappingAdmin
from mappings.pages.dated import AccountFollows, DatedAdmin, TaxCodeFollows, ValidFilter
from mappings.pages.forms import (
    DIM,
    AccountRuleForm,
    ChartForm,
    CostCodeForm,
    ProjectForm,
    TaxForm,
    VendorForm,
)
from mappings.pages.linking import code_suggestions, project_suggestions, vendor_suggestions
from mappings.pages.unmapped import unmapped_page
from mappings.pages.usual import left_out, usual
from mappings.placeholders import segment_of, segment_shown
from mappings.reference import Reference
from mappings.undo.pages import TakenFileAdmin

BADGES = {"ok": "success", "unusable": "danger", "gone": "danger", "unknown": "warning"}

BY_DAY = ("For documents dated", {"fields": [DAYS]})
BY = {"{project}": "by project", "{cost_code}": "by cost code", "{cost_type}": "by cost type"}


def chosen(value: str) -> str:
    """A value, or what it is chosen by."""
    return f"by {segment_shown(value)}" if segment_of(value) else BY.get(value, value)


def in_ledger(kind: str, code: str, parent: Any = None) -> Subquery:
    """What the reference data says of a row's account or vendor, within the list's own query."""
    rows = Reference.objects.filter(
        connection=OuterRef("integration__ledger"), kind=kind, code=OuterRef(code),
        parent=OuterRef(parent) if parent else "",
    )  # fmt: skip
    return Subquery(
        rows.values(found=JSONObject(name="name", unusable="unusable", gone="gone_at"))[:1]
    )


def badge(found: dict[str, Any] | None) -> Badge:
    if found is None:
        return Badge("unknown", "not in the ledger")
    if found["gone"]:
        return Badge("gone", "gone")
    if found["unusable"]:
        return Badge("unusable", found["unusable"].removeprefix("is "))
    return Badge("ok", "ok")


def numbered(code: str, found: dict[str, Any] | None) -> SafeString:
    """The number, and its name beside it."""
    name = found["name"] if found else ""
    return format_html('<span class="mapping-name"><b>{}</b> {}</span>', code, name)


class UsableFilter(admin.SimpleListFilter):
    """Rows that point to something which the ledger would refuse."""

    title = "state in the ledger"
    parameter_name = "ledger_state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ok", "Usable"), ("trouble", "Blocked, gone or unknown")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        fine = Q(in_ledger__unusable="", in_ledger__gone=None)
        if self.value() == "ok":
            return queryset.filter(fine)
        unknown = Q(in_ledger__isnull=True)
        return queryset.filter(unknown | ~fine) if self.value() == "trouble" else queryset


class CodedAdmin(AccountFollows, DatedAdmin):
    """Tables that name an account and dimensions."""

    target = "account"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        found = in_ledger(Reference.Kind.ACCOUNT, "account")
        annotated: QuerySet[Any] = rows.annotate(in_ledger=found)
        return annotated

    @display(description="account", ordering="account")
    def named_account(self, row: Any) -> SafeString:
        return numbered(row.account, row.in_ledger)

    @display(description="in the ledger", label=BADGES)
    def state(self, row: Any) -> Badge:
        return badge(row.in_ledger)

    @display(description="dimensions")
    def dimensions_in_words(self, row: Any) -> str:
        return ", ".join(
            f"{code} {chosen(value)}" for code, value in sorted(row.dimensions.items())
        )


@admin.register(CostCodeMapping)
class CostCodeAdmin(CodedAdmin):
    form = CostCodeForm
    resource_classes: ClassVar = [tables.CostCodeResource]
    list_display = ("rule_in_words", "named_account", "dimensions_in_words", "state", "valid",
                    "integration", "note")  # fmt: skip
    list_filter = (("integration", RelatedDropdownFilter), ValidFilter, UsableFilter)
    search_fields = plainly("cost_code", "cost_type", "project", "account", "note")
    panel_template = "mappings/rule_panel.html"
    view_fields = ("rule_in_words", "valid", "named_account", "dimensions_in_words")

    @display(description="rule", ordering="cost_code")
    def rule_in_words(self, row: CostCodeMapping) -> str:
        return row.rule[:1].upper() + row.rule[1:]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new rule begins with the dimensions that the others fill."""
        initial = super().get_changeform_initial_data(request)
        if integration := self.integration_of(request, None):
            for name, way in usual(integration).items():
                initial.setdefault(DIM + name, way)
        return initial

    def panel_of(self, request: HttpRequest, object_id: Any) -> dict[str, Any]:
        found = super().panel_of(request, object_id)
        if found and any(name.startswith(DIM) for name in request.GET):
            said = {name.removeprefix(DIM): str(value) for name, value in request.GET.items()
                    if name.startswith(DIM)}  # fmt: skip
            found["left_out"] = left_out(found["integration"], said)
        return found

    def custom_pages(self) -> dict[str, Any]:
        return {"unmapped": unmapped_page, "suggestions": code_suggestions}

    def form_fields(self, dimensions: tuple[str, ...]) -> Any:
        target = [DIM + code for code in dimensions]
        return [
            ("Applies to", {"fields": ["integration", "cost_code", "cost_type", "project"]}),
            BY_DAY,
            ("Goes to", {"fields": ["account", *target, "note"]}),
        ]


@admin.register(AccountRule)
class AccountRuleAdmin(CodedAdmin):
    form = AccountRuleForm
    resource_classes: ClassVar = [tables.AccountRuleResource]
    list_display = ("purpose", "named_account", "dimensions_in_words", "state", "valid",
                    "integration")  # fmt: skip
    list_filter = (("integration", RelatedDropdownFilter), ValidFilter, UsableFilter)
    search_fields = plainly("purpose", "account", "note")
    view_fields = ("purpose", "valid", "named_account", "dimensions_in_words")

    def form_fields(self, dimensions: tuple[str, ...]) -> Any:
        target = [DIM + code for code in dimensions]
        return [
            ("What for", {"fields": ["integration", "purpose"]}),
            BY_DAY,
            ("Goes to", {"fields": ["account", *target, "note"]}),
        ]


@admin.register(VendorLink)
class VendorAdmin(MappingAdmin):
    form = VendorForm
    resource_classes: ClassVar = [tables.VendorResource]
    list_display = ("source_vendor", "ledger_vendor", "state", "origin", "integration")
    list_filter = (("integration", RelatedDropdownFilter), ("origin", ChoicesDropdownFilter),
                   UsableFilter)  # fmt: skip
    search_fields = plainly(
        "project_vendor_id", "project_vendor_name", "ledger_number", "ledger_name"
    )
    view_fields = ("source_vendor", "ledger_vendor", "origin")

    def custom_pages(self) -> dict[str, Any]:
        return {"suggestions": vendor_suggestions}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        found = in_ledger(Reference.Kind.VENDOR, "ledger_number")
        annotated: QuerySet[Any] = rows.annotate(in_ledger=found)
        return annotated

    @display(description="in the project system", ordering="project_vendor_name")
    def source_vendor(self, row: VendorLink) -> str:
        return row.project_vendor_name or row.project_vendor_id

    @display(description="in the accounts", ordering="ledger_number")
    def ledger_vendor(self, row: Any) -> SafeString:
        return numbered(row.ledger_number, row.in_ledger or {"name": row.ledger_name})

    @display(description="in the ledger", label=BADGES)
    def state(self, row: Any) -> Badge:
        return badge(row.in_ledger)


@admin.register(ProjectLink)
class ProjectAdmin(MappingAdmin):
    form = ProjectForm
    resource_classes: ClassVar = [tables.ProjectResource]
    list_display = ("project", "ledger_value", "state", "integration")
    list_filter = (("integration", RelatedDropdownFilter), UsableFilter)
    search_fields = plainly("project_number", "project_name", "project_id", "value")
    view_fields = ("project", "ledger_value")

    def custom_pages(self) -> dict[str, Any]:
        return {"suggestions": project_suggestions}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        found = in_ledger(Reference.Kind.DIMENSION_VALUE, "value", "dimension")
        annotated: QuerySet[Any] = rows.annotate(in_ledger=found)
        return annotated

    @display(description="project", ordering="project_number")
    def project(self, row: ProjectLink) -> str:
        return f"{row.project_number} {row.project_name}".strip() or row.project_id

    @display(description="value in the ledger", ordering="value")
    def ledger_value(self, row: Any) -> SafeString:
        return numbered(f"{row.dimension} {row.value}", row.in_ledger)

    @display(description="in the ledger", label=BADGES)
    def state(self, row: Any) -> Badge:
        return badge(row.in_ledger)


@admin.register(TaxLink)
class TaxAdmin(TaxCodeFollows, DatedAdmin):
    form = TaxForm
    target = "ledger_code"
    resource_classes: ClassVar = [tables.TaxResource]
    list_display = ("project_code", "ledger_code", "valid", "integration", "note")
    list_filter = (("integration", RelatedDropdownFilter), ValidFilter)
    search_fields = plainly("project_code", "ledger_code", "note")
    view_fields = ("project_code", "valid", "ledger_code")


@admin.register(ChartAccount)
class ChartAdmin(MappingAdmin):
    """For ledgers whose services have no accounts: their chart, from a file."""

    empty_title = "No chart of accounts was needed yet"
    empty_next = (
        "Only a ledger that cannot be asked for its accounts needs one: import its chart as a "
        "file. The accounts of every other ledger are read by themselves, into the master data."
    )
    empty_else = (
        "Only a ledger that cannot be asked for its accounts needs one, and {whom} imports it. The "
        "accounts of every other ledger are read by themselves, into the master data."
    )
    empty_link = ("Master data", "mappings_reference_changelist", "mappings.view_reference")
    form = ChartForm
    resource_classes: ClassVar = [ChartResource]
    list_display = ("number", "name", "category", "posting", "active", "direct", "integration")
    list_filter = (("integration", RelatedDropdownFilter), "posting", "active")
    search_fields = plainly("number", "name", "category", "note")
    view_fields = ("number", "name", "category", "posting", "active", "direct")

    def release(self, request: HttpRequest, row: ChartAccount, before: Any) -> None:
        chart.changed([row.integration])

    def release_imported(self, user: str, result: Any) -> Iterator[str]:
        chart.changed(result.charts)
        yield "The master data is read anew; then these accounts count."

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        chart.changed([obj.integration])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        integrations = {row.integration for row in queryset.select_related("integration")}
        super().delete_queryset(request, queryset)
        chart.changed(integrations)


OF_MASTER_DATA = {
    "parent": "It belongs to this dimension, or to the project of this id.",
    "code": "People call it so.",
    "unusable": "This is why it cannot be used. Empty: it can.",
}


@admin.register(Reference)
class ReferenceAdmin(ReadOnly, ModelAdmin):
    """What the systems told us, to look up; it is never edited here."""

    empty_title = "Nothing has been read yet"
    empty_next = (
        "Accounts, dimensions, vendors, projects and codes of each system appear here once an "
        "integration is active; they are read again each night."
    )
    empty_else = (
        "Accounts, dimensions, vendors, projects and codes of each system appear here by "
        "themselves, once {whom} has made an integration; they are read again each night."
    )
    empty_takes = "connections.add_integration"
    empty_link = (
        "Integrations",
        "connections_integration_changelist",
        "connections.view_integration",
    )
    list_display = ("code", "name", "kind", "parent", "connection", "state", "seen")
    list_fullwidth = True
    list_filter = (("kind", ChoicesDropdownFilter), ("connection", RelatedDropdownFilter))
    list_filter_submit = True
    list_select_related = ("connection",)
    show_full_result_count = False
    search_fields = ("code__istartswith", *plainly("name"))

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().get_form(request, *args, **kwargs, help_texts=OF_MASTER_DATA)

    @display(description="state", label=BADGES)
    def state(self, row: Reference) -> Badge:
        return badge({"gone": row.gone_at, "unusable": row.unusable})

    @display(description="last read", ordering="seen_at")
    def seen(self, row: Reference) -> str:
        return when(row.seen_at)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reference]:
        """The connection's secrets stay where they are."""
        rows: QuerySet[Reference] = super().get_queryset(request)
        return rows.defer("connection__secrets", "connection__settings")


__all__ = ["BoardLayoutAdmin", "StatusRuleAdmin", "TakenFileAdmin"]  # their pages are next door
