"""While it is in force nobody is asked anything: what would be asked is noted, and goes no further.

So the code that carries documents can be gone through to see how far our own rows lead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from connections.errors import Unasked
from connections.registry import vendor_label

_noted: ContextVar[list[str] | None] = ContextVar("noted", default=None)


@contextmanager
def asking_nobody() -> Iterator[list[str]]:
    """In this thread, until the end of the block: the names of those who would have been asked."""
    noted: list[str] = []
    before = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(before)


def may_ask() -> bool:
    """False while it is in force."""
    return _noted.get() is None


def check(vendor: str) -> None:
    """Called before anything is asked. Raises Unasked while nobody may be."""
    if not may_ask():
        raise unasked(vendor_label(vendor))


def unasked(whom: str) -> Unasked:
    """To be raised by who answers in somebody's place and does not know."""
    noted = _noted.get()
    if noted is not None:
        noted.append(whom)
    return Unasked(f"Only {whom} can tell.")
