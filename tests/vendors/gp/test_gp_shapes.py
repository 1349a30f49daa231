"""Answers in every shape, as the site's services may give them; and what is no answer."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from connections.documents import LEDGER_INVOICE
from connections.errors import CredentialPaused, NeedsPerson, RetryLater
from connections.vendors.gp.client import GP
from connections.vendors.gp.rows import Row
from tests.connections.other_system import OtherSystem, Reply, ok

from .conftest import Site, site_of

HTML = "<!DOCTYPE html><html><body><h2>Endpoint not found.</h2></body></html>"
XML = {"Content-Type": "application/xml; charset=utf-8"}
SHAPES = ("contract", "bare", "payload", "named", "xml")


def vendor(number: str, **more: Any) -> dict[str, Any]:
    return {"VendorID": number, "VendorName": f"Vendor {number}", "VendorStatus": 1} | more


def answering(system: OtherSystem, *replies: Reply) -> GP:
    """These in turn; the last one for ever. A client of it."""
    left = list(replies)
    system.reply = lambda method, path, count: left.pop(0) if len(left) > 1 else left[0]
    return site_of(system.address)


def numbers(client: GP) -> list[str]:
    return [one.number for one in client.vendors()]


# -- the stand-in's switch ------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["json", "xml"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_says_the_same(gp: Site, shape: str, format: str) -> None:
    id = gp.types("SH-1", "1234.56", description="Türzargen & <Stahl>")
    plain = gp.client
    expected = plain.purchases(LEDGER_INVOICE, [id])
    vendors, hints, accounts = plain.vendors(), gp.hints(), plain.accounts()
    gp.control("POST", "gp/settings", {"reply": shape})
    gp.client = gp.new_client(format=format)
    assert gp.client.purchases(LEDGER_INVOICE, [id]) == expected
    assert gp.client.vendors() == vendors
    assert gp.hints() == hints
    assert gp.client.accounts() == accounts
    assert gp.client.window().currency == "USD"


def test_text_padded_with_blanks_says_the_same(gp: Site) -> None:
    hints, vendors = gp.hints(), gp.client.vendors()
    gp.chose(padded=True)
    assert gp.hints() == hints
    assert gp.client.vendors() == vendors


def test_an_answer_with_nothing_in_it_is_not_an_empty_list(gp: Site) -> None:
    client = gp.chose(reply="empty")
    with pytest.raises(RetryLater) as later:
        client.vendors()
    assert "nothing" in later.value.sentence


def test_answers_that_are_cut_in_half_are_asked_again_later(gp: Site) -> None:
    for format in ("json", "xml"):
        gp.control("POST", "gp/settings", {"truncate": 2})
        with pytest.raises(RetryLater):
            gp.new_client(format=format).vendors()
        gp.control("POST", "gp/settings", {"truncate": 0})


def test_a_key_that_is_not_there_is_absent_in_every_shape(gp: Site) -> None:
    for shape in SHAPES:
        client = gp.chose(reply=shape)
        assert client.purchases(LEDGER_INVOICE, ["1;00000000000009999"]) == []


# -- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        [], {"Payload": []}, {"Payload": None}, {"Payload": {"Vendors": []}},
        {"Status": {"Code": 200, "Messages": []}, "Payload": [], "Paging": {"Next": None}},
    ],
)  # fmt: skip
def test_an_empty_list_is_an_empty_list(server: OtherSystem, body: Any) -> None:
    assert numbers(answering(server, ok(body))) == []


@pytest.mark.parametrize(
    "text",
    [
        "<ArrayOfVendor/>", "<Response><Payload/></Response>",
        '<Response xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Payload i:nil="true"/>'
        "</Response>",
    ],
)  # fmt: skip
def test_an_empty_list_in_xml_too(server: OtherSystem, text: str) -> None:
    assert numbers(answering(server, (200, XML, text))) == []


def test_no_content_is_an_empty_list(server: OtherSystem) -> None:
    assert numbers(answering(server, (204, {}, ""))) == []


def test_pages_are_followed_to_their_end(server: OtherSystem) -> None:
    def page(number: str, after: str | None) -> Reply:
        return ok({"Payload": [vendor(number)], "Paging": {"PageSize": 1, "Next": after}})

    client = answering(server, page("A", "one & two"), page("B", None))
    assert numbers(client) == ["A", "B"]
    assert "after=one+%26+two" in server.seen[1][1]


def test_a_place_that_repeats_is_told_and_does_not_turn_for_ever(server: OtherSystem) -> None:
    client = answering(server, ok({"Payload": [vendor("A")], "Paging": {"Next": "x"}}))
    with pytest.raises(NeedsPerson) as held:
        client.vendors()
    assert "Rows in one answer" in held.value.sentence
    assert len(server.seen) == 2


def test_a_full_page_without_paging_goes_on_behind_its_last_key(server: OtherSystem) -> None:
    client = answering(server, ok([vendor("A"), vendor("B")]), ok([vendor("C")]))
    client.connection.settings["page_size"] = "2"
    assert numbers(client) == ["A", "B", "C"]
    assert "after=B" in server.seen[1][1]


def test_a_whole_list_without_paging_is_not_asked_twice(server: OtherSystem) -> None:
    client = answering(server, ok([vendor("A"), vendor("B"), vendor("C")]))
    client.connection.settings["page_size"] = "2"
    assert numbers(client) == ["A", "B", "C"]
    assert len(server.seen) == 1


def test_a_site_without_pages_is_asked_for_none(server: OtherSystem) -> None:
    client = answering(server, ok([vendor("A")]))
    client.connection.settings |= {"page_size": "0"}
    assert numbers(client) == ["A"]
    assert "?" not in server.seen[0][1]


def test_objects_without_their_key_are_told_by_the_fields_they_have(server: OtherSystem) -> None:
    client = answering(server, ok({"Payload": [{"VENDORID": "A", "VENDNAME": "Abbott"}]}))
    with pytest.raises(NeedsPerson) as held:
        client.vendors()
    assert "VENDORID, VENDNAME" in held.value.sentence


def test_fields_under_other_names(server: OtherSystem) -> None:
    client = answering(server, ok({"Payload": [{"VENDORID": "A ", "VENDNAME": "Abbott  "}]}))
    client.connection.settings["vendor_fields"] = "VendorID=VENDORID, VendorName=VENDNAME"
    assert [(one.number, one.name) for one in client.vendors()] == [("A", "Abbott")]


def test_another_document_than_asked_for_is_not_taken(server: OtherSystem) -> None:
    client = answering(server, ok([{"DocumentType": 1, "VoucherNumber": "7"}]))
    with pytest.raises(NeedsPerson) as held:
        client.purchases(LEDGER_INVOICE, ["1;8"])
    assert "1;7" in held.value.sentence


def test_words_for_types_and_states_and_dates_of_wcf(server: OtherSystem) -> None:
    row = {
        "DocumentType": "Invoice", "VoucherNumber": "8", "TransactionState": 2, "Voided": "false",
        "DocumentDate": "/Date(1770681600000-0500)/", "DocumentAmount": "10.10000",
        "VendorID": "A", "VendorName": "Abbott", "CurrencyID": "", "DueDate": "1900-01-01T00:00:00",
        "Distributions": {"Distribution": {
            "DistributionType": "6", "AccountNumber": "1042-5100-03", "DebitAmount": "10.10000",
            "CreditAmount": "0.00000",
        }},
    }  # fmt: skip
    [found] = answering(server, ok(row)).purchases(LEDGER_INVOICE, ["1;8"])
    assert (found.status, found.total, found.due_date) == ("posted", Decimal("10.10"), None)
    assert str(found.date) == "2026-02-09"  # midnight in UTC is the evening before, there
    assert (found.lines[0].id, found.lines[0].amount) == ("1", Decimal("10.10"))


# -- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["12.500,00", "NaN", "Infinity", "ten"])
def test_money_that_is_no_number_is_told(value: str) -> None:
    with pytest.raises(NeedsPerson) as held:
        Row({"DOCAMNT": value}, {"DocumentAmount": "DOCAMNT"}).money("DocumentAmount")
    assert value in held.value.sentence
    assert "DOCAMNT" in held.value.sentence


def test_money_is_exact_and_in_cents() -> None:
    body = json.loads('{"a": 0.1, "b": 1234567890123.45, "c": 2.675, "d": 7}', parse_float=Decimal)
    row = Row(body, {})
    assert [row.money(name) for name in "abcd"] == [
        Decimal("0.10"), Decimal("1234567890123.45"), Decimal("2.68"), Decimal("7.00"),
    ]  # fmt: skip
    assert row.money("e") == 0


def test_a_date_that_is_none_is_told() -> None:
    with pytest.raises(NeedsPerson):
        Row({"DocumentDate": "10.02.2026"}, {}).day("DocumentDate")
    assert Row({"DocumentDate": "0001-01-01"}, {}).day("DocumentDate") is None


# -- XML and its dangers --------------------------------------------------------------------------

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<Vendors><Vendor><VendorID>&b;</VendorID></Vendor></Vendors>"
)
FILE = BOMB.replace('<!ENTITY a "aaaaaaaaaa">', '<!ENTITY a SYSTEM "file:///etc/passwd">')
LATE = BOMB.replace("<!DOCTYPE", f"<!-- {'x' * 5000} --><!DOCTYPE")


@pytest.mark.parametrize("text", [BOMB, FILE, LATE])
def test_a_document_type_is_refused(server: OtherSystem, text: str) -> None:
    with pytest.raises(RetryLater) as later:
        answering(server, (200, XML, text)).vendors()
    assert "a document type" in later.value.sentence


def test_unknown_entities_are_refused(server: OtherSystem) -> None:
    with pytest.raises(RetryLater):
        answering(server, (200, XML, "<V><VendorID>&x;</VendorID></V>")).vendors()


def test_control_characters_that_xml_forbids_do_not_stop_a_list(server: OtherSystem) -> None:
    text = "<V><VendorID>A</VendorID><VendorName>Ab&#x1;bott</VendorName></V>"
    assert [one.name for one in answering(server, (200, XML, text)).vendors()] == ["Abbott"]


@pytest.mark.parametrize("kind", ["text/xml", "text/xml; charset=utf-8", "application/xml"])
def test_letters_of_other_scripts_whatever_the_header_says(server: OtherSystem, kind: str) -> None:
    text = (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><a:V xmlns:a="urn:x"><a:VendorID>A'
        "</a:VendorID><a:VendorName>Łódź Côté</a:VendorName></a:V>"
    )
    client = answering(server, (200, {"Content-Type": kind}, text))
    assert [one.name for one in client.vendors()] == ["Łódź Côté"]


def test_json_behind_a_byte_order_mark(server: OtherSystem) -> None:
    text = "\ufeff" + json.dumps([vendor("Å")], ensure_ascii=False)
    client = answering(server, (200, {"Content-Type": "application/json"}, text))
    assert numbers(client) == ["Å"]


def test_a_page_with_status_200_is_not_data(server: OtherSystem) -> None:
    with pytest.raises(RetryLater) as later:
        answering(server, (200, {}, HTML)).vendors()
    assert "web page" in later.value.sentence


def test_an_empty_object_is_neither_an_empty_list_nor_a_document_that_is_gone(
    server: OtherSystem,
) -> None:
    client = answering(server, ok({}))
    with pytest.raises(RetryLater):
        client.vendors()
    with pytest.raises(RetryLater):
        client.purchases(LEDGER_INVOICE, ["1;7"])


def test_a_page_that_forbids_is_not_told_as_a_missing_right_alone(server: OtherSystem) -> None:
    with pytest.raises(CredentialPaused) as waits:
        answering(server, (403, {"Content-Type": "text/html"}, HTML)).vendors()
    assert "proxy or firewall on the way" in waits.value.sentence
