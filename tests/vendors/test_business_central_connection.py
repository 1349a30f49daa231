"""Test connection: what it says when all is well, and for each thing that can be wrong."""

from __future__ import annotations

from typing import Any

import pytest

from connections.documents import TestResult as Result
from connections.models import Token
from tests.simulators import company
from tests.vendors.stage_business_central import Stage


def trial(stage: Stage, secret: str = "", **settings: Any) -> Result:
    stage.connection.settings.update(settings)
    if secret:
        stage.connection.secrets = {"client_secret": secret}
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
    assert "wrong-secret" not in words(result)


def test_a_changed_secret_is_tried_although_a_token_is_kept(business_central: Stage) -> None:
    assert trial(business_central).ok
    assert Token.objects.get().access_token
    assert not trial(business_central, secret="wrong").ok


def test_a_missing_permission_is_named(business_central: Stage) -> None:
    business_central.setting(denied=["purchaseInvoices"])
    result = trial(business_central)
    assert not result.ok
    assert "Cannot read purchase invoices" in words(result)
    assert "May read vendors" in words(result)


def test_a_test_that_works_ends_a_pause(business_central: Stage) -> None:
    from django.utils import timezone

    until = timezone.now() + timezone.timedelta(hours=1)
    business_central.connection.pause(until, "The sign-in failed.")
    assert trial(business_central).ok
    business_central.connection.refresh_from_db()
    assert not business_central.connection.paused
