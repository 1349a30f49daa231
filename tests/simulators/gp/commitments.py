"""The commitments that Procore's demo has, by the terms of GP: what an invoice may name."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.simulators import company

from .masters import vendor_ids

if TYPE_CHECKING:
    from tests.simulators.procore import ProcoreSimulator


@dataclass(frozen=True)
class Commitment:
    number: str
    status: str
    vendor: str  # GP's id, blank when Procore has none
    same_name: bool  # the vendor is called alike on both sides
    job: str
    currency: str
    lines: tuple[tuple[str, str, Decimal], ...]  # cost code, cost type, amount

    @property
    def billable(self) -> bool:
        """Its demo billings leave room: purchase orders have none, complete subcontracts 75 %."""
        known = self.status == "Complete" or (
            self.status == "Approved" and self.number.startswith("PO-")
        )
        codes = {code for code, _, _ in self.lines}
        usual = self.currency == company.CURRENCY and not codes & set(company.UNMAPPED_COST_CODES)
        return known and usual and bool(self.vendor)


@cache
def commitments(seed: int) -> tuple[Commitment, ...]:
    """As the stand-in for Procore plants them with the same seed."""
    from tests.simulators.procore import ProcoreSimulator

    procore = ProcoreSimulator(seed=seed)
    ids = {link["id"]: vendor_ids().get(link["number"] or "", "")
           for link in procore.state["vendor_links"]}  # fmt: skip
    names = {one.number: one.name for one in company.VENDORS}
    alike = {
        link["id"]
        for link in procore.state["vendor_links"]
        if procore.table("vendors")[link["id"]]["name"] == names.get(link["number"] or "")
    }
    jobs = {row["id"]: row["accounting_project_number"] for row in procore.rows("projects")}
    found = []
    for table in ("purchase_order_contracts", "work_order_contracts"):
        for row in procore.rows(table):
            lines = procore.rows("contract_lines", parent_id=row["id"])
            found.append(Commitment(
                row["number"], row["status"], ids.get(row["vendor_id"], ""),
                row["vendor_id"] in alike,
                jobs[row["project_id"]] or "", row["currency"],
                tuple(_line(procore, line) for line in lines),
            ))  # fmt: skip
    return tuple(found)


def _line(procore: ProcoreSimulator, row: dict[str, Any]) -> tuple[str, str, Decimal]:
    code = procore.table("cost_codes").get(row["cost_code_id"] or 0) or {"full_code": ""}
    kind = procore.table("line_item_types").get(row["line_item_type_id"] or 0) or {"code": ""}
    return code["full_code"], kind["code"], row["amount"]
