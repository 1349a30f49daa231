"""What people do in the source while the connector runs. Knows the source's own words."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from config.rehearsal.control import call


def things_happen(play: dict[str, Any], seed: int) -> int:
    """Approvals, new documents, a change and a deletion after posting. Returns how many."""
    site, dice = play["ready"][play["sides"][0]]["control_url"], random.Random(seed)  # noqa: S311
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
