"""The connections' pages, through the front door."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client as Browser
from django.utils import timezone

from connections import integrations
from connections.companies.access import Access
from connections.models import Connection, Integration, RateBudget, Subscription, Token
from connections.pages.moments import when
from tests.connections.conftest import SECRET
from tests.connections.other_system import OtherSystem, ok

pytestmark = pytest.mark.django_db
PAGE = "/connections/connection/"
TYPED = {
    "name": "New", "active": "on", "settle_seconds": "540", "setting_company_id": "9",
    "setting_api_url": "", "setting_zone": "", "secret_client_secret": "FRESH-SECRET-1",
    "secret_second_secret": "", "subscriptions-TOTAL_FORMS": "0",
    "subscriptions-INITIAL_FORMS": "0",
}  # fmt: skip


def browser_of(*permissions: str) -> Browser:
    user = User.objects.create(username="ivy", is_staff=True)
    Access.objects.create(user=user, all_companies=True)
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def boss(admin_client: Browser) -> Browser:
    return admin_client


def change(row: Connection) -> str:
    return f"{PAGE}{row.pk}/change/"


def typed(row: Connection, **values: str) -> dict[str, str]:
    facts = {f"setting_{name}": value for name, value in row.settings.items()}
    return {**TYPED, "name": row.name, "secret_client_secret": "", **facts, **values}


def test_adding_asks_the_vendor_first(boss: Browser) -> None:
    page = boss.get(f"{PAGE}add/").content.decode()
    assert "Acme Ledger" in page
    assert "?vendor=acme" in page
    assert "secret" not in page


def test_the_form_asks_only_what_the_vendor_needs(boss: Browser) -> None:
    page = boss.get(f"{PAGE}add/?vendor=acme").content.decode()
    assert 'name="setting_company_id"' in page
    assert 'placeholder="https://api.acme.example"' in page
    assert 'autocomplete="new-password"' in page
    assert "client_id" not in page
    assert "Europe (default)" in page


def test_a_new_connection_is_stored(boss: Browser) -> None:
    answer = boss.post(f"{PAGE}add/?vendor=acme", TYPED)
    assert answer.status_code == 302
    row = Connection.objects.get()
    assert (row.vendor, row.settings) == ("acme", {"company_id": "9"})
    assert row.secret("client_secret") == "FRESH-SECRET-1"
    assert row.setting("api_url") == "https://api.acme.example"


def test_what_is_required_is_asked_for(boss: Browser) -> None:
    missing = {**TYPED, "secret_client_secret": "", "setting_company_id": ""}
    page = boss.post(f"{PAGE}add/?vendor=acme", missing).content.decode()
    assert "Give the client secret." in page
    assert "This field is required." in page
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://api.acme.example", "starts with https://"),
        ("api.acme.example", "Give the whole address"),
        ("ftp://api.acme.example", "Give the whole address"),
        ("https://me:pw@api.acme.example", "Leave the user name"),
        ("https://api.acme.example/?a=1", "Leave out what follows"),
        ("https://[bad", "not an address"),
        ("https://a.example:99999", "not an address"),
        ("http://localhost.evil.example", "starts with https://"),
        ("http://127.0.0.1.evil.example", "starts with https://"),
    ],
)
def test_a_bad_address_is_refused(boss: Browser, address: str, sentence: str) -> None:
    answer = boss.post(f"{PAGE}add/?vendor=acme", {**TYPED, "setting_api_url": address})
    assert sentence in answer.content.decode().replace("&#x27;", "'")
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8101/", "http://localhost:1", "http://[::1]:1", "https://a.b/x/"]
)
def test_a_good_address_is_stored_without_its_slash(boss: Browser, address: str) -> None:
    boss.post(f"{PAGE}add/?vendor=acme", {**TYPED, "setting_api_url": address})
    assert Connection.objects.get().settings["api_url"] == address.rstrip("/")


def test_a_blank_secret_keeps_the_stored_one(boss: Browser, connection: Connection) -> None:
    answer = boss.post(change(connection), typed(connection, name="Acme 2"))
    assert answer.status_code == 302
    row = Connection.objects.get()
    assert (row.name, row.secret("client_secret")) == ("Acme 2", SECRET)


def test_a_new_secret_drops_the_old_token_and_the_old_test(
    boss: Browser, connection: Connection
) -> None:
    Token.objects.create(connection=connection, access_token="old", failures=3)
    Connection.objects.update(
        test_ok=True, tested_at=timezone.now(), test_findings=["Fine."],
        paused_until=timezone.now() + dt.timedelta(hours=1), pause_sentence="No",
    )  # fmt: skip
    boss.post(change(connection), typed(connection, secret_client_secret="NEXT-SECRET"))
    row = Connection.objects.get()
    assert row.secret("client_secret") == "NEXT-SECRET"
    assert (row.test_ok, row.tested_at, row.paused) == (None, None, False)
    assert (row.token.access_token, row.token.failures) == ("", 0)


def test_a_stored_secret_is_never_sent_to_a_new_address(
    boss: Browser, connection: Connection
) -> None:
    elsewhere = typed(connection, setting_api_url="https://evil.example")
    page = boss.post(change(connection), elsewhere).content.decode()
    assert "give this secret again" in page
    assert Connection.objects.get().settings == connection.settings
    again = {**elsewhere, "secret_client_secret": "NEXT-SECRET"}
    assert boss.post(change(connection), again).status_code == 302


def test_no_secret_is_ever_in_a_page(boss: Browser, connection: Connection) -> None:
    Token.objects.create(connection=connection, access_token="TOKEN-1-xyz")
    Subscription.objects.create(connection=connection, resource="orders", secret="HUSH-HUSH")
    subscription = Subscription.objects.get()
    invalid = typed(connection, secret_client_secret="TYPED-SECRET", setting_company_id="")
    pages = [boss.get(PAGE), boss.get(change(connection)), boss.post(change(connection), invalid)]
    boss.post(change(connection), typed(connection, secret_client_secret="TYPED-SECRET"))
    pages += [
        boss.get(change(connection)),
        boss.get(f"{PAGE}{connection.pk}/history/"),
        boss.get(f"{PAGE}{connection.pk}/delete/"),
        boss.get("/connections/subscription/"),
        boss.get(f"/connections/subscription/{subscription.pk}/change/"),
    ]
    for page in pages:
        assert page.status_code == 200
        text = page.content.decode()
        for hidden in (SECRET, "TYPED-SECRET", "TOKEN-1-xyz", "HUSH-HUSH"):
            assert hidden not in text
    logged = " ".join(entry.change_message for entry in LogEntry.objects.all())
    assert "Client secret" in logged
    assert "TYPED-SECRET" not in logged


def test_the_form_says_when_a_secret_was_set(boss: Browser, connection: Connection) -> None:
    page = boss.get(change(connection)).content.decode()
    assert f"Set on {timezone.now():%b %-d, %Y}, " in page
    assert "Not set." in page


def test_a_person_who_may_only_look_sees_no_secret_and_no_button(connection: Connection) -> None:
    browser = browser_of("connections.view_connection")
    page = browser.get(change(connection)).content.decode()
    assert f"Set on {timezone.now():%b %-d, %Y}, " in page
    assert "Company id" in page
    assert SECRET not in page
    assert '<input type="password"' not in page
    assert "Test connection" not in page
    assert browser.get(PAGE).status_code == 200
    assert browser.post(f"{PAGE}{connection.pk}/test/").status_code == 403
    assert browser.post(f"{PAGE}{connection.pk}/retry/").status_code == 403
    assert browser.post(change(connection), typed(connection)).status_code == 403


def test_testing_stores_and_shows_what_it_found(
    connection: Connection, other_system: OtherSystem
) -> None:
    other_system.reply = lambda *args: ok({"name": "Acme Building"})
    browser = browser_of("connections.view_connection", "connections.test_connection")
    page = browser.post(f"{PAGE}{connection.pk}/test/", follow=True).content.decode()
    assert "Company Acme Building found." in page
    row = Connection.objects.get()
    assert (row.test_ok, row.test_findings) == (True, ["Company Acme Building found."])


def test_testing_is_a_post(connection: Connection, other_system: OtherSystem) -> None:
    browser = browser_of("connections.view_connection", "connections.test_connection")
    assert browser.get(f"{PAGE}{connection.pk}/test/").status_code == 405
    assert other_system.sign_ins == 0


def test_testing_tries_the_secret_even_when_an_older_token_still_works(
    boss: Browser, connection: Connection, other_system: OtherSystem
) -> None:
    later = timezone.now() + dt.timedelta(hours=1)
    Token.objects.create(connection=connection, access_token="old", expires_at=later)
    other_system.sign_in = lambda count: (401, {}, '{"error": "invalid_client"}')
    page = boss.post(f"{PAGE}{connection.pk}/test/", follow=True).content.decode()
    assert "refused the sign-in: invalid_client" in page
    assert Connection.objects.get().test_ok is False


def test_an_unreachable_host_is_a_finding(boss: Browser, connection: Connection) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    connection.settings["api_url"] = f"http://127.0.0.1:{port}"
    connection.save()
    page = boss.post(f"{PAGE}{connection.pk}/test/", follow=True).content.decode()
    assert f"Cannot reach the sign-in server 127.0.0.1:{port}." in page


def test_a_pause_is_shown_and_can_be_ended(boss: Browser, connection: Connection) -> None:
    connection.pause(timezone.now() + dt.timedelta(minutes=9), "Acme refused the sign-in: gone")
    page = boss.get(change(connection)).content.decode()
    assert "Paused until" in page
    assert "Acme refused the sign-in: gone" in page
    assert boss.get(f"{PAGE}{connection.pk}/retry/").status_code == 405
    page = boss.post(f"{PAGE}{connection.pk}/retry/", follow=True).content.decode()
    assert "The pause is over" in page
    assert not Connection.objects.get().paused


def test_token_and_budget_are_shown(boss: Browser, connection: Connection) -> None:
    now = timezone.now()
    Token.objects.create(
        connection=connection, obtained_at=now, expires_at=now + dt.timedelta(hours=1),
        failures=2, failed_at=now, error="Acme refused the sign-in: why",
    )  # fmt: skip
    RateBudget.objects.create(
        connection=connection, limit=25, remaining=7, used=1234, throttled=3,
        reset_at=now + dt.timedelta(minutes=1),
    )  # fmt: skip
    page = boss.get(change(connection)).content.decode()
    for text in (when(now + dt.timedelta(hours=1)), "7 of 25", "1,234", "3 ×",
                 "Acme refused the sign-in: why"):  # fmt: skip
        assert text in page


def test_subscriptions_are_shown_inside_the_connection(
    boss: Browser, connection: Connection
) -> None:
    Subscription.objects.create(
        connection=connection, resource="purchaseInvoices", scope_name="Harbour Bridge",
        state="failed", error="The handshake failed.",
    )  # fmt: skip
    page = boss.get(change(connection)).content.decode()
    for text in ("purchaseInvoices", "Harbour Bridge", "Failed", "The handshake failed."):
        assert text in page
    assert boss.get("/connections/subscription/?state__exact=failed").status_code == 200
    assert boss.get("/connections/subscription/?expiry=soon").status_code == 200
    assert boss.get("/connections/subscription/add/").status_code == 403


def test_a_wrong_key_gives_pages_in_plain_words(
    boss: Browser, connection: Connection, use_keys: Callable[..., None], new_key: str
) -> None:
    Token.objects.create(connection=connection, access_token="TOKEN-1")
    Subscription.objects.create(connection=connection, resource="a", secret="hush")
    Integration.objects.create(name="I", key="x", project_system=connection, ledger=connection)
    use_keys(new_key)
    for address in (PAGE, change(connection), "/connections/integration/",
                    "/connections/subscription/", "/connections/integration/add/",
                    "/connections/integration/1/change/", "/connections/subscription/?connection=1",
                    ):  # fmt: skip
        assert boss.get(address, follow=True).status_code == 200
    answer = boss.post(f"{PAGE}{connection.pk}/test/")
    assert answer.status_code == 503
    assert "rotate_secrets" in answer.content.decode()
    Integration.objects.all().delete()
    assert boss.get(f"{PAGE}{connection.pk}/delete/").status_code in (200, 503)


def test_with_a_lost_key_the_secrets_can_be_given_again(
    boss: Browser, connection: Connection, use_keys: Callable[..., None], new_key: str
) -> None:
    use_keys(new_key)
    answer = boss.post(change(connection), typed(connection, secret_client_secret="NEXT-SECRET"))
    assert answer.status_code == 302
    assert Connection.objects.get().secret("client_secret") == "NEXT-SECRET"


def test_an_integration_joins_the_right_kinds(
    boss: Browser, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = integrations.Kind("Acme ↔ Procore", "procore", "acme")
    monkeypatch.setitem(integrations.INTEGRATIONS, "acme_procore", kind)
    procore = Connection.objects.create(name="Our Procore", vendor="procore")
    address = "/connections/integration/add/?key=acme_procore"
    assert "Acme ↔ Procore" in boss.get(address).content.decode()
    swapped = {
        "name": "X", "project_system": connection.pk, "ledger": procore.pk, "active": "on",
    }  # fmt: skip
    said = boss.post(address, swapped).content.decode()
    assert "needs Procore as its project system; “Acme” is Acme Ledger." in said
    right = {**swapped, "project_system": procore.pk, "ledger": connection.pk}
    assert boss.post(address, right).status_code == 302
    assert Integration.objects.get().key == "acme_procore"
    assert "Acme ↔ Procore" in boss.get("/connections/integration/").content.decode()
