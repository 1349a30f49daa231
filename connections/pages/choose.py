"""A first page that asks one thing; the form behind it then offers only what goes with it."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.admin import ModelAdmin

Choice = tuple[str, str, str]  # key, label, note


def choose(
    admin: ModelAdmin,
    request: HttpRequest,
    name: str,
    choices: Iterable[Choice],
    **words: str,
) -> HttpResponse:
    """Links to the same page with `name` in its address. `words`: title and question."""
    if not admin.has_add_permission(request):
        raise PermissionDenied
    context = {
        **admin.admin_site.each_context(request),
        **words,
        "opts": admin.model._meta,
        "choices": [(address(request, name, key), label, note) for key, label, note in choices],
    }
    return render(request, "connections/choose.html", context)


def address(request: HttpRequest, name: str, key: str) -> str:
    query = request.GET.copy()
    query[name] = key
    return f"?{query.urlencode()}"
