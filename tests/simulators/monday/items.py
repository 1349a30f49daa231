"""Root fields that change items and updates."""

from __future__ import annotations

from typing import Any

from . import labels
from .boards import Boards
from .call import Call, asked
from .refusals import Refused, no_item, wrong_argument
from .store import Row
from .writing import Writing, read_json


class Items(Boards):
    """Values are read whole before anything is written."""

    def given_values(self, text: Any) -> Any:
        if text is None:
            return {}
        return read_json(text, objects=self.settings["json_objects"] == "accepted")

    @asked("mutation", "boards:write")
    def do_create_item(
        self, call: Call, board_id: str, item_name: str, group_id: str | None = None,
        column_values: Any = None, create_labels_if_missing: bool | None = None,
        position_relative_method: str | None = None, relative_to: str | None = None,
    ) -> Row:  # fmt: skip
        board = self.editable(call, board_id)
        writing = Writing(self, board, bool(create_labels_if_missing))
        values = writing.values(self.given_values(column_values))
        other = self.item_row(relative_to, board) if relative_to else None
        group = other["group_id"] if other else group_id or ""
        item = self.make_item(
            board, item_name, call.id, group=group, writing=writing, values=values
        )
        if other is not None:
            self.place_beside(board, item, other, position_relative_method == "after_at")
        return self.item_view(item)

    def place_beside(self, board: Row, item: Row, other: Row, after: bool) -> None:
        rows = [row for row in self.items_of(board, other["group_id"]) if row is not item]
        at = rows.index(other) + int(after)
        low = rows[at - 1]["place"] if at else rows[0]["place"] - 2
        high = rows[at]["place"] if at < len(rows) else low + 2
        item["place"] = (low + high) / 2

    @asked("mutation", "boards:write")
    def do_create_subitem(
        self, call: Call, parent_item_id: str, item_name: str, column_values: Any = None,
        create_labels_if_missing: bool | None = None,
    ) -> Row:  # fmt: skip
        parent = self.item_row(parent_item_id)
        board = self.subitems_board(self.editable(call, parent["board_id"]), call)
        writing = Writing(self, board, bool(create_labels_if_missing))
        values = writing.values(self.given_values(column_values))
        item = self.make_item(
            board, item_name, call.id, writing=writing, values=values, parent=parent
        )
        return self.item_view(item)

    def subitems_board(self, board: Row, call: Call) -> Row:
        """The hidden board of the subitems; the first subitem makes it."""
        column = next((one for one in board["columns"] if one["type"] == "subtasks"), None)
        if column is not None:
            return self.table("boards")[int(column["settings"]["boardIds"][0])]
        below = self.add_board(
            f"Subitems of {board['name']}", call.id, parent_board_id=board["id"],
            workspace_id=board["workspace_id"], owners=list(board["owners"]),
            subscribers=list(board["subscribers"]),
        )  # fmt: skip
        self.add_column(below, "name", "Name", "name")
        self.add_column(below, "person", "Owner", "people")
        self.add_column(below, "status", "Status", "status", settings=labels.first_status())
        self.add_column(below, "date0", "Date", "date")
        self.add_group(below, "Subitems", "topics")
        settings = {"boardIds": [below["id"]]}
        self.add_column(board, self.generated("subtasks", board), "Subitems", "subtasks",
                        settings=settings)  # fmt: skip
        return below

    def item_to_change(self, call: Call, board_id: str, item_id: str | None) -> tuple[Row, Row]:
        board = self.editable(call, board_id)
        item = self.row("items", item_id)
        if item is None or item["board_id"] != board["id"] or item["state"] != "active":
            raise no_item(item_id)
        return board, item

    @asked("mutation", "boards:write")
    def do_change_multiple_column_values(
        self, call: Call, board_id: str, column_values: Any, item_id: str | None = None,
        create_labels_if_missing: bool | None = None,
    ) -> Row:  # fmt: skip
        board, item = self.item_to_change(call, board_id, item_id)
        given = self.given_values(column_values)
        name = given.pop("name", None) if isinstance(given, dict) else None
        if name is not None:
            self.check_name(str(name))
        writing = Writing(self, board, bool(create_labels_if_missing))
        values = writing.values(given)
        writing.commit()
        self.change(board, item, values, call.id)
        if name is not None:
            self.rename(board, item, str(name), call.id)
        return self.item_view(item)

    @asked("mutation", "boards:write")
    def do_change_column_value(
        self, call: Call, board_id: str, column_id: str, value: Any, item_id: str | None = None,
        create_labels_if_missing: bool | None = None,
    ) -> Row:  # fmt: skip
        board, item = self.item_to_change(call, board_id, item_id)
        column = self.column_row(board, column_id)
        writing = Writing(self, board, bool(create_labels_if_missing))
        found = writing.value(column, self.given_values(value))
        return self.one_value(call, board, item, column_id, writing, found)

    @asked("mutation", "boards:write")
    def do_change_simple_column_value(
        self, call: Call, board_id: str, column_id: str, value: str | None = None,
        item_id: str | None = None, create_labels_if_missing: bool | None = None,
    ) -> Row:  # fmt: skip
        board, item = self.item_to_change(call, board_id, item_id)
        column = self.column_row(board, column_id)
        if column["type"] == "name":
            self.rename(board, item, value or "", call.id)
            return self.item_view(item)
        writing = Writing(self, board, bool(create_labels_if_missing))
        found = writing.simple(column, value)
        return self.one_value(call, board, item, column_id, writing, found)

    def one_value(
        self, call: Call, board: Row, item: Row, name: str, writing: Writing, found: Row | None
    ) -> Row:
        writing.commit()
        self.change(board, item, {name: found}, call.id)
        return self.item_view(item)

    # Where an item is, and whether.

    def own_item(self, call: Call, item_id: str | None) -> tuple[Row, Row]:
        item = self.item_row(item_id)
        return self.editable(call, item["board_id"]), item

    @asked("mutation", "boards:write")
    def do_move_item_to_group(self, call: Call, group_id: str, item_id: str | None = None) -> Row:
        board, item = self.own_item(call, item_id)
        self.move(board, item, group_id, call.id)
        return self.item_view(item)

    @asked("mutation", "boards:write")
    def do_archive_item(self, call: Call, item_id: str | None = None) -> Row:
        board, item = self.own_item(call, item_id)
        self.put_away(board, item, "archived", call.id)
        return self.item_view(item)

    @asked("mutation", "boards:write")
    def do_delete_item(self, call: Call, item_id: str | None = None) -> Row:
        board, item = self.own_item(call, item_id)
        self.put_away(board, item, "deleted", call.id)
        return self.item_view(item)

    @asked("mutation", "boards:write")
    def do_duplicate_item(
        self, call: Call, board_id: str, item_id: str | None = None,
        with_updates: bool | None = None,
    ) -> Row:  # fmt: skip
        board, item = self.item_to_change(call, board_id, item_id)
        twin = self.make_item(
            board, f"{item['name']} (copy)", call.id, group=item["group_id"],
            values={name: dict(value) for name, value in item["values"].items()},
        )  # fmt: skip
        if with_updates:
            for row in reversed(self.newest_updates({item["id"]})):
                self.write_update(twin, row["body"], call.id)
        return self.item_view(twin)

    # Updates.

    def update_row(self, number: Any) -> Row:
        row = self.row("updates", number)
        if row is None:
            raise Refused("ResourceNotFoundException", f"Update not found: {number}", status=404)
        return row

    @asked("mutation", "updates:write")
    def do_create_update(
        self, call: Call, body: str, item_id: str | None = None, parent_id: str | None = None,
        **more: Any,
    ) -> Row:  # fmt: skip
        parent = self.update_row(parent_id) if parent_id is not None else None
        if parent is None and item_id is None:
            raise wrong_argument("item_id or parent_id must be given")
        item = self.item_row(parent["item_id"] if parent else item_id)
        self.editable(call, item["board_id"])
        return self.update_view(self.write_update(item, body, call.id, parent))

    @asked("mutation", "updates:write")
    def do_edit_update(self, call: Call, id: str, body: str) -> Row:
        row = self.own_update(call, id)
        row["body"], row["updated_at"], row["edited_at"] = body, self.now(), self.now()
        self.tell_update(row, call.id, "edit_update")
        return self.update_view(row)

    @asked("mutation", "updates:write")
    def do_delete_update(self, call: Call, id: str) -> Row:
        row = self.own_update(call, id)
        shown = self.update_view(row)
        self.drop_update(row, call.id)
        return shown

    def own_update(self, call: Call, number: str) -> Row:
        row = self.update_row(number)
        if row["creator_id"] != call.id and call.user["kind"] != "admin":
            raise Refused("UserUnauthorizedException", "User unauthorized", status=403)
        return row

    @asked("mutation", "updates:write")
    def do_clear_item_updates(self, call: Call, item_id: str) -> Row:
        _, item = self.own_item(call, item_id)
        for row in self.newest_updates({item["id"]}):
            self.drop_update(row, call.id)
        return self.item_view(item)
