"""What a person may do with a record: who, when, and which of its methods does it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.db.models import QuerySet

from connections.companies.access import who_see
from connections.errors import Reason
from connections.pages.moments import when
from syncs.models import FixRequest, Record, State
from syncs.reconciliation.corrections import has_difference, post_difference
from syncs.registry import REGISTRY
from syncs.worklist.care import TO_APPROVE, last_decision

User = AbstractBaseUser | AnonymousUser | PermissionsMixin
DIFFERENCES = (
    Reason.CHANGED_AFTER_POSTING, Reason.DELETED_AT_SOURCE, Reason.DIFFERS, Reason.LOCKED,
)  # fmt: skip
BUSY = "A worker has this record now. Try again in a moment; nothing was changed."


@dataclasses.dataclass(frozen=True)
class Verb:
    """One button. `do` gets the record, the person and the text, and says whether it was done."""

    name: str
    label: str
    permission: str
    done: str
    fits: Callable[[Record], bool]
    do: Callable[[Record, str, str], bool]
    asks: str = ""  # what the person has to write; empty: nothing
    must_have_seen: bool = False  # exactly what the page showed is what it is about
    said: Callable[[Record], str] = lambda record: ""  # what is told in place of `done`

    def allowed(self, user: User) -> bool:
        return bool(user.has_perm(f"syncs.{self.permission}"))  # type: ignore[union-attr]


def replayable(record: Record) -> bool:
    return record.state != State.RUNNING


def approvable(record: Record) -> bool:
    return record.state == State.HELD and record.reason in TO_APPROVE


def is_sent_back(record: Record) -> bool:
    return record.state == State.HELD and record.reason == Reason.SENT_BACK


def send_back(record: Record, actor: str, text: str) -> bool:
    """Who had asked that it be approved gets the no as an answer."""
    done = record.send_back(actor, text)
    if done:
        FixRequest.refuse_approval(record, actor, text)
    return done


def half_approved(record: Record) -> str:
    """Where another person has to approve it, too."""
    by = record.half_approved_by
    return f"Approved by {by}. It is posted once another person has approved it, too." if by else ""


def can_be_set_aside(record: Record) -> bool:
    """What stands in the ledger by us is not set aside: its difference is decided about."""
    return not record.posted_digest and record.state in (State.HELD, State.PENDING, State.SKIPPED)


def linkable(record: Record) -> bool:
    """Documents only, and only before we posted one ourselves."""
    flow = REGISTRY.get(record.integration.key, {}).get(record.flow)
    if flow is not None and not flow.links:
        return False
    is_document = "lines" in record.source or not record.source
    states = (State.HELD, State.PENDING, State.SKIPPED, State.SET_ASIDE)
    whole = record.revision == 1  # nobody typed our difference
    return is_document and whole and not record.posted_digest and record.state in states


def cared_for(record: Record) -> bool:
    """What still waits for something can have somebody who looks after it."""
    return record.state in (State.HELD, State.IN_DOUBT, State.PENDING)


def colleagues(record: Record) -> QuerySet[Any]:
    """Who can sign in here and sees its company."""
    staff = get_user_model().objects.filter(is_active=True, is_staff=True)
    return staff.filter(who_see(record.integration_id)).distinct()


def assign(record: Record, actor: str, text: str) -> bool:
    """To a colleague. Raises ValueError for a name that is none."""
    if not colleagues(record).filter(username=text).exists():
        raise ValueError(f"Nobody here is called “{text}”. Nothing was changed.")
    return record.assign(actor, text)


def differs(record: Record) -> bool:
    """And nothing is on its way that settles it."""
    moving = any(facts.get("other") for facts in record.problems)
    return record.state == State.HELD and record.reason in DIFFERENCES and not moving


VERBS = {
    verb.name: verb
    for verb in (
        Verb(
            "replay", "Replay", "replay_record", "It will be tried again now.",
            replayable, lambda record, actor, text: record.replay(actor),
        ),
        Verb(
            "approve", "Approve", "approve_record", "Approved: it will be posted as shown.",
            approvable, lambda record, actor, text: record.approve(actor), must_have_seen=True,
            said=half_approved,
        ),
        Verb(
            "send_back", "Send back", "approve_record",
            "Sent back: it is held with your reason, and nothing of it is posted.",
            approvable, send_back, asks="Reason", must_have_seen=True,
        ),
        Verb(
            "ask_again", "Ask for approval again", "replay_record",
            "It is read again, and waits for an approval as it is then.",
            is_sent_back, lambda record, actor, text: record.ask_again(actor, text),
            asks="What was done about it",
        ),
        Verb(
            "set_aside", "Set aside", "set_aside_record", "Set aside: we will not post it.",
            can_be_set_aside, lambda record, actor, text: record.set_aside(actor, text),
            asks="Reason",
        ),
        Verb(
            "link", "It is already there", "set_aside_record",
            "It will be looked up by that number, and the document linked to it.",
            linkable, lambda record, actor, text: record.link(actor, text),
            asks="Number on the other side",
        ),
        Verb(
            "accept", "Accept the difference", "approve_record",
            "Accepted: the ledger stays as it is.",
            differs, lambda record, actor, text: record.accept(actor, text),
            asks="Reason", must_have_seen=True,
        ),
        Verb(
            "post_difference", "Post the difference", "approve_record",
            "The difference will be posted as a document of its own.",
            has_difference,
            lambda record, actor, text: bool(post_difference(record, actor)), must_have_seen=True,
        ),
        Verb(
            "take", "Take it", "assign_record", "It is yours now.",
            cared_for, lambda record, actor, text: record.assign(actor, actor),
        ),
        Verb(
            "assign", "Assign", "assign_record", "Assigned.", cared_for, assign, asks="User name",
        ),
        Verb(
            "leave", "Give it back", "assign_record", "Nobody looks after it now.",
            lambda record: bool(record.owner), lambda record, actor, text: record.assign(actor, ""),
        ),
        Verb(
            "note", "Keep the note", "assign_record", "The note stands on the record.",
            lambda record: True, lambda record, actor, text: record.write_note(actor, text),
            asks="Note",
        ),
    )
}  # fmt: skip


def seen(record: Record) -> str:
    """A token for what a page showed: source, entry and state. Changed since: another token."""
    shown = [record.pk, record.state, record.reason, record.digest, record.entry]
    text = json.dumps(shown, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def why_not(verb: Verb, record: Record, actor: str, text: str, token: str) -> str:
    """Empty, or the sentence that refuses. Permission is asked before."""
    if record.state == State.RUNNING:
        return BUSY
    if not verb.fits(record):
        said = f"“{verb.label}” does not fit a record that is {record.get_state_display().lower()}."
        return f"{said} {decided(record)}".rstrip()
    if verb.asks and not text:
        return f"{verb.asks} is required. Nothing was changed."
    if verb.must_have_seen and token != seen(record):
        return "The record changed since you opened the page. Look at it again; nothing was done."
    return why_not_this_person(verb, record, actor)


def why_not_this_person(verb: Verb, record: Record, actor: str) -> str:
    """Of a yes or a no: empty, or what keeps this one from it."""
    if verb.name == "send_back":
        return record.why_not_send_back(actor)
    return record.why_not_approve(actor) if verb.name == "approve" else ""


def decided(record: Record) -> str:
    """What was decided of it last: somebody else may have been faster."""
    last = last_decision(record.pk)
    return f"Decided last: “{last.sentence}” ({last.actor}, {when(last.at)})." if last else ""


def perform(verb: Verb, record: Record, actor: str, text: str) -> str:
    """Does it. Empty, or why it was not done."""
    try:
        return "" if verb.do(record, actor, text) else too_late(record)
    except ValueError as error:
        return str(error)


def too_late(record: Record) -> str:
    """A worker, or another person, had it in the same moment."""
    now = Record.objects.filter(pk=record.pk).values_list("state", flat=True).first()
    if now == State.RUNNING:
        return BUSY
    return f"Somebody was faster; nothing was changed. {decided(record)}".rstrip()
