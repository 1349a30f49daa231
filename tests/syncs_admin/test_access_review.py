"""The access review: people, roles, what they may do, who changed it, and who may see that."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Entry
from config.access import rights
from connections.management.commands.create_roles import ROLES
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
PAGE = "/auth/group/access/"
OF_OTHERS = {"sessions", "contenttypes", "django_q", "axes", "pghistory", "admin"}


@pytest.fixture(autouse=True)
def roles() -> None:
    call_command("create_roles", stdout=io.StringIO())


def member(name: str, role: str, **facts: Any) -> User:
    facts = {"last_login": timezone.now(), **facts}
    user = User.objects.create_user(name, f"{name}@firm.example", "secret-words", is_staff=True)
    User.objects.filter(pk=user.pk).update(**facts)
    story.sees_all(user).groups.add(Group.objects.get(name=role))
    user.refresh_from_db()
    return user


@pytest.fixture
def auditor() -> Client:
    return story.signed_in(member("audrey", "Auditor"))


def shown(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def part(page: str, name: str) -> str:
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def of_person(page: str, name: str) -> str:
    rows = part(page, "people").split("<tr>")
    return next(each for each in rows if f"<td><b>{name}</b>" in each)


def of_role(page: str, name: str) -> str:
    return next(
        each for each in part(page, "roles").split("<article") if f"<h4>{name}</h4>" in each
    )


def taken(client: Client, table: str) -> list[dict[str, str]]:
    answer: Any = client.post(f"{PAGE}{table}/")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_only_auditors_and_superusers_see_it() -> None:
    for role in ROLES:
        client = story.signed_in(member(role.replace(" ", "-").lower(), role))
        may = role == "Auditor"
        assert client.get(PAGE).status_code == (200 if may else 403), role
        for table in ("people", "roles", "changes"):
            assert client.post(f"{PAGE}{table}/").status_code == (200 if may else 403), role
            assert client.get(f"{PAGE}{table}/").status_code == 405
        assert (f'href="{PAGE}"' in client.get("/").content.decode()) == may, role
        assert client.get("/auth/user/").status_code == 403, "nobody but a superuser changes people"
    boss = story.boss()
    assert boss.get(PAGE).status_code == 200
    assert boss.post(f"{PAGE}passwords/").status_code == 404
    assert Client().get(PAGE).status_code == 302


def test_a_person_is_told_with_roles_rights_and_what_is_unusual(auditor: Client) -> None:
    long_ago = timezone.now() - dt.timedelta(days=200)
    cora = member("cora", "Controller", first_name="Cora", last_name="Vance", last_login=long_ago)
    cora.user_permissions.add(Permission.objects.get(codename="add_connection"))
    member("gone", "AP clerk", is_active=False)
    member("fine", "AP clerk")
    story.boss("root")
    page = shown(auditor)
    for words in ("Cora Vance", "Controller", "connections.add_connection", "Moves money",
                  "Loosens controls"):  # fmt: skip
        assert words in of_person(page, "cora"), words
    first = part(page, "striking")
    assert "Has rights outside roles; Has not signed in for 200 days." in first
    assert "<b>gone</b>: Deactivated, and still has roles or rights." in first
    assert "<b>root</b>: Superuser: may do everything" in first
    assert "<b>fine</b>" not in first
    gone = of_person(page, "gone")
    assert "Moves no money and loosens no control" in gone, "who is deactivated may do nothing"
    assert "Loosens controls" not in of_person(page, "fine")
    assert "Loosens controls" in of_person(page, "root")


def test_no_password_and_no_address_is_told(auditor: Client) -> None:
    cora = member("cora", "Controller")
    told = [shown(auditor)]
    for table in ("people", "roles", "changes"):
        answer: Any = auditor.post(f"{PAGE}{table}/")
        told.append(b"".join(answer.streaming_content).decode())
    for text in told:
        assert "cora@firm.example" not in text
        assert cora.password not in text
        assert "pbkdf2" not in text
        assert "md5$" not in text


def test_roles_say_in_words_what_they_may_do_and_how_they_differ(auditor: Client) -> None:
    member("ada", "Approver")
    clerk = Group.objects.get(name="AP clerk")
    clerk.permissions.add(Permission.objects.get(codename="approve_record"))
    clerk.permissions.remove(Permission.objects.get(codename="replay_record"))
    Group.objects.create(name="Helpers")
    Group.objects.get(name="Integrator").delete()
    page = shown(auditor)
    approver = of_role(page, "Approver")
    for words in ("ada", "approves documents or sends them back, and accepts or posts differences",
                  "agrees to the loosening of controls that somebody else asked for"):  # fmt: skip
        assert words in approver, words
    assert "create_roles" not in approver
    changed = of_role(page, "AP clerk")
    assert "More than <code>create_roles</code> gives: syncs.approve_record." in changed
    assert "Less than <code>create_roles</code> gives: syncs.replay_record." in changed
    assert "A role of this site’s own" in of_role(page, "Helpers")
    assert "connections.change_connection" in of_role(page, "Integrator")


def test_changes_of_people_and_roles_are_told(auditor: Client) -> None:
    boss = story.boss("root")
    cora = member("cora", "AP clerk")
    page = boss.get(f"/auth/user/{cora.pk}/change/")
    form = page.context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value not in (None, False)}
    data |= {"groups": [Group.objects.get(name="Controller").pk], "user_permissions": []}
    for name in ("last_login", "date_joined"):
        moment = timezone.localtime(data.pop(name))
        data |= {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M:%S}"}
    data |= {f"{name}-{kind}_FORMS": "0" for name in ("companies", "duties")
             for kind in ("TOTAL", "INITIAL")}  # fmt: skip
    assert boss.post(f"/auth/user/{cora.pk}/change/", data).status_code == 302
    changes = part(shown(auditor), "changes")
    for words in ("root", "cora", "Roles"):
        assert words in changes, words
    (line,) = taken(auditor, "changes")
    assert (line["by"], line["whom"], line["action"]) == ("root", "cora", "Change")


def test_the_files_say_the_same_and_the_journal_who_took_them(auditor: Client) -> None:
    member("=cmd", "Controller", first_name="=1+1")
    people = {one["user"]: one for one in taken(auditor, "people")}
    assert people["'=cmd"]["first name"] == "'=1+1"
    assert people["'=cmd"]["roles"] == "Controller"
    assert "approves documents" in people["'=cmd"]["moves money"]
    assert people["audrey"]["moves money"] == people["audrey"]["loosens controls"] == ""
    names = [one["role"] for one in taken(auditor, "roles")]
    assert names == sorted(ROLES)
    lines = Entry.objects.filter(kind=Entry.Kind.PERSON).order_by("sequence")
    assert [(one.actor, one.sentence) for one in lines] == [
        ("audrey", "Access review exported: people"), ("audrey", "Access review exported: roles"),
    ]  # fmt: skip


def test_a_person_costs_no_statement_of_his_own(auditor: Client) -> None:
    shown(auditor)
    with CaptureQueriesContext(connection) as few:
        shown(auditor)
    for number in range(15):
        member(f"clerk{number}", "AP clerk")
    with CaptureQueriesContext(connection) as many:
        shown(auditor)
    assert len(many) == len(few)


def test_every_right_of_ours_has_words() -> None:
    """A new one is told by its name until it has some; here it is missed."""
    names = [
        f"{one.content_type.app_label}.{one.codename}"
        for one in Permission.objects.select_related("content_type")
        if one.content_type.app_label not in OF_OTHERS
        and not one.content_type.model.endswith("event")
    ]
    assert len(names) > 50
    assert rights.told(names).unknown == []
    assert rights.told(["syncs.pay_record"]).kinds == [("Not known", ["syncs.pay_record"])]


def test_one_person_operation_is_said(auditor: Client, settings: Any) -> None:
    assert "loosens them alone" not in shown(auditor)
    settings.ONE_PERSON_OPERATION = True
    assert "loosens them alone" in shown(auditor)
