"""The groups get what their work needs, and no more."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from connections.management.commands.create_roles import ROLES

pytestmark = pytest.mark.django_db


def permissions(role: str) -> set[str]:
    group = Group.objects.get(name=role)
    return {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in group.permissions.select_related("content_type")
    }


@pytest.fixture(autouse=True)
def roles() -> None:
    call_command("create_roles", stdout=StringIO())


def test_it_may_run_again() -> None:
    before = {role: permissions(role) for role in ROLES}
    call_command("create_roles", stdout=StringIO())
    assert {role: permissions(role) for role in ROLES} == before
    assert Group.objects.count() == 6


def test_an_auditor_only_reads() -> None:
    verbs = {name.split(".")[1].split("_")[0] for name in permissions("Auditor")}
    assert verbs == {"view", "export"}
    assert "audit.export_entry" in permissions("Auditor")


def test_only_an_integrator_touches_connections() -> None:
    for role in ROLES:
        may = "connections.change_connection" in permissions(role)
        assert may == (role == "Integrator")


def test_a_clerk_neither_approves_nor_maps() -> None:
    clerk = permissions("AP clerk")
    assert "syncs.replay_record" in clerk
    assert "syncs.approve_record" not in clerk
    assert "mappings.change_costcodemapping" not in clerk


def test_nobody_gets_users_schedules_or_tasks() -> None:
    for role in ROLES:
        apps = {name.split(".")[0] for name in permissions(role) if "heartbeat" not in name}
        assert apps <= {"connections", "mappings", "syncs", "audit", "admin"}


def test_a_controller_keeps_mappings_and_boards_and_everybody_in_finance_sees_them() -> None:
    controller = permissions("Controller")
    for model in ("costcodemapping", "chartaccount", "boardlayout", "statusrule"):
        assert {f"mappings.{verb}_{model}" for verb in ("add", "change", "delete")} <= controller
        for role in ROLES:
            assert f"mappings.view_{model}" in permissions(role)
