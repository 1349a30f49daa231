"""The form of an integration: only systems that fit its kind, and a word before a second one."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldBooleanWidget

from connections.integrations import INTEGRATIONS, NAMES, Kind
from connections.models import Connection, Integration
from connections.registry import VENDORS, vendor_label


class IntegrationForm(forms.ModelForm):  # type: ignore[type-arg]
    """`kind_key` is the kind of a new one, which was chosen before; see `form_for_kind`."""

    kind_key = ""
    save_anyway = forms.BooleanField(
        label="Save it all the same", required=False, widget=UnfoldBooleanWidget
    )

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
            field.help_text = f"It is a connection to {vendor_label(kind.vendor(side))}.{none}"

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors or self.cleaned_data.get("save_anyway") or not self.joins_anew():
            return
        if same := self.instance.doubles():
            self.add_error("save_anyway", doubled(self.instance, same))

    def joins_anew(self) -> bool:
        """It is new, or another system was chosen."""
        return bool(self.instance._state.adding or set(NAMES) & set(self.changed_data))


def fits(kind: Kind | None, side: str, vendor: str) -> bool:
    """Of a kind whose code is not here now, only the side is known."""
    if kind:
        return kind.fits(side, vendor)
    return vendor in VENDORS and (VENDORS[vendor].role == "ledger") == (side == "ledger")


def doubled(new: Integration, same: list[Integration]) -> str:
    """What the accountant reads before a second integration of the same companies."""
    names = " and ".join(f"“{one}”" for one in same)
    systems = " and ".join(f"{vendor_label(one.vendor)} “{one}”" for one in new.connections)
    return (
        f"{names} already {'joins' if len(same) == 1 else 'join'} the same companies as {systems}. "
        "With another one, each document may be carried twice. Tick the box if that is meant."
    )


def form_for_kind(key: str) -> type[IntegrationForm]:
    """The form of a new integration of this kind."""
    return type("KindForm", (IntegrationForm,), {"kind_key": key})
