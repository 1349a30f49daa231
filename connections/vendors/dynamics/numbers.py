"""Our numbers as these ledgers store them: upper case, stably shortened."""

from __future__ import annotations

import hashlib

from connections.documents import (
    CodedDocument,
    cut,
    units,
)

NUMBER = 20  # characters of a document number


def document_number(document: CodedDocument) -> str:
    """The number on the G/L entries, at most 20 characters. It must be unique per transfer."""
    return shortened(upper(document.number.strip()), NUMBER)


def shortened(value: str, most: int) -> str:
    """A longer text keeps its beginning and gets 8 digits that stand for all of it."""
    if units(value) <= most:
        return value
    digits = hashlib.sha256(value.encode()).hexdigest()[:8].upper()
    return f"{cut(value, most - 9)}-{digits}"


def upper(value: str) -> str:
    """Letter by letter: `ß` has no upper case of one letter and stays."""
    return "".join(sign.upper() if len(sign.upper()) == 1 else sign for sign in value)
