"""A board as finance laid it out: which column shows what, and what is written into it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from connections.boards import (
    DATE,
    NUMBER,
    OPTIONS,
    TEXT,
    Board,
    Cell,
    Column,
    Item,
)
from connections.documents import LedgerDocument, LedgerLine, signed
from connections.errors import NeedsPerson, NotFound, Reason
from mappings.boards import vocabulary
from mappings.boards.vocabulary import DECISION, DIMENSION, KEY, POSTING_STATUS, VENDOR
from mappings.models import BoardLayout, Reference, StatusRule
from syncs.flow import Context

SEPARATOR = " · "  # between a code and its name in a label
LONGEST_LABEL = 60
Meaning = StatusRule.Meaning
Facts = dict[str, Any]  # fact -> str | Decimal | dt.date | None


@dataclasses.dataclass
class View:
    """A layout together with the board as it stands now. Read once for a batch."""

    context: Context
    layout: BoardLayout
    board: Board
    asked: bool = False  # the ledger was, for the values that it has now

    @classmethod
    def of(cls, context: Context, kind: str) -> View:
        """One call. Raises NeedsPerson where no board is set up, or the board cannot be used."""
        layout = layout_of(context, kind)
        try:
            board = context.board_system.board(layout.board_id)
        except NotFound as error:
            raise trouble(layout, "is not there any more, or cannot be seen") from error
        if board.unusable or not board.active:
            raise trouble(layout, board.unusable or "is archived")
        view = cls(context, layout, board)
        for fact in (KEY, DECISION, POSTING_STATUS):
            if view.column(fact) is None:
                raise trouble(layout, f"has no column for “{fact.replace('_', ' ')}” any more")
        return view

    def column(self, fact: str) -> Column | None:
        column = self.board.column(str(self.layout.columns.get(fact, "")))
        return None if column is None or column.archived else column

    def must(self, fact: str) -> Column:
        column = self.column(fact)
        if column is None:
            raise trouble(self.layout, f"has no column for “{fact}”")
        return column

    # -- what labels mean -------------------------------------------------------------------

    @cached_property
    def rules(self) -> dict[str, StatusRule]:
        rows = StatusRule.objects.filter(
            integration=self.context.integration, kind=self.layout.kind
        )
        return {row.label_id: row for row in rows}

    def label_meaning(self, meaning: Meaning) -> str:
        """The id of the label that means this; empty when none does."""
        return next((id for id, row in self.rules.items() if row.meaning == meaning), "")

    def label_text(self, column: Column, id: str) -> str:
        return next((label.text for label in column.labels if label.id == id), id)

    # -- what is written ----------------------------------------------------------------------

    def cells(self, facts: Facts) -> dict[str, Cell]:
        """By column id. An option that its column lacks is its text: no cell shows that."""
        found = {}
        for fact, value in facts.items():
            if column := self.column(fact):
                found[column.id] = self.cell(fact, column, value)
        return found

    def cell(self, fact: str, column: Column, value: Any) -> Cell:
        if fact == POSTING_STATUS:
            return self.status_label(str(value or ""))
        if column.type == OPTIONS:
            return self.options(column, [str(value)] if value else [])
        if column.type in (NUMBER, DATE):
            return value if isinstance(value, (Decimal, dt.date)) else None
        return str(value if value is not None else "")

    def status_label(self, status: str) -> str:
        return str(self.layout.statuses.get(status, ""))

    def options(self, column: Column, texts: Iterable[str]) -> tuple[str, ...]:
        labels = ((column.label(text), text) for text in texts)
        return tuple(sorted(label.id if label else text for label, text in labels))

    def make_labels(self, facts: Facts) -> None:
        """Options that the columns lack, as part of a write; the scheduled flow adds the others."""
        for fact, value in facts.items():
            column = self.column(fact)
            if column is None or column.type != OPTIONS or not value:
                continue
            label = column.label(str(value))
            if label is None or not label.active:
                self.take(self.context.board_system.ensure_labels(
                    self.board.id, column.id, [str(value)], f"Option {value} of {column.title}"
                ))  # fmt: skip

    def take(self, column: Column) -> None:
        """The column as the platform shows it now."""
        columns = tuple(column if one.id == column.id else one for one in self.board.columns)
        self.board = dataclasses.replace(self.board, columns=columns)

    # -- what people set ----------------------------------------------------------------------

    def dimensions(self) -> dict[str, Column]:
        """Columns in which people choose or type dimension values, by dimension code."""
        found = {}
        for fact in self.layout.columns:
            column = self.column(fact)
            if fact.startswith(DIMENSION) and column and column.type in (OPTIONS, TEXT):
                found[fact.removeprefix(DIMENSION)] = column
        return found

    def texts(self, column: Column, item: Item) -> list[str]:
        """What people chose or typed there."""
        cell = item.cells.get(column.id)
        if isinstance(cell, tuple):
            return [self.label_text(column, id) for id in cell]
        return [cell.strip()] if isinstance(cell, str) and cell.strip() else []

    def value_of(self, dimension: str, text: str) -> str:
        """The code in the ledger that a text begins with; empty when it has none."""
        wanted = code_of(text).upper()
        known = (code for parent, code in value_names(self.context) if parent == dimension)
        return next((code for code in known if code.upper() == wanted), "")


def layout_of(context: Context, kind: str) -> BoardLayout:
    layout = BoardLayout.objects.filter(integration=context.integration, kind=kind).first()
    if layout is None:
        words = BoardLayout.Kind(kind).label.lower()
        raise NeedsPerson(
            Reason.SETTINGS, f"No board is set up for {words} yet: set one up under Boards.",
            board=kind,
        )  # fmt: skip
    return layout


def trouble(layout: BoardLayout, what: str) -> NeedsPerson:
    return NeedsPerson(
        Reason.SETTINGS, f"Board “{layout.board_name or layout.board_id}” {what}. Set it up again "
        "under Boards, then replay.", board=layout.kind,
    )  # fmt: skip


# -- facts of a document ------------------------------------------------------------------------


def facts_of(context: Context, document: LedgerDocument, key: str, layout: BoardLayout) -> Facts:
    """What the board is to show, in plain values; only what it has columns for."""
    said: Facts = {
        KEY: key,
        VENDOR: label(document.vendor, document.vendor_name),
        vocabulary.AMOUNT: signed(document.kind, document.total),
        "currency": document.currency or local_currency(context),
        "due_date": document.due_date,
        "date": document.date,
        POSTING_STATUS: document.status,
        "external_number": document.external_number,
        "order_number": document.order_number,
        "materials": materials(document.lines, context.board_system.longest_text),
        "received": received(document.lines),
        "receipt_date": document.receipt_date,
        "ship_to": document.ship_to,
        "url": document.url,
    }
    names = value_names(context)
    for code, value in whole(document).items():
        said[f"{DIMENSION}{code}"] = label(value, names.get((code, value), ""))
    shown = [fact for fact in layout.columns if fact != DECISION]
    return {fact: said.get(fact, "" if fact.startswith(DIMENSION) else None) for fact in shown}


def whole(document: LedgerDocument) -> dict[str, str]:
    """What counts for the whole document: the header's values, else those of all its lines."""
    first, *rest = [dict(line.dimensions) for line in document.lines] or [{}]
    shared = {code: value for code, value in first.items()
              if all(line.get(code) == value for line in rest)}  # fmt: skip
    return shared | {code: value for code, value in document.dimensions if value}


def label(code: str, name: str) -> str:
    """As an option reads: the code first, so that a renamed vendor stays the same."""
    return f"{code}{SEPARATOR}{name}"[:LONGEST_LABEL].rstrip() if name else code


def code_of(text: str) -> str:
    return text.partition(SEPARATOR)[0].strip()


def local_currency(context: Context) -> str:
    row = context.book.references(Reference.Kind.WINDOW).get(("", "window"))
    return str(row.data.get("currency", "")) if row else ""


def value_names(context: Context) -> Mapping[tuple[str, str], str]:
    rows = context.book.references(Reference.Kind.DIMENSION_VALUE)
    return {key: row.name for key, row in rows.items()}


def materials(lines: tuple[LedgerLine, ...], most: int) -> str:
    """What is ordered, a line each, as much as a cell keeps."""
    return "\n".join(material(line) for line in lines)[:most]


def material(line: LedgerLine) -> str:
    many = f"{line.quantity.normalize():f} {line.unit}".strip() + " × " if line.quantity else ""
    when = f", expected {line.receipt_date}" if line.receipt_date else ""
    return f"{many}{line.description}{when}"


def received(lines: tuple[LedgerLine, ...]) -> str:
    """How much of the ordered quantities has come, in words."""
    counted = [line for line in lines if line.received is not None and line.quantity]
    if not counted:
        return ""
    whole = sum(1 for line in counted if (line.received or 0) >= (line.quantity or 0))
    begun = any(line.received for line in counted)
    if whole == len(counted):
        return "all"
    return f"{whole} of {len(counted)} lines" if whole or not begun else "in part"


def plain(facts: Facts) -> dict[str, Any]:
    """As JSON keeps it."""
    return {
        fact: str(value) if isinstance(value, (Decimal, dt.date)) else value
        for fact, value in facts.items()
    }
