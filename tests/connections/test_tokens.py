"""One refresher per credential, and what a refused sign-in does."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from connections.errors import CredentialPaused
from connections.models import Connection, Token
from connections.transport import tokens
from tests.connections.other_system import AcmeClient, OtherSystem

NO: tuple[int, dict[str, str], str] = (401, {}, json.dumps({"error": "invalid_client"}))


def in_threads(count: int, work: Callable[[], object]) -> list[object]:
    """What each thread got, or its error; each has a database connection of its own."""
    found: list[object] = []
    ready = threading.Barrier(count)

    def run() -> None:
        ready.wait()
        try:
            found.append(work())
        except Exception as error:
            found.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def client_of(connection: Connection) -> AcmeClient:
    return AcmeClient(Connection.objects.get(pk=connection.pk))


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_an_expired_token_sign_in_once(
    connection: Connection, other_system: OtherSystem
) -> None:
    past = timezone.now() - dt.timedelta(minutes=1)
    Token.objects.create(connection=connection, access_token="old", expires_at=past)
    other_system.sign_in_seconds = 0.3
    found = in_threads(4, lambda: tokens.current(client_of(connection)).access_token)
    assert found == ["TOKEN-1-xyz"] * 4
    assert other_system.sign_ins == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_meet_one_refusal(connection: Connection, other_system: OtherSystem) -> None:
    other_system.sign_in, other_system.sign_in_seconds = (lambda count: NO), 0.2
    found = in_threads(3, lambda: tokens.current(client_of(connection)))
    assert all(isinstance(error, CredentialPaused) for error in found)
    assert other_system.sign_ins == 1
    assert Token.objects.get().failures == 1


@pytest.mark.django_db
def test_a_token_is_renewed_before_it_expires(
    connection: Connection, other_system: OtherSystem
) -> None:
    client = client_of(connection)
    assert tokens.current(client).access_token == "TOKEN-1-xyz"
    assert tokens.current(client).access_token == "TOKEN-1-xyz"
    Token.objects.update(expires_at=timezone.now() + dt.timedelta(minutes=4))
    assert tokens.current(client).access_token == "TOKEN-2-xyz"


@pytest.mark.django_db
def test_a_refused_sign_in_pauses_only_this_credential_longer_each_time(
    connection: Connection, other_system: OtherSystem
) -> None:
    other = Connection.objects.create(
        name="Other", vendor="acme", settings=connection.settings, secrets=connection.secrets
    )
    other_system.sign_in = lambda count: NO
    pauses = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _attempt in range(4):
            with pytest.raises(CredentialPaused) as caught:
                tokens.current(client_of(connection))
            assert caught.value.at is not None
            pauses.append((caught.value.at - timezone.now()).total_seconds())
            clock.move_to(caught.value.at + dt.timedelta(seconds=1))
    assert pauses == [15, 30, 60, 120]
    other_system.sign_in = OtherSystem.grant
    assert tokens.current(client_of(other)).access_token.startswith("TOKEN")


@pytest.mark.django_db
def test_nobody_signs_in_during_the_pause(
    connection: Connection, other_system: OtherSystem
) -> None:
    other_system.sign_in = lambda count: NO
    for _attempt in range(3):
        with pytest.raises(CredentialPaused):
            tokens.current(client_of(connection))
    assert other_system.sign_ins == 1


@pytest.mark.django_db
def test_a_pause_never_outgrows_half_an_hour(
    connection: Connection, other_system: OtherSystem
) -> None:
    Token.objects.create(connection=connection, failures=30)
    other_system.sign_in = lambda count: NO
    with pytest.raises(CredentialPaused) as caught:
        tokens.current(client_of(connection))
    assert caught.value.at is not None
    assert caught.value.at <= timezone.now() + dt.timedelta(minutes=30)


@pytest.mark.django_db
def test_a_credential_recovers_by_itself(connection: Connection, other_system: OtherSystem) -> None:
    other_system.sign_in = lambda count: NO
    with pytest.raises(CredentialPaused):
        tokens.current(client_of(connection))
    other_system.sign_in = OtherSystem.grant
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=16)):
        assert tokens.current(client_of(connection)).access_token == "TOKEN-2-xyz"
    connection.refresh_from_db()
    assert (connection.paused_until, connection.pause_sentence) == (None, "")
    assert (connection.token.failures, connection.token.error) == (0, "")


@pytest.mark.django_db
def test_a_refused_token_that_was_renewed_meanwhile_is_kept(connection: Connection) -> None:
    Token.objects.create(connection=connection, access_token="new")
    tokens.drop(connection, "old")
    assert Token.objects.get().access_token == "new"
    tokens.drop(connection, "new")
    assert Token.objects.get().access_token == ""


@pytest.mark.django_db(transaction=True)
def test_a_drop_in_mid_batch_costs_one_sign_in(
    connection: Connection, other_system: OtherSystem
) -> None:
    """Four workers find the token revoked at once."""
    revoked = {"Bearer TOKEN-1-xyz"}
    tokens.current(client_of(connection))

    def reply(method: str, path: str, count: int) -> tuple[int, dict[str, str], str]:
        with other_system.lock:
            used = other_system.seen[count - 1][2]["authorization"]
        return (401, {}, "") if used in revoked else (200, {}, "{}")

    other_system.reply = reply
    found = in_threads(4, lambda: client_of(connection).get("/things").status)
    assert found == [200] * 4
    assert other_system.sign_ins == 2
