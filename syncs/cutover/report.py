"""What an integration in shadow mode would do if it wrote: by cause, by project, by flow.

By the same forecast that a replay is told by, with shadow mode taken to be over.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence

from django.db.models import QuerySet

from connections.models import Integration
from syncs.cutover import shadow
from syncs.forecast.context import Assumed
from syncs.forecast.figures import Figures
from syncs.forecast.foresee import foresee, spread
from syncs.models import FlowSettings, Record
from syncs.registry import flows_of

MOST_TRIED = 1000  # documents that are worked out while a person waits for the page


@dataclasses.dataclass
class Report:
    """Figures of all that was noted in shadow mode, or of a fair part of it."""

    documents: int
    tried: int
    whole: Figures = dataclasses.field(default_factory=Figures)
    projects: defaultdict[str, Figures] = dataclasses.field(
        default_factory=lambda: defaultdict(Figures)
    )
    flows: defaultdict[str, Figures] = dataclasses.field(
        default_factory=lambda: defaultdict(Figures)
    )

    @property
    def sampled(self) -> bool:
        return self.tried < self.documents


def report(integration: Integration, projects: Sequence[str] = ()) -> Report:
    """`projects`: as if it were switched on for these alone."""
    rows = noted(integration, projects)
    ids = spread(list(rows.order_by("pk").values_list("pk", flat=True)), MOST_TRIED)
    found = Report(rows.count(), len(ids))
    for one in foresee(ids, Assumed(live=True, projects=tuple(projects))):
        found.whole.add(one)
        found.projects[one.project].add(one)
        found.flows[one.flow].add(one)
    return found


def noted(integration: Integration, projects: Sequence[str] = ()) -> QuerySet[Record]:
    """Of those projects, and what belongs to none: that goes with any of them."""
    rows = shadow.of_integration(integration.pk)
    return rows.filter(project__in=["", *projects]) if projects else rows


def in_shadow(integration: Integration) -> list[FlowSettings]:
    """Its flows that write nothing, or only for some projects; in the registry's order."""
    rows = {row.flow: row for row in integration.flows.filter(enabled=True, shadow=True)}
    return [rows[name] for name in flows_of(integration) if name in rows]
