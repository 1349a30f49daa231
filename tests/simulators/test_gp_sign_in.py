"""Dynamics GP: Windows accounts, Basic, tokens, and what a mapped user may do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from requests_ntlm import HttpNtlmAuth

from tests.simulators.gp import GpSimulator, site
from tests.simulators.gp.story import ACCOUNTS, PAYABLES, VENDORS, Office


@pytest.fixture(scope="module")
def shared() -> Iterator[Office]:
    started = Office()
    yield started
    started.close()


@pytest.fixture
def gp(shared: Office) -> Office:
    shared.again()
    return shared


def vendors(gp: Office) -> str:
    return f"{gp.prefix}/{VENDORS}.json?pageSize=1"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# Windows.


@pytest.mark.parametrize(
    ("challenge", "offered"),
    [("both", "Negotiate, NTLM"), ("negotiate", "Negotiate"), ("ntlm", "NTLM")],
)
def test_a_windows_account_signs_in_once_for_each_connection(
    gp: Office, challenge: str, offered: str
) -> None:
    gp.gp("settings", challenge=challenge)
    stranger = requests.get(vendors(gp))
    assert stranger.headers["WWW-Authenticate"] == offered
    assert stranger.headers["Content-Type"].startswith("text/html")
    first = gp.session.get(vendors(gp))
    assert [one.status_code for one in (*first.history, first)] == [401, 401, 200]
    second = gp.session.get(vendors(gp))
    assert (second.status_code, second.history) == (200, [])
    assert requests.get(vendors(gp)).status_code == 401


def test_a_new_connection_signs_in_again(gp: Office) -> None:
    assert gp.session.get(vendors(gp)).status_code == 200
    gp.session.close()
    assert len(gp.session.get(vendors(gp)).history) == 2


def test_the_account_may_be_written_as_a_principal(gp: Office) -> None:
    gp.session.auth = HttpNtlmAuth(site.UPN, site.PASSWORD)
    assert gp.session.get(vendors(gp)).status_code == 200


@pytest.mark.parametrize(("user", "password"), [(site.USER, "wrong"), ("KEYSTONE\\no", "x")])
def test_wrong_windows_accounts_are_refused(gp: Office, user: str, password: str) -> None:
    gp.session.auth = HttpNtlmAuth(user, password)
    assert gp.session.get(vendors(gp)).status_code == 401


def test_the_help_page_and_the_companies_need_a_sign_in_too(gp: Office) -> None:
    assert requests.get(f"{gp.tenant}/help").status_code == 401
    assert requests.get(f"{gp.tenant}/Companies.json").status_code == 401


# Basic.


@pytest.mark.parametrize("user", [site.USER, site.UPN, site.USER.lower()])
def test_basic_where_the_site_chose_it(gp: Office, user: str) -> None:
    gp.gp("settings", auth="basic")
    offered = requests.get(vendors(gp)).headers["WWW-Authenticate"]
    assert offered.startswith("Basic")
    assert requests.get(vendors(gp), auth=(user, site.PASSWORD)).status_code == 200
    assert requests.get(vendors(gp), auth=(user, "wrong")).status_code == 401


def test_basic_is_no_windows_account(gp: Office) -> None:
    assert requests.get(vendors(gp), auth=(site.USER, site.PASSWORD)).status_code == 401


# Tokens.


def test_a_token_that_was_handed_over(gp: Office) -> None:
    gp.gp("settings", auth="token")
    offered = requests.get(vendors(gp)).headers["WWW-Authenticate"]
    assert offered.startswith("Bearer")
    assert requests.get(vendors(gp), headers=bearer(site.TOKEN)).status_code == 200
    assert requests.get(vendors(gp), headers=bearer("wrong")).status_code == 401


def test_a_token_of_the_directory_ends_after_an_hour(gp: Office) -> None:
    gp.gp("settings", auth="token")
    form = {"grant_type": "client_credentials", "client_id": gp.ready["client_id"],
            "client_secret": gp.ready["client_secret"], "scope": gp.ready["scope"]}  # fmt: skip
    address = f"{gp.ready['login_url']}/{gp.ready['tenant_id']}/oauth2/v2.0/token"
    token = requests.post(address, data=form).json()["access_token"]
    assert requests.get(vendors(gp), headers=bearer(token)).status_code == 200
    gp.control("POST", "clock", {"offset": 3700})
    assert requests.get(vendors(gp), headers=bearer(token)).status_code == 401
    wrong = requests.post(address, data={**form, "client_secret": "x"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_tokens_can_be_revoked(gp: Office) -> None:
    gp.gp("settings", auth="token")
    gp.control("POST", "faults", {"rules": [{"action": "revoke_tokens"}]})
    assert requests.get(vendors(gp), headers=bearer(site.TOKEN)).status_code == 401


def test_a_mixed_site_takes_both(gp: Office) -> None:
    gp.gp("settings", auth="mixed")
    assert requests.get(vendors(gp), headers=bearer(site.TOKEN)).status_code == 200
    assert gp.session.get(vendors(gp)).status_code == 200


# What the user may.


@pytest.mark.parametrize(
    ("setting", "code"),
    [("user_mapped", "NOT_MAPPED"), ("company_access", "NO_COMPANY_ACCESS")],
)
def test_the_account_must_be_mapped_and_have_the_company(
    gp: Office, setting: str, code: str
) -> None:
    gp.gp("settings", **{setting: False})
    assert gp.refused(f"{VENDORS}.json") == (403, code)


def test_a_service_may_be_denied(gp: Office) -> None:
    gp.gp("settings", denied=["accounts"])
    assert gp.refused(f"{ACCOUNTS}.json") == (403, "NO_SERVICE_ACCESS")
    assert gp.call(f"{PAYABLES}.json").status_code == 200


# The stand-in itself.


def test_the_ready_line_has_the_names_of_the_connections_fields(gp: Office) -> None:
    from connections.vendors.gp import FIELDS

    names = {field.name for field in FIELDS}
    assert set(gp.ready) - names == {"control_url"}


def test_a_site_is_kept_between_runs(tmp_path: Path) -> None:
    with GpSimulator(state_dir=tmp_path) as first:
        settings = {"reply": "bare", "company_name": "Kept"}
        requests.post(f"{first.url}/control/gp/settings", json=settings)
    with GpSimulator(state_dir=tmp_path) as second:
        assert second.ready()["company"] == "Kept"
        shown = requests.get(f"{second.url}/control/gp/settings").json()
        assert shown["reply"] == "bare"


def test_controls_refuse_what_makes_no_sense(gp: Office) -> None:
    for action, body in (
        ("settings", {"nonsense": 1}), ("settings", {"auth": "smartcard"}),
        ("type_invoice", {"vendor": "BUCKEYE0001"}), ("post_invoice", {"number": "NONE"}),
        ("change_vendor", {"VendorID": "NOBODY"}), ("add_vendor", {"Color": "red"}),
        ("type_invoice", {"company": "None", "vendor": "X"}), ("change_account", {"account": "9"}),
        ("type_invoice", {"vendor": "BUCKEYE0001", "number": "1", "lines": [{"amount": "x"}]}),
    ):  # fmt: skip
        assert gp.wrong(action, **body)
    url = f"{gp.simulator.url}/control/gp/dance"
    assert requests.post(url, json={}).status_code == 404
