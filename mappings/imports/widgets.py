"""How the cells of a file are read and written, beyond plain text and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from import_export.fields import Field
from import_export.widgets import Widget

from connections.models import Integration
from mappings.reference import ANY


class IntegrationWidget(Widget):
    """An integration by its name or registry name; `known` is filled before an import."""

    known: dict[str, Integration]

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        if not value:
            raise ValueError("the integration is missing")
        if found := self.known.get(str(value).casefold()):
            return found.pk
        raise ValueError(f"unknown integration '{value}'")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return next((row.name for row in self.known.values() if row.pk == value), "")


def integration_field() -> Field:
    return Field("integration_id", "integration", widget=IntegrationWidget())


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
    split = [part.split("=", 1) for part in parts]
    return {code.strip(): value.strip() for code, value in split if value.strip()}


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
