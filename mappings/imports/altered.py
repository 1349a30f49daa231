"""What a file changes of rows by which documents were posted: said in its preview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from connections.models import Integration
from mappings import releases
from mappings.models import Mapping
from mappings.pages import words
from mappings.pages.booked import is_retargeted


class Altered:
    """Rows that lead elsewhere than before, by integration."""

    def __init__(self) -> None:
        self.rows: dict[int, list[str]] = defaultdict(list)

    def note(self, row: Mapping, before: Mapping | None) -> None:
        if is_retargeted(row, before):
            self.rows[row.integration_id].append(releases.row_name(type(row), row.pk))

    def sentences(self, integrations: dict[int, Integration], preview: bool) -> list[str]:
        """Before it is done; afterwards nothing of it has changed."""
        return list(self._said(integrations)) if preview else []

    def _said(self, integrations: dict[int, Integration]) -> Iterator[str]:
        for key, rows in self.rows.items():
            integration = integrations[key]
            found = releases.booked(integration, rows)
            currency = words.currency_of(integration.ledger)
            if said := words.booked(found, currency, "rows that change here"):
                yield f"{integration}: {said}"
