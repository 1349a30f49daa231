"""The sheet of a workbook that has our columns, as Excel shows it; what cannot be is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, TypeGuard

from openpyxl import load_workbook
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS

from mappings.imports import number_formats
from mappings.imports.cells import Unreadable, day, refused
from mappings.imports.heading import LOOKED_AT, Heading, Row, Start, found_in
from mappings.imports.questions import listed, ranges

CHUNK = 1 << 20
FORMULA, RESULT = f"{{{SHEET_MAIN_NS}}}f", f"{{{SHEET_MAIN_NS}}}v"
MERGED, MERGED_PER_ROW = 10_000, 200  # more are no table
NO_RESULT = object()
PLAIN = ("General", "@")  # texts as they are
OWN_FORMATS = 164  # ECMA-376 18.8.30: the numbers below are built in
# Cells and rows that have a format and nothing else; a million of them are no data.
BLANK_CELL = re.compile(
    rb'<c\b[^<>]*?\br="[A-Z]+\d+"[^<>]*?(?:/>|>(?:<v\s*/>|<v></v>)?</c>)'
)  # fmt: skip
BLANK_ROW = re.compile(rb'<row\b[^<>]*?\br="\d+"[^<>]*?(?:/>|>\s*</row>)')


@dataclasses.dataclass
class Table:
    """What was read, and what a person should know of it."""

    rows: list[Row]
    notes: list[str]


class Filled:
    """The XML of a sheet without its blank cells and rows, as a file."""

    def __init__(self, source: Any) -> None:
        self.pieces = self.slim(source)
        self.rest = b""

    def slim(self, source: Any) -> Iterator[bytes]:
        kept = b""
        while piece := source.read(CHUNK):
            kept += piece
            if (cut := kept.rfind(b"<row")) > 0:
                yield self.without_blanks(kept[:cut])
                kept = kept[cut:]
        yield self.without_blanks(kept)

    def without_blanks(self, xml: bytes) -> bytes:
        return BLANK_ROW.sub(b"", BLANK_CELL.sub(b"", xml))

    def read(self, size: int = -1) -> bytes:
        while not self.rest:
            piece = next(self.pieces, None)
            if piece is None:
                return b""
            self.rest = piece
        if size < 0:
            size = len(self.rest)
        found, self.rest = self.rest[:size], self.rest[size:]
        return found


class SheetReader(WorkSheetParser):
    """The library's reader, which tells a formula without a stored result from an empty cell."""

    def __init__(self, book: Any, source: Any) -> None:
        super().__init__(
            Filled(source), book.shared, data_only=True, epoch=book.epoch,
            date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,
        )  # fmt: skip
        self.uncalculated = bool(book.calculation and book.calculation.fullCalcOnLoad)

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        kind = element.get("t", "n")  # a number that became a text: no date has it
        cell["fails"] = kind == "e" or (kind == "n" and isinstance(cell["value"], str))
        if element.find(FORMULA) is None:
            return cell
        if cell["value"] is None and not told(element):
            cell["value"] = NO_RESULT
        if self.uncalculated and type(cell["value"]) is int and cell["value"] == 0:
            cell["value"] = NO_RESULT  # programs that do not calculate write it for any result
        return cell


def is_day(value: Any) -> TypeGuard[dt.date]:
    """A date without a time of day."""
    if isinstance(value, dt.datetime):
        return value.time() == dt.time()
    return isinstance(value, dt.date)


def unclear(place: str, value: str, code: str) -> str:
    return refused(value, (
        f"Cell {place} holds the {value} in the format “{code}”. What a cell shows is what counts, "
        "and that is not clear here. Format the column as text and type it again."
    ))  # fmt: skip


def told(element: Any) -> bool:
    """A formula may have an empty text for its result."""
    return element.get("t") == "str" and element.find(RESULT) is not None


class Sheet:
    """A visible sheet: its first rows are looked at, the rest is read if it is the one."""

    def __init__(self, book: Any, sheet: Any, most: int) -> None:
        self.book, self.name, self.most = book, sheet.title, most
        self.visible = sheet.sheet_state == "visible"
        self.reader = SheetReader(book, sheet._get_source())
        self.source = self.filled()

    def filled(self) -> Iterator[Row]:
        """(line, cells) of each row that has a value in it."""
        for count, (line, cells) in enumerate(self.with_values()):
            if count > self.most + LOOKED_AT:
                raise Unreadable(f"The file has more than {self.most:,} rows. Split it.")
            yield line, cells

    def with_values(self) -> Iterator[Row]:
        for line, found in self.reader.parse():
            cells = [""] * max((cell["column"] for cell in found), default=0)
            for cell in found:
                cells[cell["column"] - 1] = self.text(line, cell)
            if any(cells):
                yield line, cells

    def text(self, line: int, cell: dict[str, Any]) -> str:
        value, place = cell["value"], f"{get_column_letter(cell['column'])}{line}"
        if value is None:
            return ""
        if value is NO_RESULT:
            return refused("?", (
                f"Cell {place} has a formula without a stored result. Open the file in Excel, "
                "let it calculate and save it, or put the value there instead of the formula."
            ))  # fmt: skip
        if cell["fails"]:
            return refused(value, f"Cell {place} shows the error {value}. Put the value there.")
        if isinstance(value, (dt.date, dt.time, dt.timedelta)):
            why = (
                f"Row {line} has a date or time ({value}) in cell {place} where a code belongs: "
                "Excel turned it into one. Format the column as text and type it again."
            )
            return day(value, why) if is_day(value) else refused(value, why)
        if isinstance(value, bool):
            return str(value).upper()
        if isinstance(value, (int, float)):
            return self.number(value, place, cell["style_id"])
        return self.words(str(value), place, cell["style_id"])

    def number(self, value: float, place: str, style: int) -> str:
        if abs(value) >= number_formats.EXACT:
            return refused(value, (
                f"Cell {place} holds a number of more than 15 digits, of which Excel keeps 15: the "
                "last ones are lost. Format the column as text and type it again."
            ))  # fmt: skip
        code = self.number_format(style)
        shown = number_formats.shown(value, code)
        return unclear(place, f"number {value}", code) if shown is None else shown

    def words(self, text: str, place: str, style: int) -> str:
        code = self.number_format(style) if style else "@"
        shown = text if code in PLAIN else number_formats.shown_text(text, code)
        return unclear(place, f"text “{text}”", code) if shown is None else shown

    def number_format(self, style: int) -> str:
        number = self.book._cell_styles[style].numFmtId
        if number < OWN_FORMATS:
            return str(BUILTIN_FORMATS.get(number, f"built-in {number}"))  # of other languages
        return str(self.book._number_formats[number - OWN_FORMATS])


Found = tuple[Sheet, Start]


def read(data: bytes, heading: Heading, most: int) -> Table:
    """The first visible sheet that has our columns; where none has, the first visible one."""
    try:
        book: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        book.shared = next((sheet._shared_strings for sheet in book.worksheets), [])
        sheets = [Sheet(book, sheet, most) for sheet in book.worksheets]
        return chosen(sheets, heading)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable("The workbook is damaged. Save it anew from Excel as .xlsx.") from error


def chosen(sheets: list[Sheet], heading: Heading) -> Table:
    starts = [(sheet, found_in(sheet.source, heading)) for sheet in sheets if sheet.visible]
    filled = [(sheet, start) for sheet, start in starts if start.rows]
    ours = [(sheet, start) for sheet, start in filled if start.line is not None]
    if not ours:
        check_others([sheet for sheet in sheets if not sheet.visible], filled, heading)
    sheet, start = (ours or filled or starts)[0]
    rows = list(chain(start.rows, sheet.source))
    line = start.line if start.line is not None else rows[0][0] if rows else 1
    notes = sheet_notes(ours, filled) + hidden(sheet.reader, rows, line)
    check_conditions(sheet, dict(rows), line)
    return Table(rows, notes + merged(sheet.reader, dict(rows), line))


def check_others(hidden: list[Sheet], filled: list[Found], heading: Heading) -> None:
    """No visible sheet has our columns: it may be a hidden one that is meant."""
    unseen = [(sheet, found_in(sheet.source, heading)) for sheet in hidden]
    if meant := names([(sheet, start) for sheet, start in unseen if start.line is not None]):
        raise Unreadable(
            f"No visible sheet {heading.lacking} {meant} has them and is hidden: unhide it, or "
            "delete it if it is not meant."
        )
    if len(filled) != 1:
        which = f" ({names(filled)})" if filled else ""
        raise Unreadable(
            f"No visible sheet{which} {heading.lacking} The first row of one must name them."
        )


def sheet_notes(ours: list[Found], filled: list[Found]) -> list[str]:
    if len(filled) < 2:
        return []
    too = f" These have the columns, too, and are not read: {names(ours[1:])}." if ours[1:] else ""
    return [f"Of the visible sheets ({names(filled)}) {names(ours[:1])} is read.{too}"]


def names(sheets: list[Found]) -> str:
    return ", ".join(f"“{sheet.name}”" for sheet, _ in sheets)


def hidden(reader: Any, rows: list[Row], heading: int) -> list[str]:
    """What the author may not have seen is read, too, and named."""
    unseen = [line for line, _ in rows if line > heading and is_hidden(
        reader.row_dimensions.get(str(line), {})
    )]  # fmt: skip
    notes = []
    if unseen:
        notes.append(f"Hidden rows are read, too: {ranges(unseen)}.")
    width = max((len(cells) for _, cells in rows), default=0)
    columns = [
        get_column_letter(number)
        for attributes in reader.column_dimensions.values() if is_hidden(attributes)
        for number in range(int(attributes["min"]), min(int(attributes["max"]), width) + 1)
    ]  # fmt: skip
    if columns:
        notes.append(f"Hidden columns are read, too: {', '.join(columns)}.")
    return notes


def is_hidden(attributes: dict[str, str]) -> bool:
    size = attributes.get("ht") or attributes.get("width") or "1"
    return attributes.get("hidden") in ("1", "true") or not size.strip("0.")


def merged(reader: Any, rows: dict[int, list[str]], heading: int) -> list[str]:
    """A merged value counts for its column of the area, in each row that has more than that."""
    told_of: list[str] = []
    areas = reader.merged_cells.mergeCell if reader.merged_cells else []
    if len(areas) > MERGED + MERGED_PER_ROW * len(rows):
        raise Unreadable("The sheet has more merged cells than rows can have. Unmerge them.")
    for area in areas:
        left, top, right, bottom = area.bounds
        value = cell_of(rows, top, left)
        if bottom < heading or (left, top) == (right, bottom):
            continue
        if not value:
            check_unseen(area, rows)
            continue
        if top <= heading or left != right:
            raise Unreadable(
                f"The cells {area.coord} are merged"
                + (" with column names" if top <= heading else " over several columns")
                + ". Unmerge them in Excel and write into each cell what belongs there."
            )
        others = [line for line in lines_in(rows, top, bottom) if line != top]
        for line in others:
            rows[line] += [""] * (left - len(rows[line]))
            rows[line][left - 1] = value
        if others:
            told_of.append(f"{area.coord} “{value}”")
    return [f"Merged cells count for each of their rows: {listed(told_of)}."] if told_of else []


def check_unseen(area: Any, rows: dict[int, list[str]]) -> None:
    """A merged area shows its first cell alone."""
    if below := list(within(area, rows)):
        raise Unreadable(
            f"The cells {area.coord} are merged and show nothing, but one of them holds "
            f"“{below[0]}”. Unmerge them in Excel and write into each cell what belongs there."
        )


def check_conditions(sheet: Sheet, rows: dict[int, list[str]], heading: int) -> None:
    """A number format may depend on a condition; what a cell shows then is not worked out."""
    below = {line: cells for line, cells in rows.items() if line > heading}
    styles = sheet.book._differential_styles.styles
    for condition in sheet.reader.formatting:
        ids = [rule.dxfId for rule in condition.rules if rule.dxfId is not None]
        if not any(styles[each].numFmt for each in ids if each < len(styles)):
            continue
        for area in condition.cells.ranges:
            if any(within(area, below)):
                raise Unreadable(
                    f"The cells {area.coord} have a conditional format that shows numbers "
                    "otherwise. Take it off, format the column as text and type them again."
                )


def within(area: Any, rows: dict[int, list[str]]) -> Iterator[str]:
    """What its cells hold, those that hold something."""
    left, top, right, bottom = area.bounds
    for line in lines_in(rows, top, bottom):
        yield from filter(None, rows[line][left - 1 : right])


def lines_in(rows: dict[int, list[str]], top: int, bottom: int) -> list[int]:
    if bottom - top < len(rows):
        return [line for line in range(top, bottom + 1) if line in rows]
    return [line for line in rows if top <= line <= bottom]


def cell_of(rows: dict[int, list[str]], line: int, column: int) -> str:
    cells = rows.get(line, [])
    return cells[column - 1] if column <= len(cells) else ""
