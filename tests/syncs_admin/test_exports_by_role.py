"""Every file that can be taken along, for every role: who has the right gets it, nobody else."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from connections.management.commands.create_roles import ROLES
from connections.models import Integration
from syncs.closing.rows import Period
from syncs.models import Record
from tests.syncs_admin import months, story
from tests.syncs_admin.test_companies import patterns

pytestmark = pytest.mark.django_db

FILE = re.compile(r"export/|names\.|/unmapped/<|/access/<|^auditor/")
NOBODY = "nobody"
MAPPINGS = ("costcodemapping", "accountrule", "vendorlink", "projectlink", "taxlink",
            "chartaccount")  # fmt: skip
RIGHTS = {  # of each address that answers with a file: what its taker has to have
    "syncs_record_export": {"syncs.export_record", "syncs.view_record"},
    "syncs_record_unmapped": {"mappings.export_costcodemapping", "mappings.view_costcodemapping"},
    "syncs_cell_export": {"syncs.export_cell", "syncs.view_cell"},
    "syncs_period_names": {"syncs.export_record", "syncs.view_period"},
    **{f"syncs_{name}_export": {f"syncs.export_{name}", f"syncs.view_{name}"}
       for name in ("alert", "controlchange", "fixrequest", "delivery", "run", "wording")},
    **{f"mappings_{name}_export": {f"mappings.export_{name}"} for name in MAPPINGS},
    "mappings_boardlayout_export": {NOBODY},
    "mappings_statusrule_export": {NOBODY},
    "audit_entry_export": {"audit.export_entry"},
    "auditor_package": {"audit.export_package"},
    "auth_group_access_export": {"audit.view_access"},
}  # fmt: skip
WORDS = {"table": ("people", "roles", "changes"), "form": ("csv", "xlsx")}


@pytest.fixture
def integration() -> Integration:
    call_command("create_roles", verbosity=0, stdout=io.StringIO())
    period = months.clear()
    story.unmapped(period.integration)
    Record.objects.all()[0].journal("ann").append("person", "Replay", {"verb": "replay"})
    return period.integration


def found() -> dict[str, str]:
    """Name and route of each address at which a file is taken."""
    return {name: route for name, route, _ in patterns() if FILE.search(route)}


def addresses(route: str) -> list[str]:
    route = route.replace("<int:pk>", str(Period.objects.get().pk))
    for name, words in WORDS.items():
        if f":{name}>" in route:
            return [f"/{re.sub(rf'<slug:{name}>', word, route)}" for word in words]
    return [f"/{route}"]


def asks(client: Client, name: str, path: str) -> Any:
    """As the page does: by a link, a button or a form."""
    if name == "auditor_package":
        today = Record.objects.all()[0].created_at.date().isoformat()
        return client.post(path, {"first": today, "last": today})
    if name.startswith("mappings_"):
        assert client.get(path).status_code in (200, 403)
        return client.post(path, {"format": "0", "resource": "0"})
    answer = client.get(path)
    return client.post(path) if answer.status_code == 405 else answer


def test_each_file_is_known_here() -> None:
    assert set(found()) == set(RIGHTS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_takes_what_it_may_and_no_more(integration: Integration, role: str) -> None:
    user = User.objects.create_user("pat", password="x", is_staff=True)
    story.sees_all(user).groups.add(Group.objects.get(name=role))
    client, taken = story.signed_in(user), set()
    for name, route in found().items():
        may = all(user.has_perm(right) for right in RIGHTS[name] - {NOBODY})
        may = may and NOBODY not in RIGHTS[name]
        for path in addresses(route):
            answer = asks(client, name, path)
            assert answer.status_code == (200 if may else 403), (role, path)
            assert ("attachment" in answer.get("Content-Disposition", "")) == may, (role, path)
            taken |= {name} if may else set()
    assert ("audit_entry_export" in taken) == (role in ("Controller", "Auditor"))
    assert ("syncs_record_export" in taken) == (role in ("Controller", "Auditor"))
    assert ("auditor_package" in taken) == (role == "Auditor")
