"""A tape of an exchange: bounded, anonymous, and played through the client without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.core.management import CommandError
from vcr.errors import CannotOverwriteExistingCassetteException

from connections.first_contact.asking import ask_all
from connections.first_contact.checks import Kind
from connections.first_contact.masking import ROWS, Masker
from connections.first_contact.tape import playing, recorded_connection
from connections.models import Connection, Token
from connections.registry import VENDORS
from connections.transport.http import NoJournal
from connections.vendors.business_central.client import BusinessCentral
from connections.vendors.business_central.first_contact import FIRST_CONTACT
from tests.vendors.contact import meet, record
from tests.vendors.stage_business_central import Stage

PERSON, MAIL = "Mallory Quince", "mallory@quince.example"


def replayed(path: Path) -> BusinessCentral:
    """A client that knows nothing but the tape."""
    Token.objects.all().delete()
    cache.clear()
    connection = recorded_connection(path)
    connection.secrets = {"client_secret": "another"}
    connection.save()
    return BusinessCentral(connection, NoJournal())


def a_posted_invoice(stage: Stage) -> None:
    stage.control(
        "POST", "business_central/type_invoice",
        {"vendorNumber": "V10001", "vendorInvoiceNumber": "QX-77120",
         "lines": [{"account": "53200", "amount": "218400.75", "description": PERSON,
                    "dimensions": {"PROJECT": "P-1042", "COSTCODE": "03-300", "COSTTYPE": "S"}}]},
    )  # fmt: skip


def test_a_tape_is_played_back_through_the_client(business_central: Stage, tmp_path: Path) -> None:
    """The contract test: the same client, the recorded answers, no server."""
    a_posted_invoice(business_central)
    path = tmp_path / "tape.json"
    said = record(business_central.connection, path)
    assert "exit" not in said, said
    real = business_central.new_client()
    business_central.control("DELETE", "requests")
    client = replayed(path)
    with playing(path):
        found = {one.check.name: one for one in ask_all(FIRST_CONTACT, client)}
        accounts, dimensions = client.accounts(), client.dimensions()
        values, vendors = client.dimension_values(), client.vendors()
        window, currency = client.window(), client.local_currency()
    assert business_central.requests_sent() == 0
    assert currency == real.local_currency() == "USD"
    assert window == real.window()
    assert len(accounts) == len(values) == len(vendors) == ROWS
    assert len(dimensions) == len(real.dimensions()) == 4
    assert [one.category for one in accounts] == [one.category for one in real.accounts()[:ROWS]]
    assert {one.dimension for one in values} <= {one.code for one in dimensions}
    assert not [name for name, one in found.items() if one.has(Kind.UNASKED)]
    assert "Version: The version is 28" not in path.read_text()
    assert found["Posted lines"].has(Kind.DIFFERS, Kind.FITS)


def test_the_tape_has_neither_secrets_nor_people_nor_amounts(
    business_central: Stage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    business_central.raw(
        "POST", "vendors", {"displayName": PERSON, "email": MAIL, "phoneNumber": "+1 555 0199"}
    )
    a_posted_invoice(business_central)
    path = tmp_path / "tape.json"
    record(business_central.connection, path)
    text, ready = path.read_text(), business_central.ready
    token = Token.objects.get().access_token
    hidden = (
        PERSON, "Quince", MAIL, "555 0199", "QX-77120", "218400", "218,400", token,
        "Authorization", "Bearer", "127.0.0.1", ready["client_secret"], ready["client_id"],
        ready["tenant_id"], ready["company_id"], ready["company_name"],
    )  # fmt: skip
    assert not [one for one in hidden if str(one) in text]
    assert PERSON not in caplog.text  # the library would log what it records
    assert "purchaseInvoiceLines" in text  # its shape is there


def test_the_tape_is_bounded(business_central: Stage, tmp_path: Path) -> None:
    few, small = tmp_path / "few.json", tmp_path / "small.json"
    said = record(business_central.connection, few, "--exchanges", "7")
    assert "The tape is full" in said
    assert said.endswith("exit 1")
    assert len(json.loads(few.read_text())["interactions"]) == 7
    record(business_central.connection, small, "--bytes", "3000")
    bodies = [
        one["response"]["body"]["string"] for one in json.loads(small.read_text())["interactions"]
    ]
    assert 0 < sum(map(len, bodies)) <= 3000


def test_recording_only_reads_and_replaces_nothing(business_central: Stage, tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    business_central.control("DELETE", "requests")
    record(business_central.connection, path, "--exchanges", "12")
    log = business_central.control("GET", "requests?tail=500")["log"]
    assert {one["method"] for one in log if "/oauth2/" not in one["path"]} == {"GET"}
    with pytest.raises(CommandError, match="there already"):
        record(business_central.connection, path)


def test_a_list_that_cannot_be_read_is_said(business_central: Stage, tmp_path: Path) -> None:
    business_central.client.company()
    body = {"value": [{"number": "1"}]}
    business_central.fault("status", status=200, body=body, path="/accounts$", times=None)
    said = record(business_central.connection, tmp_path / "tape.json")
    assert "accounts: the answer has another shape" in said
    assert said.endswith("exit 1")


def test_what_is_not_on_the_tape_is_refused(business_central: Stage, tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    record(business_central.connection, path, "--exchanges", "5")
    client = replayed(path)
    with playing(path), pytest.raises(CannotOverwriteExistingCassetteException):
        client.tax_codes()


@pytest.fixture
def masker(business_central: Stage) -> Masker:
    return Masker(business_central.connection, frozenset({"status"}))


@pytest.mark.parametrize(
    ("name", "value", "like"),
    [
        ("status", "Open", "Open"),
        ("amount", "1234.50", "1.00"),
        ("amount", "-0.00", "-0.00"),
        ("postingDate", "2026-11-29", "2026-11-29"),
        ("moment", "2026-11-29T02:00:00Z", "2026-11-29T02:00:00Z"),
        ("empty", "", ""),
        ("page", "100", "100"),
    ],
)
def test_what_is_a_shape_stays(masker: Masker, name: str, value: str, like: str) -> None:
    assert masker.text(name, value) == like


@pytest.mark.parametrize(
    "value",
    ["Mallory", "M", "mallory@quince.example", "+49 40 1234", "598134325841112", "V-10001",
     "4c24fc6f-79c2-503f-b8a4-599332ca4990", "https://site.example/people/mallory", "Rg. 12a/ß"],
)  # fmt: skip
def test_what_is_somebodys_goes_and_stays_equal_to_itself(masker: Masker, value: str) -> None:
    once = masker.text("displayName", value)
    assert value not in once
    assert masker.text("other", value) == once


def test_answers_keep_their_types(masker: Masker) -> None:
    row: dict[str, Any] = {
        "id": 598134325841112, "number": 12500, "amount": 12500.75, "none": None, "yes": True,
        "access_token": "eyJ", "error": {"code": "BadRequest", "message": "Mallory may not"},
        "value": '{"text": "Mallory", "index": 3}', "rows": [{"a": n} for n in range(9)],
    }  # fmt: skip
    masked = json.loads(masker.body(json.dumps(row).encode()))
    assert {name: type(one) for name, one in masked.items()} == {
        name: type(one) for name, one in row.items()
    }
    assert masked["id"] != row["id"]
    assert (masked["number"], masked["amount"]) == (1, 1.0)
    assert masked["access_token"] == "recorded"
    assert masked["error"]["code"] == "BadRequest"
    assert len(masked["rows"]) == ROWS
    assert "Mallory" not in json.dumps(masked)
    assert set(json.loads(masked["value"])) == {"text", "index"}


@pytest.mark.parametrize("company", ["Fabrikam, Inc.", "Bauer & Söhne (Nord)", "O'Neil/4711"])
def test_a_company_in_an_address_is_masked(business_central: Stage, company: str) -> None:
    business_central.connection.settings["company"] = company
    masker = Masker(business_central.connection, frozenset())
    for safe in ("", "/", "(),'"):
        url = f"https://erp.example:7048/x/Company('{quote(company, safe=safe)}')/Vendors"
        masked = masker.address(f"{url}?company={quote(company, safe=safe)}&$top=1")
        assert masked.startswith("https://recorded.invalid/x/Company(")
        assert "$top=1" in masked
        assert not [one for one in ("Fabrikam", "Bauer", "Neil", "4711") if one in masked]


@pytest.mark.parametrize("text", ["<html>Mallory</html>", "Mallory", "<!DOCTYPE x><a>Mallory</a>"])
def test_what_cannot_be_read_is_masked_whole(masker: Masker, text: str) -> None:
    assert b"Mallory" not in masker.body(text.encode())


def test_elements_of_xml_are_masked_by_their_names(masker: Masker) -> None:
    text = "<v><status>Open</status><name who='Mallory'>Mallory</name><sum>12.50</sum></v>"
    masked = masker.body(text.encode()).decode()
    assert "Mallory" not in masked
    assert "<status>Open</status>" in masked
    assert "<sum>1.00</sum>" in masked


def test_a_tape_of_nothing_makes_no_connection(business_central: Stage, tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    record(business_central.connection, path, "--exchanges", "3")
    made = recorded_connection(path)
    assert made.vendor == "business_central"
    assert made.secrets == {}
    assert made.setting("api_url") == "https://recorded.invalid"
    assert Connection.objects.count() == 1


def test_parts_are_masked_line_by_line(masker: Masker) -> None:
    """A batch of OData: a header or a text that nobody knows is not kept."""
    masker.remembered("Mallory")
    asked = b"--batch_1\r\nGET https://x.example/data/V('Mallory') HTTP/1.1\r\nX-User: Mallory\r\n"
    kept = masker.request_body(asked)
    assert kept is not None
    assert kept.startswith(b"--batch_1")
    assert b"GET https://recorded.invalid/data/V(" in kept
    said = ["--b1", "HTTP/1.1 200 OK", "X-User: Mallory", "", '{"name": "Mallory"}', "Mallory"]
    told = masker.body("\r\n".join([*said, "--b1--"]).encode())
    assert b"HTTP/1.1 200 OK" in told
    assert b"Mallory" not in kept + told


def test_a_list_that_would_write_is_said_and_the_next_is_read(
    business_central: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def accounts(client: BusinessCentral) -> None:
        client._signed("POST", "/companies", body={})

    monkeypatch.setattr(BusinessCentral, "accounts", accounts)
    business_central.control("DELETE", "requests")
    said = record(business_central.connection, tmp_path / "tape.json")
    assert "accounts: A POST to" in said
    assert "Nothing was sent." in said
    log = business_central.control("GET", "requests?tail=5000")["log"]
    assert not [one for one in log if one["method"] != "GET" and "/oauth2/" not in one["path"]]
    assert [one for one in log if "/dimensionValues" in one["path"]]


@pytest.mark.django_db
@pytest.mark.parametrize("vendor", list(VENDORS))
def test_a_connection_that_is_not_filled_in_is_not_asked(vendor: str, tmp_path: Path) -> None:
    connection = Connection.objects.create(name="Bare", vendor=vendor)
    for command in (meet, record):
        with pytest.raises(CommandError, match="Fill in first") as refused:
            command(connection, tmp_path / "x")
        assert [one.label for one in VENDORS[vendor].fields if one.label in str(refused.value)]
    assert not list(tmp_path.iterdir())
