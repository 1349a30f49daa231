"""The kept rows of months: where each stands, what was closed, and what changed in it since.

What a person closed is never written again: the database refuses it, and its hash stands in the
journal. Nobody but `syncs.closing` writes here.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from connections.models import Integration

SIGNED = (
    "period", "version", "closed_by", "closed_at", "note", "all_clear", "facts", "facts_hash",
)  # fmt: skip


class Bucket(models.TextChoices):
    """Where a document of a month is. Each of ours is in one; the last three are nobody's."""

    IN_DOUBT = "in_doubt", "In doubt"
    ON_ITS_WAY = "on_its_way", "On its way"
    HELD = "held", "Held"
    SHADOW = "shadow", "In shadow mode"
    SET_ASIDE = "set_aside", "Set aside"
    SKIPPED = "skipped", "Skipped by a rule"
    GONE = "gone", "Gone"
    POSTED = "posted", "Posted"
    NOT_CARRIED = "not_carried", "No flow carries it"
    IN_LEDGER = "in_ledger", "Typed by hand in the ledger"
    IN_PROJECTS = "in_projects", "Typed by hand in the project system"


TYPED = (Bucket.NOT_CARRIED, Bucket.IN_LEDGER, Bucket.IN_PROJECTS)
OURS = (
    Bucket.POSTED, Bucket.HELD, Bucket.SHADOW, Bucket.SKIPPED, Bucket.SET_ASIDE, Bucket.GONE,
    Bucket.ON_ITS_WAY, Bucket.IN_DOUBT,
)  # fmt: skip
OPEN = (Bucket.HELD, Bucket.SHADOW, Bucket.ON_ITS_WAY, Bucket.IN_DOUBT)


class Period(models.Model):
    """One month of one integration: its sums as the last reading of both sides left them, its
    documents as they were counted last."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"
        REOPENED = "reopened", "Reopened"

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="periods")
    month = models.DateField(help_text="its first day")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    as_of = models.DateTimeField(null=True, help_text="of the sums")
    counted_at = models.DateTimeField(null=True, help_text="the two numbers of documents")
    documents = models.PositiveIntegerField(default=0)
    open_documents = models.PositiveIntegerField(default=0, help_text="neither posted nor ended")
    sums = models.JSONField(default=list, help_text="of costs by currency, on both sides")
    changes = models.PositiveIntegerField(default=0, help_text="documents, since it was closed")

    class Meta:
        verbose_name = "month"
        default_permissions = ("view",)
        permissions = [
            ("close_period", "Can close a month"),
            ("reopen_period", "Can ask that a closed month is reopened"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["integration", "month"], name="one_row_per_month")
        ]
        ordering = ["-month", "integration"]

    def __str__(self) -> str:
        return f"{self.name}, {self.integration}"

    @property
    def name(self) -> str:
        return f"{self.month:%B %Y}"

    @property
    def standing(self) -> PeriodClose | None:
        """The close that holds now."""
        return self.closes.filter(reopened_at=None).first()


class PeriodClose(models.Model):
    """A month as a person closed it, for ever. A month that is reopened gets another one."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="closes")
    version = models.PositiveIntegerField()
    closed_by = models.CharField(max_length=150)
    closed_at = models.DateTimeField()
    note = models.TextField(blank=True)
    all_clear = models.BooleanField()
    facts = models.JSONField(help_text="all that was closed, but for the single documents")
    facts_hash = models.CharField(max_length=64, help_text="SHA-256; it stands in the journal, too")
    line = models.BigIntegerField(null=True, help_text="of the journal, with the hash")
    reopened_by = models.CharField(max_length=320, blank=True, help_text="and who agreed")
    reopened_at = models.DateTimeField(null=True)
    reopened_why = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["period", "version"], name="one_close_per_version"),
            models.UniqueConstraint(
                fields=["period"], condition=Q(reopened_at=None), name="one_standing_close"
            ),
        ]
        indexes = [models.Index(fields=["closed_at"])]
        triggers = [
            pgtrigger.ReadOnly(name="signed", fields=list(SIGNED)),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"{self.period}, version {self.version}"


class ClosedDocument(models.Model):
    """One document of a month as it stood when the month was closed."""

    close = models.ForeignKey(PeriodClose, models.PROTECT, related_name="documents")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=200, help_text="the same for the same document, always")
    record = models.BigIntegerField(null=True, help_text="empty: nobody's, as people typed it")
    flow = models.CharField(max_length=40, blank=True)
    number = models.CharField(max_length=255, blank=True)
    vendor = models.CharField(max_length=300, blank=True)
    project = models.CharField(max_length=100, blank=True)
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True)
    document_date = models.DateField(null=True)
    bucket = models.CharField(max_length=12, choices=Bucket, blank=True)
    why = models.TextField(blank=True)
    other_number = models.CharField(max_length=255, blank=True, help_text="on the other side")
    other_total = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    stamp = models.CharField(max_length=32, help_text="another one: it changed")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["close", "key"], name="one_document_in_a_close")
        ]
        indexes = [
            models.Index(fields=["close", "record"]),
            models.Index(fields=["close", "bucket", "position"]),
        ]
        triggers = [pgtrigger.Protect(name="signed", operation=pgtrigger.Update | pgtrigger.Delete)]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.number or self.key


class PeriodChange(models.Model):
    """Something in a closed month that became otherwise; told once."""

    close = models.ForeignKey(PeriodClose, models.PROTECT, related_name="changes")
    key = models.CharField(max_length=200)
    stamp = models.CharField(max_length=64)
    sentence = models.TextField()
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["close", "key", "stamp"], name="one_change_each")
        ]

    def __str__(self) -> str:
        return self.sentence
