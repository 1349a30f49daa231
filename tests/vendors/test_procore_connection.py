"""Test connection: every finding a plain sentence, never an exception."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone

from connections import documents
from connections.models import Connection
from connections.transport.http import Answer
from connections.vendors.procore import VENDOR, Procore
from connections.vendors.procore.check import Findings, clock
from tests.vendors.test_procore_story import Story, procore, ready

__all__ = ["procore", "ready"]
pytestmark = pytest.mark.django_db(transaction=True)


def outcome_of(procore: Story, secret: str = "", **settings: Any) -> documents.TestResult:
    """With the stored settings, or with these instead."""
    connection = procore.connection
    secrets = {"client_secret": secret} if secret else connection.secrets
    other = Connection.objects.create(
        name=f"Other {Connection.objects.count()}", vendor="procore",
        settings={**connection.settings, **settings}, secrets=secrets,
    )  # fmt: skip
    return Procore(other).test()


def sentences(result: documents.TestResult) -> str:
    text = " ".join(result.findings)
    assert "Traceback" not in text
    assert "secret-" not in text
    return text


def test_a_good_connection_says_what_it_found(procore: Story) -> None:
    result = outcome_of(procore)
    assert result.ok, result.findings
    assert f"Company {procore.ready['company_name']} ({procore.ready['company_id']})" in sentences(
        result
    )
    assert "1 project is visible" in sentences(result)
    assert "May read commitments of Depot." in result.findings
    assert result.clock_difference is not None
    assert abs(result.clock_difference) < dt.timedelta(seconds=10)


def test_a_wrong_secret_is_said(procore: Story) -> None:
    result = outcome_of(procore, secret="secret-wrong")
    assert not result.ok
    assert "refused the sign-in" in sentences(result)


def test_the_stored_secret_is_tried_not_an_old_token(procore: Story) -> None:
    procore.client.projects()
    for secret, ok in (("secret-wrong", False), (procore.ready["client_secret"], True)):
        Connection.objects.update(secrets={"client_secret": secret})
        procore.connection.refresh_from_db()
        assert procore.new_client().test().ok is ok


@pytest.mark.parametrize("field", ["api_url", "login_url"])
def test_an_unreachable_host_is_said(procore: Story, field: str) -> None:
    result = outcome_of(procore, **{field: "http://127.0.0.1:9"})
    assert not result.ok
    assert "Cannot reach" in sentences(result)


@pytest.mark.parametrize("company_id", ["", "Depot", "²", "../me"])
def test_a_company_id_is_a_number(procore: Story, company_id: str) -> None:
    result = outcome_of(procore, company_id=company_id)
    assert (result.ok, "must be a number" in sentences(result)) == (False, True)


def test_an_unknown_company_is_said(procore: Story) -> None:
    result = outcome_of(procore, company_id="12345")
    assert not result.ok
    assert "12345" in sentences(result)


def test_an_app_that_is_not_installed_is_said(procore: Story) -> None:
    procore.control("POST", "settings", {"installed": False})
    result = outcome_of(procore)
    assert not result.ok
    assert "administrator must install it" in sentences(result)


def test_no_permitted_project_is_said(procore: Story) -> None:
    procore.changes("projects", procore.project, permitted=False)
    result = outcome_of(procore)
    assert not result.ok
    assert "list of permitted projects" in sentences(result)


def test_webhooks_without_permission_are_said(procore: Story) -> None:
    procore.control("POST", "settings", {"webhooks_permission": False})
    result = outcome_of(procore)
    assert not result.ok
    assert "Webhooks API to Standard" in sentences(result)


@pytest.mark.parametrize(("minutes", "said"), [(10, True), (-10, True), (0, False)])
def test_a_clock_that_differs_is_said(minutes: int, said: bool) -> None:
    found = Findings()
    theirs = timezone.now() + dt.timedelta(minutes=minutes)
    clock(Answer(200, {"Date": format_datetime(theirs, usegmt=True)}, []), found)
    assert found.clock is not None
    assert round(found.clock.total_seconds() / 60) == minutes
    assert (found.sentences != []) is said


def test_a_page_that_is_not_procore_is_said(procore: Story) -> None:
    procore.fails(action="status", status=200, body="<html>", path="/rest/", times=None)
    result = outcome_of(procore)
    assert not result.ok
    assert "not a list" in sentences(result)


def test_the_form_asks_for_every_host_and_marks_the_secret() -> None:
    fields = {field.name: field for field in VENDOR.fields}
    assert {"api_url", "login_url", "web_url"} < set(fields)
    assert [name for name, field in fields.items() if field.secret] == ["client_secret"]


def test_payable_statuses_can_be_set() -> None:
    given = Procore(Connection(vendor="procore", settings={"payable_statuses": "approved, "}))
    assert given.payable_statuses == {"approved"}
    assert Procore(Connection(vendor="procore")).payable_statuses == {
        "approved", "approved_as_noted",
    }  # fmt: skip
