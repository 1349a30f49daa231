"""Boards and columns as monday.com describes them.

developer.monday.com/api-reference/reference/columns
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connections.boards import OTHER, Board, Column, Label
from connections.transport.characters import visible
from connections.vendors.monday.cells import TYPE_OF, loads, text

Row = Mapping[str, Any]
MULTI_LEVEL = (
    "Items of this board have several levels; what is written to a parent there has no effect. "
    "Choose a classic board."
)
BOARD = "board"  # not a document, a dashboard, or the hidden board of subitems


def is_board(row: Row) -> bool:
    return row.get("type") in (None, BOARD)


def board(row: Row) -> Board:
    columns = tuple(column(one) for one in row.get("columns") or () if one)
    groups = tuple(
        (text(one.get("id")), text(one.get("title")))
        for one in row.get("groups") or ()
        if one and not one.get("deleted") and not one.get("archived")
    )
    return Board(
        id=text(row.get("id")),
        name=text(row.get("name")),
        url=text(row.get("url")),
        active=row.get("state") in (None, "active"),
        columns=columns,
        groups=groups,
        items=int(row.get("items_count") or 0),
        items_limit=int(row.get("items_limit") or 0),
        unusable=unusable(row),
    )


def unusable(row: Row) -> str:
    if not is_board(row):
        return "This is not a board of items."
    return MULTI_LEVEL if row.get("hierarchy_type") == "multi_level" else ""


def column(row: Row) -> Column:
    return Column(
        id=text(row.get("id")),
        title=text(row.get("title")),
        type=TYPE_OF.get(text(row.get("type")), OTHER),
        labels=tuple(label(one) for one in label_rows(row)),
        revision=text(row.get("revision")),
        archived=bool(row.get("archived")),
    )


def label_rows(row: Row) -> list[Row]:
    """The labels of a status or dropdown column, deactivated ones too."""
    settings = loads(row.get("settings"))
    rows = settings.get("labels") if isinstance(settings, dict) else None
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def label(row: Row) -> Label:
    return Label(
        id=text(row.get("id")),
        text=visible(text(row.get("label") or row.get("name"))),
        active=not row.get("is_deactivated"),
        done=bool(row.get("is_done")),
    )
