"""What Procore holds, for whoever has to account for every document."""

from __future__ import annotations

from decimal import Decimal

from ..messages import Request, Response
from ..routes import route
from .billing import gross
from .contracts import KINDS
from .story import LINE_TABLES, Story
from .values import ZERO, Row, round_cents, stamp

COMMITMENTS = tuple(kind.table for kind in KINDS.values())
DOCUMENTS = (*LINE_TABLES, "requisitions")
MARKED_UP = ("commitment_change_orders", "prime_change_orders")


class Totals(Story):
    """Documents and sums by status."""

    @route("GET", "/control/procore/totals")
    def control_totals(self, request: Request) -> Response:
        """Per collection: documents and sums by status, and a line for each document.

        Query: `collection`, `project` (number or id), `status`; each may be absent.
        """
        wanted = request.query.get("collection", list(DOCUMENTS))
        return Response(200, {"collections": {
            name: self._collection_totals(name, request) for name in wanted if name in DOCUMENTS
        }})  # fmt: skip

    def _collection_totals(self, collection: str, request: Request) -> Row:
        project, status = request.one("project"), request.query.get("status")
        found = [self._document_line(collection, row) for row in self.rows(collection)]
        found = [
            line
            for line in found
            if project in ("", line["project"], str(line["project_id"]))
            and (status is None or line["status"] in status)
        ]
        by_status: dict[str, Row] = {}
        for line in found:
            kept = by_status.setdefault(line["status"], {"documents": 0, "total": ZERO})
            kept["documents"] += 1
            kept["total"] += Decimal(line["amount"])
        for kept in by_status.values():
            kept["total"] = f"{kept['total']:.2f}"
        total = sum((Decimal(line["amount"]) for line in found), ZERO)
        return {
            "documents": len(found), "total": f"{total:.2f}", "by_status": by_status, "ids": found,
        }  # fmt: skip

    def _document_line(self, collection: str, row: Row) -> Row:
        """`amount`: what the document says, which is its lines' sum unless its header says else;
        of a requisition what is due now (gross less retainage)."""
        line: Row = {"lines": len(row.get("items", []))}
        if collection == "requisitions":
            gross, retainage, amount = self.requisition_amounts(row)
            line |= {"gross": f"{gross:.2f}", "retainage": f"{retainage:.2f}"}
        else:
            markup = self.markup_total(row) if collection in MARKED_UP else ZERO
            lines = self.lines_total(LINE_TABLES[collection], row["id"]) + markup
            header = row.get("header_total")
            amount = lines if header is None else header
            line |= {"lines": len(self.rows(LINE_TABLES[collection], parent_id=row["id"])),
                     "markup": f"{markup:.2f}"}  # fmt: skip
        contract = self.contract_of(row.get("commitment_id") or row.get("contract_id"))
        vendor_id = row.get("vendor_id") or (contract[1]["vendor_id"] if contract else None)
        vendor = self.table("vendors").get(vendor_id or 0)
        project = self.table("projects")[row["project_id"]]
        contract_id = (
            row["id"]
            if collection in COMMITMENTS
            else (row.get("commitment_id") or row.get("contract_id"))
        )
        return {
            "contract_id": contract_id, "codes": self._by_code(collection, row),
            **self._told_apart(collection, row),
            "id": row["id"], "number": str(row.get("invoice_number") or row.get("number") or ""),
            "status": row["status"], "project": project["project_number"],
            "project_id": project["id"], "amount": f"{amount:.2f}", "currency": row["currency"],
            "vendor_id": vendor_id, "vendor": vendor["name"] if vendor else None,
            "date": row.get("direct_cost_date") or row.get("billing_date") or (
                row.get("contract_date")),
            "origin_id": row.get("origin_id"), "updated_at": stamp(row["updated_at"]), **line,
        }  # fmt: skip

    def _amounts(self, collection: str, row: Row) -> list[tuple[Row, Decimal]]:
        """Its lines, each with its amount, of a requisition gross."""
        if collection == "requisitions":
            return [(self._line_of(item), gross(item)) for item in row["items"]]
        rows = self.rows(LINE_TABLES[collection], parent_id=row["id"])
        return [(line, line["amount"]) for line in rows]

    def _by_code(self, collection: str, row: Row) -> dict[str, str]:
        """Sums of the lines by cost code and type (their ids)."""
        found: dict[str, Decimal] = {}
        for line, amount in self._amounts(collection, row):
            code = f"{line['cost_code_id']}/{line['line_item_type_id']}"
            found[code] = found.get(code, ZERO) + amount
        return {code: f"{amount:.2f}" for code, amount in found.items()}

    def _told_apart(self, collection: str, row: Row) -> Row:
        """What tells lines apart beside code and type, and amounts that are not simply lines'."""
        parts: dict[str, Decimal] = {}
        lines = self._amounts(collection, row)
        for line, amount in lines:
            wbs = self.table("wbs_codes").get(line.get("wbs_code_id") or 0, {})
            own = [*self.sub_job_part(wbs), *self.own_parts(wbs)]
            if name := " ".join(f"{title} {path}" for _, title, _, _, path in own):
                parts[name] = parts.get(name, ZERO) + amount
        moved = sum((item["moved"] for item in row.get("items", [])), ZERO)
        return {
            "segments": {name: f"{amount:.2f}" for name, amount in parts.items()},
            "fractions": sum(amount != round_cents(amount) for _, amount in lines),
            "moved": f"{moved:.2f}",
        }  # fmt: skip

    def _line_of(self, item: Row) -> Row:
        """The line of a contract or its change order that an item bills; itself where it went."""
        changes = item["item_type"] == "change_order_item"
        lines = self.table("change_order_lines" if changes else "contract_lines")
        return lines.get(item["line_item_id"]) or {"line_item_type_id": None, **item}
