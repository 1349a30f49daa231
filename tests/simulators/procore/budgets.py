"""Budgets: line items, the lock, and what was spent against each line (sheet 4.11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..messages import Request, Response
from ..routes import route
from .base import COMPANY_ID, SYNC_MAX, TABLES, invalid, not_found, refuse
from .codes import codes_missing
from .contracts import KINDS, LOCKED, PENDING
from .totals import Totals
from .values import ZERO, Errors, Row, number, quirks, round_cents

FIRST_ID = 598134325640011  # a series of its own: budgets move no document's id
STRATEGIES = ("automatic", "manual")
NUMBERS = ("original_budget_amount", "quantity", "unit_cost")
NEEDED = {"v1.0": ("cost_code_id", "line_item_type_id"), "v1.1": ("wbs_code_id",)}
COMMITTED = (*LOCKED, "Closed")
COST_LINES = ("contract_lines", "change_order_lines", "direct_cost_lines")
UNBUDGETED = "Cost on a budget code without a budget"
PATH = "/rest/{version:v1\\.[01]}/budget_line_items"
LOCK = "/rest/v1.0/projects/{project_id}/budget/lock"
Sums = dict[int, dict[str, Decimal]]


def as_number(attributes: Row, name: str) -> Decimal | None:
    value = attributes.get(name)
    return None if value is None else number(value)


def number_errors(attributes: Row, names: tuple[str, ...]) -> Errors:
    errors: Errors = {}
    for name in names:
        try:
            as_number(attributes, name)
        except ValueError:
            errors[name] = ["is not a number"]
    if attributes.get("calculation_strategy") not in (None, *STRATEGIES):
        errors["calculation_strategy"] = ["is not included in the list"]
    return errors


class Budgets(Totals):
    """One line per budget code (WBS code) of a project. There is no list of lines but the views."""

    def load(self) -> Any:
        """A state kept before there were budgets has no tables for them."""
        state = super().load()
        for name in TABLES if state else ():
            state["tables"].setdefault(name, {})
        return state

    def new_budget_id(self) -> int:
        found: int = self.state.setdefault("next_budget_id", FIRST_ID)
        self.state["next_budget_id"] = found + 1 + found % 11
        return found

    def budget_line_of(self, wbs_code: int | None) -> Row | None:
        code = self.table("wbs_codes").get(wbs_code or 0, {})
        return self.table("budget_line_items").get(code.get("budget_line_id") or 0)

    # A cost on a code without a budget makes the line.

    def put_line(
        self, table: str, parent: Row, attributes: Row, row: Row | None, at: datetime | None = None
    ) -> Row:
        line = super().put_line(table, parent, attributes, row, at)
        if table in COST_LINES and parent.get("table") != "prime_change_orders":
            self.with_budget_line(line["project_id"], line["wbs_code_id"], UNBUDGETED, at)
        return line

    def with_budget_line(
        self, project: int, wbs_code: int | None, reason: str | None, at: datetime | None
    ) -> None:
        """A line with amount 0 for a code that has none (sheet 4.3)."""
        row = self.budget_line_of(wbs_code)
        if row is None and wbs_code:
            blank = {**self.blank_line(project), **self._coding(project, {
                "wbs_code_id": wbs_code}, {}), "unbudgeted_reason": reason}  # fmt: skip
            self.store_budget_line(blank, None, at)
        elif row and row["unbudgeted_reason"] and reason is None:
            row["unbudgeted_reason"] = None
            self.touch("budget_line_items", row, at)

    def blank_line(self, project: int) -> Row:
        return {
            "project_id": project, "wbs_code_id": None, "cost_code_id": None,
            "line_item_type_id": None, "original_budget_amount": ZERO, "quantity": None,
            "unit_cost": None, "uom": None, "calculation_strategy": "manual",
            "unbudgeted_reason": None, "currency": self.state["company"]["currency"],
        }  # fmt: skip

    # Checks and writes.

    def budget_errors(self, project: int, attributes: Row, row: Row | None, version: str) -> Errors:
        return {
            **codes_missing(attributes, row, NEEDED[version]),
            **self.line_check(project, attributes), **number_errors(attributes, NUMBERS),
        }  # fmt: skip

    def budget_values(self, project: Row, attributes: Row, row: Row | None) -> Row:
        """A line's values after a write; raises 422 for a taken code or a locked amount."""
        kept = {**(row or self.blank_line(project["id"])), "unbudgeted_reason": None}
        names = ("uom", "calculation_strategy")
        kept |= {name: attributes[name] for name in names if attributes.get(name)}
        kept |= {name: as_number(attributes, name) for name in NUMBERS if name in attributes}
        kept |= self._coding(project["id"], attributes, kept)
        kept["original_budget_amount"] = self._original(kept)
        other = self.budget_line_of(kept["wbs_code_id"])
        if other and (row is None or other["id"] != row["id"]):
            raise invalid({"wbs_code_id": ["has already been taken"]})
        before = row["original_budget_amount"] if row else ZERO
        if project.get("budget_locked") and kept["original_budget_amount"] != before:
            raise invalid({"original_budget_amount": ["cannot be changed, the budget is locked"]})
        return kept

    def _original(self, kept: Row) -> Decimal:
        """Automatic is quantity times unit cost."""
        quantity, unit_cost = kept["quantity"], kept["unit_cost"]
        counted = quantity is not None and unit_cost is not None
        if kept["calculation_strategy"] == "automatic" and counted:
            return round_cents(quantity * unit_cost)
        return round_cents(kept["original_budget_amount"] or ZERO)

    def put_budget_line(
        self, project: Row, attributes: Row, row: Row | None, at: datetime | None = None
    ) -> Row:
        values = self.budget_values(project, attributes, row)
        kept = self.store_budget_line(values, row, at)
        self.table("cost_codes")[kept["cost_code_id"]]["budgeted"] = True
        return kept

    def store_budget_line(self, values: Row, row: Row | None, at: datetime | None) -> Row:
        codes = self.table("wbs_codes")
        if row is None:
            values = {**values, "id": self.new_budget_id()}
            row = self.insert("budget_line_items", values, at)
        else:
            codes[row["wbs_code_id"]].pop("budget_line_id", None)
            row.update(values)
            self.touch("budget_line_items", row, at)
        codes[row["wbs_code_id"]]["budget_line_id"] = row["id"]
        return row

    def unbudgeted_line(self, project: int, attributes: Row) -> Row | None:
        """The line that a cost has made and that a POST now budgets."""
        row = self.budget_line_of(self._coding(project, attributes, {})["wbs_code_id"])
        return row if row and row["unbudgeted_reason"] else None

    def drop_budget_line(self, row: Row) -> None:
        if not self.deletable(row, self.budget_sums(row["project_id"])):
            raise invalid({"base": ["Budget line item cannot be deleted"]})
        self.table("wbs_codes")[row["wbs_code_id"]].pop("budget_line_id", None)
        self.remove("budget_line_items", row)

    def deletable(self, row: Row, sums: Sums) -> bool:
        """Not in a locked budget, and not with costs or budget changes."""
        project = self.table("projects")[row["project_id"]]
        return not project.get("budget_locked") and row["wbs_code_id"] not in sums

    # Sums.

    def budget_sums(self, project: int) -> Sums:
        """By WBS code: budget changes and costs, each under the name of its column."""
        sums: Sums = defaultdict(lambda: defaultdict(lambda: ZERO))
        for wbs_code, column, amount in self._budget_amounts(project):
            if wbs_code:
                sums[wbs_code][column] += amount
        return sums

    def _budget_amounts(self, project: int) -> Iterator[tuple[int | None, str, Decimal]]:
        columns = self._cost_columns(project)
        for table in COST_LINES:
            for line in self.rows(table, project_id=project):
                column = columns.get(line["parent_id"])
                if column:
                    yield line["wbs_code_id"], column, line["amount"]
        changed = {
            "approved": "approved_budget_changes", "under_review": "pending_budget_changes",
        }  # fmt: skip
        for change in self.rows("budget_changes", project_id=project):
            for line in change["lines"]:
                column = changed.get(change["status"], "other_budget_changes")
                yield line["wbs_code_id"], column, line["amount"]

    def _cost_columns(self, project: int) -> dict[int, str]:
        """The column of each document that counts."""
        found: dict[int, str] = {}
        plans: tuple[tuple[str, tuple[str, ...], str], ...] = (
            *((kind, COMMITTED, "committed_costs") for kind in KINDS),
            ("commitment_change_orders", ("approved",), "committed_costs"),
            ("commitment_change_orders", PENDING, "pending_cost_changes"),
            ("direct_costs", ("approved",), "direct_costs"),
        )
        for table, statuses, column in plans:
            rows = self.rows(table, project_id=project)
            found |= {row["id"]: column for row in rows if row["status"] in statuses}
        return found

    def budget_columns(self, row: Row, sums: Sums) -> dict[str, Decimal]:
        """The forecast to complete is what the projected budget leaves, never less than 0."""
        known = sums.get(row["wbs_code_id"], {})
        names = (
            "approved_budget_changes", "pending_budget_changes", "committed_costs",
            "direct_costs", "pending_cost_changes",
        )  # fmt: skip
        found = {name: known.get(name, ZERO) for name in names}
        revised = row["original_budget_amount"] + found["approved_budget_changes"]
        projected = revised + found["pending_budget_changes"]
        costs = found["committed_costs"] + found["direct_costs"] + found["pending_cost_changes"]
        forecast = max(projected - costs, ZERO)
        return {
            **found, "revised_budget": revised, "projected_budget": projected,
            "projected_costs": costs, "budget_forecast": forecast,
            "estimated_cost_at_completion": costs + forecast,
            "projected_over_under": projected - costs - forecast,
        }  # fmt: skip

    # Shapes: money is a number here.

    def budget_line_shown(self, row: Row) -> Row:
        names = (
            "id", "original_budget_amount", "quantity", "unit_cost", "uom", "calculation_strategy",
        )  # fmt: skip
        return quirks(row["id"], {
            **{name: row[name] for name in names}, "wbs_code": self.wbs_short(row["wbs_code_id"]),
            "currency_configuration": {"currency_iso_code": row["currency"]},
        })  # fmt: skip

    def budget_line_older(self, row: Row) -> Row:
        """v1.0: cost code and type in place of the WBS code, and the sums."""
        code = self.table("cost_codes")[row["cost_code_id"]]
        division = self.table("cost_codes").get(code["parent_id"] or 0)
        kind = self.table("line_item_types").get(row["line_item_type_id"] or 0)
        names = ("id", "code", "full_code", "name")
        shown = {name: v for name, v in self.budget_line_shown(row).items() if name != "wbs_code"}
        return {
            **shown, **self.budget_columns(row, self.budget_sums(row["project_id"])),
            "cost_code": {name: code[name] for name in names},
            "division": {name: division[name] for name in names if name != "code"}
            if division else None,
            "line_item_type": {"id": kind["id"], "name": kind["name"]} if kind else None,
        }  # fmt: skip

    def _versioned(self, request: Request, row: Row) -> Row:
        older = request.params["version"] == "v1.0"
        return self.budget_line_older(row) if older else self.budget_line_shown(row)

    # Routes.

    def _budget_line(self, request: Request, project: Row) -> Row:
        return self.find_row("budget_line_items", request.params["id"], project_id=project["id"])

    @route("GET", PATH + "/{id:\\d+}")
    def budget_line_item(self, request: Request) -> Response:
        row = self._budget_line(request, self.project_of(request))
        return Response(200, self._versioned(request, row))

    @route("POST", PATH)
    @route("PATCH", PATH + "/{id:\\d+}")
    def write_budget_line_item(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "budget_line_item")
        project = self.project_of(request, data)
        row = self._budget_line(request, project) if "id" in request.params else None
        version = request.params["version"]
        self._checked(self.budget_errors(project["id"], attributes, row, version))
        target = row or self.unbudgeted_line(project["id"], attributes)
        kept = self.put_budget_line(project, attributes, target)
        return Response(200 if row else 201, self._versioned(request, kept))

    @route("POST", "/rest/v1.0/budget_line_items/sync")
    def sync_budget_line_items(self, request: Request) -> Response:
        """By id, else by WBS code. A bare array; one bad row refuses them all."""
        data = self.body(request)
        project, updates = self.project_of(request, data), data.get("budget_line_items")
        if not isinstance(updates, list):
            raise refuse(400, "param is missing or the value is empty: budget_line_items")
        if len(updates) > SYNC_MAX:
            raise refuse(413, f"The number of updates must not exceed {SYNC_MAX}")
        for update in updates:
            self._checked(self.budget_errors(project["id"], update, None, "v1.1"))
            self.budget_values(project, update, self._synced(project, update))
        with self.transaction():
            kept = [
                self.put_budget_line(project, update, self._synced(project, update))
                for update in updates
            ]
        return Response(200, [self.budget_line_shown(row) for row in kept])

    def _synced(self, project: Row, update: Row) -> Row | None:
        if not update.get("id"):
            return self.budget_line_of(int(update["wbs_code_id"]))
        row = self.table("budget_line_items").get(update["id"])
        if row is None or row["project_id"] != project["id"]:
            raise invalid({"id": ["Entity with this ID not found"]})
        return row

    @route(
        "DELETE",
        "/rest/v2.0/companies/{company_id}/projects/{project_id}/budget_line_items/{id}",
    )
    def delete_budget_line_item(self, request: Request) -> Response:
        if request.params["company_id"] != str(COMPANY_ID):
            raise not_found()
        self.drop_budget_line(self._budget_line(request, self.project_of(request)))
        return Response(204)

    @route("GET", "/rest/v1.0/projects/{project_id}/budget")
    def budget(self, request: Request) -> Response:
        project = self.project_of(request)
        return Response(200, {"locked": bool(project.get("budget_locked"))})

    @route("POST", LOCK)
    @route("DELETE", LOCK)
    def lock_budget(self, request: Request) -> Response:
        """Original amounts are fixed from then on."""
        locked = request.method == "POST"
        self.project_of(request)["budget_locked"] = locked
        return Response(201 if locked else 200, {"locked": locked})

    # What people do.

    def story_create(self, collection: str, data: Row, at: datetime | None = None) -> Row:
        """A line is {"project", "cost_code", "cost_type", "original_budget_amount", ...}."""
        if collection != "budget_line_items":
            return super().story_create(collection, data, at)
        project = self.named_project(data.get("project"))
        attributes = self.plain_line(project["id"], data)
        self._checked(self.budget_errors(project["id"], attributes, None, "v1.0"))
        target = self.unbudgeted_line(project["id"], attributes)
        return self.put_budget_line(project, attributes, target, at)

    def story_update(self, collection: str, row: Row, data: Row, at: datetime | None) -> Row:
        if collection != "budget_line_items":
            return super().story_update(collection, row, data, at)
        project = self.table("projects")[row["project_id"]]
        attributes = self.plain_line(project["id"], data)
        self._checked(self.budget_errors(project["id"], attributes, row, "v1.0"))
        return self.put_budget_line(project, attributes, row, at)

    def story_delete(self, collection: str, row: Row) -> None:
        if collection != "budget_line_items":
            super().story_delete(collection, row)
        else:
            self.drop_budget_line(row)
