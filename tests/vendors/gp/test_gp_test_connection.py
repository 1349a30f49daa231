"""Test connection: what was found, in sentences."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connections import documents
from connections.pages.testing import test_connection as tested
from tests.connections.other_system import OtherSystem, ok

from .conftest import Site, site_of
from .test_gp_access import said
from .test_gp_shapes import answering, vendor


def told(result: documents.TestResult) -> str:
    return " ".join(result.findings)


def test_a_good_site_is_described(gp: Site) -> None:
    result = gp.client.test()
    assert result.ok
    for part in (
        "Windows account KEYSTONE\\svc-procore", "JSON", "Company Keystone Ridge Builders, Inc. (",
        "May read vendors.", "May read payables transactions.", "May read accounts.",
        "May read GL transactions.", "Project from Segment 1", "PROJECT 1", "kept in USD",
        "nothing is ever written there",
    ):  # fmt: skip
        assert part in told(result)
    assert abs(result.clock_difference or dt.timedelta(9)) < dt.timedelta(seconds=5)
    assert gp.control("GET", "gp/writes")["count"] == 0


def test_it_works_within_a_hurry(gp: Site) -> None:
    assert tested(gp.connection).ok


def test_xml_and_the_short_list_are_told_and_no_failure(gp: Site) -> None:
    gp.chose(resources="short", reply="xml")
    result = gp.new_client(format="xml").test()
    assert result.ok
    assert "GP answers in XML." in result.findings
    assert "offer no accounts. Import the accounts from a file." in told(result)


def test_another_company_than_the_list_has(gp: Site) -> None:
    result = gp.new_client(company="Keystone").test()
    assert not result.ok
    assert "GP has no company Keystone. It has: " in told(result)
    assert "Keystone Ridge Builders, Inc. (Ohio)" in told(result)


def test_a_company_is_known_by_its_short_name_where_the_site_takes_it(gp: Site) -> None:
    gp.chose(interid_accepted=True)
    result = gp.new_client(company="KRB").test()
    assert result.ok
    assert "Company KRB." in result.findings


def test_documents_without_distributions_are_told(gp: Site) -> None:
    result = gp.chose(distributions="never").test()
    assert result.ok
    assert "shows no distributions" in told(result)


def test_fields_that_are_not_there_are_named_with_those_that_are(gp: Site) -> None:
    result = gp.new_client(payable_fields="DocumentAmount=DOCAMNT").test()
    assert not result.ok
    assert "lack DocumentAmount. They have: DocumentType, VoucherNumber" in told(result)


WITHOUT = "Journals that people book are not in the reconciliation."


def test_a_site_without_a_general_ledger_is_fine(gp: Site) -> None:
    result = gp.chose(resources="short").test()
    assert result.ok
    assert f"offer no GL transactions. {WITHOUT}" in told(result)
    result = gp.new_client(paths="glTransactions=").test()
    assert result.ok
    assert f"offer no GL transactions. {WITHOUT}" in told(result)


def test_so_is_one_that_does_not_grant_it(gp: Site) -> None:
    result = gp.chose(denied=["glTransactions"]).test()
    assert result.ok
    assert "The GP user may not read GL transactions" in told(result)
    assert told(result).count(WITHOUT) == 1


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"transaction_fields": "SourceDocument=SOURCDOC"}, "GL transactions lack SourceDocument."),
        ({"transaction_fields": "Voided=VOIDED, Lines=Rows"}, "transactions lack Voided, Lines."),
        ({"transaction_fields": "JournalEntry=Reference"}, "but does not give it by its number"),
    ],
)
def test_journals_that_are_shown_otherwise_are_told(
    gp: Site, settings: dict[str, str], part: str
) -> None:
    result = gp.new_client(**settings).test()
    assert not result.ok
    assert part in told(result)


def test_a_ledger_before_its_first_journal_is_fine(gp: Site) -> None:
    for action in ("forget_journals", "forget_payables"):
        gp.by_hand(action)
    result = gp.new_client().test()
    assert result.ok
    assert "no GL transaction yet" in told(result)


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"user_mapped": False}, "mapped to no GP user"),
        ({"denied": ["payables"]}, "Security Task Setup"),
        ({"reply": "empty"}, "nothing"),
    ],
)
def test_what_stops_it_is_said(gp: Site, settings: dict[str, Any], part: str) -> None:
    result = gp.chose(**settings).test()
    assert not result.ok
    assert part in told(result)


def test_a_wrong_password_is_said(gp: Site) -> None:
    gp.client.connection.secrets["password"] = "no"
    client = type(gp.client)(gp.client.connection)
    result = client.test()
    assert not result.ok
    assert "does not accept the Windows account" in told(result)


def test_an_unknown_currency_is_told(gp: Site) -> None:
    result = gp.chose(denied=["currencies"]).test()
    assert not result.ok
    assert "own currency is not known" in told(result)
    assert gp.new_client(local_currency="USD").test().ok


def test_empty_fields_are_named_by_way_of_sign_in(server: OtherSystem) -> None:
    client = answering(server, ok([vendor("A")]))
    client.connection.settings |= {"company": "", "user": ""}
    assert client.test().findings == ("Fill in: company, user.",)
    other = site_of_way(server.address, "oauth")
    assert other == "Fill in: directory (tenant) id, client id, scope."
    assert server.seen == []


def site_of_way(address: str, way: str) -> str:
    from connections.models import Connection

    Connection.objects.all().delete()
    return site_of(address, authentication=way).test().findings[0]


def test_a_setting_that_makes_no_sense_is_told_first(server: OtherSystem) -> None:
    client = answering(server, ok([vendor("A")]))
    client.connection.settings["cost_code_place"] = "the reference"
    result = client.test()
    assert not result.ok
    assert "Where the cost code stands" in told(result)
    assert server.seen == []


def test_a_site_without_a_list_of_companies_is_fine(server: OtherSystem) -> None:
    client = site_of(server.address)

    def reply(method: str, path: str, count: int) -> Any:
        if path.endswith(("/Companies.json?pageSize=500", "/Companies.json?pageSize=1")):
            return said(404, "NO_SUCH_ROUTE")
        return ok([vendor("A")]) if "Vendors" in path else ok([])

    server.reply = reply
    result = client.test()
    assert result.ok
    assert "The site lists no companies; " in told(result)
    assert "no payables transaction yet" in told(result)
