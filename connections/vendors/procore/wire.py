"""How Procore speaks HTTP: the company header, paging, rate limits, error bodies.

developers.procore.com/documentation/oauth-client-credentials, …/tutorial-mpz, …/pagination,
…/rate-limiting and …/error-reference
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django.utils import timezone

from connections.errors import NotFound, Refused, RetryLater
from connections.transport import rate_limit, tokens
from connections.transport.http import Answer, Client
from connections.vendors.procore.values import Row

Made = TypeVar("Made")
NEXT = re.compile(r'<([^>]+)>\s*;[^,<]*\brel="?next"?')
SPIKE_SECONDS = 10.0  # 25 requests in 10 seconds by default, besides the hourly window
SPIKE_LIMIT = 25
LONGEST_WAIT = dt.timedelta(hours=1)
V2_PAGE = 100  # the maximum of v2; also of tax codes
NOT_CONNECTED = (
    "The app is not connected to this Procore company. "
    "A Procore company administrator must install it under App Management."
)


class Wire(Client):
    """The manners that every Procore request shares."""

    label = "Procore"
    token_margin = dt.timedelta(minutes=18)  # a token lives 90 minutes: renewed at 80 %
    spike_limit = SPIKE_LIMIT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._once: dict[tuple[str, ...], Any] = {}

    @property
    def company_id(self) -> str:
        return self.connection.setting("company_id").strip()

    def base_url(self) -> str:
        return self.connection.setting("api_url").strip()

    def headers(self) -> dict[str, str]:
        """The company header goes everywhere, also beside a company_id parameter."""
        return {**super().headers(), "Procore-Company-Id": self.company_id}

    def fetch_token(self) -> tokens.Grant:
        """Client credentials; this grant has no refresh token. Raises SignInFailed."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.connection.setting("client_id").strip(),
            "client_secret": self.connection.secret("client_secret").strip(),
        }
        return self.sign_in(
            self.connection.setting("login_url").strip().rstrip("/") + "/oauth/token", form
        )

    # -- rate limits ----------------------------------------------------------------------------

    def rate_window(self) -> rate_limit.Window:
        return rate_limit.Window(limit=self.spike_limit, seconds=SPIKE_SECONDS)

    def read_budget(self, answer: Answer) -> rate_limit.Reading | None:
        """The header triple: it describes whichever window is nearer exhaustion."""
        limit, left, reset = (_whole(answer, part) for part in ("Limit", "Remaining", "Reset"))
        if limit is None or left is None or reset is None:
            return None
        reset_at = dt.datetime.fromtimestamp(reset, dt.UTC)
        if dt.timedelta(0) < reset_at - timezone.now() <= dt.timedelta(seconds=SPIKE_SECONDS + 1):
            self.spike_limit = max(limit, 1)
        return rate_limit.Reading(limit, left, reset_at)

    def retry_at(self, answer: Answer) -> dt.datetime | None:
        """The later of X-Rate-Limit-Reset and Retry-After."""
        reset = _whole(answer, "Reset")
        asked = super().retry_at(answer)
        moments = [asked] if asked else []
        if reset is not None:
            at = dt.datetime.fromtimestamp(reset, dt.UTC)
            moments.append(min(at, timezone.now() + LONGEST_WAIT))
        return max(moments, default=None)

    # -- errors ---------------------------------------------------------------------------------

    def error_text(self, data: Any, text: str) -> tuple[str, str]:
        return error_code(data), "; ".join(said(data)) or text.strip()[:300] or "no reason given"

    def _accept(self, method: str, path: str, answer: Answer) -> Answer:
        try:
            return super()._accept(method, path, answer)
        except Refused as error:
            raise type(error)(
                plainly(error), status=error.status, code=error.code, text=error.text
            ) from None

    # -- reading --------------------------------------------------------------------------------

    def one(self, path: str, params: Any = None) -> Row:
        """One object, out of its v2 envelope. Raises NotFound, Refused, RetryLater."""
        data = self.get(path, params).data
        data = data.get("data", data) if isinstance(data, dict) else data
        if not isinstance(data, dict):
            raise RetryLater(f"Procore answered {path} with something that is not a record.")
        return data

    def rows(
        self, path: str, params: Mapping[str, Any] | None = None, per_page: int = 0
    ) -> Iterator[Row]:
        """All rows. Follows rel=next, else stops at a short page; `per_page` 0: not paged."""
        start, page, before = path, 1, None
        query: Any = {**(params or {}), **({"page": 1, "per_page": per_page} if per_page else {})}
        while True:
            answer = self.get(path, query)
            found = table(answer, path)
            if found and found == before:  # the endpoint does not know pages
                return
            yield from found
            before = found
            if link := next_page(answer):
                path, query = link, None
            elif last_page(answer, len(found), per_page):
                return
            else:
                page += 1
                path, query = start, {**(params or {}), "page": page, "per_page": per_page}

    def once(self, name: tuple[str, ...], make: Callable[[], Made]) -> Made:
        """Read once in the life of this client."""
        if name not in self._once:
            self._once[name] = make()
        found: Made = self._once[name]
        return found

    def forget(self, *name: str) -> None:
        """Read it again when it is next asked for."""
        self._once.pop(name, None)

    def remember(self, name: tuple[str, ...], value: Any) -> None:
        self._once[name] = value


def _whole(answer: Answer, part: str) -> int | None:
    try:
        return int(Decimal(answer.headers.get(f"X-Rate-Limit-{part}", "")))
    except (ArithmeticError, ValueError):
        return None


def table(answer: Answer, path: str) -> list[Row]:
    """The rows of a list answer: bare, in an envelope, or a single object."""
    data = answer.data
    if isinstance(data, dict) and "data" in data:
        data = data["data"]
    if isinstance(data, dict) and "id" in data:
        data = [data]
    if not isinstance(data, list):
        raise RetryLater(f"Procore answered {path} with something that is not a list.")
    return [row for row in data if isinstance(row, dict)]


def next_page(answer: Answer) -> str:
    """Path and query of rel=next; never another host, which would get our token."""
    found = NEXT.search(answer.headers.get("Link", ""))
    return re.sub(r"^https?://[^/]+", "", found[1]) if found else ""


def last_page(answer: Answer, size: int, per_page: int) -> bool:
    """True where no next page can be: unpaged, `Link` without next, or a short page."""
    if not per_page or "Link" in answer.headers:
        return True
    given = answer.headers.get("Per-Page", "")
    return size < (int(given) if given.isdigit() and int(given) else per_page)


def error_code(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    error = data.get("error")
    code = error.get("code") if isinstance(error, dict) else data.get("code") or error
    return str(code or "")[:80]


def said(data: Any, field: str = "") -> list[str]:
    """Every sentence of an error body, in whichever of its shapes."""
    if isinstance(data, str):
        return [f"{field.replace('_', ' ')} {data}".strip()] if data.strip() else []
    if isinstance(data, list):
        return [sentence for item in data for sentence in said(item, field)]
    if not isinstance(data, dict):
        return []
    if "errors" in data:
        return _of_fields(data["errors"])
    if isinstance(data.get("error"), dict):
        return said(data["error"])
    words = [data.get(name) for name in ("message", "error_description", "reason")]
    found = [str(item) for item in words if item] or said(data.get("error"))
    return list(dict.fromkeys(found + said(data.get("details") or [])))


def _of_fields(errors: Any) -> list[str]:
    """`errors` is a text, a list, or a map of fields; "base" is the record itself."""
    if not isinstance(errors, dict):
        return said(errors)
    return [
        sentence
        for name, about in errors.items()
        for sentence in said(about, "" if name == "base" else str(name))
    ]


def plainly(error: Refused) -> str:
    """A refusal as an accountant reads it."""
    words = error.text.rstrip(".")
    if error.status == 401:
        return f"Procore does not accept our sign-in ({words}). Check client id and secret."
    if error.status == 403 and "not connected" in words.lower():
        return NOT_CONNECTED
    if error.status == 403:
        return (
            f"Procore does not permit this ({words}). Check the service account's permissions "
            "and that the project is on its list of permitted projects."
        )
    if isinstance(error, NotFound):
        return f"Procore does not find this, or does not show it to us ({words})."
    return f"Procore refused ({error.status}): {words}."
