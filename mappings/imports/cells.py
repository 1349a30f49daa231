"""One cell of a file: what spreadsheets put around a code, and what they make of it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from connections.transport.characters import visible

FORMULA = tuple("=+-@\t\r")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")
TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')  # ="03-300", as people keep Excel from changing it
MINUS = "\u2212"  # a mathematical sign to Unicode, a dash to people
MONTH = (
    "jan|jän|janv|gen|ene|feb|febr|fév|févr|fev|mar|mär|mrz|mars|mrt|apr|avr|abr|may|mai|maj|mei"
    "|mag|jun|juin|giu|jul|juil|lug|aug|août|ago|sep|sept|set|oct|okt|ott|out|nov|dec|dez|déc|dic"
)
# What Excel reads as a number or a date when it opens a CSV file, and then writes otherwise.
SPOILED = re.compile(
    rf"""(?ix) \d{{12,}} | 0\d+ | \d+[.,]\d*0 | \d{{1,3}}(,\d{{3}})+ | \d+(\.\d+)?e[+-]?\d+
    | \d{{1,2}}[-/.]\d{{1,2}}([-/.]\d{{2,4}})? | \d{{1,2}}[-/.]\d{{4}}
    | \d{{4}}[-/.]\d{{1,2}}([-/.]\d{{1,2}})? | \d+:\d\d(:\d\d)? | \d+[ ]\d+/\d+ | \d+([.,]\d+)?%
    | ({MONTH})[a-z]* [-/. ]* \d{{1,4}} | \d{{1,2}}[-/. ]* ({MONTH})[a-z]* [-/. ]* \d{{0,4}}"""
)
SHAPES = {
    "a long number": re.compile(r"\d([.,]\d+)?[Ee][+-]\d{2,3}"),
    "a code that looks like a date": re.compile(
        rf"\d{{1,2}}[-. ]{{1,2}}(?!\w*[A-ZÄ]{{2}})(?i:{MONTH})\.?([- .]\d{{2,4}})?"
        rf"|(?!\w*[A-ZÄ]{{2}})(?i:{MONTH})\.?[- ]\d{{2,4}}"
        r"|\d{1,2}/\d{1,2}/(19|20)\d\d( \d{1,2}:\d\d.*)?|\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*"
    ),
    "a formula that fails": re.compile(r"#(N/A|NV|DIV/0!|NAME\?|[A-ZÄÖÜ_]+!)"),
    "a column that is too narrow": re.compile(r"#{3,}"),
}


class Unreadable(ValueError):
    """The file cannot be taken at all; the text says why and what to do."""


class Refused(str):
    """A cell that cannot be taken for what it shows; `why` is a sentence that names it."""

    __slots__ = ("why",)
    why: str


def refused(shown: object, why: str) -> Refused:
    cell = Refused(shown)
    cell.why = why
    return cell


# -- as it is written -----------------------------------------------------------------------------


def safe(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe; numbers stay numbers."""
    if not isinstance(cell, str) or NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}" if cell.startswith(FORMULA) or has_mark(cell) else cell


def protected(cell: Any) -> Any:
    """As `safe`, for CSV: so is what Excel would write otherwise than it read it."""
    return f"'{cell}" if isinstance(cell, str) and is_spoiled(cell) else safe(cell)


def is_spoiled(text: str) -> bool:
    """Long digits, leading zeros, what may be a date: Excel opens it and saves something else."""
    return SPOILED.fullmatch(text) is not None


def has_mark(text: str) -> bool:
    """An apostrophe that `plain` would take off."""
    rest = text[1:]
    if not text.startswith("'"):
        return False
    code = rest[:1].isdigit() and " " not in rest
    return rest.startswith((*FORMULA, "'")) or code or is_spoiled(rest)


# -- as it is read --------------------------------------------------------------------------------


def plain(cell: str) -> str:
    """A cell as it was before `safe` and `protected`, without what a spreadsheet put around it."""
    text = trimmed(cell)
    if match := TEXT_FORMULA.fullmatch(text):
        text = trimmed(match[1].replace('""', '"'))
    return text[1:] if has_mark(text) else text


def trimmed(text: str) -> str:
    """Without spaces at its ends, those that nobody sees among them."""
    if text.isascii():
        return text.strip()
    low, high = 0, len(text)
    while low < high and is_space(text[low]):
        low += 1
    while high > low and is_space(text[high - 1]):
        high -= 1
    return text[low:high]


def is_space(one: str) -> bool:
    return one.isspace() or unicodedata.category(one) == "Cf"


def tidy(text: str) -> str:
    """A code with hyphens for all dashes, spaces for all spaces, and nothing that is not seen."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text)  # a Mac writes Ä as A and two dots
    return visible("".join(folded(one) for one in composed))


def folded(one: str) -> str:
    category = unicodedata.category(one)
    if category == "Pd" or one == MINUS:
        return "-"
    if category == "Zs":
        return " "
    return unicodedata.normalize("NFKC", one) if unicodedata.east_asian_width(one) == "F" else one


def shape(text: str) -> str:
    """What Excel has made this of; empty where a person may have typed it."""
    return next((what for what, pattern in SHAPES.items() if pattern.fullmatch(text)), "")
