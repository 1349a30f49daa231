"""How GP is reached: sign-in, one call after the other, and nothing but reads.

A runtime of GP is single-threaded, starts on demand (half a minute) and takes a licence, so calls
go through lanes with a pause between them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NoReturn

from django.utils import timezone

from connections.errors import ConnectorError, CredentialPaused, NeedsPerson, Reason, RetryLater
from connections.models import Connection
from connections.pages.moments import when
from connections.transport import concurrency, rate_limit
from connections.transport.entra import Entra
from connections.transport.http import Answer, is_page
from connections.transport.on_site import OnSite, without_markup
from connections.transport.ways import BASIC, OAUTH, TOKEN, WINDOWS
from connections.vendors.gp import shapes

BUSY = ("RECORD_LOCKED", "BATCH_IN_USE")
NO_SERVICE_ACCESS = "NO_SERVICE_ACCESS"
STARTING = (502, 503, 504)
ASKED_AGAIN = dt.timedelta(minutes=1)  # a server that is away; all of its records wait meanwhile
REJECTED = {
    BASIC: "GP does not accept the user {user} with this password. Check both; the password may "
    "have expired.",
    WINDOWS: "GP does not accept the Windows account {user}. Check the password (it may have "
    "expired), that the account is not locked, and that a GP user is mapped to it (User Setup, "
    "page Account).",
    OAUTH: "GP does not accept this app's token. Check the client id, the scope, and that the app "
    "is mapped to a GP user.",
    TOKEN: "GP does not accept this bearer token. Enter the one that is valid now.",
}
REFUSED = {
    "NOT_MAPPED": "The account {user} is mapped to no GP user. Enter it in GP under User Setup, "
    "page Account.",
    "NO_COMPANY_ACCESS": "The GP user of {user} may not use the company {company}. Grant it under "
    "User Access.",
}
NO_RIGHTS = "GP takes the account {user}, but lets it do nothing."
STOPPED = (
    "A web page came instead of GP's answer: GP's web server lets the account {user} do nothing, "
    "or a proxy or firewall on the way stops the call."
)


@dataclasses.dataclass(frozen=True)
class Pace:
    """How gently the server is asked."""

    concurrency: int
    pause: int  # milliseconds from call to call
    patience: int  # seconds
    page_size: int  # 0: not asked for


def whole(connection: Connection, name: str, label: str, least: int, most: int) -> int:
    """A setting that is a number. Raises NeedsPerson."""
    text = connection.setting(name).strip()
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text)
    raise NeedsPerson(
        Reason.SETTINGS,
        f"“{text}” under {label} of the GP connection is not a number from {least} to {most}.",
    )


def read_only() -> NoReturn:
    raise NeedsPerson(Reason.SETTINGS, "GP is read only for the connector: nothing was sent.")


class Access(OnSite, Entra):
    label = "GP"
    answers_with_pages = True  # its web server words refusals as pages
    read_tries = 2  # the first may be cut while the runtime starts
    rejected = REJECTED
    hurried = False

    @cached_property
    def pace(self) -> Pace:
        one = self.connection
        return Pace(
            whole(one, "lanes", "Calls at a time", 1, 9),
            whole(one, "pause", "Pause between calls", 0, 60_000),
            whole(one, "read_timeout", "Longest wait for an answer", 60, 900),
            whole(one, "page_size", "Rows in one answer", 0, 1000),
        )

    def hurry(self) -> None:
        super().hurry()
        self.hurried = True

    # -- requests -----------------------------------------------------------------------------

    def base_url(self) -> str:
        return self.connection.setting("server_url").rstrip("/")

    def scope(self) -> str:
        return self.connection.setting("scope").strip()

    def asks_for_json(self) -> bool:
        return self.connection.setting("format") != "xml"

    def headers(self) -> dict[str, str]:
        kind = "application/json" if self.asks_for_json() else "application/xml"
        return {"Accept": kind, "Accept-Language": "en-US"}

    def rate_window(self) -> rate_limit.Window:
        """One call, then the pause, over all workers."""
        pause = self.pace.pause
        return rate_limit.Window(1, pause / 1000) if pause else rate_limit.Window(1000, 10)

    def write(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Nothing is ever written to GP; not even an intent is noted."""
        read_only()

    def _send(
        self,
        method: str,
        path: str,
        params: object,
        body: object,
        headers: Mapping[str, str] | None,
        timeout: float | None,
    ) -> Answer:
        """Only GET leaves, whoever asks for what."""
        if method != "GET" or body is not None:
            read_only()
        patience = self.read_timeout if self.hurried else self.pace.patience
        longest = self.longest_wait.total_seconds()
        name, label = f"gp {self.connection.pk}", str(self.connection)
        with concurrency.lane(name, label, self.pace.concurrency, longest):
            return super()._send(method, path, params, body, headers, timeout or patience)

    # -- answers ------------------------------------------------------------------------------

    def error_text(self, data: Any, text: str) -> tuple[str, str]:
        """The code decides; words are in the GP user's language."""
        code, words = shapes.words(data, text)
        return code, without_markup(words) if is_page(words) else words

    def _accept(self, method: str, path: str, answer: Answer) -> Answer:
        if answer.status < 300:
            self.connection.resume()
            return answer
        code, words = self.error_text(answer.data, answer.text)
        if error := self._trouble(answer, code, self.scrubbed(words)):
            raise error
        return super()._accept(method, path, answer)

    def _trouble(self, answer: Answer, code: str, words: str) -> ConnectorError | None:
        """What concerns the site and not the thing that was asked for."""
        if answer.status == 401:
            return self._rejected()
        if answer.status == 403 and code != NO_SERVICE_ACCESS:
            return self._turned_away(code, words, is_page(answer.text) and not code)
        if answer.status < 400:
            return self._redirected(answer)
        if answer.status in STARTING:
            return RetryLater(
                f"GP at {self.host()} is starting, or its service is stopped ({answer.status}).",
                self.retry_at(answer),
            )
        if code in BUSY:
            return RetryLater(f"Somebody has it open in GP: {words}")
        return None

    def _turned_away(self, code: str, words: str, by_a_page: bool) -> ConnectorError:
        """Signed in, and without rights, or stopped on the way: wait, nothing is lost."""
        known = STOPPED if by_a_page else REFUSED.get(code, NO_RIGHTS)
        sentence = known.format(
            user=self.connection.setting("user").strip() or "of this connection",
            company=self.connection.setting("company").strip(),
        )
        told = f"{sentence} ({words})" if words else sentence
        return self.token_refused(told)

    def _redirected(self, answer: Answer) -> ConnectorError:
        to = answer.headers.get("Location", "")
        return NeedsPerson(
            Reason.SETTINGS,
            f"GP's server sends us elsewhere ({to[:200] or answer.status}); that is not followed. "
            "Enter the address that it names, if it is yours and begins with https.",
        )

    def _unreachable(self, error: Exception) -> CredentialPaused:
        """Everything waits a little; the connection's page says since when, until it answers."""
        super()._unreachable(error)
        away, since = f"Cannot reach GP at {self.host()} since ", timezone.now()
        known = self.connection.pause_sentence
        sentence = known if known.startswith(away) else f"{away}{when(since)}."
        self.connection.pause(since + ASKED_AGAIN, sentence)
        return CredentialPaused(sentence, since + ASKED_AGAIN)

    def host(self) -> str:
        return self.base_url().split("//")[-1].split("/")[0]
