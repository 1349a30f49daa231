"""A large file that a worker previews, takes or undoes, while a person watches how far it is."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

SILENT = dt.timedelta(minutes=6)  # longer than the queue lets a task run
TRIES = 3


class FileImport(models.Model):
    """The row is the truth: a lost task is asked for again, and taking a file twice is safe."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    table = models.CharField(max_length=50)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    duty = models.ForeignKey(
        "connections.Duty", models.SET_NULL, null=True, related_name="+",
        help_text="in which its user acted; none: in his usual roles",
    )  # fmt: skip
    preview = models.OneToOneField("self", models.CASCADE, null=True, related_name="taken")
    upload = models.CharField(max_length=200)
    file = models.CharField(max_length=300)
    format = models.CharField(max_length=1)
    undoes = models.ForeignKey("TakenFile", models.CASCADE, null=True, related_name="+")
    confirmed = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    rows = models.IntegerField(default=0)
    rows_done = models.IntegerField(default=0)
    tries = models.IntegerField(default=0)
    asked_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)
    sentence = models.TextField(blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.file}: {self.get_state_display()}"

    @property
    def is_preview(self) -> bool:
        return self.preview_id is None

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def percent(self) -> int:
        return 100 * self.rows_done // self.rows if self.rows else 0

    @classmethod
    def claim(cls, pk: int) -> FileImport | None:
        """By whoever comes first; a worker that has gone silent has lost it."""
        now = timezone.now()
        taken = cls.objects.filter(free(now), pk=pk).update(
            state=cls.State.RUNNING, seen_at=now, tries=F("tries") + 1, rows=0, rows_done=0
        )
        rows = cls.objects.select_related("user", "duty__user", "undoes")
        return rows.get(pk=pk) if taken else None

    def end(self, state: str, sentence: str = "", outcome: dict[str, object] | None = None) -> None:
        self.state, self.sentence, self.outcome = state, sentence, outcome or {}
        self.save(update_fields=["state", "sentence", "outcome"])


def free(now: dt.datetime) -> Q:
    waits = Q(state=FileImport.State.WAITING)
    return waits | Q(state=FileImport.State.RUNNING, seen_at__lt=now - SILENT)
