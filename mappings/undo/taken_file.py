"""An import of a file as it is remembered: who, when, which file, and what may undo it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class TakenFile(models.Model):
    """A file that was imported, or the undoing of one, which can be undone itself.

    What it did to each row is in the history of the table, under one context.
    """

    table = models.CharField(max_length=50)
    file = models.CharField(max_length=300)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    by = models.CharField(max_length=150, blank=True, help_text="empty: a program")
    at = models.DateTimeField(default=timezone.now)
    about = models.CharField("integrations", max_length=300, blank=True)
    key = models.CharField(max_length=40, blank=True, help_text="of the integration, of just one")
    context = models.UUIDField(help_text="of the history: what was changed together")
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone")
    new = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    removed = models.IntegerField(default=0)
    left = models.IntegerField(default=0, help_text="of an undo: rows that somebody had changed")

    class Meta:
        default_permissions = ("view",)
        verbose_name = "import"
        ordering = ["-id"]
        indexes = [models.Index(fields=["table", "-id"])]

    def __str__(self) -> str:
        return f"Undo of “{self.file}”" if self.undoes_id else f"“{self.file}”"

    @property
    def touched(self) -> int:
        """Rows that are otherwise since."""
        return self.new + self.changed + self.removed
