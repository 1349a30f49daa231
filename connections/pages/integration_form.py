"""The form of an integration: only systems that fit its kind."""

from __future__ import annotations

from typing import Any

from django import forms

from connections.integrations import INTEGRATIONS, NAMES, Kind
from connections.models import Connection, Integration
from connections.registry import VENDORS, vendor_label


class IntegrationForm(forms.ModelForm):  # type: ignore[type-arg]
    """`kind_key` is the kind of a new one, which was chosen before; see `form_for_kind`."""

    kind_key = ""

    class Meta:
        model = Integration
        fields = ("name", "project_system", "ledger", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.kind_key:
            self.instance.key = self.kind_key
        for side in NAMES:
            if side in self.fields:
                self.narrow(side)

    def kind(self) -> Kind | None:
        """The one that is typed, where it may be; None where its code is not here now."""
        typed = self.data.get("key") if "key" in self.fields else None
        return INTEGRATIONS.get(typed or self.instance.key)

    def narrow(self, side: str) -> None:
        """Offers what fits, and what stands there. Others that are sent are told why they don't."""
        kind, field = self.kind(), self.fields[side]
        stands = getattr(self.instance, f"{side}_id")
        rows = Connection.objects.values_list("pk", "name", "vendor")
        found = [
            (pk, name) for pk, name, vendor in rows if pk == stands or fits(kind, side, vendor)
        ]
        field.widget.choices = [("", "Select value"), *found]
        if kind:
            none = "" if found else " There is none yet: add it under Connections first."
            field.help_text = f"A connection to {vendor_label(kind.vendor(side))}.{none}"


def fits(kind: Kind | None, side: str, vendor: str) -> bool:
    """Of a kind whose code is not here now, only the side is known."""
    if kind:
        return kind.fits(side, vendor)
    return vendor in VENDORS and (VENDORS[vendor].role == "ledger") == (side == "ledger")


def form_for_kind(key: str) -> type[IntegrationForm]:
    """The form of a new integration of this kind."""
    return type("KindForm", (IntegrationForm,), {"kind_key": key})
