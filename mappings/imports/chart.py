"""The chart of accounts as a file, in our column names or those of a ledger's own export."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import tablib
from import_export.fields import Field
from import_export.results import Result

from mappings.imports.questions import Question
from mappings.imports.resources import MappingResource
from mappings.imports.widgets import YesWidget, integration_field
from mappings.models import ChartAccount

OTHER_TYPES = ("2", "3", "4", "unit", "unit account", "allocation", "fixed allocation",
               "variable allocation", "heading", "total")  # fmt: skip
CHART_COLUMNS = {  # what ledgers call a column when they export their chart -> ours
    "accountnumber": "number", "account_number": "number", "account": "number",
    "description": "name", "account_description": "name", "account_name": "name",
    "accounttype": "posting", "account_type": "posting", "type": "posting",
    "account_category": "category", "allowaccountentry": "entries",
    "allow_account_entry": "entries",
}  # fmt: skip


GONE = "These accounts stand now and the file lacks them. Remove them?"


class ChartResource(MappingResource):
    """The whole chart: what the file lacks is removed, as a service would not list it any more."""

    integration = integration_field()
    posting = Field("posting", "posting", widget=YesWidget(
        ("posting", "posting account"), OTHER_TYPES
    ))  # fmt: skip
    active = Field("active", "active", widget=YesWidget())
    direct = Field("direct", "entries", widget=YesWidget())
    also = CHART_COLUMNS
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
        ours = [name if name in known else self.also.get(name, name) for name in headers]
        if twice := [pair for pair in combinations(zip(headers, ours, strict=True), 2)
                     if pair[0][1] == pair[1][1]]:  # fmt: skip
            (one, _), (other, _) = twice[0]
            dataset.wipe()
            raise ValueError(
                f"The columns “{one}” and “{other}” are the same to us. Delete the wrong one."
            )
        dataset.headers = ours
        super().before_import(dataset, **kwargs)
        named = {read.key for read in self.reads}
        whole = {key[0] for key in named}
        self.lacking = [key for key in self.standing if key[0] in whole and key not in named]
        self.gone = [self.row_of(self.standing[key]) for key in self.lacking]
        if self.gone and not self.may["delete"]:
            raise ValueError(
                f"The file lacks {len(self.gone):,} accounts that stand now, as "
                f"{self.lacking[0][1]}. You may not delete rows of this table."
            )

    def questions(self) -> list[Question]:
        """A file that was cut off looks like a ledger that has fewer accounts."""
        gone = tuple(number for _, number in getattr(self, "lacking", ()))
        return [*super().questions(), *([Question(GONE, gone)] if gone else [])]

    def permissions(self, user: Any) -> dict[str, bool]:
        name = f"{ChartAccount._meta.app_label}.delete_{ChartAccount._meta.model_name}"
        return {**super().permissions(user), "delete": user is None or user.has_perm(name)}

    def after_import(self, dataset: tablib.Dataset, result: Result, **kwargs: Any) -> None:
        super().after_import(dataset, result, **kwargs)
        wrong = result.has_errors() or result.has_validation_errors()
        gone = [] if wrong else getattr(self, "gone", [])
        result.gone, result.gone_count = [str(row) for row in gone], len(gone)
        result.charts = [self.integrations[key] for key in sorted(self.named_integrations())]
        if not kwargs.get("dry_run"):
            ChartAccount.objects.filter(pk__in=[row.pk for row in gone]).delete()

    def named_integrations(self) -> set[int]:
        keys = {read.key[0] for read in self.reads}
        return {key for key in keys if isinstance(key, int)}
