"""Direct costs with their lines, and the 409 for writes that overlap (sheet 4.10)."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any

from ..messages import Request, Response
from ..routes import route
from .base import COMPANY_ID, invalid, refuse
from .lists import chosen, paged
from .requisitions import Requisitions
from .sign_in import SignIn
from .values import Errors, Row, iso_date, money, quirks, stamp

TYPES = ("invoice", "expense", "payroll")
STATUSES = ("draft", "pending", "revise_and_resubmit", "approved")
FIELDS = (
    "direct_cost_type", "status", "invoice_number", "direct_cost_date", "received_date",
    "payment_date", "terms", "description", "employee_id", "origin_id", "origin_data",
)  # fmt: skip
FILTERS = (
    "id", "origin_id", "invoice_number", "created_at", "updated_at", "payment_date",
    "received_date",
)  # fmt: skip
MAX_LINES = 100
PATH = "/rest/{version:v1\\.[01]}/projects/{project_id}/direct_costs"
LINES = "/rest/v1.0/projects/{project_id}/direct_costs/{direct_cost_id:\\d+}/line_items"
_ONE = re.compile(r"/rest/v1\.[01]/projects/\d+/direct_costs/(\d+)(/|$)")


class DirectCosts(Requisitions, SignIn):
    """Costs without a commitment."""

    # Writes on one direct cost that overlap in time.

    def serve(self, request: Request) -> Response | None:
        found = _ONE.match(request.path)
        if not found or request.method == "GET":
            return super().serve(request)
        busy = self.__dict__.setdefault("direct_costs_busy", set())
        with self.lock:
            request.note["conflict"] = found[1] in busy
            mine = found[1] not in busy
            busy.add(found[1])
        try:
            if mine:
                time.sleep(float(self.settings["direct_cost_seconds"]))
            return super().serve(request)
        finally:
            if mine:
                busy.discard(found[1])

    def conflict(self, request: Request) -> Response | None:
        if request.note.get("conflict"):
            return Response(409, {"errors": "Direct cost is being modified by another request"})
        return None

    # Shapes.

    def cost_shown(self, row: Row) -> Row:
        vendor = self.table("vendors").get(row["vendor_id"] or 0)
        total = self.cost_total(row)
        return {
            "id": row["id"], **{name: row.get(name) for name in FIELDS if name != "employee_id"},
            "grand_total": money(total), "vendor_id": row["vendor_id"],
            "vendor_name": vendor["name"] if vendor else None, "deleted_at": None,
            "employee": {"id": row["employee_id"], "name": "Crew"} if row["employee_id"] else None,
            "currency_configuration": {"currency_iso_code": row["currency"]},
            "created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"]),
        }  # fmt: skip

    def cost_total(self, row: Row) -> Any:
        header = row.get("header_total")
        return self.lines_total("direct_cost_lines", row["id"]) if header is None else header

    def cost_listed(self, row: Row) -> Row:
        """The list: an amount, and the vendor's plain name."""
        shown = self.cost_shown(row)
        return quirks(row["id"], {
            **shown, "amount": shown["grand_total"], "vendor": shown["vendor_name"],
        })  # fmt: skip

    def cost_full(self, row: Row, version: str = "v1.1") -> Row:
        shown = self.cost_shown(row)
        name = shown["vendor_name"]
        shown["vendor"] = {"id": row["vendor_id"], "name": name} if name else None
        lines = self.lines_of("direct_cost_lines", row["id"])
        shown |= {"line_items_count": len(lines), "attachments": [], "attachments_count": 0}
        if version == "v1.1":
            project = self.table("projects")[row["project_id"]]
            shown["project"] = {"id": project["id"], "name": project["name"]}
            shown["company"] = {"id": COMPANY_ID, "name": self.state["company"]["name"]}
            shown["line_items"] = [self.cost_line_nested(line) for line in lines]
        return quirks(row["id"], shown)

    def cost_line_nested(self, line: Row) -> Row:
        shown = self.line_shown(line, "DirectCost")
        del shown["holder"], shown["project"]
        return {**shown, "ref": line["ref"]}

    # Checks and writes.

    def cost_errors(self, attributes: Row, row: Row | None) -> Errors:
        errors = self.taken("direct_costs", attributes, row)
        if row:
            errors |= self.locked(row, attributes)
        if (
            row
            and attributes.get("direct_cost_type", row["direct_cost_type"])
            != (row["direct_cost_type"])
        ):
            errors["direct_cost_type"] = ["cannot be changed"]
        if attributes.get("status", "draft") not in STATUSES:
            errors["status"] = ["is not included in the list"]
        for name in ("direct_cost_date", "received_date", "payment_date"):
            try:
                iso_date(attributes.get(name))
            except ValueError:
                errors[name] = ["is invalid"]
        return {**errors, **self._kind_errors(attributes, row)}

    def _kind_errors(self, attributes: Row, row: Row | None) -> Errors:
        kept = {**(row or {}), **attributes}
        errors: Errors = {}
        if kept.get("direct_cost_type") not in TYPES:
            errors["direct_cost_type"] = ["is not included in the list"]
        vendor = kept.get("vendor_id")
        if vendor and int(vendor) not in self.table("vendors"):
            errors["vendor_id"] = ["is invalid"]
        if kept.get("direct_cost_type") == "invoice":
            for name in ("vendor_id", "invoice_number"):
                if not kept.get(name):
                    errors[name] = ["can't be blank"]
        return errors

    def put_cost(
        self, project: Row, attributes: Row, row: Row | None, at: datetime | None = None
    ) -> Row:
        given = {name: attributes[name] for name in FIELDS if name in attributes}
        if "vendor_id" in attributes:
            given["vendor_id"] = int(attributes["vendor_id"]) if attributes["vendor_id"] else None
        if attributes.get("currency_iso_code"):
            given["currency"] = attributes["currency_iso_code"]
        if row is not None:
            row.update(given)
            return self.touch("direct_costs", row, at)
        return self.insert("direct_costs", {
            **dict.fromkeys(FIELDS), "project_id": project["id"], "vendor_id": None,
            "status": "draft", "header_total": None,
            "currency": self.state["company"]["currency"], **given,
        }, at)  # fmt: skip

    def cost_lines_check(self, project: int, row: Row | None, lines: Any) -> Errors:
        """Nested lines, and the lock of the direct cost."""
        if not isinstance(lines, list):
            return {"line_items": ["is invalid"]}
        if len(lines) > MAX_LINES:
            return {"line_items": [f"must not exceed {MAX_LINES} per request"]}
        for attributes in lines:
            line = self.table("direct_cost_lines").get(attributes.get("id") or 0)
            mine = line and row and line["parent_id"] == row["id"]
            errors: Errors = {} if mine or not attributes.get("id") else {"id": ["is invalid"]}
            errors |= self.line_check(project, attributes)
            errors |= self.taken("direct_cost_lines", attributes, line)
            if errors:
                return {f"line_items.{name}": texts for name, texts in errors.items()}
        return {}

    # Header routes.

    @route("GET", PATH)
    def direct_costs(self, request: Request) -> Response:
        project = self.project_of(request)
        rows = chosen(self.rows("direct_costs", project_id=project["id"]), request, FILTERS)
        return paged(request, rows, self.cost_listed)

    def _cost(self, request: Request, key: str = "id") -> Row:
        project = self.project_of(request)
        return self.find_row("direct_costs", request.params[key], project_id=project["id"])

    @route("GET", PATH + "/{id:\\d+}")
    def direct_cost(self, request: Request) -> Response:
        return Response(200, self.cost_full(self._cost(request), request.params["version"]))

    @route("POST", PATH)
    @route("PATCH", PATH + "/{id:\\d+}")
    def write_direct_cost(self, request: Request) -> Response:
        project, version = self.project_of(request), request.params["version"]
        _, attributes = self.wrapped(request, "direct_cost", "item")
        row = self._cost(request) if "id" in request.params else None
        lines = attributes.get("line_items", []) if version == "v1.1" else []
        errors = self.cost_errors(attributes, row)
        errors |= self.cost_lines_check(project["id"], row, lines)
        if errors:
            raise invalid(errors)
        kept = self.put_cost(project, attributes, row)
        for given in lines:
            line = self.table("direct_cost_lines").get(given.get("id") or 0)
            self.put_line("direct_cost_lines", kept, given, line)
        return Response(200 if row else 201, self.cost_full(kept, version))

    @route("DELETE", PATH + "/{id:\\d+}")
    def delete_direct_cost(self, request: Request) -> Response:
        row = self._cost(request)
        self.drop_cost(row)
        return Response(200, {"id": row["id"]})

    def drop_cost(self, row: Row) -> None:
        errors = self.locked(row, {"status": None})
        if errors:
            raise invalid(errors)
        for line in self.lines_of("direct_cost_lines", row["id"]):
            self.remove("direct_cost_lines", line)
        self.remove("direct_costs", row)

    @route("PATCH", "/rest/v1.0/projects/{project_id}/direct_costs/sync")
    def sync_direct_costs(self, request: Request) -> Response:
        project = self.project_of(request)

        def check(attributes: Row, row: Row | None) -> Errors:
            errors = self.cost_errors(attributes, row)
            if row and row["project_id"] != project["id"]:
                errors["origin_id"] = ["has already been taken"]
            return errors

        return self.sync(
            self.body(request).get("updates"), self.rows("direct_costs"), check,
            lambda attributes, row: self.put_cost(project, attributes, row),
            lambda row: self.cost_full(row, "v1.0"),
        )  # fmt: skip

    # Line routes, v1.0.

    @route("GET", "/rest/v1.0/projects/{project_id}/direct_costs/line_items")
    def project_cost_lines(self, request: Request) -> Response:
        project = self.project_of(request)
        lines = self.rows("direct_cost_lines", project_id=project["id"])
        named = [{**line, "direct_cost_id": line["parent_id"]} for line in lines]
        names = (
            "direct_cost_id", "id", "created_at", "updated_at", "cost_code_id",
            "line_item_type_id",
        )  # fmt: skip
        return paged(request, chosen(named, request, names), self.cost_line_listed)

    def cost_line_listed(self, line: Row) -> Row:
        """The project-wide list shows less of the cost code."""
        shown = self.line_shown(line, "DirectCost")
        code = shown.get("cost_code")
        names = ("id", "full_code", "name", "origin_id")
        if code:
            shown["cost_code"] = {name: code.get(name) for name in names}
        return {name: v for name, v in shown.items() if name not in ("company", "origin_data")}

    @route("GET", LINES)
    def cost_lines(self, request: Request) -> Response:
        lines = self.lines_of("direct_cost_lines", self._cost(request, "direct_cost_id")["id"])
        return paged(request, lines, lambda line: self.line_shown(line, "DirectCost"))

    @route("GET", LINES + "/{id:\\d+}")
    def cost_line(self, request: Request) -> Response:
        return Response(200, self.line_shown(self._cost_line(request), "DirectCost"))

    def _cost_line(self, request: Request) -> Row:
        row = self._cost(request, "direct_cost_id")
        return self.find_row("direct_cost_lines", request.params["id"], parent_id=row["id"])

    @route("POST", LINES)
    @route("PATCH", LINES + "/{id:\\d+}")
    def write_cost_line(self, request: Request) -> Response:
        row = self._cost(request, "direct_cost_id")
        _, attributes = self.wrapped(request, "line_item")
        line = self._cost_line(request) if "id" in request.params else None
        errors = self.cost_line_check(attributes, line, row)
        if errors:
            raise invalid(errors)
        kept = self.put_line("direct_cost_lines", row, attributes, line)
        return Response(200 if line else 201, self.line_shown(kept, "DirectCost"))

    def cost_line_check(self, attributes: Row, line: Row | None, row: Row) -> Errors:
        errors = self.line_check(row["project_id"], attributes)
        return {
            **errors, **self.taken("direct_cost_lines", attributes, line),
            **self.locked(row, attributes),
        }  # fmt: skip

    @route("DELETE", LINES + "/{id:\\d+}")
    def delete_cost_line(self, request: Request) -> Response:
        line = self._cost_line(request)
        errors = self.locked(self._cost(request, "direct_cost_id"), {"amount": None})
        if errors:
            raise invalid(errors)
        self.remove("direct_cost_lines", line)
        return Response(200)

    @route("PATCH", "/rest/v1.0/projects/{project_id}/direct_costs/line_items/sync")
    def sync_cost_lines(self, request: Request) -> Response:
        project = self.project_of(request)
        costs = {row["id"]: row for row in self.rows("direct_costs", project_id=project["id"])}

        def check(attributes: Row, line: Row | None) -> Errors:
            row = costs.get(line["parent_id"] if line else attributes.get("direct_cost_id") or 0)
            if row is None:
                return {"direct_cost_id": ["is invalid"]}
            return self.cost_line_check(attributes, line, row)

        def put(attributes: Row, line: Row | None) -> Row:
            row = costs[line["parent_id"] if line else attributes["direct_cost_id"]]
            return self.put_line("direct_cost_lines", row, attributes, line)

        lines = self.rows("direct_cost_lines", project_id=project["id"])
        updates = self.body(request).get("updates")
        if updates is None:
            raise refuse(400, "param is missing or the value is empty: updates")
        return self.sync(
            updates, lines, check, put, lambda line: self.line_shown(line, "DirectCost")
        )
