"""Pages of items: cursors of an hour, filters, and the search by column values."""

from __future__ import annotations

import secrets
from typing import Any

from . import reading
from .filters import Rules, ordered
from .kinds import UNSEARCHABLE
from .refusals import Refused, wrong_argument
from .store import Row
from .work import Work

CURSOR_SECONDS = 3600
MOST = 500


class Paging(Work):
    """A cursor knows the board and the question; paging is no snapshot."""

    def item_view(self, row: Row) -> Row:
        raise NotImplementedError

    def first_page(
        self, board: Row, group: str, call: Any, limit: int = 25, cursor: str | None = None,
        query_params: Row | None = None,
    ) -> Row:  # fmt: skip
        if cursor and query_params:
            raise wrong_argument("cursor and query_params are mutually exclusive")
        if cursor:
            return self.next_page(cursor, limit, call)
        ask = {"kind": "query", "board": board["id"], "group": group, "query": query_params or {}}
        if len(ask["query"].get("ids") or []) > 100:
            raise wrong_argument("query_params.ids may hold 100 ids")
        return self.page(ask, 0, limit, call, self.timestamp() + CURSOR_SECONDS)

    def by_values(
        self, board: Row, columns: list[Row] | None, cursor: str | None, limit: int, call: Any
    ) -> Row:
        if bool(columns) == bool(cursor):
            raise wrong_argument("Exactly one of columns and cursor must be given")
        if cursor:
            return self.next_page(cursor, limit, call)
        for one in columns or []:
            column = self.column_row(board, one["column_id"])
            if column["type"] in UNSEARCHABLE:
                raise Refused(
                    "InvalidColumnTypeException", "The column's type is not supported",
                    column_id=column["id"], column_type=column["type"],
                )  # fmt: skip
        ask = {"kind": "values", "board": board["id"], "group": "", "columns": columns}
        return self.page(ask, 0, limit, call, self.timestamp() + CURSOR_SECONDS)

    def next_page(self, cursor: str, limit: int, call: Any) -> Row:
        kept = self.state["cursors"].get(cursor)
        if kept is None:
            raise Refused("InvalidCursorException", "The cursor provided is not valid")
        if kept["expires"] <= self.timestamp():
            raise Refused(
                "CursorExpiredException", "The cursor provided for pagination has expired. "
                "Please refresh your query and obtain a new cursor",
            )  # fmt: skip
        return self.page(kept["ask"], kept["first"], limit, call, kept["expires"])

    def page(self, ask: Row, first: int, limit: int, call: Any, expires: float) -> Row:
        if not 1 <= limit <= MOST:
            raise wrong_argument(f"limit must be between 1 and {MOST}")
        rows = self.found(ask, call.id)
        cursor = None
        if first + limit < len(rows):
            cursor = f"MSw{secrets.token_urlsafe(30)}"
            self.forget_cursors()
            self.state["cursors"][cursor] = {
                "ask": ask, "first": first + limit, "expires": expires
            }  # fmt: skip
        return {
            "cursor": cursor,
            "items": [self.item_view(one) for one in rows[first : first + limit]],
        }

    def forget_cursors(self) -> None:
        """The oldest; an expired one is still known for a while."""
        cursors = self.state["cursors"]
        for old in list(cursors)[: max(0, len(cursors) - 2000)]:
            del cursors[old]

    def found(self, ask: Row, user: int) -> list[Row]:
        board = self.board_row(ask["board"], user)
        rows = self.items_of(board, ask["group"])
        if ask["kind"] == "values":
            return [
                row for row in rows if self.indexed(row) and self.has(board, row, ask["columns"])
            ]
        query = ask["query"]
        if query.get("ids") is not None:
            rows = [row for row in rows if str(row["id"]) in query["ids"]]
        rules = Rules(self, board, user)
        rows = [row for row in rows if rules.matches(row, query)]
        return ordered(self, board, rows, query.get("order_by") or [])

    def indexed(self, item: Row) -> bool:
        """The index for searches may be some seconds late."""
        age = self.timestamp() - item["updated_at"].timestamp()
        return bool(age >= float(self.settings["search_lag"]))

    def has(self, board: Row, item: Row, columns: list[Row]) -> bool:
        """Columns are joined by and, the values of one by or; whole value, any case."""
        for one in columns:
            column = self.column_row(board, one["column_id"])
            kept = item["values"].get(column["id"])
            text = item["name"] if column["type"] == "name" else (
                reading.text_of(self, column, kept) or "")  # fmt: skip
            wanted = {(value or "").lower() for value in one["column_values"]}
            if text.lower() not in wanted:
                return False
        return True
