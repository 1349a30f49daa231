"""Entries of a ledger, together as people know them: by document number and day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from connections.documents import ZERO, CodedLine, Found
from connections.transport import odata
from connections.transport.odata import Row


class Name(NamedTuple):
    """Under one number something may be booked on several days."""

    number: str
    day: dt.date


Gathered = dict[Name, list[Row]]


def gathered(rows: Iterable[Row], number: str, day: str) -> Gathered:
    """By these two fields. What has no number is told by its day alone."""
    found: Gathered = {}
    for row in rows:
        if booked_on := odata.day(row.get(day)):
            found.setdefault(Name(str(row.get(number) or ""), booked_on), []).append(row)
    return found


def found(name: Name, lines: Sequence[CodedLine], url: str = "", whole: bool = False) -> Found:
    """`whole`: with all lines and all their dimensions."""
    return Found(
        id=f"{name.number} {name.day}",
        number=name.number,
        status="posted",
        external_number=name.number,
        posting_date=name.day,
        total=sum((line.amount for line in lines), ZERO),
        lines=tuple(lines),
        url=url,
        lines_known=whole,
    )


def named(some: Iterable[Found]) -> list[Name]:
    return [Name(one.number, one.posting_date) for one in some if one.posting_date]


def within(field: str, first: dt.date, last: dt.date) -> str:
    """A condition: both days included."""
    return f"{field} ge {first.isoformat()} and {field} le {last.isoformat()}"
