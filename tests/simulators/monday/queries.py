"""Root fields that read."""

from __future__ import annotations

from typing import Any

from . import labels, site
from .call import Call, asked
from .refusals import Refused, wrong_argument
from .store import Row
from .views import Views


def paged(rows: list[Row], limit: int, page: int) -> list[Row]:
    return rows[(page - 1) * limit : page * limit]


def wanted(number: Any, ids: list[Any] | None) -> bool:
    return ids is None or str(number) in map(str, ids)


class Queries(Views):
    """`ask_` is no part of a field's name."""

    @asked("query", "boards:read")
    def ask_boards(
        self, call: Call, ids: list[str] | None = None, limit: int = 25, page: int = 1,
        state: str = "active", board_kind: str | None = None,
        workspace_ids: list[str] | None = None, hierarchy_types: list[str] | None = None,
        order_by: str | None = None, latest: bool | None = None,
    ) -> list[Row]:  # fmt: skip
        """Unknown and invisible ids are absent."""
        rows = [
            row for row in self.table("boards").values()
            if wanted(row["id"], ids) and self.sees(call.id, row)
            and (row["state"] == state or (state == "all" and row["state"] != "deleted"))
            and board_kind in (None, row["board_kind"])
            and (ids is not None or row["parent_board_id"] is None)
            and wanted(row["workspace_id"], workspace_ids)
            and (hierarchy_types is None or row["hierarchy_type"] in hierarchy_types)
        ]  # fmt: skip
        rows.sort(key=lambda row: row["created_at"], reverse=True)
        return [self.board_view(row) for row in paged(rows, limit, page)]

    @asked("query", "boards:read")
    def ask_items(
        self, call: Call, ids: list[str] | None = None, limit: int = 25, page: int = 1,
        exclude_nonactive: bool | None = None, newest_first: bool | None = None,
    ) -> list[Row]:  # fmt: skip
        """25 without a limit; unknown ids are absent; archived and deleted ones are found."""
        if ids is not None and len(ids) > 100:
            raise wrong_argument("items can be asked for by at most 100 ids")
        rows = [
            row for row in self.table("items").values()
            if wanted(row["id"], ids) and (row["state"] == "active" or (
                ids is not None and not exclude_nonactive))
            and self.sees(call.id, self.table("boards")[row["board_id"]])
        ]  # fmt: skip
        rows.sort(key=lambda row: row["id"], reverse=bool(newest_first))
        return [self.item_view(row) for row in paged(rows, limit, page)]

    @asked("query", "boards:read")
    def ask_items_page_by_column_values(
        self, call: Call, board_id: str, limit: int, columns: list[Row] | None = None,
        cursor: str | None = None,
    ) -> Row:  # fmt: skip
        return self.by_values(self.board_row(board_id, call.id), columns, cursor, limit, call)

    @asked("query", "boards:read")
    def ask_next_items_page(self, call: Call, cursor: str, limit: int) -> Row:
        return self.next_page(cursor, limit, call)

    @asked("query", "users:read")
    def ask_users(
        self, call: Call, ids: list[str] | None = None, emails: list[str] | None = None,
        name: str | None = None, status: list[str] | None = None, limit: int = 200,
        page: int = 1, kind: str | None = None, **more: Any,
    ) -> list[Row]:  # fmt: skip
        if limit > 1000:
            raise wrong_argument("limit may be 1000 at most")
        states = status or ["ACTIVE", "PENDING"]
        addresses = None if emails is None else [one.lower() for one in emails]
        rows = [
            row for row in self.table("users").values()
            if wanted(row["id"], ids) and row["status"] in states
            and (addresses is None or row["email"].lower() in addresses)
            and (name is None or name.lower() in row["name"].lower())
            and of_kind(row, kind)
        ]  # fmt: skip
        return [self.user_shown(row) for row in paged(rows, limit, page)]

    @asked("query", "me:read")
    def ask_me(self, call: Call) -> Row:
        return self.user_shown(call.user)

    @asked("query", "account:read")
    def ask_account(self, call: Call) -> Row:
        return self.account_view()

    @asked("query", "workspaces:read")
    def ask_workspaces(
        self, call: Call, ids: list[str] | None = None, limit: int = 25, page: int = 1,
        kind: str | None = None, state: str = "active", **more: Any,
    ) -> list[Row]:  # fmt: skip
        rows = [
            row for row in self.table("workspaces").values()
            if wanted(row["id"], ids) and kind in (None, row["kind"])
            and state in ("all", row["state"])
        ]  # fmt: skip
        return [found for row in paged(rows, limit, page)
                if (found := self.workspace_view(row["id"]))]  # fmt: skip

    @asked("query", "updates:read")
    def ask_updates(
        self, call: Call, limit: int = 25, page: int = 1, ids: list[str] | None = None,
        from_date: str | None = None, to_date: str | None = None,
    ) -> list[Row]:  # fmt: skip
        if limit > 100:
            raise wrong_argument("limit may be 100 at most")
        if bool(from_date) != bool(to_date):
            raise wrong_argument("from_date and to_date must be given together")
        rows = [row for row in self.newest_updates(None) if wanted(row["id"], ids)]
        if from_date and to_date:
            rows = [row for row in rows
                    if from_date <= row["created_at"].isoformat()[: len(from_date)]
                    and row["created_at"].isoformat()[: len(to_date)] <= to_date]  # fmt: skip
        return [self.update_view(row) for row in paged(rows, limit, page)]

    @asked("query mutation")
    def ask_complexity(self, call: Call) -> Row:
        return {"before": call.before, "query": call.cost, "after": call.after,
                "reset_in_x_seconds": call.reset}  # fmt: skip

    @asked("query")
    def ask_version(self, call: Call) -> Row:
        return version_view(call.version)

    @asked("query")
    def ask_versions(self, call: Call) -> list[Row]:
        return [
            version_view(value) for value, kind in site.VERSIONS.items() if kind != "deprecated"
        ]

    @asked("query")
    def ask_get_column_type_schema(self, call: Call, type: str) -> Row:
        return column_type_schema(type, int(self.settings["dropdown_most"]))


def of_kind(user: Row, kind: str | None) -> bool:
    kinds: dict[str | None, bool] = {
        None: True, "all": True, "guests": user["kind"] == "guest",
        "non_guests": user["kind"] != "guest", "non_pending": user["status"] != "PENDING",
    }  # fmt: skip
    return kinds[kind]


def version_view(value: str) -> Row:
    kind = site.VERSIONS[value]
    return {"value": value, "kind": kind, "display_name": f"{value} ({kind})"}


def column_type_schema(kind: str, dropdown_most: int = 0) -> Row:
    """A draft-07 schema under `schema.properties.settings`, with the limits of labels."""
    dropdown = dropdown_most or labels.DROPDOWN_MOST  # negative: it is not told
    most = {"status": labels.STATUS_MOST, "dropdown": dropdown}.get(kind)
    if kind in ("name", "unsupported"):
        raise Refused("INVALID_ARGUMENT_EXCEPTION", f"No schema for {kind}")
    properties: Row = {}
    if most:
        length = labels.STATUS_LENGTH if kind == "status" else labels.DROPDOWN_LENGTH
        label = {"type": "object", "required": ["label"],
                 "properties": {"label": {"type": "string", "maxLength": length}}}  # fmt: skip
        told = {"maxItems": most} if most > 0 else {}
        properties["labels"] = {"type": "array", "items": label, **told}
    settings = {"type": "object", "properties": properties, "additionalProperties": not most}
    return {
        "type": kind, "schema": {
            "$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
            "properties": {"settings": settings},
        },
    }  # fmt: skip
