"""Every help text of every form in the admin is a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, help_text_for_field
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils.html import strip_tags

from connections.integrations import INTEGRATIONS
from connections.models import Connection, Integration
from connections.registry import VENDORS
from syncs.admin.wizard import ChoiceForm, CommonForm
from syncs.models import FlowSettings

pytestmark = pytest.mark.django_db
SENTENCE = re.compile(r"[“‘(]?[A-Z0-9].*[.!?][”’)]?", re.DOTALL)
OWN_PAGES = {  # they show no form of their fields
    "syncs.record", "syncs.cell", "syncs.period", "syncs.fixrequest", "mappings.takenfile",
    "mappings.boardlayout",
}  # fmt: skip


def everything() -> list[Integration]:
    """A connection to each vendor, an integration of each kind, a row for each of their flows."""
    made = {name: Connection.objects.create(name=name, vendor=name) for name in VENDORS}
    return [
        Integration.objects.create(
            key=key, name=key, project_system=made[kind.project_system], ledger=made[kind.ledger]
        )
        for key, kind in INTEGRATIONS.items()
    ]


def asked() -> HttpRequest:
    """By who may do everything."""
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("root", password="x")
    return request


def texts(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Where, and what is said: as who may change it sees it, and as who may only look."""
    for model, page in admin.site._registry.items():
        if model._meta.label_lower in OWN_PAGES:
            continue
        for row in (None, *(model._default_manager.all()[:200] or [model()])):
            if row is None and model in (FlowSettings, Connection):
                continue  # never added, and added by a page of the vendor
            form = page.get_form(request, row, fields=None)
            shown = flatten_fieldsets(page.get_fieldsets(request, row))
            for name in shown:
                yield from of_field(model._meta.label, form, name)


def of_field(label: str, form: Any, name: str) -> Iterator[tuple[str, str]]:
    where = f"{label}.{name}"
    if name in form.base_fields:
        yield where, str(form.base_fields[name].help_text)
    overridden = form._meta.help_texts or {}
    yield where, str(overridden.get(name, help_text_for_field(name, form._meta.model)))


def filled(form: forms.BaseForm) -> Iterator[tuple[str, str]]:
    """A form's own doing may say otherwise."""
    for name, field in form.fields.items():
        yield f"{type(form).__name__}.{name}", str(field.help_text)


def test_every_help_text_is_a_sentence() -> None:
    integrations = everything()
    rows = list(FlowSettings.objects.select_related("integration"))
    page, request = admin.site._registry[FlowSettings], asked()
    found = [
        *texts(request),
        *(one for row in rows for one in filled(page.get_form(request, row)(instance=row))),
        *(one for row in rows for one in filled(ChoiceForm(instance=row))),
        *(one for each in integrations for one in filled(CommonForm(each))),
    ]
    said = {(where, text) for where, text in found if text}
    assert len(said) > 60, "the forms were looked at"
    wrong = {one for one in said if not SENTENCE.fullmatch(strip_tags(one[1]).strip())}
    assert not wrong, "\n".join(map(str, sorted(wrong)))
