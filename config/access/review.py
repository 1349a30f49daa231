"""People and roles as they stand, what each may do, and what an auditor looks at first."""

from __future__ import annotations

import dataclasses
import datetime as dt
from fnmatch import fnmatchcase
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from config.access.duties import granted
from config.access.rights import Told, told
from connections.companies.access import words
from connections.companies.duty import Duty, listed
from connections.management.commands.create_roles import ROLES
from syncs.formatting import count

LONG_AGO = dt.timedelta(days=90)


@dataclasses.dataclass(frozen=True)
class Person:
    """`rights` in force: none of who is deactivated, all of a superuser."""

    user: User
    roles: list[str]
    companies: str
    duties: list[str]
    own: list[str]
    rights: Told
    look_at: list[str]

    @property
    def is_gone(self) -> bool:
        return not self.user.is_active


@dataclasses.dataclass(frozen=True)
class Role:
    """`more` and `less`: where it differs from what `create_roles` gives it."""

    name: str
    members: list[str]
    rights: Told
    ours: bool
    more: list[str]
    less: list[str]


def named(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


def everything() -> set[str]:
    return {named(one) for one in Permission.objects.select_related("content_type")}


def people() -> list[Person]:
    """Who is deactivated comes last."""
    rows = User.objects.order_by("username").prefetch_related(
        "groups__permissions__content_type", "user_permissions__content_type",
        "companies__integrations", "duties__groups", "duties__integrations",
    )  # fmt: skip
    known, now = everything(), timezone.now()
    return sorted((person(user, known, now) for user in rows), key=lambda one: one.is_gone)


def person(user: User, known: set[str], now: dt.datetime) -> Person:
    groups = sorted(user.groups.all(), key=lambda group: group.name)
    own = sorted(named(one) for one in user.user_permissions.all())
    duties = duties_of(user)
    rights = known if user.is_superuser else {*own}.union(
        (named(one) for group in groups for one in group.permissions.all()),
        *(granted(one) for one in user.duties.all() if one.companies),
    )  # fmt: skip
    return Person(
        user, [group.name for group in groups], companies_of(user), duties, own,
        told(rights if user.is_active else ()),
        look_at(user, bool(groups or own or duties), own, now),
    )  # fmt: skip


def companies_of(user: Any) -> str:
    return "all" if user.is_superuser else words(getattr(user, "companies", None))


def duties_of(user: Any) -> list[str]:
    """Roles that count in some companies only."""
    return sorted(str(one) for one in user.duties.all())


def idle(user: Any) -> list[Duty]:
    """Those that count nowhere, since he does not see their companies."""
    return [one for one in user.duties.all() if not one.companies]


def look_at(user: User, may: bool, own: list[str], now: dt.datetime) -> list[str]:
    """What is unusual about an account, in sentences."""
    found = []
    if not user.is_active:
        return ["Deactivated, and still has roles or rights"] if may or user.is_superuser else []
    if user.is_superuser:
        found.append("Superuser: may do everything, whatever his roles say")
    if own:
        found.append("Has rights outside roles")
    if companies_of(user) == "none":
        found.append("Sees no company yet")
    found += [f"Sees no company of “{one}”" for one in idle(user)]
    if not user.is_staff:
        found.append("Active, but may not open these pages")
    if user.last_login is None:
        found.append("Has never signed in")
    elif now - user.last_login > LONG_AGO:
        found.append(f"Has not signed in for {count((now - user.last_login).days, 'day')}")
    return found


def roles() -> list[Role]:
    """Those that there are, and those of `create_roles` that are missing."""
    known, there = everything(), members_in_some()
    rows = Group.objects.order_by("name").prefetch_related("permissions__content_type", "user_set")
    found = [role(group, known, there.get(group.pk, [])) for group in rows]
    missing = ROLES.keys() - {one.name for one in found}
    return [*found, *(Role(name, [], told(()), True, [], sorted(given(name, known)))
                      for name in sorted(missing))]  # fmt: skip


def members_in_some() -> dict[int, list[str]]:
    """By role who has it in some companies only, and in which."""
    found: dict[int, list[str]] = {}
    rows = Duty.objects.filter(user__is_active=True).select_related("user")
    for one in rows.prefetch_related("groups", "integrations"):
        where = listed(one.integrations.all()) or "no company"
        for group in one.groups.all():
            found.setdefault(group.pk, []).append(f"{one.user.username} (in {where})")
    return found


def role(group: Any, known: set[str], there: list[str]) -> Role:
    rights = {named(one) for one in group.permissions.all()}
    ours = group.name in ROLES
    should = given(group.name, known) if ours else rights
    usual = [user.username for user in group.user_set.all() if user.is_active]
    members = sorted([*usual, *there])
    return Role(
        group.name, members, told(rights), ours, sorted(rights - should), sorted(should - rights)
    )


def given(name: str, known: set[str]) -> set[str]:
    """What `create_roles` gives this role."""
    return {one for one in known if any(fnmatchcase(one, pattern) for pattern in ROLES[name])}
