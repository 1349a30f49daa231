"""The codes of a row as the systems spell them; what was read otherwise is told."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from connections.models import Integration
from connections.transport.characters import visible
from mappings.imports.cells import shape
from mappings.imports.heading import DAYS
from mappings.imports.known import Known, Spellings
from mappings.imports.questions import lines
from mappings.reference import ANY

# Columns that hold people's words; all others hold codes.
WORDS = ("note", "name", "category", "project_vendor_name", "ledger_name", "project_name")
OWN_WAYS = ("integration", "posting", "active", "entries", *DAYS)
NO_CODES = (*WORDS, *OWN_WAYS)
SHOWN = 10
BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
LOST = "?_"
Cells = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Code:
    """A code as it was read, what is to be told of that, and why it cannot be one."""

    read: str
    told: str = ""
    wrong: str = ""


class Codes(dict[str, Code]):
    """What one column of a file holds: each text is looked at once."""

    def __init__(self, column: str, names: Spellings) -> None:
        super().__init__()
        self.column, self.names = column, names

    def __missing__(self, text: str) -> Code:
        read = self.names.of(text)
        told = difference(self.column, text, read) if read != text else ""
        found = self[text] = Code(read, told, self.why_wrong(text, read))
        return found

    def why_wrong(self, text: str, read: str) -> str:
        if len(several := self.names.named(text)) > 1:
            return f"“{text}” in {self.column} may be {' or '.join(several)}. Type it anew."
        return "" if read in self.names.exact else no_code(self.column, text, read)


class Spelling:
    """Of one file. `standing` are the table's own rows, by integration."""

    def __init__(
        self, known: Known, keys: Iterable[str], standing: Mapping[tuple[Any, ...], Any]
    ) -> None:
        self.known, self.keys, self.standing = known, tuple(keys), standing
        self.told: dict[str, list[int]] = defaultdict(list)
        self.spellings: dict[tuple[int, str], Spellings] = {}
        self.met: dict[tuple[int | None, str], Codes] = {}
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

    def row(self, cells: Cells, integration: Integration | None) -> tuple[Cells, Cells, Cells]:
        """The cells with each code as its system spells it; of those that are read otherwise or
        are wrong, what is to be said."""
        read, told, wrong = dict(cells), {}, {}
        for column, text in cells.items():
            if text and text != ANY and column not in NO_CODES:
                code = self.codes(integration, column)[text]
                read[column] = code.read
                if code.told:
                    told[column] = code.told
                if code.wrong:
                    wrong[column] = [code.wrong]
        return read, told, wrong

    def codes(self, integration: Integration | None, column: str) -> Codes:
        key = (integration.pk if integration else None, column)
        if key not in self.met:
            self.met[key] = Codes(column, self.names(integration, column))
        return self.met[key]

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


def no_code(column: str, text: str, read: str) -> str:
    """A sentence about what only Excel writes, or what is more than one code."""
    if BREAK.search(text):
        return (
            f"The cell of {column} has a line break in it: “{text[:40]}”. One code stands "
            "in one cell; a quote may be open above."
        )
    if made_of := shape(read):
        return (
            f"“{text}” in {column} is what Excel makes of {made_of}. Format the column as "
            "text and enter again what belongs there, or take it from a new export."
        )
    return ""


def difference(column: str, text: str, read: str) -> str:
    if visible(text) == read:
        return f"{column}: “{read}” had characters that nobody sees; they are left out"
    return f"{column}: “{text}” is read as “{read}”"


def may_have_lost_letters(cells: Cells) -> bool:
    return any(mark in (cells.get(column) or "") for column in WORDS for mark in LOST)


def lost_letters(text: str, standing: str) -> bool:
    """Excel's plain CSV writes ? for each letter that Windows-1252 lacks; on a Mac, it writes _."""
    if standing.isascii() or text == standing or not any(mark in text for mark in LOST):
        return False
    parts = [
        f"(?:{re.escape(one)}|[^\x00-\x7f])" if one in LOST else re.escape(one) for one in text
    ]
    return re.fullmatch("".join(parts), standing, re.DOTALL) is not None
