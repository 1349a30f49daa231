"""Requisitions (subcontractor invoices) and billing periods (sheet 4.7). They have no webhook."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from ..messages import Request, Response
from ..routes import route
from .base import USER_ID, invalid, not_found, refuse
from .billing import (
    AMOUNTS,
    billed_now,
    carried,
    completed,
    gross,
    item_shown,
    listed_item,
    net,
    retainage,
    summary,
)
from .lists import chosen, filters, paged
from .prime import PrimeContracts
from .values import ZERO, Errors, Row, cents, iso_date, percent, quirks, stamp

STATUSES = (
    "draft", "under_review", "revise_and_resubmit", "approved", "approved_as_noted",
    "pending_owner_approval",
)  # fmt: skip
PAYABLE = ("approved", "approved_as_noted")
FIELDS = (
    "invoice_number", "status", "period_id", "requisition_start", "requisition_end",
    "billing_date", "payment_date", "submitted_at", "final", "origin_id", "origin_data",
)  # fmt: skip
DATES = ("requisition_start", "requisition_end", "billing_date", "payment_date", "submitted_at")
FILTERS = ("id", "commitment_id", "period_id", "status", "created_at", "updated_at", "origin_id")
NEW_FIELDS = ("vendor_id", "invoice_type", "previous_requisition_id")
PATH = "/rest/{version:v1\\.[01]}/requisitions"


def older(shown: Row) -> Row:
    """The shape of v1.0: fewer fields."""
    kept = {name: value for name, value in shown.items() if name not in NEW_FIELDS}
    new = ("stored_materials", "new_materials")
    kept["summary"] = {name: v for name, v in shown["summary"].items() if name not in new}
    currency = shown["currency_configuration"]["currency_iso_code"]
    return {**kept, "currency_configuration": {"currency_iso_code": currency}}


class Requisitions(PrimeContracts):
    """Billings of a subcontractor."""

    def billed(self, contract: int) -> Decimal:
        rows = self.rows("requisitions", commitment_id=contract)
        payable = [row for row in rows if row["status"] in PAYABLE]
        return sum((gross(item) for row in payable for item in row["items"]), ZERO)

    def series(self, contract: int) -> list[Row]:
        """The invoices of a contract in order."""
        rows = self.rows("requisitions", commitment_id=contract)
        return sorted(rows, key=lambda row: row["number"])

    def previous_of(self, row: Row) -> Row | None:
        earlier = [r for r in self.series(row["commitment_id"]) if r["number"] < row["number"]]
        return earlier[-1] if earlier else None

    def is_last(self, row: Row) -> bool:
        return bool(self.series(row["commitment_id"])[-1]["id"] == row["id"])

    # Shapes.

    def requisition_shown(self, row: Row, view: str = "default", version: str = "v1.1") -> Row:
        kind, contract = self.contract_of(row["commitment_id"]) or (None, None)
        previous = self.previous_of(row)
        block = summary(
            row["items"], previous["items"] if previous else [],
            f"{row['requisition_start']} - {row['requisition_end']}",
        )  # fmt: skip
        done = sum((completed(item) for item in row["items"]), ZERO)
        whole = sum((item["scheduled"] for item in row["items"]), ZERO)
        shown = {
            "id": row["id"], "number": row["number"],
            **{name: row.get(name) for name in FIELDS},
            "project_id": row["project_id"], "commitment_id": row["commitment_id"],
            "commitment_type": kind.holder if kind else None,
            "contract_name": contract["title"] if contract else None,
            "vendor_id": contract["vendor_id"] if contract else None,
            "vendor_name": self._vendor_name(contract), "invoice_type": "standard",
            "previous_requisition_id": previous["id"] if previous else None,
            "percent_complete": percent(done, whole), "deletable": self.is_last(row),
            "total_claimed_amount": cents(sum((gross(item) for item in row["items"]), ZERO)),
            "erp_status": None, "electronic_signature_id": None, "attachments": [],
            "created_by": {"id": USER_ID, "name": "PM"}, "custom_fields": {},
            "currency_configuration": {
                "currency_iso_code": row["currency"], "currency_exchange_rate": 1,
                "base_currency_iso_code": self.state["company"]["currency"],
            },
            "summary": block,
            "created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"]),
        }  # fmt: skip
        shown = quirks(row["id"], shown)
        if version == "v1.0":
            return older(shown)
        if view in ("items", "extended"):
            shown["items"] = [self.req_item_shown(item) for item in row["items"]]
            shown["item_packages"] = self._packages(row)
        return shown

    def _vendor_name(self, contract: Row | None) -> str | None:
        vendor = self.table("vendors").get((contract or {}).get("vendor_id") or 0)
        return vendor["name"] if vendor else None

    def req_item_shown(self, item: Row) -> Row:
        row = self.table("wbs_codes").get(item["wbs_code_id"] or 0)
        if row is None:
            return item_shown(item, None)
        segments = [
            {
                "id": part["id"], "code": part["code"], "name": part["name"],
                # an array in the array, each with its name: the sample of the reference
                "path_codes": [[f"{part['path_code']} - {part['name']}"]],
                "path_ids": part["path_ids"],
                "segment_id": part["segment"]["id"], "segment_type": part["segment"]["type"],
            }
            for part in self.segment_items(row)
        ]  # fmt: skip
        return item_shown(item, {**(self.wbs_short(row["id"]) or {}), "segment_items": segments})

    def _packages(self, row: Row) -> list[Row]:
        numbers = {item.get("package_id") for item in row["items"]} - {None}
        packages = (self.table("change_order_packages").get(n or 0) for n in sorted(numbers))
        return [
            {
                "id": package["id"], "contract_id": package["contract_id"],
                "change_order_id": package["order"][1] if package["order"] else None,
                "number": package["number"], "title": package["title"],
                "status": package["status"], "position": index,
            }
            for index, package in enumerate(packages, 1)
            if package
        ]  # fmt: skip

    # Items.

    def open_items(self, contract: Row, project: Row) -> list[Row]:
        """The items of a new invoice: contract lines, then approved change order lines."""
        earlier = self.series(contract["id"])
        old = {(i["item_type"], i["line_item_id"]): i for i in (
            earlier[-1]["items"] if earlier else [])}  # fmt: skip
        lines = self.lines_of("contract_lines", contract["id"])
        items = [self._new_item("contract_item", line, line["amount"]) for line in lines]
        for order in self.rows("commitment_change_orders", contract_id=contract["id"]):
            if order["status"] == "approved":
                items += self._change_items(order, project)
        for position, item in enumerate(items, 1):
            item["position"] = position
            before = old.get((item["item_type"], item["line_item_id"]))
            if before:
                item.update(carried(before, self.moves_materials(project)))
        return items

    def moves_materials(self, project: Row) -> bool:
        """Whether the project's own option is on (About Stored Materials)."""
        chosen = self.settings["moves_materials"]
        return bool(project["project_number"] in chosen if isinstance(chosen, list) else chosen)

    def _change_items(self, order: Row, project: Row) -> list[Row]:
        """On an ERP-integrated project each change line also brings a contract item of 0."""
        items = []
        for line in self.lines_of("change_order_lines", order["id"]):
            item = self._new_item("change_order_item", line, line["amount"])
            item["package_id"] = order["legacy_package_id"]
            item["commitment_line_item_id"] = line.get("commitment_line_item_id")
            items.append(item)
            if project["is_erp_integrated"]:
                items.append(self._new_item("contract_item", line, ZERO))
        return items

    def _new_item(self, kind: str, line: Row, scheduled: Decimal) -> Row:
        """Ids count per item type, so that two types share numbers."""
        numbers = self.state["item_ids"]
        numbers[kind] = numbers.get(kind, 598134325500000) + 1
        return {
            "id": numbers[kind], "item_type": kind, "line_item_id": line["id"],
            "cost_code_id": line["cost_code_id"], "wbs_code_id": line["wbs_code_id"],
            "description": line["description"], "status": "no_action", "comment": None,
            "position": 0, "package_id": None, "commitment_line_item_id": None,
            **dict.fromkeys(AMOUNTS, ZERO), "scheduled": scheduled,
        }  # fmt: skip

    def bill(self, items: list[Row], given: list[Row], share: Decimal) -> Errors:
        """Writes the given items into the invoice's; names those that are not there."""
        for update in given:
            item = self._find_item(items, update)
            if item is None:
                return {"items": [f"item not found: {update.get('line_item_id')}"]}
            try:
                billed_now(item, update, share)
            except ValueError as wrong:
                return {"items": [str(wrong)]}
        return {}

    def _find_item(self, items: list[Row], update: Row) -> Row | None:
        kind = update.get("item_type")
        for item in items:
            same = update.get("id") == item["id"] if update.get("id") else (
                update.get("line_item_id") == item["line_item_id"]
            )  # fmt: skip
            if same and kind == item["item_type"]:
                return item
        return None

    # Writes.

    def requisition_errors(self, attributes: Row, row: Row | None) -> Errors:
        errors = self.taken("requisitions", attributes, row)
        if row:
            errors |= self.locked(row, attributes)
        if attributes.get("status", "draft") not in STATUSES:
            errors["status"] = ["is not included in the list"]
        for name in DATES:
            try:
                iso_date(attributes.get(name))
            except ValueError:
                errors[name] = ["is invalid"]
        period = attributes.get("period_id")
        if period and int(period) not in self.table("billing_periods"):
            errors["period_id"] = ["is invalid"]
        if row and attributes.get("items") and not self.is_last(row):
            errors["items"] = ["only the latest invoice can be changed"]
        return errors

    def put_requisition(
        self, contract: Row, attributes: Row, row: Row | None, at: datetime | None = None
    ) -> Row:
        """Raises HttpError before anything is written when an item is not there."""
        given = {name: attributes[name] for name in FIELDS if name in attributes}
        project = self.table("projects")[contract["project_id"]]
        items = [dict(item) for item in row["items"]] if row else self.open_items(contract, project)
        errors = self.bill(items, attributes.get("items") or [], contract["retainage_percent"])
        if errors:
            raise invalid(errors)
        if row is not None:
            row.update(given, items=items)
            return self.touch("requisitions", row, at)
        earlier = self.series(contract["id"])
        return self.insert("requisitions", {
            **dict.fromkeys(FIELDS), "status": "draft", "final": False, **given, "items": items,
            "number": earlier[-1]["number"] + 1 if earlier else 1, "vendor_id": None,
            "commitment_id": contract["id"], "project_id": contract["project_id"],
            "currency": contract["currency"],
        }, at)  # fmt: skip

    def drop_requisition(self, row: Row) -> None:
        errors = self.locked(row, {"status": None})
        if not self.is_last(row):
            errors["base"] = ["Only the latest invoice can be deleted"]
        if errors:
            raise invalid(errors)
        self.remove("requisitions", row)

    def requisition_amounts(self, row: Row) -> tuple[Decimal, Decimal, Decimal]:
        """Gross, retainage and net of this invoice."""
        items = row["items"]
        return (
            sum((gross(item) for item in items), ZERO),
            sum((retainage(item) for item in items), ZERO),
            sum((net(item) for item in items), ZERO),
        )

    # Routes.

    @route("GET", PATH)
    def requisitions(self, request: Request) -> Response:
        project = self.project_of(request)
        rows = self.rows("requisitions", project_id=project["id"])
        rows = chosen(rows, request, FILTERS)
        for wanted in filters(request).get("is_last", []):
            rows = [row for row in rows if str(self.is_last(row)).lower() == wanted]
        view, version = request.one("view", "default"), request.params["version"]
        return paged(
            request, rows, lambda row: self.requisition_shown(row, view, version), default=30
        )

    def _requisition(self, request: Request, data: Row | None = None, key: str = "id") -> Row:
        project = self.project_of(request, data)
        return self.find_row("requisitions", request.params[key], project_id=project["id"])

    def _requisition_answer(self, request: Request, row: Row, status: int = 200) -> Response:
        """Items come only with view=items or extended."""
        view = request.one("view", "default")
        return Response(status, self.requisition_shown(row, view, request.params["version"]))

    @route("GET", PATH + "/{id:\\d+}")
    def requisition(self, request: Request) -> Response:
        return self._requisition_answer(request, self._requisition(request))

    @route("POST", PATH)
    def create_requisition(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "requisition")
        project = self.project_of(request, data)
        contract = self._billable(project, data.get("commitment_id"))
        errors = self.requisition_errors(attributes, None)
        if errors:
            raise invalid(errors)
        row = self.put_requisition(contract, attributes, None)
        return self._requisition_answer(request, row, 201)

    def _billable(self, project: Row, number_: Any) -> Row:
        """The approved commitment of an invoice."""
        if not number_:
            raise refuse(400, "commitment_id is missing")
        found = self.contract_of(number_)
        if found is None or found[1]["project_id"] != project["id"]:
            raise not_found()
        if not self.contract_locked(found[1]):
            raise invalid({"commitment_id": ["must be approved"]})
        return found[1]

    @route("PATCH", PATH + "/{id:\\d+}")
    def update_requisition(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "requisition")
        row = self._requisition(request, data)
        errors = self.requisition_errors(attributes, row)
        if errors:
            raise invalid(errors)
        _, contract = self.contract_of(row["commitment_id"]) or (None, None)
        assert contract
        return self._requisition_answer(request, self.put_requisition(contract, attributes, row))

    @route("DELETE", PATH + "/{id:\\d+}")
    def delete_requisition(self, request: Request) -> Response:
        self.drop_requisition(self._requisition(request))
        return Response(200)

    @route("GET", "/rest/v1.0/requisitions/{id:\\d+}/{kind:contract_items|change_order_items}")
    def requisition_items(self, request: Request) -> Response:
        row = self._requisition(request)
        kind = request.params["kind"].removesuffix("s")
        items = [item for item in row["items"] if item["item_type"] == kind]
        return paged(request, items, lambda item: listed_item(self.req_item_shown(item), item))

    # Billing periods.

    def period_shown(self, row: Row) -> Row:
        names = ("id", "start_date", "end_date", "due_date", "status", "position", "project_id")
        shown = {name: row[name] for name in names}
        times = {"created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"])}
        return {**shown, **times}

    @route("GET", "/rest/v1.0/projects/{project_id}/billing_periods")
    def billing_periods(self, request: Request) -> Response:
        project = self.project_of(request)
        rows = self.rows("billing_periods", project_id=project["id"])
        rows = chosen(rows, request, ("id", "created_at", "updated_at", "status"))
        return paged(request, rows, self.period_shown)

    @route("GET", "/rest/v1.0/projects/{project_id}/billing_periods/{id}")
    def billing_period(self, request: Request) -> Response:
        return Response(200, self.period_shown(self._period(request)))

    def _period(self, request: Request) -> Row:
        project = self.project_of(request)
        return self.find_row("billing_periods", request.params["id"], project_id=project["id"])

    @route("POST", "/rest/v1.0/projects/{project_id}/billing_periods")
    @route("PATCH", "/rest/v1.0/projects/{project_id}/billing_periods/{id}")
    def write_billing_period(self, request: Request) -> Response:
        project = self.project_of(request)
        _, attributes = self.wrapped(request, "billing_period")
        row = self._period(request) if "id" in request.params else None
        kept = self.put_period(project, attributes, row)
        return Response(200 if row else 201, self.period_shown(kept))

    def put_period(
        self, project: Row, attributes: Row, row: Row | None, at: datetime | None = None
    ) -> Row:
        names = ("start_date", "end_date", "due_date", "status")
        given = {name: attributes[name] for name in names if name in attributes}
        missing = [name for name in names if not row and not given.get(name)]
        if missing:
            raise invalid({name: ["can't be blank"] for name in missing})
        if row is not None:
            row.update(given)
            return self.touch("billing_periods", row, at)
        position = len(self.rows("billing_periods", project_id=project["id"])) + 1
        return self.insert(
            "billing_periods", {**given, "project_id": project["id"], "position": position}, at
        )

    @route("DELETE", "/rest/v1.0/projects/{project_id}/billing_periods/{id}")
    def delete_billing_period(self, request: Request) -> Response:
        self.remove("billing_periods", self._period(request))
        return Response(200)
