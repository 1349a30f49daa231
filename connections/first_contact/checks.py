"""What a check is and what it may find. Vendors' checks stand in their own folders.

An answer that did not come is never fine: it is told as “could not be asked”. What the other
system words freely, and names of people and companies, go into a sentence by `private`: they are
shown to whoever runs the command and left out of the report that may be sent on.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from connections.transport.read_only import Harmless, nothing

OPEN, CLOSE = "\u2045", "\u2046"  # brackets that nobody types
PRIVATE = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
QUOTED = r"“\1”"  # how it is shown
SHOWN = 12  # names in one sentence


class Kind(StrEnum):
    FITS = "fits"
    DIFFERS = "differs"
    UNASKED = "could not be asked"
    BY_HAND = "no interface tells it"


@dataclasses.dataclass(frozen=True)
class Finding:
    """One sentence, and what to set where something is to be done."""

    kind: Kind
    sentence: str
    to_set: str = ""


@dataclasses.dataclass(frozen=True)
class Check:
    """One question. `ask` takes the vendor's client, and raises what the client raises."""

    name: str
    source: str  # the page of the vendor that says what we rely on
    ask: Callable[[Any], Finding | Iterable[Finding]]


@dataclasses.dataclass(frozen=True)
class FirstContact:
    """What a vendor's module brings."""

    checks: Callable[[Any], Sequence[Check]]  # of a client: what is asked may depend on its way
    harmless: Harmless = nothing
    kept: frozenset[str] = frozenset()  # fields whose texts a tape keeps: they are a contract
    lists: tuple[str, ...] = ()  # the client's reads of master data, which a tape has, too


def fits(sentence: str) -> Finding:
    return Finding(Kind.FITS, sentence)


def differs(sentence: str, to_set: str) -> Finding:
    return Finding(Kind.DIFFERS, sentence, to_set)


def unasked(why: str, to_set: str = "") -> Finding:
    return Finding(Kind.UNASKED, f"Could not be asked: {why}", to_set)


def by_hand(what: str, to_set: str) -> Finding:
    """What no interface tells; a person looks."""
    return Finding(Kind.BY_HAND, f"Could not be asked: no interface tells {what}.", to_set)


def set_up_by_hand(notes: Mapping[str, str], source: str) -> Check:
    """What no interface tells of a vendor's systems, and where a person looks."""
    found = tuple(by_hand(what, to_set) for what, to_set in notes.items())
    return Check("Set-up by hand", source, lambda client: found)


def private(text: object) -> str:
    """Of a person, a company, an amount, or in the other system's own words."""
    return f"{OPEN}{str(text).replace(OPEN, '').replace(CLOSE, '')}{CLOSE}"


def listed(names: Iterable[object]) -> str:
    """Sorted, and cut where there are too many to read."""
    found = sorted({str(name) for name in names})
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more or "none"


def lacking(wanted: Mapping[str, int], have: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """(fields that are not there, fields that take less text than we count on)."""
    absent = [name for name in wanted if name not in have]
    short = [
        f"{name} ({have[name]} instead of {length})"
        for name, length in wanted.items()
        if length and 0 < have.get(name, 0) < length
    ]
    return absent, short


def members(found: Iterable[str], known: Iterable[str], what: str) -> Finding:
    """Values of a list of the vendor's against those that the client reads. Blank is none."""
    seen, ours = set(found), {"", *known}
    if unknown := seen - ours:
        return differs(
            f"{what} has values that the connector does not know: {listed(unknown)}.",
            "Send the report to the maintainers; until then such records are held, not guessed.",
        )
    if not seen:
        return unasked(f"there is no record that shows {what}.", "Ask again when there is one.")
    return fits(f"{what}: {listed(seen - {''})}, all known.")
