"""The base of Procore's resources: tables, ids, scopes, sync, events."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ..messages import HttpError, Request, Response
from ..server import Simulator
from .values import Errors, Row

COMPANY_ID = 598134325100042
USER_ID = 598134325100777  # the service account: what the API writes is done by it
PEOPLE_ID = 598134325100912  # a project manager: what the web pages write
SYNC_MAX = 1000
TABLES = (
    "projects", "vendors", "standard_cost_codes", "cost_codes", "line_item_types", "wbs_codes",
    "tax_codes", "purchase_order_contracts", "work_order_contracts", "contract_lines",
    "commitment_change_orders", "prime_change_orders", "change_order_lines",
    "change_order_packages", "prime_contracts", "prime_lines", "requisitions",
    "billing_periods", "direct_costs", "direct_cost_lines", "hooks", "triggers", "events",
    "budget_line_items", "budget_changes", "sub_jobs", "segments", "segment_items",
)  # fmt: skip
Check = Callable[[Row, Row | None], Errors]
Put = Callable[[Row, Row | None], Row]


def refuse(status: int, errors: object) -> HttpError:
    """Procore's v1 error body."""
    return HttpError(Response(status, {"errors": errors}))


def not_found() -> HttpError:
    return refuse(404, "Item not found")


def invalid(errors: Errors) -> HttpError:
    return refuse(422, errors)


def echoed(update: Row) -> Row:
    """The attributes of a failed row as the answer repeats them: without references to others."""
    own = ("id", "origin_id")
    kept = {
        name: value
        for name, value in update.items()
        if name in own or not name.endswith(("_id", "_ids", "_attributes"))
    }
    for name in {"amount", "quantity", "unit_cost"} & set(kept):
        kept[name] = str(kept[name])
    return kept


class Base(Simulator):
    """State: tables of rows by id, settings, tokens. Money is Decimal, dates are ISO text."""

    name = "procore"
    spec_file = "procore-openapi.json"
    actor = USER_ID

    def fresh(self) -> Any:
        return {
            "next_id": 598134325841112,
            "random": random.Random(self.seed).getstate(),
            "tables": {name: {} for name in TABLES},
            "tokens": {},
            "item_ids": {},
            "queues": {},
            "troubles": [],
            "settings": {
                "company_header": "404", "installed": True, "denied_status": 403,
                "unauthorized_body": "errors", "lines_touch_header": False,
                "webhooks_permission": True, "direct_cost_seconds": 0.02, "multicurrency": True,
                "token_seconds": 5400,
                "moves_materials": False,  # or numbers of the projects that chose it
                "type_first": [],  # numbers of projects whose budget codes begin with the type
            },
            "company": {"id": COMPANY_ID, "name": "Company", "currency": "USD"},
        }  # fmt: skip

    # Rows.

    @property
    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = self.state["settings"]
        return settings

    def table(self, name: str) -> dict[int, Row]:
        table: dict[int, Row] = self.state["tables"][name]
        return table

    def rows(self, table: str, **where: Any) -> list[Row]:
        """The rows whose fields have these values, without the deleted ones."""
        found = [row for row in self.table(table).values() if not row.get("deleted_at")]
        for name, value in where.items():
            found = [row for row in found if row.get(name) == value]
        return found

    def new_id(self) -> int:
        """15 digits, rising, with gaps."""
        number: int = self.state["next_id"]
        self.state["next_id"] = number + 1 + number % 13
        return number

    def insert(self, table: str, row: Row, at: datetime | None = None) -> Row:
        moment = at or self.now()
        row = {
            "id": row.get("id") or self.new_id(), "created_at": moment, "updated_at": moment,
            "deleted_at": None, **row,
        }  # fmt: skip
        self.table(table)[row["id"]] = row
        self.emit(table, row, "create")
        return row

    def touch(self, table: str, row: Row, at: datetime | None = None) -> Row:
        row["updated_at"] = at or self.now()
        self.emit(table, row, "update")
        return row

    def remove(self, table: str, row: Row, *, soft: bool = False) -> None:
        if soft:
            row["deleted_at"] = row["updated_at"] = self.now()
        else:
            del self.table(table)[row["id"]]
        self.emit(table, row, "delete")

    def emit(self, table: str, row: Row, event: str) -> None:
        """Tells the hooks; see delivery.py."""

    def find_row(self, table: str, number: object, **where: Any) -> Row:
        """A row by id within a scope, else 404."""
        row = self.table(table).get(int(number)) if str(number).isdigit() else None  # type: ignore[call-overload]
        if row is None or row.get("deleted_at") or any(row.get(k) != v for k, v in where.items()):
            raise not_found()
        found: Row = row
        return found

    # Scopes.

    def body(self, request: Request) -> Row:
        """The JSON body as an object."""
        kind = str(request.headers.get("Content-Type", "")).split(";")[0].strip()
        if request.body and kind != "application/json":
            raise refuse(406, f"Unsupported content type: {kind}")
        try:
            data = request.json()
        except ValueError:
            raise refuse(400, "Invalid JSON in request body") from None
        if not isinstance(data, dict):
            raise refuse(400, "The request body must be an object")
        return data

    def wrapped(self, request: Request, *names: str) -> tuple[Row, Row]:
        """The body and the attributes inside its wrapper key."""
        data = self.body(request)
        for name in names:
            if isinstance(data.get(name), dict):
                return data, data[name]
        raise refuse(400, f"param is missing or the value is empty: {names[0]}")

    def in_company(self, request: Request, data: Row | None = None) -> None:
        """`company_id` must be given, in the query or, for writes, in the body."""
        given = request.one("company_id") or (data or {}).get("company_id")
        if not given:
            raise refuse(400, "company_id is missing")
        if str(given) != str(COMPANY_ID):
            raise refuse(403, ["App is not connected to this company."])

    def project_of(self, request: Request, data: Row | None = None) -> Row:
        """The project of a request: path, query, or body for writes. Checks the permission."""
        given: object = request.params.get("project_id") or request.one("project_id")
        given = given or (data or {}).get("project_id")
        if not given:
            raise refuse(400, "project_id is missing")
        row = self.table("projects").get(int(str(given))) if str(given).isdigit() else None
        if row is None:
            raise not_found()
        return self.permitted(row)

    def permitted(self, project: Row) -> Row:
        if not project["permitted"]:
            raise refuse(
                self.settings["denied_status"],
                "Item not found"
                if self.settings["denied_status"] == 404
                else "You do not have permission to access this project",
            )
        return project

    # Writes.

    def taken(self, table: str, attributes: Row, row: Row | None) -> Errors:
        """`origin_id` is unique per company and kind of object."""
        origin = attributes.get("origin_id")
        mine = row["id"] if row else None
        others = (r for r in self.rows(table) if r.get("origin_id") == origin)
        if origin and any(other["id"] != mine for other in others):
            return {"origin_id": ["has already been taken"]}
        return {}

    def locked(self, row: Row, attributes: Row) -> Errors:
        """A record with an origin_id can be changed only in its origin fields."""
        free = {"origin_id", "origin_code", "origin_data", "id", "attachments"}
        if row.get("origin_id") and set(attributes) - free:
            return {"base": ["This record is synced to an ERP system and cannot be modified"]}
        return {}

    def sync(
        self,
        updates: object,
        rows: Iterable[Row],
        check: Check,
        put: Put,
        show: Callable[[Row], Any],
    ) -> Response:
        """Rows one by one: 200 whatever happens to each (sheet 4.0)."""
        if not isinstance(updates, list):
            raise refuse(400, "param is missing or the value is empty: updates")
        if len(updates) > SYNC_MAX:
            raise refuse(413, f"The number of updates must not exceed {SYNC_MAX}")
        by_id = {row["id"]: row for row in rows}
        by_origin = {row["origin_id"]: row for row in by_id.values() if row.get("origin_id")}
        entities, failed = [], []
        for update in updates:
            errors, row = self._target(update, by_id, by_origin)
            errors = errors or check(update, row)
            if errors:
                failed.append({**echoed(update), "errors": errors})
                continue
            row = put(update, row)
            by_id[row["id"]] = row
            if row.get("origin_id"):
                by_origin[row["origin_id"]] = row
            entities.append(row)
        return Response(200, {"entities": [show(row) for row in entities], "errors": failed})

    def _target(
        self, update: Row, by_id: dict[int, Row], by_origin: dict[str, Row]
    ) -> tuple[Errors, Row | None]:
        number = update.get("id")
        if number is None:
            return {}, by_origin.get(update.get("origin_id") or "")
        row = by_id.get(int(number)) if str(number).isdigit() else None
        if row is None:
            return {"id": ["Entity with this ID not found"]}, None
        return {}, row
