"""Labels of status and dropdown columns: the whole list is replaced, under a revision.

Nothing is deleted: a label that is not wanted any more is deactivated, items keep it.
developer.monday.com/api-reference/reference/status and …/reference/dropdown
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from connections.boards import OPTIONS, STATUS, Column
from connections.errors import NeedsPerson, Reason, Refused, RetryLater
from connections.models import Connection
from connections.transport.characters import visible
from connections.vendors.monday import columns, queries
from connections.vendors.monday.cells import Row, loads, text
from connections.vendors.monday.reading import Reading

TRIES = 3  # of a replacement that somebody else's came before
MOST = 40  # labels of a status column
LENGTH = 30  # characters of a status label
EMPTY = "explosive"  # the colour of the built-in empty label
COLOURS = {
    "working_orange": 0, "done_green": 1, "stuck_red": 2, "dark_blue": 3, "purple": 4,
    "explosive": 5, "grass_green": 6, "bright_blue": 7, "saladish": 8, "egg_yolk": 9,
    "blackish": 10, "dark_red": 11, "sofia_pink": 12, "lipstick": 13, "dark_purple": 14,
    "bright_green": 15, "chili_blue": 16, "american_gray": 17, "brown": 18, "dark_orange": 19,
    "sunset": 101, "bubble": 102, "peach": 103, "berry": 104, "winter": 105, "river": 106,
    "navy": 107, "aquamarine": 108, "indigo": 109, "dark_indigo": 110, "pecan": 151,
    "lavender": 152, "royal": 153, "steel": 154, "orchid": 155, "lilac": 156, "tan": 157,
    "sky": 158, "coffee": 159, "teal": 160,
}  # fmt: skip  # a new label gets its colour's number as its id
LIKED = (
    ({"refused", "rejected", "declined", "deleted", "cancelled"},
     ("stuck_red", "dark_red", "sofia_pink", "lipstick", "berry")),
    ({"pending", "waiting", "review"}, ("working_orange", "egg_yolk", "dark_orange", "peach")),
    ({"approved", "released", "posted", "paid"},
     ("done_green", "grass_green", "bright_green", "saladish")),
)  # fmt: skip
OTHERS = ("bright_blue", "dark_blue", "purple", "river", "winter", "american_gray", "steel")
NAMES = {number: name for name, number in COLOURS.items()}
Edit = Callable[[list[Row]], list[dict[str, Any]] | None]  # None: nothing to change


def defaults(column: Column) -> Row | None:
    """Settings of a new column; the order of its labels is the order of the board."""
    if column.type == STATUS:
        free = free_colours([])
        return {"labels": [
            {"label": fitting(column.id, label.text), "color": take_colour(label.text, free),
             "index": index, "is_done": label.done}
            for index, label in enumerate(column.labels[: len(free)])
        ]} if column.labels else None  # fmt: skip
    if column.type == OPTIONS:
        return {"labels": [{"label": label.text} for label in column.labels]}
    return None


def completed(
    client: Reading, board_id: str, standing: Column, wanted: Column, about: str
) -> Column:
    """The column that stands, with the labels that it lacks."""
    if standing.type != wanted.type or standing.archived:
        raise NeedsPerson(
            Reason.SETTINGS,
            f"The column {standing.id} of the monday.com board {board_id} is archived or of "
            "another type than it was set up with.",
            board=board_id, column=standing.id,
        )  # fmt: skip
    texts = [label.text for label in wanted.labels]
    if all((found := standing.label(one)) and found.active for one in texts):
        return standing
    return ensure(client, board_id, standing.id, texts, about)


def ensure(
    client: Reading, board_id: str, column_id: str, texts: Sequence[str], about: str
) -> Column:
    """Missing ones are added, deactivated ones come back; renames and removes nothing."""

    def edit(rows: list[Row]) -> list[dict[str, Any]] | None:
        named = [row for row in sorted(rows, key=is_off, reverse=True) if row.get("label")]
        known = {visible(text(row["label"])).casefold(): row for row in named}  # an active one wins
        back = {one.casefold() for one in texts if is_off(known.get(one.casefold()))}
        lacking = {one.casefold(): one for one in reversed(texts) if one.casefold() not in known}
        new = list(reversed(lacking.values()))
        if not new and not back:
            return None
        kept = [
            {**row, "is_deactivated": False}
            if visible(text(row.get("label"))).casefold() in back and is_off(row) else dict(row)
            for row in rows
        ]  # fmt: skip
        return [*kept, *({"label": one} for one in new)]

    return replaced(client, board_id, column_id, edit, about)


def is_off(row: Row | None) -> bool:
    return bool(row and row.get("is_deactivated"))


def retire(
    client: Reading, board_id: str, column_id: str, ids: Sequence[str], about: str
) -> Column:
    """Deactivates them: items keep them, nobody can choose them any more."""

    def edit(rows: list[Row]) -> list[dict[str, Any]] | None:
        gone = {text(row["id"]) for row in rows if text(row["id"]) in ids and not is_off(row)}
        if not gone:
            return None
        return [
            {**row, "is_deactivated": True} if text(row["id"]) in gone else dict(row)
            for row in rows
        ]

    return replaced(client, board_id, column_id, edit, about)


def replaced(client: Reading, board_id: str, column_id: str, edit: Edit, about: str) -> Column:
    """Read, edit, replace, one of our workers at a time. Raises RetryLater, NeedsPerson."""
    with client.board_lane(board_id):
        return replaced_now(client, board_id, column_id, edit, about)


def replaced_now(client: Reading, board_id: str, column_id: str, edit: Edit, about: str) -> Column:
    """On a stale revision again, on top of what other people did."""
    for _ in range(TRIES):
        row = client.column_row(board_id, column_id)
        column = columns.column(row)
        labels = edit(columns.label_rows(row))
        if labels is None:
            return column
        must_fit(column, labels, most_options(client.connection))
        query, settings = whole_list(column, row, labels)
        variables = {
            "board": board_id, "id": column_id, "revision": column.revision, "settings": settings,
        }  # fmt: skip
        try:
            done = client.change(query, variables, about=about, key=column.revision, board=board_id)
        except Refused as error:
            if not stale(error) and error.status == 400:
                raise unfit(error, column) from error
            if not stale(error):
                raise
            continue
        return columns.column(next(
            one for name, one in done.data.items() if name.startswith("update_") and one
        ))  # fmt: skip
    raise RetryLater(
        f"Somebody changes the labels of column {column.title} on the monday.com board just now."
    )


def most_options(connection: Connection) -> int:
    """Of a dropdown; 0: nobody said."""
    said = connection.setting("most_options").strip()
    return int(said) if said.isascii() and said.isdigit() else 0


def must_fit(column: Column, labels: list[dict[str, Any]], most: int) -> None:
    """Raises NeedsPerson where a new option has no place any more."""
    new = [one["label"] for one in labels if "id" not in one]
    if column.type == OPTIONS and most and new and len(labels) > most:
        raise NeedsPerson(
            Reason.SETTINGS,
            f"The column {column.title} of the monday.com board is full: it takes {most} options, "
            f"deactivated ones included, and “{new[-1]}” would be one more. Delete options there "
            "that no item shows, or lay the board out with a text column for it.",
            column=column.id,
        )


def unfit(error: Refused, column: Column) -> NeedsPerson:
    """The platform's own limits, and columns that the whole account shares, in its words."""
    return NeedsPerson.in_words(
        error.untold,
        Reason.SETTINGS,
        f"monday.com does not take the labels of column {column.title} ({error.text.rstrip('.')}).",
        column=column.id,
    )


def stale(error: Refused) -> bool:
    """409, or the code of managed columns; whether boards use it too is not documented."""
    return error.status == 409 or "revision" in f"{error.code} {error.text}".lower()


def whole_list(column: Column, row: Row, labels: list[dict[str, Any]]) -> tuple[str, Row]:
    """The document and the settings that put these labels into the column."""
    if column.type == STATUS:
        return queries.UPDATE_STATUS, {"labels": statuses(column, labels)}
    if column.type == OPTIONS:
        return queries.UPDATE_DROPDOWN, options(column, row, labels)
    raise NeedsPerson(
        Reason.SETTINGS, f"The column {column.title} of the monday.com board has no labels."
    )


def statuses(column: Column, labels: list[dict[str, Any]]) -> list[Row]:
    """With colours and places: each once, deactivated ones included. Omitted facts are cleared
    by monday.com, so all that is known of a label goes back.
    """
    free = free_colours(labels)
    if len(labels) > MOST or sum("id" not in one for one in labels) > len(free):
        raise full(column, MOST - 1)  # the empty label's colour is nobody else's
    taken = {int(one["index"]) for one in labels if "index" in one}
    places = iter(sorted(set(range(MOST)) - taken))
    return [status(column, one, places, free) for one in labels]


def status(column: Column, one: dict[str, Any], places: Any, free: list[str]) -> Row:
    if "id" not in one:
        return {
            "label": fitting(column.id, one["label"]), "color": take_colour(one["label"], free),
            "index": next(places),
        }  # fmt: skip
    kept = {name: one[name] for name in ("id", "index", "is_done", "is_deactivated", "description")
            if one.get(name) is not None}  # fmt: skip
    return {**kept, "label": text(one.get("label")), "color": colour_name(one)}


def colour_name(one: Row) -> str:
    """monday.com tells a colour by its name or by its number [code]; it takes names."""
    told = text(one.get("color"))
    if told in COLOURS:
        return told
    return NAMES.get(int(told) if told.isdigit() else int(one["id"]), "american_gray")


def take_colour(label: str, free: list[str]) -> str:
    """As people expect it: what went well is green, what did not is red. Taken out of `free`."""
    words = set(label.lower().split())
    liked = next((colours for said, colours in LIKED if words & said), OTHERS)
    chosen = next((colour for colour in (*liked, *OTHERS) if colour in free), free[0])
    free.remove(chosen)
    return chosen


def free_colours(labels: Sequence[Row]) -> list[str]:
    """Neither worn nor the number of a standing label; never the empty label's."""
    worn = {colour_name(one) for one in labels if "id" in one}
    ids = {text(one["id"]) for one in labels if "id" in one}
    return [name for name, number in COLOURS.items()
            if name not in worn and text(number) not in ids and name != EMPTY]  # fmt: skip


def options(column: Column, row: Row, labels: list[dict[str, Any]]) -> Row:
    """Labels of a dropdown, with the column's other settings as they stand."""
    settings = loads(row.get("settings"))
    others = {name: settings[name] for name in ("limit_select", "label_limit_count")
              if isinstance(settings, dict) and settings.get(name) is not None}  # fmt: skip
    kept = ("id", "label", "is_deactivated")
    return {
        **others,
        "labels": [
            {name: one[name] for name in kept if one.get(name) is not None} for one in labels
        ],
    }


def fitting(column_id: str, label: str) -> str:
    """A status label has 30 characters at most; it is never shortened silently."""
    if 0 < len(label) <= LENGTH:
        return label
    raise NeedsPerson(
        Reason.SETTINGS,
        f"“{label}” is too long for a status label of monday.com ({LENGTH} characters at most). "
        "Use an options (dropdown) column for such values.",
        column=column_id,
    )


def full(column: Column, most: int) -> NeedsPerson:
    return NeedsPerson(
        Reason.SETTINGS,
        f"The column {column.title} of the monday.com board would have more than {most} labels, "
        "deactivated ones included. Remove some on the board, or use another column.",
        column=column.id,
    )
