"""The shape of a value per column type, as the API and as the simple mutation take it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from .refusals import Refused, bad_value

if TYPE_CHECKING:
    from .writing import Writing

Row = dict[str, Any]
NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)")
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


def wrong(column: Row) -> Refused:
    return bad_value(
        column, "invalid value, please check our API documentation for the correct data structure "
        "for this column. https://developer.monday.com/api-reference/docs/change-column-values",
    )  # fmt: skip


def shape(column: Row, given: Any, needed: tuple[str, ...], more: tuple[str, ...] = ()) -> Row:
    """An object with these keys and no others."""
    if not isinstance(given, dict) or set(needed) - set(given):
        raise wrong(column)
    if set(given) - set(needed) - set(more):
        raise wrong(column)
    return given


def texts(column: Row, given: Any, needed: tuple[str, ...], more: tuple[str, ...] = ()) -> Row:
    found = shape(column, given, needed, more)
    if any(not isinstance(value, str) for value in found.values()):
        raise wrong(column)
    return {name: found.get(name, "") for name in (*needed, *more)}


def text(writing: Writing, column: Row, given: Any) -> Row | None:
    if not isinstance(given, str):
        raise wrong(column)
    return {"text": given} if given else None


def long_text(writing: Writing, column: Row, given: Any) -> Row | None:
    found = given if isinstance(given, str) else texts(column, given, ("text",))["text"]
    if len(found) > 2000:
        raise wrong(column)
    return {"text": found} if found else None


def numbers(writing: Writing, column: Row, given: Any) -> Row | None:
    if not isinstance(given, str) or (given and not NUMBER.fullmatch(given)):
        raise wrong(column)
    return {"number": given or "0"}


def status(writing: Writing, column: Row, given: Any) -> Row | None:
    if isinstance(given, str):
        if not given:
            return None
        found = (writing.label_by_id(column, int(given)) if given.isdigit()
                 else writing.label_by_text(column, given))  # fmt: skip
        return {"index": found["id"]}
    if isinstance(given, dict) and set(given) == {"label"} and isinstance(given["label"], str):
        return {"index": writing.label_by_text(column, given["label"])["id"]}
    if isinstance(given, dict) and set(given) == {"index"}:
        number = given["index"]
        number = int(number) if isinstance(number, str) and number.isdigit() else number
        return {"index": writing.label_by_id(column, number)["id"]}
    raise wrong(column)


def dropdown(writing: Writing, column: Row, given: Any) -> Row | None:
    if isinstance(given, str):
        parts = [part.strip() for part in given.split(",") if part.strip()]
        key = "ids" if parts and all(part.isdigit() for part in parts) else "labels"
        given = {key: [int(part) for part in parts] if key == "ids" else parts}
    if not isinstance(given, dict) or len(given) != 1 or set(given) - {"ids", "labels"}:
        raise wrong(column)
    chosen = next(iter(given.values()))
    if not isinstance(chosen, list):
        raise wrong(column)
    if "ids" in given:
        found = [writing.label_by_id(column, one) for one in chosen]
    elif any(not isinstance(one, str) for one in chosen):
        raise wrong(column)
    else:
        found = [writing.label_by_text(column, one) for one in chosen]
    most = column["settings"].get("label_limit_count")
    if column["settings"].get("limit_select") and most and len(found) > most:
        raise bad_value(column, f"At most {most} labels can be selected")
    ids = list(dict.fromkeys(one["id"] for one in found))
    return {"ids": ids} if ids else None


def a_date(column: Row, given: Any) -> str:
    try:
        return date.fromisoformat(given).isoformat() if len(given) == 10 else wrong_date(column)
    except (ValueError, TypeError):
        return wrong_date(column)


def wrong_date(column: Row) -> str:
    raise wrong(column)


def day(writing: Writing, column: Row, given: Any) -> Row | None:
    if isinstance(given, str):
        first, _, rest = given.partition(" ")
        given = {"date": first, "time": rest} if rest else {"date": first}
    found = shape(column, given, (), ("date", "time", "icon"))
    if not found.get("date"):
        return None
    time = found.get("time") or None
    if time is not None and (not isinstance(time, str) or not TIME.fullmatch(time)):
        raise wrong(column)
    return {"date": a_date(column, found["date"]), "time": time}


def people(writing: Writing, column: Row, given: Any) -> Row | None:
    chosen = shape(column, given, ("personsAndTeams",))["personsAndTeams"]
    if not isinstance(chosen, list):
        raise wrong(column)
    for one in chosen:
        entry = shape(column, one, ("id", "kind"))
        if entry["kind"] not in ("person", "team") or type(entry["id"]) is not int:
            raise wrong(column)
        if not assignable(writing, entry):
            raise bad_value(
                column, f"User or team {entry['id']} cannot be assigned: not on the board",
                column_validation_error_code="invalidPersonAssignment",
            )  # fmt: skip
    most = column["settings"].get("max_people_allowed")
    if most and len(chosen) > int(most):
        raise bad_value(column, f"At most {most} people can be assigned")
    return {"people": [dict(one) for one in chosen]} if chosen else None


def assignable(writing: Writing, entry: Row) -> bool:
    """Active members of the board only."""
    if entry["kind"] == "team":
        return False
    user = writing.store.table("users").get(entry["id"])
    board = writing.board
    if user is None or user["status"] != "ACTIVE" or user["kind"] == "view_only":
        return False
    return entry["id"] in board["owners"] or entry["id"] in board["subscribers"]


def link(writing: Writing, column: Row, given: Any) -> Row | None:
    found = texts(column, given, ("url",), ("text",))
    if found["url"] and not re.match(r"https?://\S+$", found["url"]):
        raise wrong(column)
    return found if found["url"] else None


def email(writing: Writing, column: Row, given: Any) -> Row | None:
    found = texts(column, given, ("email",), ("text",))
    if found["email"] and "@" not in found["email"]:
        raise wrong(column)
    return found if found["email"] else None


def phone(writing: Writing, column: Row, given: Any) -> Row | None:
    found = texts(column, given, ("phone",), ("countryShortName",))
    return found if found["phone"] else None


def checkbox(writing: Writing, column: Row, given: Any) -> Row | None:
    """ "false" does not clear it."""
    found = shape(column, given, ("checked",))["checked"]
    if found not in ("true", "false", True, False):
        raise wrong(column)
    return {"checked": True}


def timeline(writing: Writing, column: Row, given: Any) -> Row | None:
    found = texts(column, given, ("from", "to"))
    first, last = a_date(column, found["from"]), a_date(column, found["to"])
    if last < first:
        raise wrong(column)
    return {"from": first, "to": last}


def country(writing: Writing, column: Row, given: Any) -> Row | None:
    return texts(column, given, ("countryCode", "countryName"))


def hour(writing: Writing, column: Row, given: Any) -> Row | None:
    found = shape(column, given, ("hour",), ("minute",))
    clock = (found["hour"], found.get("minute", 0))
    if any(type(one) is not int for one in clock) or not (
        0 <= clock[0] < 24 and 0 <= clock[1] < 60
    ):
        raise wrong(column)
    return {"hour": clock[0], "minute": clock[1]}


def rating(writing: Writing, column: Row, given: Any) -> Row | None:
    found = shape(column, given, ("rating",))["rating"]
    if type(found) is not int or not 0 <= found <= 10:
        raise wrong(column)
    return {"rating": found} if found else None


def tags(writing: Writing, column: Row, given: Any) -> Row | None:
    found = shape(column, given, ("tag_ids",))["tag_ids"]
    return {"tag_ids": [int(one) for one in found]} if found else None


def relation(writing: Writing, column: Row, given: Any) -> Row | None:
    """Replaces the whole set; ids are numbers, of items on the boards of the settings."""
    chosen = shape(column, given, ("item_ids",))["item_ids"]
    boards = {int(one) for one in column["settings"].get("boardIds", [])}
    if not isinstance(chosen, list) or any(type(one) is not int for one in chosen):
        raise wrong(column)
    for number in chosen:
        item = writing.store.table("items").get(number)
        if item is None or item["state"] != "active" or item["board_id"] not in boards:
            raise bad_value(column, f"Item {number} is not on a connected board")
    if len(chosen) > 1 and not column["settings"].get("allowMultipleItems"):
        raise bad_value(column, "Only one item can be linked")
    return {"items": chosen} if chosen else None


PARSERS: dict[str, Callable[[Writing, Row, Any], Row | None]] = {
    "text": text, "long_text": long_text, "numbers": numbers, "status": status,
    "dropdown": dropdown, "date": day, "people": people, "link": link, "email": email,
    "phone": phone, "checkbox": checkbox, "timeline": timeline, "country": country, "hour": hour,
    "rating": rating, "tags": tags, "board_relation": relation,
}  # fmt: skip


def _two(first: str, second: str) -> Callable[[str], Row]:
    def split(given: str) -> Row:
        one, _, other = given.partition(" ")
        return {first: one, second: other or one}

    return split


def _persons(given: str) -> Row:
    return {"personsAndTeams": [{"id": int(one), "kind": "person"} for one in given.split(",")]}


def _hour(given: str) -> Row:
    first, _, second = given.partition(":")
    return {"hour": int(first), "minute": int(second or 0)}


SIMPLE: dict[str, Callable[[str], Any]] = {
    "text": str, "long_text": str, "numbers": str, "status": str, "dropdown": str, "date": str,
    "people": _persons, "link": _two("url", "text"), "email": _two("email", "text"),
    "phone": _two("phone", "countryShortName"), "country": _two("countryCode", "countryName"),
    "checkbox": lambda given: {"checked": given}, "hour": _hour,
    "rating": lambda given: {"rating": int(given)},
}  # fmt: skip
