"""Connect: a person consents in the vendor's own pages, which lead back here with a code.

The state is bound to the person's session, works once and for ten minutes; the code is proved by a
verifier that never leaves this machine (PKCE, RFC 7636).
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import Any, Protocol, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from connections.errors import ConnectorError
from connections.models import Connection
from connections.pages.moments import when
from connections.pages.status import label_of, one
from connections.registry import VENDORS
from connections.transport.http import NoJournal

SESSION_KEY = "consents"
LIFE = dt.timedelta(minutes=10)
MOST = 5  # consents that one session may have begun
STALE = "This consent was not begun here, or too long ago. Press Connect again."


class Consenting(Protocol):
    """What the client of such a vendor offers."""

    def hurry(self) -> None: ...

    def new_verifier(self) -> str: ...

    def consent_address(self, back: str, state: str, verifier: str) -> str: ...

    def take_code(self, code: str, verifier: str, back: str, by: str) -> None: ...

    def disconnect(self) -> None: ...


def asks_consent(row: Connection) -> bool:
    """Whether this connection signs in by a person's consent."""
    case = VENDORS[row.vendor].consents if row.vendor in VENDORS else None
    return case is not None and all(row.setting(name) in values for name, values in case.items())


def client_of(row: Connection) -> Consenting:
    client: Consenting = VENDORS[row.vendor].client(row, NoJournal())
    client.hurry()
    return client


def back_address() -> str:
    """Where vendors lead back to; it has to be entered in the vendor's app."""
    return str(settings.PUBLIC_URL).rstrip("/") + reverse("admin:connections_connection_consented")


def page_of(row: Connection) -> HttpResponse:
    return redirect("admin:connections_connection_change", row.pk)


def facts(row: Connection, may_change: bool) -> dict[str, Any]:
    """For the connection's page: who consented and until when."""
    if not asks_consent(row):
        return {}
    over = one(row, "consent", "over")
    given, until = one(row, "consent", "given_at"), one(row, "consent", "ends_at")
    found = [
        ("Connected", f"{when(given)} by {one(row, 'consent', 'given_by')}" if given else "No")
    ]
    found += [("Consent ends", when(until))] if given else []
    found += [("Over", over)] if over else []
    return {"consent_facts": found, "consented": bool(given), "may_connect": may_change}


class ConsentPages:
    """The views, for the admin of connections and those who may change one."""

    def __init__(
        self, admin: ModelAdmin, may_write: Callable[[HttpRequest, Connection], bool]
    ) -> None:
        self.admin, self.may_write = admin, may_write

    def urls(self) -> list[URLPattern]:
        wrap = self.admin.admin_site.admin_view
        name = "connections_connection_"
        return [
            path("<int:pk>/connect/", wrap(self.connect), name=f"{name}connect"),
            path("<int:pk>/disconnect/", wrap(self.disconnect), name=f"{name}disconnect"),
            path("consented/", wrap(self.consented), name=f"{name}consented"),
        ]

    def row(self, request: HttpRequest, pk: int) -> Connection:
        """Raises PermissionDenied, also where there is none."""
        row = self.admin.get_object(request, str(pk))
        if row is None or not self.may_write(request, row) or not asks_consent(row):
            raise PermissionDenied
        return cast(Connection, row)

    def connect(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What will be asked, and the way to the vendor's page."""
        row = self.row(request, pk)
        client, state = client_of(row), secrets.token_urlsafe(32)
        verifier = client.new_verifier()
        remember(request, state, row, verifier)
        context = {
            **self.admin.admin_site.each_context(request),
            "title": f"Connect {row} to {label_of(row)}",
            "opts": self.admin.model._meta,
            "connection": row,
            "vendor": label_of(row),
            "back": back_address(),
            "address": client.consent_address(back_address(), state, verifier),
        }
        return render(request, "connections/connect.html", context)

    def consented(self, request: HttpRequest) -> HttpResponse:
        """The vendor leads back: the code becomes tokens, once."""
        begun = recall(request, request.GET.get("state", ""))
        if begun is None:
            messages.error(request, STALE)
            return redirect("admin:connections_connection_changelist")
        row = self.row(request, begun["connection"])
        code = request.GET.get("code", "")
        if not code:
            words = request.GET.get("error_description") or request.GET.get("error") or "no code"
            messages.error(request, f"{label_of(row)} did not connect: {words[:200]}.")
            return page_of(row)
        return self.finish(request, row, code, begun["verifier"])

    def finish(
        self, request: HttpRequest, row: Connection, code: str, verifier: str
    ) -> HttpResponse:
        try:
            client_of(row).take_code(code, verifier, back_address(), request.user.get_username())
        except ConnectorError as error:
            messages.error(request, f"Not connected: {error.sentence}")
        else:
            self.admin.log_change(request, row, f"Connected to {label_of(row)}")
            messages.success(request, f"{row} is connected to {label_of(row)}.")
        return page_of(row)

    def disconnect(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The consent is revoked there and forgotten here."""
        if request.method != "POST":
            raise PermissionDenied
        row = self.row(request, pk)
        try:
            client_of(row).disconnect()
        except ConnectorError as error:
            messages.warning(
                request,
                f"Forgotten here; {label_of(row)} could not be told. {error.sentence}",
            )
        else:
            messages.success(request, f"{row} is no longer connected.")
        self.admin.log_change(request, row, f"Disconnected from {label_of(row)}")
        return page_of(row)


def remember(request: HttpRequest, state: str, row: Connection, verifier: str) -> None:
    """In the session; the oldest go when there are many."""
    begun = dict(request.session.get(SESSION_KEY, {}))
    until = (timezone.now() + LIFE).isoformat()
    begun[state] = {"connection": row.pk, "verifier": verifier, "until": until}
    latest = sorted(begun, key=lambda one: str(begun[one]["until"]))[-MOST:]
    request.session[SESSION_KEY] = {state: begun[state] for state in latest}


def recall(request: HttpRequest, state: str) -> dict[str, Any] | None:
    """What was begun under this state; once, and not too late."""
    begun = dict(request.session.get(SESSION_KEY, {}))
    found: dict[str, Any] | None = begun.pop(state, None)
    request.session[SESSION_KEY] = begun
    if found is None or dt.datetime.fromisoformat(found["until"]) < timezone.now():
        return None
    return found
