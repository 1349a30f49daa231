"""What a person must confirm before a file is taken, and cannot overlook."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from typing import Any

LISTED = 20  # of what a question is about; the rest is counted

EMPTY = (
    "These cells are empty. Take each as “any”, as files from before did? A rule for any project "
    "applies to all of them. Write * where any is meant; fill in what is missing."
)
STRANGE = (
    "These do not exist in the system that they are of, as far as its master data was read. Take "
    "these new rows all the same?"
)


@dataclasses.dataclass(frozen=True)
class Question:
    """A sentence to agree to, and what it is about, item by item."""

    sentence: str
    items: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Names the question with all that it is about: another file, another answer."""
        return hashlib.sha256("\n".join((self.sentence, *self.items)).encode()).hexdigest()

    @property
    def shown(self) -> str:
        return listed(self.items)


def require(questions: list[Question], confirmed: Any, preview: bool) -> None:
    """A person has agreed to exactly these. `confirmed` None: a program."""
    if preview or confirmed is None:
        return
    if missing := [each for each in questions if each.digest not in confirmed]:
        raise ValueError(f"nobody agreed to this: {missing[0].sentence} {missing[0].shown}.")


def listed(items: Iterable[str]) -> str:
    """The first ones, and how many more."""
    every = list(items)
    more = len(every) - LISTED
    said = "; ".join(every[:LISTED])
    return f"{said}; and {more:,} more" if more > 0 else said


def lines(numbers: Iterable[int]) -> str:
    """“lines 3, 7–9”."""
    every = set(numbers)
    return f"line{'' if len(every) == 1 else 's'} {ranges(every)}"


def ranges(numbers: Iterable[int]) -> str:
    """“3, 7–9”."""
    every = sorted(set(numbers))
    spans: list[list[int]] = []
    for number in every:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    texts = [str(low) if low == high else f"{low}–{high}" for low, high in spans]
    more = len(texts) - LISTED
    return ", ".join(texts[:LISTED]) + (f" and {more:,} more" if more > 0 else "")
