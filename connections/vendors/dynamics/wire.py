"""How a server of the NAV family is asked, whatever it offers: language, sign-in, its errors."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from connections.errors import ConnectorError, CredentialPaused, Refused, RetryLater
from connections.transport.entra import Entra
from connections.transport.http import Answer
from connections.transport.odata import ODataClient

CORRELATION = re.compile(r"\s*CorrelationId:\s*[0-9A-Za-z-]*\.?\s*$")
LOCKED = re.compile(r"\bdeadlock\w*|\blocked\b", re.IGNORECASE)
BUSY = (400, 409, 500)  # what locks are answered with


class Wire(Entra, ODataClient):
    """Requests of one connection. Reads raise Refused; lock texts are RetryLater everywhere."""

    token_margin = dt.timedelta(minutes=5)

    def root(self) -> str:
        """The address above every API and service."""
        raise NotImplementedError

    def headers(self) -> dict[str, str]:
        """English always: texts are matched."""
        return {"Accept": "application/json", "Accept-Language": "en-US"}

    def error_text(self, data: Any, text: str) -> tuple[str, str]:
        code, words = super().error_text(data, text)
        return code, CORRELATION.sub("", words)

    def surely_undone(self, answer: Answer) -> bool:
        """Deadlocks come as 500 too, and are rolled back."""
        return bool(LOCKED.search(self.error_text(answer.data, answer.text)[1]))

    def _accept(self, method: str, path: str, answer: Answer) -> Answer:
        if answer.status == 401:  # after a renewal
            raise self._rejected()
        try:
            return super()._accept(method, path, answer)
        except Refused as error:
            raise self.meaning(error) from error

    def meaning(self, error: Refused) -> ConnectorError:
        """What a refusal means whatever was asked: locks pass."""
        if LOCKED.search(error.text) and error.status in BUSY:
            return RetryLater(f"{self.label} was busy with the same data: {error.text}")
        return error

    def _rejected(self) -> CredentialPaused:
        """Signed in, but the server does not take it: wait, nothing is lost."""
        raise NotImplementedError
