"""OAuth 2.1: a page of consent, codes, expiring tokens, rotating refresh tokens."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
from typing import Any
from urllib.parse import urlencode

from ..messages import Request, Response
from ..routes import route
from . import site
from .access import Access
from .delivery import jwt
from .store import Row

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>monday.com stand-in</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;background:#f6f7fb;color:#323338}}
main{{max-width:32rem;margin:8vh auto;padding:2rem;background:#fff;border-radius:12px;
box-shadow:0 2px 12px #0002}}button,select{{font:inherit;padding:.5rem 1.2rem;border-radius:6px;
border:1px solid #c3c6d4;background:#fff}}button[value=allow]{{background:#0073ea;color:#fff;
border-color:#0073ea}}li{{margin:.1rem 0}}</style><main>
<h1>Connect ml-connector</h1><p>This is the stand-in for monday.com. The app asks to:</p>
<ul>{scopes}</ul><form method="post" action="/oauth2/authorize">{hidden}
<p><label>Signed in as <select name="user">{users}</select></label></p>
<p><button name="decision" value="allow">Authorize</button>
<button name="decision" value="deny">Cancel</button></p></form></main></html>"""
ASKED = ("client_id", "redirect_uri", "response_type", "state", "scope", "code_challenge",
         "code_challenge_method")  # fmt: skip


def failed(code: str, text: str, status: int = 400) -> Response:
    return Response(status, {"error": code, "error_description": text})


def hashed(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class OAuth(Access):
    """The sign-in pages are on the same host, at the paths of auth.monday.com."""

    @route("GET", "/oauth2/authorize")
    def authorize(self, request: Request) -> Response:
        asked = {name: request.one(name) for name in ASKED}
        return self.not_asked_well(asked) or self.consent(asked)

    def not_asked_well(self, asked: Row) -> Response | None:
        """What the page says instead of leading back; wrong scopes are told to the app."""
        allowed = self.settings["redirect_uris"]
        if asked["client_id"] != site.CLIENT_ID:
            return failed("invalid_client", "Unknown client_id")
        if not re.match(r"https?://", asked["redirect_uri"]) or (
            allowed and asked["redirect_uri"] not in allowed
        ):
            return failed("invalid_request", "redirect_uri is not registered")
        if asked["response_type"] not in ("code", ""):
            return failed("unsupported_response_type", "response_type must be code")
        if not asked["code_challenge"] and self.settings["pkce"] == "required":
            return failed("invalid_request", "code_challenge is required")
        if asked["code_challenge"] and asked["code_challenge_method"] != "S256":
            return failed("invalid_request", "code_challenge_method must be S256")
        if set(asked["scope"].split()) - set(site.SCOPES):
            return self.back(asked, error="invalid_scope")
        return None

    def consent(self, asked: Row) -> Response:
        wanted = asked["scope"].split() or list(site.SCOPES)
        users = [
            f'<option value="{user["id"]}">{html.escape(user["name"])}</option>'
            for user in self.table("users").values()
            if user["status"] == "ACTIVE" and user["kind"] in ("admin", "member")
        ]
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
            for name, value in asked.items()
        )
        page = PAGE.format(
            scopes="".join(f"<li>{html.escape(one)}</li>" for one in wanted), hidden=hidden,
            users="".join(users),
        )  # fmt: skip
        return Response(200, page, {"Content-Type": "text/html; charset=utf-8"})

    @route("POST", "/oauth2/authorize")
    def decide(self, request: Request) -> Response:
        form = request.form()
        asked = {name: form.get(name, "") for name in ASKED}
        wrong = self.not_asked_well(asked)
        if wrong is not None:
            return wrong
        if form.get("decision") != "allow":
            return self.back(asked, error="access_denied")
        user = self.row("users", form.get("user") or site.BOT)
        if user is None:
            return failed("access_denied", "Unknown user")
        code = secrets.token_urlsafe(32)
        self.state["codes"][code] = {
            **asked, "user": user["id"], "used": False,
            "expires": self.timestamp() + float(self.settings["code_seconds"]),
        }  # fmt: skip
        return self.back(asked, code=code)

    def back(self, asked: Row, **answer: str) -> Response:
        more = {**answer, **({"state": asked["state"]} if asked["state"] else {})}
        sign = "&" if "?" in asked["redirect_uri"] else "?"
        return Response(302, None, {"Location": f"{asked['redirect_uri']}{sign}{urlencode(more)}"})

    # Tokens.

    def body_of(self, request: Request) -> Row:
        try:
            json = "json" in str(request.headers.get("Content-Type", ""))
            data: Any = request.json() if json else request.form()
        except ValueError:
            data = None
        return data if isinstance(data, dict) else {}

    @route("POST", "/oauth_ms/oauth/token")
    def token(self, request: Request) -> Response:
        data = self.body_of(request)
        if not known_client(data):
            return failed("invalid_client", "Client authentication failed", 401)
        if data.get("grant_type") == "authorization_code":
            return self.by_code(data)
        if data.get("grant_type") == "refresh_token":
            return self.by_refresh(data)
        return failed("unsupported_grant_type", "authorization_code or refresh_token")

    def by_code(self, data: Row) -> Response:
        code = self.state["codes"].get(str(data.get("code")))
        wrong = self.wrong_code(code, data)
        if wrong:
            return failed("invalid_grant", wrong)
        code["used"] = True
        scopes = code["scope"].split() or list(site.SCOPES)
        days = float(self.settings["refresh_days"])
        return self.issue(code["user"], scopes, self.timestamp() + days * 86400)

    def wrong_code(self, code: Row | None, data: Row) -> str:
        if code is None or code["used"] or code["expires"] <= self.timestamp():
            return "The code is unknown, used or expired"
        if data.get("redirect_uri") != code["redirect_uri"]:
            return "redirect_uri differs"
        verifier = str(data.get("code_verifier") or "")
        if not code["code_challenge"]:
            return ""
        if not VERIFIER.fullmatch(verifier) or hashed(verifier) != code["code_challenge"]:
            return "code_verifier does not fit"
        return ""

    def by_refresh(self, data: Row) -> Response:
        """Single use: a used one ends the whole grant."""
        given = str(data.get("refresh_token"))
        kept = self.state["refreshes"].get(given)
        if kept is None or kept["until"] <= self.timestamp():
            return failed("invalid_grant", "The refresh token is invalid")
        if kept["used"]:
            self.end_grant(kept["grant"])
            return failed("invalid_grant", "The refresh token was used already")
        kept["used"] = True
        return self.issue(kept["user"], kept["scopes"], kept["until"], kept["grant"])

    def end_grant(self, grant: str) -> None:
        for name in ("tokens", "refreshes"):
            rows = self.state[name]
            for key in [key for key, row in rows.items() if row.get("grant") == grant]:
                if name == "tokens" or not rows[key]["used"]:
                    del rows[key]

    def issue(self, user: int, scopes: list[str], until: float, grant: str = "") -> Response:
        """No `expires_in`: the access token's own `exp` tells."""
        now, grant = int(self.timestamp()), grant or secrets.token_hex(8)
        life = int(self.settings["access_seconds"])
        claims = {"uid": user, "actid": site.ACCOUNT_ID, "scp": scopes, "iat": now,
                  "exp": now + life, "jti": secrets.token_hex(8)}  # fmt: skip
        access = jwt(claims, site.CLIENT_SECRET)
        refresh = jwt({"jti": secrets.token_hex(16), "iat": now}, site.CLIENT_SECRET)
        self.state["tokens"][access] = {
            "kind": "app", "user": user, "app_id": site.APP_ID, "scopes": scopes,
            "expires": float(now + life), "grant": grant,
        }  # fmt: skip
        self.state["refreshes"][refresh] = {
            "user": user, "scopes": scopes, "until": until, "grant": grant, "used": False,
        }  # fmt: skip
        return Response(200, {
            "access_token": access, "refresh_token": refresh, "token_type": "Bearer",
            "scope": " ".join(scopes),
        })  # fmt: skip

    @route("POST", "/oauth_ms/oauth/revoke")
    def revoke(self, request: Request) -> Response:
        data = self.body_of(request)
        if not known_client(data):
            return failed("invalid_client", "Client authentication failed", 401)
        given = str(data.get("token"))
        for name in ("tokens", "refreshes"):
            row = self.state[name].get(given)
            if row and row.get("grant"):
                self.end_grant(row["grant"])
        return Response(200, {"success": True})

    @route("POST", "/oauth2/token")
    def legacy_token(self, request: Request) -> Response:
        """The flow without expiry: dead since 2026-10-01 unless the setting revives it."""
        data = self.body_of(request)
        if not self.settings["legacy_oauth"]:
            return failed("unauthorized_client", "The app uses the new OAuth flow")
        code = self.state["codes"].get(str(data.get("code")))
        if not known_client(data) or self.wrong_code(code, data):
            return failed("invalid_grant", "The code is unknown, used or expired")
        code["used"] = True
        token = secrets.token_urlsafe(40)
        scopes = code["scope"].split()
        self.state["tokens"][token] = {
            "kind": "app", "user": code["user"], "app_id": site.APP_ID, "scopes": scopes,
            "expires": None, "grant": token,
        }  # fmt: skip
        return Response(200, {"access_token": token, "token_type": "Bearer",
                              "scope": " ".join(scopes)})  # fmt: skip


def known_client(data: Row) -> bool:
    given = (data.get("client_id"), data.get("client_secret"))
    return given == (site.CLIENT_ID, site.CLIENT_SECRET)
