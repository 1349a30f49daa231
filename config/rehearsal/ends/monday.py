"""Both ends of an integration with boards: the ledger's documents, and the items that show them."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

from config.rehearsal.both_sides import PURCHASES, Destination, Ends, Ledger, Source, source_id
from config.rehearsal.control import call
from connections.models import Integration
from mappings.models import BoardLayout, StatusRule
from syncs.models import Record

ZERO = Decimal(0)
Row = dict[str, Any]


@dataclasses.dataclass
class Items(Destination):
    """Items by id with their amounts; what else is wrong on the boards."""

    amounts: dict[str, Decimal] = dataclasses.field(default_factory=dict)
    keyed: dict[str, str] = dataclasses.field(default_factory=dict)  # id -> key
    columns: set[str] = dataclasses.field(default_factory=set)
    wrong: list[str] = dataclasses.field(default_factory=list)

    def key(self, record: Record) -> tuple[str, str]:
        """Columns of two boards may have the same id."""
        named = record.source_id if record.destination_kind == "options" else record.destination_id
        return record.destination_kind, named

    def worth(self, record: Record) -> Decimal | None:
        if record.destination_kind == "options":
            return ZERO if record.destination_id in self.columns else None
        if record.destination_kind == "decision":
            return ZERO if record.source_id in self.amounts else None
        return self.amounts.get(record.destination_id)

    def left_over(self) -> list[str]:
        claimed = {id for kind, id in self.claimed if kind == "item"}
        strangers = [f"the board has item {id} ({key}), which no record claims"
                     for id, key in self.keyed.items() if id not in claimed]  # fmt: skip
        return self.wrong + strangers


@dataclasses.dataclass
class BoardEnds(Ends):
    """Whichever way a flow goes, its outcome stands on the board."""

    items: Items = dataclasses.field(default_factory=Items)

    def destination(self, from_ledger: bool) -> Destination:
        return self.items

    def left_over(self) -> list[str]:
        return self.items.left_over()


def ask(integration: Integration, play: Row) -> BoardEnds:
    """Asks the two stand-ins of this rehearsal."""
    platform, ledger = (play["ready"][name]["control_url"] for name in play["sides"])
    said = call(ledger, "ledger")
    flows = {}
    for name in ("purchase_invoices", "purchase_orders"):
        listed, kind = PURCHASES[name]
        known = Record.objects.filter(integration=integration, flow=name)
        ids = set(known.values_list("source_id", flat=True))
        flows[name] = {source_id(row, kind, ids): Decimal(row["gross"]) for row in said[listed]}
    return BoardEnds(Source(flows), Ledger(), items=items(integration, platform, said))


def items(integration: Integration, platform: str, said: Row) -> Items:
    found = Items()
    for layout in BoardLayout.objects.filter(integration=integration):
        key = layout.columns["key"]
        [board] = call(platform, f"ledger?board={layout.board_id}&key={key}")["boards"]
        found.columns |= {str(column["id"]) for column in board["columns"]}
        active = [row for row in board["items"] if row["state"] == "active"]
        for row in active:
            found.amounts[str(row["id"])] = Decimal(row["texts"].get(layout.columns["amount"]) or 0)
            if text := row["texts"].get(key):
                found.keyed[str(row["id"])] = text
        found.wrong += doubled(board, active)
        found.wrong += undecided(integration, layout, active, said)
    return found


def doubled(board: Row, active: list[Row]) -> list[str]:
    """Two items of one document, or the same words twice under one item."""
    twins = [f"board {board['name']} shows {key} {len(ids)} times"
             for column in board["duplicates"].values() for key, ids in column.items()]  # fmt: skip
    for row in active:
        texts = [update["text"] for update in row["updates"]]
        twins += [f"item {row['name']} says “{text[:60]}” twice" for text in set(texts)
                  if texts.count(text) > 1]  # fmt: skip
    return twins


def undecided(
    integration: Integration, layout: BoardLayout, active: list[Row], said: Row
) -> list[str]:
    """A release that stands on the board stands in the ledger, too."""
    rules = StatusRule.objects.filter(
        integration=integration, kind=layout.kind, meaning=StatusRule.Meaning.RELEASE
    )
    green = set(rules.values_list("label", flat=True))
    listed = [row for row in said["orders"] + said["invoices"] if not row["posted"]]
    approval = {row["number"]: row["approval"] for row in listed}
    approval |= {row["draft"]: row["approval"] for row in listed}
    wrong = []
    for record in Record.objects.filter(integration=integration, destination_kind="item"):
        row = next((row for row in active if str(row["id"]) == record.destination_id), None)
        if row is None or row["texts"].get(layout.columns["decision"]) not in green:
            continue
        if approval.get(record.number) == "Open":
            wrong.append(f"item {row['name']} is green, {record.number} is open in the ledger")
    return wrong
