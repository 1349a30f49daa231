"""`$filter`: comparisons, arithmetic, and/or/not, wildcards, enum literals."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from . import errors, wire
from .model import ENUMS, Entity, Field, Row

Test = Callable[[Row], bool]
Value = Callable[[Row], Any]
Look = Callable[[Field, Row], Any]

_TOKEN = re.compile(
    r"\s*([\w.]+'(?:[^']|'')*'|'(?:[^']|'')*'|[(),]"
    r"|\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?|-?\d+(?:\.\d+)?|[\w./]+)"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
}  # fmt: skip
_MATH: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "div": lambda a, b: Decimal(a) / Decimal(b), "mod": lambda a, b: a % b,
}  # fmt: skip
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith, "endswith": str.endswith,
    "contains": lambda text, piece: piece in text,
}  # fmt: skip
_ENUM = re.compile(r"Microsoft\.Dynamics\.DataEntities\.(\w+)'(\w+)'")


class Parser:
    """Recursive descent over one filter. `look` gives a column's value as readers see it."""

    def __init__(self, entity: Entity, text: str, settings: Row, look: Look) -> None:
        self.entity, self.text, self.settings, self.look = entity, text, settings, look
        self.tokens, self.at = self.split(text), 0

    def split(self, text: str) -> list[str]:
        tokens, at = [], 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if not found:
                raise errors.bad_query(f"Syntax error at position {at} in '{text}'.")
            tokens.append(found[1])
            at = found.end()
        return tokens

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise errors.bad_query(
                f"Syntax error: {wanted or 'an expression'} expected in '{self.text}'."
            )
        self.at += 1
        return token

    def whole(self) -> Test:
        test = self.either()
        if self.peek():
            raise errors.bad_query(f"Syntax error at '{self.peek()}' in '{self.text}'.")
        return test

    def either(self) -> Test:
        test = self.both()
        while self.peek() == "or":
            self.next()
            test = _or(test, self.both())
        return test

    def both(self) -> Test:
        test = self.one()
        while self.peek() == "and":
            self.next()
            test = _and(test, self.one())
        return test

    def one(self) -> Test:
        token = self.peek()
        if token == "not":
            self.next()
            inner = self.one()
            return lambda row: not inner(row)
        if token in _TEXT:
            return self.function(self.next())
        if token == "(" and not self.is_sum():
            self.next()
            test = self.either()
            self.next(")")
            return test
        return self.comparison()

    def is_sum(self) -> bool:
        """Whether the bracket holds arithmetic: an operator of sums before any comparison."""
        depth = 0
        for token in self.tokens[self.at :]:
            depth += (token == "(") - (token == ")")
            if token in _COMPARE or token in _TEXT or token in ("not", "in"):
                return False
            if depth == 0:
                return True
        return False

    def column(self, name: str) -> Field:
        if name not in self.entity.fields:
            raise errors.no_property(name, self.entity.type)
        return self.entity.fields[name]

    def function(self, name: str) -> Test:
        if not self.settings["text_functions"]:
            raise errors.bad_query(f"The function '{name}' is not supported.")
        self.next("(")
        column = self.column(self.next())
        self.next(",")
        piece = self.string(self.next()).lower()
        self.next(")")
        test, look = _TEXT[name], self.look
        return lambda row: test(str(look(column, row)).lower(), piece)

    def comparison(self) -> Test:
        start = self.next() if self.peek() != "(" else ""
        if start and start in self.entity.fields and self.peek() not in _MATH:
            return self.of_column(self.entity.fields[start])
        if start and re.match(r"[A-Za-z]\w*$", start) and start not in self.entity.fields:
            raise errors.no_property(start, self.entity.type)
        if start:
            self.at -= 1
        left, operator = self.sum(), self.next()
        if operator not in _COMPARE:
            raise errors.bad_query(f"The operator '{operator}' is not supported.")
        right, compare = self.sum(), _COMPARE[operator]
        return lambda row: compare(left(row), right(row))

    def of_column(self, column: Field) -> Test:
        operator = self.next()
        if operator == "in" and self.settings["in_operator"]:
            return self.inside(column)
        if operator not in _COMPARE:
            raise errors.bad_query(f"The operator '{operator}' is not supported.")
        if column.kind == "e" and operator not in ("eq", "ne"):
            raise errors.bad_query(f"'{column.name}' can only be compared by eq and ne.")
        if column.kind in "nil":
            return self.of_number(column, operator)
        token = self.next()
        if column.kind in "sx" and operator in ("eq", "ne") and "*" in token:
            return self.wildcard(column, self.string(token), operator == "eq")
        value, compare, look = self.literal(column, token), _COMPARE[operator], self.look
        return lambda row: compare(wire.comparable(column, look(column, row)), value)

    def of_number(self, column: Field, operator: str) -> Test:
        right, compare, look = self.sum(), _COMPARE[operator], self.look
        return lambda row: compare(look(column, row), right(row))

    def inside(self, column: Field) -> Test:
        self.next("(")
        values = [self.literal(column, self.next())]
        while self.peek() == ",":
            self.next()
            values.append(self.literal(column, self.next()))
        self.next(")")
        look = self.look
        return lambda row: wire.comparable(column, look(column, row)) in values

    def wildcard(self, column: Field, text: str, wanted: bool) -> Test:
        pieces = [re.escape(piece) for piece in text.lower().split("*")]
        pattern, look = re.compile(".*".join(pieces), re.DOTALL), self.look
        return lambda row: bool(pattern.fullmatch(str(look(column, row)).lower())) is wanted

    # Arithmetic, from left to right inside brackets.

    def sum(self) -> Value:
        value = self.term()
        while self.peek() in _MATH:
            value = _applied(_MATH[self.next()], value, self.term())
        return value

    def term(self) -> Value:
        token = self.next()
        if token == "(":
            value = self.sum()
            self.next(")")
            return value
        if re.fullmatch(r"-?\d+(\.\d+)?", token):
            number = Decimal(token)
            return lambda row: number
        column, look = self.column(token), self.look
        if column.kind not in "nil":
            raise _unlike(column, token)
        return lambda row: look(column, row)

    # Literals.

    def string(self, token: str) -> str:
        if not token.startswith("'"):
            raise errors.bad_query(f"A string in quotes is expected instead of '{token}'.")
        return token[1:-1].replace("''", "'")

    def literal(self, column: Field, token: str) -> Any:
        if column.kind in "sx":
            return self.string(token).lower()
        if column.kind == "e":
            return self.member(column, token)
        try:
            if column.kind in "dt":
                return wire.literal_moment(token)
            if column.kind == "g":
                return token.lower()
            return Decimal(token)
        except (ValueError, ArithmeticError):
            raise _unlike(column, token) from None

    def member(self, column: Field, token: str) -> str:
        found = _ENUM.fullmatch(token)
        if found is None and self.settings["plain_enums"] and token.startswith("'"):
            name, member = column.enum, self.string(token)
        elif found is None:
            raise _unlike(column, token)
        else:
            name, member = found[1], found[2]
        if name != column.enum or member not in ENUMS[name]:
            raise _unlike(column, token)
        return member


def _unlike(column: Field, token: str) -> errors.Refused:
    return errors.bad_query(
        "A binary operator with incompatible types was detected: "
        f"'{column.name}' cannot be compared with {token}."
    )


def _applied(math: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    return lambda row: math(left(row), right(row))


def _or(one: Test, other: Test) -> Test:
    return lambda row: one(row) or other(row)


def _and(one: Test, other: Test) -> Test:
    return lambda row: one(row) and other(row)
