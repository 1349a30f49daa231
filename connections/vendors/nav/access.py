"""How to reach an on-premises server: address, the three ways to sign in, its own certificates.

Facts: learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices/
Web-Services-Authentication and …/administration/server-instance-settings
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from requests_ntlm import HttpNtlmAuth
from spnego.exceptions import SpnegoError

from connections import budget, tokens
from connections.errors import (
    ConnectorError,
    CredentialPaused,
    NeedsPerson,
    Reason,
    RetryLater,
)
from connections.http import Answer, Journal
from connections.models import Connection
from connections.vendors.business_central.wire import Wire
from connections.vendors.nav import BASIC, OAUTH, WINDOWS

TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
COLD_START = 120.0  # seconds; the first request after a restart compiles for half a minute and more
BROKEN_HANDSHAKE = (KeyError, AttributeError, PermissionError, SpnegoError)
REJECTED = {
    BASIC: "NAV does not accept the user {user} with this web service access key. The key may have "
    "expired (its date is on the user card), or the user is unknown or disabled. Make a new key "
    "there and enter it here.",
    WINDOWS: "NAV does not accept the Windows account {user}. Check the password (it may have "
    "expired), that the account is not locked, and that NAV has a user for it.",
    OAUTH: "NAV does not accept this app. Check NAV's page Microsoft Entra applications (client "
    "id, state Enabled, permission sets) and the server's Valid Audiences.",
}


class Site(Wire):
    """Requests to one server instance, whatever is asked there."""

    label = "NAV"
    read_timeout = COLD_START

    def __init__(self, connection: Connection, journal: Journal | None = None) -> None:
        super().__init__(connection, journal)
        self.way = connection.setting("authentication") or BASIC
        bundle = connection.setting("trust_bundle").strip()
        self.trust = bundle or True
        self.session.auth = self._account()  # type: ignore[assignment]  # bytes are taken too

    def _account(self) -> tuple[bytes, bytes] | HttpNtlmAuth | None:
        """UTF-8 in Basic: the library's own encoding knows western letters only."""
        user = self.connection.setting("user").strip()
        password = self.connection.secret("password")
        if self.way == BASIC:
            return user.encode(), password.encode()
        return HttpNtlmAuth(user, password) if self.way == WINDOWS else None

    def hurry(self) -> None:
        """A person waits, but a server that slept takes half a minute for its first answer."""
        super().hurry()
        self.read_timeout = 45.0

    # -- address ------------------------------------------------------------------------------

    def root(self) -> str:
        instance = quote(self.connection.setting("instance").strip().strip("/"))
        return f"{self.connection.setting('server_url').rstrip('/')}/{instance}"

    def url(self, path: str) -> str:
        """With the server's tenant, where there are several."""
        address = super().url(path)
        tenant = self.connection.setting("server_tenant").strip()
        if not tenant or re.search(r"[?&]tenant=", address):
            return address
        return f"{address}{'&' if '?' in address else '?'}tenant={quote(tenant, safe='')}"

    # -- sign-in ------------------------------------------------------------------------------

    def signature(self) -> Mapping[str, str]:
        """A token, or nothing: accounts sign on the session. Raises CredentialPaused."""
        self._check_bundle()
        if self.way == OAUTH:
            return super().signature()
        tokens.refuse_while_paused(self.connection)
        return {}

    def sign_in_again(self) -> bool:
        """Only a token can be renewed; an account that is refused stays refused."""
        return super().sign_in_again() if self.way == OAUTH else False

    def _check_bundle(self) -> None:
        if isinstance(self.trust, str) and not Path(self.trust).is_file():
            raise NeedsPerson(
                Reason.SETTINGS,
                f"The file of trusted certificates {self.trust} is not there. Put it on this "
                "machine or correct the path in the connection.",
            )

    def scope(self) -> str:
        return self.connection.setting("scope").strip()

    def rate_window(self) -> budget.Window:
        """Nobody limits us there but courtesy: one request at a time, and not without pause."""
        return budget.Window(limit=150, seconds=10)

    def _send(
        self,
        method: str,
        path: str,
        params: object,
        body: object,
        headers: Mapping[str, str] | None,
        timeout: float | None,
    ) -> Answer:
        """A Windows handshake that breaks off did nothing: the server works only after it."""
        try:
            return super()._send(method, path, params, body, headers, timeout)
        except BROKEN_HANDSHAKE as error:
            if self.way != WINDOWS:
                raise
            raise RetryLater(
                f"The Windows sign-in to {self.label} broke off ({type(error).__name__})."
            ) from error

    def _rejected(self) -> CredentialPaused:
        user = self.connection.setting("user").strip() or "(none entered)"
        sentence = REJECTED[self.way].format(user=user)
        return tokens.refused(self.connection, self._token_used, sentence)

    # -- answers ------------------------------------------------------------------------------

    def _accept(self, method: str, path: str, answer: Answer) -> Answer:
        """A 404 or 405 that is no OData answer is the web server's: nothing is known then."""
        if answer.status < 300 and self.connection.pause_sentence:
            self.connection.resume()
        if answer.status in (404, 405) and not is_odata(answer):
            raise self._no_instance()
        if answer.status < 300 and is_page(answer.text):
            raise RetryLater(f"{self.label} answered with a web page instead of data.")
        return super()._accept(method, path, answer)

    def _no_instance(self) -> ConnectorError:
        instance = self.connection.setting("instance").strip()
        return RetryLater(
            f"The server answers, but its instance {instance} or this service of it does not. It "
            "may be stopped or restarting; else check the instance, and that OData services are "
            "switched on."
        )

    def error_text(self, data: object, text: str) -> tuple[str, str]:
        """The words of a web server's page, without its markup."""
        code, words = super().error_text(data, text)
        return code, without_markup(words) if is_page(words) else words


def is_odata(answer: Answer) -> bool:
    return isinstance(answer.data, dict) and "error" in answer.data


def is_page(text: str) -> bool:
    """HTML, which http.sys and proxies send; $metadata is XML and begins otherwise."""
    return text.lstrip("\ufeff \r\n\t")[:15].lower().startswith(("<!doctype html", "<html"))


def without_markup(page: str) -> str:
    return " ".join(TAGS.sub(" ", page).split())[:200]
