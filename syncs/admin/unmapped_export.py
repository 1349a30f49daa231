"""The inbox of unmapped codes as a file: what it shows, the most money first."""

from __future__ import annotations

from operator import attrgetter

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from connections.models import Integration
from mappings.pages import unmapped
from syncs.admin import list_export
from syncs.admin.list_export import Table

TABLE = Table(
    "unmapped code", "unmapped codes", unmapped.EXPORT,
    {
        "What": attrgetter("kind"), "Code": attrgetter("shown"),
        "Cost type": attrgetter("cost_type"), "Name": attrgetter("name"),
        "Projects": lambda line: ", ".join(line.projects),
        "Integration": lambda line: str(line.integration), "Documents": attrgetter("documents"),
        "Amount": attrgetter("amount"), "Currency": attrgetter("currency"),
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
    rows = [[column(line) for column in TABLE.columns.values()] for line in lines]
    return list_export.answer(form, TABLE, rows)
