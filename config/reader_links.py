"""The admin links every row that a read-only field names, also where the reader may not go.

Here such a link is made only for who may follow it; the others read the name.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest, HttpResponse
from unfold.fields import UnfoldAdminReadonlyField

reader: ContextVar[HttpRequest | None] = ContextVar("reader", default=None)
linked = UnfoldAdminReadonlyField.get_admin_url


def middleware(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Knows who reads while the page is made."""

    def known(request: HttpRequest) -> HttpResponse:
        token = reader.set(request)
        try:
            return answer(request)
        finally:
            reader.reset(token)

    return known


def where_allowed(field: Any, remote_field: Any, remote: Any) -> Any:
    request, meta = reader.get(), remote_field.model._meta
    needed = f"{meta.app_label}.{{}}_{meta.model_name}"
    if request and any(request.user.has_perm(needed.format(verb)) for verb in ("view", "change")):
        return linked(field, remote_field, remote)
    return str(remote)


def connect() -> None:
    """Called once when the application starts. Safe to call twice."""
    UnfoldAdminReadonlyField.get_admin_url = where_allowed
