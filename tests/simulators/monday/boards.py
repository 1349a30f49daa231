"""Root fields that change boards, groups and columns."""

from __future__ import annotations

import re
from typing import Any

from ..messages import units
from . import colours, labels
from .call import Call, asked
from .kinds import UNCREATABLE, id_prefix, internal
from .queries import Queries
from .refusals import Refused, wrong_argument
from .store import Row, is_there
from .writing import read_json

COLUMN_ID = re.compile(r"[a-z0-9_]{1,20}")
GROUP_NAMES = {name.replace("_", "-"): colours.HEX[n] for name, n in colours.IDS.items()}


class Boards(Queries):
    """Structure may be changed by the board's owners, and by members where all may edit."""

    def count_board(self) -> None:
        """Boards are made so many a minute; see limits.py."""

    def editable(self, call: Call, number: Any) -> Row:
        """The board, if this user may write on it."""
        board = self.board_row(number, call.id)
        if board["state"] == "archived":
            raise wrong_argument("The board is archived", board_id=str(number))
        owns = call.id in board["owners"]
        member = owns or call.id in board["subscribers"]
        allowed = {"everyone": True, "collaborators": member, "owners": owns, "assignee": owns}
        if not allowed[board["permissions"]]:
            raise Refused(
                "UserUnauthorizedException", "User unauthorized to perform action", status=403,
                board_id=str(number),
            )  # fmt: skip
        return board

    @asked("mutation", "boards:write")
    def do_create_board(
        self, call: Call, board_name: str, board_kind: str, workspace_id: str | None = None,
        description: str | None = None, empty: bool = False,
        board_owner_ids: list[str] | None = None, board_subscriber_ids: list[str] | None = None,
        **more: Any,
    ) -> Row:  # fmt: skip
        self.count_board()
        if not board_name:
            raise wrong_argument("board_name must not be empty")
        space = None
        if workspace_id is not None:
            space = self.row("workspaces", workspace_id)
            if space is None:
                raise Refused("InvalidWorkspaceIdException", "Workspace not found", status=404)
        owners = self.users_by_id(board_owner_ids or [str(call.id)])
        others = self.users_by_id(board_subscriber_ids or [])
        board = self.add_board(
            board_name, call.id, board_kind=board_kind, description=description, owners=owners,
            subscribers=list(dict.fromkeys([call.id, *owners, *others])),
            workspace_id=space["id"] if space else None,
        )  # fmt: skip
        self.add_column(board, "name", "Name", "name")
        self.add_group(board, "Group Title", "topics")
        if not empty:
            self.add_sample(board, call)
        return self.board_view(board)

    def add_sample(self, board: Row, call: Call) -> None:
        """What a new board has when it is not asked to be empty."""
        self.add_column(board, "person", "Person", "people")
        self.add_column(board, "status", "Status", "status", settings=labels.first_status())
        self.add_column(board, "date4", "Date", "date")
        for place in (1, 2, 3):
            self.make_item(board, f"Item {place}", call.id)

    def users_by_id(self, ids: list[str]) -> list[int]:
        for one in ids:
            if self.row("users", one) is None:
                raise Refused("InvalidUserIdException", "User not found", user_id=str(one))
        return [int(one) for one in ids]

    @asked("mutation", "boards:write")
    def do_update_board(
        self, call: Call, board_id: str, board_attribute: str, new_value: str
    ) -> Row:
        board = self.editable(call, board_id)
        if board_attribute in ("name", "description"):
            board[board_attribute] = new_value
        self.touch(board)
        return {"success": True, "undo_data": {"undo_record_id": None}}

    @asked("mutation", "boards:write")
    def do_archive_board(self, call: Call, board_id: str) -> Row:
        return self.end_board(self.editable(call, board_id), "archived")

    @asked("mutation", "boards:write")
    def do_delete_board(self, call: Call, board_id: str) -> Row:
        return self.end_board(self.editable(call, board_id), "deleted")

    def end_board(self, board: Row, state: str) -> Row:
        board["state"] = state
        self.touch(board)
        return self.board_view(board)

    @asked("mutation", "boards:write")
    def do_add_users_to_board(
        self, call: Call, board_id: str, user_ids: list[str], kind: str = "subscriber"
    ) -> list[Row | None]:
        board = self.editable(call, board_id)
        users = self.users_by_id(user_ids)
        if len(set(board["subscribers"]) | set(users)) > 400:
            raise Refused("RecordInvalidException", "Too many subscribers", status=422, http=422)
        for name in ("subscribers", "owners") if kind == "owner" else ("subscribers",):
            board[name] = list(dict.fromkeys([*board[name], *users]))
        self.touch(board)
        return [self.user_view(one) for one in users]

    @asked("mutation", "workspaces:write")
    def do_create_workspace(
        self, call: Call, name: str, kind: str, description: str | None = None, **more: Any
    ) -> Row | None:
        space = self.add_workspace(name, kind=kind, description=description)
        return self.workspace_view(space["id"])

    # Groups.

    @asked("mutation", "boards:write")
    def do_create_group(
        self, call: Call, board_id: str, group_name: str, group_color: str | None = None,
        position_relative_method: str | None = None, relative_to: str | None = None, **more: Any,
    ) -> Row:  # fmt: skip
        board = self.editable(call, board_id)
        if group_color is not None and group_color.lower() not in colours.HEX.values():
            raise wrong_argument(f"group_color {group_color} is not in the palette")
        other = self.group_row(board, relative_to) if relative_to else None
        group = self.add_group(board, group_name, "", group_color or "")
        board["groups"].remove(group)
        place = board["groups"].index(other) if other else 0
        after = bool(other) and position_relative_method == "after_at"
        board["groups"].insert(place + int(after), group)
        self.touch(board)
        return self.group_view(board, group)

    @asked("mutation", "boards:write")
    def do_update_group(
        self, call: Call, board_id: str, group_id: str, group_attribute: str, new_value: str
    ) -> Row:
        board = self.editable(call, board_id)
        group = self.group_row(board, group_id)
        if group_attribute == "title":
            group["title"] = new_value
        elif group_attribute == "color":
            if new_value not in GROUP_NAMES:
                raise wrong_argument(f"color {new_value} is no name of the palette")
            group["color"] = GROUP_NAMES[new_value]
        elif group_attribute.startswith("relative_position"):
            other = self.group_row(board, new_value)
            board["groups"].remove(group)
            place = board["groups"].index(other) + int(group_attribute.endswith("after"))
            board["groups"].insert(place, group)
        self.touch(board)
        return self.group_view(board, group)

    @asked("mutation", "boards:write")
    def do_archive_group(self, call: Call, board_id: str, group_id: str) -> Row:
        return self.end_group(call, board_id, group_id, "archived")

    @asked("mutation", "boards:write")
    def do_delete_group(self, call: Call, board_id: str, group_id: str) -> Row:
        return self.end_group(call, board_id, group_id, "deleted")

    def end_group(self, call: Call, board_id: str, group_id: str, state: str) -> Row:
        board = self.editable(call, board_id)
        group = self.group_row(board, group_id)
        if len([one for one in board["groups"] if is_there(one)]) == 1:
            raise Refused(
                "DeleteLastGroupException", "Cannot delete the last group", status=409, http=409
            )
        for item in self.items_of(board, group_id):
            self.put_away(board, item, state, call.id)
        group[state] = True
        self.touch(board)
        return self.group_view(board, group)

    # Columns.

    @asked("mutation", "boards:write")
    def do_create_column(
        self, call: Call, board_id: str, title: str, column_type: str, id: str | None = None,
        description: str | None = None, after_column_id: str | None = None, defaults: Any = None,
        **more: Any,
    ) -> Row:  # fmt: skip
        if column_type in UNCREATABLE:
            raise wrong_argument(f"Columns of type {column_type} cannot be created")
        given = read_json(defaults, objects=True) if defaults is not None else None
        return self.new_column(
            call, board_id, title, column_type, id, description, after_column_id, given
        )

    @asked("mutation", "boards:write")
    def do_create_status_column(
        self, call: Call, board_id: str, title: str, id: str | None = None,
        description: str | None = None, after_column_id: str | None = None,
        defaults: Row | None = None, **more: Any,
    ) -> Row:  # fmt: skip
        return self.new_column(
            call, board_id, title, "status", id, description, after_column_id, defaults
        )

    @asked("mutation", "boards:write")
    def do_create_dropdown_column(
        self, call: Call, board_id: str, title: str, id: str | None = None,
        description: str | None = None, after_column_id: str | None = None,
        defaults: Row | None = None, **more: Any,
    ) -> Row:  # fmt: skip
        return self.new_column(
            call, board_id, title, "dropdown", id, description, after_column_id, defaults
        )

    def new_column(
        self, call: Call, board_id: str, title: str, kind: str, name: str | None,
        description: str | None, after: str | None, defaults: Any,
    ) -> Row:  # fmt: skip
        board = self.editable(call, board_id)
        if name is not None and not COLUMN_ID.fullmatch(name):
            raise wrong_argument("id: 1 to 20 lower-case letters, digits and underscores")
        if name is not None and any(one["id"] == name for one in board["columns"]):
            raise wrong_argument(f"A column with id {name} exists", column_id=name)
        if units(title) > 255 or not title:
            raise wrong_argument("title must have 1 to 255 characters")
        settings = first_settings(kind, defaults)
        before = self.column_row(board, after) if after else None
        column = self.add_column(
            board, name or self.generated(id_prefix(kind), board), title, kind,
            settings=settings, description=description,
        )  # fmt: skip
        if before is not None:
            board["columns"].remove(column)
            board["columns"].insert(board["columns"].index(before) + 1, column)
        self.touch(board)
        body = {"type": "create_column", "columnId": column["id"], "columnTitle": title,
                "columnType": internal(kind)}  # fmt: skip
        self.tell(("create_column",), board, call.id, body)
        return self.column_view(column)

    def changing(self, call: Call, board_id: str, name: str, revision: str | None = None) -> Any:
        board = self.editable(call, board_id)
        column = self.column_row(board, name)
        if revision is not None and column["revision"] != revision:
            raise Refused(
                "REVISION_MISMATCH", "The column was changed meanwhile: read its revision again",
                status=409, column_id=name,
            )  # fmt: skip
        return board, column

    def changed_column(self, board: Row, column: Row, args: Row) -> Row:
        for name in ("title", "description", "width"):
            if args.get(name) is not None:
                column[name] = args[name]
        self.revise(board, column)
        self.touch(board)
        return self.column_view(column)

    @asked("mutation", "boards:write")
    def do_update_status_column(
        self, call: Call, board_id: str, id: str, revision: str, settings: Row | None = None,
        **args: Any,
    ) -> Row:  # fmt: skip
        return self.update_labels(call, board_id, id, revision, "status", settings, args)

    @asked("mutation", "boards:write")
    def do_update_dropdown_column(
        self, call: Call, board_id: str, id: str, revision: str, settings: Row | None = None,
        **args: Any,
    ) -> Row:  # fmt: skip
        return self.update_labels(call, board_id, id, revision, "dropdown", settings, args)

    @asked("mutation", "boards:write")
    def do_update_column(
        self, call: Call, board_id: str, id: str, revision: str, column_type: str,
        settings: Any = None, **args: Any,
    ) -> Row:  # fmt: skip
        given = read_json(settings, objects=True) if settings is not None else None
        return self.update_labels(call, board_id, id, revision, column_type, given, args)

    def update_labels(
        self, call: Call, board_id: str, name: str, revision: str, kind: str, settings: Any,
        args: Row,
    ) -> Row:  # fmt: skip
        board, column = self.changing(call, board_id, name, revision)
        if column["type"] != kind:
            raise wrong_argument(f"Column {name} is of type {column['type']}", column_id=name)
        if settings is not None:
            column["settings"] = self.new_settings(board, column, settings)
        return self.changed_column(board, column, args)

    def new_settings(self, board: Row, column: Row, settings: Any) -> Row:
        kind, old = column["type"], column["settings"].get("labels", [])
        if kind == "status":
            return labels.replace_status(old, settings, self.used(board, column))
        if kind == "dropdown":
            highest = max([one["id"] for one in old] + [column["settings"].get("highest", 0)] + [0])
            return labels.replace_dropdown(old, settings, self.used(board, column), highest)
        return {**column["settings"], **settings}

    def used(self, board: Row, column: Row) -> set[int]:
        """Ids of the labels that items have."""
        found: set[int] = set()
        for item in self.items_of(board, states=("active", "archived")):
            value = item["values"].get(column["id"]) or {}
            found |= {value["index"]} if "index" in value else set(value.get("ids", []))
        return found

    @asked("mutation", "boards:write")
    def do_change_column_title(self, call: Call, board_id: str, column_id: str, title: str) -> Row:
        board, column = self.changing(call, board_id, column_id)
        return self.changed_column(board, column, {"title": title})

    @asked("mutation", "boards:write")
    def do_change_column_metadata(
        self, call: Call, board_id: str, column_id: str, column_property: str = "title",
        value: str | None = None,
    ) -> Row:  # fmt: skip
        board, column = self.changing(call, board_id, column_id)
        return self.changed_column(board, column, {column_property: value or ""})

    @asked("mutation", "boards:write")
    def do_delete_column(self, call: Call, board_id: str, column_id: str) -> Row:
        board, column = self.changing(call, board_id, column_id)
        if column["type"] in ("name", "subtasks", "item_id"):
            raise wrong_argument(f"Column {column_id} cannot be deleted", column_id=column_id)
        board["columns"].remove(column)
        for item in self.items_of(board, states=("active", "archived", "deleted")):
            item["values"].pop(column_id, None)
        self.touch(board)
        return self.column_view({**column, "archived": True})


def first_settings(kind: str, defaults: Any) -> Row:
    """Settings of a new column; what is not known for the type is refused for labels only."""
    if kind == "status":
        return labels.create_status(defaults) if defaults else labels.first_status()
    if kind == "dropdown":
        return labels.create_dropdown(defaults) if defaults else {"labels": []}
    if defaults is not None and not isinstance(defaults, dict):
        raise labels.invalid("defaults must be an object")
    return dict((defaults or {}).get("settings", defaults or {}))
