"""A file is previewed by one web host and confirmed at another: it lies in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from connections.models import Integration
from mappings import upload as uploads
from mappings.models import CostCodeMapping, Upload
from tests.mappings.conftest import confirm, upload

pytestmark = pytest.mark.django_db

RULES = "costcodemapping"
FILE = "cost_code,account\n01,50100\n"
GONE = "The uploaded file is gone. Please upload it again."


def messages_of(answer: object) -> list[str]:
    return [str(message) for message in answer.context["messages"]]  # type: ignore[attr-defined]


def test_the_file_waits_in_the_database_until_it_is_confirmed(
    controller: Client, integration: Integration
) -> None:
    preview = upload(controller, RULES, FILE)
    kept = Upload.objects.get()
    assert bytes(kept.content) == FILE.encode()
    assert kept.size == len(FILE)
    confirm(controller, RULES, preview)
    assert CostCodeMapping.objects.get().account == "50100"
    assert not Upload.objects.exists()


def test_nobody_confirms_anothers_file(
    controller: Client, integration: Integration, person: Callable[..., Client]
) -> None:
    """He has the same rights, and knows its name."""
    preview = upload(controller, RULES, FILE)
    other = Client()
    person("view", "import", "add", "change")
    other.force_login(User.objects.get(username="pat"))
    answer = confirm(other, RULES, preview)
    assert messages_of(answer) == [GONE]
    assert not CostCodeMapping.objects.exists()
    assert Upload.objects.exists()


def test_a_preview_that_nobody_confirmed_goes_after_a_day(
    controller: Client, integration: Integration
) -> None:
    preview = upload(controller, RULES, FILE)
    Upload.objects.update(created_at=timezone.now() - dt.timedelta(hours=25))
    upload(controller, RULES, FILE)
    assert Upload.objects.count() == 1
    assert messages_of(confirm(controller, RULES, preview)) == [GONE]


def test_all_previews_together_have_a_limit(
    controller: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest go first."""
    monkeypatch.setattr("mappings.imports.uploads.ROOM", 2 * len(FILE))
    previews = [upload(controller, RULES, FILE) for _ in range(3)]
    assert Upload.objects.count() == 2
    assert messages_of(confirm(controller, RULES, previews[0])) == [GONE]
    assert uploads.ROOM == 200 * 1024 * 1024
