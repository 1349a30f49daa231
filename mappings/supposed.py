"""The mapping tables as they would be with rows that are not saved yet."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from connections.models import Integration
from mappings.lookup import Known, Linked, Lookup
from mappings.models import (
    AccountRule,
    CostCodeMapping,
    Mapping,
    ProjectLink,
    TaxLink,
    VendorLink,
)
from mappings.reference import Reference

UNCHOSEN = "?"  # in place of what a row leads to while nobody has typed it


class SupposedLookup(Lookup):
    """The mapping tables as they would be with more rows, which are not saved.

    Where one does not say yet what it leads to, that is taken to be something usable.
    """

    @classmethod
    def of(cls, integration: Integration, rows: Iterable[Model]) -> SupposedLookup:
        book = cls(integration)
        for row in rows:
            book.suppose(copy.copy(row))
        return book

    def suppose(self, row: Model) -> None:
        if isinstance(row, CostCodeMapping):
            row.account = row.account or self.usable(Reference.Kind.ACCOUNT)
            key = row.cost_code, row.project, row.cost_type
            self._rules[key] = in_place(row, self._rules.get(key, []))
        elif isinstance(row, AccountRule):
            row.account = row.account or self.usable(Reference.Kind.ACCOUNT)
            self._accounts[row.purpose] = in_place(row, self._accounts.get(row.purpose, []))
        elif isinstance(row, VendorLink):
            row.ledger_number = row.ledger_number or self.usable(Reference.Kind.VENDOR)
            self._vendors[row.project_vendor_id] = supposed(row.ledger_number)
            self._project_vendors.setdefault(row.ledger_number, row)
        elif isinstance(row, TaxLink):
            link = supposed(row.ledger_code or UNCHOSEN)._replace(
                pk=row.pk or 0, valid_from=row.valid_from, valid_until=row.valid_until
            )
            self._taxes[row.project_code] = in_place(link, self._taxes.get(row.project_code, []))
        elif isinstance(row, ProjectLink):
            self._projects[row.project_id] = row

    def use(self, model: type[Mapping], row: Mapping | Linked) -> None:
        """Nothing is coded by what is only supposed."""

    def usable(self, kind: str) -> str:
        self.references(kind)["", UNCHOSEN] = Known("", UNCHOSEN, "", "", {})
        return UNCHOSEN


def in_place(row: Any, rows: list[Any]) -> list[Any]:
    """Before all others for the same, and instead of itself as it is stored."""
    return [row, *(other for other in rows if row.pk is None or other.pk != row.pk)]


def supposed(to: str) -> Linked:
    """Of a row that is not saved."""
    return Linked(to, 0, dt.datetime.min.replace(tzinfo=dt.UTC))
