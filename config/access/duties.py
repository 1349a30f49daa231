"""What a duty lets a person do: only what belongs to a company."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.auth.backends import BaseBackend

from config.access.scopes import scope_of
from connections.companies.asked import acting
from connections.companies.duty import Duty

JOURNAL = {"audit.view_entry", "audit.export_entry"}  # its lines are left out by its own page
OF_ALL = {  # about rows of a company, and felt by others
    "syncs.answer_wording", "connections.add_connection", "connections.add_integration",
    *(f"mappings.{verb}_chartaccount" for verb in ("add", "change", "delete", "import")),
}  # fmt: skip


@cache
def counts(app: str, model: str, codename: str) -> bool:
    """Not people, roles, hosts, the queue, the review of access: they belong to no company."""
    name = f"{app}.{codename}"
    if name in JOURNAL or name in OF_ALL:
        return name in JOURNAL
    try:
        return scope_of(apps.get_model(app, model)) is not None
    except LookupError:  # of a model that is gone
        return False


def granted(duty: Duty) -> set[str]:
    """Permissions, as "syncs.approve_record"."""
    return {f"{app}.{codename}" for app, model, codename in duty.rights
            if counts(app, model, codename)}  # fmt: skip


class InDuty(BaseBackend):
    """Beside the usual roles those of the duty in which he acts. It signs nobody in.

    Nothing is kept on the user: what he may is another set in another duty.
    """

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        duty = acting()
        if duty is None or obj is not None:
            return set()
        his = user_obj.is_active and duty.user_id == user_obj.pk
        return granted(duty) if his else set()

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        found = self.get_group_permissions(user_obj)
        return any(name.startswith(f"{app_label}.") for name in found)
