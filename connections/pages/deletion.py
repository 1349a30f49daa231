"""What is said before a row is deleted: nothing in the words of the database."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.utils.text import capfirst


def through() -> tuple[set[str], set[str]]:
    """What Django calls the rows that only say which belong together, one and several."""
    found = [
        model._meta for model in apps.get_models(include_auto_created=True)
        if model._meta.auto_created
    ]  # fmt: skip
    return ({f"{capfirst(meta.verbose_name)}: " for meta in found},
            {str(meta.verbose_name_plural) for meta in found})  # fmt: skip


def without(shown: list[Any], names: tuple[str, ...]) -> list[Any]:
    """A list in a list is what goes with the row before it; none is left empty."""
    kept = [without(one, names) if isinstance(one, list) else one for one in shown]
    return [one for one in kept if one != [] and not str(one).startswith(names)]


class PlainDeletion:
    """For an admin class, in front of the theme's: without rows that only join two others."""

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        found = super().get_deleted_objects(objs, request)  # type: ignore[misc]
        shown, counts, lacking, protected = found
        one, several = through()
        plain = {name: number for name, number in counts.items() if str(name) not in several}
        return without(shown, tuple(one)), plain, lacking, protected
