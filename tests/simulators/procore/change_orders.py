"""Commitment and prime change orders, and minimal change order packages (sheet 4.6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..messages import Request, Response
from ..routes import route
from .base import COMPANY_ID, USER_ID, invalid, not_found, refuse
from .contracts import Contracts
from .lists import chosen, ordered, paged, whole, without_deleted
from .values import ZERO, Errors, Row, iso_date, money, number, quirks, stamp

STATUSES = (
    "draft", "pricing", "not_pricing", "pending", "revised", "proceeding", "not_proceeding",
    "pending_billable", "no_charge", "approved", "rejected", "void",
)  # fmt: skip
FIELDS = (
    "number", "revision", "title", "description", "status", "executed", "paid", "private",
    "field_change", "signature_required", "due_date", "invoiced_date",
    "signed_change_order_received_date", "batch_id", "schedule_impact_amount",
)  # fmt: skip
FILTERS = (
    "id", "batch_id", "legacy_package_id", "contract_id", "vendor_id", "signature_required",
    "executed", "status", "updated_at",
)  # fmt: skip
PACKAGE_FIELDS = (
    "number", "title", "description", "status", "executed", "due_date", "invoiced_date",
    "origin_id", "origin_code", "origin_data",
)  # fmt: skip
PACKAGE_FILTERS = ("id", "created_at", "updated_at", "reviewed_at", "due_date", "invoiced_date")
TYPES = {
    "commitment_change_orders": "CommitmentChangeOrder",
    "prime_change_orders": "PrimeChangeOrder",
}
KIND = "{kind:commitment_change_orders|prime_change_orders}"
PATH = "/rest/v1.0/projects/{project_id}/" + KIND
LINES = "/rest/v2.0/companies/{company_id}/projects/{project_id}/" + KIND + "/{order_id}/line_items"


def old_status(status: str) -> str:
    """The old model has no *Pending - Billable* (the reference's lists of `status`)."""
    return "pending" if status == "pending_billable" else status


class ChangeOrders(Contracts):
    """Changes of commitments and of prime contracts."""

    def order_shown(self, row: Row, view: str = "default") -> Row:
        shown = quirks(row["id"], {
            "id": row["id"], **{name: row.get(name) for name in FIELDS},
            "contract_id": row["contract_id"], "legacy_package_id": row["legacy_package_id"],
            "legacy_request_id": None, "type": TYPES[row["table"]],
            "grand_total": money(row["grand_total"]), "created_by": {"id": USER_ID, "name": "PM"},
            "reviewed_at": stamp(row.get("reviewed_at")), "reviewed_by": None,
            "received_from": None, "change_order_change_reason": None,
            "currency_configuration": {"currency_iso_code": row["currency"]}, "custom_fields": {},
            "created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"]),
        })  # fmt: skip
        return {**shown, "change_events": []} if view == "extended" else shown

    def order_line_shown(self, row: Row) -> Row:
        """v2: ids are text, keys that do not apply are left out."""
        shown = {
            "id": str(row["id"]), "description": row["description"], "uom": row["uom"],
            "quantity": row["quantity"], "unit_cost": money(row["unit_cost"]),
            "amount": money(row["amount"]), "extended_type": row["extended_type"],
            "position": row["position"],
            "wbs_code_id": str(row["wbs_code_id"]) if row["wbs_code_id"] else None,
            "tax_code_id": str(row["tax_code_id"]) if row["tax_code_id"] else None,
            "wbs_code": self.wbs_short(row["wbs_code_id"], as_text=True),
        }  # fmt: skip
        for name in ("commitment_line_item_id", "prime_line_item_id"):
            if row.get(name):
                shown[name] = str(row[name])
        return {name: value for name, value in shown.items() if value is not None}

    # Headers.

    def contract_for(self, table: str, project: int, number_: object) -> Row:
        """The commitment or prime contract that a change order changes, else 422."""
        tables = ("prime_contracts",) if table == "prime_change_orders" else (
            "purchase_order_contracts", "work_order_contracts",
        )  # fmt: skip
        for name in tables:
            row = self.table(name).get(int(str(number_))) if str(number_).isdigit() else None
            if row and row["project_id"] == project and not row["deleted_at"]:
                return row
        raise invalid({"contract_id": ["is invalid"]})

    def order_errors(self, attributes: Row, row: Row | None) -> Errors:
        errors: Errors = {}
        if attributes.get("status", "draft") not in STATUSES:
            errors["status"] = ["is not included in the list"]
        for name in ("due_date", "invoiced_date", "signed_change_order_received_date"):
            try:
                iso_date(attributes.get(name))
            except ValueError:
                errors[name] = ["is invalid"]
        return errors

    def put_order(
        self, table: str, project: Row, attributes: Row, row: Row | None, at: datetime | None = None
    ) -> Row:
        given = {name: attributes[name] for name in FIELDS if name in attributes}
        if given.get("status") in ("approved", "rejected"):
            given["reviewed_at"] = at or self.now()
        if row is not None:
            row.update(given)
            self._move_package(row, at)
            return self.touch(table, row, at)
        contract = self.contract_for(table, project["id"], attributes.get("contract_id"))
        serial = len(self.rows(table, contract_id=contract["id"])) + 1
        row = self.insert(table, {
            **dict.fromkeys(FIELDS), "table": table, "project_id": project["id"],
            "contract_id": contract["id"], "vendor_id": contract.get("vendor_id"),
            "currency": contract["currency"], "number": f"{serial:03}", "revision": 0,
            "status": "draft", "executed": False, "paid": False, "private": True,
            "grand_total": ZERO, "legacy_package_id": None, **given,
        }, at)  # fmt: skip
        row["legacy_package_id"] = self._package_for(row, at)["id"]
        return row

    def _package_for(self, row: Row, at: datetime | None) -> Row:
        """The old model's twin; it alone has origin fields. Its id differs."""
        names = ("number", "title", "description", "status", "executed", "project_id", "currency")
        return self.insert("change_order_packages", {
            **dict.fromkeys(PACKAGE_FIELDS), **{name: row[name] for name in names},
            "status": old_status(row["status"]), "contract_id": row["contract_id"],
            "grand_total": row["grand_total"], "order": (row["table"], row["id"]),
            "reviewed_at": row.get("reviewed_at"),
        }, at)  # fmt: skip

    def _move_package(self, row: Row, at: datetime | None) -> None:
        package = self.table("change_order_packages").get(row["legacy_package_id"] or 0)
        if package:
            names = ("number", "title", "description", "status", "executed", "grand_total")
            package.update({name: row[name] for name in names})
            package["status"] = old_status(row["status"])
            self.touch("change_order_packages", package, at)

    def total_order(self, row: Row, at: datetime | None = None) -> None:
        """Adds the lines up into the header, as the tool does after each change."""
        row["grand_total"] = self.lines_total("change_order_lines", row["id"])
        row["updated_at"] = at or self.now()
        package = self.table("change_order_packages").get(row["legacy_package_id"] or 0)
        if package:
            package["grand_total"] = row["grand_total"]

    def drop_order(self, row: Row) -> None:
        if row["status"] == "approved":
            raise invalid({"base": ["An approved change order cannot be deleted"]})
        for line in self.lines_of("change_order_lines", row["id"]):
            self.remove("change_order_lines", line)
        package = self.table("change_order_packages").get(row["legacy_package_id"] or 0)
        if package:
            self.remove("change_order_packages", package, soft=True)
        self.remove(row["table"], row)

    @route("GET", PATH)
    def change_orders(self, request: Request) -> Response:
        """Not paged."""
        project, kind = self.project_of(request), request.params["kind"]
        rows = chosen(self.rows(kind, project_id=project["id"]), request, FILTERS)
        rows = ordered(rows, request, ("id", "created_at"))
        view = request.one("view", "default")
        return whole(rows, lambda row: self.order_shown(row, view))

    def _order(self, request: Request, key: str = "id") -> Row:
        project, kind = self.project_of(request), request.params["kind"]
        return self.find_row(kind, request.params[key], project_id=project["id"])

    @route("GET", PATH + "/{id}")
    def change_order(self, request: Request) -> Response:
        return Response(200, self.order_shown(self._order(request), request.one("view")))

    @route("POST", PATH)
    @route("PATCH", PATH + "/{id}")
    def write_change_order(self, request: Request) -> Response:
        project, kind = self.project_of(request), request.params["kind"]
        _, attributes = self.wrapped(request, "change_order")
        row = self._order(request) if "id" in request.params else None
        errors = self.order_errors(attributes, row)
        if errors:
            raise invalid(errors)
        kept = self.put_order(kind, project, attributes, row)
        return Response(200 if row else 201, self.order_shown(kept))

    @route("DELETE", PATH + "/{id}")
    def delete_change_order(self, request: Request) -> Response:
        self.drop_order(self._order(request))
        return Response(204)

    # Lines, v2 only.

    def _order_v2(self, request: Request) -> Row:
        if request.params["company_id"] != str(COMPANY_ID):
            raise not_found()
        return self._order(request, "order_id")

    @route("GET", LINES)
    def change_order_lines(self, request: Request) -> Response:
        lines = self.lines_of("change_order_lines", self._order_v2(request)["id"])
        return paged(request, lines, self.order_line_shown, default=10, maximum=100, envelope=True)

    @route("GET", LINES + "/{id}")
    def change_order_line(self, request: Request) -> Response:
        row = self._order_v2(request)
        line = self.find_row("change_order_lines", request.params["id"], parent_id=row["id"])
        return Response(200, {"data": self.order_line_shown(line)})

    @route("POST", LINES)
    @route("PATCH", LINES + "/{id}")
    def write_change_order_line(self, request: Request) -> Response:
        row, attributes, line = self._order_v2(request), self.body(request), None
        if "id" in request.params:
            line = self.find_row("change_order_lines", request.params["id"], parent_id=row["id"])
        errors = self.order_line_errors(row, attributes, line)
        if errors:
            raise invalid(errors)
        kept = self.put_order_line(row, attributes, line)
        return Response(200, {"data": self.order_line_shown(kept)})

    def order_line_errors(self, row: Row, attributes: Row, line: Row | None) -> Errors:
        if row["status"] == "approved":
            return {"base": ["An approved change order cannot be changed"]}
        if line is None and not attributes.get("wbs_code_id"):
            return {"wbs_code_id": ["can't be blank"]}
        return self.line_check(row["project_id"], attributes)

    def put_order_line(
        self, row: Row, attributes: Row, line: Row | None, at: datetime | None = None
    ) -> Row:
        kept = self.put_line("change_order_lines", row, attributes, line, at)
        for name in ("commitment_line_item_id", "prime_line_item_id"):
            if attributes.get(name):
                kept[name] = int(attributes[name])
        self.total_order(row, at)
        return kept

    @route("DELETE", LINES + "/{id}")
    def delete_change_order_line(self, request: Request) -> Response:
        row = self._order_v2(request)
        if row["status"] == "approved":
            raise invalid({"base": ["An approved change order cannot be changed"]})
        line = self.find_row("change_order_lines", request.params["id"], parent_id=row["id"])
        self.remove("change_order_lines", line)
        self.total_order(row)
        return Response(204)

    # Packages, the old model.

    def package_shown(self, row: Row) -> Row:
        return {
            **self.package_short(row), "grand_total": money(row["grand_total"]),
            "executed": row["executed"], "revision": 0, "due_date": row.get("due_date"),
            "invoiced_date": row.get("invoiced_date"), "deleted_at": stamp(row["deleted_at"]),
            "reviewed_at": stamp(row.get("reviewed_at")), "custom_fields": {},
            "currency_configuration": {"currency_iso_code": row["currency"]},
        }  # fmt: skip

    def package_full(self, row: Row) -> Row:
        table, order = row["order"] or ("", 0)
        kind = "PrimeContractChangeOrder" if table == "prime_change_orders" else (
            "CommitmentContractChangeOrder"
        )  # fmt: skip
        names = (
            "id", "position", "description", "quantity", "uom", "unit_cost", "total_amount",
            "extended_amount", "cost_code", "wbs_code", "line_item_type", "holder",
        )  # fmt: skip
        lines = [
            self.line_shown(line, "PotentialChangeOrder")
            for line in self.lines_of("change_order_lines", order)
        ]
        return {
            **self.package_shown(row), "description": row["description"], "type": kind,
            "line_items": [
                {**{name: line.get(name) for name in names}, "markup_line_items": []}
                for line in lines
            ],
        }  # fmt: skip

    @route("GET", "/rest/v1.0/change_order_packages")
    def change_order_packages(self, request: Request) -> Response:
        project = self.project_of(request)
        rows = self.table("change_order_packages").values()
        found = [row for row in rows if row["project_id"] == project["id"]]
        if request.one("contract_id"):
            found = [row for row in found if str(row["contract_id"]) == request.one("contract_id")]
        found = chosen(without_deleted(found, request), request, PACKAGE_FILTERS)
        return paged(request, found, self.package_shown)

    def _package(self, request: Request, data: Row | None = None) -> Row:
        project = self.project_of(request, data)
        number_ = request.params["id"]
        return self.find_row("change_order_packages", number_, project_id=project["id"])

    @route("GET", "/rest/v1.0/change_order_packages/{id}")
    def change_order_package(self, request: Request) -> Response:
        return Response(200, self.package_full(self._package(request)))

    def _package_errors(self, attributes: Row, row: Row | None) -> Errors:
        errors = self.taken("change_order_packages", attributes, row)
        if attributes.get("status", "draft") not in STATUSES:
            errors["status"] = ["is not included in the list"]
        try:
            number(attributes.get("grand_total") or 0)
        except ValueError:
            errors["grand_total"] = ["is not a number"]
        return errors

    @route("POST", "/rest/v1.0/change_order_packages")
    def create_change_order_package(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "change_order")
        project = self.project_of(request, data)
        contract = self._any_contract(project["id"], data.get("contract_id"))
        errors = self._package_errors(attributes, None)
        if errors:
            raise invalid(errors)
        serial = len(self.rows("change_order_packages", contract_id=contract["id"])) + 1
        given = {name: attributes[name] for name in PACKAGE_FIELDS if name in attributes}
        row = self.insert("change_order_packages", {
            **dict.fromkeys(PACKAGE_FIELDS), "project_id": project["id"], "status": "draft",
            "contract_id": contract["id"], "currency": contract["currency"], "executed": False,
            "number": f"{serial:03}", **given, "order": None, "reviewed_at": None,
            "grand_total": number(attributes.get("grand_total") or 0),
        })  # fmt: skip
        return Response(201, self.package_full(row))

    def _any_contract(self, project: int, number_: Any) -> Row:
        if not number_:
            raise refuse(400, "contract_id is missing")
        found = self.contract_of(number_)
        prime = self.table("prime_contracts").get(int(number_))
        row = found[1] if found else prime
        if row is None or row["project_id"] != project:
            raise not_found()
        return row

    @route("PATCH", "/rest/v1.0/change_order_packages/{id}")
    def update_change_order_package(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "change_order")
        row = self._package(request, data)
        errors = self._package_errors(attributes, row)
        if errors:
            raise invalid(errors)
        row.update({name: attributes[name] for name in PACKAGE_FIELDS if name in attributes})
        return Response(200, self.package_full(self.touch("change_order_packages", row)))
