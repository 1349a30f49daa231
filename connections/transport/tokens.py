"""Access tokens: encrypted, one refresher per credential across all workers."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Protocol

from django.db import transaction
from django.utils import timezone

from connections.errors import ConnectorError, CredentialPaused
from connections.models import Connection, Token

FIRST_PAUSE = dt.timedelta(seconds=15)
LONGEST_PAUSE = dt.timedelta(minutes=30)
REFUSED_PAUSE = dt.timedelta(minutes=5)


@dataclasses.dataclass(frozen=True)
class Grant:
    """What a sign-in gave: the token and its life in seconds."""

    access_token: str
    expires_in: int


class SignInFailed(ConnectorError):
    """The token service said no or did not answer."""

    def __init__(self, sentence: str, permanent: bool = False) -> None:
        super().__init__(sentence)
        self.permanent = permanent


class SignsIn(Protocol):
    """A client, as far as its tokens are concerned."""

    connection: Connection
    token_margin: dt.timedelta

    def fetch_token(self) -> Grant:
        """A new one. Raises SignInFailed."""


def current(client: SignsIn) -> Token:
    """One that lives longer than the margin. Raises CredentialPaused."""
    connection = client.connection
    token = Token.objects.filter(connection=connection).first()
    if token and token.fresh(timezone.now(), client.token_margin):
        return token
    return renew(client)


def renew(client: SignsIn) -> Token:
    """Get a new token; whoever comes second under the row lock finds it done."""
    connection = client.connection
    Token.objects.get_or_create(connection=connection)
    with transaction.atomic():
        token = Token.objects.select_for_update().get(connection=connection)
        if token.fresh(timezone.now(), client.token_margin):
            return token
        refuse_while_paused(connection)
        try:
            grant = client.fetch_token()
        except SignInFailed as error:
            paused = note_failure(connection, token, error)  # under the lock: the next one waits
        else:
            store(token, grant)
            connection.resume()
            return token
    raise paused


def refuse_while_paused(connection: Connection) -> None:
    connection.refresh_from_db(fields=["paused_until", "pause_sentence"])
    if connection.paused:
        raise CredentialPaused(connection.pause_sentence, connection.paused_until)


def store(token: Token, grant: Grant) -> None:
    now = timezone.now()
    token.access_token, token.lifetime = grant.access_token, grant.expires_in
    token.obtained_at, token.expires_at = now, now + dt.timedelta(seconds=grant.expires_in)
    token.failures, token.error, token.failed_at = 0, "", None
    token.save()


def note_failure(connection: Connection, token: Token, error: SignInFailed) -> CredentialPaused:
    """Pause this credential only, longer with each failure."""
    token.failures += 1
    token.failed_at, token.error = timezone.now(), error.sentence
    token.save(update_fields=["failures", "failed_at", "error"])
    pause = min(FIRST_PAUSE * 2 ** min(token.failures - 1, 10), LONGEST_PAUSE)
    until = timezone.now() + pause
    connection.pause(until, error.sentence)
    return CredentialPaused(error.sentence, until)


def drop(connection: Connection, used: str) -> None:
    """Forget the token that got a 401, unless another worker has renewed it already."""
    with transaction.atomic():
        token = Token.objects.select_for_update().filter(connection=connection).first()
        if token and token.access_token == used:
            token.access_token = ""
            token.save(update_fields=["access_token"])


def forget(connection: Connection) -> None:
    """The credentials changed or a person asks: sign in anew, now."""
    Token.objects.filter(connection=connection).update(access_token="", failures=0)
    connection.resume()


def refused(connection: Connection, used: str, sentence: str) -> CredentialPaused:
    """A token just issued got a 401: the credential, not the document, is at fault."""
    drop(connection, used)
    until = timezone.now() + REFUSED_PAUSE
    connection.pause(until, sentence)
    return CredentialPaused(sentence, until)
