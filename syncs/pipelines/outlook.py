"""When what waits for a platform with few calls a day will be through: an honest time."""

from __future__ import annotations

from connections.models import Integration
from connections.registry import VENDORS
from connections.transport.days import site_zone
from connections.transport.http import NoJournal
from mappings.models import BoardLayout
from syncs.models import Record
from syncs.pipelines.progress import UNSETTLED
from syncs.pipelines.to_board import BATCH
from syncs.registry import flows_of

READS = 3  # calls of a batch besides one for each of its changes


def of_board(layout: BoardLayout) -> str:
    """What still waits for one board. Calls nobody. Registered with `mappings.boards.outlook`."""
    return of_flows(layout.integration, showing(layout))


def showing(layout: BoardLayout) -> list[str]:
    """The flows whose documents are items of this board."""
    flows = flows_of(layout.integration).values()
    return [flow.name for flow in flows if flow.shows == layout.kind]


def of_flows(integration: Integration, flows: list[str]) -> str:
    """Empty when nothing of these flows waits, or where a day's calls are not counted."""
    mine = waiting([integration.pk], flows)
    connection = integration.project_system
    client = VENDORS[connection.vendor].client(connection, NoJournal())
    if not mine:
        return ""
    others = Integration.objects.filter(project_system=connection).values_list("pk", flat=True)
    found = client.outlook(calls_of(waiting(list(others))))
    if found is None:
        return ""
    at, a_day, limit = found
    at = at.astimezone(site_zone())
    are = "item waits" if mine == 1 else "items wait"
    return (
        f"{mine:,} {are}; with {a_day:,} of the {limit:,} calls a day (the others are kept for "
        f"decisions) they are shown by {at:%a, %b} {at.day}, {at:%H:%M}."
    )


def waiting(integrations: list[int], flows: list[str] | None = None) -> int:
    rows = Record.objects.filter(integration__in=integrations, state__in=UNSETTLED)
    return rows.filter(flow__in=flows).count() if flows is not None else rows.count()


def calls_of(changes: int) -> int:
    """A call for each, and those of the batches in which they go."""
    return changes + READS * -(-changes // BATCH)
