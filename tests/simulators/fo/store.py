"""The tables of the environment, with undo, record versions and number sequences."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from . import wire
from .model import ENTITIES, Entity, Row

Key = tuple[Any, ...]
FIRST_RECORD = 5_637_144_576


def fresh_state(settings: Row) -> Row:
    """All that a restart must keep: plain data."""
    return {
        "tables": {}, "record": FIRST_RECORD, "numbers": {}, "settings": settings, "apps": {},
        "tokens": {}, "writes": [], "events": [], "troubles": [], "formats_changed": 0,
    }  # fmt: skip


def key_of(entity: Entity, row: Row) -> Key:
    return tuple(folded(row[name]) for name in entity.key)


def folded(value: Any) -> Any:
    """Keys are compared without regard to case."""
    return value.lower() if isinstance(value, str) else value


def etag(row: Row) -> str:
    text = f"'{row['_version']},{row['_record']}'"
    return f'W/"{base64.b64encode(text.encode()).decode()}"'


class Books:
    """Every read and write. Writes can be undone until `commit`."""

    def __init__(self, state: Row, clock: Callable[[], datetime]) -> None:
        self.state, self.clock = state, clock
        self.undo: list[Callable[[], Any]] = []

    @property
    def settings(self) -> Row:
        found: Row = self.state["settings"]
        return found

    # Transactions.

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        mark = len(self.undo)
        try:
            yield
        except BaseException:
            while len(self.undo) > mark:
                self.undo.pop()()
            raise

    def commit(self) -> None:
        self.undo.clear()

    # Rows.

    def table(self, name: str) -> dict[Key, Row]:
        """By the name of a set or of a table."""
        found: dict[Key, Row] = self.state["tables"].setdefault(
            ENTITIES[name].table if name in ENTITIES else name, {}
        )
        return found

    def rows(self, name: str, **values: Any) -> list[Row]:
        wanted = [(key, folded(value)) for key, value in values.items()]
        return [row for row in self.table(name).values()
                if all(folded(row[key]) == value for key, value in wanted)]  # fmt: skip

    def get(self, name: str, *key: Any) -> Row | None:
        return self.table(name).get(tuple(folded(part) for part in key))

    def find(self, name: str, **values: Any) -> Row | None:
        return next(iter(self.rows(name, **values)), None)

    def add(self, name: str, values: Row) -> Row:
        """A new row: every field of the entity, blanks where nothing was given."""
        entity = ENTITIES[name]
        self.state["record"] += 1
        row: Row = {column.name: column.blank for column in entity.fields.values()}
        row |= {**values, "_record": self.state["record"], "_version": 1, "_created": self.clock()}
        table, key = self.table(name), key_of(entity, row)
        table[key] = row
        self.undo.append(lambda: table.pop(key, None))
        return row

    def change(self, row: Row, **values: Any) -> None:
        """Changes a row and its version; nothing happens when nothing differs."""
        if all(row.get(key) == value for key, value in values.items()):
            return
        before = dict(row)
        row.update(values)
        row["_version"] += 1

        def back() -> None:
            row.clear()
            row.update(before)

        self.undo.append(back)

    def remove(self, name: str, row: Row) -> None:
        table, key = self.table(name), key_of(ENTITIES[name], row)
        # Rows keep their order of arrival: a row put back by undo comes to its end.
        table.pop(key)
        self.undo.append(lambda: table.__setitem__(key, row))

    # Numbers and days.

    def next_number(self, sequence: str, pattern: str, first: int = 1) -> str:
        """The next of a sequence; a number that was rolled back is a gap."""
        numbers = self.state["numbers"]
        numbers[sequence] = numbers.get(sequence, first - 1) + 1
        return pattern.format(numbers[sequence])

    def today(self) -> str:
        """Today in the company, as a stored day."""
        return wire.day(self.clock().astimezone(UTC))

    def event(self, name: str, company: str, **facts: Any) -> None:
        """A business event: what happened, by the name of its catalogue."""
        number = FIRST_RECORD + len(self.state["events"])
        self.state["events"].append({
            "BusinessEventId": name, "BusinessEventLegalEntity": company.upper(),
            "ControlNumber": number, "ContextRecordSubject": "", "MajorVersion": 0,
            "MinorVersion": 0, "EventTimeIso8601": f"{self.clock():%Y-%m-%dT%H:%M:%S.0000000Z}",
            "ParentContextRecordSubjects": [], **facts,
        })  # fmt: skip
