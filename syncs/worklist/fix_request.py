"""A request: who may not mend a thing asks those who may, and is told what became of it."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from audit.journal import RecordJournal
from audit.models import Entry
from connections.documents import cut
from connections.models import Integration
from connections.pages.asking import Wanted
from mappings.pages import words
from syncs.record import Record

NAMED = 60  # characters of a number or a vendor in a title


class FixRequestQuerySet(models.QuerySet["FixRequest"]):
    def open(self) -> FixRequestQuerySet:
        return self.filter(state=FixRequest.State.OPEN)

    def to_answer(self, user: Any) -> FixRequestQuerySet:
        """Open ones that this person may carry out, and did not ask for."""
        if not user.has_perm("syncs.change_fixrequest"):
            return self.none()
        others = self.open().exclude(asked_by=user.get_username())
        return others.filter(permission__in=user.get_all_permissions())

    def unread(self, user: Any) -> FixRequestQuerySet:
        """Asked by this person, answered, and the answer not yet looked at."""
        answered = self.filter(asked_by=user.get_username(), seen_at=None)
        return answered.exclude(state=FixRequest.State.OPEN)

    def concerning(self, user: Any) -> FixRequestQuerySet:
        """Both of them."""
        return self.to_answer(user) | self.unread(user)


class FixRequest(models.Model):
    """One thing that is wanted. Only one is open for the same thing at the same place."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    record = models.ForeignKey(Record, models.CASCADE, null=True, related_name="asked")
    wanted = models.CharField(max_length=300)
    permission = models.CharField(max_length=120, help_text="what one must be allowed to do it")
    url = models.TextField(help_text="where in the admin it is done")
    sentence = models.TextField(help_text="why: the problem as it was shown")
    note = models.TextField(blank=True)
    key = models.CharField(max_length=64, help_text="of the thing and its place")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True, help_text="when who asked saw the answer")

    objects = FixRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "request"
        default_permissions = ("view", "add", "change", "export")
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(state="open"), name="one_open_request_each"
            )
        ]
        indexes = [
            models.Index(
                fields=["permission", "-id"], condition=Q(state="open"), name="request_open"
            ),
            models.Index(fields=["asked_by", "-id"]),
            models.Index(fields=["key", "-id"]),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.wanted

    def title(self, own: str = "") -> str:
        """Told apart from others: of which document, whose, and what it comes to. `own`: the
        company's own currency."""
        about = self.record
        if about is None:
            return f"{self.wanted}, {self.integration}"
        amount = words.money(about.amount, about.currency or own) if about.amount else ""
        parts = (str(about), about.vendor_name, amount)
        known = [one if len(one) <= NAMED else f"{cut(one, NAMED)}…" for one in parts if one]
        return f"{self.wanted}: {', '.join(known)}"

    @staticmethod
    def of(wanted: Wanted) -> FixRequestQuerySet:
        """All that were ever made for the same thing, the newest first."""
        return FixRequest.objects.filter(key=key_of(wanted)).order_by("-pk")

    @staticmethod
    @transaction.atomic
    def ask(wanted: Wanted, actor: str, note: str) -> tuple[FixRequest, bool]:
        """The request, and whether it is a new one: an open one for the same thing stands."""
        found, new = FixRequest.objects.get_or_create(
            key=key_of(wanted), state=FixRequest.State.OPEN,
            defaults={
                "integration_id": wanted.integration, "record_id": wanted.record,
                "wanted": wanted.label[:300], "permission": wanted.permission, "url": wanted.url,
                "sentence": wanted.sentence, "note": note, "asked_by": actor,
            },
        )  # fmt: skip
        if new:
            found.tell(actor, f"Asked for: {wanted.label}. {note}".strip(), "ask")
        return found, new

    @transaction.atomic
    def reply(self, actor: str, state: str, word: str) -> bool:
        """Done, or refused with a word. False: somebody has answered it meanwhile."""
        facts = {"state": state, "answered_by": actor, "answer": word}
        mine = FixRequest.objects.open().filter(pk=self.pk)
        if not mine.update(answered_at=timezone.now(), **facts):
            return False
        self.tell(actor, f"{FixRequest.State(state).label}: {self.wanted}. {word}".strip(), "reply")
        return True

    @staticmethod
    def refuse_approval(record: Record, actor: str, why: str) -> None:
        """Open ones that ask for an approval of this record: it was sent back."""
        there = reverse("admin:syncs_record_change", args=[record.pk])
        for row in FixRequest.objects.open().filter(record=record.pk, url=f"{there}#approve"):
            row.reply(actor, FixRequest.State.REFUSED, why)

    def seen_by(self, actor: str) -> None:
        """Who asked has looked at the answer."""
        answered = FixRequest.objects.filter(pk=self.pk, asked_by=actor, seen_at=None)
        answered.exclude(state=self.State.OPEN).update(seen_at=timezone.now())

    def tell(self, actor: str, sentence: str, verb: str) -> None:
        flow = self.record.flow if self.record else ""
        log = RecordJournal(self.integration.key, flow, self.record_id, actor)
        log.append(Entry.Kind.PERSON, sentence, {"verb": verb, "request": self.pk})


def key_of(wanted: Wanted) -> str:
    """One request for one thing, whatever the document. Where its page mends several things (the
    settings of a flow), what is asked about tells them apart."""
    said = f"{wanted.permission} {wanted.url} {wanted.about}".rstrip()
    return hashlib.sha256(said.encode()).hexdigest()
