"""Which version of which rows a document was coded by: as they were then, and as they are now."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.urls import reverse

from mappings.pages.history import about_of, events_of, who_of

ORDER = ("costcodemapping", "accountrule", "vendorlink", "projectlink", "taxlink")


@dataclasses.dataclass(frozen=True)
class Version:
    """A row as it was when a document was coded."""

    table: str  # in words
    about: str  # the row in its own words, as it was then
    number: int  # the first is 1; 0: the history does not know it
    of: int  # how many there are by now
    who: str
    at: dt.datetime | None
    since: str  # what became of it since; empty: it stands like this
    url: str  # of its history
    seen: bool  # by this person


@dataclasses.dataclass(frozen=True)
class Row:
    """Of a mapping table; it may be gone."""

    model: type[Model]
    key: int
    seen: bool

    @property
    def title(self) -> str:
        return str(self.model._meta.verbose_name)

    def url(self, removed: bool) -> str:
        """Of its history; of one that is gone, of the table's."""
        page = f"admin:mappings_{self.model._meta.model_name}"
        return (
            reverse(f"{page}_changes") if removed else reverse(f"{page}_history", args=[self.key])
        )


def versions(used: Mapping[str, str], user: Any) -> list[Version]:
    """`used`: row (`releases.row_name`) -> when it was changed last, as a record keeps it."""
    tables: dict[str, dict[int, dt.datetime]] = defaultdict(dict)
    for name, moment in used.items():
        table, _, key = name.partition(":")
        tables[table][int(key)] = dt.datetime.fromisoformat(moment)
    known = [table for table in ORDER if table in tables]
    return [
        one for table in known
        for one in _of_table(table, tables[table], user.has_perm(f"mappings.view_{table}"))
    ]  # fmt: skip


def _of_table(table: str, rows: dict[int, dt.datetime], seen: bool) -> Iterator[Version]:
    model: type[Model] = apps.get_model("mappings", table)
    events: dict[int, list[Any]] = defaultdict(list)
    for event in events_of(model).filter(pgh_obj_id__in=rows).order_by("pgh_id"):
        events[event.pgh_obj_id].append(event)
    people = who_of([event for each in events.values() for event in each])
    for key, moment in rows.items():
        yield _version(Row(model, key, seen), moment, events[key], people)


def _version(
    row: Row, moment: dt.datetime, events: list[Any], people: Mapping[int, str]
) -> Version:
    was = [event for event in events if event.pgh_label != "delete"]
    at = next((at for at, event in enumerate(was) if event.updated_at == moment), None)
    removed = bool(events) and events[-1].pgh_label == "delete"
    url = row.url(removed)
    if at is None:
        return Version(row.title, f"no. {row.key}", 0, len(was), "", None, "", url, row.seen)
    event = was[at]
    return Version(
        row.title, about_of(event), at + 1, len(was), people[event.pgh_id], event.pgh_created_at,
        _since(events, event, people), url, row.seen,
    )  # fmt: skip


def _since(events: list[Any], event: Any, people: Mapping[int, str]) -> str:
    last = events[-1]
    if last is event:
        return ""
    if last.pgh_label == "delete":
        return f"removed since, by {people[last.pgh_id]}"
    return f"changed since, last by {people[last.pgh_id]}: now {about_of(last)}"
