"""Import and export in the admin: who may, how a file is read, what is shown of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pghistory
import tablib
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from import_export.admin import ImportExportMixin
from import_export.results import Result
from unfold.contrib.import_export.forms import ExportForm

from mappings import releases
from mappings.file_import import FileImport
from mappings.imports import large
from mappings.imports.cells import Unreadable
from mappings.imports.formats import FORMATS, reading
from mappings.imports.resources import MappingResource
from mappings.imports.telling import counted
from mappings.imports.uploads import Uploads, belongs_to, must_belong_to
from mappings.pages import words
from mappings.pages.forms import FileForm

log = logging.getLogger(__name__)


class TransferMixin(ImportExportMixin):
    """Mixed into the admin of each mapping table."""

    resource_classes: ClassVar[list[type[MappingResource]]]
    import_form_class = FileForm
    export_form_class = ExportForm
    tmp_storage_class = Uploads
    import_template_name = "mappings/import.html"
    skip_admin_log = True  # the history page shows what the database recorded

    def get_import_formats(self) -> list[type]:
        return reading(self.resource_classes[0].heading())

    def get_export_formats(self) -> list[type]:
        return list(FORMATS)

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Importing is adding and changing: without both rights there is nothing to import."""
        may = self.has_add_permission(request) or self.has_change_permission(request)
        return bool(may and super().has_import_permission(request))

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        if isinstance(e, Unreadable):
            form.add_error("import_file", str(e))
            return
        log.error("an uploaded file cannot be read", exc_info=e)
        form.add_error("import_file", "The file cannot be read. Save it anew as .xlsx.")

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """All or nothing: one bad row and no row is taken."""
        confirmed = frozenset(kwargs["request"].POST.getlist("confirmed"))
        return {
            **super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True,
            "confirmed": confirmed,
        }  # fmt: skip

    # -- large files ------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_import_progress"
        view = self.admin_site.admin_view(self.import_progress)
        return [path("import/<int:pk>/", view, name=name), *super().get_urls()]

    def import_action(self, request: HttpRequest, **kwargs: Any) -> Any:
        """A worker previews a large file. The page names the columns also beside one that could not
        be read."""
        if request.method == "POST" and self.has_import_permission(request):
            form = self.create_import_form(request)
            if form.is_valid():
                file, kind = form.cleaned_data["import_file"], form.cleaned_data["format"]
                if large.is_large(file.size, kind):
                    stored = self.write_to_tmp_storage(file, FORMATS[int(kind)]())
                    belongs_to(stored.name, request.user.pk)
                    return self._watch(large.start(
                        table=self.opts.model_name, user=request.user, upload=stored.name,
                        file=file.name, format=kind,
                    ))  # fmt: skip
        answer = super().import_action(request, **kwargs)
        shown = answer.context_data
        shown["fields_list"] = shown["fields_list"] or self._fields_list()
        return answer

    def _fields_list(self) -> list[tuple[str, list[str]]]:
        return [
            ("", [field.column_name for field in resource().get_user_visible_fields()])
            for resource in self.resource_classes
        ]

    def import_progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far a large file is; then what came of it."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        job = get_object_or_404(
            FileImport, pk=pk, table=self.opts.model_name, user_id=request.user.pk, undoes=None
        )
        shown = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Import"}
        if job.is_under_way:
            return TemplateResponse(request, "mappings/import_progress.html", {**shown, "job": job})
        if job.state == FileImport.State.FAILED:
            messages.error(request, job.sentence)
            return HttpResponseRedirect(self._page("import"))
        if not job.is_preview:
            return self._taken(request, job.outcome)
        form = None if job.outcome["wrong"] else self.get_confirm_form_class(request)(initial={
            "import_file_name": job.upload, "original_file_name": job.file, "format": job.format,
        })  # fmt: skip
        shown |= {
            "result": job.outcome, "confirm_form": form, "job": job, "media": self.media,
            "form": self.get_import_form_class(request)(FORMATS, self.resource_classes),
            "fields_list": self._fields_list(),
        }  # fmt: skip
        return TemplateResponse(request, self.import_template_name, shown)

    def _watch(self, job: FileImport) -> HttpResponse:
        return HttpResponseRedirect(
            reverse(
                f"admin:{self.opts.app_label}_{self.opts.model_name}_import_progress",
                args=[job.pk],
            )
        )

    def _taken(self, request: HttpRequest, outcome: dict[str, Any]) -> HttpResponse:
        if outcome["wrong"]:
            first = next((each["error"] for each in outcome["base_errors"]), "")
            return self._nothing(request, outcome["wrong_count"], first)
        for said in outcome.get("said", ()):
            messages.success(request, said)
        return HttpResponseRedirect(self._page("changelist"))

    def carry(self, job: FileImport, report: Callable[[int, int], None]) -> Result:
        """What a worker does with a large file, with the rights that its user has by now."""
        input_format = self.get_import_formats()[int(job.format)]()
        dataset = input_format.create_dataset(self.stored(job).read())
        report(0, len(dataset))
        resource = self.resource_classes[0]()
        resource.report, resource.again = report, job.tries > 1
        with pghistory.context(user=job.user_id, file=job.file):
            return resource.import_data(
                dataset, dry_run=job.is_preview, file_name=job.file, user=job.user,
                confirmed=frozenset(job.confirmed), rollback_on_validation_errors=True,
            )  # fmt: skip

    def stored(self, job: FileImport) -> Any:
        return self.tmp_storage_class(name=job.upload, read_mode="rb")

    # -- taking -----------------------------------------------------------------------------------

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_confirm_form_initial(request, import_form)
        if name := initial.get("import_file_name"):
            belongs_to(name, request.user.pk)
        return initial

    def create_confirm_form(self, request: HttpRequest, import_form: Any = None) -> Any:
        """Raises FileNotFoundError for another's file."""
        if import_form is None:
            must_belong_to(request.POST.get("import_file_name", ""), request.user.pk)
        return super().create_confirm_form(request, import_form)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if (key := request.POST.get("job", "")).isdigit() and self.has_import_permission(request):
            preview = get_object_or_404(
                FileImport, pk=key, table=self.opts.model_name, user_id=request.user.pk,
                preview=None, undoes=None, state=FileImport.State.DONE, outcome__wrong=False,
            )  # fmt: skip
            return self._watch(large.confirm(preview, request.POST.getlist("confirmed")))
        try:
            answer: HttpResponse = super().process_import(request, **kwargs)
        except (FileNotFoundError, Unreadable):
            messages.error(request, large.GONE)
            return HttpResponseRedirect(self._page("import"))
        return answer

    def process_dataset(
        self, dataset: tablib.Dataset, form: Any, request: HttpRequest, **kwargs: Any
    ) -> Result:
        """Every change is recorded with the file's name."""
        with pghistory.context(file=form.cleaned_data.get("original_file_name", "")):
            return super().process_dataset(dataset, form, request, **kwargs)

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """The tables may have changed since the preview: then nothing was taken."""
        if large.is_wrong(result):
            first = next((str(each.error) for each in result.base_errors), "")
            return self._nothing(request, len(result.invalid_rows) + len(result.error_rows), first)
        answer: HttpResponse = super().process_result(result, request)
        for said in self.imported(request.user.get_username(), result):
            messages.success(request, said)
        return answer

    def _nothing(self, request: HttpRequest, count: int, first: str) -> HttpResponse:
        said = f"{count:,} problems came up since the preview. Upload the file again to see them."
        if first:
            said = f"{first} Upload the file again."
        messages.error(request, f"Nothing was imported: {said}")
        return HttpResponseRedirect(self._page("import"))

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        """`imported` says it."""

    def imported(self, user: str, result: Result) -> list[str]:
        """What is to be said of it; what waited for these rows is released."""
        return [f"Imported: {counted(result)}", *self.release_imported(user, result)]

    def release_imported(self, user: str, result: Result) -> Iterator[str]:
        for integration, wanted in result.wanted:
            found = releases.release(integration, wanted, user, "Mappings imported")
            if said := words.released(found, words.currency_of(integration.ledger)):
                yield f"{integration}: {said}"
        for integration, rows in result.altered:
            found = releases.again(integration, rows, user, "Mappings imported")
            if said := words.anew(found, words.currency_of(integration.ledger)):
                yield f"{integration}: {said}"

    def _page(self, name: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}")
