"""Whoever has a claim on the work under way is told of each request, so that it can be renewed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_keeper: ContextVar[Callable[[], None] | None] = ContextVar("keeper", default=None)


@contextmanager
def told_to(keep: Callable[[], None]) -> Iterator[None]:
    """In this thread, until the end of the block."""
    before = _keeper.set(keep)
    try:
        yield
    finally:
        _keeper.reset(before)


def tell() -> None:
    if keep := _keeper.get():
        keep()
