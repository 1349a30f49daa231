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
        found = {key: list(rows) for key, rows in self.rows.items()}
        for key, rows in self.narrowed.rows.items():
            names = [releases.row_name(type(row), row.pk) for row in rows]
            found[key] = list(dict.fromkeys([*found.get(key, []), *names]))
        return [(integrations[key], rows) for key, rows in found.items()]

    def sentences(self, integrations: dict[int, Integration], preview: bool) -> list[str]:
        """Before it is done; afterwards nothing of it has changed."""
        return list(self._said(integrations)) if preview else []

    def _said(self, integrations: dict[int, Integration]) -> Iterator[str]:
        for key in dict.fromkeys([*self.narrowed.rows, *self.rows]):
            integration = integrations[key]
            currency = words.currency_of(integration.ledger)
            found = releases.booked(integration, self.rows.get(key, []))
            for said in (
                words.holds(self.narrowed.lost(integration), currency),
                words.booked(found, currency, "rows that change here"),
            ):
                if said:
                    yield f"{integration}: {said}"
