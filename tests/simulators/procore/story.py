"""Controls: what people do in Procore's own pages, told by a test or the demo.

Names may be used for ids: a project by number, a vendor by name, a cost code by "03-300", a cost
type by "M", a contract by number. The business rules of the tools hold; the API's sign-in does not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..messages import Request, Response
from ..routes import route
from .base import PEOPLE_ID, USER_ID, invalid, not_found, refuse
from .contracts import KINDS
from .direct_costs import DirectCosts
from .hooks import Hooks
from .values import Errors, Row, round_cents, stamp

LINE_TABLES = {
    "purchase_order_contracts": "contract_lines",
    "work_order_contracts": "contract_lines",
    "prime_contracts": "prime_lines",
    "direct_costs": "direct_cost_lines",
    "commitment_change_orders": "change_order_lines",
    "prime_change_orders": "change_order_lines",
}


class Story(DirectCosts, Hooks):
    """Documents as people make and change them."""

    # Names to ids.

    def named_project(self, given: object) -> Row:
        for row in self.rows("projects"):
            if str(given) in (
                row["project_number"], row["accounting_project_number"], str(row["id"])
            ):  # fmt: skip
                return row
        raise invalid({"project": [f"{given} does not exist"]})

    def named_vendor(self, given: object) -> Row:
        for row in self.rows("vendors"):
            if str(given) in (row["name"], str(row["id"]), row.get("origin_code")):
                return row
        raise invalid({"vendor": [f"{given} does not exist"]})

    def named_contract(self, project: Row, given: object, prime: bool) -> Row:
        tables = ["prime_contracts"] if prime else list(KINDS)
        for table in tables:
            for row in self.rows(table, project_id=project["id"]):
                if str(given) in (row["number"], str(row["id"])):
                    return row
        raise invalid({"contract": [f"{given} does not exist"]})

    def plain_line(self, project: int, line: Row) -> Row:
        """A line with its codes as ids; `sub_job` "01" and `segments` {"Phase": "A"} are made."""
        named = ("cost_code", "cost_type", "tax_code", "sub_job", "segments")
        found = {k: v for k, v in line.items() if k not in named}
        codes: tuple[tuple[str, str, str, str, Row], ...] = (
            ("cost_code", "cost_codes", "full_code", "cost_code_id", {"project_id": project}),
            ("cost_type", "line_item_types", "code", "line_item_type_id", {}),
            ("tax_code", "tax_codes", "code", "tax_code_id", {}),
        )
        for name, table, column, key, where in codes:
            if line.get(name):
                rows = self.rows(table, **{column: line[name]}, **where)
                if not rows:
                    raise invalid({name: [f"{line[name]} does not exist"]})
                found[key] = rows[0]["id"]
        if line.get("sub_job") or line.get("segments"):
            code, kind = found.get("cost_code_id"), found.get("line_item_type_id")
            others = self.named_segments(project, line)
            found["wbs_code_id"] = self.wbs_code_of(project, code, kind, *others)
        return found

    # Create, change, delete.

    def story_create(self, collection: str, data: Row, at: datetime | None = None) -> Row:
        """A new row, lines included, in its final status."""
        if collection == "vendors":
            return self._story_vendor(data, at)
        if collection in ("projects", "tax_codes", "line_item_types"):
            return self._story_plain(collection, data)
        project = self.named_project(data.get("project"))
        if collection == "billing_periods":
            return self.put_period(project, data, None, at)
        if collection == "cost_codes":
            return self.type_cost_code(project, data, None)
        if collection == "sub_jobs":
            return self.named_sub_job(project["id"], data["code"], data.get("name", ""))
        if collection == "requisitions":
            return self._story_requisition(project, data, at)
        if collection not in LINE_TABLES:
            raise not_found()
        return self._story_document(collection, project, data, at)

    def _story_vendor(self, data: Row, at: datetime | None) -> Row:
        self._checked(self.vendor_check(data, None))
        row = self.put_vendor(data, None, at)
        for project in data.get("projects", []):
            self.join_project(row, self.named_project(project))
        return row

    def _story_plain(self, collection: str, data: Row) -> Row:
        writes: dict[str, tuple[Any, Any]] = {
            "projects": (self.project_errors, self.put_project),
            "tax_codes": (self.tax_code_check, self.put_tax_code),
            "line_item_types": (self.cost_type_check, self.put_cost_type),
        }
        check, put = writes[collection]
        if collection == "projects":
            data = {"permitted": False, **data}
        self._checked(check(data, None))
        row: Row = put(data, None)
        if collection == "projects":
            self.copy_cost_codes(row)
        return row

    def copy_cost_codes(self, project: Row) -> None:
        """A new project starts with the company's standard codes."""
        divisions: dict[int, int] = {}
        for code in list(self.rows("standard_cost_codes")):
            parent = divisions.get(code["parent_id"] or 0)
            row = self._put_code("cost_codes", {"project_id": project["id"]}, {
                "name": code["name"], "code": code["code"], "parent_id": parent,
                "standard_cost_code_id": code["id"],
            }, None)  # fmt: skip
            divisions[code["id"]] = row["id"]

    def _checked(self, errors: Errors) -> None:
        if errors:
            raise invalid(errors)

    def _story_document(self, collection: str, project: Row, data: Row, at: datetime | None) -> Row:
        """Header as a draft, then the lines, then the status: the way it is done by hand."""
        attributes = self._plain_header(collection, project, data)
        final = attributes.pop("status", None)
        check, put = self._writes(collection, project)
        self._checked(check({**attributes, **({"status": final} if final else {})}, None))
        lines = [self.plain_line(project["id"], line) for line in data.get("lines", [])]
        self._checked_lines(project["id"], lines)
        row = put(attributes, None, at)
        row["markups"] = [self.plain_line(project["id"], one) for one in data.get("markups", [])]
        self._put_lines(collection, row, lines, {}, at)
        if final and final != row["status"]:
            row = put({"status": final}, row, at)
        if data.get("header_total") is not None:
            row["header_total"] = Decimal(str(data["header_total"]))
        return row

    def _plain_header(self, collection: str, project: Row, data: Row) -> Row:
        attributes = {
            k: v for k, v in data.items() if k not in ("project", "lines", "markups", "at")
        }
        if attributes.get("vendor") is not None:
            vendor = self.named_vendor(attributes.pop("vendor"))
            attributes["vendor_id"] = vendor["id"]
            self.join_project(vendor, project)
        if "contract" in attributes:
            prime = collection == "prime_change_orders"
            contract = self.named_contract(project, attributes.pop("contract"), prime)
            attributes["contract_id"] = contract["id"]
        return attributes

    def _writes(self, collection: str, project: Row) -> tuple[Any, Callable[..., Row]]:
        if collection in KINDS:
            kind = KINDS[collection]
            return self.contract_check(kind, project), (
                lambda given, row, at=None: self.put_contract(kind, project, given, row, at)
            )
        if collection == "prime_contracts":
            return self.prime_errors, (
                lambda given, row, at=None: self.put_prime(project, given, row, at)
            )
        if collection == "direct_costs":
            return self.cost_errors, (
                lambda given, row, at=None: self.put_cost(project, given, row, at)
            )
        return self.order_errors, (
            lambda given, row, at=None: self.put_order(collection, project, given, row, at)
        )

    def _checked_lines(self, project: int, lines: list[Row]) -> None:
        for line in lines:
            self._checked(self.line_check(project, line))

    def _put_lines(
        self, collection: str, row: Row, lines: list[Row], known: dict[int, Row],
        at: datetime | None,
    ) -> None:  # fmt: skip
        table = LINE_TABLES[collection]
        for line in lines:
            before = known.get(line.get("id") or 0)
            if table == "change_order_lines":
                self.put_order_line(row, line, before, at)
            else:
                self.put_line(table, row, line, before, at)

    def _story_requisition(self, project: Row, data: Row, at: datetime | None) -> Row:
        """`items` are [{"line": position of the item, "work": ..., "retained": ...}]."""
        contract = self.named_contract(project, data.get("contract"), prime=False)
        if not self.contract_locked(contract):
            raise invalid({"contract": ["must be approved"]})
        attributes = {k: v for k, v in data.items() if k not in ("project", "contract", "items")}
        self._checked(self.requisition_errors(attributes, None))
        row = self.put_requisition(contract, attributes, None, at)
        self._bill_story(row, data.get("items", []), contract)
        return row

    def _bill_story(self, row: Row, given: list[Row], contract: Row) -> None:
        """`retainage_percent` of an item fills `retained`; the contract's is the default."""
        for update in given:
            items = [item for item in row["items"] if item["position"] == update.get("line")]
            if not items:
                raise invalid({"items": [f"no item {update.get('line')}"]})
            item = items[0]
            for name in ("work", "stored", "released", "retained", "stored_retained"):
                if name in update:
                    item[name] = round_cents(Decimal(str(update[name])))
            share = Decimal(str(update.get("retainage_percent", contract["retainage_percent"])))
            if "retained" not in update:
                item["retained"] = round_cents(item["work"] * share / 100)
            if "stored" in update and "stored_retained" not in update:
                item["stored_retained"] = round_cents(item["stored"] * share / 100)

    def story_update(self, collection: str, row: Row, data: Row, at: datetime | None) -> Row:
        """A change by hand. `lines` replaces the lines, `items` bills again."""
        if collection == "vendors":
            self._checked(self.vendor_check(data, row))
            return self.put_vendor(data, row, at)
        if collection in ("projects", "tax_codes", "line_item_types", "billing_periods"):
            return self._story_update_plain(collection, row, data, at)
        project = self.table("projects")[row["project_id"]]
        if collection == "cost_codes":
            return self.type_cost_code(project, data, row)
        if collection == "requisitions":
            return self._story_update_requisition(row, data, at)
        attributes = self._plain_header(collection, project, data)
        check, put = self._writes(collection, project)
        self._checked(check(attributes, row))
        if "lines" in data:
            self._replace_lines(collection, row, project, data["lines"], at)
        if "header_total" in attributes:
            total = attributes.pop("header_total")
            row["header_total"] = None if total is None else Decimal(str(total))
        return put(attributes, row, at)

    def _story_update_plain(self, collection: str, row: Row, data: Row, at: datetime | None) -> Row:
        if collection == "billing_periods":
            project = self.table("projects")[row["project_id"]]
            return self.put_period(project, data, row, at)
        row.update({name: value for name, value in data.items() if name in row})
        return self.touch(collection, row, at)

    def _story_update_requisition(self, row: Row, data: Row, at: datetime | None) -> Row:
        attributes = {k: v for k, v in data.items() if k not in ("project", "contract", "items")}
        self._checked(self.requisition_errors({**attributes, **(
            {"items": data["items"]} if "items" in data else {})}, row))  # fmt: skip
        _, contract = self.contract_of(row["commitment_id"]) or (None, None)
        assert contract
        self._bill_story(row, data.get("items", []), contract)
        return self.put_requisition(contract, attributes, row, at)

    def _replace_lines(
        self, collection: str, row: Row, project: Row, given: list[Row], at: datetime | None
    ) -> None:
        """Refused while the contract or change order is approved, and on locked records. One with
        the `id` of a line changes that line, and with nothing else leaves it as it is."""
        table = LINE_TABLES[collection]
        if self.lines_locked(collection, row):
            raise invalid({"base": ["The lines are locked"]})
        lines = [self.plain_line(project["id"], line) for line in given]
        self._checked_lines(project["id"], lines)
        known = {line["id"]: line for line in self.lines_of(table, row["id"])}
        named = {line.get("id") for line in lines}
        for number in [number for number in known if number not in named]:
            self.remove(table, known[number])
        changed = [line for line in lines if set(line) != {"id"}]
        self._put_lines(collection, row, changed, known, at)
        if table == "change_order_lines":
            self.total_order(row, at)

    def lines_locked(self, collection: str, row: Row) -> bool:
        if collection == "direct_costs":
            return bool(row.get("origin_id"))
        return row["status"].lower() in ("approved", "complete")

    def story_delete(self, collection: str, row: Row) -> None:
        drops: dict[str, Callable[[Row], None]] = {
            "purchase_order_contracts": self.drop_contract,
            "work_order_contracts": self.drop_contract,
            "prime_contracts": self.drop_prime,
            "commitment_change_orders": self.drop_order,
            "prime_change_orders": self.drop_order,
            "requisitions": self.drop_requisition,
            "direct_costs": self.drop_cost,
            "cost_codes": self.drop_cost_code,
        }
        if collection not in drops:
            raise refuse(405, f"{collection} cannot be deleted")
        drops[collection](row)

    # Routes.

    def _as_people(self, work: Callable[[], Any]) -> Any:
        """Events of the web pages name the person, not the service account."""
        self.actor = PEOPLE_ID
        try:
            with self.transaction():
                return work()
        finally:
            self.actor = USER_ID

    def _moment(self, data: Row) -> datetime | None:
        return datetime.fromisoformat(data.pop("at")) if data.get("at") else None

    @route("POST", "/control/procore/{collection}")
    def control_create(self, request: Request) -> Response:
        data, collection = dict(request.json() or {}), request.params["collection"]
        at = self._moment(data)
        row = self._as_people(lambda: self.story_create(collection, data, at))
        return Response(201, self.story_shown(collection, row))

    @route("PATCH", "/control/procore/{collection}/{id}")
    def control_update(self, request: Request) -> Response:
        data, collection = dict(request.json() or {}), request.params["collection"]
        at = self._moment(data)

        def work() -> Row:
            row = self.find_row(collection, request.params["id"])
            return self.story_update(collection, row, data, at)

        return Response(200, self.story_shown(collection, self._as_people(work)))

    @route("DELETE", "/control/procore/{collection}/{id}")
    def control_delete(self, request: Request) -> Response:
        collection = request.params["collection"]

        def work() -> None:
            self.story_delete(collection, self.find_row(collection, request.params["id"]))

        self._as_people(work)
        return Response(204)

    @route("POST", "/control/procore/direct_costs/{id}/copies")
    def control_copies(self, request: Request) -> Response:
        """Body: count, prefix: so many more direct costs like it, under numbers of their own. The
        answer has the id of each, its stamp, and the ids of its lines."""
        data, like = request.json(), self.find_row("direct_costs", request.params["id"])
        lines, total = self.lines_of("direct_cost_lines", like["id"]), self.cost_total(like)
        own = {"header_total": total, "origin_id": None, "id": None}
        made = []
        for n in range(int(data["count"])):
            number = f"{data['prefix']}{n:06}"
            row = self.insert("direct_costs", {**like, **own, "id": self.new_id(),
                                               "invoice_number": number})  # fmt: skip
            twins = [
                self.insert("direct_cost_lines", {**line, "id": self.new_id(),
                                                  "parent_id": row["id"]})
                for line in lines
            ]  # fmt: skip
            made.append([row["id"], stamp(row["updated_at"]), [line["id"] for line in twins]])
        return Response(200, {"made": made})

    @route("GET", "/control/procore/{collection}")
    def control_list(self, request: Request) -> Response:
        collection = request.params["collection"]
        return Response(200, [self.story_shown(collection, r) for r in self.rows(collection)])

    @route("GET", "/control/procore/{collection}/{id}")
    def control_show(self, request: Request) -> Response:
        collection = request.params["collection"]
        row = self.find_row(collection, request.params["id"])
        return Response(200, self.story_shown(collection, row))

    def story_shown(self, collection: str, row: Row) -> Row:
        """The row as the API shows it, or a short form."""
        if collection in KINDS:
            return self.contract_full(row)
        if collection == "requisitions":
            return self.requisition_shown(row, "items")
        if collection == "direct_costs":
            return self.cost_full(row)
        if collection == "prime_contracts":
            return self.prime_shown(row, full=True)
        if collection in LINE_TABLES:
            lines = self.lines_of("change_order_lines", row["id"])
            shown = [self.order_line_shown(line) for line in lines]
            return {**self.order_shown(row), "line_items": shown}
        hidden = ("authorization", "project_ids")
        return {name: value for name, value in row.items() if name not in hidden}
