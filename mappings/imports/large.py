"""Large files are previewed and taken by a worker; the page shows how far it is.

The queue belongs to `syncs`, which may import us but not the other way round: it registers who
asks a worker.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.db import connection, transaction
from django.utils import timezone
from import_export.results import Result

from connections.companies.asked import acting, asked_by
from mappings.file_import import SILENT, TRIES, FileImport, free
from mappings.imports.cells import Unreadable
from mappings.models import Mapping
from mappings.undo import carry
from mappings.undo.taken_file import TakenFile

log = logging.getLogger(__name__)
Asker = Callable[[int], object]
_asker: list[Asker] = []
LARGE = (512 * 1024, 100 * 1024)  # bytes of a CSV file, of a workbook, which is packed
SHOWN = 200  # rows that a page shows of each kind
KEPT = dt.timedelta(days=7)
# Of a preview and what follows it.
SAME = ("table", "user", "duty", "upload", "file", "format", "undoes")
UNEXPECTED = "The journal tells whether the file was taken."
GONE = "The uploaded file is gone. Please upload it again."


def register(asker: Asker) -> None:
    """Called once by `syncs` when the application starts. Safe to call twice."""
    _asker[:] = [asker]


def is_large(size: int, kind: str) -> bool:
    return size > LARGE[int(kind)]


def ask(job: FileImport) -> None:
    """In the caller's transaction, as the row is."""
    for asker in _asker:
        asker(job.pk)


def start(**facts: Any) -> FileImport:
    """Asks a worker for the preview of a file, by whoever asks now."""
    FileImport.objects.filter(asked_at__lt=timezone.now() - KEPT).delete()
    with transaction.atomic():
        job = FileImport.objects.create(asked_at=timezone.now(), duty=acting(), **facts)
        ask(job)
    return job


def confirm(preview: FileImport, confirmed: list[str]) -> FileImport:
    """Asks a worker to take the file that was previewed; pressed twice, it is taken once."""
    same = {name: getattr(preview, name) for name in SAME}
    with transaction.atomic():
        job, is_new = FileImport.objects.get_or_create(
            preview=preview,
            defaults={**same, "confirmed": confirmed, "asked_at": timezone.now()},
        )
        if is_new:
            ask(job)
    return job


def ask_again(now: dt.datetime) -> None:
    """Files that the queue or a dead worker lost."""
    lost = FileImport.objects.filter(free(now), asked_at__lt=now - SILENT)
    for job in lost.filter(tries__gte=TRIES):
        job.end(FileImport.State.FAILED, "Its worker stopped before the end, several times.")
    for job in lost.filter(tries__lt=TRIES):
        ask(job)


# -- in the worker --------------------------------------------------------------------------------


def take(pk: int) -> None:
    """Previews or takes one file. Safe to run twice."""
    if (job := FileImport.claim(pk)) is None:
        return
    page: Any = admin.site.get_model_admin(model_of(job.table))
    try:
        with asked_by(job.user, job.duty):
            outcome = carried(page, job)
    except Unreadable as error:
        job.end(FileImport.State.FAILED, str(error))
    except FileNotFoundError:
        job.end(FileImport.State.FAILED, GONE)
    except Exception as error:
        log.exception("a file of %s cannot be taken", job.table)
        job.end(FileImport.State.FAILED, f"Unexpected: {type(error).__name__}. {UNEXPECTED}")
    else:
        job.end(FileImport.State.DONE, outcome=outcome)
        if job.upload and not job.is_preview:
            page.stored(job).remove()


def carried(page: Any, job: FileImport) -> dict[str, Any]:
    """Its end is noted when all is done: who dies before that is followed by another."""
    with told_to_others(job) as report:
        if job.undoes is not None:
            return undone(job, job.undoes, report)
        result = page.carry(job, report)
    outcome = told(result)
    if not job.is_preview and not outcome["wrong"]:
        outcome["said"] = page.imported(job.user.get_username(), result)
    return outcome


def undone(job: FileImport, taken: TakenFile, report: carry.Report) -> dict[str, Any]:
    """An import is undone with the rights that its user has by now."""
    if job.is_preview:
        return carry.preview(taken, report)
    if not carry.may(job.user, taken.table):
        raise Unreadable("The right to undo it was taken away meanwhile. Nothing was changed.")
    return {"said": carry.undo(taken, job.user, job.confirmed, report, resumed=job.tries > 1)}


def model_of(table: str) -> type[Mapping]:
    return next(each for each in Mapping.__subclasses__() if each._meta.model_name == table)


class told_to_others:
    """How far it is, in a session of its own: the import's transaction is seen by nobody yet."""

    def __init__(self, job: FileImport) -> None:
        self.job = job

    def __enter__(self) -> Callable[[int, int], None]:
        self.session = connection.copy()
        return partial(self.tell)

    def tell(self, done: int, rows: int) -> None:
        with self.session.cursor() as cursor:
            cursor.execute(
                "UPDATE mappings_fileimport SET rows_done = %s, rows = %s, seen_at = now() "
                "WHERE id = %s",
                [done, rows, self.job.pk],
            )

    def __exit__(self, *error: object) -> None:
        self.session.close()


def is_wrong(result: Result) -> bool:
    return bool(result.has_errors() or result.has_validation_errors() or result.error_rows)


def told(result: Result) -> dict[str, Any]:
    """What the pages show of it, as JSON."""
    return {
        "totals": dict(result.totals),
        "total_rows": result.total_rows,
        "changed": result.changed,
        "notes": result.notes,
        "booked": result.booked,
        "base_errors": [{"error": str(each.error)} for each in result.base_errors],
        "wrong_rows": result.wrong_rows[:SHOWN],
        "wrong_count": result.wrong_count,
        "previews": result.previews,
        "questions": [
            {"sentence": each.sentence, "digest": each.digest, "shown": each.shown}
            for each in result.questions
        ],
        "gone": result.gone[:SHOWN],
        "gone_count": result.gone_count,
        "wrong": is_wrong(result),
    }
