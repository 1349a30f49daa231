"""The groups that people get, each with what its work needs and no more. Safe to run again."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

MAPPINGS = ("costcodemapping", "vendorlink", "projectlink", "taxlink", "accountrule",
            "chartaccount")  # fmt: skip
LOOK = (
    "syncs.view_record", "syncs.view_cell", "syncs.view_run", "syncs.view_alert",
    "mappings.view_*", "connections.view_integration",
)  # fmt: skip
ASK = ("syncs.view_fixrequest", "syncs.add_fixrequest")
ANSWER = (*ASK, "syncs.change_fixrequest")
WORK = ("syncs.replay_record", "syncs.set_aside_record", "syncs.assign_record")
BALANCE = ("syncs.export_cell", "syncs.read_again_cell")
TAKE = ("syncs.export_run", "syncs.export_alert")
BOARDS = ("boardlayout", "statusrule")  # without files
KEEP_MAPPINGS = tuple(
    f"mappings.{verb}_{model}"
    for models, verbs in (
        (MAPPINGS, ("add", "change", "delete", "import", "export")),
        (BOARDS, ("add", "change", "delete")),
    )
    for verb in verbs
    for model in models
)

ROLES: dict[str, tuple[str, ...]] = {
    "AP clerk": (*LOOK, *WORK, *ANSWER),
    "Controller": (
        *LOOK, *WORK, *ANSWER, *BALANCE, *KEEP_MAPPINGS, "syncs.approve_record",
        "syncs.approve_large_record", "syncs.export_record", *TAKE, "syncs.export_fixrequest",
        "syncs.view_wording",
        "syncs.view_flowsettings", "syncs.change_flowsettings", "syncs.stop_flow",
        "syncs.*_controlchange", "syncs.*_period", "syncs.change_alert", "syncs.view_cursor",
        "audit.view_entry", "audit.export_entry",
    ),
    "Approver": (
        *LOOK, *ANSWER, "syncs.approve_record", "syncs.view_flowsettings", "syncs.*_controlchange",
        "syncs.view_period", "audit.view_entry",
    ),
    "Project accountant": (*LOOK, *ASK, *BALANCE),
    "Integrator": (
        *LOOK, *ANSWER, "connections.*_connection", "connections.*_integration",
        "connections.view_*", "syncs.view_flowsettings", "syncs.stop_flow",
        "syncs.view_controlchange", "syncs.view_delivery", "syncs.view_rejection",
        "syncs.view_cursor", "syncs.read_again_cell", "syncs.change_alert", *TAKE,
        "syncs.export_delivery", "syncs.*_wording", "config.*_heartbeat",
    ),
    "Auditor": (
        "connections.view_*", "mappings.view_*", "syncs.view_*", "syncs.export_*",
        "mappings.export_costcodemapping", "audit.view_entry", "audit.export_entry",
        "audit.export_package", "audit.view_access", "admin.view_logentry", "config.view_heartbeat",
    ),
}  # fmt: skip


class Command(BaseCommand):
    help = "Creates the groups and gives them exactly the permissions of their roles."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        known = {
            f"{permission.content_type.app_label}.{permission.codename}": permission
            for permission in Permission.objects.select_related("content_type")
        }
        for role, patterns in ROLES.items():
            granted = sorted({name for pattern in patterns for name in matching(pattern, known)})
            group, _created = Group.objects.get_or_create(name=role)
            group.permissions.set(known[name] for name in granted)
            self.stdout.write(f"{role}: {len(granted)} permissions")


def matching(pattern: str, known: dict[str, Permission]) -> Iterator[str]:
    found = [name for name in known if fnmatchcase(name, pattern)]
    if not found:
        raise CommandError(f"There is no permission {pattern}: run `manage.py migrate` first.")
    yield from found
