"""Which field of a page holds which dimension: the numbers 1 to 8 are the site's own choice.

General Ledger Setup names them. Lines take 1 and 2 by name and 3 to 8 by number; NAV and
Business Central spell the latter differently, and some pages lack them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connections.errors import NeedsPerson, Reason
from connections.transport.odata import Row

NUMBERS = range(1, 9)
SET_UP = ("Shortcut_Dimension_{}_Code", "Global_Dimension_{}_Code")
ON_PAGES = (
    "Shortcut_Dimension_{}_Code",
    "Global_Dimension_{}_Code",
    "ShortcutDimCode_x005B_{}_x005D_",
    "ShortcutDimCode{}",
)


def numbered(setup: Row) -> dict[int, str]:
    """Dimension codes by their number, from General Ledger Setup."""
    found = {n: first(setup, [form.format(n) for form in SET_UP]) for n in NUMBERS}
    return {n: code for n, code in found.items() if code}


def first(row: Row, names: Sequence[str]) -> str:
    return next((str(row[name]).strip() for name in names if row.get(name)), "")


def fields(numbers: Mapping[int, str], have: Mapping[str, int]) -> dict[str, str]:
    """Dimension code -> the field of this page that holds its value."""
    found = {}
    for n, code in numbers.items():
        name = next((form.format(n) for form in ON_PAGES if form.format(n) in have), "")
        if name:
            found[code] = name
    return found


def pairs(row: Row, by_code: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(dimension, value) of a row, sorted, by the site's own dimension codes."""
    values = ((code, str(row.get(name) or "").strip()) for code, name in by_code.items())
    return tuple(sorted((code, value) for code, value in values if value))


def body(
    stated: Sequence[tuple[str, str]], by_code: Mapping[str, str], number: str
) -> dict[str, str]:
    """The fields to write. Raises NeedsPerson for a dimension that the page cannot take."""
    known = {code.upper(): name for code, name in by_code.items()}
    lacking = [code for code, _ in stated if code.upper() not in known]
    if lacking:
        raise NeedsPerson(
            Reason.DIMENSION,
            f"The dimension {lacking[0]} of {number} cannot be written in NAV: only the dimensions "
            f"that General Ledger Setup numbers 1 to 8 can, and there they are "
            f"{', '.join(by_code) or 'none'}. Correct the mapping, or the set-up in NAV.",
        )
    return {known[code.upper()]: value for code, value in stated}
