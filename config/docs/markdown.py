"""Titles, paragraphs and lists, none of their lines longer than a page is wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

WIDTH = 120
WRITTEN = "<!-- Written by `manage.py write_docs` from the code: change that, not this. -->"


def page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", WRITTEN, *parts]) + "\n"


def paragraph(text: str) -> str:
    return wrapped(text)


def bullets(items: Iterable[str]) -> str:
    """An item may have lines of its own; what follows the first is set in."""
    return "\n".join(bullet(item) for item in items)


def bullet(item: str) -> str:
    lines = [wrapped(line, "- " if index == 0 else "  ", "  ")
             for index, line in enumerate(item.splitlines())]  # fmt: skip
    return "\\\n".join(lines)


def wrapped(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text, WIDTH - 1, initial_indent=first, subsequent_indent=rest,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
