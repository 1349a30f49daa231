"""Column values as they are written: strict shapes per type. All or nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import labels as label_rules
from .kinds import READ_ONLY
from .refusals import Refused, bad_json, bad_value
from .shapes import PARSERS, SIMPLE

if TYPE_CHECKING:
    from .store import Store

Row = dict[str, Any]
MOST_BYTES = 64 * 1024


def read_json(text: Any, *, objects: bool = False) -> Any:
    """The JSON scalar of a mutation: a text. An object only where objects are accepted."""
    if not isinstance(text, str):
        if objects:
            return text
        raise bad_json()
    try:
        return json.loads(text)
    except ValueError:
        raise bad_json() from None


class Writing:
    """The values of one mutation on one board; labels it makes are kept until `commit`."""

    def __init__(self, store: Store, board: Row, make_labels: bool) -> None:
        self.store, self.board, self.make_labels = store, board, make_labels
        self.new_labels: list[tuple[Row, Row]] = []

    def values(self, given: Any) -> dict[str, Row | None]:
        """All columns of `column_values`, by id; raises before anything is written."""
        if not isinstance(given, dict):
            raise Refused("ColumnValueException", "invalid value, column_values is no object")
        if len(json.dumps(given)) > MOST_BYTES:
            raise Refused("ColumnValueException", "The column values are too long")
        found = {}
        for name, value in given.items():
            found[name] = self.value(self.store.column_row(self.board, name), value)
        return found

    def value(self, column: Row, given: Any) -> Row | None:
        """What is kept for a value; None empties the column."""
        kind = column["type"]
        if kind in READ_ONLY or kind not in PARSERS:
            raise bad_value(column, f"Column of type {kind} cannot be changed by column values")
        if given is None or given == {}:
            return None
        return PARSERS[kind](self, column, given)

    def simple(self, column: Row, text: str | None) -> Row | None:
        """`change_simple_column_value`."""
        kind = column["type"]
        if kind in READ_ONLY or kind not in SIMPLE:
            raise wrong_simple(column)
        if text is None or (text == "" and kind != "numbers"):
            return None
        try:
            return self.value(column, SIMPLE[kind](text))
        except (ValueError, IndexError):
            raise wrong_simple(column) from None

    def labels(self, column: Row) -> list[Row]:
        mine = [label for owner, label in self.new_labels if owner is column]
        return [*column["settings"].get("labels", []), *mine]

    def label_by_text(self, column: Row, text: str) -> Row:
        every = self.labels(column)
        found = next((one for one in every if one["label"] == text), None)
        if found is not None:
            return self.live(column, found)
        if not self.make_labels:
            raise self.unknown(column, text)
        status = column["type"] == "status"
        make = label_rules.missing_status if status else label_rules.missing_dropdown
        label = make(column, every, text)
        self.new_labels.append((column, label))
        return label

    def label_by_id(self, column: Row, number: Any) -> Row:
        found = next((one for one in self.labels(column) if one["id"] == number), None)
        if found is None or isinstance(number, bool):
            raise self.unknown(column, number)
        return self.live(column, found)

    def live(self, column: Row, label: Row) -> Row:
        if label["is_deactivated"]:
            raise bad_value(column, f"The label {label['label']!r} is deactivated")
        return label

    def unknown(self, column: Row, what: Any) -> Refused:
        possible = {str(one["id"]): one["label"] for one in self.labels(column)
                    if not one["is_deactivated"]}  # fmt: skip
        name = "status label" if column["type"] == "status" else "dropdown label"
        listed = ", ".join(f"{key}: {label}" for key, label in possible.items())
        return bad_value(
            column, f"The {name} '{what}' doesn't exist, possible labels are: {{{listed}}}",
            column_validation_error_code="missingLabel",
        )  # fmt: skip

    def commit(self) -> None:
        for column, label in self.new_labels:
            column["settings"].setdefault("labels", []).append(label)
        for column in {id(one): one for one, _ in self.new_labels}.values():
            self.store.revise(self.board, column)


def wrong_simple(column: Row) -> Refused:
    return Refused(
        "CorrectedValueException", f"Wrong value for column {column['id']}",
        column_id=column["id"],
    )  # fmt: skip
