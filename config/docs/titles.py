"""What the side bar of the admin calls a table, in its order."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model

from config.navigation import GROUPS

TITLES = {page: title for _, _, items in GROUPS for title, _, page, _, _ in items}


def pages() -> list[tuple[str, type[Model]]]:
    """(title, model) of every table that has pages in the admin."""
    order = list(TITLES)
    found = {page_of(model): model for model in admin.site._registry}
    known = sorted(found.keys() & TITLES.keys(), key=order.index)
    others = sorted(found.keys() - TITLES.keys())
    return [(titled(found[page]), found[page]) for page in [*known, *others]]


def titled(model: type[Model]) -> str:
    name = str(model._meta.verbose_name_plural)
    return TITLES.get(page_of(model), name[:1].upper() + name[1:])


def page_of(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}_changelist"
