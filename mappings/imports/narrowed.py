"""Rows that stay and cover less than before: fewer days, or another thing."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Model, UniqueConstraint

from connections.models import Integration
from mappings import releases, validity
from mappings.models import CostCodeMapping, Mapping
from mappings.releases import Covers, Releasable, Wanted
from mappings.validity import Dated


def named_by(model: type[Mapping]) -> list[str]:
    """The fields that say what a row stands for: no two have the same, or not for the same day."""
    rules = [each.fields for each in model._meta.constraints
             if isinstance(each, UniqueConstraint) and each.condition is None]  # fmt: skip
    names = model.stands_for if issubclass(model, Dated) else rules[0]
    fields = (model._meta.get_field(name) for name in names)
    return [str(getattr(field, "attname", field.name)) for field in fields]


def uncovered(was: Mapping, becomes: Mapping) -> list[Mapping]:
    """The row as it was, once for each stretch of days on which it stands for that no more."""
    if any(getattr(was, name) != getattr(becomes, name) for name in named_by(type(was))):
        return [was]
    if not isinstance(was, Dated) or not isinstance(becomes, Dated):
        return []
    found: list[Mapping] = []
    for first, last in validity.left_out(was, becomes):
        row = copy.copy(was)
        row.valid_from, row.valid_until = first, last
        found.append(row)
    return found


class Narrowed:
    """Filled with all rows that change together; then it says what they would hold.

    What one of them covers no more another may cover.
    """

    def __init__(self) -> None:
        self.rows: dict[int, list[Model]] = defaultdict(list)
        self.wanted: dict[int, list[Wanted]] = defaultdict(list)
        self.covers: dict[int, list[Covers]] = defaultdict(list)

    def note(self, was: Mapping | None, becomes: Mapping) -> None:
        if isinstance(becomes, CostCodeMapping):
            told = Covers(*(getattr(becomes, name) for name in Covers._fields))
            self.covers[becomes.integration_id].append(told)
        if was is None:
            return
        if less := uncovered(was, becomes):
            self.rows[was.integration_id].append(becomes)
            for row in less:
                self.wanted[was.integration_id] += row.wanted()

    def names(self, integration: int) -> list[str]:
        return [releases.row_name(type(row), row.pk) for row in self.rows[integration]]

    def lost(
        self, integration: Integration, gone: Sequence[str] = (), lacked: Sequence[Wanted] = ()
    ) -> Releasable:
        """With those that are gone altogether, and what they solved."""
        stay = self.rows[integration.pk]
        wanted = [*lacked, *self.wanted[integration.pk]]
        return releases.lost(
            integration,
            [*gone, *self.names(integration.pk)],
            wanted,
            stay,
            self.covers[integration.pk],
        )
