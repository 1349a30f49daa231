"""Budget changes: adjustments of budget lines, in an envelope `data` (sheet 4.11)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ..messages import Request, Response
from ..routes import route
from .base import invalid
from .budgets import Budgets, as_number, number_errors
from .values import ZERO, Errors, Row, number, quirks, round_cents

STATUSES = ("draft", "under_review", "approved", "void")
TYPES = ("budget_change", "change_event")
FIELDS = ("status", "title", "description")
LINE_FIELDS = ("ref", "adjustment_number", "type", "uom", "description", "comment")
NUMBERS = ("amount", "quantity", "unit_cost")
PATH = "/rest/v1.0/projects/{project_id}/budget_changes"


def line_amount(line: Row) -> Decimal:
    """Automatic is quantity times unit cost."""
    quantity, unit_cost = line["quantity"], line["unit_cost"]
    counted = quantity is not None and unit_cost is not None
    if line["calculation_strategy"] == "automatic" and counted:
        return round_cents(quantity * unit_cost)
    return round_cents(line["amount"] or ZERO)


class BudgetChanges(Budgets):
    """Only approved ones move the budget. Their lines live in the row."""

    # Shapes.

    def change_shown(self, row: Row) -> Row:
        erp = self.table("projects")[row["project_id"]]["is_erp_integrated"]
        return {
            "id": row["id"], "number": row["number"], **{name: row[name] for name in FIELDS},
            "erp_status": "not_in_erp" if erp else "not_integrated",
            "currency_configuration": {"currency_iso_code": row["currency"]},
        }  # fmt: skip

    def change_amount(self, row: Row) -> Decimal:
        return sum((line["amount"] for line in row["lines"]), ZERO)

    def change_listed(self, row: Row) -> Row:
        """A list row carries no lines."""
        return quirks(row["id"], {
            **self.change_shown(row), "amount": self.change_amount(row),
            "prime_contract_id": None, "change_event_line_item_ids": [],
        })  # fmt: skip

    def change_created(self, row: Row) -> Row:
        """The answer to a POST has no amount."""
        lines = [self.adjustment_shown(line, row) for line in row["lines"]]
        return {
            **self.change_shown(row), "adjustment_line_items": lines, "attachments": [],
            "production_quantities": [],
        }  # fmt: skip

    def change_full(self, row: Row) -> Row:
        own = {"amount": self.change_amount(row), "prime_contract": None}
        return quirks(row["id"], {**self.change_created(row), **own})

    def adjustment_shown(self, line: Row, row: Row) -> Row:
        shown = {name: value for name, value in line.items() if name != "wbs_code_id"}
        return quirks(line["id"], {
            **shown, "wbs_code": self.wbs_short(line["wbs_code_id"]),
            "change_event_line_item": None,
            "currency_configuration": {"currency_iso_code": row["currency"]},
        })  # fmt: skip

    # Checks and writes.

    def change_errors(self, project: int, attributes: Row, row: Row | None) -> Errors:
        errors: Errors = {}
        if (row is None or "status" in attributes) and attributes.get("status") not in STATUSES:
            errors["status"] = ["is not included in the list"]
        serial, lines = attributes.get("number"), attributes.get("adjustment_line_items") or []
        if serial is not None and not str(serial).isdigit():
            errors["number"] = ["is not a number"]
        if not isinstance(lines, list):
            return {**errors, "adjustment_line_items": ["is invalid"]}
        for line in lines:
            wrong = self.adjustment_errors(project, line, row)
            errors |= {f"adjustment_line_items.{name}": texts for name, texts in wrong.items()}
        return errors

    def adjustment_errors(self, project: int, attributes: Row, row: Row | None) -> Errors:
        known = {line["id"] for line in row["lines"]} if row else set()
        errors = {**self.line_check(project, attributes), **number_errors(attributes, NUMBERS)}
        if attributes.get("id") and attributes["id"] not in known:
            errors["id"] = ["is invalid"]
        if not attributes.get("id") and not attributes.get("wbs_code_id"):
            errors["wbs_code_id"] = ["can't be blank"]
        if attributes.get("type") not in (None, *TYPES):
            errors["type"] = ["is not included in the list"]
        return errors

    def put_change(
        self, project: Row, attributes: Row, row: Row | None, at: datetime | None = None
    ) -> Row:
        given = {name: attributes[name] for name in FIELDS if name in attributes}
        if attributes.get("number") is not None:
            given["number"] = int(attributes["number"])
        lines = list(row["lines"]) if row else []
        for update in attributes.get("adjustment_line_items") or []:
            lines = self.adjusted(lines, update)
        for line in lines:
            self.with_budget_line(project["id"], line["wbs_code_id"], None, at)
        if row is not None:
            row.update(given, lines=lines)
            return self.touch("budget_changes", row, at)
        return self.insert("budget_changes", {
            **dict.fromkeys(FIELDS), "id": self.new_budget_id(), "project_id": project["id"],
            "number": self.next_change(project["id"]), "lines": lines,
            "currency": self.state["company"]["currency"], **given,
        }, at)  # fmt: skip

    def next_change(self, project: int) -> int:
        rows = self.rows("budget_changes", project_id=project)
        return max((int(row["number"]) for row in rows), default=0) + 1

    def adjusted(self, lines: list[Row], update: Row) -> list[Row]:
        """The lines after one of them is added, changed, or taken out with `_delete`."""
        others = [line for line in lines if line["id"] != update.get("id")]
        if update.get("_delete"):
            return others
        for line in lines:
            if line["id"] == update.get("id"):
                changed = self.adjustment(update, line)
                return [changed if one is line else one for one in lines]
        return [*lines, self.adjustment(update, self.new_adjustment(len(lines) + 1))]

    def new_adjustment(self, serial: int) -> Row:
        return {
            **dict.fromkeys((*LINE_FIELDS, *NUMBERS)), "id": self.new_budget_id(),
            "adjustment_number": serial, "type": "budget_change", "wbs_code_id": None,
            "calculation_strategy": "manual", "change_event_line_item_id": None,
        }  # fmt: skip

    def adjustment(self, update: Row, line: Row) -> Row:
        names = (*LINE_FIELDS, "calculation_strategy", "change_event_line_item_id")
        kept = {**line, **{name: update[name] for name in names if name in update}}
        kept |= {name: as_number(update, name) for name in NUMBERS if name in update}
        if update.get("wbs_code_id"):
            kept["wbs_code_id"] = int(update["wbs_code_id"])
        return {**kept, "amount": line_amount(kept)}

    # Routes.

    @route("GET", PATH)
    def budget_changes(self, request: Request) -> Response:
        """Not paged."""
        rows = self.rows("budget_changes", project_id=self.project_of(request)["id"])
        return Response(200, {"data": [self.change_listed(row) for row in rows]})

    def _change(self, request: Request) -> Row:
        project = self.project_of(request)
        return self.find_row("budget_changes", request.params["id"], project_id=project["id"])

    @route("GET", PATH + "/{id:\\d+}")
    def budget_change(self, request: Request) -> Response:
        return Response(200, {"data": self.change_full(self._change(request))})

    @route("POST", PATH)
    def create_budget_change(self, request: Request) -> Response:
        row = self._change_written(request, None)
        return Response(201, {"data": self.change_created(row)})

    @route("PATCH", PATH + "/{id:\\d+}")
    def update_budget_change(self, request: Request) -> Response:
        row = self._change_written(request, self._change(request))
        return Response(200, {"data": self.change_full(row)})

    def _change_written(self, request: Request, row: Row | None) -> Row:
        """The body has no wrapper."""
        project, attributes = self.project_of(request), self.body(request)
        errors = self.change_errors(project["id"], attributes, row)
        if errors:
            raise invalid(errors)
        return self.put_change(project, attributes, row)

    # What people do.

    def story_create(self, collection: str, data: Row, at: datetime | None = None) -> Row:
        """`lines` are [{"cost_code": "03-100", "cost_type": "S", "amount": "100.00"}]."""
        if collection != "budget_changes":
            return super().story_create(collection, data, at)
        project = self.named_project(data.get("project"))
        return self._story_change(project, {"status": "draft", **data}, None, at)

    def story_update(self, collection: str, row: Row, data: Row, at: datetime | None) -> Row:
        """`lines` replaces the lines."""
        if collection != "budget_changes":
            return super().story_update(collection, row, data, at)
        return self._story_change(self.table("projects")[row["project_id"]], data, row, at)

    def story_delete(self, collection: str, row: Row) -> None:
        if collection != "budget_changes":
            super().story_delete(collection, row)
        else:
            self.remove("budget_changes", row)

    def _story_change(self, project: Row, data: Row, row: Row | None, at: datetime | None) -> Row:
        attributes = {name: value for name, value in data.items() if name != "lines"}
        if "lines" in data:
            old = [{"id": line["id"], "_delete": True} for line in (row or {}).get("lines", [])]
            new = [self._plain_adjustment(project["id"], line) for line in data["lines"]]
            attributes["adjustment_line_items"] = [*old, *new]
        self._checked(self.change_errors(project["id"], attributes, row))
        return self.put_change(project, attributes, row, at)

    def _plain_adjustment(self, project: int, line: Row) -> Row:
        found = self.plain_line(project, line)
        code, kind = found.pop("cost_code_id", None), found.pop("line_item_type_id", None)
        if "amount" in found:
            found["amount"] = number(found["amount"])
        return {"wbs_code_id": self.wbs_code_of(project, code, kind), **found}
