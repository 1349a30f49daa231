"""Items made and changed, one call each; what monday.com refuses is said in words."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Mapping
from typing import Any, NoReturn

from connections.boards import Board, Cell, Column, Item
from connections.errors import NeedsPerson, NotFound, Reason, Refused
from connections.vendors.monday import cells, columns, labels, queries
from connections.vendors.monday.cells import NAME_OF, Row
from connections.vendors.monday.reading import Reading
from connections.vendors.monday.wire import Done, new_key

COLUMN_GONE = frozenset({"invalidcolumnidexception", "invalidcolumntypeexception"})
BAD_VALUE = frozenset({"columnvalueexception", "correctedvalueexception"})


class Writing(Reading):
    # -- structure ----------------------------------------------------------------------------

    def create_board(self, name: str, about: str) -> Board:
        """Of the connection's kind, without sample items. One of exactly this name that has no
        items is adopted instead.
        """
        for board in self.boards():
            if board.name == name and not board.items and not board.unusable:
                return self.board(board.id)
        variables = {"name": name, "kind": self.connection.setting("board_kind")}
        done = self.change(queries.CREATE_BOARD, variables, about=about, key=new_key())
        return self.board(cells.text(made(done, "create_board").get("id")))

    def create_column(self, board_id: str, column: Column, about: str) -> Column:
        """With the id asked for; one that stands under that id is returned, its labels added to.

        The id makes it single: monday.com takes no second column of the same id. Raises
        NeedsPerson where one of another type stands there.
        """
        try:
            standing = columns.column(self.column_row(board_id, column.id))
        except NotFound as error:
            if error.code == "invalidboardidexception":
                raise
        else:
            return labels.completed(self, board_id, standing, column, about)
        variables = {
            "board": board_id, "id": column.id, "title": column.title,
            "type": NAME_OF[column.type], "defaults": labels.defaults(column),
        }  # fmt: skip
        done = self.change(
            queries.CREATE_COLUMN, variables, about=about, key=new_key(), board=board_id
        )
        self.forget_types(board_id)
        return columns.column(made(done, "create_column"))

    # -- items --------------------------------------------------------------------------------

    def create_item(
        self, board_id: str, name: str, cells_: Mapping[str, Cell], about: str, key: str
    ) -> Item:
        """Repeated with the same key and cells within 30 minutes it is one item. Raises InDoubt,
        Refused, NeedsPerson, RetryLater.
        """
        values = self.values(board_id, cells_)
        variables = {"board": board_id, "name": cells.shortened(name), "cells": values}
        try:
            done = self.change(queries.CREATE_ITEM, variables, about=about, key=key, board=board_id)
        except Refused as error:
            self.explain(error, board_id)
        item = cells.item(made(done, "create_item"))
        return self.as_it_stands(item) if done.replayed else item

    def as_it_stands(self, item: Item) -> Item:
        """A repeated answer is old: the item may have been changed, or removed, since."""
        found = self.items([item.id])
        return found[0] if found else missing(item)

    def change_item(
        self, board_id: str, item_id: str, cells_: Mapping[str, Cell], about: str, name: str = ""
    ) -> Item:
        """Those cells, all or none. Raises NotFound when the item is gone."""
        values = self.values(board_id, cells_, name)
        variables = {"board": board_id, "item": item_id, "cells": values}
        field = "change_multiple_column_values"
        try:
            done = self.change_values(variables, about, "")
            if done.replayed:  # the same was written before; somebody may have changed it since
                done = self.change_values(variables, about, new_key())
        except Refused as error:
            self.explain(error, board_id)
        item = cells.item(made(done, field))
        if not item.active:
            raise NotFound(f"The item {item_id} is no longer on the board.", status=404)
        return item

    def change_values(self, variables: Row, about: str, key: str) -> Done:
        board = variables["board"]
        return self.change(queries.CHANGE_ITEM, variables, about=about, key=key, board=board)

    def say(self, item_id: str, text: str, about: str, key: str) -> None:
        """An update under the item; its body is HTML, so the text is escaped."""
        body = "<br>".join(html.escape(text, quote=False).splitlines())
        variables = {"item": item_id, "body": body}
        self.change(queries.CREATE_UPDATE, variables, about=about, key=key, board=f"of {item_id}")

    def values(self, board_id: str, cells_: Mapping[str, Cell], name: str = "") -> str:
        """The JSON text of `column_values`; an unknown column is looked for once more."""
        types = self.column_types(board_id)
        if not set(cells_) <= set(types):
            self.forget_types(board_id)
            types = self.column_types(board_id)
        return cells.column_values(cells_, types, name)

    # -- refusals -----------------------------------------------------------------------------

    def explain(self, error: Refused, board_id: str) -> NoReturn:
        """A refusal as a person can act on it. Raises NeedsPerson, NotFound, Refused."""
        if error.code in COLUMN_GONE | BAD_VALUE:
            self.forget_types(board_id)
        said = error.text.rstrip(".")
        if error.code in COLUMN_GONE:
            raise NeedsPerson(
                Reason.SETTINGS,
                f"A column of the monday.com board {board_id} is gone or of another type ({said}). "
                "Set the board up again.",
                board=board_id,
            ) from error
        if error.code in BAD_VALUE:
            raise NeedsPerson(
                Reason.REFUSED,
                f"monday.com does not take a value for its column ({said}).",
                board=board_id,
            ) from error
        if error.code == "itemslimitationexception":
            raise NeedsPerson(
                Reason.REFUSED,
                f"The monday.com board {board_id} is full ({said}). Archive old items there.",
                board=board_id,
            ) from error
        raise error


def made(done: Done, field: str) -> Row:
    """What a change returned. Raises Refused where monday.com named nothing."""
    row: Any = done.data.get(field)
    if not isinstance(row, dict):
        raise Refused("monday.com made a change and did not say what it is.", status=200)
    return row


def missing(item: Item) -> Item:
    return dataclasses.replace(item, active=False)
