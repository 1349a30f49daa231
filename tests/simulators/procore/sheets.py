"""What the screen of each kind of document shows and lets people change, and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import change_orders, direct_costs, requisitions
from .contracts import KINDS
from .values import Row

COMMITMENTS, INVOICING, COSTS = "contracts/commitments", "invoicing", "direct_costs"
PRIMES, CODES = "contracts/prime_contracts", "cost_codes"
LISTS = {
    COMMITMENTS: "Commitments",
    INVOICING: "Invoicing",
    COSTS: "Direct costs",
    PRIMES: "Prime contract change orders",
    CODES: "Cost codes",
}


@dataclass(frozen=True)
class Sheet:
    """A kind of document. The first of the texts is its number."""

    title: str
    place: str
    list: str
    texts: tuple[str, ...]
    statuses: tuple[str, ...]
    dates: tuple[str, ...]
    vendor: bool = False


def _contract(title: str, name: str) -> Sheet:
    return Sheet(
        title, f"{COMMITMENTS}/{name}/{{id}}", COMMITMENTS, ("number", "title"),
        KINDS[name].statuses, ("contract_date",), vendor=True,
    )  # fmt: skip


def _order(title: str, list: str) -> Sheet:
    return Sheet(
        title, f"{list}/{{contract}}/change_orders/{{id}}", list, ("number", "title"),
        change_orders.STATUSES, ("due_date", "signed_change_order_received_date"),
    )  # fmt: skip


SHEETS = {
    "purchase_order_contracts": _contract("Purchase order", "purchase_order_contracts"),
    "work_order_contracts": _contract("Subcontract", "work_order_contracts"),
    "commitment_change_orders": _order("Commitment change order", COMMITMENTS),
    "prime_change_orders": _order("Prime contract change order", PRIMES),
    "requisitions": Sheet(
        "Subcontractor invoice", f"{COMMITMENTS}/{{contract}}/requisitions/{{id}}", INVOICING,
        ("invoice_number",), requisitions.STATUSES, ("billing_date",),
    ),
    "direct_costs": Sheet(
        "Direct cost", "direct_costs/{id}", COSTS, ("invoice_number", "description"),
        direct_costs.STATUSES, ("direct_cost_date", "received_date"), vendor=True,
    ),
}  # fmt: skip
_PLACES = {
    collection: re.compile(sheet.place.format(id=r"(\d+)", contract=r"\d+"))
    for collection, sheet in SHEETS.items()
}


def address(collection: str, row: Row) -> str:
    """The path of a document's screen."""
    contract = row.get("commitment_id") or row.get("contract_id")
    place = SHEETS[collection].place.format(id=row["id"], contract=contract)
    return of_list(row["project_id"], place)


def of_list(project: int, name: str) -> str:
    return f"/web/{project}/project/{name}"


def found(place: str) -> tuple[str, str] | None:
    """Collection and id of a place under a project."""
    for collection, pattern in _PLACES.items():
        if at := pattern.fullmatch(place):
            return collection, at[1]
    return None


def words(name: str) -> str:
    """A field or a status, as people read it: "contract_date" is "Contract date"."""
    return name.replace("_", " ").capitalize() if name == name.lower() else name
