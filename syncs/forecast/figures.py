"""A forecast in figures: how many would be posted, held and why, asked of whom."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from connections.documents import ZERO
from mappings.releases import subject_of
from syncs.forecast.foresee import AGAIN, ASKED, BUSY, Foreseen
from syncs.forecast.trial import WRITTEN
from syncs.models import State

Key = tuple[int, str, str]  # integration, flow, currency


@dataclasses.dataclass
class Group:
    """Documents of which the same is foreseen; sums by integration, flow and currency."""

    documents: int = 0
    sums: dict[Key, Decimal] = dataclasses.field(default_factory=dict)
    counts: dict[Key, int] = dataclasses.field(default_factory=dict)
    some: list[Foreseen] = dataclasses.field(default_factory=list)  # the first of them
    about: set[tuple[int, str, str]] = dataclasses.field(default_factory=set)  # and by flow

    @property
    def shown(self) -> Foreseen:
        """One of them, to show what is meant."""
        return self.some[0]

    def add(self, one: Foreseen) -> None:
        key = one.integration, one.flow, one.currency
        self.documents += 1
        self.about |= {
            (one.integration, one.flow, subject_of(facts))
            for facts in one.problems if facts.get("reason") == one.reason
        }  # fmt: skip
        if not self.some:
            self.some.append(one)
        self.counts[key] = self.counts.get(key, 0) + 1
        self.sums[key] = self.sums.get(key, ZERO) + (one.amount or ZERO)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """As the lists of records count."""
        return [
            {"integration_id": key[0], "flow": key[1], "currency": key[2], "total": total,
             "documents": self.counts[key]}
            for key, total in self.sums.items()
        ]  # fmt: skip


def groups() -> defaultdict[str, Group]:
    return defaultdict(Group)


@dataclasses.dataclass
class Figures:
    """Each record counts once, in one of these."""

    tried: int = 0
    written: Group = dataclasses.field(default_factory=Group)
    held: defaultdict[str, Group] = dataclasses.field(default_factory=groups)  # by reason
    asked: defaultdict[str, Group] = dataclasses.field(default_factory=groups)  # by whom
    again: Group = dataclasses.field(default_factory=Group)  # posted or in doubt
    skipped: Group = dataclasses.field(default_factory=Group)
    waits: Group = dataclasses.field(default_factory=Group)
    stands: Group = dataclasses.field(default_factory=Group)  # and nothing is to be written
    busy: int = 0

    def add(self, one: Foreseen) -> None:
        if one.end == BUSY:
            self.busy += 1
            return
        self.tried += 1
        self.group(one).add(one)

    def group(self, one: Foreseen) -> Group:
        if one.end == State.HELD:
            return self.held[one.reason]
        if one.end == ASKED:
            return self.asked[one.whom]
        return {
            WRITTEN: self.written, AGAIN: self.again, State.SKIPPED: self.skipped,
            State.PENDING: self.waits, State.POSTED: self.stands,
        }[one.end]  # fmt: skip


def add_up(found: Iterable[Foreseen]) -> Figures:
    figures = Figures()
    for one in found:
        figures.add(one)
    return figures
