"""What a person was given, by somebody else."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

Seen = frozenset[int] | None  # keys of integrations; None: all


class Access(models.Model):
    """What a person was given. Without a row of it he sees no company."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="companies")
    all_companies = models.BooleanField(
        "all companies", default=False, help_text="also those that are added later"
    )
    integrations = models.ManyToManyField(
        "connections.Integration", blank=True, related_name="+", verbose_name="only these"
    )

    class Meta:
        default_permissions = ()
        verbose_name = verbose_name_plural = "companies"

    def __str__(self) -> str:
        return words(self)


def words(row: Access | None) -> str:
    """As a person reads it."""
    if row is None:
        return "none"
    if row.all_companies:
        return "all"
    return ", ".join(sorted(str(one) for one in row.integrations.all())) or "none"


def of(user: Any) -> Seen:
    """Superusers see all; who is not signed in sees nothing."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return None
    row = Access.objects.filter(user=user.pk).first()
    if row and row.all_companies:
        return None
    given = Access.integrations.through.objects.filter(access__user=user.pk)
    return frozenset(given.values_list("integration_id", flat=True))


def who_see(integration: int) -> Q:
    """People to whom this company is there."""
    given = Q(companies__all_companies=True) | Q(companies__integrations=integration)
    return Q(is_superuser=True) | given
