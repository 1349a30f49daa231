"""Requests over real HTTP: what is repeated, what never is, what is journaled and hidden."""

from __future__ import annotations

import datetime as dt
import json
import logging
import socket
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from django.utils import timezone

from audit.journal import RecordJournal
from audit.models import Entry
from connections.errors import CredentialPaused, InDoubt, NotFound, Refused, RetryLater
from connections.models import Connection, RateBudget
from connections.transport.exact import dumps
from connections.transport.http import Client, never_sent
from tests.connections.conftest import SECRET
from tests.connections.other_system import CUT, AcmeClient, OtherSystem, ok

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(connection: Connection) -> AcmeClient:
    return AcmeClient(connection, RecordJournal("bc_procore", "invoices", 1))


def write(client: Client, body: Any = None) -> Any:
    return client.write("POST", "/things", body or {"a": 1}, about="Create a thing")


def last_outcome() -> dict[str, Any]:
    entry = Entry.objects.filter(kind=Entry.Kind.OUTCOME).first()
    assert entry is not None
    return dict(entry.data)


def test_a_read_is_repeated_after_a_cut(client: AcmeClient, other_system: OtherSystem) -> None:
    other_system.reply = lambda method, path, count: CUT if count < 3 else ok({"n": count})
    assert client.get("/things").data == {"n": 3}


def test_a_read_is_repeated_after_a_500(client: AcmeClient, other_system: OtherSystem) -> None:
    other_system.reply = lambda method, path, count: (500, {}, "") if count < 2 else ok({})
    assert client.get("/things").status == 200
    assert len(other_system.seen) == 2


def test_a_read_that_is_never_answered_comes_later(
    client: AcmeClient, other_system: OtherSystem
) -> None:
    other_system.reply = lambda method, path, count: CUT
    with pytest.raises(RetryLater, match="Cannot reach Acme at 127"):
        client.get("/things")
    assert len(other_system.seen) == 3


def test_a_write_is_never_repeated_after_a_cut(
    client: AcmeClient, other_system: OtherSystem
) -> None:
    other_system.reply = lambda method, path, count: CUT
    with pytest.raises(InDoubt):
        write(client)
    assert other_system.methods() == ["POST"]
    assert last_outcome()["result"] == "no answer"


@pytest.mark.parametrize("status", [408, 500, 502, 504, 520, 524, 599])
def test_a_write_whose_answer_does_not_say_what_became_of_it_is_in_doubt(
    client: AcmeClient, other_system: OtherSystem, status: int
) -> None:
    other_system.reply = lambda method, path, count: (status, {}, "gateway")
    with pytest.raises(InDoubt):
        write(client)
    assert other_system.methods() == ["POST"]


def test_a_refused_connection_was_not_sent(client: AcmeClient, connection: Connection) -> None:
    client.get("/things")  # signs in while the server is there
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        connection.settings["api_url"] = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(RetryLater, match="Cannot reach"):
        write(client)
    assert last_outcome()["result"] == "not sent"


def test_an_unsendable_address_was_not_sent(client: AcmeClient, connection: Connection) -> None:
    client.get("/things")
    connection.settings["api_url"] = "http://[bad"
    with pytest.raises(RetryLater):
        write(client)
    assert last_outcome()["result"] == "not sent"


def test_a_tls_cut_may_have_been_sent_and_a_bad_certificate_was_not() -> None:
    cut = requests.exceptions.SSLError("UNEXPECTED_EOF_WHILE_READING")
    assert not never_sent(cut)
    assert never_sent(requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"))
    assert not never_sent(requests.exceptions.ReadTimeout())
    assert not never_sent(requests.exceptions.ChunkedEncodingError())


def test_a_write_leaves_its_intent_before_and_its_outcome_after(
    client: AcmeClient, other_system: OtherSystem
) -> None:
    before: list[str] = []

    def reply(method: str, path: str, count: int) -> Any:
        before.extend(kinds)
        return ok({"id": 5})

    kinds: list[str] = []
    original = client.journal.intent

    def intent(*args: Any) -> int:
        number = original(*args)
        kinds.append("intent")
        return number

    client.journal.intent = intent  # type: ignore[method-assign, assignment]
    other_system.reply = reply
    write(client, {"a": Decimal("1.10")})
    assert before == ["intent"]
    intent_line, outcome = Entry.objects.order_by("sequence")
    assert intent_line.data["body"] == {"a": "1.10"}
    assert outcome.intent == intent_line.sequence
    assert outcome.data == {"result": "done", "status": 200, "body": {"id": 5}}


def test_a_write_without_a_journal_is_refused(
    connection: Connection, other_system: OtherSystem
) -> None:
    with pytest.raises(RuntimeError):
        write(AcmeClient(connection))
    assert other_system.seen == []


def test_a_401_renews_the_token_once(client: AcmeClient, other_system: OtherSystem) -> None:
    other_system.reply = lambda method, path, count: (401, {}, "") if count == 1 else ok({})
    write(client)
    assert other_system.sign_ins == 2
    used = [headers["authorization"] for _m, _p, headers, _b in other_system.seen]
    assert used == ["Bearer TOKEN-1-xyz", "Bearer TOKEN-2-xyz"]


def test_a_second_401_pauses_the_credential_and_holds_no_document(
    client: AcmeClient, connection: Connection, other_system: OtherSystem
) -> None:
    other_system.reply = lambda method, path, count: (401, {}, "")
    with pytest.raises(CredentialPaused):
        write(client)
    assert len(other_system.seen) == 2
    with pytest.raises(CredentialPaused):
        client.get("/things")
    assert len(other_system.seen) == 2  # nothing leaves while it is paused
    assert last_outcome()["result"] == "refused"


def test_a_404_is_not_found_and_a_400_is_refused(
    client: AcmeClient, other_system: OtherSystem
) -> None:
    other_system.reply = lambda method, path, count: (404, {}, "")
    with pytest.raises(NotFound):
        client.get("/things")
    other_system.reply = lambda method, path, count: (400, {}, '{"message": "No such vendor"}')
    with pytest.raises(Refused, match="No such vendor") as caught:
        write(client)
    assert caught.value.status == 400


def test_redirects_are_not_followed(client: AcmeClient, other_system: OtherSystem) -> None:
    """A redirected sign-in would hand the secret to another host."""
    other_system.sign_in = lambda count: (307, {"Location": "http://127.0.0.1:1/"}, "")
    with pytest.raises(CredentialPaused, match="refused the sign-in: 307"):
        client.get("/things")


def test_a_429_blocks_the_credential_until_retry_after(
    client: AcmeClient, connection: Connection, other_system: OtherSystem
) -> None:
    other_system.reply = lambda method, path, count: (429, {"Retry-After": "120"}, "")
    with pytest.raises(RetryLater) as caught:
        client.get("/things")
    assert caught.value.at is not None
    assert caught.value.at > timezone.now() + dt.timedelta(seconds=110)
    with pytest.raises(RetryLater, match="request limit"):
        client.get("/things")
    assert len(other_system.seen) == 1
    assert RateBudget.objects.get().throttled == 1


def test_a_429_without_retry_after_blocks_for_a_while(
    client: AcmeClient, other_system: OtherSystem
) -> None:
    other_system.reply = lambda method, path, count: (429, {}, "")
    client.longest_wait = dt.timedelta(0)
    with pytest.raises(RetryLater):
        client.get("/things")
    with pytest.raises(RetryLater):
        client.get("/things")
    assert len(other_system.seen) == 1


def test_retry_after_may_be_a_date(client: AcmeClient, other_system: OtherSystem) -> None:
    other_system.reply = lambda method, path, count: (
        503, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}, "",
    )  # fmt: skip
    with pytest.raises(RetryLater) as caught:
        client.get("/things")
    assert caught.value.at == dt.datetime(2099, 10, 21, 7, 28, tzinfo=dt.UTC)


@pytest.mark.parametrize("number", ["0.1", "123456789012345.678", "-0.01", "1E+3", "0.30"])
def test_decimals_leave_exactly(client: AcmeClient, other_system: OtherSystem, number: str) -> None:
    write(client, {"lines": [{"amount": Decimal(number)}], "text": "\u00001\u0000"})
    body = other_system.seen[-1][3]
    sent = json.loads(body, parse_float=str, parse_int=str)
    assert Decimal(sent["lines"][0]["amount"]) == Decimal(number)
    assert sent["text"] == "\u00001\u0000"


def test_decimals_arrive_exactly(client: AcmeClient, other_system: OtherSystem) -> None:
    other_system.reply = lambda *args: (200, {}, '{"a": 0.1, "b": 0.2, "c": 123456789012345.678}')
    data = client.get("/things").data
    assert data["a"] + data["b"] == Decimal("0.3")
    assert data["c"] == Decimal("123456789012345.678")


def test_many_numbers_keep_their_places() -> None:
    numbers = [Decimal(index) / 100 for index in range(2000)]
    assert json.loads(dumps(numbers), parse_float=Decimal, parse_int=Decimal) == numbers


def test_no_secret_in_journal_log_or_error(
    client: AcmeClient, other_system: OtherSystem, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even when the other system repeats it."""
    echo = json.dumps({"message": f"bad {SECRET} TOKEN-1-xyz", "nested": [{"x": SECRET}]})
    caplog.set_level(logging.DEBUG)
    sentences = []
    for status in (400, 500, 200):
        other_system.reply = lambda *args, status=status: (status, {}, echo)
        try:
            write(client, {"client_secret": SECRET, "note": SECRET, "clientState": "abc"})
        except (Refused, InDoubt) as error:
            sentences.append(error.sentence)
    assert len(sentences) == 2
    told = [str(entry.data) + entry.sentence for entry in Entry.objects.all()]
    everything = " ".join([*sentences, *told, caplog.text])
    assert SECRET not in everything
    assert "TOKEN-1-xyz" not in everything
    assert "•••" in everything


def test_no_secret_in_the_error_of_a_failed_sign_in(
    client: AcmeClient, connection: Connection, other_system: OtherSystem
) -> None:
    body = json.dumps({"error_description": f"Invalid client secret {SECRET}"})
    other_system.sign_in = lambda count: (401, {}, body)
    with pytest.raises(CredentialPaused, match="Invalid client secret •••"):
        client.get("/things")
    connection.refresh_from_db()
    assert SECRET not in connection.pause_sentence + connection.token.error


@pytest.mark.parametrize("status", [403, 407, 451])
def test_a_refusal_by_a_page_is_a_proxys_and_is_tried_again(
    client: AcmeClient, other_system: OtherSystem, status: int
) -> None:
    page = "<!DOCTYPE html><html><title>Blocked</title><p>Ask your administrator</html>"
    other_system.reply = lambda method, path, count: (status, {}, page)
    with pytest.raises(RetryLater, match="answers with a web page"):
        client.get("/things")
    with pytest.raises(RetryLater, match="who runs the network"):
        write(client)
    assert last_outcome()["result"] == "refused", "nobody took it"


# -- by which way -----------------------------------------------------------------------------


def test_what_the_environment_says_of_a_server_is_asked_once(
    client: AcmeClient, other_system: OtherSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, plain = [], requests.sessions.get_environ_proxies

    def ask(url: str, no_proxy: Any = None) -> Any:
        asked.append(url)
        return plain(url, no_proxy)

    client.get("/things")
    monkeypatch.setattr(requests.sessions, "get_environ_proxies", ask)
    for _ in range(3):
        client.get("/things", params={"page": 2})
    write(client)
    assert (asked, len(other_system.seen)) == ([], 5)


def test_requests_go_by_the_proxy_that_the_environment_names(
    client: AcmeClient, other_system: OtherSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/things")
    monkeypatch.setenv("http_proxy", other_system.address)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert client.get("http://elsewhere.example/things").status == 200
    assert [path for _, path, *_ in other_system.seen] == [
        "/things", "http://elsewhere.example/things"
    ]  # fmt: skip


@pytest.mark.parametrize("signs", ["a token", "a sign-in"])
def test_what_the_hosts_netrc_says_of_a_server_is_not_sent_to_it(
    client: AcmeClient, other_system: OtherSystem, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, signs: str,
) -> None:  # fmt: skip
    """requests would put it in place of our own Authorization header."""
    file = tmp_path / "netrc"
    file.write_text("default login somebody password of-another-program\n")
    monkeypatch.setenv("NETRC", str(file))
    if signs == "a token":
        client.get("/things")
        write(client)
    else:
        other_system.reply = lambda method, path, count: ok({"access_token": "new"})
        client.sign_in(f"{other_system.address}/oauth2", {"grant_type": "client_credentials"})
    said = {headers.get("authorization", "") for *_, headers, _ in other_system.seen}
    assert said == ({"Bearer TOKEN-1-xyz"} if signs == "a token" else {""})
