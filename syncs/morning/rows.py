"""What is kept for the morning: how fast each flow goes, what each day came to, what was sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from connections.models import Integration
from connections.pages.moments import when


class FlowPace(models.Model):
    """How fast one flow carries: of the last minutes in which it carried anything.

    All but the minute fade with each such minute, so that what is new counts most.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    flow = models.CharField(max_length=40)
    documents = models.FloatField(help_text="that came to rest")
    seconds = models.FloatField(help_text="by the clock, of the minutes before")
    project_requests = models.FloatField()
    project_seconds = models.FloatField()
    ledger_requests = models.FloatField()
    ledger_seconds = models.FloatField()
    worked_seconds = models.FloatField(help_text="of all workers together")
    minute = models.DateTimeField(help_text="the last one in which it carried something")
    minute_seconds = models.FloatField(help_text="of all workers, within that minute")
    rested_at = models.DateTimeField(null=True, help_text="when a document came to rest last")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["integration", "flow"], name="one_pace_per_flow")
        ]

    def __str__(self) -> str:
        return f"Pace of {self.flow}"


class DayCount(models.Model):
    """What one flow had in one state on one day of the site: posted on it, else at its end."""

    day = models.DateField()
    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    flow = models.CharField(max_length=40)
    state = models.CharField(max_length=10)
    currency = models.CharField(max_length=3, blank=True, help_text="empty: the company's own")
    documents = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=2)
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["day", "integration", "flow", "state", "currency"], name="one_count_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.documents} {self.state} of {self.flow}"


class Counted(models.Model):
    """A day of which the counts are kept; one without is a day on which nobody counted."""

    day = models.DateField(unique=True)
    counted_at = models.DateTimeField()
    whole = models.BooleanField(default=False, help_text="the day is over, and posted is counted")
    levels = models.BooleanField(default=True, help_text="what waited then is known, too")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Counts of {self.day}"


class MorningMail(models.Model):
    """The digest of one morning to one person, or to the addresses of the site. Sent once."""

    SITE = ""  # in place of a person: the addresses for alerts

    day = models.DateField()
    to = models.CharField(max_length=150, blank=True, help_text="user name; empty: the site")
    tried_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, help_text="sent, or nothing was to be said")
    causes = models.PositiveIntegerField(default=0, help_text="that it told; none: nothing is sent")
    problem = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["day", "to"], name="one_mail_a_day_and_person")
        ]
        ordering = ["-day", "to"]

    def __str__(self) -> str:
        return f"Digest of {self.day} to {self.to or 'the addresses for alerts'}"


class NoDigest(models.Model):
    """A person who wants no digest. Whoever has no row gets one."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="no_digest")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"No digest for {self.user}"


class Standstill(models.Model):
    """A flow whose documents wait: since when, so that one that should move and does not shows."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    flow = models.CharField(max_length=40)
    since = models.DateTimeField(help_text="documents wait without a pause since then")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["integration", "flow"], name="one_standstill_per_flow")
        ]

    def __str__(self) -> str:
        return f"{self.flow} waits since {when(self.since)}"
