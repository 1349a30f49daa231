"""What a person sees who was refused, lost his way, or met an error of ours. No details of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.decorators.csrf import requires_csrf_token

LOST = ("There is no such page", "It may have been removed, or the address has a typing error.")
REFUSED = (
    "Your role does not include this",
    "Somebody whose role does can open it. Nothing was changed.",
)
STALE = (
    "The form was open too long",
    "Go back, load the page anew and send it again. Nothing was changed.",
)
BROKEN = (
    "Something went wrong here",
    "It was written to the log. Nothing is lost: what was under way goes on by itself. Try again "
    "in a minute; if it stays, tell your administrator the time and the address of the page.",
)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404, *LOST)


@requires_csrf_token
def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 403, *REFUSED)


@requires_csrf_token
def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Instead of Django's own page about a form's token."""
    return page(request, 403, *STALE)


@requires_csrf_token
def broken(request: HttpRequest) -> HttpResponse:
    """Asks nothing of anybody: the database itself may be what is broken."""
    return bare(500, *BROKEN)


def page(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    """Within the admin for those who work there; alone for everybody else."""
    if not admin.site.has_permission(request):
        return bare(status, title, sentence)
    context = {
        **admin.site.each_context(request), "title": title, "sentence": sentence,
        "back": came_from(request),
    }  # fmt: skip
    text = loader.render_to_string("error.html", context, request)
    return HttpResponse(text, status=status)


def bare(status: int, title: str, sentence: str) -> HttpResponse:
    context = {"title": title, "sentence": sentence}
    return HttpResponse(loader.render_to_string("error_bare.html", context), status=status)


def came_from(request: HttpRequest) -> str:
    """The page of ours on which the link was; empty when it was another's, or this one."""
    found: Any = urlsplit(request.headers.get("Referer", ""))
    if found.netloc != request.get_host() or found.path == request.path:
        return ""
    path = f"{found.path}?{found.query}" if found.query else str(found.path)
    return path if path.startswith("/") and not path.startswith("//") else ""
