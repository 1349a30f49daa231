"""Import and export in the admin: who may, how a file is read, what is shown of it."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path
from typing import Any, ClassVar

import pghistory
import tablib
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from import_export.admin import ImportExportMixin
from import_export.results import Result
from import_export.tmp_storages import TempFolderStorage
from unfold.contrib.import_export.forms import ExportForm

from mappings import releases
from mappings.imports.cells import Unreadable
from mappings.imports.formats import FORMATS, reading
from mappings.imports.resources import MappingResource
from mappings.pages import words
from mappings.pages.forms import FileForm

log = logging.getLogger(__name__)
KEPT = dt.timedelta(days=1)


class Uploads(TempFolderStorage):
    """A folder of our own for files between preview and confirmation; swept of old ones."""

    name: str

    def get_full_path(self) -> str:
        return str(folder() / Path(str(self.name)).name)

    def _open(self, mode: str = "r") -> Any:
        if not self.name:
            sweep()
            self.name = f"{timezone.now():%Y%m%d%H%M%S}-{id(self):x}"
        return (folder() / Path(self.name).name).open(f"{mode.rstrip('b')}b")


def folder() -> Path:
    path = Path(settings.MEDIA_ROOT) / "imports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def sweep() -> None:
    """Files whose preview nobody confirmed."""
    oldest = (timezone.now() - KEPT).timestamp()
    for path in folder().iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


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

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            answer: HttpResponse = super().process_import(request, **kwargs)
        except (FileNotFoundError, Unreadable):
            messages.error(request, "The uploaded file is gone. Please upload it again.")
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
        if result.has_errors() or result.has_validation_errors():
            count = len(result.invalid_rows) + len(result.error_rows)
            said = f"{count} problems came up since the preview. Upload the file again to see them."
            for error in result.base_errors[:1]:
                said = f"{error.error} Upload the file again."
            messages.error(request, f"Nothing was imported: {said}")
            return HttpResponseRedirect(self._page("import"))
        answer: HttpResponse = super().process_result(result, request)
        self.release_imported(request, result)
        return answer

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        new, changed, same = (result.totals[name] for name in ("new", "update", "skip"))
        said = f"Imported: {new:,} new, {changed:,} changed, {same:,} as before."
        messages.success(request, said)

    def release_imported(self, request: HttpRequest, result: Result) -> None:
        for integration, wanted in result.wanted:
            found = releases.release(
                integration, wanted, request.user.get_username(), "Mappings imported"
            )
            if said := words.released(found, words.currency_of(integration.ledger)):
                messages.success(request, f"{integration}: {said}")

    def _page(self, name: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}")
