"""What an account holds: users, workspaces, boards, items, updates; and how they are found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ..server import Simulator
from . import site
from .colours import GROUP_COLOURS
from .refusals import Refused, no_board, no_item

Row = dict[str, Any]
FIRST_IDS = {
    "board": 3_801_000_001, "item": 12_700_000_001, "update": 5_300_000_001,
    "webhook": 810_000_001, "workspace": 9_400_001, "user": 70_000_001, "event": 1,
    "job": 6_100_001, "log": 1,
}  # fmt: skip
TABLES = ("users", "workspaces", "boards", "items", "updates", "webhooks", "events", "jobs")


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_fine(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


class Store(Simulator):
    """State: tables of rows by id. Times are datetimes; values of an item are plain dicts."""

    name = "monday"

    def fresh(self) -> Any:
        return {
            "ids": dict(FIRST_IDS), "settings": {**site.SETTINGS}, "plan": "pro", "limits": {},
            **{name: {} for name in TABLES}, "tokens": {}, "codes": {}, "refreshes": {},
            "cursors": {}, "answers": {}, "usage": {}, "calls": {}, "logs": [], "steps": 0,
            "account": {"id": site.ACCOUNT_ID, "name": "Account", "slug": site.ACCOUNT_SLUG},
        }  # fmt: skip

    def load(self) -> Any:
        """What was kept by an older stand-in has the newer settings too."""
        state = super().load()
        if state is not None:
            state["settings"] = {**site.SETTINGS, **state["settings"]}
        return state

    @property
    def settings(self) -> Row:
        found: Row = self.state["settings"]
        return found

    def table(self, name: str) -> dict[int, Row]:
        found: dict[int, Row] = self.state[name]
        return found

    def new_id(self, kind: str) -> int:
        """Rising, with gaps."""
        number: int = self.state["ids"][kind]
        self.state["ids"][kind] = number + 1 + (number % 7 if kind in ("board", "item") else 0)
        return number

    def step(self) -> int:
        """A number that rises with everything that happens."""
        self.state["steps"] += 1
        return int(self.state["steps"])

    # Finding.

    def row(self, table: str, number: Any) -> Row | None:
        return self.table(table).get(int(number)) if str(number).isdigit() else None

    def board_row(self, number: Any, user: int | None = None) -> Row:
        """A board that is not deleted and that the user may see."""
        board = self.row("boards", number)
        if board is None or board["state"] == "deleted" or not self.sees(user, board):
            raise no_board(number)
        return board

    def sees(self, user: int | None, board: Row) -> bool:
        if user is None or board["board_kind"] != "private":
            return True
        return user in board["owners"] or user in board["subscribers"]

    def item_row(self, number: Any, board: Row | None = None, *, active: bool = True) -> Row:
        item = self.row("items", number)
        gone = item is None or (active and item["state"] == "deleted")
        if item is None or gone or (board is not None and item["board_id"] != board["id"]):
            raise no_item(number)
        return item

    def column_row(self, board: Row, name: str) -> Row:
        found = next((one for one in board["columns"] if one["id"] == name), None)
        if found is None or found["archived"]:
            raise Refused(
                "InvalidColumnIdException", f"Invalid column ID {name}. This column ID doesn't "
                "exist for the board", board_id=str(board["id"]), column_id=name,
            )  # fmt: skip
        result: Row = found
        return result

    def group_row(self, board: Row, name: str) -> Row:
        found = next((g for g in board["groups"] if g["id"] == name and is_there(g)), None)
        if found is None:
            raise Refused(
                "InvalidGroupIdException", f"Group not found: {name}", status=404, group_id=name
            )
        result: Row = found
        return result

    def items_of(
        self, board: Row, group: str = "", states: Iterable[str] = ("active",)
    ) -> list[Row]:
        """In the order of the board: by group, then by place."""
        order = {one["id"]: place for place, one in enumerate(board["groups"])}
        found = [
            row for row in self.table("items").values()
            if row["board_id"] == board["id"] and row["state"] in states
            and group in ("", row["group_id"])
        ]  # fmt: skip
        return sorted(found, key=lambda row: (order.get(row["group_id"], 99), row["place"]))

    # Making.

    def add_board(self, name: str, by: int, **more: Any) -> Row:
        now = self.now()
        board = {
            "id": self.new_id("board"), "name": name, "description": None, "state": "active",
            "board_kind": "public", "workspace_id": None, "permissions": "everyone",
            "hierarchy_type": "classic", "owners": [by], "subscribers": [by], "columns": [],
            "groups": [], "created_at": now, "updated_at": now, "creator_id": by,
            "parent_board_id": None, "items_limit": 10000, "next_place": 1.0, **more,
        }  # fmt: skip
        self.table("boards")[board["id"]] = board
        return board

    def add_group(self, board: Row, title: str, name: str = "", colour: str = "") -> Row:
        number = len(board["groups"])
        group = {
            "id": name or self.generated("group", board), "title": title, "archived": False,
            "color": colour or GROUP_COLOURS[number % len(GROUP_COLOURS)], "deleted": False,
        }  # fmt: skip
        board["groups"].append(group)
        return group

    def add_column(self, board: Row, name: str, title: str, kind: str, **more: Any) -> Row:
        column = {
            "id": name, "title": title, "type": kind, "description": None, "archived": False,
            "settings": {}, "width": None, "revision": "", **more,
        }  # fmt: skip
        self.revise(board, column)
        board["columns"].append(column)
        return column

    def add_user(self, name: str, email: str, **more: Any) -> Row:
        user = {
            "id": self.new_id("user"), "name": name, "email": email, "kind": "member",
            "title": "", "status": "ACTIVE", "created_at": self.now(), **more,
        }  # fmt: skip
        self.table("users")[user["id"]] = user
        return user

    def add_workspace(self, name: str, **more: Any) -> Row:
        space = {
            "id": self.new_id("workspace"), "name": name, "kind": "open", "state": "active",
            "description": None, "created_at": self.now(), "is_default": False, **more,
        }  # fmt: skip
        self.table("workspaces")[space["id"]] = space
        return space

    def revise(self, board: Row, column: Row) -> None:
        """A new revision, which tells nothing about the one before."""
        text = f"{board['id']}/{column['id']}/{self.step()}"
        column["revision"] = hashlib.sha256(text.encode()).hexdigest()[:24]

    def generated(self, prefix: str, board: Row) -> str:
        """An id as monday makes them: color_mm58mbec."""
        text = f"{self.seed}/{board['id']}/{prefix}/{self.step()}"
        return f"{prefix}_mm{hashlib.sha256(text.encode()).hexdigest()[:6]}"

    def touch(self, board: Row, item: Row | None = None) -> None:
        now = self.now()
        board["updated_at"] = now
        if item is not None:
            item["updated_at"] = now
        self.changed()


def is_there(group: Row) -> bool:
    return not (group["archived"] or group["deleted"])
