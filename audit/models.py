"""What happened: an append-only, hash-chained journal. The database refuses to change a line."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """One line of history. Written by `audit.journal.append` alone."""

    class Kind(models.TextChoices):
        NOTED = "noted", "Noted"
        STATE = "state", "State changed"
        INTENT = "intent", "About to write"
        OUTCOME = "outcome", "Outcome of a write"
        READ_BACK = "read_back", "Read back"
        PERSON = "person", "Done by a person"
        RECONCILED = "reconciled", "Compared"
        ALERT = "alert", "Alert"
        RUN = "run", "Run"
        SYSTEM = "system", "System"

    sequence = models.BigIntegerField(unique=True)
    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=12, choices=Kind)
    integration = models.CharField(max_length=40, blank=True)
    flow = models.CharField(max_length=40, blank=True)
    record = models.BigIntegerField(null=True, db_index=True)
    actor = models.CharField(max_length=150, blank=True, help_text="a person, or empty: the system")
    sentence = models.TextField()
    data = models.JSONField(default=dict)
    intent = models.BigIntegerField(null=True, help_text="sequence of the intent of an outcome")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        default_permissions = ("view", "export")
        permissions = [
            ("export_package", "Can make the auditor's package"),
            ("view_access", "Can review people and what they may do"),
        ]
        verbose_name_plural = "entries"
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["kind", "-sequence"]),
            models.Index(fields=["flow", "-sequence"]),
            models.Index(fields=["integration", "-sequence"]),
            models.Index(  # of how it begins; each index of it costs more than one of a number
                fields=["hash"], name="entry_hash", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(
                fields=["intent"], name="entry_outcome", condition=Q(intent__isnull=False)
            ),
            models.Index(
                fields=["at"],
                name="entry_intent_of_no_record",
                condition=Q(kind="intent", record=None),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.sentence}"


class Verified(models.Model):
    """What the last verification found: one row."""

    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True, help_text="empty: by the command")
    entries = models.PositiveBigIntegerField()
    head = models.CharField(max_length=64)
    ok = models.BooleanField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.entries} lines, {'whole' if self.ok else 'NOT whole'}"


class Head(models.Model):
    """The journal's last line, kept apart: one row. A journal that was cut off at its end shows."""

    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        triggers = [pgtrigger.Protect(name="keep_head", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"
