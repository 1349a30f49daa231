"""What F&O adds to our lines by its own rules, and what it refuses by them."""

from __future__ import annotations

from typing import ClassVar

from config.rehearsal.both_sides import Booked
from config.rehearsal.scenes.dynamics_procore import CODES, REFUSED, Added
from config.rehearsal.scenes.procore import InTheField, numbered
from connections.errors import Reason


class DerivedInOperations(Added):
    """A cost code brings a department; an order begins with the department of its vendor."""

    title = "derived dimensions and those of vendors, which F&O adds, are shown"
    departments: ClassVar[dict[str, str]] = {CODES[0]: "SHOP", CODES[1]: ""}
    order: ClassVar[str] = numbered("PO-DIM")

    def set(self) -> None:
        rule = {"dimension": "CostCode", "value": CODES[0], "derives": "Department", "as": "SHOP"}
        self.setting.office("fo/settings", {"derived": [rule]})
        self.setting.office("fo/vendor_dimensions", {
            "vendor": self.number_of(self.vendors[1]), "values": {"Department": "OFFICE"},
        })  # fmt: skip
        self.added()
        line = {**self.line("75.00", CODES[1]), "description": self.order}
        self.enter("purchase_order_contracts", {
            "project": self.place, "vendor": self.vendors[1], "number": self.order,
            "title": "Tiles", "status": "Approved", "executed": True,
            "contract_date": self.today, "lines": [line],
        })  # fmt: skip

    @property
    def orders(self) -> list[Booked]:
        return self.under(self.order)

    def count(self) -> int:
        return super().count() + len(self.orders)

    def check(self) -> list[str]:
        heads = [one.dimensions.get("DEPARTMENT") for one in self.orders]
        wrong = [] if heads == ["OFFICE"] else [f"{self.order} is of {heads}"]
        return super().check() + self.worth(self.order, "75.00") + wrong


class RefusedByOperations(InTheField):
    """Somebody suspends a value while documents name it."""

    title = "a suspended dimension value holds its document and is named"
    place = "P-1000"
    code = "12-300"

    def play(self) -> None:
        suspended = {"dimension": "CostCode", "value": self.code}
        self.setting.office("fo/suspend", suspended)
        self.cost(REFUSED, self.line("47.00", self.code))

    def count(self) -> int:
        rows = self.setting.field("procore/direct_costs")
        there = [row for row in rows if row.get("invoice_number") == REFUSED]
        return len(there) - len(self.under(REFUSED))

    def check(self) -> list[str]:
        return self.held(REFUSED, Reason.DIMENSION, self.code)
