"""The list of records as a file: with the words that the list shows."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet

from connections.models import Integration
from syncs.admin.list_export import Table, in_parts
from syncs.admin.record_page import flow_label
from syncs.models import Record

PERMISSION = "syncs.export_record"
READ = (
    "integration_id", "flow", "source_id", "revision", "number", "title", "project",
    "project_name", "vendor_id", "vendor_name", "amount", "currency", "document_date", "state",
    "in_shadow", "reason", "sentence", "destination_kind", "destination_status",
    "destination_number", "destination_id", "changed_at", "held_since", "posted_at", "owner",
    "note", "approved_by",
)  # fmt: skip
Sides = dict[int, tuple[Integration, str]]  # by id, with the company of the ledger


def rows(found: QuerySet[Record]) -> Iterator[list[Any]]:
    """What the file needs and no more; of integrations each is read once."""
    known = sides()
    lean = found.select_related(None).defer(None).only("pk", *READ)
    for record in in_parts(lean):
        if record.integration_id not in known:  # made since
            known = sides()
        record.integration, record.company = known[record.integration_id]
        yield [column(record) for column in TABLE.columns.values()]


def sides() -> Sides:
    found = Integration.objects.all()
    companies = dict(found.values_list("pk", "ledger__company_found__name"))
    return {row.pk: (row, companies[row.pk] or "") for row in found}


TABLE = Table(
    "record", "records", PERMISSION,
    {
        "Record": attrgetter("pk"), "Flow": flow_label,
        "Integration": lambda record: str(record.integration), "Company": attrgetter("company"),
        "Number": attrgetter("number"), "Source id": attrgetter("source_id"),
        "Revision": attrgetter("revision"), "Title": attrgetter("title"),
        "Project": attrgetter("project"), "Project name": attrgetter("project_name"),
        "Vendor number": attrgetter("vendor_id"), "Vendor": attrgetter("vendor_name"),
        "Amount": attrgetter("amount"), "Currency": attrgetter("currency"),
        "Date": attrgetter("document_date"), "State": attrgetter("state_shown"),
        "Reason": lambda record: record.get_reason_display(), "Why": attrgetter("sentence"),
        "In this state since": attrgetter("changed_at"), "Held since": attrgetter("held_since"),
        "Owner": attrgetter("owner"), "Note": attrgetter("note"),
        "On the other side": attrgetter("destination_number"),
        "Id on the other side": attrgetter("destination_id"), "Posted": attrgetter("posted_at"),
        "Approved by": attrgetter("approved_by"),
    },
    frozenset({"In this state since", "Held since", "Posted"}), rows,
)  # fmt: skip
