"""Who changed a board's layout; what checks stored beside it is nobody's change."""

from __future__ import annotations

import dataclasses
from typing import Any

from mappings.history import Change, _changes, _events
from mappings.models import BoardLayout

READ = 5_000  # events; most of them are checks
BY_CHECK = {"Checked at", "Problems"}


def layout_changes(row: BoardLayout | None = None, most: int = READ) -> list[Change]:
    """Of one layout, or of the whole table with deleted rows; the newest first."""
    rows: Any = _events(BoardLayout)
    if row is not None:
        rows = rows.filter(pgh_obj_id=row.pk)
    events = list(reversed(rows.order_by("-pgh_id")[:READ]))
    for event in events:  # the shared page tells texts, not lists
        event.problems = " ".join(event.problems or ())
    changes = [by_people(one) for one in _changes(events)]
    return [one for one in reversed(changes) if one.fields][:most]


def by_people(change: Change) -> Change:
    """Without what a check stored."""
    fields = [field for field in change.fields if field[0] not in BY_CHECK]
    return dataclasses.replace(change, fields=fields)
