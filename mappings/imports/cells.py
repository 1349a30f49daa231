"""One cell of a file: what spreadsheets put around a code, and what they cannot be trusted with."""

from __future__ import annotations

import re
from typing import Any

FORMULA = tuple("=+-@\t\r")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")


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


def safe(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(FORMULA) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def plain(cell: str) -> str:
    """A cell as it was before `safe`."""
    text = cell.strip(" \u00a0")
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text
