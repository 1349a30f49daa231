"""Who asks: known while a page is made, a file is sent, or a worker does it for somebody."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from typing import Any

from django.db import models

from connections.companies.access import Seen, of

_asks: ContextVar[Callable[[], Seen]] = ContextVar("asks", default=lambda: None)


def seen() -> Seen:
    """What whoever asks now may see."""
    return _asks.get()()


@contextmanager
def asked(by: Callable[[], Seen]) -> Iterator[None]:
    token = _asks.set(by)
    try:
        yield
    finally:
        _asks.reset(token)


def asked_by(user: Any) -> Any:
    """As a context; looked up once, and only when something is asked."""
    return asked(cache(partial(of, user)))


def asked_by_nobody() -> Any:
    """As a context, or around a function: what is kept for all must not be one person's view."""
    return asked(lambda: None)


class NamedOnce(models.Model):
    """Mixin of models whose names are unique over all companies, also those that are not seen."""

    class Meta:
        abstract = True

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        with asked_by_nobody():
            super().validate_unique(exclude)


def streamed(user: Any, parts: Iterable[Any]) -> Iterator[Any]:
    """A file is made while it is sent, when the request is over: still for this person."""
    rows, known = iter(parts), cache(partial(of, user))
    while True:
        with asked(known):
            try:
                part = next(rows)
            except StopIteration:
                return
        yield part


def middleware(answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Knows who asks while a page is made."""

    def known(request: Any) -> Any:
        with asked_by(request.user):
            response = answer(request)
        if response.streaming:
            response.streaming_content = streamed(request.user, response.streaming_content)
        return response

    return known
