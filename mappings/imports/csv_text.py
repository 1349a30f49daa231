"""The rows of a CSV file, whichever program wrote it; a quote that is not closed refuses it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

from mappings.imports.cells import Unreadable
from mappings.imports.heading import LOOKED_AT, Heading, Row, filled

DELIMITERS = ",;\t"
LINE_END = re.compile(r"\r\n|\r|\n")


def decoded(data: bytes) -> str:
    """The text of a CSV file, whichever program wrote it."""
    if data.startswith(b"PK\x03\x04"):
        raise Unreadable("This is an Excel workbook: give it a name that ends in .xlsx.")
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if "\x00" not in text:
            return text
    raise Unreadable(
        "The file is neither UTF-8 nor UTF-16 nor Windows-1252 text. "
        "Save it from Excel as “CSV UTF-8” or as .xlsx."
    )


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return ("utf-32",)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    first = data[:200]
    zeros = [first[half::2].count(0) for half in (0, 1)]  # of letters that have two bytes
    if max(zeros) > len(first) / 4 and not all(zeros):
        return ("utf-16-le" if zeros[1] else "utf-16-be",)
    return ("utf-8-sig", "cp1252")


def csv_rows(text: str, heading: Heading) -> Iterator[Row]:
    """(line, cells); a cell may hold line breaks, but not what looks like rows."""
    first, rest = first_line(text)
    stated = separator(first)
    delimiter, text = (stated, rest) if stated else (likely(text, heading), text)
    least = marks_of_a_row(text, delimiter, heading)
    for line, cells in records(text, delimiter):
        for cell in cells:
            if "\n" in cell or "\r" in cell:
                check_swallowed(cell, line, delimiter, least)
        yield line, cells


def first_line(text: str) -> tuple[str, str]:
    """And what follows it; a Mac ends lines otherwise."""
    found = LINE_END.search(text)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


def separator(line: str) -> str:
    """Excel's own first line, as sep=; with a tab for a tab."""
    said = line.strip('"')
    return said[4] if said.lower().startswith("sep=") and len(said) == len("sep=;") else ""


def likely(text: str, heading: Heading) -> str:
    """The one by which some row names our columns, else the most frequent in the first line."""
    first, _ = first_line(text)
    ranked = sorted(DELIMITERS, key=first.count, reverse=True)
    ours = [each for each in ranked if heading_row(beginning(text, each), heading)]
    return (ours or ranked)[0]


def marks_of_a_row(text: str, delimiter: str, heading: Heading) -> int:
    """How many delimiters a row has up to the last column that must be there, at least one."""
    rows = beginning(text, delimiter)
    row = heading_row(rows, heading)
    if row is None:
        return max(len(next(filter(filled, rows), [])) - 1, 1)
    return max([1, *(at for at, cell in enumerate(row) if heading.is_required(cell))])


def heading_row(rows: list[list[str]], heading: Heading) -> list[str] | None:
    return next((row for row in rows if heading.is_in(row)), None)


def beginning(text: str, delimiter: str) -> list[list[str]]:
    """Enough to see the column names; what is wrong with them is said when all is read."""
    physical = islice(io.StringIO(text, newline=""), 2 * LOOKED_AT)
    found = []
    try:
        for row in csv.reader(physical, delimiter=delimiter):
            found.append(row)
    except csv.Error:
        return found
    return found


def records(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 0
    try:
        for cells in reader:
            line += 1
            yield line, cells
    except csv.Error as error:
        raise Unreadable(
            f"The file is not a readable CSV file: in line {line + 1} {cause(error)} "
            "Nothing below it can be told apart."
        ) from error


def cause(error: csv.Error) -> str:
    said = str(error)
    if "expected after" in said or "end of data" in said or "field limit" in said:
        return (
            'a quote (") opens a cell and is not closed where the cell ends. Close it, take it '
            'out, or write it twice where it belongs to the text, as in 5"".'
        )
    return f"{said}."


def check_swallowed(cell: str, line: int, delimiter: str, least: int) -> None:
    """An open quote takes the rows that follow into its cell, up to the next quote."""
    for inner in cell.splitlines()[1:]:
        if inner.count(delimiter) >= least:
            raise Unreadable(
                f'In line {line} a quote (") opens a cell that takes in what looks like a row of '
                f"its own: “{inner[:60]}”. Close the quote in line {line} or take it out; a cell "
                "with line breaks may not look like rows."
            )
