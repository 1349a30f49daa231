"""The two kinds of files that a mapping table is read from and written to: CSV and XLSX.

Every cell is text: codes and numbers of accounts are names, not quantities.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from itertools import chain, zip_longest
from typing import Any, ClassVar

import tablib
from import_export.formats import base_formats
from import_export.widgets import Widget
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from mappings.imports import workbook
from mappings.imports.cells import Day, Refused, Unreadable, is_spoiled, plain, protected, safe
from mappings.imports.csv_text import csv_rows, decoded
from mappings.imports.file_kinds import check_kind
from mappings.imports.heading import (
    DAYS,
    Heading,
    Row,
    below_title,
    column_name,
    filled_rows,
    found_in,
)
from mappings.imports.rows import all_stay

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 200


class CsvFile(base_formats.CSV):
    """Comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252; written as Excel opens it."""

    heading: ClassVar[Heading] = Heading()

    def is_binary(self) -> bool:
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def get_title(self) -> str:
        return "CSV"

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        check_kind(in_stream)
        with all_stay():
            rows = csv_rows(decoded(in_stream), self.heading)
            return named(in_stream, dataset(rows, self.heading))

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(safe(cell) for cell in dataset.headers or [])
        writer.writerows([protected(cell) for cell in row] for row in dataset)
        return out.getvalue().encode("utf-8-sig")


class XlsxFile(base_formats.XLSX):
    """The first visible sheet of a workbook that has the columns."""

    heading: ClassVar[Heading] = Heading()

    def get_title(self) -> str:
        return "XLSX (Excel)"

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        check_kind(in_stream)
        check_unpacked_size(in_stream)
        table = workbook.read(in_stream, self.heading, MAX_ROWS)
        return named(in_stream, dataset(table.rows, self.heading, table.notes))

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Mappings")
        sheet.freeze_panes = "A2"
        for row in [dataset.headers or [], *dataset]:
            sheet.append([self.written(sheet, safe(cell)) for cell in row])
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    def written(self, sheet: Any, cell: Any) -> Any:
        """What Excel would make a number or a date of has the format of a text, should it be
        typed again. A text that reads like an error is none."""
        if not isinstance(cell, str):
            return cell
        text = ILLEGAL_CHARACTERS_RE.sub(" ", cell)
        spoiled = is_spoiled(text)
        if not spoiled and not text.startswith("#"):
            return text
        found = WriteOnlyCell(sheet, text)
        found.data_type = "s"
        found.number_format = "@" if spoiled else "General"
        return found


FORMATS = [CsvFile, XlsxFile]


def reading(heading: Heading) -> list[type]:
    """Both formats, as they know the column names of one table."""
    return [type(each.__name__, (each,), {"heading": heading}) for each in FORMATS]


def check_unpacked_size(data: bytes) -> None:
    """A small file may unpack to gigabytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile as error:
        raise Unreadable(
            "This is not an Excel workbook (.xlsx). An older .xls must be saved as .xlsx first."
        ) from error
    if size > MAX_UNPACKED:
        raise Unreadable("The workbook unpacks to more than 100 MB. Split it.")


def dataset(rows: Iterable[Row], heading: Heading, notes: Iterable[str] = ()) -> tablib.Dataset:
    """Headers and rows, blank ones left out. `lines` holds each row's number in the file."""
    rows = iter(rows)
    head, said = below_title(found_in(rows, heading))
    numbered = chain(head, filled_rows(rows))
    top, first = next(numbered, (1, []))
    refuse_cells([cell for cell in first if isinstance(cell, Refused)])
    headers = checked_headers(first)
    if len(heading.required) > 1:
        heading.check_one_cell(first, top)
    key = next((at for at, name in enumerate(headers) if heading.is_required(name)), 0)
    found = tablib.Dataset(headers=[name for name in headers if name])
    found.lines, found.notes = [], [*notes, *said, *unnamed(headers)]
    wrong: list[Refused] = []
    for line, cells in numbered:
        if len(found.lines) >= MAX_ROWS:
            raise Unreadable(f"The file has more than {MAX_ROWS:,} rows. Split it.")
        if names_columns(cells, key, heading):
            raise Unreadable(
                f"Line {line} names the columns again. A file holds one table: delete that line, "
                "or upload what follows it by itself."
            )
        wrong += refused_in(cells, headers)
        found.append(fitted(cells, headers, line))
        found.lines.append(line)
    refuse_cells(wrong)
    if not found.lines and heading.required and not heading.is_in(first):
        raise Unreadable(
            f"No row of the file {heading.lacking} The first row of the table must name them."
        )
    return found


def refused_in(cells: list[str], headers: list[str]) -> list[Refused]:
    """What cannot be taken. A day can, in a column of days."""
    named = zip_longest(cells[: len(headers)], headers[: len(cells)], fillvalue="")
    allowed = [isinstance(cell, Day) and name in DAYS for cell, name in named]
    allowed += [False] * (len(cells) - len(allowed))
    return [cell for cell, may in zip(cells, allowed, strict=True)
            if isinstance(cell, Refused) and not may]  # fmt: skip


def names_columns(cells: list[str], key: int, heading: Heading) -> bool:
    """`key` is the place of a column that must be there; no name of ours begins with a digit."""
    cell = cells[key] if key < len(cells) else ""
    return not cell[:1].isdigit() and heading.is_required(cell) and heading.is_in(cells)


def named(data: bytes, found: tablib.Dataset) -> tablib.Dataset:
    """By its content, for the journal."""
    found.sha256 = hashlib.sha256(data).hexdigest()
    return found


def refuse_cells(wrong: list[Refused]) -> None:
    """The first by its name, and how many more there are."""
    if wrong:
        more = f" {len(wrong) - 1:,} more cells cannot be taken." if len(wrong) > 1 else ""
        raise Unreadable(wrong[0].why + more)


def checked_headers(cells: list[str]) -> list[str]:
    """The column names; an empty one is a column that must be empty all the way down."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    if not cells:
        raise Unreadable("The file is empty.")
    if len(cells) > MAX_COLUMNS:
        raise Unreadable(
            f"The file has {len(cells):,} columns; a mapping file has at most {MAX_COLUMNS}."
        )
    headers = [column_name(cell) for cell in cells]
    folded = [name.casefold() for name in headers]
    if twice := sorted({name for name in headers if name and folded.count(name.casefold()) > 1}):
        raise Unreadable(f"Column “{twice[0]}” appears twice.")
    return headers


def unnamed(headers: list[str]) -> list[str]:
    empty = [get_column_letter(at) for at, name in enumerate(headers, start=1) if not name]
    return [f"Without a name, empty and left out: column {', '.join(empty)}."] if empty else []


def fitted(cells: list[str], headers: list[str], line: int) -> list[str]:
    """Exactly as many cells as the header has names."""
    width = len(headers)
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        raise Unreadable(
            f"Line {line} has {len(cells)} cells, the header has {width}. "
            "A cell that contains the separator must stand in quotes."
        )
    cells = cells[:width] + [""] * (width - len(cells))
    if all(headers):
        return [plain(cell) for cell in cells]
    for at, name in enumerate(headers):
        if not name and cells[at].strip():
            raise Unreadable(
                f"Line {line} has “{cells[at].strip()}” in column {get_column_letter(at + 1)}, "
                "which has no name. Name the column in the first row, or empty it."
            )
    return [plain(cell) for cell, name in zip(cells, headers, strict=True) if name]


class DecimalWidget(Widget):
    """Amounts as people write them: 1,234.50 or 1.234,50 or 1 234,50."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | None:
        return None if value in (None, "") else amount(str(value))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value


def amount(text: str) -> Decimal:
    """The last separator is the decimal one; one that repeats divides thousands."""
    digits = re.sub(r"[\s\u00a0\u202f'’]", "", text)
    last = max(digits.rfind(","), digits.rfind("."))
    mark = digits[last] if last >= 0 else ""
    if mark and digits.count(mark) > 1:
        mark = ""
    whole = re.sub(r"[.,]", "", digits[:last] if mark else digits)
    try:
        return Decimal(f"{whole}.{digits[last + 1 :]}" if mark else whole)
    except InvalidOperation as error:
        raise ValueError(f"“{text}” is not an amount") from error
