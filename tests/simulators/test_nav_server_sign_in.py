"""NAV on-premises: Basic, Windows, tokens; the standard API beside the pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests_ntlm import HttpNtlmAuth

from tests.simulators.nav_server import SCOPE, NavSimulator
from tests.simulators.nav_server.site import ACCESS_KEY
from tests.simulators.nav_server.story import VENDOR, Office
from tests.simulators.server import wait_for


@pytest.fixture(scope="module")
def shared() -> Iterator[Office]:
    started = Office()
    yield started
    started.close()


@pytest.fixture
def nav(shared: Office) -> Office:
    shared.again()
    return shared


def windows(nav: Office, **settings: str) -> requests.Session:
    """A session of the Windows account."""
    nav.nav("settings", auth="windows", **settings)
    ready, session = nav.simulator.ready(), requests.Session()
    session.auth = HttpNtlmAuth(ready["user"], ready["password"])
    return session


def api(nav: Office, path: str) -> str:
    return f"{nav.simulator.url}/BC230/api/v2.0/{path}"


# User and key.


def test_the_key_has_44_characters() -> None:
    assert len(ACCESS_KEY) == 44


@pytest.mark.parametrize("auth", [None, ("PROCORE", "wrong"), ("NOBODY", ACCESS_KEY)])
def test_wrong_users_get_a_page(nav: Office, auth: tuple[str, str] | None) -> None:
    response = requests.get(f"{nav.root}/Company", auth=auth)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic")
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.text.startswith("<!DOCTYPE HTML")


def test_an_expired_key_is_refused_until_it_is_renewed(nav: Office) -> None:
    nav.nav("key", expired=True)
    assert nav.session.get(f"{nav.root}/Company").status_code == 401
    nav.nav("key", expired=False)
    assert nav.session.get(f"{nav.root}/Company").status_code == 200


# Windows.


@pytest.mark.parametrize(
    ("challenge", "offered"),
    [("both", "Negotiate, NTLM"), ("negotiate", "Negotiate"), ("ntlm", "NTLM")],
)
def test_a_windows_account_signs_in_once_for_each_connection(
    nav: Office, challenge: str, offered: str
) -> None:
    session = windows(nav, challenge=challenge)
    assert requests.get(f"{nav.root}/Company").headers["WWW-Authenticate"] == offered
    first = session.get(f"{nav.root}/Company")
    assert [one.status_code for one in (*first.history, first)] == [401, 401, 200]
    second = session.get(f"{nav.root}/Company")
    assert (second.status_code, second.history) == (200, [])
    assert requests.get(f"{nav.root}/Company").status_code == 401


def test_a_windows_account_may_write(nav: Office) -> None:
    nav.session = windows(nav)
    assert nav.draft()["Buy_from_Vendor_No"] == VENDOR
    assert len(nav.rows("PurchaseInvoicePurchLines")) == 1


def test_a_wrong_windows_password_is_refused(nav: Office) -> None:
    windows(nav)
    session = requests.Session()
    session.auth = HttpNtlmAuth(nav.simulator.ready()["user"], "wrong")
    assert session.get(f"{nav.root}/Company").status_code == 401


def test_a_key_is_no_windows_account(nav: Office) -> None:
    windows(nav)
    assert nav.session.get(f"{nav.root}/Company").status_code == 401


# Tokens.


def test_an_app_registration_signs_in_with_a_token(nav: Office) -> None:
    nav.nav("settings", auth="oauth")
    ready = nav.simulator.ready()
    form = {"grant_type": "client_credentials", "client_id": ready["client_id"],
            "client_secret": ready["client_secret"], "scope": SCOPE}  # fmt: skip
    token = requests.post(
        f"{ready['login_url']}/{ready['tenant_id']}/oauth2/v2.0/token", data=form
    ).json()["access_token"]
    assert nav.session.get(f"{nav.root}/Company").status_code == 401
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{nav.root}/Company", headers=headers).status_code == 200
    nav.control("POST", "faults", {"rules": [{"action": "revoke_tokens"}]})
    assert requests.get(f"{nav.root}/Company", headers=headers).status_code == 401


# The standard API of the same instance.


def test_the_standard_api_shows_the_same_books(nav: Office) -> None:
    header = nav.draft()
    [company] = nav.session.get(api(nav, "companies")).json()["value"]
    rows = nav.session.get(api(nav, f"companies({company['id']})/purchaseInvoices")).json()
    assert [row["number"] for row in rows["value"]] == [header["No"]]
    assert rows["@odata.context"].startswith(f"{nav.simulator.url}/BC230/api/v2.0/$metadata")
    assert requests.get(api(nav, "companies")).status_code == 401


def test_subscriptions_tell_about_what_the_pages_changed(nav: Office) -> None:
    got: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = parse_qs(urlsplit(self.path).query).get("validationToken", [""])[0]
            got.append(body.decode())
            self.send_response(200)
            self.send_header("Content-Length", str(len(token)))
            self.end_headers()
            self.wfile.write(token.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    nav.control("POST", "notifications", {"delay": 0.1})
    [company] = nav.session.get(api(nav, "companies")).json()["value"]
    body = {
        "notificationUrl": f"http://127.0.0.1:{server.server_address[1]}/hook",
        "resource": f"api/v2.0/companies({company['id']})/purchaseInvoices",
    }
    assert nav.session.post(api(nav, "subscriptions"), json=body).status_code == 201
    nav.header()
    assert wait_for(lambda: [text for text in got if "purchaseInvoices" in text])
    server.shutdown()


# The stand-in itself.


def test_the_ready_line_has_the_names_of_the_connections_fields(nav: Office) -> None:
    from connections.vendors.nav import FIELDS

    names = {field.name for field in FIELDS}
    assert set(nav.ready) - names == {"odata_url", "control_url"}


def test_controls_refuse_what_makes_no_sense(nav: Office) -> None:
    for action, body in (
        ("settings", {"nonsense": 1}), ("settings", {"auth": "smartcard"}),
        ("services", {"publish": {"X": 1}}), ("services", {"unpublish": ["X"]}),
        ("services", {"hide": {"GLEntries": ["X"]}}), ("setup", {"shortcuts": {"9": "PROJECT"}}),
        ("status", {"no": "X", "status": "Open"}), ("status", {"status": "Gone"}),
        ("post_journal", {"batch": "X"}),
    ):  # fmt: skip
        url = f"{nav.simulator.url}/control/nav/{action}"
        assert requests.post(url, json=body).status_code == 400
    assert requests.post(f"{nav.simulator.url}/control/nav/dance").status_code == 404


def test_the_site_is_kept_between_runs(tmp_path: Path) -> None:
    with NavSimulator(state_dir=tmp_path) as first:
        settings = {"codeunit": "Kept"}
        requests.post(f"{first.url}/control/nav/settings", json=settings)
    with NavSimulator(state_dir=tmp_path) as second:
        assert second.ready()["integration_service"] == "Kept"


def test_the_demo_keeps_purchases_of_its_own() -> None:
    with NavSimulator(company="demo_source") as simulator:
        ready = simulator.ready()
        found = requests.get(
            f"{ready['odata_url']}/PurchaseOrder", params={"company": ready["company"]},
            auth=(ready["user"], ready["password"]),
        ).json()["value"]  # fmt: skip
        assert {row["Status"] for row in found} == {"Open", "Released"}
