"""What is left out: rows of companies that whoever asks does not see."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from connections.companies.access import Access
from connections.companies.asked import seen

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

    return lambda known: Q(**{f"{path}__in": systems(known) - hidden_systems(known)})


def is_whole(connection: int) -> bool:
    """Whoever asks sees all companies that are kept by it: only then he changes it."""
    known = seen()
    return known is None or connection in systems(known) - hidden_systems(known)


def hidden_systems(known: frozenset[int]) -> set[int]:
    return systems(integrations().exclude(pk__in=known).values_list("pk", flat=True))


def integrations() -> models.QuerySet[Any]:
    """All of them, whoever asks."""
    model: Any = Access._meta.get_field("integrations").related_model
    rows: models.QuerySet[Any] = model._base_manager.all()
    return rows


def systems(known: Iterable[int]) -> set[int]:
    """The connections that these are kept by."""
    pairs = integrations().filter(pk__in=known).values_list("project_system", "ledger")
    return {pk for pair in pairs for pk in pair}
