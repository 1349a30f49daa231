"""One person for each role, so that a demo shows what takes two of them."""

from __future__ import annotations

import secrets
from io import StringIO

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import transaction

from connections.companies.access import Access

PEOPLE = {
    "clerk": "AP clerk",
    "controller": "Controller",
    "approver": "Approver",
    "accountant": "Project accountant",
    "integrator": "Integrator",
    "auditor": "Auditor",
}


@transaction.atomic
def set_up() -> list[str]:
    """Makes who is missing; says how they sign in. Safe to call again: then it has no word."""
    missing = [name for name in PEOPLE if not User.objects.filter(username=name).exists()]
    if not missing:
        return []
    call_command("create_roles", stdout=StringIO())
    password = secrets.token_urlsafe(12)
    for name in missing:
        person = User.objects.create_user(name, password=password, is_staff=True)
        person.groups.add(Group.objects.get(name=PEOPLE[name]))
        Access.objects.create(user=person, all_companies=True)
    those = ", ".join(f"{name} ({PEOPLE[name]})" for name in missing)
    return [f"One person for each role: {those}.", f"Password (shown only now):  {password}"]
