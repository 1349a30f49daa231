"""Tokens: personal ones and those of the app; what a request may do at all."""

from __future__ import annotations

from typing import Any

from ..messages import Request, Response
from . import site
from .call import Call
from .limits import Limits
from .refusals import Refused, envelope
from .store import Row


def first_tokens() -> dict[str, Row]:
    return {site.TOKEN: personal(site.BOT), site.VIEWER_TOKEN: personal(site.VIEWER)}


def personal(user: int) -> Row:
    return {"kind": "personal", "user": user, "app_id": None, "scopes": None, "expires": None}


class Access(Limits):
    """A personal token never expires; one of the app does, and has only its scopes."""

    def revoke_tokens(self) -> None:
        """Every token is void; `/control/monday/token` makes a new personal one."""
        self.state["tokens"].clear()
        self.state["refreshes"].clear()

    def token_of(self, request: Request) -> Row | None:
        given = str(request.headers.get("Authorization", "")).strip()
        if given.lower().startswith("bearer "):
            given = given[7:].strip()
        kept: Row | None = self.state["tokens"].get(given)
        if kept is None or (kept["expires"] and kept["expires"] <= self.timestamp()):
            return None
        return kept

    def unauthorized(self, message: str = "Not Authenticated") -> Response:
        shape = self.settings["unauthorized_body"]
        if shape == "flat":
            body: Any = {"error_code": "Unauthorized", "status_code": 401, "error_message": message}
            return Response(401, body)
        if shape == "list":
            return Response(401, {"errors": [message]})
        return envelope(401, "NOT_AUTHENTICATED", message)

    def who(self, request: Request) -> Call | Response:
        """The user behind a request, or why there is none."""
        if self.settings["access"] == "ip":
            return self.unauthorized("Your ip is restricted")
        token = self.token_of(request)
        if token is None:
            return self.unauthorized()
        user = self.table("users").get(token["user"])
        if user is None or user["status"] != "ACTIVE":
            return self.unauthorized()
        if user["kind"] in ("view_only", "guest"):
            return envelope(403, "USER_ACCESS_DENIED", "User is not allowed to use the API")
        if self.settings["access"] == "blocked":
            return envelope(200, "API_TEMPORARILY_BLOCKED", "API is temporarily blocked")
        scopes = None if token["scopes"] is None else frozenset(token["scopes"])
        call = Call(user, token["app_id"], scopes)
        return self.with_version(call, request)

    def with_version(self, call: Call, request: Request) -> Call | Response:
        try:
            call.version = version_of(str(request.headers.get("API-Version", "") or ""))
        except Refused as refused:
            return Response(200, {"errors": [refused.formatted]})
        return call


def version_of(header: str) -> str:
    """No header and an unknown quarter mean the current version; an old one the oldest kept."""
    if not header:
        return site.CURRENT
    if header == "dev" or header in site.VERSIONS:
        return site.OLDEST if site.VERSIONS[header] == "deprecated" else header
    year, _, month = header.partition("-")
    if len(year) != 4 or not year.isdigit() or len(month) != 2 or not month.isdigit():
        raise Refused("InvalidVersionException", f"API version {header} is invalid")
    quarter = month in ("01", "04", "07", "10")
    return site.OLDEST if quarter and header < site.OLDEST else site.CURRENT
