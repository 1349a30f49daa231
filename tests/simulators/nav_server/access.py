"""Sign-in at an on-premises server: Basic with a key, Windows (NTLM), or a token."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Any

from tests.simulators.business_central import errors, identity
from tests.simulators.messages import Request, Response

from .site import ACCESS_KEY, USER

if TYPE_CHECKING:
    from . import NavSimulator

PAGE = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<HTML><HEAD><TITLE>{title}</TITLE><STYLE>body {{font-family: Verdana}}</STYLE></HEAD>
<BODY><h2>{title}</h2><hr><p>HTTP Error {status}. {text}</p></BODY></HTML>
"""


def page(status: int, title: str, text: str, headers: dict[str, str]) -> Response:
    """http.sys answers with a page."""
    body = PAGE.format(status=status, title=title, text=text)
    return Response(status, body, {"Content-Type": "text/html; charset=us-ascii", **headers})


def rejected(challenge: str) -> Response:
    return page(
        401, "Not Authorized", "The requested resource requires user authentication.",
        {"WWW-Authenticate": challenge},
    )  # fmt: skip


def no_instance() -> Response:
    """Nobody listens under this address."""
    return page(404, "Not Found", "The requested resource is not found.", {})


def switched_off(settings: dict[str, Any]) -> Response:
    """A service of the instance that is not enabled."""
    if settings["profile"] == "nav2018":
        return no_instance()
    return page(405, "Method Not Allowed", "The service is not enabled.", {})


def check(simulator: NavSimulator, request: Request) -> Response | None:
    """Lets the request pass with None. An answer is remembered: a handshake steps only once."""
    if "admission" not in request.note:
        mode = simulator.nav["auth"]
        if mode == "windows":
            request.note["admission"] = simulator.handshakes.check(simulator, request)
        elif mode == "oauth":
            request.note["admission"] = token(simulator, request)
        else:
            request.note["admission"] = basic(request, simulator.nav)
    found: Response | None = request.note["admission"]
    return found


def basic(request: Request, settings: dict[str, Any]) -> Response | None:
    """User and web service access key; an expired key is refused like a wrong one."""
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, key = base64.b64decode(sent, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = key = ""
    known = user.upper() == USER and hmac.compare_digest(key.encode(), ACCESS_KEY.encode())
    if kind.lower() != "basic" or not known or settings["key_expired"]:
        return rejected('Basic realm=""')
    request.note["user"] = user
    return None


def token(simulator: NavSimulator, request: Request) -> Response | None:
    """A token of the stand-in for Entra ID."""
    try:
        request.note["user"] = identity.check(simulator.state, request, "", simulator.now())
    except errors.Refused:
        return rejected(f'Bearer authorization_uri="{simulator.url}/common"')
    return None
