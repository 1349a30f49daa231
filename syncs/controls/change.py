"""A change that loosens a control of a flow, or reopens a month: a second person agrees, or not."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connections.models import Integration


class ControlChanges(models.QuerySet["ControlChange"]):
    def waiting_for(self, actor: str) -> ControlChanges:
        """Open ones that this person did not ask for."""
        return self.filter(decision=ControlChange.Decision.OPEN).exclude(asked_by=actor)


class ControlChange(models.Model):
    """One control of one flow, or one closed month; an open one has no effect yet."""

    class Decision(models.TextChoices):
        OPEN = "open", "Waits"
        AGREED = "agreed", "Agreed"
        REFUSED = "refused", "Refused"
        OVERTAKEN = "overtaken", "Overtaken"
        ALONE = "alone", "Made by one person"

    settings = models.ForeignKey(
        "syncs.FlowSettings", models.CASCADE, null=True, related_name="control_changes"
    )
    period = models.ForeignKey(
        "syncs.Period", models.PROTECT, null=True, related_name="control_changes"
    )
    field = models.CharField(max_length=30)
    was = models.JSONField(null=True)
    becomes = models.JSONField(null=True)
    why = models.CharField(max_length=500, blank=True, help_text="of who asked")
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField(default=timezone.now)
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.OPEN)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    word = models.CharField(max_length=500, blank=True)

    objects = ControlChanges.as_manager()

    class Meta:
        verbose_name = "change of a control"
        verbose_name_plural = "changes of controls"
        default_permissions = ("view", "export")
        permissions = [("agree_controlchange", "Can agree to the loosening of a control")]
        constraints = [
            models.UniqueConstraint(
                fields=["settings", "field"], condition=Q(decision="open"),
                name="one_open_change_per_control",
            ),
            models.UniqueConstraint(
                fields=["period"], condition=Q(decision="open"), name="one_open_change_per_month"
            ),
            models.CheckConstraint(
                condition=Q(settings=None, period__isnull=False)
                | Q(settings__isnull=False, period=None),
                name="change_of_a_flow_or_a_month",
            ),
        ]  # fmt: skip
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"{self.field.replace('_', ' ').capitalize()}, {self.of}"

    @property
    def of(self) -> Any:
        """The flow's settings, or the month."""
        return self.settings or self.period

    @property
    def integration(self) -> Integration:
        found: Integration = self.of.integration
        return found
