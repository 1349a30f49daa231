"""Which companies a person sees: each integration is one, and what is of others is not there.

It is enforced in one place: the managers of all rows that belong to an integration leave out what
whoever asks may not see. Pages are asked by a person; workers and commands by nobody, who sees all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

Seen = frozenset[int] | None  # keys of integrations; None: all


class Access(models.Model):
    """What a person was given. Without a row of it he sees no company."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="companies")
    all_companies = models.BooleanField(
        "all companies", default=False, help_text="also those that are added later"
    )
    integrations = models.ManyToManyField(
        "connections.Integration", blank=True, related_name="+", verbose_name="only these"
    )

    class Meta:
        default_permissions = ()
        verbose_name = verbose_name_plural = "companies"

    def __str__(self) -> str:
        return words(self)


def words(row: Access | None) -> str:
    """As a person reads it."""
    if row is None:
        return "none"
    if row.all_companies:
        return "all"
    return ", ".join(sorted(str(one) for one in row.integrations.all())) or "none"


# -- who asks -------------------------------------------------------------------------------------

_asks: ContextVar[Callable[[], Seen]] = ContextVar("asks", default=lambda: None)


def seen() -> Seen:
    """What whoever asks now may see."""
    return _asks.get()()


def of(user: Any) -> Seen:
    """Superusers see all; who is not signed in sees nothing."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return None
    row = Access.objects.filter(user=user.pk).first()
    if row and row.all_companies:
        return None
    given = Access.integrations.through.objects.filter(access__user=user.pk)
    return frozenset(given.values_list("integration_id", flat=True))


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


# -- what is left out -----------------------------------------------------------------------------

Scope = Callable[[frozenset[int]], Q]


class Scoped:
    """What a manager becomes: rows of others are not there for whoever asks."""

    scope: Scope

    def get_queryset(self) -> Any:
        rows, known = super().get_queryset(), seen()  # type: ignore[misc]
        return rows if known is None else rows.filter(type(self).scope(known))


def connect(model: type[models.Model], scope: Scope) -> None:
    """Called once for each model when the application starts. Safe to call twice.

    What Django reads a row's own relations by stays whole: a row that is seen names its parents.
    """
    base = named_as(models.Manager, Scoped, models.Manager, scope=staticmethod(scope))
    for manager in model._meta.managers:
        kind = type(manager)
        if not isinstance(manager, Scoped):
            manager.__class__ = base if kind is models.Manager else named_as(kind, base, kind)


def named_as(kind: type, *bases: type, **facts: Any) -> Any:
    """Called like the other, for those who look it up by its name."""
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    return type(kind.__name__, bases, {**names, **facts})


def along(*paths: str) -> Scope:
    """By the integration that any of these paths leads to."""

    def scope(known: frozenset[int]) -> Q:
        found = Q(pk__in=[])
        for path in paths:
            found |= Q(**{f"{path}__in": known})
        return found

    return scope


def of_systems(path: str) -> Scope:
    """Of connections that a company is kept by; another may be kept by them, too."""
    return lambda known: Q(**{f"{path}__in": systems(known)})


def of_systems_alone(path: str) -> Scope:
    """What another system told, where all companies that are kept by it are seen."""

    def scope(known: frozenset[int]) -> Q:
        others = integrations().exclude(pk__in=known).values_list("pk", flat=True)
        return Q(**{f"{path}__in": systems(known) - systems(others)})

    return scope


def integrations() -> models.QuerySet[Any]:
    """All of them, whoever asks."""
    model: Any = Access._meta.get_field("integrations").related_model
    rows: models.QuerySet[Any] = model._base_manager.all()
    return rows


def systems(known: Iterable[int]) -> set[int]:
    """The connections that these are kept by."""
    pairs = integrations().filter(pk__in=known).values_list("project_system", "ledger")
    return {pk for pair in pairs for pk in pair}
