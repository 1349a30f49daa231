"""Cells to values, and values checked: what is the same in many rows is worked out once."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from import_export.fields import Field
from import_export.results import RowResult

from connections.models import Integration
from mappings.imports.widgets import IntegrationWidget


@contextmanager
def all_stay() -> Iterator[None]:
    """Nothing is let go before the end: to look for it again and again is a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclasses.dataclass(slots=True)
class Read:
    """One row of the file as it is understood; `wrong` are its cells that are no codes."""

    cells: dict[str, Any]
    integration: Integration | None
    key: tuple[Any, ...]
    wrong: dict[str, list[str]]


class Called(dict[str, Integration | None]):
    """What stands in the column of integrations -> the one that it means."""

    def __init__(self, widget: IntegrationWidget, only: Integration | None) -> None:
        super().__init__()
        self.widget, self.only = widget, only

    def __missing__(self, name: str) -> Integration | None:
        found = self[name] = self.widget.named(name) if name else self.only
        return found


def outcome(kind: str) -> RowResult:
    found = RowResult()
    found.import_type = kind
    return found


# One of each is enough: a hundred thousand of them would only be counted.
OUTCOMES = {
    kind: outcome(kind)
    for kind in (
        RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE, RowResult.IMPORT_TYPE_SKIP,
    )
}  # fmt: skip


class Column(dict[str, Any]):
    """One column of a file: its text -> the value, or a Wrong."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field, self.name, self.attribute = field, field.column_name, field.attribute

    def __missing__(self, text: str) -> Any:
        try:
            value = self.field.clean({self.name: text})
        except ValueError as error:
            value = Wrong(str(error))
        self[text] = value
        return value


class Wrong:
    """A text of which no value can be made; `why` is a sentence."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why

    @property
    def error(self) -> ValidationError:
        return ValidationError(self.why, code="invalid")


class Checked(dict[Hashable, tuple[Any, list[Any]]]):
    """One field of a model: a value -> the same as the field has it, and what is wrong with it."""

    def __init__(self, field: models.Field[Any, Any]) -> None:
        super().__init__()
        self.field, self.name = field, field.attname

    def of(self, value: Any) -> tuple[Any, list[Any]]:
        key: Hashable = tuple(value.items()) if isinstance(value, dict) else value
        if key not in self:
            self[key] = self.found(value)
        return self[key]

    def found(self, value: Any) -> tuple[Any, list[Any]]:
        """As Model.clean_fields does it."""
        if self.field.blank and value in self.field.empty_values:
            return value, []
        try:
            return self.field.clean(value, None), []
        except ValidationError as error:
            return value, error.error_list


class Fields:
    """The fields of a table that people fill in."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = model._meta.concrete_fields
        self.checked = [
            Checked(field) for field in fields
            if field.editable and not field.primary_key and not field.is_relation
        ]  # fmt: skip

    def problems(self, row: models.Model, known: Iterable[str]) -> dict[str, list[Any]]:
        """Field -> what is wrong with its value; those known to be wrong are left out."""
        found = {}
        values = row.__dict__
        for field in self.checked:
            if field.name in known:
                continue
            value, errors = field.of(values[field.name])
            if errors:
                found[field.name] = list(errors)
            else:
                values[field.name] = value
        return found


def values_of(
    columns: Iterable[Column], cells: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, ValidationError]]:
    """Attribute -> value, and attribute -> what is wrong with its cell."""
    values: dict[str, Any] = {}
    errors = {}
    for column in columns:
        text = cells[column.name]
        value = column[text] if isinstance(text, str) else text
        if isinstance(value, Wrong):
            errors[column.attribute] = value.error
        else:
            values[column.attribute] = value
    return values, errors
