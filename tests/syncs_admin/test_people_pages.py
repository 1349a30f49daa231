"""The pages of people speak as the rest does: of roles and companies, not of Django's groups."""

from __future__ import annotations

import io
import re

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from lxml import html

from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
STOCK = ("group", "staff status", "Designates", "other backends", "Required.", "Your password")


def read(boss: Client, path: str) -> str:
    """What a person reads of it: neither scripts, the names of icons nor those of rights."""
    page = html.fromstring(boss.get(path).content.decode())
    icons = "//*[contains(@class, 'material-symbols')]"
    for unread in page.xpath(f"//script | //style | //option | {icons}"):
        unread.drop_tree()
    return re.sub(r"\s+", " ", page.text_content())


def test_a_role_is_called_a_role_on_every_page_of_people() -> None:
    boss = story.boss()
    call_command("create_roles", verbosity=0, stdout=io.StringIO())
    clerk, person = Group.objects.get(name="AP clerk"), User.objects.create_user("nora")
    pages = {
        "/": "Roles", "/auth/group/": "6 roles", "/auth/group/add/": "Add role",
        f"/auth/group/{clerk.pk}/change/": "Delete role",
        "/auth/user/": "By roles",
        f"/auth/user/{person.pk}/change/": "What a role may do", "/auth/user/add/": "Add user",
    }  # fmt: skip
    for path, words in pages.items():
        said = read(boss, path)
        assert words in said, path
        assert not re.search(r"\bgroups?\b", said, re.IGNORECASE), path


def test_a_new_person_is_asked_for_in_the_products_words() -> None:
    boss = story.boss()
    said = read(boss, "/auth/user/add/")
    assert "roles and companies are chosen next" in said
    assert "What the person signs in with" in said
    assert "The password must contain at least 8 characters." in said
    assert "Password-based authentication" not in said
    assert [words for words in STOCK if words in said] == []
    person = User.objects.create_user("nora")
    said = read(boss, f"/auth/user/{person.pk}/change/")
    assert "Who left is deactivated, not deleted" in said
    assert [words for words in STOCK if words in said] == []


def test_the_words_ask_for_no_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
