"""The mapping tables as files: which columns each has, and what names a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.db.models import QuerySet
from import_export.fields import Field

from mappings.imports.dated import DatedResource
from mappings.imports.proposals import ProposingResource
from mappings.imports.resources import MappingResource
from mappings.imports.widgets import DimensionsWidget, any_field, integration_field
from mappings.models import AccountRule, CostCodeMapping, ProjectLink, TaxLink, VendorLink
from mappings.reference import Reference

DIM = "dim_"


class DimensionResource(MappingResource):
    """Dimensions in one column each (dim_PROJECT), or all in one (PROJECT=J-100;…)."""

    def file_problem(self, headers: list[str]) -> str:
        columns = [name for name in headers if name.startswith(DIM)]
        if columns and "dimensions" in headers:
            return f"Give either the column “dimensions” or “{columns[0]}”, not both."
        codes = {code.casefold(): code for code in dimension_codes(self.integrations.values())}
        self.together: dict[Any, dict[str, str]] = {}
        self.columns_of = {name: codes.get(name[4:].casefold(), name[4:]) for name in columns}
        return super().file_problem(headers)

    def accepts(self, column: str) -> bool:
        return column.startswith(DIM) and len(column) > len(DIM)

    def cells_of(self, stands: tuple[Any, ...], columns: Iterable[str]) -> dict[str, str]:
        dimensions = stands[self.place["dimensions"]]
        values = {name: dimensions.get(code, "") for name, code in self.columns_of.items()}
        return super().cells_of(stands, columns) | values

    def is_given(self, field: Field, headers: list[str]) -> bool:
        return super().is_given(field, headers) or bool(
            self.columns_of and field.column_name == "dimensions"
        )

    def complete(self, cells: dict[str, Any], stands: tuple[Any, ...] | None) -> None:
        """A dimension without a column stays as it is; an empty cell removes it."""
        if not self.columns_of:
            return
        before = stands[self.place["dimensions"]] if stands else {}
        said = tuple([cells.get(name, "") for name in self.columns_of])
        key = (said, tuple(before.items()))
        if key not in self.together:
            merged = {**before, **dict(zip(self.columns_of.values(), said, strict=True))}
            self.together[key] = {code: value for code, value in merged.items() if value}
        cells["dimensions"] = self.together[key]

    def before_export(self, queryset: QuerySet[Any], **kwargs: Any) -> None:
        """One column per dimension that the ledgers know or a rule uses."""
        del self.fields["dimensions"]
        used = {code for row in queryset for code in row.dimensions}
        for code in sorted(used | set(dimension_codes(self.integrations.values()))):
            self.fields[DIM + code] = Field(
                column_name=DIM + code, dehydrate_method=lambda row, code=code: (
                    row.dimensions.get(code, "")
                ),
            )  # fmt: skip
        self.fields["note"] = self.fields.pop("note")

    def get_export_order(self) -> tuple[str, ...]:
        return tuple(self.fields)


def dimension_codes(integrations: Any) -> Iterator[str]:
    """The ledgers' dimensions."""
    ledgers = {row.ledger_id for row in integrations}
    rows = Reference.objects.filter(
        connection__in=ledgers, kind=Reference.Kind.DIMENSION, gone_at=None
    )
    yield from rows.order_by("code").values_list("code", flat=True).distinct()


def dimensions_field() -> Field:
    return Field("dimensions", "dimensions", widget=DimensionsWidget())


class CostCodeResource(DatedResource, DimensionResource, ProposingResource):
    integration = integration_field()
    cost_code = any_field("cost_code")
    cost_type = any_field("cost_type")
    project = any_field("project")
    dimensions = dimensions_field()
    keys = wild = listed = ("cost_code", "cost_type", "project")
    required = ("cost_code", "account")

    class Meta(MappingResource.Meta):
        model = CostCodeMapping
        fields = (
            "integration", "cost_code", "cost_type", "project", "valid_from", "valid_until",
            "account", "dimensions", "note",
        )  # fmt: skip
        import_id_fields = ("integration", "cost_code", "cost_type", "project")

    def unknown(self, row: Any) -> Iterator[str]:
        """A code may exist, and not in the project of the rule."""
        yield from super().unknown(row)
        known = self.names_of(row, "cost_code")
        own = self.known.codes(row.integration, row.project) if row.project else known
        if row.cost_code in known and row.cost_code not in own:
            system = self.known.system(row.integration, "cost_code")
            yield f"cost_code {row.cost_code} in project {row.project} ({system})"


class AccountRuleResource(DatedResource, DimensionResource):
    integration = integration_field()
    dimensions = dimensions_field()
    keys = ("purpose",)
    required = ("purpose", "account")

    class Meta(MappingResource.Meta):
        model = AccountRule
        fields = (
            "integration", "purpose", "valid_from", "valid_until", "account", "dimensions", "note",
        )  # fmt: skip
        import_id_fields = ("integration", "purpose")


class VendorResource(ProposingResource):
    integration = integration_field()
    keys = ("project_vendor_id",)
    ids: ClassVar = {"project_vendor_id": "Vendor"}
    required = ("project_vendor_id", "ledger_number")

    class Meta(MappingResource.Meta):
        model = VendorLink
        fields = (
            "integration", "project_vendor_id", "project_vendor_name", "ledger_number",
            "ledger_name", "note",
        )  # fmt: skip
        import_id_fields = ("integration", "project_vendor_id")

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        super().before_save_instance(instance, row, **kwargs)
        instance.origin = VendorLink.Origin.IMPORT

    def get_bulk_update_fields(self) -> list[str]:
        return [*super().get_bulk_update_fields(), "origin"]


class ProjectResource(MappingResource):
    integration = integration_field()
    keys = ("project_id",)
    ids: ClassVar = {"project_id": "Project"}
    required = ("project_id", "value")

    class Meta(MappingResource.Meta):
        model = ProjectLink
        fields = (
            "integration", "project_id", "project_number", "project_name", "dimension", "value",
            "note",
        )  # fmt: skip
        import_id_fields = ("integration", "project_id")

    def unknown(self, row: Any) -> Iterator[str]:
        """Rules name projects by their number."""
        number = self.known.numbers(row.integration).get(row.project_id)
        if number and number != row.project_number:
            system = self.known.system(row.integration, "project_number")
            yield f"project_number {row.project_number} of what is {number} ({system})"


class TaxResource(DatedResource):
    integration = integration_field()
    keys = ("project_code",)
    listed = ("project_code", "ledger_code")
    required = ("project_code", "ledger_code")

    class Meta(MappingResource.Meta):
        model = TaxLink
        fields = (
            "integration", "project_code", "valid_from", "valid_until", "ledger_code", "note",
        )  # fmt: skip
        import_id_fields = ("integration", "project_code")
