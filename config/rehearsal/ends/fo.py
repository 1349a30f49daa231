"""F&O in a rehearsal: people post there, so what is pending counts as much as what is posted."""

from __future__ import annotations

import dataclasses
import random
from decimal import Decimal
from typing import Any

from config.rehearsal.both_sides import ZERO, Amounts, Ledger, Site, net
from config.rehearsal.control import call
from connections.models import Integration
from syncs.models import Record

LIMITS: dict[str, Any] = {}  # none but those that it is told
CALLS = ".*/data/.*"
SLOW_AFTER_REFUSAL = True
ADDS_VALUES = True
SITES: dict[str, Site] = {}
Row = dict[str, Any]


def sources(integration: Integration, site: str, worth: str) -> dict[str, Amounts]:
    return {}


@dataclasses.dataclass
class Pending(Ledger):
    """A document goes by one key before and after posting, whichever number a record knows."""

    names: dict[str, str] = dataclasses.field(default_factory=dict)  # voucher -> key
    doubles: list[str] = dataclasses.field(default_factory=list)

    def known(self, record: Record) -> str:
        said = record.destination_id, record.destination_number
        keys = [self.names.get(one, one) for one in said]
        return next((key for key in keys if key in self.documents or key in self.journals), keys[0])

    def key(self, record: Record) -> tuple[str, str]:
        return "", self.known(record)

    def worth(self, record: Record) -> Decimal | None:
        if record.destination_kind == "dimension_value":
            return super().worth(record)
        book = self.journals if record.destination_kind == "journal" else self.documents
        return book.get(self.known(record))

    def left_over(self) -> list[str]:
        return super().left_over() + [f"the ledger has {one} twice" for one in self.doubles]


def books(site: str) -> Pending:
    """Invoices by their reference, orders and journals by their numbers."""
    said = call(site, "ledger")
    found = Pending(
        vendors=set(said["vendors"]), values=set(said["dimension_values"]),
        balanced=said["balanced"], doubles=list(said["doubles"]),
    )  # fmt: skip
    posted = [row for kind in said["documents"].values() for row in kind["list"]]
    for row in [*posted, *said["drafts"]]:
        found.documents[row["number"]] = (-1 if row["credit"] else 1) * Decimal(row["total"])
        if row["voucher"]:
            found.names[row["voucher"]] = row["number"]
    for row in said["purchase_orders"]:
        found.documents[row["number"]] = Decimal(row["total"])
    for row in said["journal_headers"]:
        found.journals[row["number"]] = net(row) if row["lines"] else ZERO
        vouchers = {line["voucher"] for line in row["lines"]} - {""}
        found.names |= dict.fromkeys(vouchers if row["posted"] else (), row["number"])
    everything = [*posted, *said["drafts"], *said["purchase_orders"], *said["journal_headers"]]
    waiting = [*said["drafts"], *said["journal_headers"]]
    found.uncounted = {row["number"] for row in waiting if not row["posted"]}
    found.uncounted |= {row["number"] for row in said["purchase_orders"] if row["by_hand"]}
    found.hand_typed = {row["number"] for row in everything if row["by_hand"]}
    return found


def people(integration: Integration, site: str, seed: int) -> int:
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
