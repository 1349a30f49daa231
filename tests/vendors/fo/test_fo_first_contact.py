"""First contact with F&O: each way in which an environment may be other is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connections.first_contact.tape import playing, recorded_connection
from connections.models import Connection
from connections.transport.read_only import WouldWrite, only_reads
from connections.vendors.fo import batch, first_contact
from connections.vendors.fo.client import FinanceOperations
from tests.vendors.contact import Met, meet, record
from tests.vendors.fo.stage import ABOUT, Environment, invoice

Deviate = Callable[[Environment], None]
PERSON = "Mallory Quince"


def chose(**values: Any) -> Deviate:
    return lambda fo: fo.chose(**values)


def connection(**values: str) -> Deviate:
    def change(fo: Environment) -> None:
        fo.new_client(**values)

    return change


def answers(path: str, *rows: dict[str, Any], **rule: Any) -> Deviate:
    given = {"status": 200, "body": {"value": list(rows)}, "times": None, **rule}
    return lambda fo: fo.fault("status", method="GET", path=path, **given)


BILL = {"Invoice": "1", "TransType": "Purch", "AmountCur": 10}
DEVIATIONS: dict[str, tuple[Deviate, tuple[str, ...]]] = {
    "a collection less": (
        chose(hidden=["TaxItemGroups"]), ("does not list TaxItemGroups", "switch the entity on")
    ),
    "no right": (chose(denied=["MainAccounts"]), ("MainAccounts may not be read", "role")),
    "another company": (connection(company="zzzz"), ("is not among the 2", "Correct Company")),
    "a mandatory field": (
        chose(mandatory=["VendorInvoiceHeader.VendorAccount"]),
        ("demands VendorAccount", "Fields to add"),
    ),
    "an action that is gone": (
        connection(confirm_action="confirm"), ("no action confirm", "people confirm then")
    ),
    "an action unused": (
        chose(confirm_action="confirmOrder"), ("offer confirmOrder", "Enter it under Action")
    ),
    "400 instead of 404": (
        chose(unknown_status=400), ("answered with 400", "before any flow is released")
    ),
    "an unknown category": (
        connection(procurement_category="Nonsense"), ("procurement category", "Correct it")
    ),
    "a new status": (
        answers("/PurchaseOrderHeadersV2", {"PurchaseOrderStatus": "Parked"}),
        ("Parked", "maintainers"),
    ),
    "in a workflow": (
        answers("/PurchaseOrderHeadersV2", {"DocumentApprovalStatus": "InReview"}),
        ("pass a workflow", "change management"),
    ),
    "another sign": (
        answers("/VendTransBiEntities", BILL, BILL),
        ("0 of 2 posted invoices are negative", "Change Amount of a posted invoice"),
    ),
    "other days": (
        answers("/FiscalPeriods", {"StartDate": "2026-01-01T05:00:00Z", "EndDate": None}),
        ("another time of day than noon", "T05:00:00Z"),
    ),
    "no posted set": (
        connection(posted_set="Nonsense"), ("does not list Nonsense", "Enter the site's own name")
    ),
    "a new limit": (
        answers(r"/Ledgers\?cross-company=true&\$top=1", headers={"X-RateLimit-Limit": "5"}),
        ("X-RateLimit-Limit",),
    ),
}  # fmt: skip


def first_met(fo: Environment, folder: Path) -> Met:
    return meet(Connection.objects.get(pk=fo.connection.pk), folder)


@pytest.mark.parametrize("name", DEVIATIONS)
def test_each_deviation_is_found_and_said(fo: Environment, tmp_path: Path, name: str) -> None:
    deviate, words = DEVIATIONS[name]
    deviate(fo)
    met = first_met(fo, tmp_path)
    assert met.differs(*words), met.screen
    assert not met.ok


def test_an_environment_as_it_is_known_shows_none_of_them(fo: Environment, tmp_path: Path) -> None:
    met = first_met(fo, tmp_path)
    assert "another shape" not in met.screen, met.screen
    assert not [name for name, (_, words) in DEVIATIONS.items() if met.differs(*words)], met.screen
    assert "The application version is 10.0.42" in met.screen


def test_nothing_is_written(fo: Environment, tmp_path: Path) -> None:
    fo.control("DELETE", "fo/writes")
    first_met(fo, tmp_path)
    assert fo.control("GET", "fo/writes")["count"] == 0
    with only_reads(first_contact.only_reads), pytest.raises(WouldWrite):
        fo.client.create(invoice(), ABOUT)
    assert fo.control("GET", "fo/writes")["count"] == 0


def test_what_posts_and_only_reads() -> None:
    root = "https://krb.operations.dynamics.com/data"
    kind, gets = batch.envelope([f"{root}/Ledgers", f"{root}/VendorsV3"])
    assert kind
    assert first_contact.only_reads(f"{root}/$batch", gets)
    assert not first_contact.only_reads(f"{root}/$batch", gets.replace(b"GET", b"POST", 1))
    assert not first_contact.only_reads(f"{root}/$batch", b"")
    assert not first_contact.only_reads(f"{root}/VendorsV3", gets)
    action = f"{root}/DataManagementEntities/Microsoft.Dynamics.DataEntities"
    assert first_contact.only_reads(f"{action}.GetApplicationVersion", b"{}")
    assert not first_contact.only_reads(f"{action}.ImportFromPackage", b"{}")


def test_neither_report_nor_tape_has_secrets_people_or_amounts(
    fo: Environment, tmp_path: Path
) -> None:
    fo.client.create(invoice(number="QX-77120"), ABOUT)
    words = f"{PERSON} may not see 218,400.00"
    answers("/TaxItemGroups", status=400, body={"error": {"message": words}})(fo)
    met = first_met(fo, tmp_path)
    assert PERSON in met.screen
    path = tmp_path / "tape.json"
    record(Connection.objects.get(pk=fo.connection.pk), path)
    text = path.read_text()
    assert "VendorInvoiceHeaders" in text
    own = [fo.ready[name] for name in ("client_secret", "client_id", "tenant_id")]
    assert "127.0.0.1" not in text
    for hidden in (PERSON, "Quince", "218,400", "12500", "QX-77120", *own):
        alone = rf"(?<![0-9a-f]){re.escape(hidden)}(?![0-9a-f])"  # not among an id's digits
        assert not re.search(alone, text), hidden
        assert hidden not in met.report


def test_a_tape_of_the_environment_is_played_back(fo: Environment, tmp_path: Path) -> None:
    """Batches in parts, too: formats and periods are read by them."""
    path = tmp_path / "tape.json"
    record(Connection.objects.get(pk=fo.connection.pk), path)
    again = recorded_connection(path)
    again.secrets = {"client_secret": "another"}
    again.save()
    real = fo.new_client()
    formats, window = real.formats(), real.window()
    fo.requests_sent()
    with playing(path):
        client = FinanceOperations(again)
        assert client.formats() == formats
        assert client.window().currency == window.currency
        assert client.accounts()
    assert fo.requests_sent() == []


@pytest.mark.parametrize("body", [{}, {"value": None}])
def test_an_answer_that_holds_no_list_is_never_fine(
    fo: Environment, tmp_path: Path, body: dict[str, Any]
) -> None:
    fo.fault(
        "status",
        method="GET",
        times=None,
        path=r"/data(\?|$|/(?!DataM))|/Metadata/",
        status=200,
        body=body,
    )
    met = first_met(fo, tmp_path)
    assert not met.ok
    for name in ("Collections", "Company", "Fields", "Mandatory fields", "Statuses", "Dates",
                 "Posted invoices", "Names in the connection", "Confirming orders", "Limits",
                 "Rows that are not there"):  # fmt: skip
        assert met.unasked(name), met.screen
        assert name == "Collections" or not met.fine(name), name  # its clock is told
