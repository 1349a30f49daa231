"""Sign-in: the token endpoint, token checks, the company header and the rate windows."""

from __future__ import annotations

import secrets
from typing import Any

from ..messages import HttpError, Request, Response
from ..routes import route
from .base import COMPANY_ID, USER_ID, Base, refuse
from .limits import DEFAULTS, MESSAGE, Limiter, Limits, checked

CLIENT_ID = "demo-procore-client"
CLIENT_SECRET = "demo-procore-secret"
SETTINGS = {
    "company_header": ("404", "400", "off"),
    "denied_status": (403, 404),
    "unauthorized_body": ("errors", "error", "message"),
}


class SignIn(Base):
    """Everything that happens to a request before its resource is asked."""

    client_id, client_secret = CLIENT_ID, CLIENT_SECRET

    def __init__(self, **options: Any) -> None:
        self.limits: Limits = dict(DEFAULTS)
        self.limiters: dict[tuple[str, str], Limiter] = {}
        super().__init__(**options)

    # Tokens.

    def _credentials(self, request: Request) -> dict[str, Any]:
        kind = str(request.headers.get("Content-Type", ""))
        try:
            data = request.json() if "json" in kind else request.form()
        except ValueError:
            data = None
        return data if isinstance(data, dict) else {}

    def _client_is_known(self, data: dict[str, Any]) -> bool:
        given = (str(data.get("client_id")), str(data.get("client_secret")))
        return given == (self.client_id, self.client_secret)

    @route("POST", "/oauth/token")
    def token(self, request: Request) -> Response:
        data = self._credentials(request)
        if data.get("grant_type") != "client_credentials":
            text = "The authorization grant type is not supported by the authorization server."
            return Response(400, {"error": "unsupported_grant_type", "error_description": text})
        if not self._client_is_known(data):
            text = "Client authentication failed due to unknown client, or bad secret."
            return Response(401, {"error": "invalid_client", "error_description": text})
        now, token = self.timestamp(), f"eyJ0{secrets.token_urlsafe(40)}"
        life = int(self.settings["token_seconds"])
        self.state["tokens"][token] = {"created": now, "expires": now + life}
        self._forget_old_tokens(now)
        return Response(200, {
            "access_token": token, "token_type": "Bearer", "expires_in": life,
            "created_at": int(now),
        })  # fmt: skip

    def _forget_old_tokens(self, now: float) -> None:
        tokens = self.state["tokens"]
        for token in [token for token, kept in tokens.items() if kept["expires"] < now - 86400]:
            del tokens[token]

    @route("GET", "/oauth/token/info")
    def token_info(self, request: Request) -> Response:
        token = self._token(request)
        if token is None:
            return self.unauthorized()
        return Response(200, {
            "resource_owner_id": USER_ID, "scopes": [], "created_at": int(token["created"]),
            "expires_in_seconds": int(token["expires"] - self.timestamp()),
            "application": {"uid": self.client_id},
        })  # fmt: skip

    @route("POST", "/oauth/revoke")
    def revoke(self, request: Request) -> Response:
        data = self._credentials(request)
        if not self._client_is_known(data):
            return Response(403, {
                "error": "unauthorized_client",
                "error_description": "You are not authorized to revoke this token",
            })  # fmt: skip
        self.state["tokens"].pop(data.get("token"), None)
        return Response(200, {})

    def revoke_tokens(self) -> None:
        self.state["tokens"].clear()

    def _token(self, request: Request) -> dict[str, float] | None:
        kind, _, value = str(request.headers.get("Authorization", "")).partition(" ")
        kept: dict[str, float] | None = self.state["tokens"].get(value.strip())
        if kind.lower() != "bearer" or kept is None or kept["expires"] <= self.timestamp():
            return None
        return kept

    def unauthorized(self) -> Response:
        """The body is not documented; three shapes have been seen (sheet 1.2)."""
        text = "The access token is invalid"
        return Response(401, {
            "errors": {"errors": text},
            "message": {"message": text},
            "error": {"error": "invalid_token", "error_description": text},
        }[self.settings["unauthorized_body"]])  # fmt: skip

    # Every request.

    def admit(self, request: Request) -> Response | None:
        if not request.path.startswith("/rest/"):
            return None
        token = self._token(request)
        company = str(request.headers.get("Procore-Company-Id", ""))
        limiter = self._limiter(self.client_id if token else "", company)
        request.note["limiter"] = limiter
        window = limiter.count(self.timestamp())
        if window:
            wait = max(1, int(window.reset - self.timestamp() + 0.999))
            return Response(429, {"errors": MESSAGE}, {"Retry-After": str(wait)})
        if token is None:
            return self.unauthorized()
        try:
            self._check_company(request, company)
        except HttpError as refused:
            return refused.response
        return self.conflict(request)

    def conflict(self, request: Request) -> Response | None:
        """Direct costs refuse writes that overlap; see direct_costs.py."""
        return None

    def _limiter(self, client: str, company: str) -> Limiter:
        key = (client, company)
        if key not in self.limiters:
            self.limiters[key] = Limiter(self.limits)
        return self.limiters[key]

    def _check_company(self, request: Request, company: str) -> None:
        mode = self.settings["company_header"]
        if not company and mode == "404":
            raise refuse(404, "Item not found")
        if not company and mode == "400":
            raise refuse(400, "Missing Procore-Company-Id header. Please provide it.")
        if not self.settings["installed"] or (company and company != str(COMPANY_ID)):
            raise refuse(403, ["App is not connected to this company."])

    def decorate(self, request: Request, response: Response) -> None:
        response.headers.setdefault("X-Request-Id", secrets.token_hex(16))
        limiter = request.note.get("limiter")
        if limiter:
            for name, value in limiter.headers().items():
                response.headers.setdefault(name, value)
        if "/rest/v2" in request.path and response.status >= 400 and not response.injected:
            response.body = self._v2_error(response)

    def _v2_error(self, response: Response) -> dict[str, Any]:
        """The v2 error body, from the v1 one."""
        errors = response.body.get("errors") if isinstance(response.body, dict) else response.body
        details = []
        if isinstance(errors, dict):
            details = [
                {"code": "invalid", "message": f"{name} {text}", "source": {"pointer": name}}
                for name, texts in errors.items()
                for text in texts
            ]
        texts = [str(detail["message"]) for detail in details]
        texts = texts or [str(error) for error in errors or []]
        text = errors if isinstance(errors, str) else "; ".join(texts)
        code = {400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND",
                422: "UNPROCESSABLE_ENTITY", 429: "TOO_MANY_REQUESTS"}  # fmt: skip
        name = code.get(response.status, str(response.status))
        return {"error": {"code": name, "message": text, "details": details}}

    def error(self, status: int, message: str) -> Response:
        return Response(status, {"errors": "Item not found" if status == 404 else message})

    # Control.

    @route("POST", "/control/limits")
    def control_limits(self, request: Request) -> Response:
        """Body {"spike": 25, "spike_seconds": 10, "hourly": 3600}: what is absent stays."""
        try:
            self.limits = checked(request.json() or {}, self.limits)
        except (ValueError, TypeError) as wrong:
            return Response(400, {"error": str(wrong)})
        self.limiters.clear()
        return Response(200, self.limits)

    @route("POST", "/control/settings")
    def control_settings(self, request: Request) -> Response:
        """Switches of the stand-in: see `fresh` in base.py."""
        data = request.json() or {}
        for name, value in data.items():
            if name not in self.settings or value not in SETTINGS.get(name, (value,)):
                return Response(400, {"error": f"unknown setting {name}={value!r}"})
        self.settings.update(data)
        return Response(200, self.settings)

    @route("GET", "/control/settings")
    def control_settings_shown(self, request: Request) -> Response:
        return Response(200, self.settings)

    @route("POST", "/control/procore/revoke_tokens")
    def control_revoke(self, request: Request) -> Response:
        self.revoke_tokens()
        return Response(204)

    def reset(self) -> None:
        with self.lock:
            self.limits = dict(DEFAULTS)
            self.limiters.clear()
        super().reset()
