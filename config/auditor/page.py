"""The page on which an auditor asks for the package of a period."""

from __future__ import annotations

import datetime as dt
import tempfile
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from unfold.widgets import UnfoldAdminSingleDateWidget

from config.access.page import sees_all
from config.auditor import package
from config.auditor.tables import Period

PERMISSION = "audit.export_package"
MOST = 200_000  # lines of the journal that a page is waited for; the command takes any number


def month_before() -> dt.date:
    """The first day of the month before this one."""
    return (timezone.localdate().replace(day=1) - dt.timedelta(days=1)).replace(day=1)


class PeriodForm(forms.Form):
    first = forms.DateField(label="From", widget=UnfoldAdminSingleDateWidget, initial=month_before)
    last = forms.DateField(
        label="To, inclusive", widget=UnfoldAdminSingleDateWidget, initial=timezone.localdate
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if not first or not last:
            return data
        if first > last:
            raise forms.ValidationError("The period ends before it begins.")
        start, end = package.midnight(first), package.midnight(last + dt.timedelta(days=1))
        count = Period(start, end).lines().count()
        if not count:
            raise forms.ValidationError("The journal has no line of these days.")
        if count > MOST:
            raise forms.ValidationError(
                f"These are {count:,} lines of the journal. Choose a shorter period, or let the "
                f"administrator run: manage.py auditor_package {first} {last}"
            )
        return data


def page(request: HttpRequest) -> FileResponse | HttpResponse:
    """A form; the archive once it is filled in."""
    if not may(request):
        raise PermissionDenied
    form = PeriodForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return archive(form.cleaned_data, request.user.get_username())
    context = {**admin.site.each_context(request), "title": "Auditor’s package", "form": form}
    return render(request, "audit/package.html", context)


def may(request: HttpRequest) -> bool:
    """The chain of the journal is of all companies, and is proved whole."""
    return request.user.has_perm(PERMISSION) and sees_all()


def archive(period: dict[str, dt.date], actor: str) -> FileResponse:
    file = tempfile.TemporaryFile()  # noqa: SIM115 the answer closes it
    package.pack(file, period["first"], period["last"], actor)
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename=package.name_of(period["first"], period["last"])
    )
