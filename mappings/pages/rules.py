"""Which rule wins where several apply: shown beside a rule while it is written."""

from __future__ import annotations

import dataclasses

from mappings import validity
from mappings.models import CostCodeMapping

PARTS = ("cost_code", "cost_type", "project")
SHOWN = 5


@dataclasses.dataclass(frozen=True)
class Standing:
    """A rule among the others of its integration."""

    rule: CostCodeMapping
    winner: CostCodeMapping | None  # of exactly this combination, as the table stands now
    stronger: list[CostCodeMapping]  # these go before it where both apply
    weaker: list[CostCodeMapping]  # it goes before these
    others: list[CostCodeMapping]  # of exactly this combination, for other days

    @property
    def more_stronger(self) -> int:
        return len(self.stronger) - SHOWN

    @property
    def more_weaker(self) -> int:
        return len(self.weaker) - SHOWN

    @property
    def exists(self) -> bool:
        """The very combination has a rule already, and it is another row."""
        return bool(self.winner and _parts(self.winner) == _parts(self.rule) and (
            self.winner.pk != self.rule.pk
        ))  # fmt: skip


def standing(rule: CostCodeMapping) -> Standing:
    rows = list(CostCodeMapping.objects.filter(integration=rule.integration_id))
    applying = [row for row in rows if row.pk != rule.pk and overlap(row, rule)]
    covering = [row for row in rows if covers(row, rule)]
    same = [row for row in rows if row.pk != rule.pk and _parts(row) == _parts(rule)]
    return Standing(
        rule,
        max(covering, key=lambda row: row.specificity, default=None),
        [row for row in applying if row.specificity > rule.specificity],
        [row for row in applying if row.specificity < rule.specificity],
        [row for row in same if not validity.overlap(row, rule)],
    )


def overlap(one: CostCodeMapping, other: CostCodeMapping) -> bool:
    """Some line could fall under both."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return validity.overlap(one, other) and all(not a or not b or a == b for a, b in pairs)


def covers(row: CostCodeMapping, rule: CostCodeMapping) -> bool:
    """The row applies to everything that the rule applies to, on one of its days at least."""
    return validity.overlap(row, rule) and all(
        not a or a == b for a, b in zip(_parts(row), _parts(rule), strict=True)
    )


def _parts(row: CostCodeMapping) -> tuple[str, ...]:
    return tuple(getattr(row, name) for name in PARTS)
