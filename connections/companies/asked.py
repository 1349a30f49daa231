"""Who asks: known while a page is made, a file is sent, or a worker does it for somebody."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, partial
from typing import Any

from django.db import models

from connections.companies.access import Seen, of
from connections.companies.duty import Duty, kept

CHOSEN = "duty"  # in the session: the key of the one in which a person acts


class Asks:
    """A person, in his usual roles or in a duty; or nobody, who sees all.

    What it takes to know is looked up once, and only when something is asked.
    """

    def __init__(self, user: Any = None, find: Callable[[], Duty | None] = lambda: None) -> None:
        self.user, self.find = user, find

    @cached_property
    def duty(self) -> Duty | None:
        return self.find()

    @cached_property
    def seen(self) -> Seen:
        if self.user is None:
            return None
        return self.duty.companies if self.duty else of(self.user)


_asks: ContextVar[Asks] = ContextVar("asks", default=Asks())  # noqa: B039 nothing of it changes


def seen() -> Seen:
    """What whoever asks now may see."""
    return _asks.get().seen


def acting() -> Duty | None:
    """In which duty whoever asks acts now; none: in his usual roles."""
    return _asks.get().duty


def may(permission: str) -> bool:
    """Whether whoever asks now has this right."""
    user = _asks.get().user
    return user is None or bool(user.has_perm(permission))


@contextmanager
def asked(by: Asks) -> Iterator[None]:
    token = _asks.set(by)
    try:
        yield
    finally:
        _asks.reset(token)


def asked_by(user: Any, duty: Duty | None = None) -> Any:
    """As a context."""
    return asked(Asks(user, lambda: duty))


def asked_by_nobody() -> Any:
    """As a context, or around a function: what is kept for all must not be one person's view."""
    return asked(Asks())


class NamedOnce(models.Model):
    """Mixin of models whose names are unique over all companies, also those that are not seen."""

    class Meta:
        abstract = True

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        with asked_by_nobody():
            super().validate_unique(exclude)


def streamed(by: Asks, parts: Iterable[Any]) -> Iterator[Any]:
    """A file is made while it is sent, when the request is over: still for this person."""
    rows = iter(parts)
    while True:
        with asked(by):
            try:
                part = next(rows)
            except StopIteration:
                return
        yield part


def chosen(request: Any) -> Duty | None:
    """In which he said that he acts; None once it was taken away."""
    pk = request.session.get(CHOSEN)
    return next(iter(kept(request.user, pk=pk)), None) if pk else None


def middleware(answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Knows who asks while a page is made."""

    def known(request: Any) -> Any:
        by = Asks(request.user, partial(chosen, request))
        with asked(by):
            response = answer(request)
        if response.streaming:
            response.streaming_content = streamed(by, response.streaming_content)
        return response

    return known
