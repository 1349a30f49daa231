"""Import and export of the mapping tables: many rows, few queries, all or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import tablib
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from import_export import resources
from import_export.fields import Field
from import_export.results import InvalidRow, Result, RowResult
from import_export.widgets import Widget

from connections.models import Integration
from mappings.checks import read_once
from mappings.imports.formats import DecimalWidget
from mappings.models import (
    AccountRule,
    ChartAccount,
    CostCodeMapping,
    Mapping,
    ProjectLink,
    TaxLink,
    VendorLink,
)
from mappings.reference import Reference
from mappings.releases import Wanted

PREVIEWED = 200  # changed rows that the preview page shows
DIM = "dim_"
GENERAL = ("This ", "Ensure ", "Value '")  # Django's own sentences do not name the column


class IntegrationWidget(Widget):
    """An integration by its name or registry name; `known` is filled before an import."""

    known: dict[str, Integration]

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        if not value:
            raise ValueError("the integration is missing")
        if found := self.known.get(str(value).casefold()):
            return found.pk
        raise ValueError(f"unknown integration '{value}'")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return next((row.name for row in self.known.values() if row.pk == value), "")


class DimensionsWidget(Widget):
    """PROJECT=J-100;COSTCODE=03-300"""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> dict[str, str]:
        return value if isinstance(value, dict) else pairs(value or "")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return ";".join(f"{code}={each}" for code, each in sorted((value or {}).items()))


def pairs(text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if wrong := [part for part in parts if "=" not in part]:
        raise ValueError(f"“{wrong[0]}” is not of the form DIMENSION=VALUE")
    split = [part.split("=", 1) for part in parts]
    return {code.strip(): value.strip() for code, value in split if value.strip()}


def integration_field() -> Field:
    return Field("integration_id", "integration", widget=IntegrationWidget())


class Undiffed:
    """Instead of the library's HTML differences: `changes` says what the preview shows."""

    def __init__(self, *args: Any) -> None:
        pass

    def compare_with(self, *args: Any) -> None:
        pass


class MappingResource(resources.ModelResource):
    """What the tables share. `keys`, with the integration, name a row; `required` must be there."""

    keys: ClassVar[tuple[str, ...]]
    required: ClassVar[tuple[str, ...]]
    WIDGETS_MAP = {**resources.ModelResource.WIDGETS_MAP, "DecimalField": DecimalWidget}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        rows = Integration.objects.select_related("ledger", "project_system")
        self.integrations = {row.pk: row for row in rows}
        named = {row.key.casefold(): row for row in self.integrations.values()}
        named |= {row.name.casefold(): row for row in self.integrations.values()}
        self.fields["integration"].widget.known = named
        self.wanted: dict[int, list[Wanted]] = defaultdict(list)
        self.previews: list[tuple[int, str, list[tuple[str, str, str]]]] = []

    @classmethod
    def get_diff_class(cls) -> type:
        return Undiffed

    def get_import_fields(self) -> list[Field]:
        """Asked for several times per row, so remembered while an import runs."""
        found: list[Field] = self.__dict__.get("import_fields") or super().get_import_fields()
        return found

    # -- before the rows --------------------------------------------------------------------------

    def import_data(self, dataset: tablib.Dataset, *args: Any, **kwargs: Any) -> Result:
        with read_once():
            return super().import_data(dataset, *args, **kwargs)

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """Refuse the file as a whole, or get ready to take its rows without a query each."""
        self.lines = getattr(dataset, "lines", None) or range(2, len(dataset) + 2)
        if problem := self.file_problem(dataset.headers or []):
            dataset.wipe()
            raise ValueError(problem)
        self.import_fields = self.get_import_fields()
        self.may = self.permissions(kwargs.get("user"))
        self.existing = {self.key_of(row): row for row in self._meta.model.objects.all()}
        self.repeats = self.repeated(dataset)

    def file_problem(self, headers: list[str]) -> str:
        known = [field.column_name for field in self.get_import_fields()]
        unknown = [name for name in headers if name not in known and not self.accepts(name)]
        if unknown:
            return f"Unknown column “{unknown[0]}”. The columns are: {', '.join(known)}."
        required = self.required if self.only else ("integration", *self.required)
        if missing := [name for name in required if name not in headers]:
            return f"The file lacks the column “{missing[0]}”."
        return ""

    def accepts(self, column: str) -> bool:
        """Columns beyond the declared fields."""
        return False

    @property
    def only(self) -> Integration | None:
        """The integration of a file that names none, where there is just one."""
        return next(iter(self.integrations.values())) if len(self.integrations) == 1 else None

    def permissions(self, user: Any) -> dict[str, bool]:
        """Import does not widen what a person may do by hand. No user: a program."""
        meta = self._meta.model._meta
        may = {"add": True, "change": True}
        if user is None:
            return may
        return {name: user.has_perm(f"{meta.app_label}.{name}_{meta.model_name}") for name in may}

    def repeated(self, dataset: tablib.Dataset) -> dict[int, int]:
        """Row number -> the line of an earlier row with the same key."""
        first: dict[tuple[Any, ...], int] = {}
        found: dict[int, int] = {}
        for number, cells in enumerate(dataset, start=1):
            key = self.key_in(dict(zip(dataset.headers, cells, strict=True)))
            line = self.lines[number - 1]
            if first.setdefault(key, line) != line:
                found[number] = first[key]
        return found

    def _check_import_id_fields(self, headers: list[str]) -> None:
        """`file_problem` has said it in plain words."""

    # -- one row ----------------------------------------------------------------------------------

    def key_of(self, row: Mapping) -> tuple[Any, ...]:
        return (row.integration_id, *(getattr(row, name) for name in self.keys))

    def key_in(self, row: dict[str, Any]) -> tuple[Any, ...]:
        name = str(row.get("integration") or (self.only.name if self.only else ""))
        found = self.fields["integration"].widget.known.get(name.casefold())
        return (found.pk if found else name, *(row.get(key, "") for key in self.keys))

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        if self.only and not row.get("integration"):
            row["integration"] = self.only.name
        if line := self.repeats.get(kwargs["row_number"]):
            raise ValidationError(f"The same combination stands in line {line} already.")

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Mapping | None:
        return self.existing.get(self.key_in(row))

    def validate_instance(
        self, instance: Mapping, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """The model's own checks; uniqueness is known from the keys, the integration by name."""
        errors = dict(import_validation_errors or {})
        if instance.integration_id is not None:
            instance.integration = self.integrations[instance.integration_id]
        try:
            instance.full_clean(
                exclude={"integration", *errors}, validate_unique=False, validate_constraints=False
            )
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def before_save_instance(self, instance: Mapping, row: Any, **kwargs: Any) -> None:
        verb = "add" if instance.pk is None else "change"
        if not self.may[verb]:
            raise ValidationError(f"You may not {verb} rows of this table.")
        instance.updated_at = timezone.now()

    def get_bulk_update_fields(self) -> list[str]:
        known = {field.attribute for field in self.get_import_fields()}
        names = {field.attname for field in self._meta.model._meta.concrete_fields}
        return sorted((known & names) - {"id", "integration_id", *self.keys} | {"updated_at"})

    def after_import_row(self, row: Any, row_result: RowResult, **kwargs: Any) -> None:
        """Keep what the preview and the release need, let go of the rest."""
        instance, before = row_result.instance, row_result.original
        row_result.instance = row_result.original = None
        if row_result.is_skip() or instance is None:
            return
        self.wanted[instance.integration_id] += instance.wanted(before)
        if len(self.previews) < PREVIEWED:
            line = self.lines[kwargs["row_number"] - 1]
            self.previews.append((line, row_result.import_type, self.changes(instance, before)))

    def changes(self, instance: Mapping, before: Mapping | None) -> list[tuple[str, str, str]]:
        """(column, old, new) of what a row would set; of a new row all that is not empty."""
        cells = [
            (field.column_name, str(field.export(before)) if before else "",
             str(field.export(instance)))
            for field in self.get_import_fields()
            if field.column_name != "integration" or not self.only
        ]  # fmt: skip
        named = {"integration", *self.keys}
        return [cell for cell in cells if cell[1] != cell[2] or (before and cell[0] in named)]

    # -- after the rows ---------------------------------------------------------------------------

    def bulk_create(self, using_transactions: bool, dry_run: bool, *args: Any, **kw: Any) -> None:
        """A preview writes nothing, not even for a moment."""
        if dry_run:
            self.create_instances.clear()
        super().bulk_create(using_transactions, dry_run, *args, **kw)

    def bulk_update(
        self,
        using_transactions: bool,
        dry_run: bool,
        raise_errors: bool,
        batch_size: int | None = None,
        result: Result | None = None,
    ) -> None:
        """An upsert by id, which the database records as updates; a third of UPDATE's time."""
        try:
            if self.update_instances and not dry_run:
                self._meta.model.objects.bulk_create(
                    self.update_instances, batch_size=batch_size, update_conflicts=True,
                    unique_fields=["id"], update_fields=self.get_bulk_update_fields(),
                )  # fmt: skip
        except Exception as error:
            self.handle_import_error(result, error, raise_errors)
        finally:
            self.update_instances.clear()

    def after_import(self, dataset: tablib.Dataset, result: Result, **kwargs: Any) -> None:
        """Line numbers as the spreadsheet shows them; what the pages need."""
        super().after_import(dataset, result, **kwargs)
        for row in [*result.invalid_rows, *result.error_rows]:
            row.number = self.lines[row.number - 1]
        result.previews = self.previews
        result.changed = result.totals["new"] + result.totals["update"]
        result.wrong_rows = [(row.number, *self.complaint(row)) for row in result.invalid_rows]
        result.wrong_rows += [
            (row.number, "", [str(each.error) for each in row.errors]) for row in result.error_rows
        ]
        result.wanted = [
            (self.integrations[key], wanted) for key, wanted in self.wanted.items() if wanted
        ]

    def complaint(self, row: InvalidRow) -> tuple[str, list[str]]:
        """The row's key in words, and every sentence about it."""
        headers = self.get_diff_headers()
        cells = dict(zip(headers, row.values, strict=True))
        named = [str(cells[name]) for name in self.keys if cells.get(name) not in ("", "---", None)]
        sentences = [
            f"{name}: {said}" if said.startswith(GENERAL) else said
            for name, listed in row.error_dict.items() for said in listed
        ]  # fmt: skip
        return " / ".join(named), sentences

    # -- export -----------------------------------------------------------------------------------

    class Meta:
        use_bulk = True
        batch_size = 1000
        skip_unchanged = True
        skip_html_diff = True
        report_skipped = False
        store_instance = True
        clean_model_instances = True


class DimensionResource(MappingResource):
    """Dimensions in one column each (dim_PROJECT), or all in one (PROJECT=J-100;…)."""

    def file_problem(self, headers: list[str]) -> str:
        columns = [name for name in headers if name.startswith(DIM)]
        if columns and "dimensions" in headers:
            return f"Give either the column “dimensions” or “{columns[0]}”, not both."
        codes = {code.casefold(): code for code in dimension_codes(self.integrations.values())}
        self.columns = {name: codes.get(name[4:].casefold(), name[4:]) for name in columns}
        return super().file_problem(headers)

    def accepts(self, column: str) -> bool:
        return column.startswith(DIM) and len(column) > len(DIM)

    def after_init_instance(
        self, instance: Any, new: bool, row: dict[str, Any], **kwargs: Any
    ) -> None:
        """A dimension without a column stays as it is; an empty cell removes it."""
        if not self.columns:
            return
        said = {code: row.get(name, "") for name, code in self.columns.items()}
        merged = {**instance.dimensions, **said}
        row["dimensions"] = {code: value for code, value in merged.items() if value}

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


class CostCodeResource(DimensionResource):
    integration = integration_field()
    dimensions = dimensions_field()
    keys = ("cost_code", "cost_type", "project")
    required = ("cost_code", "account")

    class Meta(MappingResource.Meta):
        model = CostCodeMapping
        fields = (
            "integration", "cost_code", "cost_type", "project", "account", "dimensions", "note",
        )  # fmt: skip
        import_id_fields = ("integration", "cost_code", "cost_type", "project")


class AccountRuleResource(DimensionResource):
    integration = integration_field()
    dimensions = dimensions_field()
    keys = ("purpose",)
    required = ("purpose", "account")

    class Meta(MappingResource.Meta):
        model = AccountRule
        fields = ("integration", "purpose", "account", "dimensions", "note")
        import_id_fields = ("integration", "purpose")


class VendorResource(MappingResource):
    integration = integration_field()
    keys = ("project_vendor_id",)
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
    required = ("project_id", "value")

    class Meta(MappingResource.Meta):
        model = ProjectLink
        fields = (
            "integration", "project_id", "project_number", "project_name", "dimension", "value",
            "note",
        )  # fmt: skip
        import_id_fields = ("integration", "project_id")


class TaxResource(MappingResource):
    integration = integration_field()
    keys = ("project_code",)
    required = ("project_code", "ledger_code")

    class Meta(MappingResource.Meta):
        model = TaxLink
        fields = ("integration", "project_code", "ledger_code", "note")
        import_id_fields = ("integration", "project_code")


class YesWidget(Widget):
    """Yes or no, as ledgers and spreadsheets write it; `words` are this column's own."""

    yes: tuple[str, ...] = ("", "yes", "y", "true", "1", "x")
    no: tuple[str, ...] = ("no", "n", "false", "0")

    def __init__(self, yes: Sequence[str] = (), no: Sequence[str] = ()) -> None:
        super().__init__()
        self.yes, self.no = (*self.yes, *yes), (*self.no, *no)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        word = str(value).strip().casefold()
        if word in self.yes:
            return True
        if word in self.no:
            return False
        raise ValueError(f"“{value}” is neither yes nor no.")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "yes" if value else "no"


OTHER_TYPES = ("2", "3", "4", "unit", "unit account", "allocation", "fixed allocation",
               "variable allocation", "heading", "total")  # fmt: skip
CHART_COLUMNS = {  # what ledgers call a column when they export their chart -> ours
    "accountnumber": "number", "account_number": "number", "account": "number",
    "description": "name", "account_description": "name", "account_name": "name",
    "accounttype": "posting", "account_type": "posting", "type": "posting",
    "account_category": "category", "allowaccountentry": "entries",
    "allow_account_entry": "entries",
}  # fmt: skip


class ChartResource(MappingResource):
    """The whole chart: what the file lacks is removed, as a service would not list it any more."""

    integration = integration_field()
    posting = Field("posting", "posting", widget=YesWidget(
        ("posting", "posting account"), OTHER_TYPES
    ))  # fmt: skip
    active = Field("active", "active", widget=YesWidget())
    direct = Field("direct", "entries", widget=YesWidget())
    keys = ("number",)
    required = ("number",)

    class Meta(MappingResource.Meta):
        model = ChartAccount
        fields = ("integration", "number", "name", "category", "posting", "active", "direct",
                  "note")  # fmt: skip
        import_id_fields = ("integration", "number")

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """A ledger's own column names are understood; an account that the file lacks goes."""
        known = {field.column_name for field in self.get_import_fields()}
        headers = dataset.headers or []
        dataset.headers = [
            name if name in known else CHART_COLUMNS.get(name, name) for name in headers
        ]
        super().before_import(dataset, **kwargs)
        named = {self.key_in(row) for row in dataset.dict}
        whole = {key[0] for key in named}
        self.gone = [
            row for key, row in self.existing.items() if key[0] in whole and key not in named
        ]
        if self.gone and not self.may["delete"]:
            raise ValueError(
                f"The file lacks {len(self.gone):,} accounts that stand now, as "
                f"{self.gone[0].number}. You may not delete rows of this table."
            )

    def permissions(self, user: Any) -> dict[str, bool]:
        name = f"{ChartAccount._meta.app_label}.delete_{ChartAccount._meta.model_name}"
        return {**super().permissions(user), "delete": user is None or user.has_perm(name)}

    def after_import(self, dataset: tablib.Dataset, result: Result, **kwargs: Any) -> None:
        super().after_import(dataset, result, **kwargs)
        wrong = result.has_errors() or result.has_validation_errors()
        gone = [] if wrong else getattr(self, "gone", [])
        result.gone = [str(row) for row in gone]
        result.charts = [self.integrations[key] for key in sorted(self.named_integrations(dataset))]
        if not kwargs.get("dry_run"):
            ChartAccount.objects.filter(pk__in=[row.pk for row in gone]).delete()

    def named_integrations(self, dataset: tablib.Dataset) -> set[int]:
        keys = {self.key_in(row)[0] for row in dataset.dict}
        return {key for key in keys if isinstance(key, int)}
