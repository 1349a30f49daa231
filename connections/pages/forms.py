"""A form per vendor that asks only what this vendor needs."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from connections.addresses import clean_address, is_address, origin
from connections.fields import WrongKey
from connections.models import Connection
from connections.pages.moments import when
from connections.pages.widgets import SecretFormField
from connections.registry import VENDORS, Case, Field, VendorModule
from connections.transport import tokens

SETTING, SECRET = "setting_", "secret_"


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Base of the vendors' forms. `vendor_key` and the fields come from `form_for`."""

    vendor_key = ""

    class Meta:
        model = Connection
        fields = ("name", "active", "settle_seconds")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.vendor = self.vendor_key
        for field in self.asked(secret=True):
            if name_of(field) in self.fields:
                self.fields[name_of(field)].help_text = secret_help(self.instance, field)
        for field in self.asked(secret=False):
            if name_of(field) in self.fields:
                self.initial[name_of(field)] = self.instance.settings.get(field.name, "")

    def asked(self, *, secret: bool) -> list[Field]:
        return [field for field in VENDORS[self.vendor_key].fields if field.secret == secret]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for field in self.asked(secret=False):
            if is_address(field) and cleaned.get(name_of(field)):
                self.clean_one(cleaned, name_of(field))
        moved = self.moved_hosts(cleaned)
        self.check_plain(cleaned)
        for field in self.asked(secret=True):
            self.check_secret(cleaned, field, moved)
        return cleaned

    def applies(self, cleaned: dict[str, Any], field: Field) -> bool:
        """What a field depends on may be left blank: then its default counts."""
        vendor = VENDORS[self.vendor_key]

        def typed(name: str) -> str:
            return str(cleaned.get(SETTING + name) or vendor.default(name))

        return field.applies(typed)

    def check_plain(self, cleaned: dict[str, Any]) -> None:
        """What is needed in some cases only; Django itself asks for the rest."""
        for field in self.asked(secret=False):
            wanted = field.only_when and field.required and not field.default
            if wanted and not cleaned.get(name_of(field)) and self.applies(cleaned, field):
                self.add_error(name_of(field), f"Give the {field.label.lower()}.")

    def clean_one(self, cleaned: dict[str, Any], name: str) -> None:
        try:
            cleaned[name] = clean_address(cleaned[name])
        except ValidationError as error:
            self.add_error(name, error)

    def moved_hosts(self, cleaned: dict[str, Any]) -> bool:
        """True when a stored secret would be sent to another host than so far."""
        if self.instance.pk is None:
            return False
        fields = [field for field in self.asked(secret=False) if is_address(field)]
        return any(
            origin(cleaned.get(name_of(field)) or field.default)
            != origin(self.instance.setting(field.name))
            for field in fields
        )

    def check_secret(self, cleaned: dict[str, Any], field: Field, moved: bool) -> None:
        if cleaned.get(name_of(field)):
            return
        stored = field.name in self.instance.secrets_set_at
        if stored and moved:
            self.add_error(
                name_of(field),
                "The address changes, so give this secret again: "
                "a stored one is never sent to a new address.",
            )
        elif not stored and field.required and self.applies(cleaned, field):
            self.add_error(name_of(field), f"Give the {field.label.lower()}.")

    def _post_clean(self) -> None:
        """Typed values become settings and secrets."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        names = {name_of(field): field.name for field in self.asked(secret=False)}
        kept = {
            name: value
            for name, value in self.instance.settings.items()
            if name not in names.values()
        }
        typed = {names[key]: self.cleaned_data.get(key, "") for key in names}
        self.instance.settings = kept | {name: value for name, value in typed.items() if value}
        self.take_secrets()

    def take_secrets(self) -> None:
        typed = {
            field.name: self.cleaned_data[name_of(field)]
            for field in self.asked(secret=True)
            if self.cleaned_data.get(name_of(field))
        }
        if not typed:
            return
        try:
            stored = self.instance.secrets or {}
        except WrongKey:
            if not all(name in typed for name in self.instance.secrets_set_at):
                self.add_error(None, "The other stored secrets cannot be read: give all of them.")
                return
            stored = {}
        now = timezone.now().isoformat(timespec="seconds")
        self.instance.secrets = {**stored, **typed}
        self.instance.secrets_set_at |= dict.fromkeys(typed, now)

    def save(self, commit: bool = True) -> Connection:
        """Changed facts are tried at once: the old token and the old findings are gone."""
        facts = {name for name in self.changed_data if name.startswith((SETTING, SECRET))}
        if facts and self.instance.pk:
            tokens.forget(self.instance)
            self.instance.tested_at = self.instance.test_ok = None
            self.instance.test_findings = []
        saved: Connection = super().save(commit)
        return saved


def form_for(vendor_key: str) -> type[ConnectionForm]:
    """The form class of one vendor."""
    members: dict[str, Any] = {
        name_of(field): form_field(field) for field in VENDORS[vendor_key].fields
    }
    members["vendor_key"] = vendor_key
    return type("VendorConnectionForm", (ConnectionForm,), members)


def name_of(field: Field) -> str:
    return (SECRET if field.secret else SETTING) + field.name


def form_field(field: Field) -> forms.Field:
    """The vendor's default is the placeholder; blank means the default."""
    if field.secret:
        return SecretFormField(label=field.label, help_text=field.help)
    common: dict[str, Any] = {
        "label": field.label,
        "help_text": field.help,
        "required": field.required and not field.default and not field.only_when,
    }
    if field.choices:
        empty = dict(field.choices).get(field.default, field.default)
        choices = [("", f"{empty} (default)" if empty else "Select value"), *field.choices]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget(), **common)
    attributes = {"placeholder": field.default, "spellcheck": "false", "autocomplete": "off"}
    return forms.CharField(max_length=500, widget=UnfoldAdminTextInputWidget(attributes), **common)


def conditions() -> dict[str, str]:
    """When each field is shown, for the theme; vendors may share a field and differ in this."""
    depends = {name_of(f) for vendor in VENDORS.values() for f in vendor.fields if f.only_when}
    shown: dict[str, list[str]] = {name: [] for name in depends}
    for vendor in VENDORS.values():
        for field in vendor.fields:
            if name_of(field) in depends:
                shown[name_of(field)].append(
                    f"({on_form_of(vendor)} && {when_shown(vendor, field)})"
                )
    return {name: " || ".join(cases) for name, cases in shown.items()}


def on_form_of(vendor: VendorModule) -> str:
    """In the browser's words: a field that only this vendor has is there, or no other's is."""
    if mark := own_field(vendor):
        return f"typeof {mark} !== 'undefined'"
    marks = [mark for one in VENDORS.values() if (mark := own_field(one))]
    return " && ".join(f"typeof {mark} === 'undefined'" for mark in marks)


def own_field(vendor: VendorModule) -> str:
    others = {f.name for one in VENDORS.values() if one is not vendor for f in one.fields}
    own = (SETTING + f.name for f in vendor.fields if not f.secret and f.name not in others)
    return next(own, "")


def when_shown(vendor: VendorModule, field: Field) -> str:
    cases = " || ".join(case_shown(vendor, case) for case in field.only_when)
    return f"({cases})" if cases else "true"


def case_shown(vendor: VendorModule, case: Case) -> str:
    """A blank choice means its default."""
    parts = []
    for name, values in case.items():
        shown = [*values, *([""] if vendor.default(name) in values else [])]
        parts.append(f"{json.dumps(shown)}.includes({SETTING}{name} ?? '')")
    return f"({' && '.join(parts)})"


def secret_help(connection: Connection, field: Field) -> str:
    """When the secret was set, never what it is."""
    stored = set_on(connection, field)
    state = f"{stored} Leave blank to keep it." if connection.pk else ""
    return " ".join(part for part in (state, field.help) if part)


def set_on(connection: Connection, field: Field) -> str:
    moment = connection.secrets_set_at.get(field.name)
    if not moment:
        return "Not set."
    return f"Set on {when(dt.datetime.fromisoformat(moment))}."
