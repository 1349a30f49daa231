"""The inbox of unmapped codes as a file: what it shows, the most money first."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from connections.amounts import Amount
from connections.models import Integration
from mappings.pages import unmapped, words
from mappings.pages.unmapped import Missed
from syncs.admin import list_export
from syncs.admin.list_export import Table


class Row(NamedTuple):
    line: Missed
    amount: Amount
    documents: int | None


TABLE = Table(
    "unmapped code", "unmapped codes", unmapped.EXPORT,
    {
        "What": attrgetter("line.kind"), "Code": attrgetter("line.shown"),
        "Cost type": attrgetter("line.cost_type"), "Name": attrgetter("line.name"),
        "Projects": lambda row: ", ".join(row.line.projects),
        "Integration": lambda row: str(row.line.integration),
        "Documents": attrgetter("documents"), "Amount": attrgetter("amount.amount"),
        "Currency": attrgetter("amount.currency"), "Of": attrgetter("amount.kind.value"),
    },
)  # fmt: skip


def page(request: HttpRequest, form: str) -> HttpResponseBase:
    """POST, since it leaves a line in the journal."""
    if refusal := list_export.refused(request, TABLE, form):
        return refusal
    if not request.user.has_perm("mappings.view_costcodemapping"):
        raise PermissionDenied
    lines = unmapped.inbox(Integration.objects.select_related("ledger", "project_system"))
    list_export.note(request.user.get_username(), TABLE, form, None, len(lines))
    rows = [row for line in lines for row in rows_of(line)]
    told = [[column(row) for column in TABLE.columns.values()] for row in rows]
    return list_export.answer(form, TABLE, told)


def rows_of(line: Missed) -> Iterator[Row]:
    """One for each amount that must not be added to another; its documents count once."""
    for place, amount in enumerate(words.counted(line.bag, line.currency)):
        yield Row(line, amount, line.documents if place == 0 else None)
