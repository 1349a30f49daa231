"""The row that names the columns: the first one, or below a title."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from mappings.imports.cells import Unreadable, plain, tidy
from mappings.imports.questions import lines

Row = tuple[int, list[str]]  # line and cells
LOOKED_AT = 20
DAYS = ("valid_from", "valid_until")  # columns that hold days; all others hold texts
WIDEST = 200


@dataclasses.dataclass(frozen=True)
class Heading:
    """The columns without which a row does not name columns; `also` are others' names for ours."""

    required: tuple[str, ...] = ()
    also: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def is_in(self, cells: list[str]) -> bool:
        names = {name for cell in cells[:WIDEST] if (name := column_name(cell))}
        names |= {self.also[name] for name in names if name in self.also}
        return bool(self.required) and names.issuperset(self.required)

    def is_required(self, cell: str) -> bool:
        return self.ours(cell) in self.required

    def ours(self, cell: str) -> str:
        name = column_name(cell)
        return self.also.get(name, name)

    @property
    def lacking(self) -> str:
        """The end of a sentence."""
        return f"has the columns {', '.join(self.required)}."

    def check_one_cell(self, cells: list[str], line: int) -> None:
        """All names in one cell: the file was not divided where it was opened or saved."""
        filled = [cell for cell in cells if cell.strip()]
        if len(filled) == 1 and any(self.is_in(filled[0].split(mark)) for mark in ",;\t|:"):
            raise Unreadable(
                f"Line {line} holds all column names in one cell: “{filled[0][:60]}”. Divide it in "
                "Excel (Data → Text to Columns) and save the file as .xlsx."
            )


@dataclasses.dataclass
class Start:
    """The first rows of a table; `line` is that of the column names, None: not among them."""

    rows: list[Row]
    line: int | None


def found_in(rows: Iterator[Row], heading: Heading) -> Start:
    first = list(islice(filled_rows(rows), LOOKED_AT))
    line = next((line for line, cells in first if heading.is_in(cells)), None)
    return Start(first, line)


def filled_rows(rows: Iterable[Row]) -> Iterator[Row]:
    return ((line, cells) for line, cells in rows if filled(cells))


def filled(cells: list[str]) -> bool:
    return any(cell.strip() for cell in cells)


def below_title(start: Start) -> tuple[list[Row], list[str]]:
    """The rows from the column names on, and what is said of those above."""
    if start.line is None:
        return start.rows, []
    above = [row for row in start.rows if row[0] < start.line]
    for line, cells in above:
        if sum(bool(cell.strip()) for cell in cells) > 1:
            raise Unreadable(
                f"Line {line} stands above the column names in line {start.line} and looks like "
                "data. The column names must come first: move them up or delete what is above."
            )
    notes = []
    if above:
        titles = [f"“{cell.strip()}”" for _, cells in above for cell in cells if cell.strip()]
        where = lines(line for line, _ in above)
        notes.append(f"Left out above the column names, {where}: {', '.join(titles)}.")
    return start.rows[len(above) :], notes


def column_name(cell: str) -> str:
    """Column names are compared in one spelling; a dimension's code keeps its own."""
    name = tidy(plain(re.sub(r"\s+", " ", cell)))  # as it is broken over lines
    if name.lower().startswith("dim_"):
        return f"dim_{name[4:].strip()}"
    return re.sub(r"\s+", "_", name.lower())
