"""The vocabulary of boards: items and columns of a work platform, vendor-neutral and plain.

A cell is what a column holds for an item, in terms that survive renaming:

| column type | cell                                                       |
|-------------|------------------------------------------------------------|
| TEXT, LONG  | `str`, empty when there is none                            |
| NUMBER      | `Decimal` or None; never float                             |
| DATE        | `datetime.date` or None                                    |
| STATUS      | the label's id as `str`, empty when none is set            |
| OPTIONS     | the labels' ids, a sorted `tuple[str, ...]`                |
| LINK        | `str`, the address                                         |
| OTHER       | `str`, as the platform shows it; never written             |
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

TEXT, LONG, NUMBER, DATE = "text", "long_text", "number", "date"
STATUS, OPTIONS, LINK, OTHER = "status", "options", "link", "other"
COLUMN_TYPES = (TEXT, LONG, NUMBER, DATE, STATUS, OPTIONS, LINK, OTHER)

# Settings of a connection: of which boards notices are wanted, and of which of their columns.
BOARDS, WATCHED = "boards", "watched_columns"

Cell = str | Decimal | dt.date | tuple[str, ...] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Label:
    """One choice of a status or options column. `id` stays when people rename it."""

    id: str
    text: str
    active: bool = True
    done: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    id: str
    title: str
    type: str  # one of COLUMN_TYPES
    labels: tuple[Label, ...] = ()
    revision: str = ""  # what the platform wants to see before it replaces the labels
    archived: bool = False

    def label(self, text: str) -> Label | None:
        """By its text, whatever the case; an active one first."""
        same = [label for label in self.labels if label.text.casefold() == text.casefold()]
        return next((label for label in same if label.active), same[0] if same else None)


@dataclasses.dataclass(frozen=True, slots=True)
class Board:
    id: str
    name: str
    url: str = ""
    active: bool = True
    columns: tuple[Column, ...] = ()  # empty in a list of boards
    groups: tuple[tuple[str, str], ...] = ()  # (id, title), in the board's order
    items: int = 0
    items_limit: int = 0  # 0: not told
    unusable: str = ""  # why it cannot be worked with, in words

    def column(self, id: str) -> Column | None:
        return next((column for column in self.columns if column.id == id), None)


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A row of a board, with every cell."""

    id: str
    board_id: str
    name: str
    cells: Mapping[str, Cell]  # by column id
    active: bool = True  # False: archived or in the bin
    group: str = ""
    updated_at: dt.datetime | None = None
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """Who set a cell last, and when, as the platform's log says."""

    person_id: str
    person: str
    at: dt.datetime
    ours: bool  # it was the connector's own account
