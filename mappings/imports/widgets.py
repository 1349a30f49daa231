"""How the cells of a file are read and written, beyond plain text and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from import_export.fields import Field
from import_export.widgets import Widget

from connections.models import Integration
from mappings.imports.cells import tidy
from mappings.reference import ANY


class IntegrationWidget(Widget):
    """An integration by its key, or its name; by its name where two have one key."""

    def know(self, integrations: Iterable[Integration]) -> None:
        """Called before an import and an export."""
        rows = list(integrations)
        keys = Counter(row.key.casefold() for row in rows)
        spoiled = Counter(name for row in rows for name in without_letters(row.name))
        self.rows, self.shared = {row.pk: row for row in rows}, {k for k in keys if keys[k] > 1}
        self.known = {
            **{name: row for row in rows for name in without_letters(row.name)
               if spoiled[name] == 1},
            **{row.key.casefold(): row for row in rows if row.key.casefold() not in self.shared},
            **{spelled(row.name): row for row in rows},
        }  # fmt: skip

    def named(self, text: str) -> Integration | None:
        return self.known.get(spelled(text))

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        if not value:
            raise ValueError("the integration is missing")
        if found := self.named(str(value)):
            return found.pk
        if spelled(str(value)) in self.shared:
            raise ValueError(f"several integrations are called '{value}': write the name instead")
        raise ValueError(f"unknown integration '{value}'")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        if (row := self.rows.get(value)) is None:
            return ""
        return row.name if row.key.casefold() in self.shared else row.key

    def told(self, value: Any) -> str:
        """As people call it: a file may have the key, which is a name in the code."""
        row = self.rows.get(value)
        return row.name if row else ""


def spelled(name: str) -> str:
    return tidy(name).casefold()


def without_letters(name: str) -> set[str]:
    """As Excel's plain CSV writes it: a ? for what is not in Windows-1252; on a Mac, a _."""
    kept = [one.encode("cp1252", "ignore").decode("cp1252") for one in name]
    return {spelled("".join(one or lost for one in kept)) for lost in "?_"}


def integration_field() -> Field:
    return Field("integration_id", "integration", widget=IntegrationWidget())


def as_read(field: Field, row: Any) -> str:
    """A cell of the row as a person reads it; empty of no row."""
    if row is None:
        return ""
    widget = field.widget
    if isinstance(widget, IntegrationWidget):
        return widget.told(field.get_value(row))
    if in_words := getattr(row, f"get_{field.attribute}_display", None):
        return str(in_words())
    return str(field.export(row))


class AnyWidget(Widget):
    """A part of a rule: `*` means any. An empty cell does, too, once a person agreed to it."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return "" if value in (None, ANY) else str(value)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(value or ANY)


def any_field(name: str) -> Field:
    return Field(name, name, widget=AnyWidget())


class DimensionsWidget(Widget):
    """PROJECT=J-100;COSTCODE=03-300"""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> dict[str, str]:
        return value if isinstance(value, dict) else pairs(value or "")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return ";".join(f"{code}={each}" for code, each in sorted((value or {}).items()))


def pairs(text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if wrong := [part for part in parts if "=" not in part]:
        raise ValueError(f"“{wrong[0]}” is not of the form DIMENSION=VALUE")
    split = [[each.strip() for each in part.split("=", 1)] for part in parts]
    codes = Counter(code.casefold() for code, _ in split)
    if twice := [code for code, _ in split if codes[code.casefold()] > 1]:
        raise ValueError(f"Dimension {twice[0]} stands there twice")
    return {code: value for code, value in split if value}


class YesWidget(Widget):
    """Yes or no, as ledgers and spreadsheets write it; `words` are this column's own."""

    yes: tuple[str, ...] = ("", "yes", "y", "true", "1", "x")
    no: tuple[str, ...] = ("no", "n", "false", "0")

    def __init__(self, yes: Sequence[str] = (), no: Sequence[str] = ()) -> None:
        super().__init__()
        self.yes, self.no = (*self.yes, *yes), (*self.no, *no)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        word = str(value).strip().casefold()
        if word in self.yes:
            return True
        if word in self.no:
            return False
        raise ValueError(f"“{value}” is neither yes nor no.")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "yes" if value else "no"
