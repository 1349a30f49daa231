"""What people do in the source while the connector runs. Knows the source's own words."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from config.rehearsal.control import call

LEDGERS_OF_SOURCE = ("nav_procore",)


def things_happen(play: dict[str, Any], seed: int) -> int:
    """What people do on both sides. Returns how many things."""
    field, office = (play["ready"][side]["control_url"] for side in play["sides"])
    happened = in_the_field(field, seed)
    if play["integration"] in LEDGERS_OF_SOURCE:
        happened += in_the_office(office, seed)
    return happened


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


def in_the_field(site: str, seed: int) -> int:
    """Approvals, new documents, a change and a deletion after posting. Returns how many."""
    dice = random.Random(seed)  # noqa: S311
    costs = call(site, "procore/direct_costs")
    orders = call(site, "procore/purchase_order_contracts")
    pending = [row for row in costs if row["status"] in ("draft", "pending")]
    waiting = [row for row in orders if row["status"] == "Submitted"]
    done = [row for row in costs if row["status"] == "approved" and row["line_items"]]
    plain = [row for row in done if row["direct_cost_type"] == "invoice" and row.get("vendor")
             and 0 < len(row["line_items"]) < 5 and not row.get("origin_id")]  # fmt: skip
    for row in dice.sample(pending, min(6, len(pending))):
        change(site, "direct_costs", row, status="approved")
    for row in dice.sample(waiting, min(3, len(waiting))):
        change(site, "purchase_order_contracts", row, status="Approved")
    for number, row in enumerate(dice.sample(plain, min(8, len(plain)))):
        call(site, "procore/direct_costs", like(row, f"NEW-{seed}-{number}", dice))
    edited, dropped = dice.sample(plain, 2)
    change(site, "direct_costs", edited, lines=[line(edited["line_items"][0], "77.31")])
    call(site, f"procore/direct_costs/{dropped['id']}", method="DELETE")
    return min(6, len(pending)) + min(3, len(waiting)) + min(8, len(plain)) + 2


def change(site: str, collection: str, row: dict[str, Any], **facts: Any) -> None:
    call(site, f"procore/{collection}/{row['id']}", facts, "PATCH")


def like(row: dict[str, Any], number: str, dice: random.Random) -> dict[str, Any]:
    """A new approved cost beside one that exists."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    cents = f"{dice.randint(100, 999_999) / 100:.2f}"
    return {
        "project": row["project"]["id"], "direct_cost_type": "invoice",
        "vendor": row["vendor"]["name"], "invoice_number": number, "direct_cost_date": today,
        "received_date": today, "status": "approved",
        "lines": [line(row["line_items"][0], cents)],
    }  # fmt: skip


def line(given: dict[str, Any], amount: str) -> dict[str, Any]:
    return {
        "cost_code": given["cost_code"]["full_code"],
        "cost_type": given["line_item_type"]["code"],
        "amount": amount,
        "description": given["description"] or "Material",
    }
