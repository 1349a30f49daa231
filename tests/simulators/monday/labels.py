"""Labels of status and dropdown columns: limits, ids, full replacement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import colours
from .refusals import Refused, bad_value

Row = dict[str, Any]
STATUS_MOST, STATUS_LENGTH = 40, 30
DROPDOWN_MOST, DROPDOWN_LENGTH = 200, 100
FIRST_LABELS = (("Working on it", 0, False), ("Done", 1, True), ("Stuck", 2, False))


def invalid(message: str, **data: Any) -> Refused:
    return Refused("INVALID_ARGUMENT_EXCEPTION", message, status=400, **data)


def status_label(number: int, label: str, index: int, **more: Any) -> Row:
    return {
        "id": number, "label": label, "color": more.pop("color", number), "index": index,
        "is_done": False, "is_deactivated": False, "description": None, **more,
    }  # fmt: skip


def first_status() -> Row:
    """What a status column has when nothing is asked for."""
    return {"labels": [
        status_label(number, label, place, is_done=done)
        for place, (label, number, done) in enumerate(FIRST_LABELS)
    ]}  # fmt: skip


def colour_number(given: Any) -> int:
    """The enum name or the number."""
    number = colours.IDS.get(given, given)
    if isinstance(number, bool) or number not in colours.NAMES:
        raise invalid(f"Unknown color {given!r}")
    return int(number)


def _check_keys(given: Any, known: Iterable[str]) -> Row:
    if not isinstance(given, dict) or not isinstance(given.get("label"), str):
        raise invalid("labels must be objects with a label")
    if unknown := set(given) - set(known):
        raise invalid(f"must NOT have additional properties: {sorted(unknown)}")
    return given


def check_status(labels: list[Row]) -> None:
    if len(labels) > STATUS_MOST:
        raise invalid(f"must NOT have more than {STATUS_MOST} labels")
    for one in labels:
        if len(one["label"]) > STATUS_LENGTH:
            raise invalid(f"label must NOT have more than {STATUS_LENGTH} characters")
        if not 0 <= one["index"] < STATUS_MOST:
            raise invalid("index must be between 0 and 39")
    for name, text in (("index", "Indexes"), ("color", "Colors"), ("id", "Ids")):
        if len({one[name] for one in labels}) < len(labels):
            raise invalid(f"{text} should be unique")
    live = [one["label"] for one in labels if not one["is_deactivated"]]
    if len(set(live)) < len(live):
        raise invalid("Labels should be unique")


def new_status(given: Row) -> Row:
    known = ("label", "color", "index", "description", "is_done", "is_deactivated", "id", "hex")
    given = _check_keys(given, known)
    if "color" not in given or not isinstance(given.get("index"), int):
        raise invalid("a label needs color and index")
    number = colour_number(given["color"])
    return status_label(
        number, given["label"], given["index"], is_done=bool(given.get("is_done")),
        is_deactivated=bool(given.get("is_deactivated")), description=given.get("description"),
    )  # fmt: skip


def create_status(settings: Any) -> Row:
    """Settings of a new column; every label's id is its colour's number."""
    labels = [new_status(one) for one in _labels(settings)]
    check_status(labels)
    return {"labels": labels}


def _labels(settings: Any) -> list[Any]:
    labels = settings.get("labels") if isinstance(settings, dict) else None
    if not isinstance(labels, list):
        raise invalid("settings must have a list of labels")
    return labels


def replace_status(old: list[Row], settings: Any, used: set[int]) -> Row:
    """The whole list anew: what is left out is a delete, refused when in use."""
    by_id = {one["id"]: one for one in old}
    given, labels = _labels(settings), []
    kept = {one["id"] for one in given if isinstance(one, dict) and one.get("id") is not None}
    if unknown := kept - set(by_id):
        raise invalid(f"Label ids not found: {sorted(unknown)}")
    for one in given:
        label = new_status(one)
        if one.get("id") is not None:
            label["id"] = one["id"]
        elif label["id"] in by_id:
            raise invalid("Cannot change the default label color: choose another color")
        labels.append(label)
    if (set(by_id) - kept) & used:
        raise invalid("Unable to delete a label already in use")
    check_status(labels)
    return {"labels": labels}


def dropdown_label(number: int, label: str, deactivated: bool = False) -> Row:
    return {"id": number, "label": label, "is_deactivated": deactivated}


def check_dropdown(labels: list[Row]) -> None:
    if len(labels) > DROPDOWN_MOST:
        raise invalid(f"must NOT have more than {DROPDOWN_MOST} labels")
    names = [one["label"] for one in labels]
    if any(not name or len(name) > DROPDOWN_LENGTH for name in names):
        raise invalid(f"a label has 1 to {DROPDOWN_LENGTH} characters")
    if len(set(names)) < len(names):
        raise invalid("Labels should be unique")


def _limits(settings: Row) -> Row:
    known = ("limit_select", "label_limit_count")
    return {name: settings[name] for name in known if settings.get(name) is not None}


def create_dropdown(settings: Any) -> Row:
    given = [_check_keys(one, ("label",)) for one in _labels(settings)]
    labels = [dropdown_label(place + 1, one["label"]) for place, one in enumerate(given)]
    check_dropdown(labels)
    return {"labels": labels, **_limits(settings)}


def replace_dropdown(old: list[Row], settings: Any, used: set[int], highest: int) -> Row:
    """One request deletes at most one label, and never adds and deletes."""
    given = [_check_keys(one, ("label", "id", "is_deactivated")) for one in _labels(settings)]
    known = {one["id"] for one in old}
    kept = {one["id"] for one in given if one.get("id") is not None}
    deleted, added = known - kept, [one for one in given if one.get("id") is None]
    if kept - known:
        raise invalid(f"Label ids not found: {sorted(kept - known)}")
    if len(deleted) > 1 or (deleted and added):
        raise invalid("Only one label can be deleted, and not together with new labels")
    if deleted & used:
        raise invalid("Unable to delete a label already in use")
    labels = []
    for one in given:
        if one.get("id") is None:
            highest += 1
        number = highest if one.get("id") is None else one["id"]
        labels.append(dropdown_label(number, one["label"], bool(one.get("is_deactivated"))))
    check_dropdown(labels)
    return {"labels": labels, **_limits(settings)}


def missing_status(column: Row, labels: list[Row], text: str) -> Row:
    """The label that `create_labels_if_missing` makes, in the first colour that is free."""
    taken = {one["id"] for one in labels} | {one["color"] for one in labels} | {colours.EMPTY}
    free = [number for number in colours.NAMES if number not in taken]
    places = set(range(STATUS_MOST)) - {one["index"] for one in labels}
    if not text or len(text) > STATUS_LENGTH or not free or not places:
        raise bad_value(column, f"The label {text!r} cannot be created")
    return status_label(free[0], text, min(places))


def missing_dropdown(column: Row, labels: list[Row], text: str) -> Row:
    if not text or len(text) > DROPDOWN_LENGTH or len(labels) >= DROPDOWN_MOST:
        raise bad_value(column, f"The label {text!r} cannot be created")
    return dropdown_label(max((one["id"] for one in labels), default=0) + 1, text)


def shown(column: Row, mode: str) -> Row:
    """Settings as they are read; a colour as its number with hex, or as its name."""
    settings: Row = column["settings"]
    if column["type"] != "status":
        return settings
    labels = [
        {
            **one, "hex": colours.HEX[one["color"]],
            "color": one["color"] if mode == "number" else colours.NAMES[one["color"]],
        }
        for one in settings["labels"]
    ]  # fmt: skip
    return {**settings, "labels": labels}
