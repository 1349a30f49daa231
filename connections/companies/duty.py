"""Further roles of a person, which count in some of his companies only.

He acts in one of them at a time. Then no other company is there for him, and so nothing that these
roles allow reaches one. They add rights in companies that he sees anyway, and never a company.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db import models

from connections.companies.access import Seen, of

Right = tuple[str, str, str]  # app, model, codename


class Duty(models.Model):
    """What he was given by somebody else. Without a role or a company it is worth nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="duties")
    groups = models.ManyToManyField("auth.Group", related_name="+", verbose_name="roles")
    integrations = models.ManyToManyField(
        "connections.Integration", related_name="+", verbose_name="only in these",
        help_text="He has to be given them above, too.",
    )  # fmt: skip

    class Meta:
        default_permissions = ()
        verbose_name = verbose_name_plural = "roles in some companies"
        ordering = ["pk"]

    def __str__(self) -> str:
        """Companies that whoever asks does not see are left out."""
        if not self.pk:
            return "New"
        roles = listed(self.groups.all()) or "No role"
        return f"{roles} in {listed(self.integrations.all()) or 'no company'}"

    @cached_property
    def companies(self) -> frozenset[int]:
        """In which it counts: those that he sees."""
        rows = Duty.integrations.through.objects.filter(duty=self.pk)
        given, usual = frozenset(rows.values_list("integration_id", flat=True)), of(self.user)
        return given if usual is None else given & usual

    @cached_property
    def rights(self) -> frozenset[Right]:
        rows = Permission.objects.filter(group__in=self.groups.all())
        names = ("content_type__app_label", "content_type__model", "codename")
        return frozenset(rows.values_list(*names))


def listed(rows: Any) -> str:
    return ", ".join(sorted(str(row) for row in rows))


def kept(user: Any, **which: Any) -> list[Duty]:
    """Those of this person which count somewhere; a superuser needs none."""
    if not user.is_active or user.is_superuser:
        return []
    found = list(Duty.objects.filter(user=user.pk, **which))
    for one in found:
        one.user = user
    return [one for one in found if one.companies]


def giving(right: str) -> models.QuerySet[Duty]:
    """Those by which an active person has it, as "syncs.approve_record"."""
    app, codename = right.split(".")
    return Duty.objects.filter(
        user__is_active=True, groups__permissions__content_type__app_label=app,
        groups__permissions__codename=codename,
    ).distinct()  # fmt: skip


def where(user: Any, right: str) -> Seen:
    """The companies in which he has it, by his usual roles or by others, however he acts now."""
    may = user.is_superuser or ModelBackend().has_perm(user, right)
    usual = of(user) if may else frozenset()
    if usual is None:
        return None
    return usual.union(*(one.companies for one in giving(right).filter(user=user.pk)))
