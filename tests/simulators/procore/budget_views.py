"""How a budget is read: one view with detail rows, summary rows and columns (sheet 4.11).

Procore adds a key for each column of a company's own; this view has only the columns that every
view has. `budget_modifications` carries the approved budget changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from ..messages import Request, Response
from ..routes import route
from .base import COMPANY_ID, PEOPLE_ID, not_found, refuse
from .budget_changes import BudgetChanges
from .budgets import Sums
from .lists import ordered, paged
from .values import ZERO, Row, money, quirks, stamp

VIEW = 598134325000501
MADE_AT = datetime(2024, 1, 15, 14, 0, tzinfo=UTC)
FILTERS = {
    "cost_code_id": "cost_code_id", "category_id": "category_id", "budget_line_item_id": "id",
    "root_cost_code_id": "root_cost_code_id", "cost_code_name": "cost_code",
    "root_cost_code_name": "root_cost_code", "biller": "biller",
}  # fmt: skip
SORTS = ("biller_type", "project", "biller", "category_id", "cost_code", "root_cost_code")
GROUPS = {
    "project": ("project_id", "project"), "biller": ("biller_id", "biller"),
    "category": ("category_id", "category"), "cost_code": ("cost_code_id", "cost_code"),
    "root_cost_code": ("root_cost_code_id", "root_cost_code"),
    "cost_code_name": ("cost_code", "cost_code"),
    "root_cost_code_name": ("root_cost_code", "root_cost_code"),
}  # fmt: skip
COLUMNS = (
    ("root_cost_code", "Division"), ("cost_code", "Cost Code"), ("category", "Cost Type"),
    ("original_budget_amount", "Original Budget Amount"),
    ("budget_modifications", "Budget Modifications"),
    ("budget_forecast", "Forecast To Complete"),
)  # fmt: skip
PATH = "/rest/v1.0/budget_views"


def named(code: Row | None) -> str | None:
    return f"{code['full_code']} - {code['name']}" if code else None


def asked(rows: Iterable[Row], request: Request) -> list[Row]:
    """The rows that pass `cost_code_id[]` and its like, and `budget_row_type`."""
    kind = request.one("budget_row_type", "all")
    if kind not in ("budgeted", "unbudgeted", "all"):
        raise refuse(400, "budget_row_type does not have a valid value")
    if kind != "all":
        rows = [row for row in rows if bool(row["unbudgeted_reason"]) == (kind == "unbudgeted")]
    for name, column in FILTERS.items():
        values = {*request.query.get(name, []), *request.query.get(f"{name}[]", [])}
        rows = [row for row in rows if not values or str(row[column]) in values]
    return list(rows)


def total(rows: Iterable[Row], name: str) -> str | None:
    return money(sum((Decimal(row[name]) for row in rows), ZERO))


class BudgetViews(BudgetChanges):
    """One view for the company."""

    def _view(self, request: Request) -> Row:
        """The project of a request for this view."""
        project = self.project_of(request)
        if request.params["budget_view_id"] != str(VIEW):
            raise not_found()
        return project

    def detail_row(self, row: Row, sums: Sums) -> Row:
        code = self.table("cost_codes")[row["cost_code_id"]]
        root = self.table("cost_codes").get(code["parent_id"] or 0, code)
        kind = self.table("line_item_types").get(row["line_item_type_id"] or 0, {})
        project, columns = self.table("projects")[row["project_id"]], self.budget_columns(row, sums)
        name = project["name"]
        return {
            "id": row["id"], "wbs_code_id": row["wbs_code_id"],
            "cost_code": named(code), "cost_code_id": code["id"],
            "cost_code_origin_id": code["origin_id"],
            "root_cost_code": named(root), "root_cost_code_id": root["id"],
            "category": kind.get("name"), "category_id": kind.get("id"),
            "biller": name, "biller_id": project["id"], "biller_type": "Project",
            "project": name, "project_id": project["id"], "company_id": COMPANY_ID,
            "company": self.state["company"]["name"],
            "original_budget_amount": money(row["original_budget_amount"]),
            "budget_modifications": money(columns["approved_budget_changes"]),
            "budget_forecast": self.forecast_shown(columns["budget_forecast"]),
            "unbudgeted_reason": row["unbudgeted_reason"], "deletable": self.deletable(row, sums),
            "currency_configuration": {"currency_iso_code": row["currency"]},
        }  # fmt: skip

    def forecast_shown(self, amount: Decimal) -> Row:
        return {
            "amount": money(amount), "automatic_amount": money(amount), "manual_amount": None,
            "automatically_calculated": True, "calculation_strategy": "automatic", "notes": None,
        }  # fmt: skip

    def detail_rows(self, project: Row, request: Request) -> list[Row]:
        sums = self.budget_sums(project["id"])
        rows = self.rows("budget_line_items", project_id=project["id"])
        return asked([self.detail_row(row, sums) for row in rows], request)

    # Routes.

    @route("GET", PATH)
    def budget_views(self, request: Request) -> Response:
        if request.one("project_id"):
            self.project_of(request)
        links = {name: f"{PATH}/{VIEW}/{name}" for name in ("detail_rows", "summary_rows")}
        row = {
            "id": VIEW, "name": "Procore Standard Budget", "description": None, "role": "budget",
            "created_by": {"id": PEOPLE_ID, "name": "PM", "login": "pm@example.com"},
            "created_at": stamp(MADE_AT), "updated_at": stamp(MADE_AT), "links": links,
        }  # fmt: skip
        return paged(request, [row], lambda row: row)

    @route("GET", PATH + "/{budget_view_id}/budget_detail_columns")
    def budget_detail_columns(self, request: Request) -> Response:
        self._view(request)
        rows = [
            {
                "id": name, "name": title, "position": position, "type": "standard",
                "aggregatable": position > 3, "filterable": position <= 3,
                "groupable": position <= 3,
            }
            for position, (name, title) in enumerate(COLUMNS, 1)
        ]  # fmt: skip
        return Response(200, rows)

    @route("GET", PATH + "/{budget_view_id}/detail_rows")
    def budget_detail_rows(self, request: Request) -> Response:
        rows = self.detail_rows(self._view(request), request)
        return paged(request, ordered(rows, request, SORTS), lambda row: quirks(row["id"], row))

    @route("GET", PATH + "/{budget_view_id}/summary_rows")
    def budget_summary_rows(self, request: Request) -> Response:
        """Sums by cost code, or by what `group_by` says."""
        project, group = self._view(request), request.one("group_by", "cost_code")
        if group not in GROUPS:
            raise refuse(400, "group_by does not have a valid value")
        key, name = GROUPS[group]
        groups: dict[str, list[Row]] = {}
        for row in self.detail_rows(project, request):
            groups.setdefault(str(row[key]), []).append(row)
        found = [{"id": id_, "name": rows[0][name], "rows": rows} for id_, rows in groups.items()]
        return paged(request, found, self.summary_shown)

    def summary_shown(self, group: Row) -> Row:
        rows: list[Row] = group["rows"]
        forecast = total([row["budget_forecast"] for row in rows], "amount")
        return {
            "id": group["id"], "name": group["name"], "biller_type": "Project",
            "original_budget_amount": total(rows, "original_budget_amount"),
            "budget_modifications": total(rows, "budget_modifications"),
            "budget_forecast": {"amount": forecast},
            "currency_configuration": rows[0]["currency_configuration"],
        }  # fmt: skip
