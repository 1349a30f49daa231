"""What an import did to each row, and how the row stands now: read from the history, in chunks."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet, TextChoices

from mappings import validity
from mappings.imports.heading import DAYS
from mappings.imports.narrowed import named_by
from mappings.models import Mapping
from mappings.validity import Dated

CHUNK = 1000
Values = tuple[Any, ...]


class Act(TextChoices):
    """What undoing means for a row."""

    REMOVE = "remove", "removed"
    PUT_BACK = "put_back", "put back"
    RESTORE = "restore", "restored"
    SAME = "same", "as before already"
    CHANGED = "changed", "changed since"
    UNTOLD = "untold", "cannot be undone"


@dataclasses.dataclass(frozen=True)
class Step:
    """One row: as it was before, as the import left it, as it is now. None: it was not there."""

    key: int
    before: Values | None
    after: Values | None
    now: Values | None
    other: int = 0  # another row that stands for the same now, on one of its days
    several: bool = False  # there are more of them
    told: bool = True  # the history says what was before

    @property
    def act(self) -> Act:
        """What is done unasked."""
        if not self.told:
            return Act.UNTOLD
        if self.now == self.before:
            return Act.SAME
        return Act.CHANGED if self.other or self.now != self.after else self.forced

    @property
    def forced(self) -> Act:
        """What is done where a person asked for it."""
        if self.before is None:
            return Act.REMOVE
        if self.several:
            return Act.UNTOLD
        if self.now is None:
            return Act.PUT_BACK if self.other else Act.RESTORE
        return Act.UNTOLD if self.other else Act.PUT_BACK

    @property
    def target(self) -> int:
        """The row that is written: where its own is gone, the one in its place."""
        return self.other if self.other and self.now is None else self.key

    @property
    def seen(self) -> str:
        """The row as a person saw it, so that nothing else is overwritten."""
        proof = hashlib.sha256(repr((self.now, self.other)).encode()).hexdigest()
        return f"{self.key}:{proof[:16]}"


class Table:
    """A mapping table with its history, as plain values."""

    def __init__(self, name: str) -> None:
        self.model: type[Mapping] = apps.get_model("mappings", name)
        event: Any = self.model.pgh_event_model
        self.events: QuerySet[Any] = event.objects.all()
        self.is_dated = issubclass(self.model, Dated)
        kept = {field.attname for field in event._meta.concrete_fields} - {"id", "updated_at"}
        self.names = [
            field.attname for field in self.model._meta.concrete_fields if field.attname in kept
        ]
        self.keys = [self.names.index(name) for name in named_by(self.model)]

    def row(self, values: Values, key: int | None = None) -> Mapping:
        row = self.model(**dict(zip(self.names, values, strict=True)))
        row.pk = key
        return row

    def dated(self, values: Values) -> Any:
        return self.row(values)

    def together(self) -> AbstractContextManager[None]:
        """Around what is written: its rows may be in each other's way before the end."""
        table: Any = self.model
        return validity.together(table) if self.is_dated else nullcontext()

    def touched(self, context: UUID) -> list[int]:
        rows = self.events.filter(pgh_context_id=context).order_by("pgh_obj_id")
        return list(rows.values_list("pgh_obj_id", flat=True).distinct())

    def steps(self, context: UUID, *, lock: bool = False) -> Iterator[list[Step]]:
        """`lock`: the rows are ours until the transaction ends."""
        touched = self.touched(context)
        for start in range(0, len(touched), CHUNK):
            yield self._steps(context, touched[start : start + CHUNK], lock)

    def _steps(self, context: UUID, keys: list[int], lock: bool) -> list[Step]:
        before, after = self._told(context, keys)
        now = dict(self._standing({"pk__in": keys}, lock))
        others = self._others(context, before, now, lock)
        return [
            Step(
                key, before.get(key), after[key], now.get(key), *others.get(key, (0, False)),
                told=key in before,
            )
            for key in keys
        ]  # fmt: skip

    def _told(
        self, context: UUID, keys: list[int]
    ) -> tuple[dict[int, Values | None], dict[int, Values | None]]:
        """What each row was before that context, and what it was when that ended."""
        before: dict[int, Values | None] = {}
        after: dict[int, Values | None] = {}
        events = self.events.filter(pgh_obj_id__in=keys).order_by("pgh_id")
        for key, where, label, *told in events.values_list(
            "pgh_obj_id", "pgh_context_id", "pgh_label", *self.names
        ):
            values = None if label == "delete" else tuple(told)
            if where == context:
                if label != "update":
                    before.setdefault(key, None if label == "insert" else tuple(told))
                after[key] = values
            elif key not in after:
                before[key] = values
        return before, after

    def _standing(self, which: dict[str, Any], lock: bool) -> Iterator[tuple[int, Values]]:
        rows = self.model._default_manager.filter(**which).order_by("pk")
        rows = rows.select_for_update() if lock else rows
        for key, *values in rows.values_list("pk", *self.names):
            yield key, tuple(values)

    def _others(
        self, context: UUID, before: dict[int, Values | None], now: dict[int, Values], lock: bool
    ) -> dict[int, tuple[int, bool]]:
        """Row -> another one that stands for what this one stood for, and whether there are more.

        Those that the same change made or moved, and that stand as it left them, make way.
        """
        moved = {
            key: was for key, was in before.items()
            if was and (key not in now or self.placed(now[key]) != self.placed(was))
        }  # fmt: skip
        if not moved:
            return {}
        parts = zip(*map(self.named, moved.values()), strict=True)
        which = {
            f"{self.names[at]}__in": set(part) for at, part in zip(self.keys, parts, strict=True)
        }
        standing = dict(self._standing(which, lock))
        _, left = self._told(context, list(standing))
        by_name = defaultdict[Values, list[int]](list)
        for key, values in standing.items():
            if left.get(key, ()) != values:
                by_name[self.named(values)].append(key)
        found = {
            key: [other for other in by_name[self.named(was)]
                  if other != key and self.meet(was, standing[other])]
            for key, was in moved.items()
        }  # fmt: skip
        return {key: (others[0], len(others) > 1) for key, others in found.items() if others}

    def placed(self, values: Values) -> Values:
        """What it stands for, and on which days."""
        return (*self.named(values), *self.days(values))

    def days(self, values: Values) -> Values:
        return tuple(values[self.names.index(name)] for name in DAYS if name in self.names)

    def meet(self, one: Values, other: Values) -> bool:
        """Of rows for the same: on some day both stand."""
        return not self.is_dated or validity.overlap(self.dated(one), self.dated(other))

    def named(self, values: Values) -> Values:
        return tuple(values[at] for at in self.keys)
