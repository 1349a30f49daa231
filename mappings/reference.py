"""The reference data that every mapping is checked against."""

from __future__ import annotations

from django.db import models

from connections.models import Connection

ANY = "*"  # how a rule's part that means any is written; it is stored as an empty text


class Reference(models.Model):
    """One row of a system's master data, as last read from it. Never edited by hand."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", "Account"
        DIMENSION = "dimension", "Dimension"
        DIMENSION_VALUE = "dimension_value", "Dimension value"
        VENDOR = "vendor", "Vendor"
        PROJECT = "project", "Project"
        COST_CODE = "cost_code", "Cost code"
        COST_TYPE = "cost_type", "Cost type"
        TAX_CODE = "tax_code", "Tax code"
        WINDOW = "window", "Posting window"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="references")
    kind = models.CharField(max_length=20, choices=Kind)
    parent = models.CharField(max_length=60, blank=True, help_text="dimension code or project id")
    code = models.CharField(max_length=100, help_text="what people call it")
    remote_id = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=300, blank=True)
    unusable = models.CharField(max_length=200, blank=True, help_text="why; empty = usable")
    data = models.JSONField(default=dict)
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "kind", "parent", "code"], name="one_reference_each"
            )
        ]
        indexes = [models.Index(fields=["connection", "kind", "remote_id"])]
        ordering = ["kind", "parent", "code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()
