"""What an empty list tells who looks at it: what comes next, and who can see to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst

from connections.companies.asked import may
from connections.pages import asking

BESIDE = {"o", "p", "_changelist_filters"}  # say nothing about which rows are meant


@dataclasses.dataclass(frozen=True)
class Empty:
    title: str
    words: str
    all_rows: bool  # else the filters hide some


def told(admin: Any, query: Mapping[str, str], filtered: bool) -> Empty:
    """Of the list of this admin class. Behind a tab or an entry of the menu nobody has filtered
    anything himself: `empty_of` names those, by field and value."""
    asked = {name: value for name, value in query.items() if value and name not in BESIDE}
    known: Mapping[tuple[str, str], tuple[str, str]] = getattr(admin, "empty_of", {})
    if len(asked) == 1 and (own := known.get(next(iter(asked.items())))):
        return Empty(own[0], own[1], False)
    if filtered:
        return Empty("Nothing fits these filters", "Take one away, or look at all of them.", False)
    return Empty(getattr(admin, "empty_title", "") or "Nothing here yet", words(admin), True)


def words(admin: Any) -> str:
    """`empty_else`: for whom may not do what comes next (`empty_takes`, as a rule to add a row),
    with whom it is."""
    others = getattr(admin, "empty_else", "")
    permission = getattr(admin, "empty_takes", "")
    permission = permission or f"{admin.opts.app_label}.add_{admin.opts.model_name}"
    if not others or may(permission):
        return getattr(admin, "empty_next", "")
    return capfirst(others.format(whom=asking.whom(permission)))
