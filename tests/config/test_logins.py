"""Wrong passwords lock a name at an address; who knows the password comes in from elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

pytestmark = pytest.mark.django_db
PROXY = "10.0.0.7"
GUESSER, ADMINISTRATOR = "203.0.113.9", "198.51.100.4"
PASSWORD = "the-right-one-0123"


@pytest.fixture(autouse=True)
def administrator() -> User:
    return User.objects.create_superuser("boss", password=PASSWORD)


def login(forwarded: str | None, password: str = PASSWORD, peer: str = PROXY) -> Any:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return Browser(REMOTE_ADDR=peer).post(
        "/login/", {"username": "boss", "password": password}, headers=headers
    )


def guesses(forwarded: str | None, count: int = 5, peer: str = PROXY) -> None:
    for number in range(count):
        login(forwarded, f"wrong-{number}", peer)


def lets_in(answer: Any) -> bool:
    return bool(answer.status_code == 302)


@pytest.fixture
def one_proxy(settings: Any) -> None:
    settings.PROXY_COUNT = 1


@pytest.mark.usefixtures("one_proxy")
def test_a_guesser_behind_the_same_proxy_locks_nobody_else_out() -> None:
    guesses(GUESSER)
    assert login(GUESSER).status_code == 429
    assert lets_in(login(ADMINISTRATOR))


@pytest.mark.usefixtures("one_proxy")
def test_a_header_of_his_own_does_not_make_a_guesser_another() -> None:
    for number in range(5):
        login(f"192.0.2.{number}, {GUESSER}", "wrong")
    assert login(f"192.0.2.77, {GUESSER}").status_code == 429
    assert login(GUESSER).status_code == 429


@pytest.mark.usefixtures("one_proxy")
def test_a_header_of_his_own_locks_no_other_out() -> None:
    guesses(f"{ADMINISTRATOR}, {GUESSER}", 9)
    assert lets_in(login(ADMINISTRATOR))


def test_without_a_proxy_the_header_is_ignored() -> None:
    for number in range(5):
        login(f"192.0.2.{number}", "wrong", GUESSER)
    assert login("192.0.2.77", peer=GUESSER).status_code == 429
    assert lets_in(login(GUESSER, peer=ADMINISTRATOR))


def test_two_proxies_are_two_steps_from_the_right(settings: Any) -> None:
    settings.PROXY_COUNT = 2
    for number in range(5):
        login(f"192.0.2.{number}, {GUESSER}, 10.0.0.8", "wrong")
    assert login(f"{GUESSER}, 10.0.0.8").status_code == 429
    assert lets_in(login(f"{GUESSER}, {ADMINISTRATOR}, 10.0.0.8"))


def test_a_header_that_is_too_short_did_not_pass_all_proxies(settings: Any) -> None:
    settings.PROXY_COUNT = 2
    for number in range(5):
        login(f"192.0.2.{number}", "wrong")
    assert login("192.0.2.77").status_code == 429


@pytest.mark.usefixtures("one_proxy")
@pytest.mark.parametrize(
    "odd", ["unknown", "", "999.1.1.1", "\x00", "a" * 3000, "1.2.3.4:x", "[::"]
)
def test_an_address_that_is_none_is_no_error(odd: str) -> None:
    guesses(odd)
    assert login(odd).status_code == 429
    assert lets_in(login(ADMINISTRATOR))


@pytest.mark.usefixtures("one_proxy")
@pytest.mark.parametrize(
    ("one", "same"),
    [
        (f"{GUESSER}:1234", f"{GUESSER}:4321"), (f"::ffff:{GUESSER}", GUESSER),
        ("[2001:db8::1]:443", "2001:db8::1"), ("2001:db8:0:7::1", "2001:db8:0:7:ffff::9"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)  # fmt: skip
def test_one_client_is_known_however_its_address_is_written(one: str, same: str) -> None:
    """With its port, as IPv4 in IPv6, or as another one of its own IPv6 network."""
    guesses(one)
    assert login(same).status_code == 429


@pytest.mark.usefixtures("one_proxy")
def test_guessing_from_many_addresses_leaves_each_fewer_tries() -> None:
    for number in range(4):
        guesses(f"203.0.113.{number}")
    fresh = "203.0.113.200"
    assert login(fresh, "wrong").status_code == 200, "may try again"
    assert login(fresh, "wrong").status_code == 429
    assert login(fresh).status_code == 429
    assert lets_in(login(ADMINISTRATOR)), "who knows the password comes in, also now"
