"""Purchase order and work order contracts with their lines (sheet 4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..messages import Request, Response
from ..routes import route
from .base import invalid
from .directory import Directory
from .lines import Lines
from .lists import chosen, paged, without_deleted
from .values import ZERO, Errors, Row, iso_date, money, number, quirks, stamp

COMMON = (
    "number", "title", "description", "status", "executed", "accounting_method", "contract_date",
    "execution_date", "issued_on_date", "letter_of_intent_date", "approval_letter_date",
    "returned_date", "signed_contract_received_date", "private", "origin_id", "origin_code",
    "origin_data",
)  # fmt: skip
DATES = tuple(name for name in COMMON if name.endswith("_date"))
FILTERS = ("id", "status", "created_at", "updated_at", "origin_id")
LOCKED = ("Approved", "Complete")
PENDING = ("pending", "pending_billable", "revised", "proceeding", "pricing", "not_pricing")


@dataclass(frozen=True)
class Kind:
    """What differs between the two commitments."""

    table: str
    wrapper: str
    holder: str
    prefix: str
    statuses: tuple[str, ...]
    extra: tuple[str, ...]


KINDS = {
    "purchase_order_contracts": Kind(
        "purchase_order_contracts", "purchase_order_contract", "PurchaseOrderContract", "PO",
        ("Draft", "Processing", "Submitted", "Partially Received", "Received", "Approved",
         "Closed"),
        ("bill_to_address", "ship_to_address", "ship_via", "payment_terms", "delivery_date"),
    ),
    "work_order_contracts": Kind(
        "work_order_contracts", "work_order_contract", "WorkOrderContract", "SC",
        ("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Void"),
        ("inclusions", "exclusions", "contract_start_date", "contract_estimated_completion_date",
         "actual_completion_date"),
    ),
}  # fmt: skip
PATH = "/rest/v1.0/{kind:purchase_order_contracts|work_order_contracts}"


class Contracts(Lines, Directory):
    """Commitments."""

    def contract_of(self, number_: object) -> tuple[Kind, Row] | None:
        """A commitment of either kind by id."""
        for kind in KINDS.values():
            row = self.table(kind.table).get(int(str(number_))) if number_ else None
            if row and not row.get("deleted_at"):
                return kind, row
        return None

    # Totals.

    def contract_totals(self, row: Row) -> Row:
        """The totals model of the sheet, computed at each read."""
        orders = self.rows("commitment_change_orders", contract_id=row["id"])
        grand = row.get("header_total")
        if grand is None:
            grand = self.lines_total("contract_lines", row["id"])
        approved = sum((o["grand_total"] for o in orders if o["status"] == "approved"), ZERO)
        pending = sum((o["grand_total"] for o in orders if o["status"] in PENDING), ZERO)
        draft = sum((o["grand_total"] for o in orders if o["status"] == "draft"), ZERO)
        billed = self.billed(row["id"])
        return {
            "grand_total": money(grand), "approved_change_orders": money(approved),
            "revised_contract": money(grand + approved), "pending_change_orders": money(pending),
            "pending_revised_contract": money(grand + approved + pending),
            "draft_change_orders_amount": money(draft),
            "total_requisitions_amount": money(billed), "total_draw_requests_amount": "0.0",
            "total_payments": "0.0", "percentage_paid": "0.0",
            "remaining_balance_outstanding": money(grand + approved),
        }  # fmt: skip

    def billed(self, contract: int) -> Decimal:
        """What was invoiced on a contract; see requisitions.py."""
        return ZERO

    # Shapes.

    def contract_shown(self, row: Row) -> Row:
        kind = KINDS[row["table"]]
        vendor = self.table("vendors").get(row["vendor_id"] or 0)
        project = self.table("projects")[row["project_id"]]
        shown = {
            "id": row["id"], **{name: row.get(name) for name in (*COMMON, *kind.extra)},
            "retainage_percent": money(row["retainage_percent"]),
            "vendor": {"id": vendor["id"], "company": vendor["name"]} if vendor else None,
            "project": {"id": project["id"], "name": project["name"]},
            "requisitions_are_enabled": row["table"] == "work_order_contracts",
            "show_line_items_to_non_admins": False,
            "currency_configuration": {"currency_iso_code": row["currency"]},
            **self.contract_totals(row), "created_at": stamp(row["created_at"]),
            "updated_at": stamp(row["updated_at"]), "deleted_at": stamp(row["deleted_at"]),
        }  # fmt: skip
        if row["table"] == "purchase_order_contracts":
            shown["assignee"] = None
            shown["billing_schedule_of_values_status"] = "draft"
        return quirks(row["id"], shown)

    def contract_full(self, row: Row) -> Row:
        """The show form: lines, packages, the vendor's origin."""
        shown = self.contract_shown(row)
        vendor = self.table("vendors").get(row["vendor_id"] or 0)
        if vendor:
            names = ("origin_id", "origin_data")
            shown["vendor"] |= {name: vendor[name] for name in names}
        shown.pop("billing_schedule_of_values_status", None)
        holder = KINDS[row["table"]].holder
        return {
            **shown, "change_order_requests": [], "potential_change_orders": [],
            "payments_issued": [], "invoice_contacts": [],
            "line_items": [
                self.line_shown(line, holder) for line in self.lines_of("contract_lines", row["id"])
            ],
            "change_order_packages": [
                self.package_short(package, row["table"] == "purchase_order_contracts")
                for package in self.rows("change_order_packages", contract_id=row["id"])
            ],
        }  # fmt: skip

    def package_short(self, row: Row, code: bool = True) -> Row:
        shown = {
            "id": row["id"], "contract_id": row["contract_id"], "number": row["number"],
            "title": row["title"], "status": row["status"], "origin_id": row["origin_id"],
            "origin_data": row["origin_data"], "created_at": stamp(row["created_at"]),
            "updated_at": stamp(row["updated_at"]),
        }  # fmt: skip
        return {**shown, "origin_code": row["origin_code"]} if code else shown

    # Writes.

    def contract_check(self, kind: Kind, project: Row) -> Any:
        def check(attributes: Row, row: Row | None) -> Errors:
            errors = self.taken(kind.table, attributes, row)
            if row and row["project_id"] != project["id"]:
                errors["origin_id"] = ["has already been taken"]
            if attributes.get("status", "Draft") not in kind.statuses:
                errors["status"] = ["is not included in the list"]
            errors |= self._vendor_errors(attributes, row)
            return {**errors, **self._value_errors(attributes)}

        return check

    def _vendor_errors(self, attributes: Row, row: Row | None) -> Errors:
        vendor = attributes.get("vendor_id")
        if vendor and int(vendor) not in self.table("vendors"):
            return {"vendor_id": ["is invalid"]}
        changes = row and "vendor_id" in attributes and vendor != row["vendor_id"]
        if row and changes and self.contract_locked(row):
            return {"vendor_id": ["cannot be changed on an approved contract"]}
        return {}

    def _value_errors(self, attributes: Row) -> Errors:
        errors: Errors = {}
        for name in DATES:
            try:
                iso_date(attributes.get(name))
            except ValueError:
                errors[name] = ["is invalid"]
        currency = attributes.get("currency_iso_code")
        if currency and not self.settings["multicurrency"]:
            errors["currency_iso_code"] = ["multicurrency is not enabled"]
        try:
            number(attributes.get("retainage_percent") or 0)
        except ValueError:
            errors["retainage_percent"] = ["is not a number"]
        return errors

    def contract_locked(self, row: Row) -> bool:
        return row["status"] in LOCKED

    def put_contract(
        self, kind: Kind, project: Row, attributes: Row, row: Row | None, at: datetime | None = None
    ) -> Row:
        given = {n: attributes[n] for n in (*COMMON, *kind.extra) if n in attributes}
        if "vendor_id" in attributes:
            given["vendor_id"] = int(attributes["vendor_id"]) if attributes["vendor_id"] else None
        if "retainage_percent" in attributes:
            given["retainage_percent"] = number(attributes["retainage_percent"] or 0)
        if attributes.get("currency_iso_code"):
            given["currency"] = attributes["currency_iso_code"]
        if row is not None:
            row.update(given)
            return self.touch(kind.table, row, at)
        serial = len(self.rows(kind.table, project_id=project["id"])) + 1
        return self.insert(kind.table, {
            **dict.fromkeys((*COMMON, *kind.extra)), "table": kind.table,
            "project_id": project["id"], "number": f"{kind.prefix}-{serial:04}",
            "status": "Draft", "executed": False, "private": True, "vendor_id": None,
            "accounting_method": "amount", "retainage_percent": Decimal(0), "header_total": None,
            "currency": self.state["company"]["currency"], **given,
        }, at)  # fmt: skip

    # Routes.

    @route("GET", PATH)
    def contracts(self, request: Request) -> Response:
        project, kind = self.project_of(request), KINDS[request.params["kind"]]
        rows = [r for r in self.table(kind.table).values() if r["project_id"] == project["id"]]
        rows = chosen(without_deleted(rows, request), request, FILTERS)
        rows.sort(key=lambda row: row["id"])
        return paged(request, rows, self.contract_shown)

    @route("GET", PATH + "/{id:\\d+}")
    def contract(self, request: Request) -> Response:
        return Response(200, self.contract_full(self._contract(request)))

    def _contract(self, request: Request, data: Row | None = None, key: str = "id") -> Row:
        project = self.project_of(request, data)
        table = request.params["kind"]
        return self.find_row(table, request.params[key], project_id=project["id"])

    @route("POST", PATH)
    def create_contract(self, request: Request) -> Response:
        kind = KINDS[request.params["kind"]]
        data, attributes = self.wrapped(request, kind.wrapper)
        project = self.project_of(request, data)
        errors = self.contract_check(kind, project)(attributes, None)
        if errors:
            raise invalid(errors)
        row = self.put_contract(kind, project, attributes, None)
        return Response(201, self.contract_full(row))

    @route("PATCH", PATH + "/{id:\\d+}")
    def update_contract(self, request: Request) -> Response:
        kind = KINDS[request.params["kind"]]
        data, attributes = self.wrapped(request, kind.wrapper)
        row, project = self._contract(request, data), self.project_of(request, data)
        errors = self.contract_check(kind, project)(attributes, row)
        if errors:
            raise invalid(errors)
        return Response(200, self.contract_full(self.put_contract(kind, project, attributes, row)))

    @route("DELETE", PATH + "/{id:\\d+}")
    def delete_contract(self, request: Request) -> Response:
        self.drop_contract(self._contract(request))
        return Response(200)

    def drop_contract(self, row: Row) -> None:
        if self.contract_locked(row):
            raise invalid({"base": ["An approved contract cannot be deleted"]})
        self.remove(row["table"], row, soft=True)

    @route("PATCH", PATH + "/sync")
    def sync_contracts(self, request: Request) -> Response:
        kind, data = KINDS[request.params["kind"]], self.body(request)
        project = self.project_of(Request("PATCH", ""), data)
        return self.sync(
            data.get("updates"), self.rows(kind.table), self.contract_check(kind, project),
            lambda attributes, row: self.put_contract(kind, project, attributes, row),
            self.contract_shown,
        )  # fmt: skip

    # Lines.

    @route("GET", PATH + "/{contract_id:\\d+}/line_items")
    def contract_lines(self, request: Request) -> Response:
        row = self._contract(request, key="contract_id")
        names = ("id", "created_at", "updated_at", "cost_code_id", "line_item_type_id")
        lines = chosen(self.lines_of("contract_lines", row["id"]), request, names)
        holder = KINDS[row["table"]].holder
        return paged(request, lines, lambda line: self.line_shown(line, holder))

    @route("GET", PATH + "/{contract_id:\\d+}/line_items/{id:\\d+}")
    def contract_line(self, request: Request) -> Response:
        row = self._contract(request, key="contract_id")
        line = self.find_row("contract_lines", request.params["id"], parent_id=row["id"])
        return Response(200, self.line_shown(line, KINDS[row["table"]].holder))

    @route("POST", PATH + "/{contract_id:\\d+}/line_items")
    @route("PATCH", PATH + "/{contract_id:\\d+}/line_items/{id:\\d+}")
    def write_contract_line(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "line_item")
        row, line = self._contract(request, data, "contract_id"), None
        if "id" in request.params:
            line = self.find_row("contract_lines", request.params["id"], parent_id=row["id"])
        errors = self.contract_line_check(row)(attributes, line)
        if errors:
            raise invalid(errors)
        kept = self.put_line("contract_lines", row, attributes, line)
        return Response(200 if line else 201, self.line_shown(kept, KINDS[row["table"]].holder))

    def contract_line_check(self, row: Row) -> Any:
        def check(attributes: Row, line: Row | None) -> Errors:
            if self.contract_locked(row) and set(attributes) - {"origin_id", "origin_data", "id"}:
                return {"base": ["Contract is locked"]}
            errors = self.line_check(row["project_id"], attributes)
            return {**errors, **self.taken("contract_lines", attributes, line)}

        return check

    @route("DELETE", PATH + "/{contract_id:\\d+}/line_items/{id:\\d+}")
    def delete_contract_line(self, request: Request) -> Response:
        row = self._contract(request, key="contract_id")
        line = self.find_row("contract_lines", request.params["id"], parent_id=row["id"])
        if self.contract_locked(row):
            raise invalid({"base": ["Contract is locked"]})
        self.remove("contract_lines", line)
        return Response(200)

    @route("PATCH", PATH + "/{contract_id:\\d+}/line_items/sync")
    def sync_contract_lines(self, request: Request) -> Response:
        row = self._contract(request, key="contract_id")
        return self.sync(
            self.body(request).get("updates"), self.lines_of("contract_lines", row["id"]),
            self.contract_line_check(row),
            lambda attributes, line: self.put_line("contract_lines", row, attributes, line),
            lambda line: self.line_shown(line, KINDS[row["table"]].holder),
        )  # fmt: skip
