"""What rows that change together mean for documents: said before it is done, and done after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Model

from connections.models import Integration
from mappings import chart, releases
from mappings.checks import read_once
from mappings.imports.narrowed import Narrowed
from mappings.models import ChartAccount
from mappings.pages import words
from mappings.releases import Wanted
from mappings.undo.rows import Step, Table, Values
from mappings.undo.taken_file import TakenFile


class Effects:
    """Filled row by row; then it says, or lets go, all at once."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.wanted: dict[int, list[Wanted]] = defaultdict(list)
        self.gone: dict[int, list[str]] = defaultdict(list)
        self.lacked: dict[int, list[Wanted]] = defaultdict(list)
        self.altered: dict[int, list[str]] = defaultdict(list)
        self.back: dict[int, list[Model]] = defaultdict(list)
        self.narrowed = Narrowed()
        self.place = table.names.index("integration_id")

    @classmethod
    def of(cls, undo: TakenFile) -> Effects:
        """Of what was done; worked out anew by whoever goes on for a worker that died."""
        found = cls(Table(undo.table))
        for steps in found.table.steps(undo.context):
            for step in steps:
                found.add(step.key, step.before, step.after)
        return found

    def plan(self, step: Step) -> None:
        """Of what undoing a row would do."""
        self.add(step.target, step.now, step.before)

    def add(self, key: int, was: Values | None, becomes: Values | None) -> None:
        name = releases.row_name(self.table.model, key)
        if becomes is None and was is not None:
            self.gone[was[self.place]].append(name)
            self.lacked[was[self.place]] += self.table.row(was, key).wanted()
        elif becomes is not None:
            row = self.table.row(becomes, key)
            before = self.table.row(was, key) if was else None
            self.wanted[row.integration_id] += row.wanted(before)
            self.back[row.integration_id].append(row)
            self.narrowed.note(before, row)
            if was is not None:
                self.altered[row.integration_id].append(name)

    @property
    def integrations(self) -> list[Integration]:
        keys = {*self.wanted, *self.gone, *self.altered}
        rows = Integration.objects.select_related("ledger", "project_system")
        return list(rows.filter(pk__in=keys).order_by("name"))

    def sentences(self) -> list[str]:
        """Before it is done."""
        with read_once():
            return [
                f"{integration}: {' '.join(said)}"
                for integration in self.integrations
                if (said := list(self._said(integration)))
            ]

    def _said(self, integration: Integration) -> Iterator[str]:
        currency, key = words.currency_of(integration.ledger), integration.pk
        lost = self.narrowed.lost(integration, self.gone[key], self.lacked[key])
        if said := words.holds(lost, currency):
            yield said
        found = releases.impact(integration, self.wanted[key], self.back[key])
        if found.documents or found.partly:
            yield words.releases(found, currency)
        booked = releases.booked(integration, self.gone[key] + self.altered[key])
        if said := words.booked(booked, currency):
            yield said

    def carry(self, actor: str, why: str) -> list[str]:
        """Afterwards, once the rows are there for all to see. Safe to run twice."""
        if self.table.model is ChartAccount:
            chart.changed(self.integrations)
            return ["The master data is read anew; then these accounts count."]
        return [said for each in self.integrations for said in self._carried(each, actor, why)]

    def _carried(self, integration: Integration, actor: str, why: str) -> Iterator[str]:
        currency, key = words.currency_of(integration.ledger), integration.pk
        found = releases.release(integration, self.wanted[key], actor, why)
        if said := words.released(found, currency):
            yield f"{integration}: {said}"
        again = releases.again(integration, self.gone[key] + self.altered[key], actor, why)
        if said := words.anew(again, currency):
            yield f"{integration}: {said}"
