"""The Entra ID token endpoint, and what the environment thinks of a token."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime
from typing import Any

from tests.simulators.business_central.identity import refusal
from tests.simulators.messages import Request, Response

from .model import Row
from .site import DOMAIN, TENANT

Problem = tuple[str, int, str, int]


def wrong(state: Row, request: Request, origin: str) -> Problem | None:
    """Why a request for a token is refused: error, number, text, status."""
    tenant, form = request.params["tenant"].lower(), request.form()
    client = form.get("client_id", "")
    app = state["apps"].get(client)
    if tenant not in (TENANT, DOMAIN):
        return "invalid_request", 90002, f"Tenant '{tenant}' not found.", 400
    if form.get("grant_type") != "client_credentials":
        return "unsupported_grant_type", 70003, "The app requested an unsupported grant type.", 400
    if app is None:
        text = f"Application with identifier '{client}' was not found in the directory."
        return "unauthorized_client", 700016, text, 400
    if form.get("client_secret") != app["secret"]:
        return "invalid_client", 7000215, "Invalid client secret provided.", 401
    if app["secret_expired"]:
        text = f"The provided client secret keys for app '{client}' are expired."
        return "invalid_client", 7000222, text, 401
    if request.path.endswith("/v2.0/token"):
        return _wrong_scope(form.get("scope", ""), origin)
    return _wrong_resource(form.get("resource", ""), origin)


def _wrong_scope(scope: str, origin: str) -> Problem | None:
    if not scope.endswith("/.default"):
        text = f"The provided value for scope {scope} is not valid. It must end with /.default."
        return "invalid_scope", 1002012, text, 400
    return _wrong_resource(scope.removesuffix("/.default"), origin)


def _wrong_resource(resource: str, origin: str) -> Problem | None:
    if resource == origin:
        return None
    if resource.lower().rstrip("/") == origin:
        text = f"The user or administrator has not consented to use '{resource}'."
        return "invalid_grant", 65001, text, 400
    text = f"The resource principal named {resource} was not found in the tenant."
    return "invalid_resource", 500011, text, 400


def token(state: Row, request: Request, origin: str, now: datetime) -> Response:
    """A token; the v1 endpoint writes its numbers as strings."""
    problem = wrong(state, request, origin)
    if problem:
        return refusal(now, *problem)
    start, client = int(now.timestamp()), request.form()["client_id"]
    seconds = int(state["settings"]["token_seconds"])
    access = _jwt(client, origin, start)
    state["tokens"] = {key: kept for key, kept in state["tokens"].items()
                       if kept["expires"] > start}  # fmt: skip
    state["tokens"][access] = {"client": client, "expires": start + seconds}
    body: dict[str, Any] = {"token_type": "Bearer", "expires_in": seconds,
                            "ext_expires_in": seconds}  # fmt: skip
    if not request.path.endswith("/v2.0/token"):
        body = {key: str(value) for key, value in body.items()}
        body |= {"expires_on": str(start + seconds), "not_before": str(start), "resource": origin}
    return Response(200, {**body, "access_token": access}, {"Cache-Control": "no-store, no-cache"})


def _jwt(client: str, origin: str, start: int) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"aud": origin, "appid": client, "tid": TENANT, "iat": start}
    return f"{part({'typ': 'JWT', 'alg': 'RS256'})}.{part(claims)}.{secrets.token_urlsafe(48)}"


def client_of(state: Row, request: Request, now: datetime) -> str:
    """The client id of a valid token whose application is mapped to a user, or nothing."""
    sent = request.headers.get("Authorization", "")
    kept = state["tokens"].get(sent.removeprefix("Bearer "))
    if not sent.startswith("Bearer ") or kept is None or kept["expires"] <= now.timestamp():
        return ""
    app = state["apps"].get(kept["client"])
    return str(kept["client"]) if app and app["mapped"] else ""
