"""First contact with NAV on-premises: each way in which a site may be other is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connections.first_contact.tape import playing, recorded_connection
from connections.models import Connection
from connections.transport.read_only import WouldWrite, only_reads
from connections.vendors.dynamics.contact import only_gets
from connections.vendors.nav.client import OnPremises
from tests.vendors.contact import Met, meet, record
from tests.vendors.stage_nav import Site
from tests.vendors.stage_nav_online import OnlineStage

Deviate = Callable[[Site], None]
PERSON = "Mallory Quince"
LINE = {"Type": "G/L Account", "No": "53200", "Quantity": 1, "Direct_Unit_Cost": 1234.56}


def connection(**values: str) -> Deviate:
    def change(nav: Site) -> None:
        nav.new_client(**values)

    return change


def partner(action: str, **values: Any) -> Deviate:
    return lambda nav: nav.partner(action, **values)


def answers(path: str, *rows: dict[str, Any], **rule: Any) -> Deviate:
    given = {"status": 200, "body": {"value": list(rows)}, "times": None, **rule}
    return lambda nav: nav.fault("status", method="GET", path=path, **given)


def waiting(nav: Site) -> None:
    number = nav.enter("PurchaseInvoice", [dict(LINE)], Vendor_Invoice_No="FC-1")
    nav.partner("status", document="Invoice", no=number, status="Pending Approval")


def somebody_in_the_batch(nav: Site) -> None:
    row = {"Journal_Batch_Name": "PROCORE", "Line_No": 10000, "Document_No": "X-1"}
    answers(r"/GeneralJournal\b", row)(nav)


def no_standard_api(nav: Site) -> None:
    nav.partner("settings", standard_api=False)
    nav.new_client(api_path="/api/v2.0")


DEVIATIONS: dict[str, tuple[Deviate, tuple[str, ...]]] = {
    "letters": (connection(company="KEYSTONE RIDGE BUILDERS"), ("large and small letters",)),
    "a page less": (
        partner("services", unpublish=["GLAccounts"]), ("page 18 (G/L Account List)", "chapter 1")
    ),
    "a field less": (
        partner("services", hide={"VendorCard": ["Blocked"]}),
        ("the fields Blocked", "as it is delivered"),
    ),
    "another page": (
        partner("services", publish={"PurchaseInvoice": 9308}), ("page 51", "Purchase Invoice")
    ),
    "an old version": (
        partner("settings", profile="nav2018"), ("codeunits by SOAP only", "SOAP address")
    ),
    "no right": (
        answers(r"/GLEntries\b", status=403, body={"error": {"code": "X", "message": PERSON}}),
        ("General Ledger Entries cannot be read", "chapter 3"),
    ),
    "small pages": (partner("settings", page_size=20), ("pages of 20 rows", "MaxPageSize")),
    "German": (
        answers(r"/GLAccounts\b", {"No": "1", "Account_Type": "Konto"}),
        ("Konto", "ServicesLanguage to en-US"),
    ),
    "few numbers": (
        partner("setup", shortcuts={"1": "PROJECT"}), ("without a number", "COSTCODE")
    ),
    "closed": (
        lambda nav: nav.by_hand("close_period", to="2020-01-31"),
        ("outside of the window", "Open the period"),
    ),
    "approvals": (waiting, ("wait for approval", "drafts")),
    "payments unseen": (
        partner("services", hide={"PostedPurchaseInvoices": ["Remaining_Amount"]}),
        ("Remaining_Amount", "page 146"),
    ),
    "no codeunit": (
        partner("settings", codeunit=""), ("does not offer", "PostPurchaseDocument", "test company")
    ),
    "a batch in use": (somebody_in_the_batch, ("1 lines stand in the journal batch",)),
    "no standard API": (
        no_standard_api, ("does not list subscriptions", "ApiServicesEnabled")
    ),
}  # fmt: skip


def first_met(nav: Site, folder: Path) -> Met:
    return meet(Connection.objects.get(pk=nav.connection.pk), folder)


@pytest.mark.parametrize("name", DEVIATIONS)
def test_each_deviation_is_found_and_said(nav: Site, tmp_path: Path, name: str) -> None:
    deviate, words = DEVIATIONS[name]
    deviate(nav)
    met = first_met(nav, tmp_path)
    assert met.differs(*words), met.screen
    assert not met.ok


def test_a_site_as_it_is_known_shows_none_of_them(nav: Site, tmp_path: Path) -> None:
    nav.enter("PurchaseInvoice", [dict(LINE)], Vendor_Invoice_No="FC-1")
    met = first_met(nav, tmp_path)
    assert "another shape" not in met.screen, met.screen
    assert not [name for name, (_, words) in DEVIATIONS.items() if met.differs(*words)], met.screen


def test_nothing_but_reads_leaves(nav: Site, tmp_path: Path) -> None:
    nav.requests_sent()
    first_met(nav, tmp_path)
    assert set(nav.requests_sent()) == {"GET"}
    with only_reads(only_gets), pytest.raises(WouldWrite):
        nav.enter("PurchaseInvoice", [dict(LINE)], Vendor_Invoice_No="FC-1")


def test_neither_report_nor_tape_has_secrets_people_or_amounts(nav: Site, tmp_path: Path) -> None:
    nav.enter("PurchaseInvoice", [{**LINE, "Description": PERSON}], Vendor_Invoice_No="QX-77120")
    answers(r"/DimensionList\b", status=400,
            body={"error": {"code": "X", "message": f"{PERSON} 218,400.00"}})(nav)  # fmt: skip
    met = first_met(nav, tmp_path)
    path = tmp_path / "tape.json"
    record(Connection.objects.get(pk=nav.connection.pk), path)
    assert "PurchaseInvoicePurchLines" in path.read_text()
    assert nav.ready["user"] not in met.report
    for hidden in (PERSON, "Quince", "218,400", "1234.56", "QX-77120", nav.ready["password"],
                   nav.ready["company"]):  # fmt: skip
        assert hidden not in met.report
        assert hidden not in path.read_text(), hidden


def test_a_tape_of_the_site_is_played_back(nav: Site, tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    record(Connection.objects.get(pk=nav.connection.pk), path)
    again = recorded_connection(path)
    again.secrets = {"password": "another"}
    again.save()
    real = nav.new_client().numbers
    nav.requests_sent()
    with playing(path):
        client = OnPremises(again)
        assert set(client.numbers) == set(real)
        assert {one.dimension for one in client.dimension_values()} <= set(client.numbers.values())
    assert nav.requests_sent() == []


def test_online_it_is_asked_as_business_central(nav_online: OnlineStage, tmp_path: Path) -> None:
    nav_online.setting(absent=["purchaseInvoiceLines.netAmount"])
    met = meet(nav_online.connection, tmp_path)
    assert met.differs("purchaseInvoiceLines lacks netAmount")
    assert "# First contact: Dynamics NAV" in met.report


@pytest.mark.parametrize(
    "rule",
    [{"status": 200, "body": {}}, {"status": 500, "body": "trouble"},
     {"status": 200, "body": "<html>Sign in</html>"}],
    ids=["no-list", "trouble", "page"],
)  # fmt: skip
def test_what_is_not_answered_is_neither_fine_nor_a_setting(
    nav: Site, tmp_path: Path, rule: dict[str, Any]
) -> None:
    nav.fault(
        "status", method="GET", times=None, path=r"/GLAccounts|/PurchaseInvoice|/api/", **rule
    )
    met = first_met(nav, tmp_path)
    for name in ("Page size", "Language", "Approvals", "Subscriptions"):
        assert met.unasked(name), met.screen
        assert not met.fine(name), name
    assert not met.differs("does not list subscriptions")
