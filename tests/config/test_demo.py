"""The demo: its people, so that a stranger can try what takes two, and that it starts again."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from config.demo import company, people
from config.demo.stand_ins import SIDES
from connections.management.commands.create_roles import ROLES
from connections.models import Integration
from tests.simulators.__main__ import arguments, build


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


@pytest.mark.django_db
def test_the_demo_starts_again_after_a_second_integration_of_the_same_kind() -> None:
    sides = SIDES["bc_procore"]
    ready: dict[str, dict[str, str]] = {side: {} for side in sides}
    first = company.join("bc_procore", ready, 0, sides)
    other = Integration.objects.create(
        key="bc_procore", name="Second", ledger=first.ledger, active=False,
        project_system=company.connect("procore_nav", {}, 0),
    )  # fmt: skip
    assert company.join("bc_procore", ready, 0, sides) == first
    other.refresh_from_db()
    assert other.name == "Second"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("side", "field"),
    [("procore", "web_url"), ("business_central", "web_url"), ("nav", "web_client_url"),
     ("fo", "environment_url"), ("nav_online", "web_url")],
)  # fmt: skip
def test_links_of_the_demo_lead_to_the_stand_ins(side: str, field: str) -> None:
    stand_in = build(side, arguments(["--company", "empty"]))
    connection = company.connect(side, stand_in.ready(), 0)
    assert connection.setting(field).startswith(stand_in.url)
