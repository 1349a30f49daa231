"""Test connection: what it says when all is well, and for each thing that can be wrong."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache

from connections.documents import TestResult as Result
from connections.errors import ConnectorError, CredentialPaused, RetryLater
from connections.models import Token
from connections.pages.forms import SECRET, SETTING, form_for
from connections.roles import Ledger
from tests.simulators import company
from tests.vendors.stage_business_central import Stage


def trial(stage: Stage, secret: str = "", **settings: Any) -> Result:
    stage.connection.settings.update(settings)
    if secret:
        stage.connection.secrets.update(client_secret=secret)
    stage.connection.save()
    return stage.new_client().test()


def words(result: Result) -> str:
    return "\n".join(result.findings)


def test_a_good_connection_says_what_it_found(business_central: Stage) -> None:
    result = trial(business_central)
    assert result.ok, words(result)
    assert company.COMPANY_NAME in words(result)
    for part in ("Signed in", "purchase invoices", "G/L accounts", "vendors", "USD"):
        assert part in words(result)
    assert result.clock_difference is not None
    assert abs(result.clock_difference.total_seconds()) < 5


def test_the_client_meets_the_ledgers_role(business_central: Stage) -> None:
    ledger: Ledger = business_central.client
    assert ledger.stored_number("a") == "A"


@pytest.mark.django_db
def test_what_decisions_need_may_be_left_blank() -> None:
    filled_in = {"company": "Keystone", "tenant_id": "t", "client_id": "c"}
    data = {"name": "Books", "active": "on", "settle_seconds": "540"}
    data |= {SETTING + name: value for name, value in filled_in.items()}
    form = form_for("business_central")({**data, SECRET + "client_secret": "s"})
    assert form.is_valid(), form.errors
    made = form.save()
    assert made.setting("flag_values") == "release=, reopen=HLD, approve=, reject=REJ"
    assert made.setting("integration_service") == ""


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"secret": "wrong"}, "client secret is wrong"),
        ({"client_id": "11111111-1111-1111-1111-111111111111"}, "client id is not known"),
        ({"tenant_id": "22222222-2222-2222-2222-222222222222"}, "tenant is not known"),
        ({"environment": "nowhere"}, "nowhere"),
        ({"company": "CRONUS"}, company.COMPANY_NAME),
        ({"api_url": "http://127.0.0.1:9"}, "Cannot reach"),
        ({"login_url": "http://127.0.0.1:9"}, "Cannot reach the sign-in server"),
        ({"company": ""}, "Fill in: company"),
    ],
)
def test_a_bad_connection_says_what_to_mend(
    business_central: Stage, change: dict[str, str], part: str
) -> None:
    result = trial(business_central, **change)
    assert not result.ok
    assert part in words(result)
    assert business_central.ready["client_secret"] not in words(result)


def test_a_changed_secret_is_tried_although_a_token_is_kept(business_central: Stage) -> None:
    assert trial(business_central).ok
    assert Token.objects.get().access_token
    assert not trial(business_central, secret="wrong").ok


def test_a_missing_permission_is_named(business_central: Stage) -> None:
    business_central.setting(denied=["purchaseInvoice"])
    result = trial(business_central)
    assert not result.ok
    assert "Cannot read purchase invoices" in words(result)
    assert "May read vendors" in words(result)


def test_a_test_that_works_ends_a_pause(business_central: Stage) -> None:
    until = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    business_central.connection.pause(until, "The sign-in failed.")
    assert trial(business_central).ok
    business_central.connection.refresh_from_db()
    assert not business_central.connection.paused


def test_an_app_that_is_switched_off_pauses_the_connection(business_central: Stage) -> None:
    business_central.client.company()
    business_central.control("POST", "business_central/app", {"enabled": False})
    with pytest.raises(CredentialPaused) as paused:
        business_central.client.accounts()
    assert "Microsoft Entra applications" in paused.value.sentence
    business_central.connection.refresh_from_db()
    assert business_central.connection.paused
    result = trial(business_central)
    assert not result.ok
    assert "Microsoft Entra applications" in words(result)


def test_a_company_that_was_replaced_is_looked_up_again(business_central: Stage) -> None:
    right = business_central.client.company()
    key = business_central.client._company_key()
    cache.set(key, ("11111111-1111-1111-1111-111111111111", "old"), 60)
    client = business_central.new_client()
    with pytest.raises(RetryLater):
        client.accounts()
    assert client.accounts()
    assert client.company() == right


def test_a_next_page_on_another_host_never_gets_our_token(business_central: Stage) -> None:
    body = {"value": [], "@odata.nextLink": "http://elsewhere.example/vendors?aid=FIN"}
    business_central.client.company()
    business_central.fault("status", status=200, body=body, path="/vendors")
    with pytest.raises(ConnectorError) as refused:
        business_central.client.vendors()
    assert "another host" in refused.value.sentence


def test_a_lost_place_begins_the_read_again(business_central: Stage) -> None:
    business_central.client.page_size = 100
    business_central.client.company()
    body = {"error": {"code": "SkipTokenIsNoLongerValid", "message": "Begin again."}}
    business_central.fault("status", status=400, body=body, path=r"vendors.*skiptoken")
    assert len(business_central.client.vendors()) == len(company.VENDORS)
