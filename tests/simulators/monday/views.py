"""How rows are shown to GraphQL: dictionaries whose costly fields are functions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from . import labels, reading, site
from .kinds import CALCULATED, TYPENAMES
from .paging import Paging
from .store import Row, is_there, stamp
from .work import plain

Asked = Any


class Views(Paging):
    """A field that is a function is called with the execution's info and its arguments."""

    def user_view(self, number: int | None) -> Row | None:
        row = self.table("users").get(number or 0)
        return self.user_shown(row) if row else None

    def user_shown(self, row: Row) -> Row:
        old = {
            "is_admin": row["kind"] == "admin", "is_guest": row["kind"] == "guest",
            "is_view_only": row["kind"] == "view_only", "is_pending": row["status"] == "PENDING",
            "enabled": row["status"] != "INACTIVE", "is_verified": row["status"] == "ACTIVE",
            "join_date": stamp(row["created_at"])[:10], "photo_original": None,
        }  # fmt: skip
        return {
            **old, "id": row["id"], "name": row["name"], "email": row["email"],
            "title": row["title"], "kind": row["kind"], "status": row["status"],
            "url": f"{self.url}/users/{row['id']}", "created_at": stamp(row["created_at"]),
            "account_id": site.ACCOUNT_ID, "account": lambda info: self.account_view(),
            "is_deleted": False, "is_email_confirmed": row["status"] != "PENDING",
            "time_zone_identifier": "America/New_York", "utc_hours_diff": -5.0,
            "current_language": "en", "country_code": "US",
        }  # fmt: skip

    def account_view(self) -> Row:
        account, plan = self.state["account"], self.state["plan"]
        active = [one for one in self.table("users").values() if one["status"] == "ACTIVE"]
        return {
            "id": account["id"], "name": account["name"], "slug": account["slug"], "tier": plan,
            "plan": {"max_users": 25, "period": "yearly", "tier": plan, "version": 9},
            "first_day_of_the_week": "sunday", "show_timeline_weekends": True,
            "is_during_trial": False, "is_trial_expired": True, "country_code": "US",
            "active_members_count": len(active), "created_at": "2021-03-01",
        }  # fmt: skip

    def workspace_view(self, number: int | None) -> Row | None:
        row = self.table("workspaces").get(number or 0)
        if row is None:
            return None
        names = ("id", "name", "kind", "state", "description")
        shown = {name: row[name] for name in names}
        return {**shown, "is_default_workspace": row["is_default"],
                "created_at": stamp(row["created_at"])}  # fmt: skip

    # Boards.

    def board_view(self, row: Row) -> Row:
        names = ("id", "name", "state", "board_kind", "permissions", "hierarchy_type",
                 "workspace_id", "items_limit", "description")  # fmt: skip
        return {
            **{name: row[name] for name in names}, "updated_at": stamp(row["updated_at"]),
            "url": f"{self.url}/boards/{row['id']}",
            "type": "sub_items_board" if row["parent_board_id"] else "board",
            "items_count": lambda info: len(self.items_of(row)),
            "workspace": lambda info: self.workspace_view(row["workspace_id"]),
            "groups": lambda info, ids=None: self.groups_of(row, ids),
            "columns": lambda info, ids=None, types=None: self.columns_of(row, ids, types),
            "owners": lambda info: [self.user_view(one) for one in row["owners"]],
            "subscribers": lambda info: [self.user_view(one) for one in row["subscribers"]],
            "creator": lambda info: self.user_view(row["creator_id"]),
            "items_page": lambda info, **args: self.first_page(row, "", info.context, **args),
            "updates": lambda info, **args: self.updates_of(row, info.context, **args),
            "activity_logs": lambda info, **args: self.activity_of(row, **args),
        }  # fmt: skip

    def groups_of(self, board: Row, ids: list[str] | None) -> list[Row]:
        return [
            self.group_view(board, one) for one in board["groups"]
            if is_there(one) and (ids is None or one["id"] in ids)
        ]  # fmt: skip

    def group_view(self, board: Row, group: Row) -> Row:
        place = board["groups"].index(group)
        return {
            **group, "position": f"{65536.0 * (place + 1)}",
            "items_page": lambda info, **args: self.first_page(
                board, group["id"], info.context, **args),
        }  # fmt: skip

    def columns_of(
        self, board: Row, ids: list[str] | None = None, types: list[str] | None = None
    ) -> list[Row]:
        return [
            self.column_view(one) for one in board["columns"]
            if (ids is None or one["id"] in ids) and (types is None or one["type"] in types)
        ]  # fmt: skip

    def column_view(self, column: Row) -> Row:
        settings = labels.shown(column, self.settings["label_colours"])
        return {**column, "settings": settings, "settings_str": json.dumps(settings)}

    # Items.

    def item_view(self, row: Row) -> Row:
        board = self.table("boards")[row["board_id"]]
        return {
            "id": row["id"], "name": row["name"], "state": row["state"],
            "created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"]),
            "creator_id": str(row["creator_id"]),
            "url": f"{self.url}/boards/{board['id']}/pulses/{row['id']}",
            "relative_link": f"/boards/{board['id']}/pulses/{row['id']}",
            "email": f"pulse-{row['id']}@{site.ACCOUNT_SLUG}.example",
            "creator": lambda info: self.user_view(row["creator_id"]),
            "subscribers": lambda info: [self.user_view(row["creator_id"])],
            "board": lambda info: self.board_view(board),
            "group": lambda info: self.group_of(board, row),
            "column_values": lambda info, **args: self.values_of(board, row, **args),
            "parent_item": lambda info: self.parent_of(row),
            "subitems": lambda info: [self.item_view(one) for one in self.subitems_of(row)] or None,
            "updates": lambda info, **args: self.item_updates(row, info.context, **args),
            "updates_page": lambda info, **args: self.updates_page(row, info.context, **args),
        }  # fmt: skip

    def group_of(self, board: Row, item: Row) -> Row | None:
        found = [one for one in board["groups"] if one["id"] == item["group_id"]]
        return self.group_view(board, found[0]) if found else None

    def parent_of(self, item: Row) -> Row | None:
        return self.item_view(self.table("items")[item["parent_id"]]) if item["parent_id"] else None

    def subitems_of(self, item: Row) -> list[Row]:
        return [one for one in self.table("items").values()
                if one["parent_id"] == item["id"] and one["state"] == "active"]  # fmt: skip

    def values_of(
        self, board: Row, item: Row, ids: list[str] | None = None, types: list[str] | None = None
    ) -> list[Row]:
        """In the board's order; the name is no column value, nor is an auto number."""
        return [
            self.value_view(one, item) for one in board["columns"]
            if one["type"] not in ("name", "auto_number") and not one["archived"]
            and (ids is None or one["id"] in ids) and (types is None or one["type"] in types)
        ]  # fmt: skip

    def value_view(self, column: Row, item: Row) -> Row:
        value = item["values"].get(column["id"])
        fields = {
            "__typename": TYPENAMES.get(column["type"], "UnsupportedValue"), "id": column["id"],
            "type": column["type"], "column": lambda info: self.column_view(column),
            "is_leaf": True, "text": reading.text_of(self, column, value),
            "value": reading.raw(column, value),
            "updated_at": (value or {}).get("changed_at"), **reading.typed(self, column, value),
        }  # fmt: skip
        if column["type"] in CALCULATED:
            fields |= self.calculated(column["type"], item)
        if column["type"] == "board_relation":
            rows = [self.table("items")[int(one)] for one in fields["linked_item_ids"]]
            fields["linked_items"] = lambda info: [self.item_view(one) for one in rows]
        return fields

    def calculated(self, kind: str, item: Row) -> Row:
        below = self.subitems_of(item) if kind == "subtasks" else []
        found: dict[str, Row] = {
            "item_id": {"text": str(item["id"]), "item_id": item["id"]},
            "creation_log": {
                "text": stamp(item["created_at"]), "created_at": stamp(item["created_at"]),
                "creator_id": item["creator_id"],
                "creator": lambda info: self.user_view(item["creator_id"]),
            },
            "last_updated": {
                "text": stamp(item["updated_at"]), "updated_at": stamp(item["updated_at"]),
                "updater_id": item["by"], "updater": lambda info: self.user_view(item["by"]),
            },
            "subtasks": {
                "display_value": ", ".join(one["name"] for one in below),
                "subitems_ids": [one["id"] for one in below],
                "subitems": lambda info: [self.item_view(one) for one in below],
            },
        }  # fmt: skip
        return found.get(kind, {})

    # Updates and logs.

    def update_view(self, row: Row) -> Row:
        item = self.table("items").get(row["item_id"])
        replies = [one for one in self.table("updates").values() if one["parent_id"] == row["id"]]
        return {
            "id": row["id"], "body": row["body"], "text_body": plain(row["body"]),
            "creator_id": str(row["creator_id"]), "item_id": str(row["item_id"]), "kind": "reply",
            "creator": lambda info: self.user_view(row["creator_id"]),
            "created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"]),
            "edited_at": stamp(row["edited_at"]),
            "item": lambda info: self.item_view(item) if item else None,
            "replies": lambda info: [self.update_view(one) for one in replies],
        }  # fmt: skip

    def newest_updates(self, items: set[int] | None) -> list[Row]:
        """Top level, the newest first."""
        found = [
            one for one in self.table("updates").values()
            if one["parent_id"] is None and (items is None or one["item_id"] in items)
        ]  # fmt: skip
        return sorted(found, key=lambda one: one["id"], reverse=True)

    def item_updates(
        self, item: Row, call: Asked, limit: int = 25, page: int = 1, ids: list[str] | None = None
    ) -> list[Row]:
        call.needs("updates:read")
        rows = [one for one in self.newest_updates({item["id"]})
                if ids is None or str(one["id"]) in ids]  # fmt: skip
        return [self.update_view(one) for one in rows[(page - 1) * limit : page * limit]]

    def updates_page(
        self, item: Row, call: Asked, limit: int = 25, cursor: str | None = None
    ) -> Row:
        call.needs("updates:read")
        rows = self.newest_updates({item["id"]})
        first = int(cursor or 0)
        following = str(first + limit) if first + limit < len(rows) else None
        shown = [self.update_view(one) for one in rows[first : first + limit]]
        return {"updates": shown, "cursor": following}

    def updates_of(
        self, board: Row, call: Asked, limit: int = 25, page: int = 1, **more: Any
    ) -> list[Row]:
        call.needs("updates:read")
        items = {one["id"] for one in self.items_of(board)}
        rows = self.newest_updates(items)
        return [self.update_view(one) for one in rows[(page - 1) * limit : page * limit]]

    def activity_of(
        self, board: Row, limit: int = 25, page: int = 1, item_ids: list[str] | None = None,
        column_ids: list[str] | None = None, user_ids: list[str] | None = None, **more: Any,
    ) -> list[Row]:  # fmt: skip
        """The newest first; times are 17 digits, in units of 100 ns."""
        since, until = more.get("from"), more.get("to")
        rows = [
            one for one in reversed(self.state["logs"])
            if one["board_id"] == board["id"]
            and (item_ids is None or str(one["item_id"]) in item_ids)
            and (column_ids is None or one["column_id"] in column_ids)
            and (user_ids is None or str(one["by"]) in user_ids)
            and (not since or one["at"] >= instant(since))
            and (not until or one["at"] <= instant(until))
        ]  # fmt: skip
        return [
            {
                "id": one["id"], "event": one["event"], "data": one["data"], "entity":
                "pulse" if one["item_id"] else "board", "user_id": str(one["by"]),
                "account_id": str(site.ACCOUNT_ID), "created_at": str(int(one["at"] * 10_000_000)),
            }
            for one in rows[(page - 1) * limit : page * limit]
        ]  # fmt: skip


def instant(text: str) -> float:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
