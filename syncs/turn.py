"""Whose turn it is: each poll, reading of master data, reconciliation and renewal is asked for by
a row, and claimed by one worker. The queue only nudges; lose it, and the sweep nudges again."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from connections.integrations import list_label
from connections.models import Integration
from syncs.retrying import lease

KINDS = {
    "poll": "Poll", "reference": "Master data", "reconcile": "Reconciliation",
    "renew": "Subscriptions", "balance": "Sums of both sides",
}  # fmt: skip


def run_kind(kind: str) -> str:
    return KINDS.get(kind, kind)


class Turns(models.QuerySet["Turn"]):
    def waiting(self, patience: dt.datetime) -> Turns:
        """Asked for, claimed by nobody, and not nudged of late."""
        return self.filter(ask__isnull=False, claim=None, nudged_at__lt=patience)

    def lost(self, now: dt.datetime) -> Turns:
        """Claimed, and their lease is over: the worker died."""
        return self.filter(claim__isnull=False, lease_until__lt=now)


class Turn(models.Model):
    """One row per integration, flow and kind of run."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    flow = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    ask = models.UUIDField(null=True, help_text="the ask that nobody has claimed yet")
    nudged_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    objects = Turns.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["integration", "flow", "kind"], name="one_turn_each")
        ]

    def __str__(self) -> str:
        return f"{run_kind(self.kind)} of {list_label(self.flow)}"

    def wish(self) -> bool:
        """Open an ask. False when one stands open: that one serves, since it has not begun."""
        if self.ask is not None:
            return False
        self.ask, self.nudged_at = uuid.uuid4(), timezone.now()
        fresh = Turn.objects.filter(pk=self.pk, ask=None)
        return bool(fresh.update(ask=self.ask, nudged_at=self.nudged_at))

    def take(self, ask: str) -> bool:
        """Claim it: for this ask, or without one whatever was asked for. False when another
        worker is at it, or the ask has been served: the queue brought it a second time."""
        now, claim = timezone.now(), uuid.uuid4()
        free = Q(claim=None) | Q(lease_until__lt=now)
        mine = Turn.objects.filter(free, pk=self.pk, **({"ask": ask} if ask else {}))
        until = now + lease()
        if not mine.update(claim=claim, lease_until=until, ask=None):
            return False
        self.claim, self.lease_until, self.ask = claim, until, None
        return True

    def keep(self) -> None:
        """A sign of life; it is written once a part of the lease is over."""
        until = timezone.now() + lease()
        if self.lease_until is None or until - self.lease_until > lease() / 4:
            self.lease_until = until
            Turn.objects.filter(pk=self.pk, claim=self.claim).update(lease_until=until)

    def give_back(self) -> bool:
        """The work has ended. True when it was asked for again meanwhile."""
        mine = Turn.objects.filter(pk=self.pk, claim=self.claim)
        mine.update(claim=None, lease_until=None, nudged_at=timezone.now())
        self.refresh_from_db()
        return self.ask is not None and self.claim is None

    def fall_back(self) -> bool:
        """Its worker died, so it is asked for again. One asker, however many see it."""
        ask = self.ask or uuid.uuid4()
        same = Turn.objects.filter(pk=self.pk, claim=self.claim, lease_until=self.lease_until)
        facts = {"claim": None, "lease_until": None, "nudged_at": timezone.now()}
        if not same.update(ask=models.functions.Coalesce(F("ask"), models.Value(ask)), **facts):
            return False
        self.refresh_from_db()
        return True
