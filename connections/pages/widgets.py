"""A form field for secrets that never shows what is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget


class SecretInput(UnfoldAdminPasswordWidget):
    """Write-only: nothing stored or typed is ever put back into the page."""

    def __init__(self) -> None:
        super().__init__({"autocomplete": "new-password", "spellcheck": "false"})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, None, attrs)
        return context


class SecretFormField(forms.CharField):
    """Blank keeps what is stored."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": SecretInput(), **kwargs})

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)

    def bound_data(self, data: Any, initial: Any) -> None:
        """An invalid form does not echo the secret."""
