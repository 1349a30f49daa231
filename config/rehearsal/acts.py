"""What people do in the source while the connector runs. Knows the source's own words."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any
from urllib.error import HTTPError

from config.rehearsal.control import call

LEDGERS_OF_SOURCE = ("nav_procore",)
BOARDS = ("nav_monday",)
PENDING = ("fo_procore",)
ONE_WAY = ("gp_procore",)  # nothing of the field's is for the ledger


def things_happen(play: dict[str, Any], seed: int) -> int:
    """What people do on both sides. Returns how many things."""
    field, office = (play["ready"][side]["control_url"] for side in play["sides"])
    if play["integration"] in ONE_WAY:
        return in_the_gp_office(office, seed)
    if play["integration"] in BOARDS:
        return at_the_boards(field, office, seed)
    happened = in_the_field(field, seed)
    if play["integration"] in PENDING:
        happened += in_the_fo_office(office, seed)
    if play["integration"] in LEDGERS_OF_SOURCE:
        happened += in_the_office(office, seed)
    return happened


def in_the_fo_office(site: str, seed: int) -> int:
    """Payables: pending invoices posted, orders confirmed, the projects that lacked a value."""
    dice = random.Random(f"fo office {seed}")  # noqa: S311
    said = call(site, "ledger")
    ours = [row for row in said["drafts"] if not row["by_hand"]]
    orders = [row for row in said["purchase_orders"] if not row["by_hand"]]
    for row in dice.sample(ours, min(6, len(ours))):
        call(site, "fo/post_invoice", {"reference": row["number"]})
    for row in dice.sample(orders, min(3, len(orders))):
        call(site, "fo/confirm", {"number": row["number"]})
    lacking = call(site, "demo")["expected"]["missing_values"]["Project"]
    for value in lacking:
        call(site, "fo/add_value", {"dimension": "Project", "value": value, "name": value})
    return min(6, len(ours)) + min(3, len(orders)) + len(lacking)


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


def in_the_gp_office(site: str, seed: int) -> int:
    """Accountants: invoices typed, changed, posted, paid, voided and deleted; a vendor renamed.

    Half of it without a move of ModifiedDate, and the server has fallen asleep.
    """
    dice = random.Random(f"gp office {seed}")  # noqa: S311
    rows = call(site, "ledger")["invoices"]
    unposted = [row for row in rows if row["status"] == "unposted" and len(row["lines"]) > 1]
    posted = [row for row in rows if row["status"] == "posted"]
    changed, deleted, *to_post = dice.sample(unposted, 6)
    voided, *paid = dice.sample(posted, 6)
    for index, row in enumerate(dice.sample(posted, 4)):
        call(site, "gp/type_invoice", same_again(row, f"NEW-{seed}-{index}", post=index % 2 == 0))

    def by_hand(verb: str, row: dict[str, Any], **facts: Any) -> None:
        facts = {"id": row["id"], "touch": dice.random() < 0.5, **facts}
        call(site, f"gp/{verb}", facts)

    by_hand("change_invoice", changed, amount="777.77", force=True)
    by_hand("delete_invoice", deleted)
    by_hand("void_invoice", voided)
    for row in to_post:
        by_hand("post_invoice", row, force=True)
    for row in paid:
        by_hand("pay", row)
    renamed = {"VendorID": changed["vendor"], "VendorName": f"New Name {seed}"}
    call(site, "gp/change_vendor", renamed)
    call(site, "gp/settings", {"asleep": 3})
    return 4 + 3 + len(to_post) + len(paid) + 1


def same_again(row: dict[str, Any], number: str, **facts: Any) -> dict[str, Any]:
    """A new invoice on the accounts of one that stands."""
    given = [one for one in row["lines"] if one["kind"] == 6]
    lines = [{key: one[key] for key in ("account", "reference", "amount")} for one in given]
    return {"vendor": row["vendor"], "number": number, "order": "", "lines": lines, **facts}


def in_the_field(site: str, seed: int) -> int:
    """Approvals, new documents, a change and a deletion after posting. Returns how many."""
    dice = random.Random(seed)  # noqa: S311
    costs = call(site, "procore/direct_costs")
    orders = call(site, "procore/purchase_order_contracts")
    pending = [row for row in costs if row["status"] in ("draft", "pending")]
    waiting = [row for row in orders if row["status"] == "Submitted"]
    done = [row for row in costs if row["status"] == "approved" and row["line_items"]]
    plain = [row for row in done if row["direct_cost_type"] == "invoice" and row.get("vendor")
             and 0 < len(row["line_items"]) < 5 and row["line_items"][0]["cost_code"]
             and not row.get("origin_id")]  # fmt: skip
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


def at_the_boards(platform: str, ledger: str, seed: int) -> int:
    """Approvers decide, others tidy up; in NAV invoices come, change and are posted meanwhile."""
    dice = random.Random(f"boards {seed}")  # noqa: S311
    happened = typed_in_nav(ledger, dice, seed)
    for board in call(platform, "ledger")["boards"]:
        titles = {column["title"]: column["id"] for column in board["columns"]}
        items = [row for row in board["items"] if row["state"] == "active"
                 and row["texts"].get(titles.get("Ledger key", ""))]  # fmt: skip
        if len(items) > FEWEST:
            happened += on_one_board(platform, dice, titles, items)
    return happened


FEWEST = 12  # items of a board on which so much happens


def typed_in_nav(site: str, dice: random.Random, seed: int) -> int:
    """New invoices, one posted before anybody decided, an order changed."""
    said = call(site, "ledger")
    orders = [row for row in said["orders"] if row["approval"] == "Open" and row["net"] != "0.00"]
    known = dice.choice([row for row in said["invoices"] if row["currency"] in ("", "USD")])
    for index in range(4):
        type_one(site, dice, vendorNumber=known["vendor"], external=f"BRD-{seed}-{index}",
                 post=index == 3)  # fmt: skip
    for row in dice.sample(orders, min(2, len(orders))):
        call(site, "business_central/change_order",
             {"number": row["number"], "lines": [{"line": 1, "cost": "91.10"}]})  # fmt: skip
    return 4 + min(2, len(orders))


def type_one(site: str, dice: random.Random, **facts: Any) -> None:
    """A clerk whose account NAV refuses (blocked, or it wants a dimension) takes another one."""
    for left in reversed(range(10)):
        try:
            call(site, "business_central/type_cost", {**facts, "lines": [some_line(site, dice)]})
        except HTTPError as error:
            if error.code != 400 or not left:
                raise
        else:
            return


def some_line(site: str, dice: random.Random) -> dict[str, Any]:
    mapped = dice.choice(call(site, "demo")["mappings"])
    return {"account": mapped["account"], "quantity": "1", "description": "Rebar, 12 mm",
            "cost": f"{dice.randint(100, 99_999) / 100:.2f}"}  # fmt: skip


def on_one_board(
    site: str, dice: random.Random, titles: dict[str, str], items: list[dict[str, Any]]
) -> int:
    approved, rejected, undone = items[:4], items[4:6], items[6:8]
    renamed, repriced, put_away, copied = items[8:12]
    decision = titles["Approval"]

    def by_hand(verb: str, row: dict[str, Any], **facts: Any) -> None:
        call(site, f"monday/{verb}", {"item": row["id"], **facts})

    for row in approved:
        by_hand("status", row, column=decision, status="Approved")
    for row in rejected:
        by_hand("status", row, column=decision, status="Rejected")
    for row in undone:
        by_hand("status", row, column=decision, status="Approved")
        by_hand("status", row, column=decision, status="Pending review")
    by_hand("rename", renamed, name="Please ask Anna")
    by_hand("value", repriced, column=titles["Amount"], value="1.00")
    by_hand("archive", put_away)
    by_hand("restore", put_away)
    by_hand("update", copied, body="Can somebody look at this?")
    return len(approved) + len(rejected) + 2 * len(undone) + 5
