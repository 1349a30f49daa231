"""Who changed what: the database's own record of every change, bulk imports included."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model

from connections.companies.asked import seen
from connections.documents import spelled
from connections.models import Integration
from connections.pages import moments

UNSAID = {"id", "updated_at"}
DONE = {"insert": "Added", "update": "Changed", "delete": "Deleted"}


@dataclasses.dataclass(frozen=True)
class Change:
    """One event: when, who, what was done, and each field's old and new value."""

    at: dt.datetime
    who: str
    done: str
    how: str
    about: str
    fields: list[tuple[str, str, str]]


def changes_of(row: Model) -> list[Change]:
    """The whole history of one row, the newest first."""
    events = events_of(type(row)).filter(pgh_obj_id=row.pk).order_by("pgh_id")
    return list(reversed(list(_changes(list(events)))))


def latest_changes(model: type[Model], count: int) -> list[Change]:
    """The last changes of the whole table, deleted rows included, the newest first."""
    newest = list(events_of(model).order_by("-pgh_id")[:count])
    rows = {event.pgh_obj_id for event in newest}
    before = events_of(model).filter(pgh_obj_id__in=rows).order_by("pgh_id")
    shown = {event.pgh_id for event in newest}
    return list(reversed(list(_changes(list(before), shown))))


def events_of(model: type[Model]) -> Any:
    """Also of rows that are gone; of the companies that whoever asks may see."""
    event_model: Any = model.pgh_event_model  # type: ignore[attr-defined]
    rows, known = event_model.objects.select_related("pgh_context"), seen()
    return rows if known is None else rows.filter(integration__in=known)


def _changes(events: list[Any], shown: set[int] | None = None) -> Iterator[Change]:
    """Events in the order they happened; each is compared with the one before it of its row."""
    people = _people(events)
    integrations = dict(Integration.objects.values_list("pk", "name"))
    last: dict[int, dict[str, str]] = {}
    for event in events:
        before = last.get(event.pgh_obj_id, {})
        after = last[event.pgh_obj_id] = _values(event, integrations)
        if shown is not None and event.pgh_id not in shown:
            continue
        if event.pgh_label == "delete":
            before, after = after, {}
        if fields := _differences(before, after):
            yield _change(event, fields, people)


def _change(event: Any, fields: list[tuple[str, str, str]], people: dict[str, str]) -> Change:
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    return Change(
        event.pgh_created_at, _who(event, people), DONE[event.pgh_label],
        _how(metadata), about_of(event), fields,
    )  # fmt: skip


def _who(event: Any, people: dict[str, str]) -> str:
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    return str(metadata.get("actor") or people.get(str(metadata.get("user")), "the system"))


def who_of(events: list[Any]) -> dict[int, str]:
    """Event's key -> who did it."""
    people = _people(events)
    return {event.pgh_id: _who(event, people) for event in events}


def _how(metadata: dict[str, Any]) -> str:
    if file := metadata.get("undone"):
        return f"by undoing the import of {file}"
    return f"imported from {file}" if (file := metadata.get("file")) else ""


def about_of(event: Any) -> str:
    """The row in its own words, as it was then."""
    names = {field.attname for field in _tracked(event)}
    return str(event.pgh_tracked_model(**{name: getattr(event, name) for name in names}))


def _tracked(event: Any) -> list[Any]:
    """The fields whose changes are kept."""
    return [field for field in event.pgh_tracked_model._meta.concrete_fields
            if hasattr(event, field.attname)]  # fmt: skip


def _people(events: Iterable[Any]) -> dict[str, str]:
    keys = {event.pgh_context.metadata.get("user") for event in events if event.pgh_context}
    found = get_user_model()._default_manager.in_bulk([key for key in keys if key])
    return {str(key): user.get_username() for key, user in found.items()}


def _values(event: Any, integrations: dict[int, str]) -> dict[str, str]:
    fields = [field for field in _tracked(event) if field.name not in UNSAID]
    return {
        str(field.verbose_name).capitalize(): _text(field, getattr(event, field.attname),
                                                    integrations)
        for field in fields
    }  # fmt: skip


def _text(field: Any, value: Any, integrations: dict[int, str]) -> str:
    if value is None:
        return ""
    if field.name == "integration":
        return integrations.get(value, f"integration {value}")
    if isinstance(value, dt.date):
        return moments.day(value)
    if isinstance(value, dict):
        named = {code if field.name == "dimensions" else spelled(code): each
                 for code, each in value.items()}  # fmt: skip
        return ", ".join(f"{code} = {each}" for code, each in sorted(named.items()))
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(dict(field.flatchoices).get(value, value))


def differences_of(
    model: type[Model],
    names: Sequence[str],
    before: Sequence[Any] | None,
    after: Sequence[Any] | None,
    integrations: dict[int, str],
) -> list[tuple[str, str, str]]:
    """(field, old, new) of a row that is told as plain values, named by `names`."""
    fields = [next(each for each in model._meta.concrete_fields if each.attname == name)
              for name in names]  # fmt: skip

    def told(values: Sequence[Any] | None) -> dict[str, str]:
        return {
            str(field.verbose_name).capitalize(): _text(field, value, integrations)
            for field, value in zip(fields, values or (), strict=values is not None)
        }

    return _differences(told(before), told(after))


def _differences(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str, str]]:
    pairs = [(name, before.get(name, ""), after.get(name, "")) for name in before | after]
    return [pair for pair in pairs if pair[1] != pair[2]]
