"""Which column of a board shows which fact: what stands, what fits, what would be made."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

from connections.boards import DATE, LINK, LONG, NUMBER, OPTIONS, STATUS, TEXT, Board, Column
from connections.models import Integration
from mappings.boards.vocabulary import DIMENSION, Shown, facts_of
from mappings.checks import references
from mappings.models import BoardLayout
from mappings.reference import Reference

NEW = "new"  # instead of a column's id: make one
LONGEST_ID = 20  # characters of an id of ours, few enough for any platform
LONGEST_PREFIX = 4
TYPE_WORDS = {
    TEXT: "text", LONG: "long text", NUMBER: "numbers", DATE: "date", STATUS: "status",
    OPTIONS: "dropdown", LINK: "link",
}  # fmt: skip

MAPPED, PROPOSED, MISSING, LEFT_OUT = "mapped", "proposed", "missing", "left out"
WRONG_TYPE, GONE, ARCHIVED, TWICE = "wrong type", "gone", "archived", "used twice"
TROUBLE = (WRONG_TYPE, GONE, ARCHIVED, TWICE)


@dataclasses.dataclass(frozen=True)
class Row:
    """One fact, and the column that shows it, or would."""

    fact: Shown
    state: str
    column_id: str = ""  # as it is mapped, or proposed
    column: Column | None = None
    sentence: str = ""

    @property
    def wrong(self) -> bool:
        return self.state in TROUBLE or (self.fact.required and self.state in (MISSING, LEFT_OUT))


def survey(
    board: Board,
    kind: str,
    dimensions: Sequence[str],
    mapped: Mapping[str, str] | None = None,
) -> list[Row]:
    """A row per fact. `mapped`: the layout's columns; None or empty while nothing is laid out."""
    mapped = mapped or {}
    facts = facts_of(kind, with_mapped(dimensions, mapped))
    taken = {id: fact for fact, id in reversed(list(mapped.items()))}
    free = [one for one in board.columns if not one.archived and one.id not in taken]
    rows = []
    for fact in facts:
        if id := mapped.get(fact.name, ""):
            rows.append(standing(board, fact, id, taken[id], facts))
            continue
        if mapped and not fact.required:
            rows.append(Row(fact, LEFT_OUT, sentence="Not shown on the board."))
            continue
        rows.append(row := proposed(fact, free))
        free = [one for one in free if one is not row.column]
    return rows


def with_mapped(dimensions: Iterable[str], mapped: Mapping[str, str]) -> list[str]:
    """The site's dimensions, and those that were mapped when they still existed."""
    before = [fact.removeprefix(DIMENSION) for fact in mapped if fact.startswith(DIMENSION)]
    return list(dict.fromkeys([*dimensions, *before]))


def standing(board: Board, fact: Shown, id: str, first: str, facts: Sequence[Shown]) -> Row:
    """A column that was mapped earlier, as the board has it now."""
    column = board.column(id)
    if column is None:
        said = f"The column for “{fact.title}” is not on the board any more."
        return Row(fact, GONE, id, None, said)
    if column.archived:
        said = f"The column “{column.title}” for “{fact.title}” is archived."
        return Row(fact, ARCHIVED, id, column, said)
    if column.type not in fact.types:
        said = (
            f"The column “{column.title}” for “{fact.title}” is {a(type_word(column.type))} "
            f"column; {needed(fact)} is needed."
        )
        return Row(fact, WRONG_TYPE, id, column, said)
    if first != fact.name:
        other = next((each.title for each in facts if each.name == first), first)
        said = f"The column “{column.title}” shows both “{other}” and “{fact.title}”."
        return Row(fact, TWICE, id, column, said)
    return Row(fact, MAPPED, id, column, f"“{column.title}”, {type_word(column.type)}.")


def proposed(fact: Shown, free: Sequence[Column]) -> Row:
    """Of the same title or id, and of a type that fits."""
    wanted = fact.title.casefold()
    alike = [
        one
        for one in free
        if one.title.strip().casefold() == wanted or is_stable_id(one.id, fact.name)
    ]
    fitting = [one for one in alike if one.type in fact.types]
    if fitting:
        column = fitting[0]
        return Row(fact, PROPOSED, column.id, column, f"“{column.title}” on the board fits.")
    if alike:
        said = (
            f"“{alike[0].title}” on the board is {a(type_word(alike[0].type))} column; "
            f"{needed(fact)} is needed."
        )
        return Row(fact, MISSING, "", None, said)
    return Row(fact, MISSING, "", None, "The board has no such column yet.")


def accepted(board: Board, fact: Shown) -> list[Column]:
    """The columns of the board that could show it."""
    return [one for one in board.columns if one.type in fact.types and not one.archived]


# -- words ----------------------------------------------------------------------------------------


def type_word(type: str) -> str:
    return TYPE_WORDS.get(type, "special")


def a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def needed(fact: Shown) -> str:
    return f"{a(' or '.join(type_word(type) for type in fact.types))} column"


# -- ids ------------------------------------------------------------------------------------------


def prefix_of(integration: Integration) -> str:
    """The ledger's short name, or a common one."""
    vendor = integration.ledger.vendor
    return vendor if len(vendor) <= LONGEST_PREFIX else "erp"


def stable_id(prefix: str, fact: str) -> str:
    """Always the same for a fact, so that a repeated creation finds the first one."""
    word = fact.removeprefix(DIMENSION)
    head = f"{prefix}_dim_" if fact.startswith(DIMENSION) else f"{prefix}_"
    slug = re.sub(r"[^a-z0-9]+", "_", word.casefold()).strip("_")
    if slug == word.casefold() and len(head + slug) <= LONGEST_ID:
        return head + slug
    mark = hashlib.sha256(fact.encode()).hexdigest()[:4]  # two codes never share an id
    return f"{(head + slug)[: LONGEST_ID - 5].rstrip('_')}_{mark}"


def is_stable_id(id: str, fact: str) -> bool:
    """Made by us for this fact, whatever the ledger's name was then."""
    prefix, _, rest = id.partition("_")
    return bool(rest) and len(prefix) <= LONGEST_PREFIX and stable_id(prefix, fact) == id


def new_id(board: Board, prefix: str, fact: Shown, taken: Iterable[str]) -> str:
    """The stable id, or the next one where people archived that column or gave it other work.

    A column of ours that stands and fits keeps its id: it is adopted instead of made again.
    """
    base, taken = stable_id(prefix, fact.name), set(taken)
    for number in range(1, 100):
        tail = "" if number == 1 else f"_{number}"
        id = base[: LONGEST_ID - len(tail)] + tail
        column = board.column(id)
        fits = column is None or (not column.archived and column.type in fact.types)
        if fits and id not in taken:
            return id
    raise AssertionError("unreachable")


def dimensions_of(integration: Integration) -> list[str]:
    """Codes of the ledger's dimensions, from the reference data."""
    rows = references(integration.ledger, Reference.Kind.DIMENSION)
    return sorted({code for _, code in rows})


def facts_for(layout: BoardLayout) -> list[Shown]:
    dimensions = with_mapped(dimensions_of(layout.integration), layout.columns)
    return facts_of(layout.kind, dimensions)
