"""The Entra ID token endpoint and what the API thinks of a token."""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from datetime import datetime
from typing import Any

from tests.simulators.messages import Request, Response

from . import errors
from .seed import DOMAIN, TENANT
from .store import State

RESOURCE = "https://api.businesscentral.dynamics.com"


def refusal(now: datetime, error: str, number: int, text: str, status: int) -> Response:
    """An error in the shape of Entra ID."""
    trace, correlation, stamp = uuid.uuid4(), uuid.uuid4(), f"{now:%Y-%m-%d %H:%M:%SZ}"
    return Response(status, {
        "error": error,
        "error_description": f"AADSTS{number}: {text} Trace ID: {trace} Correlation ID: "
                             f"{correlation} Timestamp: {stamp}",
        "error_codes": [number], "timestamp": stamp, "trace_id": str(trace),
        "correlation_id": str(correlation),
        "error_uri": f"https://login.microsoftonline.com/error?code={number}",
    })  # fmt: skip


def known_tenant(tenant: str) -> bool:
    return tenant.lower() in (TENANT, DOMAIN)


def wrong(state: State, tenant: str, form: dict[str, str]) -> tuple[str, int, str, int] | None:
    """Why a request for a token is refused: error, number, text, status."""
    client = form.get("client_id", "")
    app = state.apps.get(client)
    if not known_tenant(tenant):
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
    return _wrong_scope(form)


def _wrong_scope(form: dict[str, str]) -> tuple[str, int, str, int] | None:
    if "resource" in form and "scope" not in form:
        return None
    scope = form.get("scope", "")
    if not scope.endswith("/.default"):
        text = f"The provided value for scope {scope} is not valid. It must end with /.default."
        return "invalid_scope", 1002012, text, 400
    if scope.removesuffix("/.default").rstrip("/") != RESOURCE:
        return "invalid_scope", 70011, f"The provided value for scope {scope} is not valid.", 400
    return None


def token(state: State, tenant: str, request: Request, now: datetime) -> Response:
    """A token of the v2 endpoint; the v1 endpoint writes its numbers as strings."""
    form = request.form()
    problem = wrong(state, tenant, form)
    if problem:
        return refusal(now, *problem)
    seconds = int(state.settings["token_seconds"])
    access = _jwt(form["client_id"], now)
    state.tokens = {key: kept for key, kept in state.tokens.items()
                    if kept["expires"] > now.timestamp()}  # fmt: skip
    state.tokens[access] = {"client": form["client_id"], "expires": now.timestamp() + seconds}
    body: dict[str, Any] = {"token_type": "Bearer", "expires_in": seconds,
                            "ext_expires_in": seconds}  # fmt: skip
    if not request.path.endswith("/v2.0/token"):
        body = {key: str(value) for key, value in body.items()}
        body |= {"not_before": str(int(now.timestamp())), "resource": RESOURCE,
                 "expires_on": str(int(now.timestamp()) + seconds)}  # fmt: skip
    return Response(200, {**body, "access_token": access}, {"Cache-Control": "no-store, no-cache"})


def _jwt(client: str, now: datetime) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"aud": RESOURCE, "appid": client, "tid": TENANT, "iat": int(now.timestamp())}
    return f"{part({'typ': 'JWT', 'alg': 'RS256'})}.{part(claims)}.{secrets.token_urlsafe(48)}"


def user_of(state: State, request: Request) -> str:
    """The client id behind a request's token, or nothing."""
    kept = state.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
    return str(kept["client"]) if kept else ""


def check(state: State, request: Request, tenant: str, now: datetime) -> str:
    """The user of a valid token; every doubt has the same 401."""
    sent = request.headers.get("Authorization", "")
    kept = state.tokens.get(sent.removeprefix("Bearer "))
    if not sent.startswith("Bearer ") or kept is None or kept["expires"] <= now.timestamp():
        raise errors.unauthorized()
    app = state.apps.get(kept["client"])
    if app is None or not app["enabled"] or not app["consent"]:
        raise errors.unauthorized()
    if tenant and not known_tenant(tenant):
        raise errors.unauthorized()
    return str(kept["client"])
