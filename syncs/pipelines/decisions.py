"""What people set on a board, into the ledger: first dimensions, then the decision.

A webhook or a poll only says which item; the item is read again before anything is done. What the
ledger refuses does not stay green: the approval shows the label for that, an update says why.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from typing import Any

from django.utils import timezone

from audit.models import Entry
from connections.boards import Decision
from connections.documents import DecisionWay
from connections.errors import GoesOn, NeedsPerson, NotForOtherSide, Reason, Refused
from mappings.boards.vocabulary import DECISION
from mappings.models import StatusRule
from syncs.coding import shapes
from syncs.coding.shapes import Decided, decided_of
from syncs.flow import Context
from syncs.ingest.noting import pend
from syncs.models import Record
from syncs.pipelines.cases import Case, by_board, case_of, read_documents
from syncs.pipelines.engine import GateShut, ending, in_hand
from syncs.pipelines.item_values import Deciding, set_dimensions
from syncs.pipelines.outcomes import (
    ACTS,
    Meaning,
    intended,
    journal,
    natural_key,
    not_done,
    say,
    unanswered,
)
from syncs.pipelines.write import Intent, review, write


def carry(context: Context, flow: Deciding, records: list[Record]) -> None:
    """One read of the items, one of each board, one of the documents of each kind."""
    context.about(None)
    with context.board_system.urgent():
        items = {one.id: one for one in context.board_system.items([r.source_id for r in records])}
        for view, mine in by_board(context, records):
            documents = read_documents(context, view, mine)
            for record in mine:
                with ending(in_hand(context, record)):
                    decide(context, flow, case_of(context, view, record, items, documents))


def decide(context: Context, flow: Deciding, case: Case) -> None:
    """Dimensions go first, where the document takes any; what opens it again goes before them."""
    rule = rule_of(case)
    moved = set_dimensions(context, flow, case, rule)
    if rule is None or rule.meaning not in ACTS:
        undecided(case, rule, moved)
    else:
        act(context, case, rule)


def rule_of(case: Case) -> StatusRule | None:
    """What the label means; None where none is set. Raises NeedsPerson for one without meaning."""
    rule = case.view.rules.get(case.approval())
    if rule is None and case.approval():
        known = case.view.label_text(case.view.must(DECISION), case.approval())
        raise NeedsPerson(
            Reason.SETTINGS,
            f"The label “{known}” of board “{case.view.board.name}” has no meaning yet: say under "
            "“What labels mean” what it does.",
            label=case.approval(),
        )
    return rule


def undecided(case: Case, rule: StatusRule | None, moved: str) -> None:
    before = decided_of(case.record)
    if case.record.in_doubt_since is not None and before.label:
        raise NeedsPerson(
            Reason.DIFFERS,
            f"The ledger's answer to “{before.label}” was lost, and the label was changed since. "
            f"Look at {case.known} in the ledger, then set the label that is right.",
        )
    if rule and rule.meaning == Meaning.REFUSED and before.refused:
        raise NeedsPerson(Reason.REFUSED, before.refused)
    if moved:
        finish(case, moved)
        return
    if case.record.posted_digest:
        finish(case, before.outcome or "Nothing new was decided.")
        return
    raise NotForOtherSide("Nobody decided yet.")


# -- the decision --------------------------------------------------------------------------


def act(context: Context, case: Case, rule: StatusRule) -> None:
    column = case.view.must(DECISION)
    who = context.board_system.decision(case.view.board.id, case.item.id, column.id)
    text, coded = case.view.label_text(column, rule.label_id), decided_of(case.record)
    if outcome := done_before(coded, rule, who):
        tell_outcome(context, case, coded, outcome)
        return
    if who and who.ours:
        raise NotForOtherSide(f"“{text}” was set by the connector itself.")
    way, why = way_of(context, rule)
    if not (unanswered(case.record) and same_label(coded, rule)):
        coded = Decided(
            str(Meaning(rule.meaning).value), text, rule.label_id,
            by=who.person if who else "unknown", at=who.at.isoformat() if who else "",
            way=way.label if way else "",
        )  # fmt: skip
        journal(case, f"“{text}” was set by {by_words(coded)}.", shapes.pack(coded))
        review(context, case.record, decided(case, coded))
    try:
        outcome = carry_out(context, case, rule, coded, way, why)
    except GateShut:
        raise
    except (NeedsPerson, Refused) as error:
        not_done(context, case, coded, error, proof_of(case, coded), rule)
        raise
    tell_outcome(context, case, decided_of(case.record), outcome)


def decided(case: Case, coded: Decided) -> Intent:
    return intended(case, coded, proof_of(case, coded), f"“{coded.label}” by {coded.by}")


def same_label(coded: Decided, rule: StatusRule) -> bool:
    return (coded.label_id, coded.decision) == (rule.label_id, rule.meaning)


def done_before(coded: Decided, rule: StatusRule, who: Decision | None) -> str:
    """The outcome of exactly this decision. The same label set later is another one.

    A log that lags, or reaches back no more, makes no decision anew.
    """
    if not (same_label(coded, rule) and coded.outcome):
        return ""
    fresh = who is not None and who.at > dt.datetime.fromisoformat(coded.done_at)
    return "" if fresh else coded.outcome


def by_words(coded: Decided) -> str:
    if not coded.at:
        return "somebody (no log reaches back)"
    at = dt.datetime.fromisoformat(coded.at)
    return f"{coded.by} at {at:%Y-%m-%d %H:%M} UTC"


def proof_of(case: Case, coded: Decided) -> str:
    """The same label that was set anew is a new decision."""
    said = [case.item.id, coded.label_id, coded.decision, coded.at]
    return hashlib.sha256("|".join(said).encode()).hexdigest()


def carry_out(
    context: Context, case: Case, rule: StatusRule, coded: Decided,
    way: DecisionWay | None, why: NeedsPerson,
) -> str:  # fmt: skip
    """What the ledger did, in words. Asked again after a cut answer, it does nothing twice."""
    if case.document is None:
        raise NeedsPerson(
            Reason.DELETED_AT_SOURCE,
            f"{case.known} is not in the ledger's open documents any more.",
        )
    if way is None:
        raise GateShut(why.reason, why.sentence, **why.detail) if unanswered(case.record) else why
    one_level(case, rule)
    still_so(context, case)
    note = f"{coded.by} {coded.at}".strip()
    about = f"{rule.get_meaning_display()}: {case.known}"
    with write(context, case.record, decided(case, coded)) as known:
        outcome = context.decidable_ledger.decide(
            way.name, rule.meaning, case.document, note, about
        )
        done_at = timezone.now().isoformat()
        done = dataclasses.replace(coded, outcome=outcome, done_at=done_at, refused="")
        known["coded"] = shapes.pack(done)
    return outcome


def one_level(case: Case, rule: StatusRule) -> None:
    """Approved by several: whether a lost answer was one approver's yes cannot be told."""
    pending = case.document is not None and case.document.status == "pending_approval"
    if unanswered(case.record) and rule.meaning == Meaning.APPROVE and pending:
        case.record.end_write()
        raise NeedsPerson(
            Reason.DIFFERS,
            f"The ledger's answer to the approval of {case.known} was lost. It still waits for an "
            "approver: perhaps for the next one. Look there; replay only if nobody approved yet.",
        )


def still_so(context: Context, case: Case) -> None:
    """Just before the write: somebody may have taken the decision back meanwhile."""
    now = context.board_system.items([case.item.id])
    column = case.view.must(DECISION)
    if not now or now[0].cells.get(column.id) != case.item.cells.get(column.id):
        at = timezone.now()
        raise GoesOn(f"The approval of {case.known} was changed just now; it is read again.", at)


def tell_outcome(context: Context, case: Case, coded: Decided, outcome: str) -> None:
    """On the item, and where the document is shown. Safe to call twice."""
    proof = proof_of(case, coded)
    if case.record.posted_digest != proof:
        said = f"{outcome} ({coded.label}, {by_words(coded)})"
        say(context, case, said, f"done|{proof}")
        why = f"Decided on the board: {coded.label}."
        pend([case.shown.pk], why, forget=True)
    finish(case, outcome, posted_digest=proof)


def way_of(context: Context, rule: StatusRule) -> tuple[DecisionWay | None, NeedsPerson]:
    """The way that finance chose, or the best that the site offers; why there is none."""
    ways = context.decidable_ledger.decision_ways()
    fit = [way for way in ways if rule.meaning in way.decisions]
    usable = [way for way in fit if way.available and rule.way in ("", way.name)]
    why = "; ".join(f"{way.label}: {way.why}" for way in fit if rule.way in ("", way.name))
    return next(iter(usable), None), NeedsPerson(
        Reason.SETTINGS,
        f"The ledger offers no way to carry out “{rule.get_meaning_display()}”. {why}".strip(),
        label=rule.label_id,
    )


def finish(case: Case, outcome: str, **facts: Any) -> None:
    facts.setdefault("posted_digest", case.record.posted_digest or "dimensions")
    case.record.journal().append(Entry.Kind.READ_BACK, outcome)
    case.record.finish(
        outcome, destination_kind="decision", destination_status="posted",
        destination_id=case.shown.source_id, destination_number=case.shown.number[:100],
        destination_url=case.shown.source_url, natural_key=natural_key(case), **facts,
    )  # fmt: skip
