"""One cell of a file: what spreadsheets put around a code, and what they make of it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

from connections.transport.characters import visible

FORMULA = tuple("=+-@\t\r")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")
TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')  # ="03-300", as people keep Excel from changing it
DASHES = ("\u2212", "\u2043")  # a mathematical sign and a bullet to Unicode, dashes to people
MARKS = ("=", "'")  # with which a cell begins that is more than its text
MONTH = (
    "jan|jän|janv|gen|ene|feb|febr|fév|févr|fev|mar|mär|mrz|mars|mrt|apr|avr|abr|may|mai|maj|mei"
    "|mag|jun|juin|giu|jul|juil|lug|aug|août|ago|sep|sept|set|oct|okt|ott|out|nov|dec|dez|déc|dic"
    "|sty|lut|kwi|cze|lip|sie|wrz|paź|lis|gru|янв|фев|мар|апр|май|июн|июл|авг|сен|окт|ноя|дек"
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
        rf"|\d{{1,2}}/(?i:{MONTH})\.?(/\d{{2,4}})?"
        r"|\d{1,2}/\d{1,2}/(19|20)\d\d( \d{1,2}:\d\d.*)?|\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*"
        r"|(19|20)\d\d/\d{1,2}/\d{1,2}|(\d{4}年)?\d{1,2}月(\d{1,2}日)?"
        rf"|.*\b(?i:{MONTH})[^\W\d]*\.? \d{{1,2}}, (19|20)\d\d"
        rf"|.*\b\d{{1,2}}\.? (?i:{MONTH})[^\W\d]*\.? (19|20)\d\d"
    ),
    "a code that looks like a time": re.compile(
        r"\d{1,2}:\d\d:\d\d( ?[AaPp][Mm])?|\d{1,2}:\d\d ?[AaPp][Mm]"
    ),
    "a word that it takes for yes or no": re.compile(
        "TRUE|FALSE|WAHR|FALSCH|VRAI|FAUX|VERO|FALSO|VERDADERO|WAAR|ONWAAR"
    ),
    "a formula that fails": re.compile(
        r"#[¡¿]?(?!\d)[^\Wa-z][^\sa-z]*[!?]|#[^\W\d_]/[^\W\d_]|#NV|#GETTING_DATA|Err:\d{3}"
    ),
    "a column that is too narrow": re.compile(r"#{3,}"),
}


class Unreadable(ValueError):
    """The file cannot be taken at all; the text says why and what to do."""


class Refused(str):
    """A cell that cannot be taken for what it shows; `why` is a sentence that names it."""

    __slots__ = ("why",)
    why: str


class Day(Refused):
    """A cell with a day, which only a column of days may hold."""

    __slots__ = ()


def day(value: dt.date, why: str) -> Day:
    cell = Day(value.isoformat()[:10])
    cell.why = why
    return cell


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
    if text[:1] not in MARKS:
        return text
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
    """A code with hyphens for all dashes, spaces for all spaces, our digits for those of all
    languages, and nothing that is not seen."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text)  # a Mac writes Ä as A and two dots
    return visible("".join(folded(one) for one in composed))


def folded(one: str) -> str:
    category = unicodedata.category(one)
    if category == "Pd" or one in DASHES:
        return "-"
    if category == "Nd":
        return str(unicodedata.digit(one))
    if category == "Zs":
        return " "
    return unicodedata.normalize("NFKC", one) if unicodedata.east_asian_width(one) == "F" else one


def shape(text: str) -> str:
    """What Excel has made this of; empty where a person may have typed it."""
    return next((what for what, pattern in SHAPES.items() if pattern.fullmatch(text)), "")
