"""Sign-in, the connection test, and what an environment may answer instead of rows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest
from django.core.cache import cache

from connections import roles
from connections.documents import PostingWindow
from connections.errors import ConnectorError, CredentialPaused, NeedsPerson, RetryLater
from connections.models import Connection
from connections.pages.forms import form_for
from connections.pages.testing import test_connection
from connections.registry import VENDORS, Inbound
from connections.vendors.fo.choices import V1
from connections.vendors.fo.client import FinanceOperations
from tests.connections.other_system import OtherSystem, Reply, ok
from tests.vendors.fo.stage import Environment, invoice
from tests.vendors.stage_business_central import Notebook


def test_it_meets_the_role(fo: Environment) -> None:
    ledger: roles.Ledger = fo.client
    assert not ledger.can_post
    assert ledger.resumes
    assert ledger.wanted() == []
    assert ledger.standing() == set()


def test_nobody_is_let_in_by_webhook() -> None:
    verdict = VENDORS["fo"].receive(None, Inbound("POST", {}, {}, b"{}"))
    assert (verdict.status, verdict.store) == (404, False)


# -- signing in ------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{}, {"token_version": V1}])
def test_it_signs_in_at_either_version(fo: Environment, changes: dict[str, str]) -> None:
    assert fo.new_client(**changes).vendors_by_number(["V10001"])


def test_the_audience_is_lower_case_and_without_a_slash(fo: Environment) -> None:
    address = fo.ready["environment_url"].replace("http://", "HTTP://") + "/"
    client = fo.new_client(environment_url=address)
    assert client.scope() == f"{fo.ready['environment_url']}/.default"
    assert client.vendors_by_number(["V10001"])


def test_a_wrong_secret_pauses_the_credential_in_plain_words(fo: Environment) -> None:
    fo.by_hand("app", secret="another")
    with pytest.raises(CredentialPaused) as paused:
        fo.client.vendors_by_number(["V10001"])
    assert paused.value.sentence.startswith("The client secret is wrong.")
    assert fo.ready["client_secret"] not in paused.value.sentence


def test_an_app_that_is_bound_to_no_user_is_said(fo: Environment) -> None:
    fo.by_hand("app", mapped=False)
    with pytest.raises(CredentialPaused) as paused:
        fo.client.vendors_by_number(["V10001"])
    assert "bound to an active user" in paused.value.sentence


# -- the connection test ---------------------------------------------------------------------


def findings(fo: Environment, **settings: Any) -> tuple[bool, str]:
    fo.new_client(**settings)
    result = test_connection(Connection.objects.get(pk=fo.connection.pk))
    return result.ok, "\n".join(result.findings)


def test_it_says_what_it_found(fo: Environment) -> None:
    works, said = findings(fo)
    assert works, said
    assert "Application version 10.0.42." in said
    assert "Company KRB Keystone Ridge Builders, currency USD, chart of accounts Keystone" in said
    assert "MainAccount|Department|Project|CostCode|CostType (delimiter |)" in said
    assert "Default dimension format: Department|Project|CostCode|CostType" in said
    assert "The app works as the user mlconnector." in said
    assert "May read pending vendor invoices." in said
    assert "May read posted vendor invoices." in said
    assert "local currency USD" in said


def test_a_wrong_company_names_those_that_are_seen(fo: Environment) -> None:
    works, said = findings(fo, company="DAT")
    assert not works
    assert "There is no company DAT that this user may see. It sees: KRB, KRBC." in said


@pytest.mark.parametrize("knob", ["denied", "hidden"])
def test_what_is_refused_or_missing_is_named(fo: Environment, knob: str) -> None:
    fo.chose(**{knob: ["VendorInvoiceLines"]})
    works, said = findings(fo)
    assert not works
    assert "lines of vendor invoices" in said
    assert "May read main accounts." in said


def test_missing_formats_are_said(fo: Environment) -> None:
    fo.by_hand("format", kind="ledger", active=False)
    works, said = findings(fo)
    assert not works
    assert "no active ledger dimension format" in said


@pytest.mark.parametrize("name", ["procurement_category", "journal_name", "vendor_group"])
def test_a_setting_that_the_service_does_not_know_is_named(fo: Environment, name: str) -> None:
    works, said = findings(fo, **{name: "NOSUCH"})
    assert not works
    assert "does not know NOSUCH" in said


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tenant_id": "common"}, "own tenant"),
        ({"company": "Keystone"}, "more than four characters"),
        ({"procurement_category": ""}, "Fill in: procurement category"),
    ],
)
def test_settings_that_cannot_work_are_said_first(
    fo: Environment, settings: dict[str, str], words: str
) -> None:
    works, said = findings(fo, **settings)
    assert not works
    assert words in said


def test_the_form_wants_the_environments_address(db: None) -> None:
    form = form_for("fo")(
        {"name": "F&O", "setting_environment_url": "http://contoso.operations.dynamics.com"}
    )
    assert "https" in str(form.errors["setting_environment_url"])
    assert {"setting_tenant_id", "setting_company", "secret_client_secret"} <= set(form.errors)


# -- odd answers -----------------------------------------------------------------------------


@dataclasses.dataclass
class Odd:
    """An environment that answers as a test says: path to answer."""

    system: OtherSystem
    answers: dict[str, Reply]

    def client(self) -> FinanceOperations:
        def reply(method: str, path: str, count: int) -> Reply:
            if "/oauth2/" in path:
                return OtherSystem.grant(count)
            found = [one for begin, one in self.answers.items() if path.startswith(begin)]
            return found[0] if found else ok({"value": []})

        self.system.reply = reply
        connection = Connection.objects.create(
            name="Odd",
            vendor="fo",
            settings={
                "environment_url": self.system.address, "login_url": self.system.address,
                "tenant_id": "t", "client_id": "c", "company": "USMF",
            },
            secrets={"client_secret": "s3cret"},
        )  # fmt: skip
        return FinanceOperations(connection, Notebook())


@pytest.fixture
def odd(db: None) -> Any:
    cache.clear()
    with OtherSystem() as system:
        yield Odd(system, {})


def rows(*values: dict[str, Any], link: str = "") -> Reply:
    more = {"@odata.nextLink": link} if link else {}
    return ok({"value": list(values), **more})


VENDOR = {"dataAreaId": "usmf", "VendorAccountNumber": "1", "VendorOrganizationName": "A"}
LEDGER = {"LegalEntityId": "USMF", "AccountingCurrency": "USD", "FiscalCalendar": "Fiscal",
          "ChartOfAccounts": "Shared"}  # fmt: skip


def test_a_next_page_on_an_internal_host_is_asked_of_ours(odd: Odd) -> None:
    link = "https://internal.example:444/data/VendorsV3?$skiptoken=2"
    odd.answers = {
        "/data/VendorsV3/$count": (200, {"Content-Type": "text/plain"}, "2"),
        "/data/VendorsV3?$skiptoken=2": rows({**VENDOR, "VendorAccountNumber": "2"}, VENDOR),
        "/data/VendorsV3": rows(VENDOR, link=link),
    }
    assert [one.number for one in odd.client().vendors()] == ["1", "2"]


def test_pages_that_shifted_meanwhile_are_read_again(odd: Odd) -> None:
    """The count says three, the pages showed two: a row slipped between them."""
    link = f"{odd.system.address}/data/VendorsV3?$skip=1"
    odd.answers = {
        "/data/VendorsV3/$count": (200, {"Content-Type": "text/plain"}, "3"),
        "/data/VendorsV3?$skip": rows({**VENDOR, "VendorAccountNumber": "2"}),
        "/data/VendorsV3": rows(VENDOR, link=link),
    }
    odd.client().vendors()
    asked = [path for _, path, *_ in odd.system.seen if path.startswith("/data/VendorsV3?$skip")]
    assert len(asked) == 2


def test_a_payment_of_an_invoice_is_not_the_invoice(odd: Odd) -> None:
    paper = invoice(number="A-1", vendor="1")
    posted = {"Invoice": "A-1", "AccountNum": "1", "Voucher": "APIV1", "AmountCur": -100,
              "TransType": "Purch", "TransDate": "2026-02-01T12:00:00Z"}  # fmt: skip
    paid = posted | {"Voucher": "APPM1", "AmountCur": 100, "TransType": "Payment"}
    odd.answers = {"/data/$batch": batch({"value": []}, {"value": [paid, posted]})}
    [[found]] = odd.client().find([paper])
    assert found.number == "APIV1"
    assert found.total == 100


def test_a_next_page_that_is_none_of_the_service_is_not_followed(odd: Odd) -> None:
    odd.answers = {"/data/VendorsV3": rows(VENDOR, link="https://evil.example/x")}
    with pytest.raises(ConnectorError) as error:
        odd.client().vendors()
    assert "not its own" in error.value.sentence


@pytest.mark.parametrize(
    "page",
    [
        (302, {"Location": "https://login.example"}, ""),
        (200, {"Content-Type": "text/html"}, "<html>Sign in</html>"),
        (503, {"Content-Type": "text/html"}, "<html>Service Unavailable</html>"),
        (502, {"Content-Type": "text/html"}, "<html>Bad gateway</html>"),
    ],
)
def test_a_page_instead_of_rows_is_for_later(odd: Odd, page: Reply) -> None:
    odd.answers = {"/data/VendorsV3": page}
    with pytest.raises(RetryLater):
        odd.client().vendors_by_number(["1"])


def test_a_429_that_does_not_say_how_long_waits_half_a_minute(odd: Odd) -> None:
    odd.answers = {"/data/VendorsV3": (429, {}, "")}
    before = dt.datetime.now(dt.UTC)
    with pytest.raises(RetryLater) as later:
        odd.client().vendors_by_number(["1"])
    assert later.value.at is not None
    assert later.value.at - before >= dt.timedelta(seconds=30)


def batch(*bodies: dict[str, Any]) -> Reply:
    parts = "".join(
        "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n"
        f"Content-Type: application/json\r\n\r\n{json.dumps(body)}\r\n"
        for body in bodies
    )
    return 200, {"Content-Type": "multipart/mixed; boundary=b"}, f"{parts}--b--\r\n"


def test_the_window_is_what_the_open_periods_span(odd: Odd) -> None:
    """Status in one collection, days in the other."""
    names = ("January", "February", "March")
    statuses = [
        {"LegalEntityId": "USMF", "YearName": "2026", "PeriodName": name, "PeriodStatus": status}
        for name, status in zip(names, ("Closed", "Open", "Open"), strict=True)
    ]
    days = [
        {"FiscalYear": "2026", "PeriodName": name, "StartDate": f"2026-0{month}-01T12:00:00Z",
         "EndDate": f"2026-0{month}-28T12:00:00Z"}
        for month, name in enumerate(names, start=1)
    ]  # fmt: skip
    odd.answers = {
        "/data/Ledgers": rows(LEDGER),
        "/data/$batch": batch({"value": statuses}, {"value": days}),
    }
    window = odd.client().window()
    assert window == PostingWindow(dt.date(2026, 2, 1), dt.date(2026, 3, 28), "USD")


def test_a_company_override_suspends_an_account(odd: Odd) -> None:
    account = {"ChartOfAccounts": "Shared", "MainAccountId": "618100", "MainAccountType": "Expense",
               "IsSuspended": "No", "ActiveFrom": "1900-01-01T00:00:00Z",
               "ActiveTo": "2154-12-31T23:59:59Z"}  # fmt: skip
    odd.answers = {
        "/data/Ledgers": rows(LEDGER),
        "/data/MainAccounts": rows(account, {**account, "MainAccountId": "618200"}),
        "/data/MainAccountLegalEntities": rows({**account, "IsSuspended": "Yes"}),
    }
    assert [one.blocked for one in odd.client().accounts()] == [True, False]


def test_an_account_outside_its_active_range_is_blocked(odd: Odd) -> None:
    ends = {"ActiveFrom": "1900-01-01T00:00:00Z", "ActiveTo": "2020-12-31T12:00:00Z"}
    account = {"ChartOfAccounts": "Shared", "MainAccountId": "618100", **ends}
    odd.answers = {"/data/Ledgers": rows(LEDGER), "/data/MainAccounts": rows(account)}
    assert [one.blocked for one in odd.client().accounts()] == [True]


def test_a_write_that_met_a_page_was_not_done(odd: Odd) -> None:
    """A sign-in or maintenance page comes from before the service."""
    odd.answers = {"/data/VendorsV3": (200, {"Content-Type": "text/html"}, "<html>Sign in</html>")}
    client = odd.client()
    with pytest.raises(RetryLater):
        client.add("VendorsV3", {"VendorOrganizationName": "A"}, "a test")
    assert client.journal.outcomes == [("refused", 503)]  # type: ignore[attr-defined]


def test_without_a_category_nothing_is_written(fo: Environment) -> None:
    fo.connection.settings.pop("procurement_category")
    with pytest.raises(NeedsPerson) as held:
        fo.new_client().create(invoice(), "a test")
    assert "procurement category" in held.value.sentence
    assert fo.writes() == []
