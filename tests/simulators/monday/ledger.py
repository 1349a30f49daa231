"""A complete account of what is there: boards, items, updates, doubles, webhooks, calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import reading
from .store import Row, stamp
from .work import plain

if TYPE_CHECKING:
    from .door import Door


def view(door: Door, board: str = "", key: str = "") -> Row:
    """Of all boards, or of one by id or name; `key` is the column that must be unique."""
    boards = [row for row in door.table("boards").values()
              if board in ("", str(row["id"]), row["name"])]  # fmt: skip
    return {
        "boards": [board_shown(door, row, key) for row in boards],
        "webhooks": [hook_shown(hook) for hook in door.table("webhooks").values()],
        "usage": usage(door),
    }


def board_shown(door: Door, board: Row, key: str = "") -> Row:
    items = door.items_of(board, states=("active", "archived", "deleted"))
    names = ("id", "name", "state", "board_kind", "workspace_id", "parent_board_id", "groups")
    return {
        **{name: board[name] for name in names},
        "columns": [{name: one[name] for name in ("id", "title", "type", "settings", "revision")}
                    for one in board["columns"]],
        "items": [item_shown(door, board, item) for item in items],
        "duplicates": duplicates(door, board, key),
    }  # fmt: skip


def item_shown(door: Door, board: Row, item: Row) -> Row:
    texts = {
        one["id"]: reading.text_of(door, one, item["values"].get(one["id"]))
        for one in board["columns"] if one["type"] != "name"
    }  # fmt: skip
    raw = {one["id"]: item["values"].get(one["id"]) for one in board["columns"]
           if one["id"] in item["values"]}  # fmt: skip
    updates = [one for one in door.table("updates").values() if one["item_id"] == item["id"]]
    names = ("id", "name", "state", "group_id", "creator_id", "parent_id")
    return {
        **{name: item[name] for name in names}, "created_at": stamp(item["created_at"]),
        "updated_at": stamp(item["updated_at"]), "texts": texts, "values": raw,
        "updates": [update_shown(one) for one in updates],
    }  # fmt: skip


def update_shown(row: Row) -> Row:
    return {"id": row["id"], "body": row["body"], "text": plain(row["body"]),
            "creator_id": row["creator_id"], "parent_id": row["parent_id"]}  # fmt: skip


def duplicates(door: Door, board: Row, key: str = "") -> Row:
    """Values that several active items have, by column: of `key`, else of every text column."""
    columns = [one for one in board["columns"]
               if (one["id"] == key if key else one["type"] == "text")]  # fmt: skip
    found: Row = {}
    for column in columns:
        holders: dict[str, list[int]] = {}
        for item in door.items_of(board):
            text = reading.text_of(door, column, item["values"].get(column["id"]))
            if text:
                holders.setdefault(text.upper(), []).append(item["id"])
        doubles = {text: ids for text, ids in holders.items() if len(ids) > 1}
        if doubles or key:
            found[column["id"]] = doubles
    return found


def hook_shown(hook: Row) -> Row:
    names = ("id", "board_id", "event", "config", "url", "user_id", "app_id", "active")
    return {name: hook[name] for name in names}


def usage(door: Door) -> Row:
    """Calls by day and user, and how far each bucket is used now."""
    limits = door.limits
    buckets = {}
    for name, bucket in door.state["usage"].items():
        buckets[name] = {
            "minute": door.window(bucket["minute"])["used"],
            "day": door.day(bucket)["tenths"] / 10, "day_requests": bucket["day"]["calls"],
            "read_points": door.window(bucket["read"])["used"],
            "write_points": door.window(bucket["write"])["used"],
        }  # fmt: skip
    counts = {name: one for name, one in door.state["calls"].items() if name != "days"}
    return {"plan": door.state["plan"], "limits": limits, "buckets": buckets,
            "days": door.state["calls"].get("days", {}), "most_at_once": door.most_running,
            **counts}  # fmt: skip


def deliveries(door: Door) -> list[Any]:
    return [
        {
            "id": row["id"], "webhook_id": row["hook_id"], "status": row["status"],
            "event": row["event"], "attempts": [
                {name: one[name] for name in ("status", "error")} for one in row["attempts"]
            ],
        }
        for row in door.table("events").values()
    ]  # fmt: skip
