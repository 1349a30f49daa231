"""Prime contracts: list in the plural, the rest in the singular (sheet 4.9)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ..messages import Request, Response
from ..routes import route
from .base import invalid
from .contracts import PENDING
from .lists import chosen, paged
from .markups import Markups
from .values import ZERO, Errors, Row, money, number, quirks, stamp

STATUSES = ("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated")
FIELDS = (
    "number", "title", "description", "status", "executed", "accounting_method", "contract_date",
    "contract_start_date", "contract_estimated_completion_date", "execution_date", "inclusions",
    "exclusions", "origin_id", "origin_data",
)  # fmt: skip


class PrimeContracts(Markups):
    """Contracts with the owner."""

    def prime_totals(self, row: Row) -> Row:
        """Other names than on commitments."""
        orders = self.rows("prime_change_orders", contract_id=row["id"])
        grand = self.lines_total("prime_lines", row["id"])
        approved = sum((o["grand_total"] for o in orders if o["status"] == "approved"), ZERO)
        pending = sum((o["grand_total"] for o in orders if o["status"] in PENDING), ZERO)
        draft = sum((o["grand_total"] for o in orders if o["status"] == "draft"), ZERO)
        return {
            "grand_total": money(grand), "approved_change_orders": money(approved),
            "revised_contract_amount": money(grand + approved),
            "pending_change_orders_amount": money(pending),
            "pending_revised_contract_amount": money(grand + approved + pending),
            "draft_change_orders_amount": money(draft), "owner_invoices_amount": "0.0",
            "total_payments": "0.0", "outstanding_balance": money(grand + approved),
            "percentage_paid": "0.0",
        }  # fmt: skip

    def prime_shown(self, row: Row, full: bool = False) -> Row:
        vendor = self.table("vendors").get(row["vendor_id"] or 0)
        owner = {"id": vendor["id"], "name": vendor["name"]} if vendor else None
        shown = {
            "id": row["id"], **{name: row.get(name) for name in FIELDS},
            "retainage_percent": money(row["retainage_percent"]), "vendor": owner,
            "contractor": None, "architect": None, "private": True,
            "currency_configuration": {"currency_iso_code": row["currency"]},
            **self.prime_totals(row), "created_at": stamp(row["created_at"]),
            "updated_at": stamp(row["updated_at"]), "deleted_at": None,
        }  # fmt: skip
        if not full:
            totals = self.prime_totals(row).keys() - {"grand_total", "approved_change_orders"}
            listed = {name: value for name, value in shown.items() if name not in totals}
            return quirks(row["id"], {**listed, "origin_code": row.get("origin_code")})
        lines = self.lines_of("prime_lines", row["id"])
        shown["line_items"] = [self.line_shown(line, "PrimeContract") for line in lines]
        return quirks(row["id"], shown)

    @route("GET", "/rest/v1.0/prime_contracts")
    def prime_contracts(self, request: Request) -> Response:
        project = self.project_of(request)
        rows = self.rows("prime_contracts", project_id=project["id"])
        return paged(request, chosen(rows, request, ("id", "updated_at")), self.prime_shown)

    @route("GET", "/rest/v1.0/prime_contract")
    def first_prime_contract(self, request: Request) -> Response:
        rows = self.rows("prime_contracts", project_id=self.project_of(request)["id"])
        return Response(200, self.prime_shown(rows[0], full=True) if rows else None)

    def _prime(self, request: Request, data: Row | None = None, key: str = "id") -> Row:
        project = self.project_of(request, data)
        return self.find_row("prime_contracts", request.params[key], project_id=project["id"])

    @route("GET", "/rest/v1.0/prime_contract/{id}")
    def prime_contract(self, request: Request) -> Response:
        return Response(200, self.prime_shown(self._prime(request), full=True))

    def prime_errors(self, attributes: Row, row: Row | None) -> Errors:
        errors = self.taken("prime_contracts", attributes, row)
        if attributes.get("status", "Draft") not in STATUSES:
            errors["status"] = ["is not included in the list"]
        vendor = attributes.get("vendor_id")
        if vendor and int(vendor) not in self.table("vendors"):
            errors["vendor_id"] = ["is invalid"]
        return errors

    def put_prime(
        self, project: Row, attributes: Row, row: Row | None, at: datetime | None = None
    ) -> Row:
        given = {name: attributes[name] for name in FIELDS if name in attributes}
        if "vendor_id" in attributes:
            given["vendor_id"] = int(attributes["vendor_id"]) if attributes["vendor_id"] else None
        if "retainage_percent" in attributes:
            given["retainage_percent"] = number(attributes["retainage_percent"] or 0)
        if row is not None:
            row.update(given)
            return self.touch("prime_contracts", row, at)
        serial = len(self.rows("prime_contracts", project_id=project["id"])) + 1
        return self.insert("prime_contracts", {
            **dict.fromkeys(FIELDS), "project_id": project["id"], "number": f"PC-{serial:02}",
            "status": "Draft", "executed": False, "accounting_method": "amount",
            "vendor_id": None, "retainage_percent": Decimal(0),
            "currency": self.state["company"]["currency"], **given,
        }, at)  # fmt: skip

    @route("POST", "/rest/v1.0/prime_contract")
    @route("PATCH", "/rest/v1.0/prime_contract/{id}")
    def write_prime_contract(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "prime_contract")
        project = self.project_of(request, data)
        row = self._prime(request, data) if "id" in request.params else None
        errors = self.prime_errors(attributes, row)
        if errors:
            raise invalid(errors)
        kept = self.put_prime(project, attributes, row)
        return Response(200 if row else 201, self.prime_shown(kept, full=True))

    @route("DELETE", "/rest/v1.0/prime_contract/{id}")
    def delete_prime_contract(self, request: Request) -> Response:
        self.drop_prime(self._prime(request))
        return Response(200)

    def drop_prime(self, row: Row) -> None:
        if row["status"] in ("Approved", "Complete"):
            raise invalid({"base": ["An approved contract cannot be deleted"]})
        self.remove("prime_contracts", row)

    @route("GET", "/rest/v1.0/prime_contracts/{contract_id}/line_items")
    def prime_lines(self, request: Request) -> Response:
        row = self._prime(request, key="contract_id")
        lines = chosen(self.lines_of("prime_lines", row["id"]), request, ("id", "updated_at"))
        return paged(request, lines, lambda line: self.line_shown(line, "PrimeContract"))

    @route("POST", "/rest/v1.0/prime_contracts/{contract_id}/line_items")
    def create_prime_line(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "line_item")
        row = self._prime(request, data, "contract_id")
        errors = self.line_check(row["project_id"], attributes)
        if row["status"] in ("Approved", "Complete"):
            errors = {"base": ["Contract is locked"]}
        if errors:
            raise invalid(errors)
        line = self.put_line("prime_lines", row, attributes, None)
        return Response(201, self.line_shown(line, "PrimeContract"))
