"""`$filter`, `$orderby`, `$select` and `$expand`, as far as the service understands them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from . import errors
from .model import Entity, Field, Row
from .wire import unescape

Test = Callable[[Row], bool]

_TOKEN = re.compile(
    r"\s*('(?:[^']|'')*'|[(),]|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"
    r"|\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?|-?\d+(?:\.\d+)?|[\w/.@]+)"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda text, piece: piece in text,
}
_LAMBDA = re.compile(r"\w+/(?:any|all)\(")


@dataclass
class Expand:
    """`$expand` of one level: part name → what is asked inside."""

    parts: dict[str, Expand] = field(default_factory=dict)
    select: list[str] = field(default_factory=list)


def _wrong(text: str) -> errors.Refused:
    return errors.bad_request(text)


class _Parser:
    """Recursive descent: or, and, not supported beyond comparisons and three functions."""

    def __init__(self, entity: Entity, text: str, extended: bool) -> None:
        self.entity, self.text, self.extended = entity, text, extended
        self.tokens, self.position = self._tokens(text), 0

    def _tokens(self, text: str) -> list[str]:
        tokens, at = [], 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if not found:
                raise _wrong(f"Syntax error at position {at} in '{text}'.")
            tokens.append(found[1])
            at = found.end()
        return tokens

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def next(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise _wrong(f"Syntax error: '{wanted or 'expression'}' expected in '{self.text}'.")
        self.position += 1
        return token

    def whole(self) -> Test:
        test, _ = self.either()
        if self.peek():
            raise _wrong(f"Syntax error at '{self.peek()}' in '{self.text}'.")
        return test

    def either(self) -> tuple[Test, set[str]]:
        test, names = self.both()
        while self.peek() == "or":
            self.next()
            other, other_names = self.both()
            if names | other_names != names or len(names) != 1:
                raise _wrong(
                    "The 'OR' operator is not supported on distinct fields on an OData filter."
                )
            test = _or(test, other)
        return test, names

    def both(self) -> tuple[Test, set[str]]:
        test, names = self.one()
        while self.peek() == "and":
            self.next()
            other, other_names = self.one()
            test, names = _and(test, other), names | other_names
        return test, names

    def one(self) -> tuple[Test, set[str]]:
        token = self.next()
        if token == "(":
            inside = self.either()
            self.next(")")
            return inside
        if token in _TEXT:
            return self.function(token)
        if token in ("tolower", "toupper"):
            return self.cased(token)
        return self.comparison(self.known(token))

    def known(self, name: str) -> Field:
        if name not in self.entity.fields:
            raise _wrong(
                f"Could not find a property named '{name}' on type "
                f"'Microsoft.NAV.{self.entity.name}'."
            )
        return self.entity.fields[name]

    def function(self, name: str) -> tuple[Test, set[str]]:
        self.next("(")
        column = self.next()
        if column in ("tolower", "toupper") and not self.extended:
            raise _wrong("Nested function calls need $schemaversion=2.1.")
        nested = column in ("tolower", "toupper")
        if nested:
            self.next("(")
        column = self.known(self.next() if nested else column).name
        if nested:
            self.next(")")
        self.next(",")
        piece = self.string(self.next())
        self.next(")")
        test, change = _TEXT[name], str.lower if nested else str
        return lambda row: test(change(str(row[column])), change(piece)), {column}

    def cased(self, name: str) -> tuple[Test, set[str]]:
        self.next("(")
        column = self.known(self.next()).name
        self.next(")")
        self.next("eq")
        value = self.string(self.next()).lower()
        return lambda row: str(row[column]).lower() == value, {column}

    def comparison(self, column: Field) -> tuple[Test, set[str]]:
        operator = self.next()
        if operator == "in" and self.extended:
            return self.inside(column)
        if operator not in _COMPARE:
            raise _wrong(f"The operator '{operator}' is not supported in '{self.text}'.")
        value, compare, name = self.literal(column, self.next()), _COMPARE[operator], column.name
        return lambda row: compare(comparable(column, row[name]), value), {name}

    def inside(self, column: Field) -> tuple[Test, set[str]]:
        self.next("(")
        values = [self.literal(column, self.next())]
        while self.peek() == ",":
            self.next()
            values.append(self.literal(column, self.next()))
        self.next(")")
        return lambda row: comparable(column, row[column.name]) in values, {column.name}

    def string(self, token: str) -> str:
        if not token.startswith("'"):
            raise _wrong(f"A string in quotes is expected instead of '{token}'.")
        return token[1:-1].replace("''", "'")

    def literal(self, column: Field, token: str) -> Any:
        """Strings and enums need quotes, everything else must have none."""
        if column.kind in "csxo":
            return self.string(token)
        if column.kind == "e":
            return unescape(self.string(token)) or " "
        try:
            return BARE[column.kind](token)
        except (ValueError, ArithmeticError, KeyError):
            raise _wrong(
                "A binary operator with incompatible types was detected: "
                f"'{column.name}' cannot be compared with {token}."
            ) from None


def _or(one: Test, other: Test) -> Test:
    return lambda row: one(row) or other(row)


def _and(one: Test, other: Test) -> Test:
    return lambda row: one(row) and other(row)


def moment(token: str) -> datetime:
    time = datetime.fromisoformat(token.replace("Z", "+00:00"))
    if time.tzinfo is None or "T" not in token:
        raise ValueError(token)
    return time.astimezone(UTC)


def _day(token: str) -> str:
    return date.fromisoformat(token).isoformat()


def _guid(token: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F-]{36}", token):
        raise ValueError(token)
    return token.lower()


BARE: dict[str, Callable[[str], Any]] = {
    "g": _guid,
    "n": Decimal,
    "i": int,
    "b": lambda token: {"true": True, "false": False}[token],
    "d": _day,
    "t": moment,
}
_EARLY = datetime(1, 1, 1, tzinfo=UTC)


def comparable(column: Field, value: Any) -> Any:
    if column.kind == "t":
        return value or _EARLY
    return Decimal(value) if column.kind == "n" else value


def parse_filter(entity: Entity, text: str, *, extended: bool = False) -> Test:
    """A test of rows. A filter with a lambda is ignored as a whole: nothing is filtered."""
    if not text.strip() or _LAMBDA.search(text):
        return lambda row: True
    return _Parser(entity, text, extended).whole()


def fixed_value(text: str, name: str) -> str:
    """The value that a filter demands of one field (`name eq value`), or nothing."""
    found = re.search(rf"\b{name} eq '?([^' )]+)'?", text)
    return unescape(found[1]) if found else ""


def parse_order(entity: Entity, text: str) -> list[tuple[Field, bool]]:
    """(field, descending) of `$orderby`."""
    order = []
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, direction = piece.partition(" ")
        if name not in entity.fields or direction.strip() not in ("", "asc", "desc"):
            raise _wrong(f"Could not find a property named '{name}' in $orderby.")
        order.append((entity.fields[name], direction.strip() == "desc"))
    return order


def parse_select(entity: Entity, text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in entity.fields and name != "*" and not entity.part(name):
            raise _wrong(
                f"Could not find a property named '{name}' on type 'Microsoft.NAV.{entity.name}'."
            )
    return [] if "*" in names else names


def _split(text: str, mark: str) -> list[str]:
    """Pieces between marks that stand outside brackets."""
    pieces, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == mark and depth == 0:
            pieces.append(text[start:at])
            start = at + 1
    return [piece.strip() for piece in (*pieces, text[start:]) if piece.strip()]


def parse_expand(text: str) -> Expand:
    """`a($expand=b;$select=x),c` as a tree."""
    tree = Expand()
    for piece in _split(text, ","):
        name, _, inside = piece.partition("(")
        child = Expand()
        for option in _split(inside.removesuffix(")"), ";"):
            key, _, value = option.partition("=")
            if key.strip() == "$expand":
                child.parts = parse_expand(value).parts
            elif key.strip() == "$select":
                child.select = [part.strip() for part in value.split(",")]
        tree.parts[name.strip()] = child
    return tree
