"""The codes of a row as the systems spell them; what was read otherwise is told."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from connections.models import Integration
from connections.transport.characters import visible
from mappings.imports.cells import shape
from mappings.imports.known import Known, Spellings
from mappings.imports.questions import lines
from mappings.reference import ANY

# Columns that hold people's words; all others hold codes.
WORDS = ("note", "name", "category", "project_vendor_name", "ledger_name", "project_name")
NO_CODES = (*WORDS, "integration")  # which has spellings of its own
SHOWN = 10
BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
Cells = dict[str, Any]


class Spelling:
    """Of one file. `standing` are the table's own rows, by integration."""

    def __init__(
        self, known: Known, keys: Iterable[str], standing: Mapping[tuple[Any, ...], Any]
    ) -> None:
        self.known, self.keys, self.standing = known, tuple(keys), standing
        self.told: dict[str, list[int]] = defaultdict(list)
        self.spellings: dict[tuple[int, str], Spellings] = {}
        self.own: dict[tuple[int, str], set[str]] = defaultdict(set)
        for integration, *parts in standing:
            for column, part in zip(self.keys, parts, strict=True):
                self.own[integration, column].add(part)

    def names(self, integration: Integration | None, column: str) -> Spellings:
        if integration is None:
            return NOTHING
        key = (integration.pk, column)
        if key not in self.spellings:
            own = self.own[key] if column in self.keys else set()
            names = self.known.names(integration, column)
            self.spellings[key] = Spellings(names | own)
        return self.spellings[key]

    def row(self, cells: Cells, integration: Integration | None, line: int) -> Cells:
        """The cells with each code as its system spells it."""
        read = dict(cells)
        for column, text in cells.items():
            if text and text != ANY and column not in NO_CODES:
                read[column] = self.names(integration, column).of(text)
                if read[column] != text:
                    self.told[difference(column, text, read[column])].append(line)
        return read

    def wrong(
        self, cells: Cells, read: Cells, integration: Integration | None
    ) -> dict[str, list[str]]:
        """Column -> a sentence about what only Excel writes, or what is more than one code."""
        found = {}
        for column, text in cells.items():
            code = read[column]
            if not text or column in NO_CODES or code in self.names(integration, column).exact:
                continue
            if BREAK.search(str(text)):
                found[column] = [
                    f"The cell of {column} has a line break in it: “{text[:40]}”. One code stands "
                    "in one cell; a quote may be open above."
                ]
            elif made_of := shape(str(code)):
                found[column] = [
                    f"“{text}” in {column} is what Excel makes of {made_of}. Format the column as "
                    "text and enter again what belongs there, or take it from a new export."
                ]
        return found

    def is_known(self, key: tuple[Any, ...], integration: Integration | None) -> bool:
        """Exactly this stands in the table, or all of it in the system."""
        parts = zip(self.keys, key[1:], strict=True)
        return key in self.standing or all(
            not part or part in self.names(integration, column).exact for column, part in parts
        )

    def notes(self) -> list[str]:
        said = [f"{what} ({lines(found)})." for what, found in list(self.told.items())[:SHOWN]]
        more = len(self.told) - SHOWN
        return said + ([f"{more:,} more codes are read in the systems' spelling."] * (more > 0))


NOTHING = Spellings(())


def difference(column: str, text: str, read: str) -> str:
    if visible(text) == read:
        return f"{column}: “{read}” had characters that nobody sees; they are left out"
    return f"{column}: “{text}” is read as “{read}”"


def lost_letters(text: str, standing: str) -> bool:
    """Excel's plain CSV writes ? for each letter that Windows-1252 lacks."""
    if "?" not in text or text == standing or standing.isascii():
        return False
    pattern = re.escape(text).replace(r"\?", r"(?:\?|[^\x00-\x7f])")
    return re.fullmatch(pattern, standing, re.DOTALL) is not None
