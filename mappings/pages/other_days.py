"""A line of the inbox that is mapped, but not on the days of its documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.urls import reverse

from connections.pages import moments
from mappings.releases import Unmapped, row_name
from mappings.validity import Dated


class OtherDays:
    """A rule for the same, and the days of the documents on which it does not count."""

    def __init__(self, rule: Dated, first: dt.date, last: dt.date) -> None:
        self.rule, self.first, self.last = rule, first, last

    @property
    def sentence(self) -> str:
        first, last = moments.day(self.first), moments.day(self.last)
        dated = first if first == last else f"{first} to {last}"
        return f"Mapped {self.rule.days}; these are of {dated}."

    @property
    def url(self) -> str:
        return reverse(f"admin:mappings_{self.rule._meta.model_name}_change", args=[self.rule.pk])

    @property
    def values(self) -> dict[str, str]:
        """A rule for the same that fills the days between those that there are."""
        rules, day = [self.rule, *self.rule.same()], dt.timedelta(days=1)
        ends = [row.valid_until for row in rules if row.valid_until and row.valid_until < self.last]
        begins = [row.valid_from for row in rules if row.valid_from and row.valid_from > self.first]
        days = {
            "valid_from": str(max(ends) + day) if ends else "",
            "valid_until": str(min(begins) - day) if begins else "",
        }
        parts = {name: str(getattr(self.rule, name)) for name in self.rule.stands_for[1:]}
        return {name: value for name, value in (parts | days).items() if value}


def rules_of(rows: Iterable[Unmapped]) -> dict[str, Dated]:
    """By the name under which a problem names them; one that is gone is left out."""
    keys: dict[str, set[int]] = {}
    for row in rows:
        table, _, key = row.facts.get("rule", "").partition(":")
        if key.isdigit():
            keys.setdefault(table, set()).add(int(key))
    found: dict[str, Dated] = {}
    for table, some in keys.items():
        model: Any = apps.get_model("mappings", table)
        found |= {row_name(model, row.pk): row for row in model.objects.filter(pk__in=some)}
    return found


def other_days(row: Unmapped, rules: dict[str, Dated]) -> OtherDays | None:
    """None for what no rule is for, and where the days are not told."""
    rule, facts = rules.get(row.facts.get("rule", "")), row.facts
    first, last = (facts.get(name) or facts.get("day") for name in ("first", "last"))
    if rule is None or not first or not last:
        return None
    return OtherDays(rule, dt.date.fromisoformat(first), dt.date.fromisoformat(last))
