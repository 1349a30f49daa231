"""What the journal and the person are told of an import, and what undoing it has to know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pghistory
import tablib
from django.db import transaction
from import_export.results import Result

from mappings.boards.journal import PERSON, journal_of
from mappings.models import Mapping
from mappings.undo.taken_file import TakenFile


@contextmanager
def one_change(database: str) -> Iterator[None]:
    """A transaction whose changes belong together in the history."""
    with pghistory.context(), transaction.atomic(database):
        yield


def leave_a_line(
    table: type[Mapping],
    dataset: tablib.Dataset,
    result: Result,
    keys: dict[str, str],
    given: dict[str, Any],
) -> None:
    """In the import's transaction: who took which file, and what came of it.

    `keys`: the integrations that it is about, with their names.
    """
    user, file = given.get("user"), given.get("file_name") or "a file"
    name, key = user.get_username() if user else "", next(iter(keys)) if len(keys) == 1 else ""
    facts = {
        "file": file, "sha256": getattr(dataset, "sha256", ""), "table": table._meta.model_name,
        "rows": result.total_rows, "new": result.totals["new"],
        "changed": result.totals["update"], "same": result.totals["skip"],
        "removed": result.gone_count,
    }  # fmt: skip
    remember(facts, name, key, ", ".join(sorted(keys.values())))
    said = f"“{file}” was imported into {table._meta.verbose_name_plural}: {counted(result)}"
    journal_of(key, name).append(PERSON, said, facts)


def remember(facts: dict[str, Any], name: str, key: str, about: str) -> None:
    """What it did to each row is in the history, under the context that is open."""
    told = {each: facts[each] for each in ("sha256", "table", "new", "changed", "same", "removed")}
    with pghistory.context() as change:
        TakenFile.objects.create(
            **told, file=facts["file"][:300], by=name, key=key, about=about[:300],
            context=change.id,
        )  # fmt: skip


def counted(result: Result) -> str:
    new, changed, same = (result.totals[name] for name in ("new", "update", "skip"))
    gone = f", {result.gone_count:,} removed" if result.gone_count else ""
    return f"{new:,} new, {changed:,} changed, {same:,} as before{gone}."
