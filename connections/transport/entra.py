"""Tokens of Microsoft Entra ID by client credentials, and its refusals in plain words.

learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

from __future__ import annotations

from urllib.parse import quote

from connections.transport import tokens
from connections.transport.http import Client

SIGN_IN_WORDS = {
    "AADSTS7000215": "The client secret is wrong. Paste the secret's value, not its id.",
    "AADSTS7000222": "The client secret has expired. Create a new one and enter it here.",
    "AADSTS700016": "The client id is not known in this tenant. Check both.",
    "AADSTS90002": "The tenant is not known. Check the tenant id.",
}


class Entra(Client):
    def scope(self) -> str:
        """What the token shall be good for."""
        raise NotImplementedError

    def fetch_token(self) -> tokens.Grant:
        """Client credentials of Entra ID. Raises tokens.SignInFailed in plain words."""
        login = self.connection.setting("login_url").rstrip("/")
        form = {
            "grant_type": "client_credentials",
            "client_id": self.connection.setting("client_id"),
            "client_secret": self.connection.secret("client_secret"),
            "scope": self.scope(),
        }
        tenant = quote(self.connection.setting("tenant_id").strip())
        try:
            return self.sign_in(f"{login}/{tenant}/oauth2/v2.0/token", form)
        except tokens.SignInFailed as error:
            raise in_plain_words(error) from error


def in_plain_words(error: tokens.SignInFailed) -> tokens.SignInFailed:
    """What to do, then Entra's own words; unknown codes stay as they are."""
    for code, words in SIGN_IN_WORDS.items():
        if f"{code}:" in error.sentence:
            return tokens.SignInFailed(f"{words} ({error.sentence})", permanent=error.permanent)
    return error
