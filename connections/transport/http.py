"""The one place that sends requests: session, token, rate budget, redaction, the journal hook.

Reads may be repeated; writes never are once they may have been sent. A write that was sent and
not answered raises `InDoubt`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import requests
from django.utils import timezone
from requests.adapters import HTTPAdapter

from connections.errors import (
    ConnectorError,
    CredentialPaused,
    InDoubt,
    NotFound,
    Refused,
    RetryLater,
    Unreachable,
)
from connections.models import Connection, Token
from connections.transport import at_home, rate_limit, reach, read_only, signs_of_life, tokens
from connections.transport.days import http_date
from connections.transport.exact import dumps
from connections.transport.secrecy import SHORTEST_SECRET, redact, scrub

log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 10.0  # seconds
READ_TIMEOUT = 60.0
SIGN_IN_TIMEOUT = 30.0
READ_TRIES = 3
DAY = 86_400  # seconds
FORBIDDEN = (403, 407, 451)  # what proxies and firewalls answer of their own


class Journal(Protocol):
    """Where writes leave their intent and outcome. `intent` must be durable when it returns."""

    def intent(self, about: str, method: str, url: str, body: Any) -> int: ...

    def outcome(self, intent: int, result: str, status: int, body: Any) -> None: ...


class NoJournal:
    """For reads and tests of connections: a write without a journal is refused."""

    def intent(self, about: str, method: str, url: str, body: Any) -> int:
        raise RuntimeError("a write needs a journal")

    def outcome(self, intent: int, result: str, status: int, body: Any) -> None:
        raise RuntimeError("a write needs a journal")


@dataclasses.dataclass(frozen=True)
class Answer:
    """One answer; `data` is parsed JSON with Decimal numbers, or None."""

    status: int
    headers: Mapping[str, str]
    data: Any
    text: str = ""


class Door(HTTPAdapter):
    """Where everything leaves, handshakes too; it asks whether only reads may."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        read_only.check(request.method, request.url, request.body)
        return super().send(request, *args, **kwargs)


def as_signed(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leaves the request as it is. Where a session has no way to sign, requests takes what the
    host's .netrc says of the server in place of our own Authorization header
    (requests.readthedocs.io/en/latest/user/authentication/#netrc-authentication).
    """
    return request


def new_session() -> requests.Session:
    session = requests.Session()
    session.auth = as_signed
    for scheme in ("https://", "http://"):
        session.mount(scheme, Door())
    return session


class Client:
    """Base of the vendors' clients. A client serves one thread."""

    label = "the other system"
    token_margin = dt.timedelta(minutes=5)
    connect_timeout = CONNECT_TIMEOUT
    read_timeout = READ_TIMEOUT
    sign_in_timeout = SIGN_IN_TIMEOUT
    read_tries = READ_TRIES
    longest_wait = rate_limit.LONGEST_WAIT
    answers_with_pages = False  # itself; others answer with data, and a page is a proxy's
    trust: str | Literal[True] = True  # or the path of a bundle of certificates; never unverified
    _token_used = ""

    def __init__(self, connection: Connection, journal: Journal | None = None) -> None:
        self.connection = connection
        self.journal: Journal = journal or NoJournal()
        self.session = new_session()
        self.requests_used = 0
        self.seconds_used = 0.0
        self._kept: Token | None = None
        self._ways: dict[tuple[str, str], dict[str, Any]] = {}

    def hurry(self) -> None:
        """A person is waiting for the page: short time-outs, one try, no wait for the budget."""
        self.connect_timeout, self.read_timeout, self.sign_in_timeout = 4.0, 8.0, 8.0
        self.read_tries, self.longest_wait = 1, dt.timedelta(seconds=2)

    # -- what vendors say -------------------------------------------------------------------

    def base_url(self) -> str:
        raise NotImplementedError

    def headers(self) -> dict[str, str]:
        """Headers of every request besides Authorization."""
        return {"Accept": "application/json"}

    def fetch_token(self) -> tokens.Grant:
        """Ask the sign-in server for a token. Uses `self.sign_in`."""
        raise NotImplementedError

    def signature(self) -> Mapping[str, str]:
        """Headers that sign a request: a bearer token. Other schemes sign on the session."""
        return {"Authorization": f"Bearer {self.token()}"}

    def token(self) -> str:
        """Kept until its margin, or until the other system refuses it."""
        if self._kept is None or not self._kept.fresh(timezone.now(), self.token_margin):
            self._kept = tokens.current(self)
        self._token_used = str(self._kept.access_token)
        return self._token_used

    def token_refused(self, sentence: str) -> CredentialPaused:
        """Just issued and refused: nothing goes out with it any more."""
        self._kept = None
        return tokens.refused(self.connection, self._token_used, sentence)

    def sign_in_again(self) -> bool:
        """After a 401: True when the request may be sent once more with a new sign-in."""
        self._kept = None
        tokens.drop(self.connection, self._token_used)
        return True

    def rate_window(self) -> rate_limit.Window:
        """The ceiling that we hold by ourselves until headers say better."""
        return rate_limit.Window(limit=100, seconds=10)

    def calls_a_day(self) -> int:
        """What it takes in a day in all, by the hourly limit that it told or documents, else by our
        own ceiling."""
        window = self.rate_window()
        hourly = rate_limit.hourly_limit(self.connection)
        return 24 * hourly if hourly else int(window.limit * DAY / window.seconds)

    def read_budget(self, answer: Answer) -> rate_limit.Reading | None:
        """What the answer's headers say of the budget."""
        return None

    def error_text(self, data: Any, text: str) -> tuple[str, str]:
        """(code, words) of an error body."""
        return "", text[:500]

    def retry_at(self, answer: Answer) -> dt.datetime | None:
        """When a 429 or 503 lets us come again; None when it does not say."""
        seconds = answer.headers.get("Retry-After", "")
        if seconds.isdigit():
            return timezone.now() + dt.timedelta(seconds=min(int(seconds), 3600))
        return http_date(seconds)

    # -- reading ------------------------------------------------------------------------------

    def get(
        self, path: str, params: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """GET, repeated on a broken connection or 5xx. Raises Refused, NotFound, RetryLater."""
        for attempt in range(1, self.read_tries + 1):
            try:
                answer = self._signed("GET", path, params=params, headers=headers)
            except requests.RequestException as error:
                if attempt == self.read_tries:
                    raise self._unreachable(error) from error
                continue
            if answer.status < 500 or answer.status == 503 or attempt == self.read_tries:
                return self._accept("GET", path, answer)
        raise AssertionError("unreachable")

    # -- writing ------------------------------------------------------------------------------

    def write(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        about: str,
        params: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """One write, journaled before and after. Raises InDoubt when nobody knows.

        The body is JSON, or bytes that go as they are.
        """
        told = body.decode() if isinstance(body, bytes) else redact(body)
        told = self.scrubbed(told)
        intent = self.journal.intent(about, method, self.url(path), told)
        try:
            answer = self._signed(method, path, params, body, headers, timeout)
        except requests.RequestException as error:
            raise self._cut(intent, error) from error
        except ConnectorError as error:  # token or budget: nothing was sent
            self.journal.outcome(intent, "not sent", 0, error.sentence)
            raise
        return self._settled(intent, method, path, answer)

    def _cut(self, intent: int, error: requests.RequestException) -> ConnectorError:
        """Refused, unknown host, no TLS: not sent. Anything later: in doubt."""
        if never_sent(error):
            self.journal.outcome(intent, "not sent", 0, type(error).__name__)
            return self._unreachable(error)
        if isinstance(error, requests.ConnectionError):
            return self._in_doubt(intent, "connection cut")
        return self._in_doubt(intent, type(error).__name__)

    def _in_doubt(self, intent: int, why: str) -> InDoubt:
        self.journal.outcome(intent, "no answer", 0, why)
        return InDoubt(f"{self.label} did not answer ({why}); whether it did the work is unknown.")

    def _settled(self, intent: int, method: str, path: str, answer: Answer) -> Answer:
        if unknown(answer.status) and not self.surely_undone(answer):
            words = self.scrubbed(answer.text[:2000])
            self.journal.outcome(intent, "no answer", answer.status, words)
            raise InDoubt(
                f"{self.label} answered {answer.status}; whether it did the work is unknown."
            )
        result = "done" if answer.status < 300 else "refused"
        told = self.scrubbed(redact(answer.data or answer.text[:500]))
        self.journal.outcome(intent, result, answer.status, told)
        return self._accept(method, path, answer)

    def surely_undone(self, answer: Answer) -> bool:
        """A 5xx of which the vendor says that the work was rolled back."""
        return False

    def scrubbed(self, value: Any) -> Any:
        """Without our secrets, should the other system repeat them."""
        secrets_now: dict[str, str] = self.connection.secrets or {}
        stored = secrets_now.values()
        hidden = {str(text) for text in (*stored, self._token_used) if text}
        return scrub(value, [text for text in hidden if len(text) >= SHORTEST_SECRET])

    # -- the wire -----------------------------------------------------------------------------

    def url(self, path: str) -> str:
        return path if path.startswith("http") else self.base_url().rstrip("/") + path

    def _signed(
        self,
        method: str,
        path: str,
        params: Any = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send with a token; a 401 renews it once (a 401 was not executed)."""
        at_home.check(self.connection.vendor)
        answer = self._send(method, path, params, body, headers, timeout)
        if answer.status == 401 and self.sign_in_again():
            answer = self._send(method, path, params, body, headers, timeout)
        return answer

    def _send(
        self,
        method: str,
        path: str,
        params: Any,
        body: Any,
        headers: Mapping[str, str] | None,
        timeout: float | None,
    ) -> Answer:
        signs_of_life.tell()
        signature = self.signature()
        window = self.rate_window()
        rate_limit.reserve(self.connection, window, self.longest_wait, writes=method != "GET")
        sent = {**self.headers(), **(headers or {}), **signature}
        data = body if body is None or isinstance(body, bytes) else dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        self.requests_used += 1
        request = requests.Request(method, self.url(path), sent, data=data, params=params)
        prepared = self.session.prepare_request(request)
        with reach.timed(self):
            response = self.session.send(
                prepared, timeout=(self.connect_timeout, timeout or self.read_timeout),
                allow_redirects=False, **self._way(str(prepared.url)),
            )  # fmt: skip
        answer = parse(response)
        reading = self.read_budget(answer)
        rate_limit.learn(self.connection, reading, window, throttled=answer.status == 429)
        return answer

    def _way(self, url: str) -> dict[str, Any]:
        """By which proxy and with whose certificates: what the environment says of this server.

        It is asked once, and not with each request, which would cost as much as its statements.
        """
        server = urlsplit(url)[:2]
        if server not in self._ways:
            self._ways[server] = dict(
                self.session.merge_environment_settings(url, {}, None, self.trust, None)
            )
        return self._ways[server]

    def _accept(self, method: str, path: str, answer: Answer) -> Answer:
        """The answer if it is good, else the error that it means."""
        if answer.status < 300:
            return answer
        self.check_who_answers(answer)
        code, words = self.error_text(answer.data, answer.text)
        words = self.scrubbed(words)
        if answer.status in (429, 503):
            at = self.retry_at(answer)
            if answer.status == 429:
                at = rate_limit.block(self.connection, at)
            raise RetryLater(f"{self.label} asks us to slow down ({answer.status}).", at)
        if answer.status >= 500 or answer.status == 408:
            raise RetryLater(f"{self.label} has trouble ({answer.status}): {words}")
        sentence = f"{self.label} refused ({answer.status}): {words}"
        if answer.status == 401:  # after a renewal
            raise self.token_refused(sentence)
        kind = NotFound if answer.status == 404 else Refused
        vendor = self.connection.vendor
        raise kind(sentence, status=answer.status, code=code, text=words, vendor=vendor)

    def check_who_answers(self, answer: Answer) -> None:
        """A page that forbids does so in a proxy's name. Raises RetryLater."""
        refused = answer.status in FORBIDDEN
        if refused and not self.answers_with_pages and web_page(answer):
            raise RetryLater(
                f"Something between us and {self.label} answers with a web page ({answer.status}): "
                "a proxy or a firewall. If this lasts, ask who runs the network.",
                self.retry_at(answer),
            )

    def _unreachable(self, error: Exception) -> RetryLater:
        host = self.base_url().split("//")[-1].split("/")[0]
        log.warning("cannot reach %s: %s", host, type(error).__name__)
        self.connection.note_unreachable()
        return Unreachable(f"Cannot reach {self.label} at {host}.")

    # -- signing in -----------------------------------------------------------------------------

    def sign_in(self, url: str, form: Mapping[str, str]) -> tokens.Grant:
        """POST a token request. Raises tokens.SignInFailed with the server's words."""
        try:
            response = self.session.post(
                url, data=form, timeout=(self.connect_timeout, self.sign_in_timeout),
                allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException as error:
            host = url.split("//")[-1].split("/")[0]
            raise tokens.SignInFailed(f"Cannot reach the sign-in server {host}.") from error
        answer = parse(response)
        data = answer.data if isinstance(answer.data, dict) else {}
        if answer.status != 200 or "access_token" not in data:
            words = str(data.get("error_description") or data.get("error") or answer.status)
            words = self.scrubbed(words)
            raise tokens.SignInFailed(
                f"{self.label} refused the sign-in: {words.split(' Trace ID')[0][:300]}",
                permanent=answer.status in (400, 401),
            )
        return tokens.Grant(str(data["access_token"]), int(data.get("expires_in") or 3600))


def parse(response: requests.Response) -> Answer:
    """JSON with exact numbers; text where it is not JSON. UTF-8 unless the answer says other."""
    response.encoding = response.encoding or "utf-8"
    data: Any = None
    if response.content:
        try:
            data = json.loads(response.content, parse_float=Decimal)
        except ValueError:
            data = None
    return Answer(response.status_code, response.headers, data, response.text)


def never_sent(error: requests.RequestException) -> bool:
    """True when the connection was never made, so nothing can have happened."""
    exceptions = requests.exceptions
    if isinstance(error, exceptions.SSLError):  # also raised when an encrypted answer is cut
        return "CERTIFICATE_VERIFY_FAILED" in str(error)
    if isinstance(error, (exceptions.ConnectTimeout, ValueError)) and not isinstance(
        error, exceptions.JSONDecodeError
    ):
        return True  # ValueError: an address or header that cannot be sent at all
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}


def is_page(text: str) -> bool:
    """HTML, which http.sys and proxies send; other XML begins otherwise."""
    return text.lstrip("\ufeff \r\n\t")[:15].lower().startswith(("<!doctype html", "<html"))


def web_page(answer: Answer) -> bool:
    kind = answer.headers.get("Content-Type", "").lower()
    return kind.startswith("text/html") or (answer.data is None and is_page(answer.text))


def unknown(status: int) -> bool:
    """An answer that does not say whether the write was carried out: who answers may be a proxy.

    501 and 503 say that nobody took it; what a 4xx refuses was not done.
    """
    return status == 408 or (status >= 500 and status not in (501, 503))
