"""First contact with GP: each way in which a site may be other is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connections.first_contact.tape import playing, recorded_connection
from connections.models import Connection
from connections.transport.http import Client, NoJournal
from connections.transport.read_only import WouldWrite, nothing, only_reads
from connections.vendors.gp.client import GP
from tests.vendors.contact import Met, meet, record
from tests.vendors.gp.conftest import Site

Deviate = Callable[[Site], None]
PERSON = "Mallory Quince"


def chose(**values: Any) -> Deviate:
    def change(gp: Site) -> None:
        gp.chose(**values)

    return change


def connection(**values: str) -> Deviate:
    def change(gp: Site) -> None:
        gp.new_client(**values)

    return change


def answers(path: str, body: Any, **rule: Any) -> Deviate:
    given = {"status": 200, "times": None, **rule}
    return lambda gp: gp.fault("status", method="GET", path=path, body=body, **given)


BILL = {
    "DocumentType": 1, "VoucherNumber": "00417", "TransactionState": "Open", "DocumentNumber": "1",
    "VendorID": "A", "DocumentDate": "2026-11-01", "DocumentAmount": 1, "CurrencyID": "Z-US$",
}  # fmt: skip
ACCOUNT = {"AccountNumber": "1042.52200.03", "Active": True}
DEVIATIONS: dict[str, tuple[Deviate, tuple[str, ...]]] = {
    "another tenant": (connection(tenant="Nowhere"), ("discovery page", "Check the tenant")),
    "the short list": (
        chose(resources="short"), ("offer no accounts", "Import the accounts from a file")
    ),
    "other paths": (
        answers("/help", "<html>Purchasing/Suppliers</html>"),
        ("does not name", "/Purchasing/Vendors", "Other paths"),
    ),
    "XML": (chose(reply="xml"), ("answers in XML", "choose the other form")),
    "no right": (chose(denied=["accounts"]), ("accounts cannot be read", "Security Task Setup")),
    "another company": (
        answers(r"/Companies(\.json)?(\?|$)", {"Payload": [{"CompanyName": "Fabrikam"}]}),
        ("not among the 1", "Correct Company"),
    ),
    "fields of its own": (
        answers("/Vendors", {"Payload": [{"VendorID": "A", "Supplier": PERSON}]}),
        ("Vendors have no", "VendorName", "Supplier", "Other fields of vendors"),
    ),
    "a deaf option": (
        answers(r"/Vendors\S*modifiedSince=2099", {"Payload": [{"VendorID": "A"}]}),
        ("modifiedSince is not heeded", "Other query options"),
    ),
    "a new state": (
        answers(r"/Transactions(\.json)?\?", {"Payload": [{**BILL, "TransactionState": "Parked"}]}),
        ("parked", "maintainers"),
    ),
    "a new type": (
        answers(r"/Transactions(\.json)?\?", {"Payload": [{**BILL, "DocumentType": 8}]}),
        ("nobody takes: 8", "Document types of invoices"),
    ),
    "journals without lines": (
        chose(journals="never"), ("not given with its lines by its number", "GL transactions")
    ),
    "journals of nobody": (
        connection(transaction_fields="SourceDocument=SOURCDOC, Series=SERIES"),
        ("GL transactions have no SourceDocument", "Other fields of GL transactions"),
    ),
    "journals that nobody knows": (
        connection(transaction_fields="TransactionState=SourceDocument"),
        ("cannot be told whether people booked it", "its state is"),
    ),
    "no distributions": (chose(distributions="never"), ("no distributions", "no line has")),
    "another sign": (
        answers("/Accounts", {"Payload": [ACCOUNT]}), ("between its segments", "Between segments")
    ),
    "a segment too far": (connection(account_segment="7"), ("the 7th", "Account in the mappings")),
    "an unknown currency": (
        answers(r"/Transactions(\.json)?\?", {"Payload": [{**BILL, "CurrencyID": "Z-XX$"}]}),
        ("Z-XX$", "Z-US$=USD"),
    ),
    "no currency": (
        connection(paths="currencies=", currencies="Z-US$=USD"),
        ("own currency is not told", "The company's currency"),
    ),
}  # fmt: skip


def first_met(gp: Site, folder: Path) -> Met:
    return meet(Connection.objects.get(pk=gp.connection.pk), folder)


@pytest.mark.parametrize("name", DEVIATIONS)
def test_each_deviation_is_found_and_said(gp: Site, tmp_path: Path, name: str) -> None:
    deviate, words = DEVIATIONS[name]
    deviate(gp)
    met = first_met(gp, tmp_path)
    assert met.differs(*words), met.screen
    assert not met.ok


def test_a_site_as_it_is_known_shows_none_of_them(gp: Site, tmp_path: Path) -> None:
    met = first_met(gp, tmp_path)
    assert "another shape" not in met.screen, met.screen
    assert not [name for name, (_, words) in DEVIATIONS.items() if met.differs(*words)], met.screen


def test_what_most_sites_have_not_is_no_deviation(gp: Site, tmp_path: Path) -> None:
    gp.chose(resources="short")
    met = first_met(gp, tmp_path)
    assert not met.differs("GL transactions"), met.screen
    assert not met.differs("/Financials/Transactions"), met.screen
    assert "offer no GL transactions" in met.screen


def test_nothing_but_reads_leaves(gp: Site, tmp_path: Path) -> None:
    """GP's client sends nothing else anyway; the door holds even where it is passed by."""
    gp.requests_sent()
    first_met(gp, tmp_path)
    assert {method for method, _ in gp.requests_sent()} == {"GET"}
    client = GP(Connection.objects.get(pk=gp.connection.pk), NoJournal())
    with only_reads(nothing), pytest.raises(WouldWrite):
        Client._send(client, "POST", client.address("vendors"), None, {"a": 1}, None, None)
    assert gp.control("GET", "gp/writes")["count"] == 0


def test_neither_report_nor_tape_has_secrets_people_or_amounts(gp: Site, tmp_path: Path) -> None:
    gp.types("QX-77120", amount="218400.75")
    answers("/Accounts", {"Code": "X", "Message": f"{PERSON} 218,400.00"}, status=400)(gp)
    met = first_met(gp, tmp_path)
    path = tmp_path / "tape.json"
    record(Connection.objects.get(pk=gp.connection.pk), path)
    text = path.read_text()
    assert "VoucherNumber" in text
    assert "NTLM" not in text  # a handshake names the server and its domain
    assert '"code": 401' not in text
    own = [gp.ready[name] for name in ("password", "company")]
    for hidden in (PERSON, "Quince", "218,400", "218400", "QX-77120", "127.0.0.1", "Abbott", *own):
        assert hidden not in text, hidden
    for hidden in (PERSON, "Quince", "218,400", "QX-77120", "Abbott", *own):
        assert hidden not in met.report, hidden


@pytest.mark.parametrize("reply", ["contract", "xml"])
def test_a_tape_of_the_site_is_played_back(gp: Site, tmp_path: Path, reply: str) -> None:
    gp.chose(reply=reply)
    path = tmp_path / "tape.json"
    record(Connection.objects.get(pk=gp.connection.pk), path)
    again = recorded_connection(path)
    again.secrets = {"password": "another"}
    again.save()
    real = gp.client.local_currency
    assert gp.client.vendors()[0].name not in path.read_text()
    gp.requests_sent()
    with playing(path):
        client = GP(again)
        assert client.local_currency == real
        assert client.vendors()
        assert client.accounts()
    assert gp.requests_sent() == []


def test_distributions_by_words_are_told(gp: Site, tmp_path: Path) -> None:
    bill = {**BILL, "Distributions": [{"DistributionType": "PURCH", "DebitAmount": 1}]}
    answers("/Transactions", {"Payload": [bill]})(gp)
    met = first_met(gp, tmp_path)
    assert met.differs("PURCH", "maintainers"), met.screen


def test_a_company_of_nothing_shows_nothing_that_is_fine(gp: Site, tmp_path: Path) -> None:
    answers(r"/(Vendors|Transactions|Accounts)\b", {"Payload": []})(gp)
    met = first_met(gp, tmp_path)
    assert met.unasked("Query options", "vendors"), met.screen
    assert met.unasked("Query options", "payables transactions"), met.screen
    assert met.unasked("Accounts", "no accounts")
    assert not met.fine("Query options")
    assert "none segments" not in met.screen
