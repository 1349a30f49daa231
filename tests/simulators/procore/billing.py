"""The arithmetic of a subcontractor invoice (sheet 4.7). Amounts are Decimal."""

from __future__ import annotations

from decimal import Decimal

from .values import ZERO, Row, cents, number, percent, round_cents

# What an item holds; "before" is what earlier invoices brought.
AMOUNTS = (
    "scheduled", "work_before", "work", "stored_before", "stored", "retained_before", "retained",
    "released", "stored_retained_before", "stored_retained", "stored_released", "moved",
    "retained_moved",
)  # fmt: skip
WRITE = {
    "work_completed_this_period": "work",
    "materials_presently_stored": "stored",
    "stored_materials": "stored",
    "work_completed_retainage_retained_this_period": "retained",
    "work_completed_retainage_released_this_period": "released",
    "materials_stored_retainage_currently_retained": "stored_retained",
    "materials_stored_retainage_released_this_period": "stored_released",
}


def gross(item: Row) -> Decimal:
    """Work of this period and the change of stored materials; what was moved is billed already."""
    return Decimal(item["work"] + item["stored"] - item["stored_before"] + item["moved"])


def retainage(item: Row) -> Decimal:
    """Retained less released, of this period."""
    stored = item["stored_retained"] - item["stored_retained_before"] + item["retained_moved"]
    return Decimal(item["retained"] - item["released"] + stored)


def net(item: Row) -> Decimal:
    return gross(item) - retainage(item)


def completed(item: Row) -> Decimal:
    return Decimal(item["work_before"] + item["work"] + item["stored"])


def held(item: Row) -> Decimal:
    """All that is retained at the end of the period."""
    return Decimal(item["retained_before"] + item["retained"] - item["released"]) + Decimal(
        item["stored_retained"]
    )


def carried(item: Row, moves: bool) -> Row:
    """What the next invoice starts from. A project's option moves stored materials to completed
    work by itself (support.procore.com, About Stored Materials)."""
    if moves:
        return {
            "work_before": item["work_before"] + item["work"] + item["stored"],
            "stored_before": item["stored"], "moved": item["stored"],
            "retained_before": item["retained_before"] + item["retained"] - item["released"]
            + item["stored_retained"],
            "stored_retained_before": item["stored_retained"],
            "retained_moved": item["stored_retained"],
        }  # fmt: skip
    return {
        "work_before": item["work_before"] + item["work"], "stored_before": item["stored"],
        "stored": item["stored"],
        "retained_before": item["retained_before"] + item["retained"] - item["released"],
        "stored_retained_before": item["stored_retained"],
        "stored_retained": item["stored_retained"],
    }  # fmt: skip


def total(items: list[Row], name: str) -> Decimal:
    return sum((item[name] for item in items), ZERO)


def summary(items: list[Row], previous: list[Row], period: str) -> Row:
    """The summary block: every line of it follows from the items."""
    base = [item for item in items if item["item_type"] == "contract_item"]
    changes = [item for item in items if item["item_type"] == "change_order_item"]
    original, change = total(base, "scheduled"), total(changes, "scheduled")
    done = sum((completed(item) for item in items), ZERO)
    stored_retained = total(items, "stored_retained")
    retained = sum((held(item) for item in items), ZERO)
    earned = done - retained
    certified = sum((completed(item) - held(item) for item in previous), ZERO)
    old = {(item["item_type"], item["line_item_id"]) for item in previous}
    new = [item for item in changes if (item["item_type"], item["line_item_id"]) not in old]
    work_done = done - total(items, "stored")
    return {
        "original_contract_sum": cents(original), "net_change_by_change_orders": cents(change),
        "contract_sum_to_date": cents(original + change),
        "total_completed_and_stored_to_date": cents(done),
        "completed_work_retainage_amount": cents(retained - stored_retained),
        "completed_work_retainage_percent": percent(retained - stored_retained, work_done)[:-1],
        "stored_materials_retainage_amount": cents(stored_retained),
        "stored_materials_retainage_percent": percent(
            stored_retained, total(items, "stored"))[:-1],
        "total_retainage": cents(retained), "total_earned_less_retainage": cents(earned),
        "less_previous_certificates_for_payment": cents(certified),
        "current_payment_due": cents(earned - certified),
        "tax_applicable_to_this_payment": "0.00",
        "balance_to_finish_including_retainage": cents(original + change - earned),
        "stored_materials": cents(total(items, "stored")),
        "new_materials": cents(total(items, "stored") - total(items, "stored_before")),
        "formatted_period": period, **_change_totals(changes, new),
    }  # fmt: skip


def _change_totals(changes: list[Row], new: list[Row]) -> Row:
    shown: Row = {}
    old = [item for item in changes if item not in new]
    for word, items in (("", changes), ("new_", new), ("previous_", old)):
        up = sum((item["scheduled"] for item in items if item["scheduled"] > 0), ZERO)
        down = sum((item["scheduled"] for item in items if item["scheduled"] < 0), ZERO)
        shown[f"positive_{word}change_order_item_total"] = cents(up)
        shown[f"negative_{word}change_order_item_total"] = cents(down)
    return shown


def item_shown(item: Row, wbs: Row | None) -> Row:
    """An item as read. Its id is unique only together with its type."""
    done = completed(item)
    return {
        "id": item["id"], "item_type": item["item_type"], "accounting_method": "amount",
        "line_item_id": item["line_item_id"], "cost_code_id": item["cost_code_id"],
        "description_of_work": item["description"], "wbs_code": wbs,
        "scheduled_value": cents(item["scheduled"]), "position": item["position"],
        "line_number": str(item["position"]), "status": item["status"], "comment": item["comment"],
        "work_completed_from_previous_application": cents(item["work_before"]),
        "work_completed_this_period": cents(item["work"]),
        "materials_presently_stored": cents(item["stored"]),
        "materials_presently_stored_from_previous_progress": cents(item["stored_before"]),
        "total_completed_and_stored_to_date": cents(done),
        "total_completed_and_stored_to_date_percent": percent(done, item["scheduled"])[:-1],
        "work_completed_retainage_from_previous_application": cents(item["retained_before"]),
        "work_completed_retainage_retained_this_period": cents(item["retained"]),
        "work_completed_retainage_percent_this_period": percent(
            item["retained"], item["work"])[:-1],
        "work_completed_retainage_released_this_period": cents(item["released"]),
        "materials_stored_retainage_currently_retained": cents(item["stored_retained"]),
        "materials_stored_retainage_percent_this_period": percent(
            item["stored_retained"], item["stored"])[:-1],
        "materials_stored_retainage_released_this_period": cents(item["stored_released"]),
        "gross_amount": cents(gross(item)), "net_amount": cents(net(item)), "taxes": [],
        "subcontractor_claimed_amount": cents(gross(item)), "ssr_manual_override": False,
        "materials_moved": cents(item["moved"]),
        "materials_retainage_retained_moved": cents(item["retained_moved"]),
    }  # fmt: skip


def listed_item(shown: Row, item: Row) -> Row:
    """An item as the lists of v1.0 have it; those of change orders name their package."""
    hidden = {
        "item_type", "accounting_method", "line_number", "status", "comment", "taxes",
        "materials_presently_stored_from_previous_progress", "gross_amount", "net_amount",
        "ssr_manual_override",
    }  # fmt: skip
    shown = {name: value for name, value in shown.items() if name not in hidden}
    if shown["wbs_code"]:
        shown["wbs_code"] = {k: v for k, v in shown["wbs_code"].items() if k != "segment_items"}
    if item["item_type"] == "change_order_item":
        shown["change_order_package_id"] = item["package_id"]
        shown["commitment_line_item_id"] = item["commitment_line_item_id"]
        shown["commitment_line_item_origin_id"] = None
    return shown


def billed_now(item: Row, given: Row, share: Decimal) -> None:
    """Puts the written amounts into an item; a percentage fills the retainage that is not given."""
    for written, name in WRITE.items():
        if written in given:
            item[name] = round_cents(number(given[written] or 0))
    rate = given.get("work_completed_retainage_percent_this_period")
    if "work_completed_retainage_retained_this_period" not in given:
        rate = share if rate is None else number(rate)
        item["retained"] = round_cents(item["work"] * rate / 100)
    rate = given.get("materials_stored_retainage_percent_this_period")
    if rate is not None:
        item["stored_retained"] = round_cents(item["stored"] * number(rate) / 100)
    if given.get("status") in ("approved", "rejected", "no_action"):
        item["status"] = given["status"]
    item["comment"] = given.get("comment", item["comment"])
