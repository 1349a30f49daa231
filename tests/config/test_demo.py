"""The demo has people, so that a stranger can try what takes two."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from config.demo import people
from connections.management.commands.create_roles import ROLES


@pytest.mark.django_db
def test_the_demo_has_one_person_for_each_role_who_sees_its_companies(client: Client) -> None:
    named, shown = people.set_up()
    password = shown.rsplit(maxsplit=1)[-1]
    assert set(people.PEOPLE.values()) == set(ROLES)
    for name, role in people.PEOPLE.items():
        assert f"{name} ({role})" in named
        person = User.objects.get(username=name)
        assert person.check_password(password)
        client.force_login(person)
        assert "No company was given to you" not in client.get("/").content.decode()
        [group] = person.groups.all()
        assert group.name == role


@pytest.mark.django_db
def test_their_password_is_shown_once() -> None:
    assert people.set_up()
    assert people.set_up() == []
