"""The list of records as a file: all that its filters and its search leave, never a page of it.

Read in parts by id, newest first, so that a million documents cost no more memory than a thousand.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from audit import journal
from audit.models import Entry
from connections.models import Integration
from connections.transport.days import site_zone
from mappings.imports.cells import protected
from syncs.admin.balance_export import BYTE_ORDER_MARK, FORMS, TOGETHER, TYPE, line, sheet
from syncs.admin.list_sums import BESIDE
from syncs.admin.record_page import flow_label
from syncs.formatting import count
from syncs.models import Record

PERMISSION = "syncs.export_record"
XLSX_HOLDS = 10_000  # documents; a workbook is made as a whole before it is sent
READ = (
    "integration_id", "flow", "source_id", "revision", "number", "title", "project",
    "project_name", "vendor_id", "vendor_name", "amount", "currency", "document_date", "state",
    "in_shadow", "reason", "sentence", "destination_status", "destination_number",
    "destination_id", "changed_at", "held_since", "posted_at", "owner", "note", "approved_by",
)  # fmt: skip
NAMES = (
    "Record", "Flow", "Integration", "Company", "Number", "Source id", "Revision", "Title",
    "Project", "Project name", "Vendor number", "Vendor", "Amount", "Currency", "Date", "State",
    "Reason", "Why", "In this state since", "Held since", "Owner", "Note", "On the other side",
    "Id on the other side", "Posted", "Approved by",
)  # fmt: skip
MOMENTS = {"In this state since", "Held since", "Posted"}
Sides = dict[int, tuple[Integration, str]]  # by id, with the company of the ledger


def page(admin: ModelAdmin[Any], request: HttpRequest, form: str) -> HttpResponseBase:
    """The file, for the filters of this address. POST, since it leaves a line in the journal."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not (request.user.has_perm(PERMISSION) and admin.has_view_permission(request)):
        raise PermissionDenied
    if form not in FORMS:
        raise Http404
    filters = asked(request.GET)
    back = f"{reverse('admin:syncs_record_changelist')}?{filters.urlencode()}"
    request.GET = filters  # type: ignore[assignment]
    try:
        rows = admin.get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        messages.error(request, "These filters cannot be read. Nothing was exported.")
        return redirect("admin:syncs_record_changelist")
    documents = rows.order_by().count()
    if form == "xlsx" and documents > XLSX_HOLDS:
        messages.error(request, too_many(documents))
        return redirect(back)
    note(request.user.get_username(), form, filters, documents)
    return answer(form, rows)


def asked(given: QueryDict) -> QueryDict:
    """What says which documents are meant, without what only turns or orders the list."""
    found = given.copy()
    for name in BESIDE & found.keys():
        del found[name]
    return found


def too_many(documents: int) -> str:
    return (
        f"An XLSX takes at most {XLSX_HOLDS:,} documents, and these are {documents:,}. Narrow the "
        "list, or take the CSV: it takes them all."
    )


def note(actor: str, form: str, filters: QueryDict, documents: int) -> None:
    """Who took what, before it leaves."""
    known = {name: ", ".join(map(str, values)) for name, values in filters.lists() if any(values)}
    which = " (filtered)" if known else ""
    journal.append(
        Entry.Kind.PERSON, f"{count(documents, 'record')} exported as {form.upper()}{which}",
        actor=actor, data={"export": form, "filters": known, "documents": documents},
    )  # fmt: skip


def answer(form: str, rows: QuerySet[Record]) -> HttpResponseBase:
    name = f"records-{timezone.now():%Y-%m-%d-%H%M}.{form}"
    if form == "xlsx":
        return FileResponse(workbook(rows), as_attachment=True, filename=name, content_type=TYPE)
    found = StreamingHttpResponse(lines(rows), content_type="text/csv; charset=utf-8")
    found["Content-Disposition"] = f'attachment; filename="{name}"'
    return found


# -- rows -----------------------------------------------------------------------------------------


def in_parts(rows: QuerySet[Record]) -> Iterator[Record]:
    """Newest first; each part is a statement of its own, and no document comes twice."""
    rows = rows.select_related(None).defer(None).only("pk", *READ).order_by("-pk")
    part = list(rows[:TOGETHER])
    while part:
        yield from part
        part = list(rows.filter(pk__lt=part[-1].pk)[:TOGETHER]) if len(part) == TOGETHER else []


def cells(rows: QuerySet[Record]) -> Iterator[list[Any]]:
    known = sides()
    for record in in_parts(rows):
        if record.integration_id not in known:  # made since
            known = sides()
        record.integration, company = known[record.integration_id]
        yield cells_of(record, company)


def cells_of(record: Record, company: str) -> list[Any]:
    """In the order of NAMES, with the words that the list shows."""
    return [
        record.pk, flow_label(record), str(record.integration), company, record.number,
        record.source_id, record.revision, record.title, record.project, record.project_name,
        record.vendor_id, record.vendor_name, record.amount, record.currency,
        record.document_date, record.state_shown, record.get_reason_display(), record.sentence,
        record.changed_at, record.held_since, record.owner, record.note,
        record.destination_number, record.destination_id, record.posted_at, record.approved_by,
    ]  # fmt: skip


def sides() -> Sides:
    rows = Integration.objects.all()
    companies = dict(rows.values_list("pk", "ledger__company_found__name"))
    return {row.pk: (row, companies[row.pk] or "") for row in rows}


def headings() -> list[str]:
    """Moments are the site's, and say so."""
    zone = site_zone().key
    return [f"{name} ({zone})" if name in MOMENTS else name for name in NAMES]


# -- files ----------------------------------------------------------------------------------------


def lines(rows: QuerySet[Record]) -> Iterator[str]:
    yield BYTE_ORDER_MARK + line(headings())
    for row in cells(rows):
        yield line([written(value) for value in row])


def written(value: Any) -> Any:
    """No text is taken for a formula, no code for a date; a moment says how far it is from UTC."""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value, site_zone()).isoformat(timespec="seconds")
    return protected(value) if isinstance(value, str) else value


def workbook(rows: QuerySet[Record]) -> Any:
    book = Workbook(write_only=True)
    sheet(book, "Records", headings(), cells(rows), timezone.now())
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    book.save(file)
    file.seek(0)
    return file
