"""The connection's form and its test: every finding a plain sentence, never an exception."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone

from connections.models import Connection
from connections.pages.forms import conditions, form_for
from connections.pages.testing import test_connection
from connections.registry import VENDORS
from connections.transport.http import Answer
from connections.vendors.monday.check import Findings, clock
from tests.vendors.monday.conftest import Account

pytestmark = pytest.mark.django_db(transaction=True)


def sentences(account: Account, token: str = "", **settings: str) -> tuple[bool, str]:
    """What the test finds, with these settings instead."""
    account.new_client(**settings)
    connection = Connection.objects.get(pk=account.connection.pk)
    if token:
        connection.secrets |= {"token": token}
    result = test_connection(connection)
    text = " ".join(result.findings)
    assert "Traceback" not in text
    assert account.ready["token"] not in text
    return result.ok, text


def test_a_good_connection_says_what_it_found(account: Account) -> None:
    board = account.board()
    ok, text = sentences(account, boards=board)
    assert ok, text
    assert "Signed in to Keystone Ridge Builders (plan: pro)." in text
    assert "User ML Connector (admin)." in text
    assert "API version 2026-10 (current)." in text
    assert "Board Payables: 0 items of" in text
    assert "of 10,000 calls of today (UTC) are used" in text


def test_without_boards_it_says_how_many_can_be_seen(account: Account) -> None:
    ok, text = sentences(account)
    assert ok
    assert "1 board is visible" in text


def test_a_wrong_token_is_said(account: Account) -> None:
    ok, text = sentences(account, token="wrong-token")
    assert not ok
    assert "does not accept the API token" in text


def test_no_token_at_all_is_said(account: Account) -> None:
    Connection.objects.update(secrets={})
    ok, text = sentences(account)
    assert not ok
    assert "Enter the API token" in text


def test_a_viewer_is_no_user_for_us(account: Account) -> None:
    ok, text = sentences(account, token="stand-in-monday-viewer-token-0008")
    assert not ok
    assert "viewer" in text


@pytest.mark.parametrize("version", ["2099-01", "2023-10"])
def test_another_version_than_asked_for_is_said(account: Account, version: str) -> None:
    ok, text = sentences(account, api_version=version)
    assert not ok
    assert f"instead of {version}" in text


def test_boards_that_are_gone_or_unfit_are_said(account: Account) -> None:
    [board] = account.client.boards()
    account.by_hand("rights", board=int(board.id), hierarchy_type="multi_level")
    ok, text = sentences(account, boards=f"{board.id}, 1234567890")
    assert not ok
    assert "several levels" in text
    assert "1234567890 is gone, or not shown" in text


def test_an_unreachable_host_is_said(account: Account) -> None:
    ok, text = sentences(account, api_url="http://127.0.0.1:9")
    assert (ok, "Cannot reach monday.com at 127.0.0.1:9." in text) == (False, True)


def test_an_app_that_nobody_connected_is_said(account: Account) -> None:
    ok, text = sentences(account, sign_in="oauth")
    assert (ok, "Press Connect" in text) == (False, True)


@pytest.mark.parametrize(("minutes", "told"), [(10, True), (-10, True), (0, False)])
def test_a_clock_that_differs_is_said(minutes: int, told: bool) -> None:
    found = Findings()
    theirs = timezone.now() + dt.timedelta(minutes=minutes)
    clock(Answer(200, {"Date": format_datetime(theirs, usegmt=True)}, {}), found)
    assert found.clock is not None
    assert (found.sentences != []) is told
    clock(None, Findings())


# -- the form ---------------------------------------------------------------------------------


def form(**typed: str) -> Any:
    return form_for("monday")(data={"name": "M", "settle_seconds": "540", **typed})


def test_a_personal_token_is_all_that_is_needed() -> None:
    assert "secret_token" in form().errors
    good = form(secret_token="T-1")
    assert good.is_valid(), good.errors


def test_an_app_needs_its_id_and_both_secrets() -> None:
    given = {"setting_sign_in": "oauth", "setting_client_id": "c", "secret_client_secret": "s"}
    assert set(form(setting_sign_in="oauth").errors) == {
        "setting_client_id", "secret_client_secret", "secret_signing_secret",
    }  # fmt: skip
    assert form(**given, secret_signing_secret="x").is_valid()


def test_the_page_asks_only_what_the_way_needs() -> None:
    shown = conditions()
    assert '["token", ""].includes(setting_sign_in' in shown["secret_token"]
    assert '["oauth"].includes(setting_sign_in' in shown["secret_signing_secret"]


def test_secrets_are_never_shown_and_every_address_can_be_changed() -> None:
    fields = {field.name: field for field in VENDORS["monday"].fields}
    assert {name for name, field in fields.items() if field.secret} == {
        "token", "client_secret", "signing_secret",
    }  # fmt: skip
    assert fields["api_url"].default == "https://api.monday.com"
    assert fields["login_url"].default == "https://auth.monday.com"
