"""The two kinds of files that a mapping table is read from and written to: CSV and XLSX.

Every cell is text: codes and numbers of accounts are names, not quantities.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import tablib
from import_export.formats import base_formats
from import_export.widgets import Widget

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 200
DELIMITERS = ",;\t"
FORMULA = tuple("=+-@\t\r")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")


class Unreadable(ValueError):
    """The file cannot be taken at all; the text says why and what to do."""


class CsvFile(base_formats.CSV):
    """Comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252; written as Excel opens it."""

    def is_binary(self) -> bool:
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def get_title(self) -> str:
        return "CSV"

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        return dataset(csv_rows(decoded(in_stream)))

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(safe(cell) for cell in dataset.headers or [])
        writer.writerows([safe(cell) for cell in row] for row in dataset)
        return out.getvalue().encode("utf-8-sig")


class XlsxFile(base_formats.XLSX):
    """The first sheet of a workbook."""

    def get_title(self) -> str:
        return "XLSX (Excel)"

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        return dataset(xlsx_rows(in_stream))

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        from openpyxl import Workbook
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

        book = Workbook(write_only=True)
        sheet = book.create_sheet("Mappings")
        sheet.freeze_panes = "A2"
        for row in [dataset.headers or [], *dataset]:
            cells = [safe(cell) for cell in row]
            sheet.append(
                ILLEGAL_CHARACTERS_RE.sub(" ", cell) if isinstance(cell, str) else cell
                for cell in cells
            )
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()


FORMATS = [CsvFile, XlsxFile]


def safe(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(FORMULA) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def plain(cell: str) -> str:
    """A cell as it was before `safe`."""
    text = cell.strip(" \u00a0")
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def decoded(data: bytes) -> str:
    """The text of a CSV file, whichever program wrote it."""
    if data.startswith(b"PK\x03\x04"):
        raise Unreadable("This is an Excel workbook: give it a name that ends in .xlsx.")
    for encoding in _encodings(data):
        try:
            return data.decode(encoding)
        except UnicodeError:
            continue
    raise Unreadable(
        "The file is neither UTF-8 nor UTF-16 nor Windows-1252 text. "
        "Save it from Excel as “CSV UTF-8” or as .xlsx."
    )


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    if b"\x00" in data[:200]:
        return ("utf-16-le" if data[1:2] == b"\x00" else "utf-16-be",)
    return ("utf-8-sig", "cp1252")


def csv_rows(text: str) -> Iterator[list[str]]:
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == len("sep=;"):
        delimiter, text = first.strip()[-1], rest
    else:
        delimiter = max(DELIMITERS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise Unreadable(f"The file is not a readable CSV file: {error}.") from error


def xlsx_rows(data: bytes) -> Iterator[list[str]]:
    from openpyxl import load_workbook

    check_unpacked_size(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield [text_of(value, number) for value in row]
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable("The workbook is damaged. Save it anew from Excel as .xlsx.") from error


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


def text_of(value: Any, row: int) -> str:
    """A cell as text: 50100.0 is the account 50100; a date is what Excel made of a code."""
    if value is None:
        return ""
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        raise Unreadable(
            f"Row {row} has a date or time ({value}) where a code belongs: Excel turned it into "
            "one. Format the column as text and type it again."
        )
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def dataset(rows: Iterable[list[str]]) -> tablib.Dataset:
    """Headers and rows, blank ones left out. `lines` holds each row's number in the file."""
    numbered = ((line, cells) for line, cells in enumerate(rows, start=1) if filled(cells))
    _, header = next(numbered, (1, []))
    headers = checked_headers(header)
    found = tablib.Dataset(headers=headers)
    found.lines = []
    for line, cells in numbered:
        if len(found.lines) >= MAX_ROWS:
            raise Unreadable(f"The file has more than {MAX_ROWS:,} rows. Split it.")
        found.append(fitted(cells, len(headers), line))
        found.lines.append(line)
    return found


def filled(cells: list[str]) -> bool:
    return any(cell.strip() for cell in cells)


def checked_headers(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    if not cells:
        raise Unreadable("The file is empty.")
    if len(cells) > MAX_COLUMNS:
        raise Unreadable(
            f"The file has {len(cells):,} columns; a mapping file has at most {MAX_COLUMNS}."
        )
    headers = [header(cell) for cell in cells]
    if twice := sorted({name for name in headers if headers.count(name) > 1}):
        raise Unreadable(f"Column “{twice[0]}” appears twice.")
    return headers


def header(cell: str) -> str:
    """Column names are compared in one spelling; a dimension's code keeps its own."""
    name = plain(cell).strip()
    if name.lower().startswith("dim_"):
        return f"dim_{name[4:].strip()}"
    return re.sub(r"\s+", "_", name.lower())


def fitted(cells: list[str], width: int, line: int) -> list[str]:
    """Exactly as many cells as the header has."""
    if filled(cells[width:]):
        raise Unreadable(
            f"Line {line} has {len(cells)} cells, the header has {width}. "
            "A cell that contains the separator must stand in quotes."
        )
    return [plain(cell) for cell in cells[:width]] + [""] * (width - len(cells))


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
