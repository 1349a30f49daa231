"""Where a site keeps the project, the cost code and the commitment of an invoice.

GP itself has no field for them. Sites use the reference of a distribution, a segment of the
account, or a field of the document; some put two things into one field, as words.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from functools import cached_property

from connections.models import Connection
from connections.vendors.gp.names import not_read
from connections.vendors.gp.rows import Row

PROJECT, COST_CODE = "PROJECT", "COSTCODE"
SEGMENT, MOST_SEGMENTS = "SEGMENT", 10  # the account framework's own limit
PLACE = re.compile(
    r"(?:(?P<where>Distribution|Document)\.(?P<field>\w+)|Segment (?P<segment>\d+))"
    r"(?: word (?P<word>\d+))?",
    re.IGNORECASE,
)
BETWEEN_WORDS = re.compile(r"[\s/|,;]+")
Pairs = tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True)
class Place:
    """One of: a field of the document, a field of the distribution, a segment of the account."""

    where: str = ""
    field: str = ""
    segment: int = 0
    word: int = 0

    def look(self, document: Row, distribution: Row | None, segments: Sequence[str]) -> str:
        if self.segment:
            text = segments[self.segment - 1] if self.segment <= len(segments) else ""
        elif self.where == "document":
            text = document.text(self.field)
        else:
            text = distribution.text(self.field) if distribution else ""
        return picked(text, self.word)


def picked(text: str, word: int) -> str:
    words = BETWEEN_WORDS.split(text.strip()) if word else [text]
    return words[word - 1] if word and word <= len(words) else "" if word else text


def places(text: str, label: str) -> tuple[Place, ...]:
    """`Distribution.Reference word 1, Segment 2`. Raises NeedsPerson."""
    found = []
    for part in filter(None, map(str.strip, text.split(","))):
        match = PLACE.fullmatch(part)
        if not match:
            raise not_read(
                part, label, "Write Document.PONumber, Distribution.Reference or Segment 2, where "
                "needed with a word: Distribution.Reference word 1.",
            )  # fmt: skip
        where, field = (match["where"] or "").lower(), match["field"] or ""
        found.append(Place(where, field, int(match["segment"] or 0), int(match["word"] or 0)))
    return tuple(found)


class Places:
    """What the connection says of one site."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def _places(self, name: str, label: str) -> tuple[Place, ...]:
        return places(self.connection.setting(name), label)

    @cached_property
    def project(self) -> tuple[Place, ...]:
        return self._places("project_place", "Where the project stands")

    @cached_property
    def cost_code(self) -> tuple[Place, ...]:
        return self._places("cost_code_place", "Where the cost code stands")

    @cached_property
    def commitment(self) -> tuple[Place, ...]:
        return self._places("commitment_place", "Where the commitment stands")

    @cached_property
    def separator(self) -> str:
        return self.connection.setting("segment_separator").strip() or "-"

    @cached_property
    def segment_names(self) -> tuple[str, ...]:
        """SEGMENT1, SEGMENT2 … unless the site gave them other names."""
        given = [one.strip() for one in self.connection.setting("segment_names").split(",")]
        given += [""] * (MOST_SEGMENTS - len(given))
        return tuple(name or f"{SEGMENT}{n}" for n, name in enumerate(given, start=1))

    def order(self, name: str) -> int:
        return self.segment_names.index(name) if name in self.segment_names else MOST_SEGMENTS

    @cached_property
    def main(self) -> int:
        """Number of the segment that stands for the account in the mappings; 0: all of it."""
        text = self.connection.setting("account_segment").strip() or "0"
        if text.isascii() and text.isdigit() and int(text) <= MOST_SEGMENTS:
            return int(text)
        raise not_read(text, "Account in the mappings", "Enter the number of a segment.")

    def account(self, number: str) -> str:
        """As the mappings name it."""
        segments = self.segments(number)
        if not self.main:
            return number
        return segments[self.main - 1] if self.main <= len(segments) else number

    def segments(self, account: str) -> list[str]:
        return [one.strip() for one in account.split(self.separator)] if account else []

    def segment_pairs(self, account: str) -> list[tuple[str, str]]:
        """(name, value) of each segment that is not blank."""
        named = zip(self.segment_names, self.segments(account), strict=False)
        return [(name, value) for name, value in named if value]

    def pairs(self, document: Row, distribution: Row) -> Pairs:
        """All dimensions of a line, sorted."""
        account = distribution.text("AccountNumber")
        segments = self.segments(account)
        found = dict(self.segment_pairs(account))
        for name, wanted in ((PROJECT, self.project), (COST_CODE, self.cost_code)):
            if value := first(wanted, document, distribution, segments):
                found[name] = value
        return tuple(sorted(found.items()))

    def order_number(self, document: Row) -> str:
        return first(self.commitment, document, None, [])


def first(
    wanted: Sequence[Place], document: Row, distribution: Row | None, segments: Sequence[str]
) -> str:
    """Of the places in turn, what the first one says that says something."""
    said = (place.look(document, distribution, segments) for place in wanted)
    return next(filter(None, said), "")
