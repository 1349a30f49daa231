"""Names that a site has instead of the usual ones, as people type them into a setting."""

from __future__ import annotations

import re

PAIR = re.compile(r"\s*([\w$.-]+)\s*=\s*(\S*)\s*")


def renamed(text: str) -> dict[str, str]:
    """`usual=other, usual=other` as people type it. Raises ValueError with what it cannot read."""
    names = {}
    for part in filter(str.strip, re.split(r"[,;\n]", text)):
        pair = PAIR.fullmatch(part)
        if not pair:
            raise ValueError(part.strip())
        names[pair[1]] = pair[2]
    return names
