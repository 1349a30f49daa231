"""What a notice told, before anything of it is looked up or kept: the database can hold it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from connections.documents import Hint
from connections.models import Subscription
from syncs.models import Record

FIRST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
LAST = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
LENGTHS = {  # of a hint's texts: what the columns take that keep them or name the same
    "source_id": Record._meta.get_field("source_id").max_length,
    "scope": Record._meta.get_field("scope").max_length,
    "resource": Subscription._meta.get_field("resource").max_length,
    "event_id": Record._meta.get_field("natural_key").max_length,
    "number": Record._meta.get_field("number").max_length,
    "stamp": Record._meta.get_field("source_stamp").max_length,
}


def plausible(hints: Iterable[Hint]) -> Iterator[Hint]:
    """The same hints. Raises ValueError, in words for people, at the first that cannot be held."""
    for hint in hints:
        for name, longest in LENGTHS.items():
            if why := wrong(getattr(hint, name), longest or 0):
                raise ValueError(f"its {name.replace('_', ' ')} {why}")
        if hint.updated_at is not None and not FIRST <= hint.updated_at < LAST:
            raise ValueError(f"its moment is in the year {hint.updated_at.year}")
        yield hint


def wrong(text: str, longest: int) -> str:
    """Why this text cannot be held; empty where it can."""
    if len(text) > longest:
        return f"has {len(text):,} characters, {longest} at most are known"
    if "\0" in text:
        return "holds the character NUL"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half a character (a lone surrogate)"
    return ""
