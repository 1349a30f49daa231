"""What people do about a record: who approves it, who looks after it, since when it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit.models import Entry
from connections.errors import Reason

if TYPE_CHECKING:
    from audit.journal import RecordJournal

TO_APPROVE = (Reason.NEEDS_APPROVAL, Reason.OVER_LIMIT)  # what an approval can wave through
FOR_PEOPLE = Q(state="held", in_shadow=False)  # what is held and needs a person
IN_SHADOW = Q(state="held", in_shadow=True)  # what a flow in shadow mode would have done
# What people say about a record: that is not to have it in hand.
TALK = ("ask", "reply", "assign", "note")


INDEXES = [
    models.Index(fields=["reason", "-id"], name="record_for_people", condition=FOR_PEOPLE),
    models.Index(
        fields=["integration", "flow", "-id"], name="record_in_shadow", condition=IN_SHADOW
    ),
]


def last_hands() -> QuerySet[Entry]:
    """What people did, but for approvals and what they only said; the last one first."""
    done = Entry.objects.filter(kind=Entry.Kind.PERSON)
    others = Q(data__has_key="verb", data__verb__in=["approve", *TALK])
    return done.exclude(others).order_by("-sequence")


def to_approve(rows: QuerySet[Any], actor: str) -> QuerySet[Any]:
    """Those that wait for an approval and that this person did not have in hand last; without a
    person all of them."""
    waiting = rows.filter(FOR_PEOPLE, reason__in=TO_APPROVE)
    last = last_hands().filter(record=OuterRef("pk")).values("actor")[:1]
    mine: QuerySet[Any] = waiting.annotate(last_hand=Coalesce(Subquery(last), Value("")))
    return mine.exclude(last_hand=actor) if actor else mine


class Cared(models.Model):
    """The part of a record that is about people. Only `Record` is made of it."""

    held_since = models.DateTimeField(
        null=True, blank=True, help_text="first held; a replay does not make it young"
    )
    in_shadow = models.BooleanField(
        default=False, help_text="held while its flow ran in shadow mode: no person's work"
    )
    owner = models.CharField(max_length=150, blank=True, help_text="who looks after it")
    note = models.TextField(blank=True, help_text="what a person wrote about it last")

    class Meta:
        abstract = True

    if TYPE_CHECKING:
        state: Any
        reason: Any
        integration: Any
        flow: Any
        project: Any
        posted_digest: Any
        destination_id: Any
        in_doubt_since: Any
        intent_at: Any

        def journal(self, actor: str = "") -> RecordJournal: ...

    def waits(self, state: str) -> dict[str, Any]:
        """What a change into this state means for since when it is held: only rest ends that."""
        if state == "held":
            since = self.held_since or timezone.now()
            return {"held_since": since, "in_shadow": self.shadowed()}
        return {"held_since": None} if state in ("posted", "skipped", "set_aside") else {}

    def shadowed(self) -> bool:
        """Its flow runs in shadow mode, and nothing of it stands or may stand over there."""
        if self.posted_digest or self.destination_id or self.in_doubt_since or self.intent_at:
            return False
        rows = self.integration.flows.filter(flow=self.flow, shadow=True)
        return any(row.in_shadow(self.project) for row in rows)

    def why_not_approve(self, actor: str) -> str:
        """Empty, or why this person may not approve it. Nobody approves their own."""
        if self.state != "held" or self.reason not in TO_APPROVE:
            return "It does not wait for an approval."
        last = last_hands().filter(record=self.pk).first()
        if last and last.actor == actor:
            return (
                f"{actor} had it in hand last (“{last.sentence}”): somebody else must approve it."
            )
        return ""

    @transaction.atomic
    def assign(self, actor: str, owner: str) -> bool:
        """Who looks after it from now on; empty: nobody. Safe to call twice."""
        mine = type(self)._default_manager.filter(pk=self.pk).exclude(owner=owner)
        if mine.update(owner=owner):
            said = f"Looked after by {owner}" if owner else "Looked after by nobody"
            facts = {"verb": "assign", "owner": owner}
            self.journal(actor).append(Entry.Kind.PERSON, said, facts)
        return True

    @transaction.atomic
    def write_note(self, actor: str, text: str) -> bool:
        """In place of the last one, which stays in the journal."""
        type(self)._default_manager.filter(pk=self.pk).update(note=text)
        said = f"Note: {text}" if text else "The note was taken away"
        self.journal(actor).append(Entry.Kind.PERSON, said, {"verb": "note"})
        return True
