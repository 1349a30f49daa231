"""Financial markup of a change order: in its total, never in its cost lines.

Horizontal markup is worked out line by line, vertical markup as a subtotal over all lines
(reference, "Financial Markups", `markup_set`). The lines of the new model know nothing of it; the
package, the old model's twin, tells it: `markup_line_items` of each line, with the markup's name
and where its cost goes, if anywhere (reference, "Show Change Order Package").
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from .change_orders import ChangeOrders
from .codes import cost_type_shown
from .values import ZERO, Row, money, round_cents, stamp


class Markups(ChangeOrders):
    def total_order(self, row: Row, at: datetime | None = None) -> None:
        super().total_order(row, at)
        row["grand_total"] += self.markup_total(row)
        package = self.table("change_order_packages").get(row["legacy_package_id"] or 0)
        if package:
            package["grand_total"] = row["grand_total"]

    def markup_total(self, row: Row) -> Decimal:
        lines = self.lines_of("change_order_lines", row["id"])
        parts = [self.markup_of(row, one, line) for one in self.own(row) for line in lines]
        return sum(parts, ZERO)

    def own(self, row: Row) -> list[Row]:
        found: list[Row] = row.get("markups") or []
        return found

    def markup_of(self, row: Row, markup: Row, line: Row) -> Decimal:
        """A vertical one stands whole beside the last line, which closes its subtotal."""
        share = Decimal(str(markup["percentage"])) / 100
        if markup["set"] == "horizontal":
            return round_cents(line["amount"] * share)
        lines = self.lines_of("change_order_lines", row["id"])
        whole = sum((one["amount"] for one in lines), ZERO)
        return round_cents(whole * share) if line["id"] == lines[-1]["id"] else ZERO

    def package_full(self, row: Row) -> Row:
        shown = super().package_full(row)
        table, order_id = row["order"] or ("", 0)
        order = self.table(table).get(order_id) if table else None
        lines = self.lines_of("change_order_lines", order_id)
        for line, there in zip(lines, shown["line_items"], strict=True):
            parts = [(one, self.markup_of(order or {}, one, line)) for one in self.own(order or {})]
            there["markup_line_items"] = [
                self.markup_shown(order or {}, one, amount, place)
                for place, (one, amount) in enumerate(parts) if amount and not one.get("untold")
            ]  # fmt: skip
            across = [amount for one, amount in parts if one["set"] == "horizontal"]
            there["total_amount"] = money(line["amount"] + sum(across, ZERO))
        return shown

    def markup_shown(self, order: Row, markup: Row, amount: Decimal, place: int) -> Row:
        where = markup.get("cost_code_id"), markup.get("line_item_type_id")
        code = self.table("cost_codes").get(where[0] or 0)
        kind = self.table("line_item_types").get(where[1] or 0)
        wbs = markup.get("wbs_code_id") or self.wbs_code_of(order["project_id"], *where)
        sub_job = self.sub_job_part(self.table("wbs_codes").get(wbs or 0, {}))
        return {
            "id": order["id"] * 100 + place, "amount": money(amount),
            "created_at": stamp(order["created_at"]), "updated_at": stamp(order["updated_at"]),
            "currency_configuration": {"currency_iso_code": order["currency"]},
            "markup": {
                "id": order["id"] * 10 + place, "name": markup["name"], "position": place + 1,
                "markup_set": f"change_orders_{markup['set']}",
                "percentage": str(markup["percentage"]), "compounds_markups_above": False,
                "destination_cost_code": {
                    name: code[name] for name in ("origin_id", "origin_data")
                } if code else None,
                "wbs_code_id": wbs,
                "destination_line_item_type": cost_type_shown(kind) if kind else None,
                "destination_sub_job": self.sub_job_shown(sub_job[0][3]) if sub_job else None,
            },
        }  # fmt: skip
