"""Signing in to monday.com: a personal token, or an app's tokens by OAuth 2.1.

An access token tells its end itself (JWT); its refresh token works once and brings the next pair.
Two refreshes at a time would end the consent, so `tokens.renew` lets one worker do it under a row
lock, and the new pair is committed before anybody uses it.
developer.monday.com/api-reference/docs/authentication and
developer.monday.com/apps/docs/migrating-to-the-new-oauth-flow
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import jwt
from django.db import transaction
from django.utils import timezone
from oauthlib.oauth2 import WebApplicationClient  # type: ignore[import-untyped]

from connections.errors import NeedsPerson, Reason
from connections.models import Consent, Token
from connections.transport import tokens
from connections.transport.http import Client, parse
from connections.vendors.monday.ways import OAUTH, SCOPES

CONSENT_DAYS = 182  # six months from consent, as reported [code]
USUAL_LIFE = 3600  # seconds
AGAIN = "Press Connect again on the connection's page."
Row = Mapping[str, Any]


class SignIn(Client):
    """The token goes raw into Authorization, without `Bearer`."""

    token_margin = dt.timedelta(minutes=5)

    @property
    def way(self) -> str:
        return self.connection.setting("sign_in")

    def base_url(self) -> str:
        """Without the path, which people copy along from the documentation."""
        return self.connection.setting("api_url").strip().rstrip("/").removesuffix("/v2")

    def signature(self) -> Mapping[str, str]:
        """Raises CredentialPaused, NeedsPerson."""
        if self.way == OAUTH:
            self.token()
        else:
            self._token_used = self.personal_token()
        return {"Authorization": self._token_used}

    def personal_token(self) -> str:
        tokens.refuse_while_paused(self.connection)
        token = self.connection.secret("token").strip()
        if not token:
            raise NeedsPerson(
                Reason.SETTINGS, f"Enter the API token of the connection {self.connection}."
            )
        return token

    def sign_in_again(self) -> bool:
        """A personal token that is refused stays refused."""
        return super().sign_in_again() if self.way == OAUTH else False

    # -- consent ------------------------------------------------------------------------------

    def consent_address(self, back: str, state: str, verifier: str) -> str:
        """Where a person consents; monday.com leads the browser to `back` with a code."""
        asked = {
            "client_id": self.connection.setting("client_id").strip(),
            "redirect_uri": back,
            "response_type": "code",
            "state": state,
            "scope": " ".join(SCOPES),
            "code_challenge": WebApplicationClient("").create_code_challenge(verifier, "S256"),
            "code_challenge_method": "S256",
        }
        return f"{self.oauth_url('/oauth2/authorize')}?{urlencode(asked)}"

    def new_verifier(self) -> str:
        """The secret of one consent (PKCE, RFC 7636)."""
        return str(WebApplicationClient("").create_code_verifier(64))

    def take_code(self, code: str, verifier: str, back: str, by: str) -> None:
        """The code of the callback becomes a pair of tokens. Raises tokens.SignInFailed."""
        Token.objects.get_or_create(connection=self.connection)
        with transaction.atomic():
            token = Token.objects.select_for_update().get(connection=self.connection)
            data = self.exchange(
                {"grant_type": "authorization_code", "code": code, "redirect_uri": back,
                 "code_verifier": verifier}
            )  # fmt: skip
            now = timezone.now()
            Consent.objects.update_or_create(
                connection=self.connection,
                defaults={
                    "refresh_token": str(data.get("refresh_token") or ""),
                    "scopes": str(data.get("scope") or ""), "given_by": by[:150], "given_at": now,
                    "ends_at": now + dt.timedelta(days=CONSENT_DAYS), "over": "",
                    "made_for": self.made_for(),
                },
            )  # fmt: skip
            tokens.store(token, grant(data))
        self.connection.resume()

    def disconnect(self) -> None:
        """Revoked at monday.com where it answers, forgotten here always."""
        consent = Consent.objects.filter(connection=self.connection).first()
        if consent and consent.refresh_token and consent.made_for == self.made_for():
            body = {"token": consent.refresh_token, "token_type_hint": "refresh_token"}
            try:
                self.posted("/oauth_ms/oauth/revoke", body)
            finally:
                self.forget_consent()
        self.forget_consent()

    def forget_consent(self) -> None:
        Consent.objects.filter(connection=self.connection).delete()
        Token.objects.filter(connection=self.connection).delete()

    # -- tokens -------------------------------------------------------------------------------

    def fetch_token(self) -> tokens.Grant:
        """The next pair. Called by `tokens.renew` under the row lock. Raises SignInFailed."""
        consent = Consent.objects.filter(connection=self.connection).first()
        if consent is None or not consent.refresh_token:
            raise tokens.SignInFailed(
                "Nobody has connected this to monday.com yet. Press Connect on the connection's "
                "page.",
                permanent=True,
            )
        if consent.over:
            raise tokens.SignInFailed(consent.over, permanent=True)
        if consent.made_for != self.made_for():  # a token is never sent to another address
            raise tokens.SignInFailed(
                f"The app or an address of this connection was changed. {AGAIN}", permanent=True
            )
        return self.refreshed(consent)

    def refreshed(self, consent: Consent) -> tokens.Grant:
        body = {"grant_type": "refresh_token", "refresh_token": consent.refresh_token}
        try:
            data = self.exchange(body)
        except tokens.SignInFailed as error:
            if error.permanent:
                consent.over = error.sentence
                consent.save(update_fields=["over"])
            raise
        if data.get("refresh_token"):
            consent.refresh_token = str(data["refresh_token"])
            consent.save(update_fields=["refresh_token"])
        return grant(data)

    def exchange(self, body: Row) -> Row:
        """A pair of tokens. Raises tokens.SignInFailed, `permanent` when consent is needed."""
        status, data = self.posted("/oauth_ms/oauth/token", body)
        if status == 200 and data.get("access_token"):
            return data
        code = str(data.get("error") or status)
        words = self.scrubbed(str(data.get("error_description") or code))[:300].rstrip(".")
        if code == "invalid_grant":
            raise tokens.SignInFailed(
                f"monday.com no longer honours the consent ({words}). {AGAIN}", permanent=True
            )
        if code in ("invalid_client", "unauthorized_client"):
            raise tokens.SignInFailed(
                f"monday.com does not know this app ({words}). Check client id and client secret."
            )
        raise tokens.SignInFailed(f"monday.com refused the sign-in: {words}.")

    def posted(self, path: str, body: Row) -> tuple[int, Row]:
        """(status, body) of a request to the sign-in server, as JSON with the app's secret."""
        url = self.oauth_url(path)
        app = {
            "client_id": self.connection.setting("client_id").strip(),
            "client_secret": self.connection.secret("client_secret").strip(),
        }
        try:
            response = self.session.post(
                url, json={**body, **app}, allow_redirects=False,
                timeout=(self.connect_timeout, self.sign_in_timeout),
            )  # fmt: skip
        except OSError as error:  # requests' errors are that
            host = url.split("//")[-1].split("/")[0]
            raise tokens.SignInFailed(f"Cannot reach the sign-in server {host}.") from error
        answer = parse(response)
        return answer.status, answer.data if isinstance(answer.data, dict) else {}

    def oauth_url(self, path: str) -> str:
        return self.connection.setting("login_url").strip().rstrip("/") + path

    def made_for(self) -> str:
        """The app and the addresses that a consent counts for."""
        names = ("login_url", "api_url", "client_id")
        return " ".join(self.connection.setting(name).strip().rstrip("/") for name in names)[:500]


def grant(data: Row) -> tokens.Grant:
    """There is no `expires_in`: the token says itself when it ends."""
    token = str(data["access_token"])
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        seconds = int(claims["exp"]) - int(claims.get("iat") or timezone.now().timestamp())
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        seconds = USUAL_LIFE
    return tokens.Grant(token, max(seconds, 0))
