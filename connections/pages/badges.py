"""What a list shows as a coloured label, and a page of one row in words."""

from __future__ import annotations

from typing import NamedTuple


class Badge(NamedTuple):
    """A key of the display's colours, and the words."""

    key: str
    words: str

    def __str__(self) -> str:
        """As a read-only field shows it: the theme colours lists alone."""
        return self.words
