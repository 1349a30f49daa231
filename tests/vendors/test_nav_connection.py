"""A site's connection: signing in, what the test says, and what is wrong in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from connections.documents import TestResult as Result
from connections.errors import CredentialPaused, NeedsPerson, Reason
from connections.registry import VENDORS
from connections.vendors.nav.client import OnPremises
from tests.simulators import company
from tests.vendors.stage_business_central import document
from tests.vendors.stage_nav import Site
from tests.vendors.test_nav_documents import ABOUT, shape, wanted


def trial(nav: Site, **settings: Any) -> Result:
    client = nav.new_client(**settings)
    client.hurry()
    return client.test()


def words(result: Result) -> str:
    return "\n".join(result.findings)


def test_the_registry_makes_the_on_premises_client(nav: Site) -> None:
    assert isinstance(VENDORS["nav"].client(nav.connection, nav.journal), OnPremises)


def test_a_good_connection_says_what_it_found(nav: Site) -> None:
    result = trial(nav)
    assert result.ok, words(result)
    for part in (
        "on-premises", company.COMPANY_NAME, "15 of 15 services", "1 ", "PROJECT", "USD",
        "IntegrationMgt", "subscriptions", "May read Vendor List",
    ):  # fmt: skip
        assert part in words(result), part
    assert result.clock_difference is not None
    assert abs(result.clock_difference.total_seconds()) < 5


@pytest.mark.parametrize("challenge", ["both", "negotiate", "ntlm"])
def test_a_windows_account_reads_and_writes(nav: Site, challenge: str) -> None:
    nav.setting(auth="windows", challenge=challenge)
    nav.connection.secrets["password"] = "Stand-in-Windows-1"
    client = nav.new_client(authentication="windows", user="KEYSTONE\\svc-procore")
    paper = document()
    draft = client.create(paper, ABOUT)
    client.complete(draft, paper, ABOUT)
    assert shape(client.read(draft, paper)) == wanted(paper)


def test_an_app_registration_reads_and_writes(nav: Site) -> None:
    nav.setting(auth="oauth")
    client = nav.new_client(authentication="oauth")
    assert client.create(document(), ABOUT).status == "draft"


def test_an_expired_key_is_said_so_and_everything_waits(nav: Site) -> None:
    nav.partner("key", expired=True)
    with pytest.raises(CredentialPaused) as paused:
        nav.client.accounts()
    assert "expired" in paused.value.sentence
    assert nav.ready["password"] not in paused.value.sentence
    assert "access key" in words(trial(nav))
    nav.partner("key", expired=False)
    assert trial(nav).ok


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"company": "keystone ridge builders"}, (company.COMPANY_NAME, "small letters count")),
        ({"company": "CRONUS"}, (company.COMPANY_NAME,)),
        ({"instance": "BC999"}, ("BC999",)),
        ({"server_url": "http://127.0.0.1:9"}, ("Cannot reach NAV at 127.0.0.1:9",)),
        ({"user": ""}, ("Fill in: user",)),
        ({"services": "Nonsense"}, ("Nonsense", "is not understood")),
        ({"integration_service": "Other"}, ("PostPurchaseDocument", "docs/nav")),
        ({"trust_bundle": "/nowhere.pem"}, ("/nowhere.pem",)),
    ],
)
def test_a_bad_connection_says_what_to_mend(
    nav: Site, change: dict[str, str], parts: tuple[str, ...]
) -> None:
    result = trial(nav, **change)
    assert not result.ok
    for part in parts:
        assert part in words(result)


def test_what_is_missing_is_said_page_by_page(nav: Site) -> None:
    nav.partner(
        "services", unpublish=["GLAccounts", "PurchaseCreditMemo"],
        publish={"PurchaseInvoice": 9308}, hide={"VendorCard": ["Blocked"]},
    )  # fmt: skip
    result = trial(nav)
    assert not result.ok
    for part in ("page 18", "page 52", "Needed only for credit memos", "page 51", "Blocked"):
        assert part in words(result), part


def test_other_names_are_taken_from_the_setting(nav: Site) -> None:
    nav.partner("services", rename={"PurchaseInvoice": "Purch_Inv", "GLAccounts": "Accounts"})
    with pytest.raises(NeedsPerson):
        nav.client.accounts()
    client = nav.new_client(services="PurchaseInvoice=Purch_Inv, GLAccounts=Accounts")
    assert client.accounts()
    paper = document()
    draft = client.create(paper, ABOUT)
    client.complete(draft, paper, ABOUT)
    assert shape(client.read(draft, paper)) == wanted(paper)


def test_a_renamed_service_is_for_the_partner_and_nothing_is_lost(nav: Site) -> None:
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    nav.control("POST", "nav/services", {"rename": {"PostedPurchaseInvoice": "Posted"}})
    nav.client.complete(draft, paper, ABOUT)
    with pytest.raises(NeedsPerson) as held:
        nav.new_client().read(draft, paper)
    assert held.value.reason == Reason.SETTINGS
    assert "page 138" in held.value.sentence


def test_dimensions_that_the_site_numbers_otherwise(nav: Site) -> None:
    nav.partner("setup", shortcuts={"1": "COSTTYPE", "5": "PROJECT", "8": "COSTCODE"})
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    assert shape(draft) == wanted(paper)
    nav.partner("setup", shortcuts={"1": "COSTTYPE"})
    with pytest.raises(NeedsPerson) as held:
        nav.client.create(document(), ABOUT)
    assert held.value.reason == Reason.DIMENSION
    assert "Without a number" in words(trial(nav))


def test_a_server_that_slept_is_waited_for(nav: Site) -> None:
    nav.partner("asleep", seconds=1.5)
    nav.client.read_timeout = 1.0
    nav.client.read_tries = 1
    with pytest.raises(Exception, match="Cannot reach NAV"):
        nav.client.accounts()
    nav.partner("asleep", seconds=1.5)
    assert nav.client.read_timeout >= 60
    assert nav.client.accounts()


def test_a_site_without_codeunit_and_without_the_standard_api(nav: Site) -> None:
    nav.setting(profile="nav2018")
    result = trial(nav, integration_service="", api_path="")
    assert result.ok, words(result)
    assert "Nothing is posted from outside" in words(result)
    assert "changes are polled" in words(result)
