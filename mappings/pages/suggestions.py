"""Which row of the ledger is probably this one? Suggestions only: a person links, never we."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher

from mappings.reference import Reference

SURE = 1.0
LEAST = 0.62  # below it names look alike to nobody
SHOWN = 3
COMPARED = 25  # candidates that share the most letter triples

LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
LEGAL = (  # forms of companies, and words that say nothing
    "gmbh mbh ag kg kgaa ohg ug se co company inc incorporated llc llp lp ltd limited corp "
    "corporation plc pty sa sas sarl srl spa bv nv ab as asa aps oy oyj kft sro doo zoo sl slu "
    "and und et the"
)
LEGAL_WORDS = frozenset(LEGAL.split())


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One row of the ledger that may be meant, and why."""

    code: str
    name: str
    score: float
    why: str
    unusable: str = ""

    @property
    def percent(self) -> int:
        return round(self.score * 100)


def normal(name: str) -> str:
    """A name without legal form, accents, punctuation and umlaut spelling."""
    text = name.casefold().translate(LETTERS)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    for umlaut, letter in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        text = text.replace(umlaut, letter)
    text = re.sub(r"\b([a-z])/([a-z])\b", r"\1\2", re.sub(r"[.'’]", "", text))  # A/S, c/o
    words = re.sub(r"[^a-z0-9]+", " ", text).split()
    return " ".join([word for word in words if word not in LEGAL_WORDS] or words)


def triples(text: str) -> set[str]:
    padded = f" {text} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def tax_number(row: Reference) -> str:
    """Letters and digits of the tax number, or empty."""
    return re.sub(r"[^a-z0-9]", "", str(row.data.get("tax_number") or "").casefold())


class Finder:
    """The ledger's rows, ready to be asked for each name. Read once for a page."""

    def __init__(self, rows: Iterable[Reference]) -> None:
        self.rows = list(rows)
        self.names = [normal(row.name) for row in self.rows]
        self.by_tax = {tax_number(row): at for at, row in enumerate(self.rows) if tax_number(row)}
        self.by_triple: dict[str, list[int]] = defaultdict(list)
        for at, name in enumerate(self.names):
            for triple in triples(name):
                self.by_triple[triple].append(at)

    def candidates(self, row: Reference) -> list[Candidate]:
        """The likeliest first; an equal tax number before all names."""
        found = [self.by_name(at, normal(row.name)) for at in self.near(normal(row.name))]
        found = [each for each in found if each.score >= LEAST]
        at = self.by_tax.get(tax_number(row))
        if at is not None:
            same = self.candidate(at, SURE, "same tax number")
            found = [same, *(each for each in found if each.code != same.code)]
        return sorted(found, key=lambda each: (each.why != "same tax number", -each.score))[:SHOWN]

    def near(self, name: str) -> list[int]:
        shared = Counter(at for triple in triples(name) for at in self.by_triple.get(triple, ()))
        return [at for at, _ in shared.most_common(COMPARED)]

    def by_name(self, at: int, name: str) -> Candidate:
        score = SequenceMatcher(None, name, self.names[at]).ratio()
        return self.candidate(at, score, "same name" if score == SURE else "similar name")

    def candidate(self, at: int, score: float, why: str) -> Candidate:
        row = self.rows[at]
        return Candidate(row.code, row.name, score, why, row.unusable)


class AccountFinder(Finder):
    """Accounts by number, whole or one segment of it, before all names."""

    def __init__(self, rows: Iterable[Reference]) -> None:
        super().__init__(rows)
        self.by_number: dict[str, list[int]] = defaultdict(list)
        for at, row in enumerate(self.rows):
            for number in {letters(row.code), *filter(None, map(letters, SPLIT.split(row.code)))}:
                self.by_number[number].append(at)

    def candidates(self, row: Reference) -> list[Candidate]:
        same = [self.candidate(at, SURE, "same number")
                for at in self.by_number.get(letters(row.code), ())]  # fmt: skip
        known = {each.code for each in same}
        return [*same, *(each for each in super().candidates(row) if each.code not in known)][
            :SHOWN
        ]


SPLIT = re.compile(r"[^0-9A-Za-z]")


def letters(code: str) -> str:
    """A number without what only separates its parts."""
    return SPLIT.sub("", code).casefold()
