"""Whoever may not mend a thing asks one who may: who that is, and the address of asking."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import Group
from django.core import signing
from django.urls import reverse

MAY_ASK = "syncs.add_fixrequest"
SALT = "asking"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What would have to be done, where in the admin, and the permission that it needs."""

    label: str
    url: str
    permission: str
    sentence: str  # why: the problem as its page said it
    integration: int
    record: int | None = None
    about: str = ""  # where one page mends several things: which of them

    @property
    def address(self) -> str:
        """Of the page that asks for it. What it carries is signed: nobody makes one up."""
        token = signing.dumps(dataclasses.astuple(self), salt=SALT, compress=True)
        return f"{reverse('admin:syncs_fixrequest_ask')}?{urlencode({'what': token})}"


def read(token: str) -> Wanted | None:
    """What an address carries; None when it was not made here."""
    try:
        return Wanted(*signing.loads(token, salt=SALT))
    except (signing.BadSignature, TypeError):
        return None


def whom(permission: str, another: bool = False) -> str:
    """The roles that may do it, as in "Ask the Controller". `another`: whoever reads it may do
    such things, but not this one."""
    app, codename = permission.split(".")
    groups = Group.objects.filter(
        permissions__content_type__app_label=app, permissions__codename=codename
    )
    names = list(groups.order_by("name").values_list("name", flat=True))
    if another:
        return f"another {' or '.join(names) or 'administrator'}"
    return f"the {' or the '.join(names)}" if names else "an administrator"


def may(user: Any, permission: str) -> bool:
    return not permission or bool(user.has_perm(permission))
