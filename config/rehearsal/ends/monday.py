"""Both ends of an integration with boards: the ledger's documents, and the items that show them."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any, ClassVar

from config.rehearsal.both_sides import ZERO, Amounts, Destination, Ends, Ledger, Source
from config.rehearsal.control import call
from connections.models import Integration
from mappings.models import BoardLayout, StatusRule
from syncs.models import Record

LIMITS = {"plan": "enterprise"}
CALLS = ".*/v2$"
SLOW_AFTER_REFUSAL = False
WORTH = "gross"
TYPED_IN, TYPED = "DEPARTMENT", "ANNEX · Annex of the clinic"  # a value that the ledger lacks
POST_LABEL = "Post it now"  # of a document that others leave alone
GONE = ("Cancelled", "Deleted")
FEWEST = 12  # items of a board on which so much happens
Row = dict[str, Any]


@dataclasses.dataclass
class Items(Destination):
    """Items by id with their amounts; what else is wrong on the boards."""

    amounts: dict[str, Decimal] = dataclasses.field(default_factory=dict)
    keyed: dict[str, str] = dataclasses.field(default_factory=dict)  # id -> key
    columns: set[str] = dataclasses.field(default_factory=set)
    values: set[str] = dataclasses.field(default_factory=set)  # of the ledger's dimensions
    gone: set[str] = dataclasses.field(default_factory=set)  # of documents that are worth nothing
    wrong: list[str] = dataclasses.field(default_factory=list)

    def key(self, record: Record) -> tuple[str, str]:
        """Columns of two boards may have the same id."""
        named = record.source_id if record.destination_kind == "options" else record.destination_id
        return record.destination_kind, named

    def worth(self, record: Record) -> Decimal | None:
        if record.destination_kind == "options":
            return ZERO if record.destination_id in self.columns else None
        if record.destination_kind == "dimension_value":
            return ZERO if record.destination_number in self.values else None
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

    worth: ClassVar[str] = WORTH
    items: Items = dataclasses.field(default_factory=Items)

    def destination(self, from_ledger: bool) -> Destination:
        return self.items

    def sent(self) -> Decimal:
        standing = self.items.keyed.keys() - self.items.gone
        return sum((self.items.amounts[id] for id in standing), ZERO)

    def left_over(self) -> list[str]:
        return self.items.left_over()


def sources(integration: Integration, site: str) -> dict[str, Amounts]:
    """What people decide there is judged by what the ledger shows of it."""
    return {}


def ends(integration: Integration, site: str, source: Source, ledger: Ledger) -> BoardEnds:
    return BoardEnds(source, ledger, items=items(integration, site, ledger))


def items(integration: Integration, site: str, ledger: Ledger) -> Items:
    found = Items(values=ledger.values)
    for layout in BoardLayout.objects.filter(integration=integration):
        key = layout.columns["key"]
        [board] = call(site, f"ledger?board={layout.board_id}&key={key}")["boards"]
        found.columns |= {str(column["id"]) for column in board["columns"]}
        active = [row for row in board["items"] if row["state"] == "active"]
        for row in active:
            found.amounts[str(row["id"])] = Decimal(row["texts"].get(layout.columns["amount"]) or 0)
            if text := row["texts"].get(key):
                found.keyed[str(row["id"])] = text
            if row["texts"].get(layout.columns["status"]) in GONE:
                found.gone.add(str(row["id"]))
        found.wrong += doubled(board, active)
        found.wrong += undecided(integration, layout, active, ledger.undecided)
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
    integration: Integration, layout: BoardLayout, active: list[Row], waiting: set[str]
) -> list[str]:
    """A release that stands on the board stands in the ledger, too."""
    rules = StatusRule.objects.filter(
        integration=integration, kind=layout.kind, meaning=StatusRule.Meaning.RELEASE
    )
    green = set(rules.values_list("label", flat=True))
    wrong = []
    for record in Record.objects.filter(integration=integration, destination_kind="item"):
        row = next((row for row in active if str(row["id"]) == record.destination_id), None)
        if row is None or row["texts"].get(layout.columns["decision"]) not in green:
            continue
        if record.number in waiting:
            wrong.append(f"item {row['name']} is green, {record.number} is open in the ledger")
    return wrong


def people(integration: Integration, site: str, seed: int) -> int:
    """Approvers decide, others tidy up."""
    happened = 0
    for board in call(site, "ledger")["boards"]:
        titles = {column["title"]: column["id"] for column in board["columns"]}
        items = [row for row in board["items"] if row["state"] == "active"
                 and row["texts"].get(titles.get("Ledger key", ""))
                 and row["texts"].get(titles.get("Approval", "")) != POST_LABEL]  # fmt: skip
        if len(items) > FEWEST:
            happened += on_one_board(site, titles, items)
    return happened


def on_one_board(site: str, titles: dict[str, str], items: list[dict[str, Any]]) -> int:
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
    typed = [row for row in items[8:] if row["texts"].get(titles["Posting status"]) == "Draft"][:1]
    for row in typed:
        by_hand("value", row, column=titles[TYPED_IN], value={"labels": [TYPED]})
    return len(approved) + len(rejected) + 2 * len(undone) + 5 + len(typed)
