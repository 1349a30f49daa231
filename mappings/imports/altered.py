"""What a file changes of rows by which documents were posted: said in its preview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from connections.models import Integration
from mappings import releases
from mappings.imports.narrowed import Narrowed
from mappings.models import Mapping
from mappings.pages import words
from mappings.pages.booked import is_retargeted


class Altered:
    """Rows that lead elsewhere than before, by integration, and rows that cover less."""

    def __init__(self) -> None:
        self.rows: dict[int, list[str]] = defaultdict(list)
        self.narrowed = Narrowed()

    def note(self, row: Mapping, before: Mapping | None) -> None:
        self.narrowed.note(before, row)
        if is_retargeted(row, before):
            self.rows[row.integration_id].append(releases.row_name(type(row), row.pk))

    def all_rows(self, integrations: dict[int, Integration]) -> list[tuple[Integration, list[str]]]:
        """The names of both."""
        return [
            (integrations[key], list(dict.fromkeys([*self.rows[key], *self.narrowed.names(key)])))
            for key in self.keys()
        ]

    def keys(self) -> list[int]:
        return list(dict.fromkeys([*self.narrowed.rows, *self.rows]))

    def sentences(self, integrations: dict[int, Integration], preview: bool) -> list[str]:
        """Before it is done; afterwards nothing of it has changed."""
        return list(self._said(integrations)) if preview else []

    def _said(self, integrations: dict[int, Integration]) -> Iterator[str]:
        for key in self.keys():
            integration = integrations[key]
            currency = words.currency_of(integration.ledger)
            found = releases.booked(integration, self.rows.get(key, []))
            for said in (
                words.holds(self.narrowed.lost(integration), currency),
                words.booked(found, currency, "rows that change here"),
            ):
                if said:
                    yield f"{integration}: {said}"
