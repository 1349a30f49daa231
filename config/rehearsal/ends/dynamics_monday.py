"""What a board shows of orders, and a label of it that posts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any, ClassVar

from config.rehearsal.ends.dynamics import LISTS
from config.rehearsal.ends.monday import POST_LABEL
from config.rehearsal.scene import Row, Scene
from mappings.models import BoardLayout, StatusRule
from syncs.models import Record, State

EXTERNAL = "POST-IT"
Kind = BoardLayout.Kind


class PostingLabel(Scene):
    """“Approved or posted”: finance says which label posts, somebody sets it."""

    title = "a label that means post, set on an item"

    @property
    def layout(self) -> BoardLayout:
        return BoardLayout.objects.get(integration=self.setting.integration, kind=Kind.INVOICES)

    def set(self) -> None:
        """The label is made on the board, and a draft typed that it is meant for."""
        layout = self.layout
        column = layout.columns["decision"]
        self.setting.field(
            "monday/new_label", {"board": layout.board_id, "column": column, "label": POST_LABEL}
        )
        [board] = self.setting.field(f"ledger?board={layout.board_id}")["boards"]
        there = next(one for one in board["columns"] if one["id"] == column)
        made = next(one for one in there["settings"]["labels"] if one["label"] == POST_LABEL)
        StatusRule.objects.create(
            integration=layout.integration, kind=layout.kind, label=POST_LABEL,
            label_id=str(made["id"]), meaning=StatusRule.Meaning.POST,
        )  # fmt: skip
        self.setting.office("business_central/type_cost", {
            "vendorNumber": a_vendor(self), "external": EXTERNAL, "post": False,
            "lines": [a_line(self)],
        })  # fmt: skip

    def play(self) -> None:
        column = self.layout.columns["decision"]
        self.setting.field(
            "monday/status", {"item": self.item()["id"], "column": column, "status": POST_LABEL}
        )

    def item(self) -> Row:
        [found] = [row for row in items(self, self.layout)
                   if self.text(row, "external_number") == EXTERNAL]  # fmt: skip
        return found

    def text(self, row: Row, fact: str) -> str:
        return str(row["texts"].get(self.layout.columns[fact]) or "")

    def count(self) -> int:
        rows = self.setting.office("ledger")["invoices"]
        return sum(row["external"] == EXTERNAL and row["posted"] for row in rows)

    def check(self) -> list[str]:
        rows = [row for row in self.setting.office("ledger")["invoices"]
                if row["external"] == EXTERNAL]  # fmt: skip
        wrong = [] if [row["posted"] for row in rows] == [True] else [
            f"{EXTERNAL} was to be posted once in the ledger: {rows}"
        ]  # fmt: skip
        item = self.item()
        shown = self.text(item, "decision"), self.text(item, "status")
        if shown != (POST_LABEL, "Posted"):
            wrong.append(f"its item shows {shown}")
        said = Record.objects.filter(
            integration=self.setting.integration, flow="decisions", source_id=str(item["id"])
        )
        if [one.state for one in said] != [State.POSTED]:
            wrong.append(f"we say {[(one.state, one.sentence) for one in said]}")
        return wrong


class DatesAndPlaces(Scene):
    """Item by item; by the document's key, so that none of our records is asked."""

    title = "due dates, expected receipts and places on the boards are the ledger's"
    compared: ClassVar[dict[str, str]] = {"due_date": "due", "receipt_date": "receipt"}

    def set(self) -> None:
        today = dt.datetime.now(dt.UTC).date()
        made = {"vendorNumber": a_vendor(self), "due": f"{today + dt.timedelta(45)}",
                "ship_to": {"name": "Riverside Clinic", "line": "12 Dock Rd", "city": "Columbus",
                            "state": "OH"}}  # fmt: skip
        lines = [{**a_line(self), "expected": f"{today + dt.timedelta(days)}"} for days in (20, 9)]
        self.setting.office("business_central/type_order", {**made, "lines": lines})

    def count(self) -> int:
        """Items that show a day or a place."""
        facts = (*self.compared, "ship_to")
        return sum(
            any(item["texts"].get(column) for fact, column in layout.columns.items()
                if fact in facts)
            for layout in BoardLayout.objects.filter(integration=self.setting.integration)
            for item in items(self, layout)
        )  # fmt: skip

    def check(self) -> list[str]:
        said = self.setting.office("ledger")
        seen: Counter[str] = Counter()
        wrong = []
        for layout in BoardLayout.objects.filter(integration=self.setting.integration):
            listed, words = LISTS[layout.kind]
            rows = {name.upper(): row for row in said[listed] for name in names(row, words)}
            for item in items(self, layout):
                key = str(item["texts"].get(layout.columns["key"]) or "")
                if row := rows.get(key.rpartition("|")[2].upper()):
                    shown = {fact: str(item["texts"].get(column) or "")
                             for fact, column in layout.columns.items()}  # fmt: skip
                    seen.update(fact for fact, text in shown.items() if text)
                    wrong += [f"{key}: {one}" for one in self.differences(layout, row, shown)]
        return wrong + self.never_seen(seen)

    def differences(self, layout: BoardLayout, row: Row, shown: dict[str, str]) -> list[str]:
        """Of one item, in words."""
        wrong = []
        for fact in self.compared.keys() & shown.keys():
            wanted = str(row[self.compared[fact]])
            if fact == "due_date" and layout.kind == Kind.ORDERS and not self.is_on_premises:
                wanted = ""  # the standard API tells none of orders
            if shown[fact] != wanted:
                wrong.append(
                    f"{fact} is {shown[fact] or 'empty'}, in the ledger {wanted or 'none'}"
                )
        place = ", ".join(row["ship_to"])
        if "ship_to" in shown and parts(shown["ship_to"]) != parts(place):
            wrong.append(f"ship_to is “{shown['ship_to']}”, in the ledger “{place}”")
        return wrong

    @property
    def is_on_premises(self) -> bool:
        return self.setting.integration.ledger.setting("mode") == "on_premises"

    def never_seen(self, seen: Counter[str]) -> list[str]:
        return [f"no item shows {fact}" for fact in (*self.compared, "ship_to") if not seen[fact]]


def parts(place: str) -> list[str]:
    """Whichever comes first."""
    return sorted(place.split(", "))


def names(row: Row, words: str) -> tuple[str, ...]:
    """By which a key may know a purchase document."""
    return str(row["id"]), f"{words}/{row['draft']}", f"Posted {words}/{row['number']}"


def items(scene: Scene, layout: BoardLayout) -> list[Row]:
    [board] = scene.setting.field(f"ledger?board={layout.board_id}")["boards"]
    return [row for row in board["items"] if row["state"] == "active"]


def a_vendor(scene: Scene) -> str:
    rows = scene.setting.office("ledger")["invoices"]
    return str(next(row["vendor"] for row in rows if row["currency"] in ("", "USD")))


def a_line(scene: Scene) -> dict[str, Any]:
    """One that can be posted as it is."""
    said = scene.setting.office("demo")
    rule = next(row for row in said["mappings"] if row["cost_type"] == "M" and not row["project"])
    project = said["expected"]["projects"][1]["value"]
    return {"account": rule["account"], "quantity": "1", "cost": "840.50",
            "description": "Rebar, 12 mm",
            "dimensions": {"PROJECT": project, **rule["dimensions"]}}  # fmt: skip
