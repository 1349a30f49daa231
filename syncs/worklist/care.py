"""What people do about a record: who approves it, who looks after it, since when it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit.models import Entry
from connections.documents import PURCHASE_ORDER
from connections.errors import Reason
from syncs.coding.snapshot import entry_digest
from syncs.controls.bands import Who, approves_large, enough, may_approve_large

if TYPE_CHECKING:
    from audit.journal import RecordJournal

TO_APPROVE = (Reason.NEEDS_APPROVAL, Reason.OVER_LIMIT)  # what an approval can wave through
FOR_PEOPLE = Q(state="held", in_shadow=False)  # what is held and needs a person
IN_SHADOW = Q(state="held", in_shadow=True)  # what a flow in shadow mode would have done
UNPOSTED = ("draft", "incomplete")  # so a document stands in the ledger before its books have it
LEFT = ("cancelled", "gone")  # so it is told of what stood there once
# What people have to post in the ledger themselves, and what stands there. An order stands as
# soon as it is there. What was accepted as cancelled or gone there is not there any more. Each that
# ended as posted is exactly one of them.
AS_DRAFT = Q(state="posted", destination_status__in=UNPOSTED) & ~Q(destination_kind=PURCHASE_ORDER)
NOT_THERE = Q(state="posted", destination_status__in=LEFT)
IN_BOOKS = (
    Q(state="posted")
    & ~Q(destination_status__in=LEFT)
    & (~Q(destination_status__in=UNPOSTED) | Q(destination_kind=PURCHASE_ORDER))
)
# What people say about a record: that is not to have it in hand.
TALK = ("ask", "reply", "assign", "note")
DECISIONS = ("approve", "send_back", "ask_again", "set_aside", "link", "accept")


INDEXES = [
    models.Index(fields=["reason", "-id"], name="record_for_people", condition=FOR_PEOPLE),
    models.Index(
        fields=["integration", "flow", "-id"], name="record_in_shadow", condition=IN_SHADOW
    ),
    models.Index(fields=["integration", "flow", "-id"], name="record_draft", condition=AS_DRAFT),
    models.Index(
        fields=["integration", "flow", "-id"], name="record_not_there", condition=NOT_THERE
    ),
]


def last_hands() -> QuerySet[Entry]:
    """What people did, but for a yes or a no and what they only said; the last one first."""
    done = Entry.objects.filter(kind=Entry.Kind.PERSON)
    others = Q(data__has_key="verb", data__verb__in=["approve", "send_back", *TALK])
    return done.exclude(others).order_by("-sequence")


def last_decision(record: int) -> Entry | None:
    """The last yes or no that a person said to it, or what took its place."""
    said = Entry.objects.filter(record=record, kind=Entry.Kind.PERSON, data__verb__in=DECISIONS)
    return said.order_by("-sequence").first()


def to_approve(rows: QuerySet[Any], actor: str) -> QuerySet[Any]:
    """Those that wait for an approval that this person may give: he did not have them in hand last,
    has not approved them already, and has the right for their amount; without a person all."""
    waiting = rows.filter(FOR_PEOPLE, reason__in=TO_APPROVE)
    last = last_hands().filter(record=OuterRef("pk")).values("actor")[:1]
    mine: QuerySet[Any] = waiting.annotate(last_hand=Coalesce(Subquery(last), Value("")))
    if not actor:
        return mine
    large = approves_large(actor)
    if large is not None:
        mine = mine.filter(~Q(approval_takes=Who.HIGHER) | Q(integration__in=large))
    given = Q(approval_takes=Who.TWO, approvals__contains=[{"by": actor}])
    return mine.exclude(given).exclude(last_hand=actor)


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
    approval_takes = models.CharField(
        max_length=10, choices=Who, blank=True, help_text="while it waits for an approval"
    )
    approvals = models.JSONField(
        default=list, blank=True, help_text="by whom, of which entry, with the higher right or not"
    )

    class Meta:
        abstract = True

    if TYPE_CHECKING:
        state: Any
        reason: Any
        integration: Any
        integration_id: int
        flow: Any
        project: Any
        posted_digest: Any
        destination_id: Any
        destination_kind: Any
        destination_status: Any
        in_doubt_since: Any
        intent_at: Any
        approved_digest: Any

        def get_state_display(self) -> str: ...

        @property
        def entry(self) -> dict[str, Any]: ...

        def journal(self, actor: str = "") -> RecordJournal: ...

        def _locked(self) -> Any: ...

        def _pend(self, actor: str, verb: str, sentence: str, **fields: Any) -> bool: ...

    @property
    def is_draft(self) -> bool:
        """As `AS_DRAFT` asks the database."""
        left = self.state == "posted" and self.destination_status in UNPOSTED
        return left and self.destination_kind != PURCHASE_ORDER

    @property
    def is_gone(self) -> bool:
        """As `NOT_THERE` asks the database."""
        return bool(self.state == "posted" and self.destination_status in LEFT)

    @property
    def state_shown(self) -> str:
        """What people have to post in the ledger themselves is not shown as posted, nor what was
        cancelled there; nor as held what only a flow in shadow mode holds."""
        if self.state == "held" and self.in_shadow:
            return "Shadow"
        if self.is_draft:
            return "Draft"
        return "No longer there" if self.is_gone else self.get_state_display()

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
        if self.approval_takes == Who.HIGHER and not may_approve_large(actor, self.integration_id):
            return "It takes the right to approve large documents."
        if self.approval_takes == Who.TWO and actor in self.approvers(entry_digest(self.entry)):
            return f"{actor} has approved it already: it takes another person, too."
        return ""

    def given(self, proof: str) -> list[dict[str, Any]]:
        """The approvals of exactly this entry."""
        return [one for one in self.approvals if one["digest"] == proof]

    def approvers(self, proof: str) -> list[str]:
        return [one["by"] for one in self.given(proof)]

    @property
    def half_approved_by(self) -> str:
        """Who has approved what waits for a second person."""
        if self.state != "held" or self.approval_takes != Who.TWO:
            return ""
        return ", ".join(self.approvers(entry_digest(self.entry)))

    def is_approved(self, proof: str, who: Who) -> bool:
        """By as many as it takes, and with the right that it takes."""
        if who == Who.ONE:
            return bool(self.approved_digest == proof)
        return bool(self.approved_digest == proof) and enough(self.given(proof), who)

    @transaction.atomic
    def approve(self, actor: str) -> bool:
        """Let exactly this content be posted, once all have agreed whom it takes. False: this
        person may not, a worker has it, or it is another content by now."""
        self._locked()
        proof = entry_digest(self.entry)
        names = ("state", "reason", "proposed", "coded", "approvals", "approval_takes")
        self.refresh_from_db(fields=names)
        if self.why_not_approve(actor) or entry_digest(self.entry) != proof:
            return False
        higher = may_approve_large(actor, self.integration_id)
        mine = {"by": actor, "digest": proof, "higher": higher}
        given = [*(one for one in self.given(proof) if one["by"] != actor), mine]
        if enough(given, Who(self.approval_takes or Who.ONE)):
            by = ", ".join(one["by"] for one in given)
            facts = {"approvals": given, "approved_by": by, "approved_digest": proof}
            done = self._pend(actor, "approve", f"Approved by {by}", **facts)
            self.refresh_from_db(fields=names)
            return done
        type(self)._default_manager.filter(pk=self.pk).update(approvals=given)
        self.approvals = given
        said = f"Approved by {actor}; it takes another person, too"
        self.journal(actor).append(Entry.Kind.PERSON, said, {"verb": "approve"})
        return True

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
