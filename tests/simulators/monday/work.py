"""What people and the API do on a board, told to its webhooks: the same acts for both."""

from __future__ import annotations

import html
import re
from typing import Any

from . import reading
from .delivery import Delivery
from .kinds import internal
from .refusals import Refused, wrong_argument
from .store import Row, is_there, stamp
from .writing import Writing

NAME_LENGTH = 255


def plain(body: str) -> str:
    """The text of an HTML body."""
    text = re.sub(r"<br\s*/?>|</p>|</li>", "\n", body)
    return html.unescape(re.sub(r"<[^>]+>", "", text)).strip()


class Work(Delivery):
    """Every act is checked before it writes, and names who did it."""

    # Items.

    def check_name(self, name: str) -> None:
        if not 1 <= len(name) <= NAME_LENGTH:
            raise Refused(
                "ItemNameTooLongException", f"Item name must have 1 to {NAME_LENGTH} characters"
            )

    def make_item(
        self, board: Row, name: str, by: int, *, group: str = "", writing: Writing | None = None,
        values: Row | None = None, parent: Row | None = None,
    ) -> Row:  # fmt: skip
        self.check_name(name)
        place = self.group_row(board, group) if group else first_group(board)
        if len(self.items_of(board)) >= board["items_limit"]:
            raise Refused(
                "ItemsLimitationException", "The board has as many items as it can hold",
                board_id=str(board["id"]),
            )  # fmt: skip
        if writing is not None:
            writing.commit()
        now, number = self.now(), self.new_id("item")
        item = {
            "id": number, "name": name, "board_id": board["id"], "group_id": place["id"],
            "state": "active", "creator_id": by, "created_at": now, "updated_at": now,
            "parent_id": parent["id"] if parent else None, "place": board["next_place"],
            "values": {}, "by": by,
        }  # fmt: skip
        board["next_place"] += 1.0
        self.table("items")[number] = item
        self.keep(item, values or {})
        self.tell_created(board, item, by)
        self.touch(board, item)
        if self.settings["created_columns_fire"]:
            for column in values or {}:
                self.tell_change(board, item, column, None, by)
        return item

    def keep(self, item: Row, values: Row) -> None:
        for name, value in values.items():
            if value is None:
                item["values"].pop(name, None)
            else:
                item["values"][name] = {**value, "changed_at": stamp(self.now())}

    def tell_created(self, board: Row, item: Row, by: int) -> None:
        group = self.group_row(board, item["group_id"])
        body = {
            "type": "create_pulse", **self.about(board, item), "groupName": group["title"],
            "groupColor": group["color"], "columnValues": {},
        }  # fmt: skip
        if item["parent_id"]:
            parent = self.table("items")[item["parent_id"]]
            home = self.table("boards")[parent["board_id"]]
            self.tell(("create_subitem",), home, by, {
                **body, "boardId": board["id"], "itemId": str(item["id"]), **above(parent),
            })  # fmt: skip
        else:
            self.tell(("create_item",), board, by, body)

    def about(self, board: Row, item: Row) -> Row:
        groups = [one for one in board["groups"] if is_there(one)]
        return {
            "pulseId": item["id"], "pulseName": item["name"], "groupId": item["group_id"],
            "isTopGroup": bool(groups) and groups[0]["id"] == item["group_id"],
        }  # fmt: skip

    def change(self, board: Row, item: Row, values: Row, by: int) -> None:
        """Each column that really changes is told by itself."""
        for name, value in values.items():
            before = item["values"].get(name)
            if same(before, value):
                continue
            self.keep(item, {name: value})
            self.tell_change(board, item, name, before, by)
        item["by"] = by
        self.touch(board, item)

    def tell_change(self, board: Row, item: Row, name: str, before: Row | None, by: int) -> None:
        column = self.column_row(board, name)
        value = item["values"].get(name)
        body = {
            "type": "update_column_value", **self.about(board, item), "columnId": name,
            "columnType": internal(column["type"]), "columnTitle": column["title"],
            "value": reading.told(self, column, value),
            "previousValue": reading.told(self, column, before),
            "changedAt": round(self.timestamp(), 4),
        }  # fmt: skip
        kinds: tuple[str, ...] = ("change_column_value", "change_specific_column_value")
        match: Row = {"column": name}
        if column["type"] == "status":
            kinds += ("change_status_column_value",)
            match["index"] = value["index"] if value else None
        if item["parent_id"]:
            parent = self.table("items")[item["parent_id"]]
            body |= {**above(parent), "boardId": board["id"]}
            board, kinds = (
                self.table("boards")[parent["board_id"]],
                ("change_subitem_column_value",),
            )
        self.tell(kinds, board, by, body, **match)

    def rename(self, board: Row, item: Row, name: str, by: int) -> None:
        self.check_name(name)
        before, item["name"] = item["name"], name
        self.touch(board, item)
        if before == name:
            return
        body = {"type": "update_name", **self.about(board, item), "value": {"name": name},
                "previousValue": {"name": before}}  # fmt: skip
        self.tell_item(board, item, by, body, "change_name", "change_subitem_name")

    def tell_item(
        self, board: Row, item: Row, by: int, body: Row, kind: str, subitem: str = ""
    ) -> None:
        """About an item, on its board; about a subitem, on the board of its parent."""
        parent = self.table("items").get(item["parent_id"]) if item["parent_id"] else None
        if parent is None:
            self.tell((kind,), board, by, body)
        elif subitem:
            home = self.table("boards")[parent["board_id"]]
            self.tell((subitem,), home, by, {**body, **above(parent), "boardId": board["id"]})

    def move(self, board: Row, item: Row, group: str, by: int) -> None:
        before, target = item["group_id"], self.group_row(board, group)
        if before == target["id"]:
            return
        item["group_id"], item["place"] = target["id"], board["next_place"]
        board["next_place"] += 1.0
        self.touch(board, item)
        body = {"type": "move_pulse_into_group", **self.about(board, item),
                "sourceGroupId": before, "destGroupId": target["id"]}  # fmt: skip
        kinds = ("item_moved_to_any_group", "item_moved_to_specific_group")
        self.tell(kinds, board, by, body, group=target["id"])

    def put_away(self, board: Row, item: Row, state: str, by: int) -> None:
        """Archives or deletes; a deleted item is told by `itemId` and `itemName`."""
        if item["state"] == state:
            return
        item["state"] = state
        self.touch(board, item)
        if state == "archived":
            body = {"type": "archive_pulse", **self.about(board, item)}
            self.tell_item(board, item, by, body, "item_archived", "subitem_archived")
        else:
            body = {"type": "delete_pulse", "itemId": item["id"], "itemName": item["name"]}
            self.tell_item(board, item, by, body, "item_deleted", "subitem_deleted")

    def restore(self, board: Row, item: Row, by: int) -> None:
        item["state"] = "active"
        self.touch(board, item)
        body = {"type": "restore_pulse", **self.about(board, item)}
        self.tell_item(board, item, by, body, "item_restored")

    # Updates.

    def write_update(self, item: Row, body: str, by: int, parent: Row | None = None) -> Row:
        if not body:
            raise wrong_argument("The body of an update must not be empty")
        now = self.now()
        row = {
            "id": self.new_id("update"), "item_id": item["id"], "body": body, "creator_id": by,
            "created_at": now, "updated_at": now, "edited_at": now,
            "parent_id": parent["id"] if parent else None,
        }  # fmt: skip
        self.table("updates")[row["id"]] = row
        self.tell_update(row, by, "create_update", "create_subitem_update")
        return row

    def tell_update(self, row: Row, by: int, kind: str, subitem: str = "") -> None:
        item = self.table("items")[row["item_id"]]
        board = self.table("boards")[item["board_id"]]
        body = {
            "type": kind, "pulseId": item["id"], "body": row["body"],
            "textBody": plain(row["body"]), "updateId": row["parent_id"] or row["id"],
            "replyId": row["id"] if row["parent_id"] else None,
        }  # fmt: skip
        self.tell_item(board, item, by, body, kind, subitem)
        self.touch(board, item)

    def drop_update(self, row: Row, by: int) -> None:
        del self.table("updates")[row["id"]]
        for reply in [u for u in self.table("updates").values() if u["parent_id"] == row["id"]]:
            del self.table("updates")[reply["id"]]
        self.tell_update(row, by, "delete_update")


def above(parent: Row) -> Row:
    """Texts, unlike the other ids of a webhook."""
    return {"parentItemId": str(parent["id"]), "parentItemBoardId": str(parent["board_id"])}


def first_group(board: Row) -> Row:
    found: Row | None = next((group for group in board["groups"] if is_there(group)), None)
    if found is None:
        raise wrong_argument("The board has no group", board_id=str(board["id"]))
    return found


def same(before: Any, after: Any) -> bool:
    def bare(value: Any) -> Any:
        return {name: one for name, one in (value or {}).items() if name != "changed_at"}

    return bool(bare(before) == bare(after))
