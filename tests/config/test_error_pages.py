"""Refused, not found, broken: a page in the admin's look, with a way back and no details."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from syncs.admin import record_page
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db


def told(answer: Any, status: int) -> str:
    assert answer.status_code == status
    text: str = answer.content.decode()
    assert 'href="/"' in text, "a way back"
    assert "<main" in text or 'role="main"' in text
    assert "Traceback" not in text
    return text


def test_what_is_not_there_says_so_in_the_admins_look() -> None:
    client = story.signed_in(story.person("anna", "syncs.view_record"))
    page = told(client.get("/no/such/page/"), 404)
    assert "There is no such page" in page
    assert 'href="/syncs/record/"' in page, "the side bar is there"
    assert "anna" in page
    told(client.get("/syncs/record/999999/change/"), 404)


def test_what_one_may_not_do_is_refused_with_a_way_back() -> None:
    client = story.signed_in(story.person("anna", "syncs.view_record"))
    back = {"Referer": "http://testserver/syncs/record/7/change/"}
    page = told(client.get("/connections/connection/", headers=back), 403)
    assert "Your role does not include this" in page
    assert 'href="/syncs/record/7/change/"' in page
    elsewhere = {"Referer": "https://evil.example/syncs/record/7/change/"}
    page = told(client.get("/connections/connection/", headers=elsewhere), 403)
    assert "evil.example" not in page


def test_a_stranger_sees_nothing_of_the_admin() -> None:
    page = told(Client(enforce_csrf_checks=True).post("/login/", {"username": "x"}), 403)
    assert "Records" not in page


def test_a_form_that_was_open_too_long_is_explained() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(story.person("anna", "syncs.replay_record"),
                       backend="django.contrib.auth.backends.ModelBackend")  # fmt: skip
    page = told(client.post("/syncs/record/1/do/replay/"), 403)
    assert "open too long" in page
    assert "CSRF" not in page


@pytest.mark.parametrize("error", [RuntimeError("token=s3cret"), DatabaseError("s3cret")])
def test_an_error_of_ours_says_nothing_of_itself(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(*args: Any) -> None:
        raise error

    client = story.boss()
    client.raise_request_exception = False
    monkeypatch.setattr(record_page, "page", broken)
    page = told(client.get("/syncs/record/1/change/"), 500)
    assert "s3cret" not in page
    assert "Nothing is lost" in page
