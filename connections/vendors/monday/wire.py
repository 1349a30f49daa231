"""How monday.com speaks: one address, GraphQL by POST, refusals in HTTP 200, points and calls."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

from django.utils import timezone

from connections.errors import (
    ConnectorError,
    NeedsPerson,
    NotFound,
    NoTry,
    Reason,
    Refused,
    RetryLater,
)
from connections.models import Connection
from connections.transport import daily_quota, rate_limit
from connections.transport.concurrency import lane
from connections.transport.exact import dumps
from connections.transport.http import Answer, Journal
from connections.vendors.monday import answers
from connections.vendors.monday.calls import Calls
from connections.vendors.monday.sign_in import SignIn
from connections.vendors.monday.ways import BASIC, MINUTE_RATE, OAUTH

STILL_BUSY = dt.timedelta(seconds=5)
PATH = "/v2"
MINUTE = 60.0
AT_ONCE = 10  # calls to one account; 40 are allowed on the smallest plan
REFUSALS_REPLAYED = 4  # refusals that may be repeated to us before one is new; nothing is told
ROOM = 3  # calls like the last one for which points must be left, for other workers' sake
Row = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Done:
    """What a change answered. `replayed`: monday.com did it before and repeats its answer."""

    data: Row
    replayed: bool = False


class Wire(SignIn):
    """The manners that every request shares."""

    label = "monday.com"

    def __init__(self, connection: Connection, journal: Journal | None = None) -> None:
        super().__init__(connection, journal)
        self.calls = Calls(self)
        self.last_answer: Answer | None = None
        plan = connection.setting("plan")
        self.minute_rate = MINUTE_RATE.get(plan, MINUTE_RATE[BASIC])

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "API-Version": self.connection.setting("api_version").strip()}

    def host(self) -> str:
        return self.base_url().split("//")[-1].split("/")[0].lower()

    # -- reading ------------------------------------------------------------------------------

    def ask(self, query: str, variables: Row | None = None, partly: bool = False) -> Row:
        """`data` of a query, tried again on a broken connection or 5xx; `partly`: what there is
        of it. Raises NotFound, Refused, RetryLater, CredentialPaused.
        """
        body = {"query": query, "variables": dict(variables or {})}
        for attempt in range(1, self.read_tries + 1):
            try:
                answer = self._signed("POST", PATH, body=body)
            except OSError as error:  # requests' errors are that
                if attempt == self.read_tries:
                    raise self._unreachable(error) from error
                continue
            if answer.status < 500:
                break
        if not (partly and 400 <= answer.status < 500 and answer.status not in (401, 429)):
            self._accept("POST", PATH, answer)
        return self.fields(answer, partly)

    def fields(self, answer: Answer, partly: bool = False) -> Row:
        data = answer.data.get("data") if isinstance(answer.data, dict) else None
        if isinstance(data, dict):
            return data
        if partly:
            self._accept("POST", PATH, answer)
        raise RetryLater(f"{self.label} answered with something that is no data.")

    # -- changing -----------------------------------------------------------------------------

    def change(self, query: str, variables: Row, *, about: str, key: str, board: str = "") -> Done:
        """One change, journaled; changes of a board go one after the other.

        `key` and the content make the Idempotency-Key: the same change sent again within 30
        minutes is done once (…/docs/idempotency). Raises InDoubt, Refused, NotFound, RetryLater.
        """
        body = {"query": query, "variables": dict(variables)}
        with self.board_lane(board):
            for again in range(REFUSALS_REPLAYED + 1):
                headers = {"Idempotency-Key": idempotency_key(key, body, again)}
                try:
                    answer = self.write("POST", PATH, body, about=about, headers=headers)
                except (Refused, NeedsPerson):
                    # A refusal of before: what was wrong may have been put right since.
                    if again == REFUSALS_REPLAYED or not is_replayed(self.last_answer):
                        raise
                else:
                    return Done(self.fields(answer), is_replayed(answer))
        raise AssertionError("unreachable")

    def board_lane(self, board: str) -> AbstractContextManager[None]:
        return lane(f"{self.host()} board {board}", self.label)

    # -- one request --------------------------------------------------------------------------

    def _send(
        self,
        method: str,
        path: str,
        params: Any,
        body: Any,
        headers: Mapping[str, str] | None,
        timeout: float | None,
    ) -> Answer:
        """Counted in the account's day, one of few at a time, classed by what it means."""
        self.signature()  # a refused sign-in costs no call
        counted = self.calls.take()
        try:
            with lane(f"{self.host()} {self.connection.pk} calls", self.label, AT_ONCE):
                answer = super()._send(method, path, params, body, headers, timeout)
        except ConnectorError:  # the budget: nothing was sent
            if counted:
                self.calls.give_back()
            raise
        self.last_answer = answer
        self.mind_points(answer)
        changes = str(body["query"]).lstrip().startswith("mutation")
        return answers.classed(answer, changes)

    def rate_window(self) -> rate_limit.Window:
        return rate_limit.Window(limit=self.minute_rate, seconds=MINUTE)

    def read_budget(self, answer: Answer) -> rate_limit.Reading | None:
        """The minute's requests; monday.com says when they come back only once they are gone."""
        told = answers.policies(answer.headers.get("RateLimit", "")).get("minuteRate", {})
        limit = answers.policies(answer.headers.get("RateLimit-Policy", "")).get("minuteRate", {})
        left, most = told.get("r", ""), limit.get("q", "")
        if not (left.isdigit() and most.isdigit() and told.get("t", "").isdigit()):
            return None
        self.minute_rate = max(int(most), 1)
        reset = timezone.now() + dt.timedelta(seconds=int(told["t"]))
        return rate_limit.Reading(int(most), int(left), reset)

    def mind_points(self, answer: Answer) -> None:
        """Nobody sends before the points are back, when few calls like this one would fit."""
        data = answer.data.get("data") if isinstance(answer.data, dict) else None
        told = data.get("complexity") if isinstance(data, dict) else None
        if isinstance(told, dict) and told["after"] < ROOM * told["query"]:
            wait = dt.timedelta(seconds=told["reset_in_x_seconds"])
            rate_limit.block(self.connection, timezone.now() + wait)

    # -- answers ------------------------------------------------------------------------------

    def error_text(self, data: Any, text: str) -> tuple[str, str]:
        error = answers.worst(data)
        words = answers.words(error) or ("" if text.lstrip().startswith("<") else text[:300])
        return answers.code(error), words or "no reason given"

    def retry_at(self, answer: Answer) -> dt.datetime | None:
        return answers.retry_at(answer)

    def _accept(self, method: str, path: str, answer: Answer) -> Answer:
        if answer.status < 300:
            if self.connection.pause_sentence:
                self.connection.resume()
            return answer
        self.check_who_answers(answer)
        code, words = self.error_text(answer.data, answer.text)
        if answer.status == 429:
            raise self._throttled(code, answer)
        if answer.status == 409 and code == answers.CONFLICT:
            soon = timezone.now() + STILL_BUSY
            raise RetryLater(
                "monday.com is still busy with the same change sent before.",
                self.retry_at(answer) or soon,
            )
        if answer.status == 403:
            raise self._forbidden(code, self.scrubbed(words), answer)
        if answer.status == 401:
            raise self.token_refused(self.refused_sign_in(words))
        if answer.status in (400, 404, 409, 422):
            kind = NotFound if answer.status == 404 else Refused
            words = self.scrubbed(words)
            sentence = f"monday.com refused: {words.rstrip('.')}."
            vendor = self.connection.vendor
            raise kind(sentence, status=answer.status, code=code, text=words, vendor=vendor)
        return super()._accept(method, path, answer)

    def _throttled(self, code: str, answer: Answer) -> RetryLater:
        """Which limit, and when it ends; until then nobody of this credential sends."""
        self.calls.turned_away()
        if code == answers.DAILY:
            self.calls.used_up()
            return NoTry(
                "The calls that monday.com allows this account today are used up; it goes on at "
                "00:00 UTC.",
                daily_quota.next_day(),
            )
        at = rate_limit.block(self.connection, self.retry_at(answer))
        return RetryLater(f"monday.com asks us to slow down ({code or 'no reason given'}).", at)

    def _forbidden(self, code: str, words: str, answer: Answer) -> ConnectorError:
        """The account is shut out (the credential pauses), or lacks a scope or a right."""
        if code in answers.SHUT_OUT:
            return self.token_refused(
                f"monday.com does not let this user use its API ({words.rstrip('.')}). Use a "
                "member of the account who is active and confirmed, no viewer and no guest.",
            )
        scopes = answers.scopes_named(answer)
        if code in answers.SCOPE or scopes or answers.PERMISSION.search(answer.text):
            named = ", ".join(scopes) or "a scope"
            return NeedsPerson(
                Reason.SETTINGS,
                f"The monday.com app lacks {named} ({words.rstrip('.')}). Add it to the app's "
                "permissions, promote the version, then press Connect again.",
                scopes=scopes,
            )
        return NeedsPerson(
            Reason.SETTINGS,
            f"monday.com does not permit this to the connection's user ({words.rstrip('.')}). "
            "Make that user an owner of the board.",
        )

    def refused_sign_in(self, words: str) -> str:
        if "ip is restricted" in words.lower():
            return (
                "monday.com does not accept this machine's address. An administrator must add it "
                "to the account's list of allowed addresses."
            )
        if self.way == OAUTH:
            return f"monday.com does not accept our sign-in ({words}). Press Connect again."
        return (
            f"monday.com does not accept the API token ({words}). It may have been made anew, or "
            "its user was deactivated. Enter the present one."
        )


def idempotency_key(key: str, body: Row, again: int = 0) -> str:
    """The same for the same change, another for any other."""
    return hashlib.sha256(f"{key}\n{again}\n{dumps(body)}".encode()).hexdigest()


def is_replayed(answer: Answer | None) -> bool:
    told = answer.headers.get("Idempotency-Replayed", "") if answer else ""
    return told.lower() == "true"


def new_key() -> str:
    """For a change that may rightly be asked for again within half an hour."""
    return uuid4().hex
