"""Boards and items, many per call: calls are what is scarce."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.cache import cache

from connections.boards import Board, Decision, Item
from connections.errors import NotFound, Refused, RetryLater
from connections.vendors.monday import answers, cells, columns, queries
from connections.vendors.monday.cells import Row, loads, moment, text
from connections.vendors.monday.wire import Wire

IDS = 100  # per call
KEYS = 100  # the list of values has no documented limit
PAGE = 500
SMALLEST_PAGE = 25
BOARDS_PAGE = 100
WALKS = 3
LOG_ROWS = 1_000  # of one cell; the order is not documented
TYPES_KEPT = 3600  # seconds; a column's type never changes
NAMES_KEPT = 86_400
TICKS = 10_000_000  # of 100 ns in a second
SET_BY = frozenset({"update_column_value", "create_pulse"})


class Reading(Wire):
    # -- boards -------------------------------------------------------------------------------

    def boards(self) -> list[Board]:
        """Boards that can be seen, without their columns; no documents, no boards of subitems."""
        found: dict[str, Board] = {}
        page = 1
        while True:
            rows = listed(self.ask(queries.BOARDS, {"page": page}), "boards")
            found |= {text(row["id"]): columns.board(row) for row in rows if columns.is_board(row)}
            if len(rows) < BOARDS_PAGE:
                return list(found.values())
            page += 1

    def board(self, board_id: str) -> Board:
        """With columns, labels and groups, archived ones too. Raises NotFound."""
        board = columns.board(self.board_row(board_id))
        self.remember_types(board)
        return board

    def board_row(self, board_id: str) -> Row:
        rows = listed(self.ask(queries.STRUCTURE, {"board": [board_id]}), "boards")
        if not rows or rows[0].get("state") == "deleted":
            raise missing_board(board_id)
        return rows[0]

    def column_row(self, board_id: str, column_id: str) -> Row:
        """As monday.com describes it. Raises NotFound."""
        for row in self.board_row(board_id).get("columns") or ():
            if row and row.get("id") == column_id:
                found: Row = row
                return found
        raise NotFound(
            f"The monday.com board {board_id} has no column {column_id}.", status=404,
            code="invalidcolumnidexception",
        )  # fmt: skip

    def column_types(self, board_id: str) -> dict[str, str]:
        """By column id; kept for an hour, since a type never changes."""
        kept: dict[str, str] | None = cache.get(self.types_key(board_id))
        if kept is None:
            kept = self.remember_types(self.board(board_id))
        return kept

    def remember_types(self, board: Board) -> dict[str, str]:
        types = {column.id: column.type for column in board.columns if not column.archived}
        cache.set(self.types_key(board.id), types, TYPES_KEPT)
        return types

    def forget_types(self, board_id: str) -> None:
        cache.delete(self.types_key(board_id))

    def types_key(self, board_id: str) -> str:
        return f"monday-types-{self.connection.pk}-{board_id}"

    # -- items --------------------------------------------------------------------------------

    def items(self, ids: Sequence[str]) -> list[Item]:
        """Those that exist, archived and deleted ones included (not `active`)."""
        found = []
        for some in parts(list(dict.fromkeys(ids)), IDS):
            rows = listed(self.ask(queries.ITEMS, {"ids": some}), "items")
            found += [cells.item(row) for row in rows]
        return found

    def has_said(self, item_id: str, text: str) -> bool:
        """Whether one of the item's newest updates is this text; blanks and lines do not count."""
        rows = listed(self.ask(queries.UPDATES, {"ids": [item_id]}), "items")
        said = [plain(one.get("text_body")) for row in rows for one in row.get("updates") or ()]
        return plain(text) in said

    def items_by_key(
        self, board_id: str, column_id: str, keys: Sequence[str]
    ) -> dict[str, list[Item]]:
        """Per key every active item whose text cell is exactly it, whatever the case.

        The search may lag behind a write: never ask it whether an item was just made.
        """
        found: dict[str, list[Item]] = {key: [] for key in keys}
        for some in parts(list(dict.fromkeys(key for key in keys if key)), KEYS):
            rule = {"column_id": column_id, "operator": "any_of", "compare_value": some}
            for item in self.walk(board_id, {"rules": [rule]}):
                for key in some:
                    if text(item.cells.get(column_id)).casefold() == key.casefold():
                        found[key].append(item)
        return found

    def all_items(self, board_id: str) -> Iterator[Item]:
        """Every active item, once each; a walk whose cursor ended (60 minutes) begins anew."""
        seen: set[str] = set()
        for walk in range(1, WALKS + 1):
            try:
                for item in self.walk(board_id, None):
                    if item.id not in seen:
                        seen.add(item.id)
                        yield item
                return
            except Refused as error:
                if "cursor" not in (error.code + error.text).lower() or walk == WALKS:
                    raise
        raise AssertionError("unreachable")

    def walk(self, board_id: str, rules: Row | None) -> Iterator[Item]:
        """Page by page; a page that costs too many points is asked for in smaller ones."""
        size, cursor = PAGE, ""
        while True:
            try:
                page = self.page(board_id, rules, cursor, size)
            except Refused as error:
                if error.code != answers.TOO_BIG or size <= SMALLEST_PAGE:
                    raise
                size = max(size // 4, SMALLEST_PAGE)
                continue
            yield from (cells.item(row) for row in listed(page, "items"))
            cursor = text(page.get("cursor"))
            if not cursor:
                return

    def page(self, board_id: str, rules: Row | None, cursor: str, size: int) -> Row:
        if cursor:
            data = self.ask(queries.MORE_ITEMS, {"cursor": cursor, "limit": size})
            return row_of(data.get("next_items_page"))
        variables: dict[str, Any] = {"board": [board_id], "limit": size, "rules": rules}
        found = listed(self.ask(queries.ITEMS_OF_BOARD, variables), "boards")
        if not found:
            raise missing_board(board_id)
        return row_of(found[0].get("items_page"))

    # -- who decided --------------------------------------------------------------------------

    def decision(self, board_id: str, item_id: str, column_id: str) -> Decision | None:
        """From the board's activity log; None where it does not reach. Two calls at most."""
        variables = {
            "board": [board_id], "items": [item_id], "columns": [column_id], "limit": LOG_ROWS,
        }  # fmt: skip
        found = listed(self.ask(queries.LOG, variables), "boards")
        rows = listed(found[0], "activity_logs") if found else []
        moments = [(at, row) for row in rows if about(row, item_id, column_id)
                   and (at := log_moment(row.get("created_at")))]  # fmt: skip
        if not moments:
            return None
        at, row = max(moments, key=lambda one: one[0])
        person = text(row.get("user_id"))
        ours = self.is_own_user() and person == self.calls.seat().person_id
        return Decision(person, self.person(person), at, ours)

    def is_own_user(self) -> bool:
        """Whether only the connector works as the user of its credential."""
        return self.connection.setting("own_user") == "yes"

    def person(self, id: str) -> str:
        """A user's name, kept for a day; the id where monday.com does not show the user."""
        key = f"monday-person-{self.connection.pk}-{id}"
        name: str | None = cache.get(key)
        if name is None:
            rows = listed(self.ask(queries.PERSON, {"ids": [id]}), "users")
            name = text(rows[0].get("name")) if rows else f"User {id}"
            cache.set(key, name, NAMES_KEPT)
        return name


def about(row: Row, item_id: str, column_id: str) -> bool:
    """The log is filtered by the platform; its own words are checked again where they say."""
    if row.get("event") not in SET_BY:
        return False
    data = loads(row.get("data"))
    data = data if isinstance(data, dict) else {}
    item = text(data.get("pulse_id") or data.get("item_id") or item_id)
    column = text(data.get("column_id"))
    made = row.get("event") == "create_pulse" and not column
    return item == item_id and (column == column_id or made)


def log_moment(value: Any) -> dt.datetime | None:
    """17 digits of 100 ns since 1970, or ISO 8601."""
    digits = text(value)
    if not digits.isascii() or not digits.isdigit():
        return moment(value)
    whole, ticks = divmod(int(digits), TICKS)
    return dt.datetime.fromtimestamp(whole, dt.UTC) + dt.timedelta(microseconds=ticks // 10)


def listed(data: Row, name: str) -> list[Row]:
    """The rows of a list field; a null in it is something we may not see."""
    rows = data.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def row_of(value: Any) -> Row:
    if not isinstance(value, dict):
        raise RetryLater("monday.com answered with something that is no page of items.")
    return value


def parts(rows: list[str], size: int) -> list[list[str]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def missing_board(board_id: str) -> NotFound:
    return NotFound(
        f"The monday.com board {board_id} is gone, or not shown to the connection's user.",
        status=404, code="invalidboardidexception",
    )  # fmt: skip


def plain(said: Any) -> str:
    return "".join(str(said or "").split())
