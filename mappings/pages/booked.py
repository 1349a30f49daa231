"""What is posted already by a rule: said before the rule is changed, with the way to the list."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from connections.models import Integration
from mappings import releases, validity
from mappings.imports.heading import DAYS
from mappings.models import CostCodeMapping
from mappings.models import Mapping as Row
from mappings.pages import words
from mappings.pages.rules import PARTS, Standing
from mappings.validity import Dated

TARGET = ("account", "dimensions", "ledger_number", "ledger_code", "dimension", "value")


@dataclasses.dataclass(frozen=True)
class Posted:
    """Of a form's panel."""

    sentence: str
    url: str  # of the list of them; empty where there is no such page


def posted(
    integration: Integration, row: Row, before: Row | None, standing: Standing | None
) -> Posted | None:
    """By the row itself, else by the rule that wins where the new one would. None: by nothing."""
    if before is not None:
        found = told(integration, before, "this row", {})
        return outside(integration, before, row, found) if found and found.url else found
    if standing is None or standing.winner is None or not isinstance(row, CostCodeMapping):
        return None
    line = {part: str(getattr(row, part)) for part in PARTS}
    line |= {name: str(day) for name in DAYS if (day := getattr(row, name))}
    return told(integration, standing.winner, f"the rule {standing.winner}", line)


def told(integration: Integration, row: Row, what: str, line: Mapping[str, str]) -> Posted | None:
    name = releases.row_name(type(row), row.pk)
    found = releases.booked(integration, [name], line)
    sentence = words.booked(found, words.currency_of(integration.ledger), what)
    more = words.untold(releases.untold(integration), bool(sentence))
    if not sentence:
        return Posted(more, "") if more else None
    return Posted(f"{sentence} {more}".rstrip(), address(name, line))


def outside(integration: Integration, before: Row, row: Row, found: Posted) -> Posted:
    """And how many of them are of days on which it is to count no more."""
    if not isinstance(before, Dated) or not isinstance(row, Dated):
        return found
    name = releases.row_name(type(before), before.pk)
    stretches = [
        releases.booked(integration, [name], {
            part: day.isoformat() for part, day in zip(DAYS, days, strict=True) if day
        })
        for days in validity.left_out(before, row)
    ]  # fmt: skip
    said = words.outside(stretches, words.currency_of(integration.ledger))
    return dataclasses.replace(found, sentence=f"{found.sentence} {said}".rstrip())


def address(name: str, line: Mapping[str, str]) -> str:
    """Of the list of these documents."""
    given = {part: value for part, value in line.items() if value}
    value = f"{name}?{urlencode(given)}" if given else name
    try:
        return f"{reverse('admin:syncs_record_changelist')}?{urlencode({'booked_by': value})}"
    except NoReverseMatch:
        return ""


def is_retargeted(row: Row, before: Row | None) -> bool:
    """Documents would be booked otherwise by it."""
    return before is not None and any(
        getattr(row, name, None) != getattr(before, name, None) for name in TARGET
    )
