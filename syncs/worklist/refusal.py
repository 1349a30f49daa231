"""An approver says no: the document is sent back with a reason, for whoever can mend it.

It stays so until its source or its mapping changed, or somebody asks for approval again; then it
waits for an approval once more, whatever the flow asks for. What is kept of it ends with the write.
"""

from __future__ import annotations

import datetime as dt
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils import timezone

from audit.models import Entry
from connections.errors import Reason
from connections.pages.moments import day
from connections.transport.days import site_zone
from mappings.pages import words
from syncs.coding.snapshot import MUST_BE_APPROVED, entry_digest
from syncs.controls.bands import Who, may_approve_large
from syncs.worklist.care import TO_APPROVE, Cared

Kept = dict[str, Any]  # by, at, why; the digests of source and mapping; again: by, note


def in_words(kept: Kept) -> str:
    """ann sent it back on Dec 3, 2026: wrong cost code."""
    at = dt.datetime.fromisoformat(kept["at"]).astimezone(site_zone())
    return ended(f"{kept['by']} sent it back on {day(at.date())}: {kept['why']}")


def ended(said: str) -> str:
    """A person's words end a sentence with or without its point."""
    return said if said[-1] in ".!?" else f"{said}."


def mapped_by(rule_versions: Kept, entry: Kept) -> str:
    """Of the rows of the mapping tables; where a flow keeps none, of the entry itself."""
    text = json.dumps(rule_versions, sort_keys=True) if rule_versions else entry_digest(entry)
    return sha256(text.encode()).hexdigest()


class Refusable(Cared):
    """The part of a record that is about a no. Only `Record` is made of it."""

    sent_back = models.JSONField(
        default=dict, blank=True, help_text="by which approver, when and why, until it is written"
    )

    class Meta:
        abstract = True

    if TYPE_CHECKING:
        amount: Any
        currency: Any
        digest: Any
        rule_versions: Any

    def why_not_send_back(self, actor: str) -> str:
        """Empty, or why this person may not. Whoever may approve such a document may, also where
        he had it in hand last or has approved it: a no harms nobody."""
        if self.state != "held" or self.reason not in TO_APPROVE:
            return "It does not wait for an approval."
        if self.approval_takes == Who.HIGHER and not may_approve_large(actor, self.integration_id):
            return "It takes the right to approve large documents."
        return ""

    def refusal(self, entry: Kept) -> str:
        """Why exactly this is not written, while it stays sent back; else empty."""
        kept = self.sent_back
        stays = kept and not kept.get("again") and not self.changed_since(entry)
        return in_words(kept) if stays else ""

    def changed_since(self, entry: Kept) -> str:
        """What changed since it was sent back, in a sentence; empty for nothing."""
        if self.sent_back["digest"] != self.digest:
            return "It changed in its source since then."
        if self.sent_back["mapped"] != mapped_by(self.rule_versions, entry):
            return "Its mapping changed since then."
        return ""

    def after_refusal(self, entry: Kept) -> str:
        """For whoever approves it after all: who had sent it back and why, and what was done."""
        again = self.sent_back.get("again")
        asked = ended(f"{again['by']} asked for approval again: {again['note']}") if again else ""
        return f"{in_words(self.sent_back)} {asked or self.changed_since(entry)}"

    @transaction.atomic
    def send_back(self, actor: str, why: str) -> bool:
        """Held for this reason; what others had approved of it is void. False: this person may
        not, a worker has it, or it is another content by now."""
        self._locked()
        proof, names = entry_digest(self.entry), ("state", "reason", "proposed", "coded", "digest")
        self.refresh_from_db(
            fields=[*names, "approvals", "approval_takes", "approved_digest", "rule_versions"]
        )
        if self.why_not_send_back(actor) or entry_digest(self.entry) != proof:
            return False
        void = self.approvers(proof)
        now = timezone.now()
        self.sent_back = {
            "by": actor, "at": now.isoformat(), "why": why, "digest": self.digest,
            "mapped": mapped_by(self.rule_versions, self.entry),
        }  # fmt: skip
        said, kept = in_words(self.sent_back), self.approved_digest == MUST_BE_APPROVED
        facts: Kept = {
            "reason": Reason.SENT_BACK, "sentence": said, "sent_back": self.sent_back,
            "problems": [{"reason": str(Reason.SENT_BACK), "sentence": said}], "approvals": [],
            "approved_by": "", "approved_digest": MUST_BE_APPROVED if kept else "",
            "run_at": None, "changed_at": now,
        }  # fmt: skip
        type(self)._default_manager.filter(pk=self.pk).update(**facts)
        vars(self).update(facts)
        self.journal(actor).append(Entry.Kind.PERSON, *self.told(actor, why, void))
        return True

    def told(self, actor: str, why: str, void: list[str]) -> tuple[str, Kept]:
        """The line of the journal: who, why, of how much, and whose approval is void."""
        code = self.currency or words.currency_of(self.integration.ledger)
        worth = "" if self.amount is None else f", {words.money(self.amount, code)}"
        ends = f" The approval of {', '.join(void)} is void." if void else ""
        said = ended(f"Sent back by {actor}{worth}: {why}")
        return said + ends, {
            "verb": "send_back", "state": "held", "reason": str(Reason.SENT_BACK), "why": why,
            "amount": self.amount, "currency": code, "void": void,
        }  # fmt: skip

    @transaction.atomic
    def ask_again(self, actor: str, note: str) -> bool:
        """It waits for an approval again, as it is then. False: it is not sent back any more."""
        self._locked()
        self.refresh_from_db(fields=["state", "reason", "sent_back"])
        if self.state != "held" or self.reason != Reason.SENT_BACK:
            return False
        kept = {**self.sent_back, "again": {"by": actor, "note": note}}
        said = f"Approval asked for again: {note}"
        done = self._pend(actor, "ask_again", said, sent_back=kept)
        self.refresh_from_db(fields=["state", "reason", "sent_back"])
        return done
