"""How to reach an environment: address, sign-in, company, limits, what its answers mean.

odata.md; service-protection-api-limits.md; troubleshoot-service-authentication.md
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from django.utils import timezone

from connections.errors import (
    ConnectorError,
    CredentialPaused,
    NeedsPerson,
    NotFound,
    Reason,
    Refused,
    RetryLater,
)
from connections.models import Connection
from connections.transport import concurrency, odata, rate_limit, tokens
from connections.transport.entra import Entra, in_plain_words
from connections.transport.http import Answer, Journal, is_page, web_page
from connections.transport.odata import ODataClient, Row
from connections.vendors.fo import batch, messages
from connections.vendors.fo import concurrency as pace
from connections.vendors.fo.choices import V1
from connections.vendors.fo.rows import literal, said

log = logging.getLogger(__name__)

WRITE_TRIES = 3  # of a write that met an update conflict
CONFLICT_PAUSE = 0.5  # seconds, doubled each time
UNSAID_WAIT = dt.timedelta(seconds=30)  # a 429 that does not say how long
NAMESPACE = "Microsoft.Dynamics.DataEntities"
MOST_LANES = 8
HURRIED = 45.0  # seconds


class Wire(Entra, ODataClient):
    """Requests of one connection. 403 and unknown collections are NeedsPerson: final."""

    label = messages.SYSTEM
    token_margin = dt.timedelta(minutes=5)
    read_tries = 2

    def __init__(self, connection: Connection, journal: Journal | None = None) -> None:
        super().__init__(connection, journal)
        self.read_timeout = 1.0 * self.whole("read_timeout", 30, 900)

    # -- settings -----------------------------------------------------------------------------

    def setting(self, name: str) -> str:
        return self.connection.setting(name).strip()

    def whole(self, name: str, least: int, most: int) -> int:
        """A setting that is a number, kept between these."""
        text = self.setting(name)
        return min(max(int(text) if text.isascii() and text.isdigit() else least, least), most)

    def mapping(self, name: str, label: str) -> dict[str, Any]:
        """A setting that is a JSON object. Raises NeedsPerson."""
        text = self.setting(name)
        try:
            value = json.loads(text) if text else {}
        except ValueError:
            value = None
        if isinstance(value, dict):
            return value
        raise NeedsPerson(
            Reason.SETTINGS,
            f"What the connection says under {label} is not understood. Write names and values in "
            'braces, as {"name": "value"}.',
        )

    def demanded(self, entity_set: str) -> dict[str, Any]:
        """What this site demands in each row of a collection besides."""
        fields = self.mapping("extra_fields", "Fields to add").get(entity_set) or {}
        return dict(fields) if isinstance(fields, dict) else {}

    @cached_property
    def company(self) -> str:
        """The legal entity as rows say it: lower case."""
        return self.setting("company").lower()

    # -- address ------------------------------------------------------------------------------

    def origin(self) -> str:
        """Lower case, no path, no slash: a token for any other audience is refused."""
        parts = urlsplit(self.setting("environment_url"))
        return f"{parts.scheme}://{parts.netloc}".lower()

    def base_url(self) -> str:
        return f"{self.origin()}/data"

    def path(self, entity_set: str, **options: str | int) -> str:
        """A collection with its query options, over all companies that the user may see."""
        path, _, given = odata.query(f"/{entity_set}", **options).partition("?")
        return f"{path}?cross-company=true" + (f"&{given}" if given else "")

    def record(self, entity_set: str, **key: str | int) -> str:
        """The address of one row of our company by its whole key."""
        given = {"dataAreaId": self.company, **key}
        parts = ",".join(f"{name}={literal(value)}" for name, value in given.items())
        return f"/{entity_set}({parts})?cross-company=true"

    def ours(self, *conditions: str) -> str:
        """A filter on our company and on all of these."""
        parts = [f"dataAreaId eq {odata.text(self.company)}", *filter(None, conditions)]
        return " and ".join(parts[:1] + [f"({part})" for part in parts[1:]])

    def hurry(self) -> None:
        """A person waits, but after a pause the first answer takes a while."""
        super().hurry()
        self.read_timeout = HURRIED

    def headers(self) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "OData-Version": "4.0",
            "OData-MaxVersion": "4.0",
            "x-ms-client-request-id": str(uuid4()),
        }

    # -- sign-in and limits -------------------------------------------------------------------

    def scope(self) -> str:
        return f"{self.origin()}/.default"

    def fetch_token(self) -> tokens.Grant:
        """By scope (v2.0) or by resource (v1). Raises tokens.SignInFailed in plain words."""
        if self.setting("token_version") != V1:
            return super().fetch_token()
        form = {
            "grant_type": "client_credentials",
            "client_id": self.setting("client_id"),
            "client_secret": self.connection.secret("client_secret"),
            "resource": self.origin(),
        }
        login = self.setting("login_url").rstrip("/")
        try:
            return self.sign_in(f"{login}/{quote(self.setting('tenant_id'))}/oauth2/token", form)
        except tokens.SignInFailed as error:
            raise in_plain_words(error) from error

    def rate_window(self) -> rate_limit.Window:
        """95 % of the former 6,000 in 5 minutes, spread: good manners where no figure is set."""
        return rate_limit.Window(limit=190, seconds=10)

    def retry_at(self, answer: Answer) -> dt.datetime | None:
        """A 429 without a word means 30 seconds."""
        at = super().retry_at(answer)
        return timezone.now() + UNSAID_WAIT if at is None and answer.status == 429 else at

    def _send(
        self,
        method: str,
        path: str,
        params: Any,
        body: Any,
        headers: Mapping[str, str] | None,
        timeout: float | None,
    ) -> Answer:
        """In one of the lanes; a 429 halves them."""
        most = self.whole("lanes", 1, MOST_LANES)
        longest = self.longest_wait.total_seconds()
        name, label = f"fo {self.connection.pk}", str(self.connection)
        with concurrency.lane(name, label, pace.lanes(self.connection, most), longest):
            answer = super()._send(method, path, params, body, headers, timeout)
        if answer.status == 429:
            pace.halve(self.connection, most)
        if answer.status < 400 and (web_page(answer) or answer.status >= 300):
            return dataclasses.replace(answer, status=503)  # a sign-in or maintenance page
        return answer

    # -- errors -------------------------------------------------------------------------------

    def error_text(self, data: Any, text: str) -> tuple[str, str]:
        """The code is never used: it is empty as a rule."""
        return "", "" if is_page(text) else messages.words(data, text)

    def surely_undone(self, answer: Answer) -> bool:
        """Older builds answer a business refusal with 500."""
        return messages.is_infolog(answer.data, answer.text)

    def _accept(self, method: str, path: str, answer: Answer) -> Answer:
        if web_page(answer):
            raise RetryLater(
                f"{self.label} answers with a web page ({answer.status}): it is restarting or "
                "being serviced. If this lasts, check the environment address.",
                self.retry_at(answer),
            )
        if answer.status >= 400 and answer.status != 404:  # a collection may be absent
            activity = answer.headers.get("ms-dyn-aid", "none")
            log.info("%s to %s %s, activity %s", answer.status, method, path[:80], activity)
        if answer.status == 401:  # after a renewal
            raise self._rejected()
        if answer.status == 403:
            raise self._forbidden(answer)
        if answer.status == 500 and messages.is_infolog(answer.data, answer.text):
            text = self.scrubbed(messages.words(answer.data, answer.text))
            sentence, vendor = f"{self.label} refused (500): {text}", self.connection.vendor
            raise Refused(sentence, status=500, text=text, vendor=vendor)
        return super()._accept(method, path, answer)

    def _rejected(self) -> CredentialPaused:
        sentence = (
            f"{self.label} does not accept this app at {self.origin()}. Check that its client id "
            "is bound to an active user in System administration, Setup, Microsoft Entra ID "
            "applications, and that the address is the environment's own, without anything after "
            "the host."
        )
        return self.token_refused(sentence)

    def _forbidden(self, answer: Answer) -> NeedsPerson:
        text = self.scrubbed(self.error_text(answer.data, answer.text)[1])
        return NeedsPerson(
            Reason.SETTINGS,
            f"{self.label} does not allow this to the user that the app is bound to. Give that "
            f"user a security role for it, then replay. {text}".strip(),
            text=text,
        )

    # -- reading ------------------------------------------------------------------------------

    def _page(self, path: str, size: int = 0) -> Answer:
        return self.get(path)

    def _own(self, link: str) -> str:
        """Behind a gateway the link names the internal host: what follows it is asked of ours."""
        parts = urlsplit(link)
        if (parts.scheme, parts.netloc) == urlsplit(self.origin())[:2]:
            return link
        _, found, rest = link.partition("/data/")
        if not found:
            raise ConnectorError(f"{self.label} sent a next page that is not its own.")
        return f"/{rest}"

    def whole_set(self, entity_set: str, key: Sequence[str], **options: str | int) -> list[Row]:
        """All rows in the order of the key, each once; again once when pages shifted."""
        path = self.path(entity_set, orderby=",".join(key), **options)
        found, pages = self._once(path, key)
        if pages > 1 and len(found) != self._count(entity_set, str(options.get("filter") or "")):
            found, _ = self._once(path, key)
        return found

    def _once(self, path: str, key: Sequence[str]) -> tuple[list[Row], int]:
        """(rows, how many pages they came in)."""
        before = self.requests_used
        rows = {tuple(str(row.get(name)) for name in key): row for row in self.rows(path)}
        return list(rows.values()), self.requests_used - before

    def _count(self, entity_set: str, filter: str) -> int:
        answer = self.get(self.path(f"{entity_set}/$count", filter=filter))
        text = answer.text.strip().lstrip("\ufeff")
        return int(text) if text.isdigit() else -1

    def some(self, entity_set: str, field: str, values: Iterable[str], **options: str) -> list[Row]:
        """Rows of our company in which a field is one of the values; a request for forty."""
        found: list[Row] = []
        for part in odata.chunks(list(dict.fromkeys(filter(None, values)))):
            wanted = self.ours(odata.any_of(field, part))
            same = {one.casefold() for one in part}  # a `*` in a value is a wildcard
            rows = self.rows(self.path(entity_set, filter=wanted, **options))
            found += [row for row in rows if said(row, field).casefold() in same]
        return found

    def _batch(self, paths: Sequence[str]) -> list[Answer]:
        kind, body = batch.envelope([self.url(path) for path in paths])
        headers = {"Content-Type": kind, "Accept": "multipart/mixed"}
        try:
            answer = self._signed("POST", "/$batch", body=body, headers=headers)
        except OSError as error:  # what the session raises; nothing was written
            raise self._unreachable(error) from error
        found = batch.answers(self._accept("POST", "/$batch", answer), len(paths))
        if any(one.status == 429 for one in found):
            pace.halve(self.connection, self.whole("lanes", 1, MOST_LANES))
        return [self._accept("GET", path, one) for path, one in zip(paths, found, strict=True)]

    def sets(self, paths: Sequence[str]) -> list[list[Row]]:
        """Several collections in one request, each with all its pages."""
        return [list(self.pages(answer)) for answer in self.read_batch(paths)]

    def absent(self, error: Refused) -> bool:
        """The collection itself is not offered, or a field of it is not known."""
        return isinstance(error, NotFound) or error.status == 400

    # -- writing ------------------------------------------------------------------------------

    def put(self, method: str, path: str, body: Any, about: str) -> Answer:
        """One write; an update conflict is tried again, three times in all."""
        for attempt in range(1, WRITE_TRIES + 1):
            try:
                return self.write(method, path, body, about=about)
            except Refused as error:
                if not messages.conflict(error):
                    raise
                told = error.text
            rate_limit.sleep(CONFLICT_PAUSE * 2 ** (attempt - 1))
        raise RetryLater(f"{self.label} was busy with the same document: {told}")

    def add(self, entity_set: str, row: Mapping[str, Any], about: str) -> Row:
        """A new row of our company, as it is stored. Raises Refused, InDoubt, RetryLater."""
        body = {"dataAreaId": self.company, **row, **self.demanded(entity_set)}
        return odata.row(self.put("POST", f"/{entity_set}", body, about))

    def remove(self, entity_set: str, about: str, **key: str | int) -> None:
        """Safe to call for a row that is gone."""
        try:
            self.put("DELETE", self.record(entity_set, **key), None, about)
        except Refused as error:
            if not messages.gone(error):
                raise
