"""What a trial is carried in: the mapping tables and settings as they are, and nobody to ask."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Model

from connections.documents import CodedDocument, Document, Found, LedgerDocument, Vendor
from connections.models import Connection, Integration
from connections.registry import vendor_label
from connections.transport import at_home
from mappings.lookup import Lookup
from mappings.supposed import SupposedLookup
from syncs.coding.shapes import source_document, source_of
from syncs.flow import Context
from syncs.forecast.trial import Silent
from syncs.models import FlowSettings, Trial


@dataclasses.dataclass(frozen=True)
class Assumed:
    """What is taken to be otherwise than it stands in the settings."""

    live: bool = False  # no flow runs in shadow mode
    projects: tuple[str, ...] = ()  # then only for these projects; none: for all
    rows: tuple[Model, ...] = ()  # of the mapping tables, not saved yet

    def settings(self, row: FlowSettings) -> FlowSettings:
        if not self.live:
            return row
        row = copy.copy(row)
        if self.projects:
            row.live_projects = [*row.live_projects, *self.projects]
        else:
            row.shadow = False
        return row


AS_IT_IS = Assumed()


class AtHome(Context):
    """One for all trials of a flow, so that the tables are read once."""

    journal: Silent

    def __init__(self, integration: Integration, flow: str, assumed: Assumed) -> None:
        super().__init__(integration, flow)
        self.journal = Silent(integration.key, flow)
        self.assumed = assumed
        self.trial = Trial()
        self._rows: dict[str, FlowSettings] = {}

    @cached_property
    def book(self) -> Lookup:
        if not self.assumed.rows:
            return Lookup(self.integration)
        return SupposedLookup.of(self.integration, self.assumed.rows)

    def settings_of(self, flow: str) -> FlowSettings:
        if flow not in self._rows:
            self._rows[flow] = self.assumed.settings(super().settings_of(flow))
        return self._rows[flow]

    def settings_now(self) -> FlowSettings:
        """One moment for all that is foretold: nobody is asked for each document."""
        return self.settings

    def _client(self, connection: Connection) -> Any:
        """Raises NeedsPerson for systems that do not fit their integration."""
        client, name = super()._client(connection), vendor_label(connection.vendor)
        ledger = connection.pk == self.integration.ledger_id
        return LedgerRows(self, client, name) if ledger else ProjectRows(self, client, name)


class Rows:
    """A client that answers from what the record keeps. All else goes to the real one, which asks
    nobody while `at_home` is in force."""

    def __init__(self, context: AtHome, client: Any, name: str) -> None:
        self._context, self._client, self._name = context, client, name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    @property
    def _trial(self) -> Trial:
        return self._context.trial

    def _never_sent(self) -> None:
        """Nothing of ours can stand there. Raises Unasked where something may."""
        row = self._trial
        if row.posted_digest or row.destination_id or row.intent_digest:
            raise at_home.unasked(self._name)


class ProjectRows(Rows):
    def document(self, kind: str, project_id: str, source_id: str) -> Document:
        """As it was read last. Raises Unasked for another, and for what was never read."""
        row = self._trial
        kept = source_document(row.source) if row.source.get("kind") == kind else None
        if kept is None or (row.scope, kept.id) != (project_id, source_id):
            raise at_home.unasked(self._name)
        return kept

    def find_sent(self, documents: Sequence[Document]) -> list[list[Document]]:
        """What people may have typed there is not known, and nothing else stands."""
        self._never_sent()
        return [[] for _ in documents]


class LedgerRows(Rows):
    def purchases(self, kind: str, ids: Sequence[str]) -> list[LedgerDocument]:
        kept = source_of(self._trial.source, LedgerDocument)
        if kept is None or kept.kind != kind or [kept.id] != list(ids):
            raise at_home.unasked(self._name)
        return [kept]

    def vendors_by_number(self, numbers: Sequence[str]) -> list[Vendor]:
        kept = source_of(self._trial.source, Vendor)
        if kept is None or [kept.number] != list(numbers):
            raise at_home.unasked(self._name)
        return [kept]

    def find(self, documents: Iterable[CodedDocument]) -> list[list[Found]]:
        """What people may have typed there is not known, and nothing else stands."""
        self._never_sent()
        return [[] for _ in documents]
