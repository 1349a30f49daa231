"""Connect: a person consents, the tokens renew themselves one worker at a time, or say why not."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.db import connections as databases
from django.test import Client as Browser
from django.utils import timezone

from connections.companies.access import Access
from connections.errors import CredentialPaused
from connections.models import Connection, Consent, Token
from connections.pages import consent
from connections.transport import tokens
from connections.vendors.monday.client import Monday
from connections.vendors.monday.sign_in import grant
from tests.vendors.monday.conftest import Account
from tests.vendors.stage_business_central import Notebook

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/connections/connection/"


@pytest.fixture
def app(account: Account) -> Account:
    """A connection that signs in as an app; nobody has consented yet."""
    account.new_client(sign_in="oauth")
    return account


def person(*permissions: str) -> Browser:
    user = User.objects.create(username=f"person{User.objects.count()}", is_staff=True)
    Access.objects.create(user=user, all_companies=True)
    for name in permissions:
        user.user_permissions.add(Permission.objects.get(codename=name))
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def boss(app: Account) -> Browser:
    return person("change_connection", "view_connection")


def begins(browser: Browser, app: Account) -> str:
    """The address of the vendor's page, from the page of ours."""
    answer = browser.get(f"{PAGE}{app.connection.pk}/connect/")
    assert answer.status_code == 200
    return str(answer.context["address"])


def consents(address: str, decision: str = "allow") -> str:
    """What the person does at monday.com; where the browser is led back to, path and query."""
    parts = urlsplit(address)
    form = {name: values[0] for name, values in parse_qs(parts.query).items()}
    answer = requests.post(
        f"{parts.scheme}://{parts.netloc}{parts.path}", data={**form, "decision": decision},
        allow_redirects=False, timeout=30,
    )  # fmt: skip
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def connects(browser: Browser, app: Account) -> Any:
    return browser.get(consents(begins(browser, app)))


def said(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def expire(app: Account) -> None:
    """The access token ends, there and here."""
    app.control("POST", "monday/expire_tokens")
    Token.objects.update(expires_at=timezone.now())


# -- consent ------------------------------------------------------------------------------------


def test_a_person_connects_the_app(app: Account, boss: Browser) -> None:
    answer = connects(boss, app)
    assert answer.status_code == 302
    assert "is connected" in said(answer)
    given = Consent.objects.get()
    assert given.given_by == "person0"
    assert given.ends_at is not None
    assert dt.timedelta(days=180) < given.ends_at - timezone.now() < dt.timedelta(days=185)
    assert app.new_client().boards()
    assert "Connected" in LogEntry.objects.get().change_message
    page = boss.get(f"{PAGE}{app.connection.pk}/change/").content.decode()
    assert "by person0" in page
    assert "Connect again" in page
    assert "Disconnect" in page
    for secret in (given.refresh_token, Token.objects.get().access_token):
        assert secret not in page


def test_what_is_asked_for_is_proved_and_bound(app: Account, boss: Browser) -> None:
    address = begins(boss, app)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 43
    assert asked["redirect_uri"] == consent.back_address()
    assert "boards:write" in asked["scope"].split()
    page = boss.get(f"{PAGE}{app.connection.pk}/connect/").content.decode()
    assert consent.back_address() in page


def test_secrets_are_encrypted_at_rest(app: Account, boss: Browser) -> None:
    connects(boss, app)
    with databases["default"].cursor() as cursor:
        cursor.execute("SELECT refresh_token FROM connections_consent")
        stored = bytes(cursor.fetchone()[0])
    assert Consent.objects.get().refresh_token.encode() not in stored


def test_a_state_works_once(app: Account, boss: Browser) -> None:
    back = consents(begins(boss, app))
    assert "is connected" in said(boss.get(back))
    assert consent.STALE in said(boss.get(back))


def test_a_state_is_of_one_session_only(app: Account, boss: Browser) -> None:
    back = consents(begins(boss, app))
    other = person("change_connection", "view_connection")
    assert consent.STALE in said(other.get(back))
    assert not Consent.objects.exists()
    assert "is connected" in said(boss.get(back))


def test_a_state_ends_after_ten_minutes(app: Account, boss: Browser) -> None:
    back = consents(begins(boss, app))
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11), tick=False):
        assert consent.STALE in said(boss.get(back))
    assert not Consent.objects.exists()


def test_a_made_up_state_is_refused(app: Account, boss: Browser) -> None:
    for query in ("", "?code=x", "?code=x&state=y"):
        assert consent.STALE in said(boss.get(f"{PAGE}consented/{query}"))


def test_a_code_without_its_verifier_is_good_for_nothing(app: Account, boss: Browser) -> None:
    back = consents(begins(boss, app))
    session = boss.session
    begun = session[consent.SESSION_KEY]
    for one in begun.values():
        one["verifier"] = "x" * 64
    session[consent.SESSION_KEY] = begun
    session.save()
    assert "Not connected" in said(boss.get(back))
    assert not Consent.objects.exists()


def test_a_person_may_say_no(app: Account, boss: Browser) -> None:
    answer = boss.get(consents(begins(boss, app), "deny"))
    assert "did not connect: access_denied" in said(answer)
    assert not Consent.objects.exists()


def test_who_may_not_change_a_connection_may_not_connect_it(app: Account) -> None:
    looker = person("view_connection")
    for verb in ("connect", "disconnect"):
        assert looker.post(f"{PAGE}{app.connection.pk}/{verb}/").status_code == 403
    page = looker.get(f"{PAGE}{app.connection.pk}/change/").content.decode()
    assert "Connected" in page
    assert "/connect/" not in page
    assert Browser().get(f"{PAGE}{app.connection.pk}/connect/").status_code == 302


def test_a_connection_with_a_personal_token_has_no_button(account: Account) -> None:
    boss = person("change_connection", "view_connection")
    assert boss.get(f"{PAGE}{account.connection.pk}/connect/").status_code == 403
    assert "/connect/" not in boss.get(f"{PAGE}{account.connection.pk}/change/").content.decode()


def test_disconnecting_revokes_and_forgets(app: Account, boss: Browser) -> None:
    connects(boss, app)
    access = Token.objects.get().access_token
    assert boss.get(f"{PAGE}{app.connection.pk}/disconnect/").status_code == 403
    answer = boss.post(f"{PAGE}{app.connection.pk}/disconnect/")
    assert "no longer connected" in said(answer)
    assert not Consent.objects.exists()
    assert not Token.objects.exists()
    refused = requests.post(
        app.ready["api_url"], json={"query": "{ me { id } }"}, timeout=30,
        headers={"Authorization": access},
    )  # fmt: skip
    assert refused.status_code == 401
    with pytest.raises(CredentialPaused, match="Nobody has connected"):
        app.new_client().boards()


def test_what_cannot_be_revoked_is_forgotten_all_the_same(app: Account, boss: Browser) -> None:
    connects(boss, app)
    app.fault("cut_before", path="revoke", times=1)
    answer = boss.post(f"{PAGE}{app.connection.pk}/disconnect/")
    assert "Forgotten here" in said(answer)
    assert not Consent.objects.exists()


# -- renewal --------------------------------------------------------------------------------------


def test_an_expired_token_is_renewed_and_the_pair_rotates(app: Account, boss: Browser) -> None:
    connects(boss, app)
    for _ in range(3):
        before = Consent.objects.get().refresh_token
        expire(app)
        assert app.new_client().boards()
        assert Consent.objects.get().refresh_token != before


def test_a_401_is_renewed_once_and_sent_again(app: Account, boss: Browser) -> None:
    connects(boss, app)
    app.control("POST", "monday/expire_tokens")  # here it still looks fresh
    before = Token.objects.get().access_token
    assert app.new_client().boards()
    assert Token.objects.get().access_token != before


def in_threads(count: int, work: Callable[[], object]) -> list[object]:
    found: list[object] = []
    ready = threading.Barrier(count)

    def run() -> None:
        ready.wait()
        try:
            found.append(work())
        except Exception as error:
            found.append(error)
        finally:
            databases.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_many_workers_refresh_once(app: Account, boss: Browser) -> None:
    """Two at a time would burn the consent."""
    connects(boss, app)
    expire(app)
    app.control("DELETE", "requests")
    pk = app.connection.pk
    found = in_threads(5, lambda: tokens.current(Monday(Connection.objects.get(pk=pk), Notebook())))
    assert len(set(map(str, found))) == 1
    log = app.control("GET", "requests?tail=100")["log"]
    assert len([one for one in log if one["path"] == "/oauth_ms/oauth/token"]) == 1
    assert app.new_client().boards()


def test_the_new_pair_is_kept_before_it_is_used(app: Account, boss: Browser) -> None:
    connects(boss, app)
    expire(app)
    app.fault("cut_before", path="/v2", times=10)
    with pytest.raises(Exception, match="Cannot reach"):
        app.new_client().boards()
    app.control("DELETE", "faults")
    expire(app)
    assert app.new_client().boards()


def test_a_burned_consent_pauses_the_connection_and_says_what_to_do(
    app: Account, boss: Browser
) -> None:
    connects(boss, app)
    app.control("POST", "monday/revoke_tokens", {"kind": "app"})
    with pytest.raises(CredentialPaused) as paused:
        app.new_client().boards()
    assert "Press Connect again" in paused.value.sentence
    row = Connection.objects.get()
    assert row.paused
    page = boss.get(f"{PAGE}{row.pk}/change/").content.decode()
    assert "Press Connect again" in page
    app.control("DELETE", "requests")
    row.resume()
    with pytest.raises(CredentialPaused):
        app.new_client().boards()
    assert app.control("GET", "requests?tail=10")["log"] == []  # not asked in vain
    assert "is connected" in said(connects(boss, app))
    assert not Connection.objects.get().paused
    assert app.new_client().boards()


def test_a_sign_in_server_that_is_away_burns_nothing(app: Account, boss: Browser) -> None:
    connects(boss, app)
    expire(app)
    app.fault("cut_before", path="/oauth_ms", times=1)
    with pytest.raises(CredentialPaused, match="Cannot reach the sign-in server"):
        app.new_client().boards()
    Connection.objects.get().resume()
    assert app.new_client().boards()


def test_a_wrong_client_secret_burns_nothing(app: Account, boss: Browser) -> None:
    connects(boss, app)
    expire(app)
    good = dict(app.connection.secrets)
    Connection.objects.update(secrets={**good, "client_secret": "wrong"})
    with pytest.raises(CredentialPaused, match="Check client id and client secret"):
        app.new_client().boards()
    Connection.objects.update(secrets=good)
    Connection.objects.get().resume()
    assert app.new_client().boards()


@pytest.mark.parametrize("name", ["login_url", "api_url", "client_id"])
def test_a_consent_is_never_sent_to_another_address_or_app(
    app: Account, boss: Browser, name: str
) -> None:
    connects(boss, app)
    expire(app)
    app.control("DELETE", "requests")
    with pytest.raises(CredentialPaused, match="Press Connect again"):
        app.new_client(**{name: "http://127.0.0.1:9"}).boards()
    assert app.control("GET", "requests?tail=10")["log"] == []
    assert not Consent.objects.get().over


def test_a_token_says_itself_when_it_ends() -> None:
    import jwt

    token = jwt.encode({"iat": 1_000, "exp": 2_800}, "k" * 32, algorithm="HS256")
    assert grant({"access_token": token}).expires_in == 1_800
    assert grant({"access_token": "opaque"}).expires_in == 3_600
    assert grant({"access_token": jwt.encode({}, "k" * 32)}).expires_in == 3_600


def test_scopes_that_lack_are_named(app: Account, boss: Browser) -> None:
    connects(boss, app)
    Consent.objects.update(scopes="me:read account:read boards:read")
    result = app.new_client().test()
    assert not result.ok
    assert "The consent ends on" in result.findings[0]
    assert "boards:write" in result.findings[1]
    assert "Connect again" in result.findings[1]


def test_a_scope_that_the_token_lacks_is_named_by_the_platform(app: Account) -> None:
    pair = app.control("POST", "monday/consent", {"scopes": ["me:read", "account:read",
                                                             "boards:read"]})  # fmt: skip
    Consent.objects.create(
        connection=app.connection, refresh_token=pair["refresh_token"], given_at=timezone.now(),
        made_for=app.client.made_for(),
    )  # fmt: skip
    board = app.new_client().boards()[0]
    with pytest.raises(Exception, match="boards:write"):
        app.client.create_item(board.id, "x", {}, "x", "x")
    assert not Connection.objects.get().paused, json.dumps(pair)[:0]
