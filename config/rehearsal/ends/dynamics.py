"""Business Central and NAV in a rehearsal: what stands there, and what people do in the office."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError

from config.rehearsal.both_sides import (
    Amounts,
    Booked,
    BookedLine,
    Ledger,
    Site,
    net,
    upper,
)
from config.rehearsal.control import call
from connections.documents import LEDGER_INVOICE, LEDGER_MEMO, LEDGER_ORDER
from connections.models import Integration
from syncs.flows.boards import ItemFlow
from syncs.flows.purchases import LedgerFlow
from syncs.flows.standing_orders import StandingOrders
from syncs.models import Record
from syncs.registry import flows_of

LIMITS = {"requests": 100_000}
CALLS = ".*/(api|ODataV4)/.*"
SLOW_AFTER_REFUSAL = False
ADDS_VALUES = False
DEPARTMENT = "DEPARTMENT"
SITES: dict[str, Site] = {}
LISTS = {  # kind of purchase document -> where the stand-in lists it, and its type in words
    LEDGER_ORDER: ("orders", "Order"),
    LEDGER_INVOICE: ("invoices", "Invoice"),
    LEDGER_MEMO: ("memos", "Credit Memo"),
}


def sources(integration: Integration, site: str, worth: str) -> dict[str, Amounts]:
    """Per flow of purchase documents."""
    said = call(site, "ledger")
    found = {}
    for name, flow in flows_of(integration).items():
        if isinstance(flow, (LedgerFlow, ItemFlow)):
            listed, words = LISTS[flow.kind if isinstance(flow, LedgerFlow) else flow.shows]
            known = Record.objects.filter(integration=integration, flow=name)
            ids = set(known.values_list("source_id", flat=True))
            found[name] = {source_id(row, words, ids): Decimal(row[worth]) for row in said[listed]}
        elif isinstance(flow, StandingOrders):
            found[name] = {row["id"]: Decimal(row["gross"]) for row in said["orders"]
                           if row["by_hand"]}  # fmt: skip
    return found


def source_id(row: dict[str, Any], kind: str, known: set[str]) -> str:
    """By which name a purchase document is known: page services have no ids of their own."""
    return next((name for name in names(row, kind) if name in known), str(row["id"]))


def names(row: dict[str, Any], kind: str) -> list[str]:
    return [str(row["id"]), f"{kind}/{row['draft']}", f"Posted {kind}/{row['number']}"]


def books(site: str) -> Ledger:
    said = call(site, "ledger")
    documents, hand_typed = {}, set()
    for words, listed in said["documents"].items():
        for row in listed["list"]:
            documents[row["number"]] = (-1 if words == "Credit Memo" else 1) * Decimal(row["total"])
            if row["by_hand"]:
                hand_typed.add(row["number"])
    for row in said["orders"]:
        documents[row["number"]] = Decimal(row["gross"])
        if row["by_hand"]:
            hand_typed.add(row["number"])
    booked_by_hand = {row["documentNumber"] for row in said["journals"]["list"] if row["by_hand"]}
    return Ledger(
        documents=documents,
        journals={row["documentNumber"]: net(row) for row in said["journals"]["list"]},
        vendors=set(said["vendors"]),
        values=set(said["dimension_values"]),
        by_dimension=said["values"],
        hand_typed=hand_typed | booked_by_hand,
        undecided=undecided(said),
        passed_over=passed_over(said),
        balanced=said["balanced"],
    )


def booked(site: str) -> list[Booked]:
    """Posted documents under the vendor's number, and posted journals."""
    said = call(site, "ledger")
    posted = [row for kind in said["documents"].values() for row in kind["list"]]
    found = [
        Booked(row["vendorInvoiceNumber"], row["number"], row["currency"], row["postingDate"],
               (-1 if row["documentType"] == "Credit Memo" else 1) * Decimal(row["total"]),
               lines_of(row), upper(row["dimensions"]))
        for row in posted
    ]  # fmt: skip
    return found + [
        Booked(row["documentNumber"], row["documentNumber"], "", row["postingDate"], net(row),
               lines_of(row))
        for row in said["journals"]["list"]
    ]  # fmt: skip


def lines_of(row: dict[str, Any]) -> tuple[BookedLine, ...]:
    return tuple(
        BookedLine(line["account"], Decimal(line["amount"]), line["description"],
                   upper(line["dimensions"]))
        for line in row["lines"]
    )  # fmt: skip


def add_department(site: str, value: str) -> None:
    made = {"dimension": DEPARTMENT, "code": value, "name": f"Place {value}"}
    call(site, "business_central/add_value", made)


def add_account(site: str, number: str, name: str) -> None:
    call(site, "business_central/add_account", {"number": number, "name": name})


def book_journal(site: str, number: str, lines: Sequence[dict[str, Any]]) -> None:
    call(site, "business_central/book_journal", {"number": number, "lines": list(lines)})


def passed_over(said: dict[str, Any]) -> set[str]:
    """What we wrote there, and what is cancelled, by all the names that a source may have."""
    return {
        name for listed, words in LISTS.values() for row in said[listed]
        if not row["by_hand"] or row["status"] == "Canceled" for name in names(row, words)
    }  # fmt: skip


def undecided(said: dict[str, Any]) -> set[str]:
    """By the number that they have now, or had as drafts."""
    listed = [row for row in said["orders"] + said["invoices"] if not row["posted"]]
    waiting = [row for row in listed if row["approval"] == "Open"]
    return {row[name] for row in waiting for name in ("number", "draft")}


def people(integration: Integration, site: str, seed: int) -> int:
    """Only where its purchase documents are looked at."""
    flows = flows_of(integration).values()
    if any(isinstance(flow, StandingOrders) for flow in flows):
        return beside_our_orders(site, seed)
    if any(isinstance(flow, ItemFlow) for flow in flows):
        return beside_boards(site, seed)
    return in_the_office(site, seed) if any(isinstance(flow, LedgerFlow) for flow in flows) else 0


def in_the_office(site: str, seed: int) -> int:
    """Buyers and bookkeepers: orders released, changed, deleted and billed, costs typed."""
    dice = random.Random(f"office {seed}")  # noqa: S311
    orders = call(site, "ledger")["orders"]
    open_ones = [row for row in orders if row["approval"] == "Open" and row["net"] != "0.00"]
    released = [row for row in orders if row["approval"] == "Released"]
    changed, deleted, *billed = dice.sample(released, 5)

    def by_hand(verb: str, **facts: Any) -> None:
        call(site, f"business_central/{verb}", facts)

    for row in dice.sample(open_ones, min(3, len(open_ones))):
        by_hand("release_order", number=row["number"])
    by_hand("change_order", number=changed["number"], lines=[{"line": 1, "cost": "77.31"}])
    if not deleted["external"]:  # an order that was billed in part stays
        by_hand("delete_order", number=deleted["number"])
    for index, row in enumerate(billed):
        external = f"NEW-{seed}-{index}"
        by_hand("bill_order", number=row["number"], external=external, share="0.25")
    return min(3, len(open_ones)) + 1 + (not deleted["external"]) + len(billed)


def beside_our_orders(site: str, seed: int) -> int:
    """A buyer types an order, and changes one that we made."""
    dice = random.Random(f"buyers {seed}")  # noqa: S311
    said = call(site, "ledger")
    ours = [row for row in said["orders"] if not row["by_hand"] and row["approval"] == "Open"]
    type_one(site, dice, "type_order", vendorNumber=dice.choice(ours)["vendor"])
    edited = dice.choice(ours)
    call(site, "business_central/change_order",
         {"number": edited["number"], "lines": [{"line": 2, "cost": "77.31"}]})  # fmt: skip
    return 2


def beside_boards(site: str, seed: int) -> int:
    """New invoices, one posted before anybody decided, an order changed."""
    dice = random.Random(f"boards {seed}")  # noqa: S311
    said = call(site, "ledger")
    orders = [row for row in said["orders"] if row["approval"] == "Open" and row["net"] != "0.00"]
    known = dice.choice([row for row in said["invoices"] if row["currency"] in ("", "USD")])
    for index in range(4):
        type_one(site, dice, "type_cost", vendorNumber=known["vendor"],
                 external=f"BRD-{seed}-{index}", post=index == 3)  # fmt: skip
    for row in dice.sample(orders, min(2, len(orders))):
        call(site, "business_central/change_order",
             {"number": row["number"], "lines": [{"line": 1, "cost": "91.10"}]})  # fmt: skip
    return 4 + min(2, len(orders))


def type_one(site: str, dice: random.Random, verb: str, amount: str = "", **facts: Any) -> None:
    """A clerk whose account NAV refuses (blocked, or it wants a dimension) takes another one."""
    for left in reversed(range(10)):
        line = some_line(site, dice, amount)
        try:
            call(site, f"business_central/{verb}", {**facts, "lines": [line]})
        except HTTPError as error:
            if error.code != 400 or not left:
                raise
        else:
            return


def some_line(site: str, dice: random.Random, amount: str = "") -> dict[str, Any]:
    mapped = dice.choice(call(site, "demo")["mappings"])
    cost = amount or f"{dice.randint(100, 99_999) / 100:.2f}"
    return {"account": mapped["account"], "quantity": "1", "description": "Rebar, 12 mm",
            "cost": cost, "amount": cost}  # fmt: skip
