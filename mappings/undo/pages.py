"""The imports of files: a list, and for each what undoing it would do, with the one button."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from unfold.admin import ModelAdmin
from unfold.decorators import display

from connections.pages.badges import Badge
from connections.pages.moments import when
from connections.pages.read_only import ReadOnly
from mappings.file_import import FileImport
from mappings.imports import large
from mappings.models import Mapping
from mappings.undo import carry
from mappings.undo.taken_file import TakenFile

AT_ONCE = 1000  # rows; more are looked at and undone by a worker
TONES = {"undone": "warning", "undo": "info", "stands": "success", "nothing": ""}
CLASH = "Somebody made one of these rows meanwhile. Nothing was changed; look at it again."


def titles() -> dict[str, str]:
    """Of the tables."""
    return {
        str(each._meta.model_name): str(each._meta.verbose_name_plural)
        for each in Mapping.__subclasses__()
    }


class TableFilter(admin.SimpleListFilter):
    title = "table"
    parameter_name = "table"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, title.capitalize()) for name, title in titles().items()
                if request.user.has_perm(f"mappings.view_{name}")]  # fmt: skip

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(table=self.value()) if self.value() else queryset


@admin.register(TakenFile)
class TakenFileAdmin(ReadOnly, ModelAdmin):
    """Nobody writes here by hand."""

    list_display = ("shown_file", "shown_at", "shown_table", "about", "shown_by", "did",
                    "state")  # fmt: skip
    list_display_links = ("shown_file",)
    list_filter = (TableFilter,)
    list_filter_submit = True
    list_select_related = ("undone", "undoes")
    list_per_page = 50
    list_fullwidth = True
    show_full_result_count = False
    search_fields = ("file__istartswith", "by", "sha256__istartswith")
    search_help_text = "Beginning of the file’s name or of its SHA-256, or who took it"
    empty_title = "Nothing was imported yet"
    empty_next = "Choose Import on the page of a mapping table."
    empty_else = "{whom} imports files of mapping tables; each stands here with what it did."
    empty_takes = "mappings.add_costcodemapping"

    class Media:
        css = {"all": ("mappings/mappings.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[TakenFile]:
        """Of the tables that one may see."""
        rows: QuerySet[TakenFile] = super().get_queryset(request)
        seen = [name for name in titles() if request.user.has_perm(f"mappings.view_{name}")]
        return rows.filter(table__in=seen)

    # -- the list ---------------------------------------------------------------------------------

    @display(description="file")
    def shown_file(self, row: TakenFile) -> str:
        return row.file

    @display(description="when", ordering="id")
    def shown_at(self, row: TakenFile) -> str:
        return when(row.at)

    @display(description="table", ordering="table")
    def shown_table(self, row: TakenFile) -> str:
        return titles().get(row.table, row.table).capitalize()

    @display(description="by", ordering="by")
    def shown_by(self, row: TakenFile) -> str:
        return row.by or "a program"

    @display(description="what it did")
    def did(self, row: TakenFile) -> str:
        """Of an undo: new are those that are restored."""
        told = carry.counted(row) if row.undoes_id else counted(row)
        return told.removesuffix(".")

    @display(description="state", label=TONES)
    def state(self, row: TakenFile) -> Badge:
        if hasattr(row, "undone"):
            return Badge("undone", f"undone by {row.undone.by}")
        if row.undoes_id:
            return Badge("undo", "undo")
        return Badge("stands", "stands") if row.touched else Badge("nothing", "no change")

    # -- the page of one --------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/undo/", wrap(self.undo), name="mappings_takenfile_undo"),
            path("<int:pk>/watch/<int:job>/", wrap(self.watch), name="mappings_takenfile_watch"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What it did, and what undoing it would do."""
        row = self.found(request, object_id)
        may = carry.may(request.user, row.table)
        small = may and not hasattr(row, "undone") and 0 < row.touched <= AT_ONCE
        return self.answer(request, row, carry.preview(row) if small else None)

    def answer(
        self, request: HttpRequest, row: TakenFile, outcome: Any, job: FileImport | None = None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request), "title": titled(row),
            "opts": self.opts, "row": row, "table": titles()[row.table], "outcome": outcome,
            "job": job, "did": self.did(row), "state": self.state(row), "tone": TONES,
            "may": carry.may(request.user, row.table), "at_once": AT_ONCE, "shown": carry.SHOWN,
            "list_url": reverse(f"admin:mappings_{row.table}_changelist"),
        }  # fmt: skip
        return TemplateResponse(request, "mappings/taken_file.html", context)

    def found(self, request: HttpRequest, key: Any) -> TakenFile:
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted = int(key) if str(key).isdigit() else None
        return get_object_or_404(self.get_queryset(request), pk=wanted)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Its own page says what became of it."""
        return self.change_view(request, object_id)

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST only: look first at what is large, else do it."""
        row = self.found(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not carry.may(request.user, row.table):
            raise PermissionDenied
        chosen, key = request.POST.getlist("chosen"), request.POST.get("job", "")
        if key.isdigit():
            preview = get_object_or_404(
                FileImport, pk=key, undoes=row, user_id=request.user.pk, preview=None,
                state=FileImport.State.DONE,
            )  # fmt: skip
            return self._watch(large.confirm(preview, chosen), row)
        if row.touched > AT_ONCE:
            facts = {"table": row.table, "user": request.user, "file": row.file}
            return self._watch(large.start(**facts, undoes=row), row)
        self.do(request, row, chosen)
        return self.back(row)

    def do(self, request: HttpRequest, row: TakenFile, chosen: list[str]) -> None:
        try:
            user: Any = request.user
            said = carry.undo(row, user, chosen)
        except IntegrityError:
            messages.error(request, CLASH)
            return
        for sentence in said:
            messages.success(request, sentence)

    def watch(self, request: HttpRequest, pk: int, job: int) -> HttpResponse:
        """How far the worker is; then what it saw, or did."""
        row = self.found(request, pk)
        found = get_object_or_404(FileImport, pk=job, undoes=row, user_id=request.user.pk)
        if found.is_under_way:
            context = {**self.admin_site.each_context(request), "opts": self.opts, "job": found,
                       "title": titled(row)}  # fmt: skip
            return TemplateResponse(request, "mappings/import_progress.html", context)
        if found.state == FileImport.State.DONE and found.is_preview:
            return self.answer(request, row, found.outcome, found)
        if found.state == FileImport.State.FAILED:
            messages.error(request, found.sentence)
        for sentence in found.outcome.get("said", ()):
            messages.success(request, sentence)
        return self.back(row)

    def _watch(self, job: FileImport, row: TakenFile) -> HttpResponse:
        address = reverse("admin:mappings_takenfile_watch", args=[row.pk, job.pk])
        return HttpResponseRedirect(address)

    def back(self, row: TakenFile) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:mappings_takenfile_change", args=[row.pk]))


def titled(row: TakenFile) -> str:
    return f"{'Undo' if row.undoes_id else 'Import'} of {row.file}"


def counted(row: TakenFile) -> str:
    gone = f", {row.removed:,} removed" if row.removed else ""
    return f"{row.new:,} new, {row.changed:,} changed, {row.same:,} as before{gone}"
