"""Sign-in, addresses, one call after the other; and that nothing is ever written."""

from __future__ import annotations

import base64
import datetime as dt
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection as database

from connections.errors import CredentialPaused, NeedsPerson, NotFound, RetryLater
from connections.models import Connection
from connections.vendors.gp.access import Access
from connections.vendors.gp.client import GP
from tests.connections.other_system import OtherSystem, ok

from .conftest import Site, site_of
from .test_gp_shapes import HTML, answering, numbers, vendor

MESSAGES = "{{'Status': {{'Messages': [{{'Code': '{}', 'Text': '{}'}}]}}, 'Payload': null}}"


def said(status: int, code: str, text: str = "Nein.") -> Any:
    return status, {}, MESSAGES.format(code, text).replace("'", '"')


# -- nothing is written ---------------------------------------------------------------------------

VERBS = {
    "subscribe": lambda gp: gp.subscribe(None, "https://x"),
    "renew": lambda gp: gp.renew(None, "https://x"),
    "write": lambda gp: gp.write("POST", "/x", {}, about="x"),
    "patch": lambda gp: gp.write("PATCH", gp.address("vendors", "A"), {"Hold": True}, about="x"),
    "signed": lambda gp: gp._signed("POST", gp.address("vendors"), body={}),
    "sent": lambda gp: gp._send("DELETE", gp.address("vendors", "A"), None, None, None, None),
    "body": lambda gp: gp._send("GET", gp.address("vendors"), None, b"x", None, None),
    "base": lambda gp: super(Access, gp).write("POST", "/x", {}, about="x"),
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_whatever_would_write_sends_nothing(server: OtherSystem, verb: str) -> None:
    client = site_of(server.address)
    with pytest.raises(NeedsPerson) as held:
        VERBS[verb](client)
    assert held.value.sentence == "GP is read only for the connector: nothing was sent."
    assert server.seen == []
    if verb != "base":  # past our own `write`, straight at the one below
        assert vars(client.journal)["lines"] == []


def test_reading_everything_sends_nothing_but_gets(gp: Site) -> None:
    gp.client.test()
    gp.client.vendors()
    gp.client.accounts()
    gp.client.dimension_values()
    gp.client.purchases("ledger_invoice", [hint.source_id for hint in gp.hints()])
    assert {method for method, _ in gp.requests_sent()} == {"GET"}
    assert gp.control("GET", "gp/writes")["count"] == 0
    assert gp.journal.lines == []


def test_it_takes_no_subscriptions(server: OtherSystem) -> None:
    client = site_of(server.address)
    assert client.wanted() == client.undelivered(None, dt.datetime.now(dt.UTC)) == []  # type: ignore[arg-type]
    assert client.standing() == set()
    assert server.seen == []


# -- sign-in --------------------------------------------------------------------------------------


@pytest.mark.parametrize("challenge", ["ntlm", "negotiate", "both"])
@pytest.mark.parametrize("user", ["KEYSTONE\\svc-procore", "svc-procore@keystone.example"])
def test_a_windows_account_signs_in_once_for_a_connection(
    gp: Site, challenge: str, user: str
) -> None:
    client = gp.chose(auth="windows", challenge=challenge)
    client = gp.new_client(user=user, page_size="100")
    gp.control("DELETE", "requests")
    assert len(client.vendors()) == 300
    log = gp.control("GET", "requests?tail=100")["log"]
    assert [one["status"] for one in log if "/GPService" in one["path"]].count(401) == 2


def test_basic_takes_letters_of_all_scripts(server: OtherSystem) -> None:
    client = answering(server, ok([]))
    client.vendors()
    text = server.seen[0][2]["authorization"].removeprefix("Basic ")
    assert base64.b64decode(text).decode() == "svc:KEY-öä"


def test_basic_signs_in_at_the_stand_in(gp: Site) -> None:
    gp.chose(auth="basic")
    assert gp.new_client(authentication="basic").vendors()


def test_a_bearer_token_goes_as_it_is(gp: Site) -> None:
    gp.chose(auth="token")
    client = gp.new_client(authentication="token")
    assert client.vendors()
    client.connection.secrets["token"] = "another"
    with pytest.raises(CredentialPaused) as paused:
        client.vendors()
    assert "bearer token" in paused.value.sentence


def test_the_hosts_netrc_does_not_speak_for_a_token(
    gp: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "netrc"
    file.write_text("default login somebody password of-another-program\n")
    monkeypatch.setenv("NETRC", str(file))
    gp.chose(auth="token")
    assert gp.new_client(authentication="token").vendors()


def test_an_app_gets_its_token_from_entra_and_renews_it(gp: Site) -> None:
    gp.chose(auth="mixed")
    client = gp.new_client(authentication="oauth")
    assert client.vendors()
    gp.fault("revoke_tokens")
    assert client.vendors()


@pytest.mark.parametrize("way", ["basic", "windows"])
def test_a_refused_account_is_not_tried_again_and_again(gp: Site, way: str) -> None:
    gp.chose(auth=way)
    client = gp.new_client(authentication=way)
    client.connection.secrets["password"] = "WRONG-secret"
    client.connection.save()
    client = GP(client.connection)
    with pytest.raises(CredentialPaused) as paused:
        client.vendors()
    assert "svc-procore" in paused.value.sentence
    assert "WRONG" not in paused.value.sentence
    gp.control("DELETE", "requests")
    with pytest.raises(CredentialPaused):
        GP(Connection.objects.get(pk=client.connection.pk)).vendors()
    assert not [1 for one in gp.control("GET", "requests")["log"] if "/GPService" in one["path"]]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"user_mapped": False}, "User Setup"),
        ({"company_access": False}, "User Access"),
    ],
)
def test_an_account_without_rights_stops_the_connection(
    gp: Site, settings: dict[str, Any], words: str
) -> None:
    client = gp.chose(**settings, language="de")
    with pytest.raises(CredentialPaused) as paused:
        client.vendors()
    assert words in paused.value.sentence
    assert Connection.objects.get(pk=gp.connection.pk).paused


def test_a_good_answer_ends_the_pause(server: OtherSystem) -> None:
    client = answering(server, ok([]))
    client.connection.pause_sentence = "The password expired."
    client.connection.save()
    client.vendors()
    client.connection.refresh_from_db()
    assert client.connection.pause_sentence == ""


def test_another_server_is_not_followed(server: OtherSystem) -> None:
    client = answering(server, (302, {"Location": "http://evil.example/"}, ""))
    with pytest.raises(NeedsPerson) as held:
        client.vendors()
    assert "http://evil.example/" in held.value.sentence
    assert len(server.seen) == 1


# -- addresses ------------------------------------------------------------------------------------


def test_company_names_and_keys_are_encoded(server: OtherSystem) -> None:
    client = answering(server, ok([{"DocumentType": 1, "VoucherNumber": "7;(8)/"}]))
    client.purchases("ledger_invoice", ["1;7;(8)/"])
    path = server.seen[0][1]
    assert path == (
        "/GPService/Tenants(DefaultTenant)/Companies(Fabrikam%2C%20Inc.%20%28C%C3%B4t%C3%A9%20%26%20"
        "S%C3%B6hne%3B%20Ost%29)/Purchasing/Payables/Transactions(1;7%3B%288%29%2F).json"
    )
    assert "Fabrikam, Inc. (Côté & Söhne; Ost)" in unquote(path)


def test_every_path_and_option_can_be_another(server: OtherSystem) -> None:
    client = answering(server, ok([]))
    client.connection.settings |= {
        "paths": "vendors=/BSP/Purchasing/Suppliers, currencies=",
        "prefix": "{origin}/gpservice/Tenants({tenant})/Companies({company})/",
        "tenant": "Nord (1)", "company": "TWO", "query_options": "modifiedSince=ModifiedDate, "
        "pageSize=", "format": "xml",
    }  # fmt: skip
    client.vendors(dt.datetime(2026, 2, 10, 1, tzinfo=dt.UTC))
    assert server.seen[0][1] == (
        "/gpservice/Tenants(Nord%20%281%29)/Companies(TWO)/BSP/Purchasing/Suppliers"
        "?ModifiedDate=2026-02-09"
    )
    assert server.seen[0][2]["accept"] == "application/xml"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("paths", "vendors=https://evil.example/x", "Other paths"),
        ("paths", "vendors={origin}.evil.example/x", "Other paths"),
        ("paths", "suppliers=/x", "vendors, payables"),
        ("paths", "vendors", "Other paths"),
        ("prefix", "https://evil.example/GPService", "Address of the company"),
        ("prefix", "{origin}.evil.example/GPService", "Address of the company"),
        ("query_options", "since=x", "modifiedSince"),
        ("vendor_fields", "Number=No", "VendorID"),
        ("lanes", "0", "Calls at a time"),
        ("lanes", "²", "Calls at a time"),
        ("pause", "soon", "Pause between calls"),
        ("read_timeout", "30", "Longest wait"),
        ("page_size", "5000", "Rows in one answer"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_and_nothing_is_sent(
    server: OtherSystem, name: str, value: str, words: str
) -> None:
    client = answering(server, ok([]))
    client.connection.settings[name] = value
    with pytest.raises(NeedsPerson) as held:
        client.vendors()
    assert words in held.value.sentence
    assert server.seen == []


# -- trouble at the site --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_service_that_starts_is_asked_later(server: OtherSystem, status: int) -> None:
    with pytest.raises(RetryLater) as later:
        answering(server, (status, {"Retry-After": "30"}, HTML)).vendors()
    assert "starting" in later.value.sentence
    assert later.value.at
    assert "<" not in later.value.sentence


@pytest.mark.django_db
def test_a_server_that_is_away_cannot_be_reached() -> None:
    with pytest.raises(RetryLater) as later:
        site_of("http://127.0.0.1:9").vendors()
    assert later.value.sentence.startswith("Cannot reach GP at 127.0.0.1:9 since ")


def test_a_connection_that_is_cut_once_is_asked_again(gp: Site) -> None:
    gp.client.vendors()
    gp.fault("cut_after", path="Vendors")
    assert gp.client.vendors()


def test_a_cold_start_is_waited_for(gp: Site) -> None:
    client = gp.chose(asleep=1.5)
    assert client.pace.patience == 120
    assert client.vendors()
    client.hurry()
    assert client.read_timeout == 45.0


def test_an_unknown_path_is_a_missing_resource_when_the_rest_answers(server: OtherSystem) -> None:
    def reply(method: str, path: str, count: int) -> Any:
        return (404, {}, HTML) if "Accounts" in path else ok([vendor("A")])

    client = site_of(server.address)
    server.reply = reply
    assert client.offers_accounts is False
    server.reply = lambda method, path, count: (404, {}, HTML)
    with pytest.raises(RetryLater):
        GP(client.connection).accounts()


def test_a_web_servers_404_for_a_document_is_checked_at_the_list(server: OtherSystem) -> None:
    client = answering(server, (404, {}, HTML))
    with pytest.raises(RetryLater):
        client.purchases("ledger_invoice", ["1;7"])
    client = GP(client.connection)
    server.reply = lambda method, path, count: (404, {}, HTML) if "(1;7)" in path else ok([])
    assert client.purchases("ledger_invoice", ["1;7"]) == []


def test_a_refused_option_says_where_to_correct_it(server: OtherSystem) -> None:
    with pytest.raises(NeedsPerson) as held:
        answering(server, said(400, "BAD_VALUE", "Unknown filter.")).vendors()
    assert "Other query options" in held.value.sentence
    assert "Unknown filter." in held.value.sentence


def test_several_vouchers_at_once_where_a_site_can(server: OtherSystem) -> None:
    one: dict[str, Any] = {"DocumentType": 1, "VendorName": "A", "Distributions": []}
    rows = [one | {"VoucherNumber": number} for number in ("7", "8", "9")]
    client = answering(server, ok(rows))
    client.connection.settings["query_options"] = "voucherNumbers=vouchers"
    found = client.purchases("ledger_invoice", ["1;7", "1;9"])
    assert [one.id for one in found] == ["1;7", "1;9"]
    assert [path.rpartition("&")[2] for _, path, _, _ in server.seen] == ["vouchers=7%2C9"]


def test_its_own_404_stays_what_it_is(server: OtherSystem) -> None:
    client = answering(server, said(404, "NOT_FOUND"))
    with pytest.raises(NotFound):
        client.get(client.address("vendors"))


# -- one call after the other ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("lanes", "most"), [("1", 1), ("2", 2)])
def test_workers_share_the_lanes(server: OtherSystem, lanes: str, most: int) -> None:
    running, seen, lock = [0], [0], threading.Lock()

    def reply(method: str, path: str, count: int) -> Any:
        with lock:
            running[0] += 1
            seen[0] = max(seen[0], running[0])
        time.sleep(0.15)
        with lock:
            running[0] -= 1
        return ok([vendor("A")])

    server.reply = reply
    connection = site_of(server.address, lanes=lanes).connection
    found: list[list[str]] = []

    def work() -> None:
        try:
            found.append(numbers(GP(Connection.objects.get(pk=connection.pk))))
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert found == [["A"]] * 4
    assert seen[0] == most


@pytest.mark.django_db(transaction=True)
def test_a_lane_that_stays_taken_is_not_waited_for_by_a_person(server: OtherSystem) -> None:
    held, free = threading.Event(), threading.Event()

    def reply(method: str, path: str, count: int) -> Any:
        held.set()
        free.wait(10)
        return ok([])

    server.reply = reply
    connection = site_of(server.address).connection

    def work() -> None:
        GP(Connection.objects.get(pk=connection.pk)).vendors()
        database.close()

    worker = threading.Thread(target=work)
    worker.start()
    held.wait(10)
    client = GP(connection)
    client.hurry()
    client.longest_wait = dt.timedelta(0)
    try:
        with pytest.raises(RetryLater) as later:
            client.vendors()
        assert "one goes after the other" in later.value.sentence
    finally:
        free.set()
        worker.join()
    assert GP(connection).vendors() == []


def test_calls_are_apart_by_the_pause(server: OtherSystem) -> None:
    client = answering(server, ok([]))
    client.connection.settings["pause"] = "150"
    for _ in range(3):
        client.vendors()
    gaps = [b - a for a, b in zip(server.times, server.times[1:], strict=False)]
    assert all(gap > 0.13 for gap in gaps)
