"""What people do in monday's own pages: acts by name, each with its body."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import labels, site
from .refusals import Refused
from .store import Row
from .writing import Writing

if TYPE_CHECKING:
    from .door import Door


class Unknown(Exception):
    """There is no such thing, as a sentence."""


def by_whom(door: Door, data: Row) -> int:
    """`user`: an id, an e-mail address or a name; else the controller."""
    given = data.get("user", site.CONTROLLER)
    for row in door.table("users").values():
        if given in (row["id"], str(row["id"]), row["email"], row["name"]):
            return int(row["id"])
    raise Unknown(f"there is no user {given!r}")


def the_item(door: Door, data: Row) -> tuple[Row, Row]:
    """`item`: an id, or the name of the newest active item; `board` narrows it."""
    given, board = data.get("item"), data.get("board")
    row = door.row("items", given) if given is not None else None
    if row is None:
        named = [one for one in door.table("items").values()
                 if one["name"] == given and one["state"] == "active"
                 and (board is None or one["board_id"] == the_board(door, data)["id"])]  # fmt: skip
        row = named[-1] if named else None
    if row is None:
        raise Unknown(f"there is no item {given!r}")
    return door.table("boards")[row["board_id"]], row


def the_board(door: Door, data: Row) -> Row:
    """`board`: an id or a name; else the first active one."""
    given = data.get("board")
    for row in door.table("boards").values():
        if row["state"] == "active" and (given is None or given in (
            row["id"], str(row["id"]), row["name"])):  # fmt: skip
            return row
    raise Unknown(f"there is no board {given!r}")


def the_column(board: Row, given: Any, kind: str = "") -> Row:
    """By id or title; else the first one of its type."""
    for one in board["columns"]:
        if given in (one["id"], one["title"]) or (given is None and one["type"] == kind):
            return dict_of(one)
    raise Unknown(f"there is no column {given or kind!r}")


def dict_of(row: Row) -> Row:
    return row


def set_status(door: Door, data: Row) -> Row:
    """{item, status: label or label id, column?, user?}"""
    board, item = the_item(door, data)
    column = the_column(board, data.get("column"), "status")
    given = data.get("status")
    shape = {"index": given} if isinstance(given, int) else {"label": given} if given else None
    value = Writing(door, board, False).value(column, shape)
    door.change(board, item, {column["id"]: value}, by_whom(door, data))
    return {"item": item["id"], "status": value}


def change_value(door: Door, data: Row) -> Row:
    """{item, column, value in the API's shape, user?}; a label that is typed is made."""
    board, item = the_item(door, data)
    column = the_column(board, data.get("column"))
    if column["type"] == "name":
        return rename_item(door, {**data, "name": data.get("value")})
    writing = Writing(door, board, True)
    value = writing.value(column, data.get("value"))
    writing.commit()
    door.change(board, item, {column["id"]: value}, by_whom(door, data))
    return {"item": item["id"], "value": value}


def rename_item(door: Door, data: Row) -> Row:
    board, item = the_item(door, data)
    door.rename(board, item, str(data["name"]), by_whom(door, data))
    return {"item": item["id"], "name": item["name"]}


def move(door: Door, data: Row) -> Row:
    """{item, group: id or title, user?}"""
    board, item = the_item(door, data)
    named = [one["id"] for one in board["groups"] if data.get("group") in (one["id"], one["title"])]
    if not named:
        raise Unknown(f"there is no group {data.get('group')!r}")
    door.move(board, item, named[0], by_whom(door, data))
    return {"item": item["id"], "group": item["group_id"]}


def _put_away(state: str) -> Callable[[Door, Row], Row]:
    def act(door: Door, data: Row) -> Row:
        board, item = the_item(door, data)
        if state == "active":
            door.restore(board, item, by_whom(door, data))
        else:
            door.put_away(board, item, state, by_whom(door, data))
        return {"item": item["id"], "state": item["state"]}

    return act


def write_update(door: Door, data: Row) -> Row:
    """{item, body: HTML, user?, parent?}"""
    _, item = the_item(door, data)
    parent = door.row("updates", data.get("parent")) if data.get("parent") else None
    row = door.write_update(item, str(data.get("body") or ""), by_whom(door, data), parent)
    return {"update": row["id"]}


def create_item(door: Door, data: Row) -> Row:
    """{name, board?, group?, values? in the API's shape, user?}"""
    board = the_board(door, data)
    writing = Writing(door, board, True)
    values = writing.values(data.get("values") or {})
    item = door.make_item(
        board, str(data["name"]), by_whom(door, data), group=str(data.get("group") or ""),
        writing=writing, values=values,
    )  # fmt: skip
    return {"item": item["id"]}


def copy_item(door: Door, data: Row) -> Row:
    """Somebody duplicates an item, with its values: the key is there twice."""
    board, item = the_item(door, data)
    twin = door.make_item(
        board, f"{item['name']} (copy)", by_whom(door, data), group=item["group_id"],
        values={name: dict(value) for name, value in item["values"].items()},
    )  # fmt: skip
    return {"item": twin["id"]}


def rename_label(door: Door, data: Row) -> Row:
    """{column, label, to, board?}; `deactivate: true` instead of `to` puts it out of use."""
    board = the_board(door, data)
    column = the_column(board, data.get("column"), "status")
    for one in column["settings"].get("labels", []):
        if data.get("label") in (one["label"], one["id"]):
            one["label"] = str(data.get("to") or one["label"])
            one["is_deactivated"] = bool(data.get("deactivate", one["is_deactivated"]))
            door.revise(board, column)
            door.touch(board)
            return dict_of(one)
    raise Unknown(f"there is no label {data.get('label')!r}")


def add_label(door: Door, data: Row) -> Row:
    """{column, label, board?}"""
    board = the_board(door, data)
    column = the_column(board, data.get("column"), "status")
    known, text = column["settings"].setdefault("labels", []), str(data["label"])
    status = column["type"] == "status"
    make = labels.missing_status if status else labels.missing_dropdown
    known.append(make(column, known, text))
    door.revise(board, column)
    door.touch(board)
    return dict_of(known[-1])


def delete_column(door: Door, data: Row) -> Row:
    board = the_board(door, data)
    column = the_column(board, data.get("column"))
    board["columns"].remove(column)
    for item in door.items_of(board, states=("active", "archived", "deleted")):
        item["values"].pop(column["id"], None)
    door.touch(board)
    return {"column": column["id"]}


def rename_column(door: Door, data: Row) -> Row:
    """{column, to, board?}"""
    board = the_board(door, data)
    column = the_column(board, data.get("column"))
    column["title"] = str(data["to"])
    door.revise(board, column)
    return {"column": column["id"], "title": column["title"]}


def end_board(door: Door, data: Row) -> Row:
    """{board, state: archived, deleted or active}"""
    rows = [row for row in door.table("boards").values()
            if data.get("board") in (row["id"], str(row["id"]), row["name"])]  # fmt: skip
    if not rows or data.get("state", "deleted") not in ("active", "archived", "deleted"):
        raise Unknown(f"there is no board {data.get('board')!r}, or no such state")
    rows[0]["state"] = data.get("state", "deleted")
    return {"board": rows[0]["id"], "state": rows[0]["state"]}


def board_rights(door: Door, data: Row) -> Row:
    """{board?, permissions: everyone|collaborators|assignee|owners, owners?, subscribers?}"""
    board = the_board(door, data)
    for name in ("permissions", "owners", "subscribers", "board_kind", "hierarchy_type",
                 "items_limit"):  # fmt: skip
        if name in data:
            board[name] = data[name]
    return {"board": board["id"], "permissions": board["permissions"], "owners": board["owners"]}


def add_user(door: Door, data: Row) -> Row:
    """{name, email, kind?, title?, status?, boards?: true to subscribe to all}"""
    more = {name: data[name] for name in ("kind", "title", "status") if name in data}
    user = door.add_user(str(data["name"]), str(data["email"]), **more)
    for board in door.table("boards").values() if data.get("boards") else ():
        board["subscribers"].append(user["id"])
    return {"user": user["id"]}


def remove_user(door: Door, data: Row) -> Row:
    """Deactivates: the tokens are dead, the webhooks made with a personal token too."""
    number = by_whom(door, data)
    door.table("users")[number]["status"] = "INACTIVE"
    tokens = door.state["tokens"]
    for token in [one for one, row in tokens.items() if row["user"] == number]:
        del tokens[token]
    for hook in door.table("webhooks").values():
        if hook["user_id"] == number and hook["app_id"] is None:
            hook["active"] = False
    return {"user": number, "status": "INACTIVE"}


def new_token(door: Door, data: Row) -> Row:
    """{user?, token?}: a new personal token; the old one of this user is dead."""
    from .access import personal

    number = by_whom(door, {"user": site.BOT, **data})
    tokens = door.state["tokens"]
    for old in [one for one, row in tokens.items()
                if row["user"] == number and row["kind"] == "personal"]:  # fmt: skip
        del tokens[old]
    token = str(data.get("token") or f"stand-in-monday-personal-token-{door.step():06d}")
    tokens[token] = personal(number)
    return {"token": token, "user": number}


def switch_webhook(door: Door, data: Row) -> Row:
    """{webhook: id or absent for all, active: false}"""
    hooks = [one for one in door.table("webhooks").values()
             if data.get("webhook") in (None, one["id"], str(one["id"]))]  # fmt: skip
    for hook in hooks:
        hook["active"] = bool(data.get("active", False))
    return {"webhooks": [hook["id"] for hook in hooks]}


BY_HAND: dict[str, Callable[[Door, Row], Row]] = {
    "status": set_status, "value": change_value, "rename": rename_item, "move": move,
    "archive": _put_away("archived"), "delete": _put_away("deleted"),
    "restore": _put_away("active"), "update": write_update, "item": create_item,
    "copy": copy_item, "label": rename_label, "new_label": add_label,
    "delete_column": delete_column, "rename_column": rename_column, "board": end_board,
    "rights": board_rights, "user": add_user, "remove_user": remove_user, "token": new_token,
    "webhook": switch_webhook,
}  # fmt: skip
WRONG = (Unknown, Refused, KeyError, ValueError, TypeError)
