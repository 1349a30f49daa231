"""Sign-in at GP's service: a Windows account, Basic, or a token of Entra ID."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from tests.simulators.messages import Request, Response
from tests.simulators.nav_server.access import rejected

from .site import CLIENT_ID, CLIENT_SECRET, DIRECTORY, PASSWORD, SCOPE, TOKEN, UPN, USER

if TYPE_CHECKING:
    from tests.simulators.nav_server import NavSimulator

    from . import GpSimulator

TOKEN_SECONDS = 3600


def check(simulator: GpSimulator, request: Request) -> Response | None:
    """Lets the request pass with None. A handshake steps only once for each request."""
    if "admission" not in request.note:
        request.note["admission"] = _check(simulator, request)
    found: Response | None = request.note["admission"]
    return found


def _check(simulator: GpSimulator, request: Request) -> Response | None:
    mode = simulator.settings["auth"]
    sent = request.headers.get("Authorization", "")
    if mode == "basic":
        return basic(request, sent)
    if mode in ("token", "oauth") or (mode == "mixed" and sent.startswith("Bearer ")):
        return bearer(simulator, request, sent)
    door = SimpleNamespace(
        nav={"challenge": simulator.settings["challenge"]}, listener=simulator.listener
    )
    return simulator.handshakes.check(cast("NavSimulator", door), request)


def basic(request: Request, sent: str) -> Response | None:
    kind, _, text = sent.partition(" ")
    try:
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = password = ""
    known = user.lower() in (USER.lower(), UPN)
    right = hmac.compare_digest(password.encode(), PASSWORD.encode())
    if kind.lower() != "basic" or not known or not right:
        return rejected('Basic realm="GPService"')
    request.note["user"] = user
    return None


def bearer(simulator: GpSimulator, request: Request, sent: str) -> Response | None:
    expires = simulator.state["tokens"].get(sent.removeprefix("Bearer "))
    if not sent.startswith("Bearer ") or expires is None or expires < simulator.timestamp():
        return rejected(f'Bearer authorization_uri="{simulator.url}/{DIRECTORY}/oauth2/authorize"')
    request.note["user"] = "procore-connector"
    return None


def first_tokens() -> dict[str, float]:
    """One that was handed over on paper, good for a long time."""
    return {TOKEN: float("inf")}


def issue(simulator: GpSimulator, request: Request) -> Response:
    """A token for the registered application, as Entra ID gives it."""
    form = request.form()
    wrong = _wrong(form)
    if wrong:
        return Response(400 if wrong != "invalid_client" else 401,
                        {"error": wrong, "error_description": f"AADSTS: {wrong}"})  # fmt: skip
    token = secrets.token_urlsafe(40)
    simulator.state["tokens"][token] = simulator.timestamp() + TOKEN_SECONDS
    body: dict[str, Any] = {"token_type": "Bearer", "expires_in": TOKEN_SECONDS,
                            "ext_expires_in": TOKEN_SECONDS, "access_token": token}  # fmt: skip
    return Response(200, body, {"Cache-Control": "no-store, no-cache"})


def _wrong(form: dict[str, str]) -> str:
    if form.get("grant_type") != "client_credentials":
        return "unsupported_grant_type"
    if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
        return "invalid_client"
    return "" if form.get("scope", form.get("resource")) == SCOPE else "invalid_scope"
