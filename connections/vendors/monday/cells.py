"""Cells as monday.com reads and takes them, and as `connections.boards` has them.

Written by label ids, never by texts. Amounts are exact: the raw text is read, not the Float.
developer.monday.com/api-reference/reference/column-types-reference
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from connections.boards import (
    DATE,
    LINK,
    LONG,
    NUMBER,
    OPTIONS,
    OTHER,
    STATUS,
    TEXT,
    Cell,
    Item,
)
from connections.documents import cut
from connections.errors import NeedsPerson, Reason
from connections.transport.characters import visible
from connections.transport.exact import dumps

Row = Mapping[str, Any]

TYPE_OF = {
    "text": TEXT,
    "long_text": LONG,
    "numbers": NUMBER,
    "date": DATE,
    "status": STATUS,
    "dropdown": OPTIONS,
    "link": LINK,
}
NAME_OF = {ours: theirs for theirs, ours in TYPE_OF.items()}
NAME_LENGTH = 255  # of an item
EMPTY_LABEL = 5  # the built-in grey one
LINK_TEXT = "Open"


# -- reading ------------------------------------------------------------------------------------


def item(row: Row) -> Item:
    """An item with every cell of it that the answer has."""
    return Item(
        id=text(row.get("id")),
        board_id=text((row.get("board") or {}).get("id")),
        name=text(row.get("name")),
        cells={text(one.get("id")): decode(one) for one in row.get("column_values") or ()},
        active=row.get("state") in (None, "active"),
        group=text((row.get("group") or {}).get("id")),
        updated_at=moment(row.get("updated_at")),
        url=text(row.get("url")),
    )


def decode(row: Row) -> Cell:
    """One column value. Types that we do not know are texts."""
    kind = TYPE_OF.get(text(row.get("type")), OTHER)
    if kind == NUMBER:
        return number(row)
    if kind == DATE:
        return date(row.get("date"))
    if kind == STATUS:
        return label_id(row)
    if kind == OPTIONS:
        return tuple(sorted(text(one.get("id")) for one in row.get("values") or ()))
    if kind == LINK:
        return text(row.get("url"))
    shown = text(row.get("text") or row.get("display_value"))
    return visible(shown) if kind == TEXT else shown


def number(row: Row) -> Decimal | None:
    """From the raw JSON text, where it is a string; the typed field is a Float."""
    raw = loads(row.get("value"))
    shown = raw if raw is not None and not isinstance(raw, (dict, list)) else row.get("text")
    try:
        return Decimal(str(shown)) if text(shown) else None
    except InvalidOperation:
        return None


def label_id(row: Row) -> str:
    """Empty when no label is set, or the built-in empty one without a text."""
    index = row.get("index")
    if index is None or (index == EMPTY_LABEL and not row.get("label")):
        return ""
    return text(index)


def date(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text(value)[:10]) if value else None
    except ValueError:
        return None


def moment(value: Any) -> dt.datetime | None:
    """ISO 8601 with zone; None where it is not."""
    try:
        found = dt.datetime.fromisoformat(text(value)) if value else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=dt.UTC)


def loads(value: Any) -> Any:
    """A JSON text inside JSON, numbers exact; what is already parsed stays."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_float=Decimal)
    except ValueError:
        return None


def text(value: Any) -> str:
    return "" if value is None else str(value)


# -- writing ------------------------------------------------------------------------------------


def column_values(cells: Mapping[str, Cell], types: Mapping[str, str], name: str = "") -> str:
    """The JSON text of `column_values`. Raises NeedsPerson for a column that cannot be written."""
    values = {id: encode(id, types.get(id, ""), cell) for id, cell in cells.items()}
    return dumps({**values, **({"name": shortened(name)} if name else {})})


def encode(id: str, kind: str, cell: Cell) -> Any:
    """One value, in the strict form that this column type takes; null clears."""
    if kind == NUMBER:
        return format(cell, "f") if isinstance(cell, Decimal) else None
    if kind == DATE:
        return {"date": cell.isoformat()} if isinstance(cell, dt.date) else None
    if kind == STATUS:
        return {"index": whole(id, cell)} if cell else None
    if kind == OPTIONS:
        ids = cell if isinstance(cell, tuple) else ()
        return {"ids": [whole(id, one) for one in ids]} if ids else None
    if kind == LINK:
        return {"url": text(cell), "text": LINK_TEXT} if cell else None
    if kind == LONG:
        return {"text": text(cell)} if cell else None
    if kind == TEXT:
        return visible(text(cell))
    raise NeedsPerson(
        Reason.SETTINGS,
        f"The column {id} is not on the monday.com board, or of a type that cannot be written. "
        "Set the board up again.",
        column=id,
    )


def whole(id: str, value: Any) -> int:
    """A label's id; ids are numbers inside these values."""
    if text(value).isascii() and text(value).isdigit():
        return int(value)
    raise NeedsPerson(
        Reason.SETTINGS,
        f"“{text(value)}” is not the id of a label of column {id} in monday.com.",
        column=id,
    )


def shortened(name: str) -> str:
    """1 to 255 characters."""
    return cut(name.strip() or "–", NAME_LENGTH)
