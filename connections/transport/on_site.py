"""How to reach a server on the customer's own network: the ways to sign in, its own certificates.

A Windows handshake belongs to the connection: the session keeps it, so only the first request
asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from requests_ntlm import HttpNtlmAuth
from spnego.exceptions import SpnegoError

from connections.errors import CredentialPaused, NeedsPerson, Reason, RetryLater
from connections.models import Connection
from connections.transport import tokens
from connections.transport.http import Answer, Client, Journal
from connections.transport.ways import BASIC, OAUTH, TOKEN, WINDOWS

TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
COLD_START = 120.0  # seconds; the first request after a restart takes half a minute and more
BROKEN_HANDSHAKE = (KeyError, AttributeError, PermissionError, SpnegoError)


class OnSite(Client):
    """Signs in by the connection's own choice (`ways`). Certificates are always verified."""

    read_timeout = COLD_START
    rejected: Mapping[str, str] = {}  # per way: what to do when the server refuses the account

    def __init__(self, connection: Connection, journal: Journal | None = None) -> None:
        super().__init__(connection, journal)
        self.way = connection.setting("authentication") or BASIC
        bundle = connection.setting("trust_bundle").strip()
        self.trust = bundle or True
        if account := self._account():
            self.session.auth = account  # type: ignore[assignment]  # bytes are taken too

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

    def signature(self) -> Mapping[str, str]:
        """A token, or nothing: accounts sign on the session. Raises CredentialPaused."""
        self._check_bundle()
        if self.way == OAUTH:
            return super().signature()
        tokens.refuse_while_paused(self.connection)
        if self.way == TOKEN:
            return {"Authorization": f"Bearer {self.connection.secret('token')}"}
        return {}

    def sign_in_again(self) -> bool:
        """Only a token of Entra ID can be renewed; an account that is refused stays refused."""
        return super().sign_in_again() if self.way == OAUTH else False

    def _check_bundle(self) -> None:
        if isinstance(self.trust, str) and not Path(self.trust).is_file():
            raise NeedsPerson(
                Reason.SETTINGS,
                f"The file of trusted certificates {self.trust} is not there. Put it on this "
                "machine or correct the path in the connection.",
            )

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
        sentence = self.rejected[self.way].format(user=user)
        return self.token_refused(sentence)


def without_markup(page: str) -> str:
    return " ".join(TAGS.sub(" ", page).split())[:200]
