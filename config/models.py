"""What each host says about itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone


class Heartbeat(models.Model):
    """One row per program that runs somewhere: a worker cluster or a web server.

    Its supervisor writes when it was seen, its own processes when they worked. All of them read all
    rows, so that a host which is gone does not go unnoticed.
    """

    class Kind(models.TextChoices):
        WORKER = "worker", "Worker"
        WEB = "web", "Web server"

    class State(models.TextChoices):
        WORKS = "works", "Works"
        SILENT = "silent", "Silent"
        GONE = "gone", "Gone"
        STOPPED = "stopped", "Stopped"

    program = models.CharField(max_length=80, unique=True, help_text="another at each start")
    host = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.WORKER)
    queue = models.CharField(max_length=20, blank=True)
    since = models.DateTimeField("running since", default=timezone.now)
    seen_at = models.DateTimeField("last heartbeat")
    worked_at = models.DateTimeField("last sign of work", null=True)
    stopped_at = models.DateTimeField(null=True)
    sequence = models.PositiveBigIntegerField("last probe that ran", default=0)
    acknowledged = models.PositiveBigIntegerField("last probe acknowledged", default=0)

    class Meta:
        default_permissions = ("view", "delete")
        verbose_name = "host"
        ordering = ["host", "kind", "since"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.host}"

    @staticmethod
    def note(program: str, host: str, **values: Any) -> None:
        """One statement, so that nobody waits for another. A row taken off the list comes back."""
        values = {"seen_at": timezone.now(), **values}
        Heartbeat.objects.bulk_create(
            [Heartbeat(program=program, host=host, **values)],
            update_conflicts=True,
            unique_fields=["program"],
            update_fields=list(values),
        )

    def state(self, now: dt.datetime) -> State:
        """Silent: it is there, and does not work. A worker may be busy with one long task."""
        patience = lasting()
        if self.stopped_at:
            return self.State.STOPPED
        if now - self.seen_at > patience:
            return self.State.GONE
        longest = longest_task(self.queue) if self.kind == self.Kind.WORKER else dt.timedelta()
        silent = now - (self.worked_at or self.since) > patience + longest
        return self.State.SILENT if silent else self.State.WORKS

    def lives(self, now: dt.datetime) -> bool:
        return self.state(now) in (self.State.WORKS, self.State.SILENT)


def lasting() -> dt.timedelta:
    """How long a heartbeat counts."""
    return dt.timedelta(seconds=2 * settings.WATCHDOG_SECONDS)


def longest_task(queue: str) -> dt.timedelta:
    other = settings.Q_CLUSTER.get("ALT_CLUSTERS", {}).get(queue, {})
    return dt.timedelta(seconds=other.get("timeout", settings.Q_CLUSTER["timeout"]))
