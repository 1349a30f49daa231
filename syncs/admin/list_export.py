"""A list as a file: all that its filters and its search leave, never a page of it.

Read in parts by id, newest first, so that a million rows cost no more memory than a thousand. Who
takes what is a line of the journal, before it leaves.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from openpyxl import Workbook
from unfold.admin import ModelAdmin

from audit import journal
from audit.models import Entry
from connections.transport.days import site_zone
from mappings.imports.cells import protected
from syncs.admin.balance_export import BYTE_ORDER_MARK, FORMS, TYPE, line, sheet
from syncs.admin.list_sums import BESIDE
from syncs.formatting import count

XLSX_HOLDS = 10_000  # rows; a workbook is made as a whole before it is sent
TOGETHER = 1000  # rows that are read at one go
Rows = Iterable[Sequence[Any]]


@dataclasses.dataclass(frozen=True)
class Table:
    """What a list gives as a file: its columns by heading, in their order."""

    noun: str  # of one row, and of several
    nouns: str
    permission: str
    columns: Mapping[str, Callable[[Any], Any]]
    moments: frozenset[str] = frozenset()  # columns that are told by the site's clock
    rows: Callable[[QuerySet[Any]], Rows] | None = None  # where columns of a row are not all

    def counted(self, number: int) -> str:
        return count(number, self.noun, self.nouns)

    def headings(self) -> list[str]:
        """Moments are the site's, and say so."""
        zone = site_zone().key
        return [f"{name} ({zone})" if name in self.moments else name for name in self.columns]

    def cells(self, rows: QuerySet[Any]) -> Rows:
        if self.rows:
            return self.rows(rows)
        return (list(map(partial(told, row), self.columns.values())) for row in in_parts(rows))


def told(row: Any, column: Callable[[Any], Any]) -> Any:
    return column(row)


def in_parts(rows: QuerySet[Any]) -> Iterator[Any]:
    """Newest first; each part is a statement of its own, and no row comes twice."""
    rows = rows.order_by("-pk")
    part = list(rows[:TOGETHER])
    while part:
        yield from part
        part = list(rows.filter(pk__lt=part[-1].pk)[:TOGETHER]) if len(part) == TOGETHER else []


class ListExport(ModelAdmin):
    """Before the other bases of a list's page: its file, for who has the right."""

    table: ClassVar[Table]
    list_before_template = "syncs/list_export.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(partial(page, self, self.table))
        own = path("export/<slug:form>/", view, name=f"{name_of(self)}_export")
        return [own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "exports": offered(self, request)}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer


def name_of(admin: Any) -> str:
    return f"{admin.opts.app_label}_{admin.opts.model_name}"


def offered(admin: ListExport, request: HttpRequest) -> list[tuple[str, str]]:
    """Title and address of each form; none for whom may not take it along."""
    if not request.user.has_perm(admin.table.permission):
        return []
    return addresses(f"{name_of(admin)}_export", asked(request.GET).urlencode())


def addresses(name: str, query: str | Mapping[str, str] = "") -> list[tuple[str, str]]:
    said = query if isinstance(query, str) else urlencode(query)
    after = f"?{said}" if said else ""
    return [(form.upper(), reverse(f"admin:{name}", args=[form]) + after) for form in FORMS]


def page(admin: Any, table: Table, request: HttpRequest, form: str) -> HttpResponseBase:
    """The file, for the filters of this address. POST, since it leaves a line in the journal."""
    refusal = refused(request, table, form)
    if refusal:
        return refusal
    if not admin.has_view_permission(request):
        raise PermissionDenied
    filters, home = asked(request.GET), f"admin:{name_of(admin)}_changelist"
    request.GET = filters  # type: ignore[assignment]
    try:
        rows = admin.get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        messages.error(request, "These filters cannot be read. Nothing was exported.")
        return redirect(home)
    number = rows.order_by().count()
    if form == "xlsx" and number > XLSX_HOLDS:
        messages.error(request, too_many(table, number))
        return redirect(f"{reverse(home)}?{filters.urlencode()}")
    note(request.user.get_username(), table, form, filters, number)
    return answer(form, table, table.cells(rows))


def refused(request: HttpRequest, table: Table, form: str) -> HttpResponseBase | None:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(table.permission):
        raise PermissionDenied
    if form not in FORMS:
        raise Http404
    return None


def asked(given: QueryDict) -> QueryDict:
    """What says which rows are meant, without what only turns or orders the list."""
    found = given.copy()
    for name in BESIDE & found.keys():
        del found[name]
    return found


def too_many(table: Table, number: int) -> str:
    return (
        f"An XLSX takes at most {table.counted(XLSX_HOLDS)}, and these are {number:,}. Narrow "
        "the list, or take the CSV: it takes them all."
    )


def note(actor: str, table: Table, form: str, filters: QueryDict | None, number: int) -> None:
    """Who took what, before it leaves."""
    given = filters.lists() if filters is not None else ()
    known = {name: ", ".join(map(str, values)) for name, values in given if any(values)}
    which = " (filtered)" if known else ""
    journal.append(
        Entry.Kind.PERSON, f"{table.counted(number)} exported as {form.upper()}{which}",
        actor=actor,
        data={"export": form, "table": table.nouns, "filters": known, "documents": number},
    )  # fmt: skip


# -- files ----------------------------------------------------------------------------------------


def answer(form: str, table: Table, rows: Rows) -> HttpResponseBase:
    title = table.nouns[:1].upper() + table.nouns[1:]
    name = f"{table.nouns.replace(' ', '-')}-{timezone.now():%Y-%m-%d-%H%M}.{form}"
    if form == "xlsx":
        book = workbook(title, table.headings(), rows)
        return FileResponse(book, as_attachment=True, filename=name, content_type=TYPE)
    found = StreamingHttpResponse(
        lines(table.headings(), rows), content_type="text/csv; charset=utf-8"
    )
    found["Content-Disposition"] = f'attachment; filename="{name}"'
    return found


def lines(headings: Sequence[str], rows: Rows) -> Iterator[str]:
    yield BYTE_ORDER_MARK + line(headings)
    for row in rows:
        yield line([written(value) for value in row])


def written(value: Any) -> Any:
    """No text is taken for a formula, no code for a date; a moment says how far it is from UTC."""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value, site_zone()).isoformat(timespec="seconds")
    return protected(value) if isinstance(value, str) else value


def workbook(title: str, headings: Sequence[str], rows: Rows) -> Any:
    book = Workbook(write_only=True)
    sheet(book, title[:31], headings, rows, timezone.now())
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    book.save(file)
    file.seek(0)
    return file
