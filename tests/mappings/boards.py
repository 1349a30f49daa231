"""A work platform in memory, for the corner cases of a board's set-up."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from connections.boards import DATE, NUMBER, STATUS, TEXT, Board, Column, Label
from connections.errors import NotFound, RetryLater
from connections.models import Connection, Integration
from mappings.boards.setup import choices_of, dimensions_of, prepare, survey
from mappings.models import BoardLayout
from mappings.reference import Reference
from tests.mappings.conftest import refer

INVOICES, ORDERS = BoardLayout.Kind.INVOICES, BoardLayout.Kind.ORDERS


class Platform:
    """roles.BoardSystem as far as a set-up asks for it. `calls` is what was asked."""

    def __init__(self, *columns: Column) -> None:
        self.stands = Board("77", "Payables", "https://boards.example/77", columns=columns)
        self.calls: list[str] = []
        self.fails_at = ""  # a title whose creation fails
        self.gone = False

    def board(self, board_id: str) -> Board:
        self.calls.append("board")
        if self.gone:
            raise NotFound("It is gone.", status=404)
        return self.stands

    def create_column(self, board_id: str, column: Column, about: str) -> Column:
        if column.title == self.fails_at:
            raise RetryLater("The platform asks us to slow down.")
        self.calls.append(f"create {column.id}")
        made = dataclasses.replace(column, labels=numbered(column.labels))
        self.put(made)
        return made

    def ensure_labels(
        self, board_id: str, column_id: str, texts: Sequence[str], about: str
    ) -> Column:
        self.calls.append(f"label {column_id}: {', '.join(texts)}")
        column = self.stands.column(column_id)
        assert column is not None
        lacking = [text for text in texts if column.label(text) is None]
        labels = numbered((*column.labels, *(Label("", text) for text in lacking)))
        woken = tuple(
            dataclasses.replace(one, active=True) if one.text in texts else one for one in labels
        )
        made = dataclasses.replace(column, labels=woken)
        self.put(made)
        return made

    def put(self, column: Column) -> None:
        others = tuple(one for one in self.stands.columns if one.id != column.id)
        self.stands = dataclasses.replace(self.stands, columns=(*others, column))

    def change(self, column_id: str, **values: Any) -> None:
        """People do this on the board."""
        column = self.stands.column(column_id)
        assert column is not None
        self.put(dataclasses.replace(column, **values))

    def remove(self, column_id: str) -> None:
        rest = tuple(one for one in self.stands.columns if one.id != column_id)
        self.stands = dataclasses.replace(self.stands, columns=rest)

    def relabel(self, column_id: str, label: str, /, **values: Any) -> None:
        column = self.stands.column(column_id)
        assert column is not None
        labels = tuple(
            dataclasses.replace(one, **values) if one.text == label else one
            for one in column.labels
        )
        self.change(column_id, labels=labels)

    def written(self) -> list[str]:
        """What was written since this was asked the last time."""
        found = [call for call in self.calls if call != "board"]
        self.calls.clear()
        return found


def numbered(labels: Sequence[Label]) -> tuple[Label, ...]:
    taken = {label.id for label in labels}
    free = (str(number) for number in range(100) if str(number) not in taken)
    return tuple(one if one.id else dataclasses.replace(one, id=next(free)) for one in labels)


def an_integration(*dimensions: str) -> Integration:
    platform = Connection.objects.create(name="Boards", vendor="monday")
    ledger = Connection.objects.create(name="NAV", vendor="nav")
    for code in dimensions:
        refer(ledger, Reference.Kind.DIMENSION, code)
    return Integration.objects.create(
        key="nav_monday", name="NAV and boards", project_system=platform, ledger=ledger
    )


def lay_out(platform: Platform, integration: Integration, **changes: str) -> BoardLayout:
    """As a person does who takes what is proposed, but for `changes`."""
    layout = BoardLayout(integration=integration, kind=INVOICES, board_id="77")
    rows = survey(platform.stands, INVOICES, dimensions_of(integration))
    prepare(platform, layout, {**choices_of(rows), **changes}, "set up")  # type: ignore[arg-type]
    return layout


AMOUNT = Column("numeric_x1", "amount", NUMBER)
DUE = Column("date_x1", "Due date", DATE)
NOTE = Column("text_x1", "Vendor's number", TEXT)
STUCK = Column(
    "color_x1", "Approval", STATUS,
    (Label("0", "Working on it"), Label("1", "Approved", done=True), Label("2", "Declined")),
)  # fmt: skip
