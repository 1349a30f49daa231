"""Lines of contracts, direct costs and change orders: coding, amounts, shape."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from .base import COMPANY_ID
from .codes import cost_type_shown
from .taxes import Taxes
from .values import ZERO, Errors, Row, money, number, quirks, round_cents, round_line, stamp

FIELDS = ("uom", "description", "tax_code_id", "origin_id", "origin_data", "ref")
NUMBERS = ("amount", "manual_amount", "quantity", "unit_cost")


class Lines(Taxes):
    """What all line kinds share."""

    def line_check(self, project: int, attributes: Row) -> Errors:
        errors: Errors = {}
        for name in NUMBERS:
            try:
                number(attributes.get(name) or 0)
            except ValueError:
                errors[name] = ["is not a number"]
        for name, table in (("cost_code_id", "cost_codes"), ("wbs_code_id", "wbs_codes")):
            given = attributes.get(name)
            row = self.table(table).get(int(str(given))) if str(given).isdigit() else None
            if given and (row is None or row["project_id"] != project):
                errors[name] = ["is invalid"]
        for name, table in (("line_item_type_id", "line_item_types"), ("tax_code_id", "tax_codes")):
            given = attributes.get(name)
            if given and int(given) not in self.table(table):
                errors[name] = ["is invalid"]
        return errors

    def line_values(self, project: int, attributes: Row, row: Row | None) -> Row:
        """The stored values of a line after a write."""
        kept = {**(row or dict.fromkeys((*FIELDS, "quantity", "unit_cost")))}
        kept |= {name: attributes[name] for name in FIELDS if name in attributes}
        if kept.get("tax_code_id"):
            kept["tax_code_id"] = int(kept["tax_code_id"])
        for name in ("quantity", "unit_cost"):
            if name in attributes:
                value = attributes[name]
                kept[name] = None if value is None else number(value)
        kept |= self._coding(project, attributes, kept)
        kept["extended_type"], kept["amount"] = self._amount(attributes, kept)
        return kept

    def _amount(self, attributes: Row, kept: Row) -> tuple[str, Decimal]:
        """Calculated is quantity times unit cost; manual is the amount as given."""
        given = attributes.get("manual_amount", attributes.get("amount"))
        quantity, unit_cost = kept["quantity"], kept["unit_cost"]
        kind = attributes.get("extended_type")
        if kind is None:
            kind = kept.get("extended_type") or "calculated" if given is None else "manual"
        if kind == "calculated" and quantity is not None and unit_cost is not None:
            return kind, round_line(quantity * unit_cost)
        if given is None:
            return "manual", kept.get("amount", ZERO)
        return "manual", round_line(number(given))

    def _coding(self, project: int, attributes: Row, kept: Row) -> Row:
        """`wbs_code_id` wins over cost code and cost type."""
        if attributes.get("wbs_code_id"):
            wbs = self.table("wbs_codes")[int(attributes["wbs_code_id"])]
            names = ("cost_code_id", "line_item_type_id")
            return {"wbs_code_id": wbs["id"], **{name: wbs[name] for name in names}}
        code = attributes.get("cost_code_id", kept.get("cost_code_id"))
        kind = attributes.get("line_item_type_id", kept.get("line_item_type_id"))
        code, kind = (int(value) if value else None for value in (code, kind))
        return {
            "cost_code_id": code, "line_item_type_id": kind,
            "wbs_code_id": self.wbs_code_of(project, code, kind),
        }  # fmt: skip

    def line_shown(self, row: Row, holder: str) -> Row:
        code = self.table("cost_codes").get(row["cost_code_id"] or 0)
        kind = self.table("line_item_types").get(row["line_item_type_id"] or 0)
        project = self.table("projects")[row["project_id"]]
        return quirks(row["id"], {
            "id": row["id"], "position": row["position"], "description": row["description"],
            "amount": money(row["amount"]), "extended_amount": money(row["amount"]),
            "total_amount": money(row["amount"]), "quantity": money(row["quantity"]),
            "unit_cost": money(row["unit_cost"]), "uom": row["uom"],
            "extended_type": row["extended_type"], "tax_code_id": row["tax_code_id"],
            "cost_code": self.cost_code_shown(code) if code else None,
            "line_item_type": cost_type_shown(kind) if kind else None,
            "wbs_code": self.wbs_short(row["wbs_code_id"]),
            "holder": {"id": row["parent_id"], "holder_type": holder},
            "company": {"id": COMPANY_ID, "name": self.state["company"]["name"]},
            "project": {"id": project["id"], "name": project["name"]},
            "currency_configuration": {"currency_iso_code": row["currency"]},
            "origin_id": row["origin_id"], "origin_data": row["origin_data"],
            "created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"]),
        })  # fmt: skip

    def put_line(
        self,
        table: str,
        parent: Row,
        attributes: Row,
        row: Row | None,
        at: datetime | None = None,
    ) -> Row:
        """Writes a line of a parent; the parent's header moves only if the setting says so."""
        values = self.line_values(parent["project_id"], attributes, row)
        if row is not None:
            row.update(values)
            self.touch(table, row, at)
        else:
            others = (row["position"] for row in self.rows(table, parent_id=parent["id"]))
            position = max(others, default=0) + 1
            row = self.insert(table, {
                **values, "parent_id": parent["id"], "project_id": parent["project_id"],
                "position": position, "currency": parent["currency"],
            }, at)  # fmt: skip
        if self.settings["lines_touch_header"]:
            parent["updated_at"] = at or self.now()
        return row

    def lines_of(self, table: str, parent: int) -> list[Row]:
        return sorted(self.rows(table, parent_id=parent), key=lambda row: row["position"])

    def lines_total(self, table: str, parent: int) -> Decimal:
        """A header shows whole cents."""
        return round_cents(sum((row["amount"] for row in self.rows(table, parent_id=parent)), ZERO))
