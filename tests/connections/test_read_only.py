"""The last door: while only reads may leave, nothing else does, whatever the client."""

from __future__ import annotations

import threading

import pytest
import requests

from connections.models import Connection
from connections.transport.http import Client, new_session
from connections.transport.read_only import WouldWrite, nothing, only_reads
from tests.connections.other_system import AcmeClient, OtherSystem

pytestmark = pytest.mark.django_db


def test_reads_and_the_sign_in_pass(connection: Connection, other_system: OtherSystem) -> None:
    with only_reads(nothing):
        assert AcmeClient(connection).get("/things").data == {"id": 1}
    assert other_system.sign_ins == 1


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE", "OPTIONS", "MERGE"])
def test_nothing_else_leaves(other_system: OtherSystem, method: str) -> None:
    session = new_session()
    with only_reads(nothing), pytest.raises(WouldWrite, match=method):
        session.request(method, f"{other_system.address}/things", json={"a": 1})
    assert other_system.seen == []
    session.request(method, f"{other_system.address}/things", json={"a": 1}, timeout=5)
    assert method in (other_system.methods() or [method])


def test_a_body_makes_no_read(other_system: OtherSystem) -> None:
    with only_reads(nothing), pytest.raises(WouldWrite):
        new_session().get(f"{other_system.address}/things", data=b"x")


def test_a_token_is_asked_for_by_its_grant_alone(other_system: OtherSystem) -> None:
    with only_reads(nothing), pytest.raises(WouldWrite):
        new_session().post(f"{other_system.address}/token", data={"revoke": "it"})
    assert other_system.sign_ins == 0


def test_other_threads_and_other_clients_are_held_too(
    connection: Connection, other_system: OtherSystem
) -> None:
    caught: list[BaseException] = []

    def write() -> None:
        try:
            Client(connection).session.post(f"{other_system.address}/things", json={})
        except WouldWrite as error:
            caught.append(error)

    with only_reads(nothing):
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert caught
    assert other_system.seen == []


def test_a_client_takes_it_for_no_answer(connection: Connection, other_system: OtherSystem) -> None:
    """It is neither an error of the network, which is tried again, nor one of the vendor."""
    assert not issubclass(WouldWrite, (OSError, requests.RequestException))
    with only_reads(nothing), pytest.raises(WouldWrite):
        AcmeClient(connection)._signed("POST", "/things", body={})
    assert other_system.seen == []
