"""Who we talk to: connections with their secrets, tokens, budgets, subscriptions, integrations."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from connections.companies.access import Access as Access  # Django looks for models here
from connections.companies.asked import NamedOnce
from connections.companies.duty import Duty as Duty
from connections.fields import SecretField, SecretJSONField
from connections.integrations import INTEGRATIONS, NAMES, kind_label
from connections.registry import VENDORS


def vendor_choices() -> list[tuple[str, str]]:
    """The vendors that are registered; a callable, so a new one needs no migration."""
    return [(key, vendor.label) for key, vendor in VENDORS.items()]


class Connection(NamedOnce):
    """Stored credentials for one system. What a vendor asks for is in its `FIELDS`."""

    name = models.CharField(max_length=100, unique=True)
    vendor = models.CharField(max_length=40, choices=vendor_choices)
    settings = models.JSONField(default=dict, blank=True)
    secrets: Any = SecretJSONField(default=dict, blank=True)
    secrets_set_at = models.JSONField(default=dict, blank=True, editable=False)
    settle_seconds = models.PositiveIntegerField(
        "settling time",
        default=540,
        help_text="How long the other system may still be working on a request that was cut off "
        "(seconds). A lost document is created again only after that.",
    )
    active = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    pause_sentence = models.TextField(blank=True, editable=False)
    unreachable_since = models.DateTimeField(null=True, blank=True, editable=False)
    tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    test_ok = models.BooleanField(null=True, editable=False)
    test_findings = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions = [("test_connection", "Can test a connection")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Notes when each secret was first seen, so that pages need not decrypt to tell."""
        if "secrets" in self.__dict__ and "secrets_set_at" in self.__dict__:
            self.note_secrets()
            if "secrets" in (kwargs.get("update_fields") or ()):
                kwargs["update_fields"] = {*kwargs["update_fields"], "secrets_set_at"}
        super().save(*args, **kwargs)

    def note_secrets(self) -> None:
        names = [name for name, value in (self.secrets or {}).items() if value]
        now = timezone.now().isoformat(timespec="seconds")
        self.secrets_set_at = {name: self.secrets_set_at.get(name, now) for name in names}

    def setting(self, name: str) -> str:
        """A plain setting, or the vendor's default for it."""
        return str(self.settings.get(name) or VENDORS[self.vendor].default(name))

    def same_company(self, other: Connection) -> bool:
        """The same row, or one whose settings lead to the same company of the same vendor."""
        if self == other:
            return True
        if self.vendor != other.vendor or self.vendor not in VENDORS:
            return False
        vendor = VENDORS[self.vendor]
        asked = [
            field.name for field in vendor.fields
            if field.name in vendor.company
            and field.applies(self.setting) and field.applies(other.setting)
        ]  # fmt: skip
        return all(alike(self.setting(name), other.setting(name)) for name in asked)

    def secret(self, name: str) -> str:
        return str((self.secrets or {}).get(name, ""))

    @property
    def paused(self) -> bool:
        return self.paused_until is not None and self.paused_until > timezone.now()

    def pause(self, until: dt.datetime, sentence: str) -> None:
        """No request goes out before `until`. Safe to call twice."""
        self.paused_until, self.pause_sentence = until, sentence
        type(self).objects.filter(pk=self.pk).update(paused_until=until, pause_sentence=sentence)

    def note_unreachable(self) -> None:
        """It did not answer. The first moment counts, whichever worker saw it."""
        if self.unreachable_since is None:
            self.unreachable_since = timezone.now()
            fresh = type(self).objects.filter(pk=self.pk, unreachable_since=None)
            fresh.update(unreachable_since=self.unreachable_since)

    def note_reached(self) -> None:
        """It answered, whatever it said. Costs nothing while nobody found it away."""
        if self.unreachable_since is not None:
            self.unreachable_since = None
            type(self).objects.filter(pk=self.pk).update(unreachable_since=None)

    def resume(self) -> None:
        """The credential works again."""
        if self.paused_until is None and not self.pause_sentence:
            return
        self.paused_until, self.pause_sentence = None, ""
        type(self).objects.filter(pk=self.pk).update(paused_until=None, pause_sentence="")


def alike(one: str, other: str) -> bool:
    """The same address or name, however it was typed."""
    return one.strip().rstrip("/").casefold() == other.strip().rstrip("/").casefold()


class Token(models.Model):
    """The access token of one connection. Its row lock makes one refresher across workers."""

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="token")
    access_token: Any = SecretField(blank=True, default="")
    expires_at = models.DateTimeField(null=True)
    obtained_at = models.DateTimeField(null=True)
    lifetime = models.PositiveIntegerField(default=0, help_text="seconds")
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"Token of {self.connection}"

    def fresh(self, now: dt.datetime, margin: dt.timedelta) -> bool:
        """True while it lives longer than the margin, which a short life shortens."""
        margin = min(margin, dt.timedelta(seconds=self.lifetime) / 5)
        return bool(self.access_token and self.expires_at and now + margin < self.expires_at)


class RateBudget(models.Model):
    """What one credential may still send in the current window, shared by all workers."""

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="budget")
    limit = models.PositiveIntegerField(default=0)
    remaining = models.IntegerField(default=0)
    reset_at = models.DateTimeField(null=True)
    hourly = models.PositiveIntegerField(
        null=True, help_text="requests an hour, as the vendor's answers said last"
    )
    blocked_until = models.DateTimeField(null=True)
    refused_in_row = models.PositiveIntegerField(
        default=0, help_text="answers 429 that named no time, one after the other"
    )
    used_at_refusal = models.BigIntegerField(default=0, help_text="requests sent before the last")
    used = models.BigIntegerField(default=0)
    throttled = models.BigIntegerField(default=0, help_text="answers 429 so far")

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"Rate budget of {self.connection}"


class Consent(models.Model):
    """What a person agreed to in the vendor's own pages. Its refresh token works once."""

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="consent")
    refresh_token: Any = SecretField(blank=True, default="")
    scopes = models.TextField(blank=True)
    given_by = models.CharField(max_length=150, blank=True, help_text="who pressed Connect here")
    given_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True, help_text="when consent has to be given again")
    over = models.TextField(blank=True, help_text="why it is good for nothing any more")
    made_for = models.CharField(max_length=500, blank=True, help_text="app and addresses")

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"Consent of {self.connection}"


class Seat(models.Model):
    """Who a connection is at the other system; asked once per credential, not each time."""

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="seat")
    proof = models.CharField(max_length=64, help_text="of the credential that was asked about")
    account = models.CharField(max_length=200, help_text="key of its daily calls")
    person_id = models.CharField(max_length=60, blank=True)
    person = models.CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"Seat of {self.connection}"


class CompanyFound(models.Model):
    """Which company the words in a connection led to when they were first looked up.

    A name can be given to another company, as to a copy for training; an id stays.
    """

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="company_found")
    wanted = models.CharField(max_length=250, help_text="what the connection said then")
    company_id = models.CharField(max_length=60)
    name = models.CharField(max_length=250)
    found_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"Company of {self.connection}"


class DailyCalls(models.Model):
    """What an account may be asked on one day (UTC), shared by all connections to it."""

    account = models.CharField(max_length=200, unique=True)
    day = models.DateField(null=True)
    tenths = models.BigIntegerField(default=0, help_text="calls used that day, in tenths")
    limit = models.PositiveIntegerField(default=0, help_text="calls per day")
    told_at = models.DateTimeField(null=True, help_text="when the vendor's own figure was read")

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "daily calls"

    def __str__(self) -> str:
        return f"Daily calls of {self.account}"


class Integration(NamedOnce):
    """A project system and an accounting system that are kept in step."""

    key = models.CharField(max_length=40, help_text="It is the name in the code, as bc_procore.")
    name = models.CharField(max_length=100, unique=True)
    project_system = models.ForeignKey(Connection, models.PROTECT, related_name="+")
    ledger = models.ForeignKey(Connection, models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def connections(self) -> tuple[Connection, Connection]:
        return self.project_system, self.ledger

    @property
    def has_records(self) -> bool:
        return self.pk is not None and self.records.exists()

    def doubles(self) -> list[Integration]:
        """Others that join the same two companies, by these connections or by others."""
        others = Integration.objects.exclude(pk=self.pk).select_related("project_system", "ledger")
        return [
            other for other in others.defer("project_system__secrets", "ledger__secrets")
            if self.project_system.same_company(other.project_system)
            and self.ledger.same_company(other.ledger)
        ]  # fmt: skip

    def clean(self) -> None:
        """Its systems fit its kind, which stays once there are records."""
        if problems := self.other_kind() or self.misfits():
            raise ValidationError(problems)

    def other_kind(self) -> dict[str, str]:
        """Field -> why it cannot become one of this kind; {} where it can, or is one."""
        before = Integration.objects.filter(pk=self.pk).values_list("key", flat=True).first()
        if self.key == before:
            return {}
        if self.key not in INTEGRATIONS:
            return {"key": f"There is no kind of integration called “{self.key}”."}
        if not self.has_records:
            return {}
        return {
            "key": f"It stays “{kind_label(before or '')}”: its records belong to that kind. Add "
            "another integration for another kind."
        }

    def misfits(self) -> dict[str, str]:
        """Field -> why the system there does not fit the kind, which may not be here any more."""
        kind = INTEGRATIONS.get(self.key)
        if kind is None:
            return {}
        systems = {side: getattr(self, side) for side in NAMES if getattr(self, f"{side}_id")}
        found = {side: kind.misfit(side, one.vendor, one.name) for side, one in systems.items()}
        return {side: why for side, why in found.items() if why}


class Subscription(models.Model):
    """A vendor's promise to call us. Its uuid is the unguessable part of the address."""

    class State(models.TextChoices):
        WANTED = "wanted", "Wanted"
        ACTIVE = "active", "Active"
        FAILED = "failed", "Failed"
        GONE = "gone", "Gone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="subscriptions")
    resource = models.CharField(max_length=200, help_text="The vendor calls it so.")
    scope = models.CharField(
        max_length=60, blank=True, help_text="It is the id of a project. Empty: the whole company."
    )
    scope_name = models.CharField(max_length=200, blank=True)
    remote_id = models.CharField(max_length=100, blank=True)
    secret: Any = SecretField(blank=True, default="")
    state = models.CharField(max_length=10, choices=State, default=State.WANTED)
    expires_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    last_delivery_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "resource", "scope"], name="one_subscription_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.scope_name or self.scope}".strip()

    def note_active(self, remote_id: str, expires_at: dt.datetime | None) -> None:
        self.remote_id, self.expires_at, self.error = remote_id, expires_at, ""
        self.state, self.checked_at = self.State.ACTIVE, timezone.now()
        self.save(update_fields=["remote_id", "expires_at", "error", "state", "checked_at"])

    def note_failed(self, sentence: str) -> None:
        self.state, self.error, self.checked_at = self.State.FAILED, sentence, timezone.now()
        self.save(update_fields=["state", "error", "checked_at"])
