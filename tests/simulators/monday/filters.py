"""`query_params` of items_page: what each rule finds, and what it silently does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any

from . import colours, reading
from .refusals import Refused

if TYPE_CHECKING:
    from .store import Store

Row = dict[str, Any]
TEXTS = ("text", "long_text", "email", "link", "phone", "name")


class Rules:
    """The rules of one query on one board."""

    def __init__(self, store: Store, board: Row, user: int) -> None:
        self.store, self.board, self.user = store, board, user

    def matches(self, item: Row, group: Row) -> bool:
        """A group of rules, and of groups; an empty one lets everything pass."""
        tests = [self.rule(item, one) for one in group.get("rules") or []]
        tests += [self.matches(item, one) for one in group.get("groups") or []]
        if not tests:
            return True
        return any(tests) if group.get("operator") == "or" else all(tests)

    def rule(self, item: Row, rule: Row) -> bool:
        name, operator = rule["column_id"], rule.get("operator") or "any_of"
        value = rule["compare_value"]
        if name == "group":
            return (item["group_id"] in as_list(value)) == (operator != "not_any_of")
        if name == "__last_updated__":
            return self.date_rule(operator, value, item["updated_at"].date().isoformat())
        column = self.store.column_row(self.board, name)
        if column["type"] == "mirror":
            raise Refused(
                "InvalidColumnTypeException", "This column type is not supported in filters",
                column_id=name, column_type="lookup",
            )  # fmt: skip
        if operator in ("is_empty", "is_not_empty"):
            filled = name == "name" or name in item["values"]
            return filled == (operator == "is_not_empty")
        return self.by_type(item, column, operator, value)

    def by_type(self, item: Row, column: Row, operator: str, value: Any) -> bool:
        kind, kept = column["type"], item["values"].get(column["id"])
        if operator in TEXT_OPERATORS:
            text = item["name"] if kind == "name" else (
                reading.text_of(self.store, column, kept) or "")  # fmt: skip
            return text_rule(operator, text, value)
        if kind == "date":
            return self.date_rule(operator, value, (kept or {}).get("date", ""))
        if kind == "last_updated":
            return self.date_rule(operator, value, item["updated_at"].date().isoformat())
        if kind == "numbers":
            return number_rule(operator, value, float(kept["number"]) if kept else None)
        found = bool(self.keys(item, column, kept) & set(map(key, as_list(value))))
        if operator == "any_of":
            return found
        return not found if operator == "not_any_of" else False

    def keys(self, item: Row, column: Row, kept: Row | None) -> set[Any]:
        """What `any_of` compares: ids as numbers, people with their kind, texts exactly."""
        kind, value = column["type"], kept or {}
        if kind == "name":
            return {item["name"].lower()}
        if kind == "status":
            return {value["index"] if kept else colours.EMPTY}
        if kind == "dropdown":
            return set(value.get("ids", []))
        if kind == "board_relation":
            return set(value.get("items", []))
        if kind == "people":
            found = {f"{one['kind']}-{one['id']}" for one in value.get("people", [])}
            mine = f"person-{self.user}" in found
            return found | ({"assigned_to_me"} if mine else set())
        if kind == "checkbox":
            return {bool(kept)}
        text = reading.text_of(self.store, column, kept)
        return {str(value.get("text", text)).lower()} if kept else set()

    def date_rule(self, operator: str, value: Any, kept: str) -> bool:
        """A bare date with any_of, or half a range, finds nothing."""
        given = [str(one) for one in as_list(value)]
        if not kept or not given:
            return False
        if operator == "between":
            return len(given) == 2 and given[0] <= kept <= given[1]
        today = self.store.now().astimezone(UTC).date()
        first, last = span(given, today)
        if operator == "any_of":
            return bool(first) and first <= kept <= last
        if operator == "not_any_of":
            return not first <= kept <= last
        bound = given[-1] if given[0] == "EXACT" or not first else first
        return compare(operator, kept, bound)


def span(given: list[str], today: date) -> tuple[str, str]:
    """First and last day that a keyword means; empty for what is none."""
    word = given[0].upper()
    if word == "EXACT" and len(given) == 2:
        return given[1], given[1]
    week = today - timedelta(days=(today.weekday() + 1) % 7)
    month = today.replace(day=1)
    spans = {
        "TODAY": (today, today), "TOMORROW": (today + timedelta(1), today + timedelta(1)),
        "YESTERDAY": (today - timedelta(1), today - timedelta(1)),
        "THIS_WEEK": (week, week + timedelta(6)),
        "THIS_MONTH": (month, (month + timedelta(31)).replace(day=1) - timedelta(1)),
    }  # fmt: skip
    if word not in spans:
        return "", ""
    return spans[word][0].isoformat(), spans[word][1].isoformat()


def key(value: Any) -> Any:
    return value.lower() if isinstance(value, str) and not value.startswith("person") else value


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def text_rule(operator: str, text: str, value: Any) -> bool:
    words = [str(one).lower() for one in as_list(value)]
    return TEXT_OPERATORS[operator](text.lower(), words)


TEXT_OPERATORS: dict[str, Callable[[str, list[str]], bool]] = {
    "contains_text": lambda text, words: any(one in text for one in words),
    "not_contains_text": lambda text, words: not any(one in text for one in words),
    "contains_terms": lambda text, words: all(
        part in text.split() or part in text for one in words for part in one.split()),
    "starts_with": lambda text, words: any(text.startswith(one) for one in words),
    "ends_with": lambda text, words: any(text.endswith(one) for one in words),
}  # fmt: skip


def number_rule(operator: str, value: Any, kept: float | None) -> bool:
    try:
        given = [float(one) for one in as_list(value)]
    except (TypeError, ValueError):
        raise Refused(
            "INTERNAL_SERVER_ERROR", "Internal server error", status=500, http=500
        ) from None
    if kept is None or not given:
        return operator == "not_any_of"
    if operator in ("any_of", "not_any_of"):
        return (kept in given) == (operator == "any_of")
    if operator == "between":
        return len(given) == 2 and given[0] <= kept <= given[1]
    return compare(operator, kept, given[0])


def compare(operator: str, kept: Any, bound: Any) -> bool:
    return bool({
        "greater_than": kept > bound, "greater_than_or_equals": kept >= bound,
        "lower_than": kept < bound, "lower_than_or_equal": kept <= bound,
    }.get(operator, False))  # fmt: skip


def ordered(store: Store, board: Row, rows: Iterable[Row], order: list[Row]) -> list[Row]:
    """By the last key first, so that the first one rules; empties come last."""
    found = list(rows)
    for one in reversed(order):
        column = store.column_row(board, one["column_id"])
        down = one.get("direction") == "desc"
        filled = [row for row in found if sort_key(store, column, row) is not None]
        empty = [row for row in found if sort_key(store, column, row) is None]
        filled.sort(key=lambda row, column=column: sort_key(store, column, row), reverse=down)  # type: ignore[misc]
        found = filled + empty
    return found


def sort_key(store: Store, column: Row, item: Row) -> Any:
    if column["type"] == "name":
        return item["name"].lower()
    kept = item["values"].get(column["id"])
    if kept is None:
        return None
    if column["type"] == "numbers":
        return float(kept["number"])
    return kept["index"] if column["type"] == "status" else reading.text_of(store, column, kept)
