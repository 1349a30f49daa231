"""What the worker says about itself."""

from datetime import datetime

from django.db import models


class Heartbeat(models.Model):
    """One row per queue, written by its workers and read by the watchdog and /healthz."""

    queue = models.CharField(max_length=100, unique=True)
    sequence = models.PositiveBigIntegerField(default=0)
    worked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.queue}: {self.worked_at:%Y-%m-%d %H:%M:%S}"

    @staticmethod
    def note(queue: str, now: datetime, **values: int) -> None:
        """A worker is alive. One statement, so that no worker waits for another."""
        Heartbeat.objects.bulk_create(
            [Heartbeat(queue=queue, worked_at=now, **values)],
            update_conflicts=True,
            unique_fields=["queue"],
            update_fields=["worked_at", *values],
        )
