"""What is kept and told of a decision: in the journal, on the item, in the record."""

from __future__ import annotations

import dataclasses
from typing import Any

from audit.models import Entry
from connections.errors import ConnectorError
from mappings.boards.vocabulary import DECISION
from mappings.models import StatusRule
from syncs.coding import shapes
from syncs.coding.shapes import Decided
from syncs.flow import Context
from syncs.models import Record
from syncs.pipelines.cases import Case
from syncs.pipelines.write import Intent, tell

Meaning = StatusRule.Meaning
ACTS = (Meaning.RELEASE, Meaning.REOPEN, Meaning.APPROVE, Meaning.REJECT, Meaning.POST)
OPENING = (Meaning.REOPEN, Meaning.REJECT)  # afterwards the document takes changes again


def unanswered(record: Record) -> bool:
    """A decision was sent to the ledger, and nobody knows what became of it."""
    return record.in_doubt_since is not None or record.intent_at is not None


def intended(case: Case, coded: Decided, proof: str, words: str) -> Intent:
    return Intent(coded, proof, natural_key(case), case.record.amount, f"{words} ({case.known})")


def not_done(
    context: Context, case: Case, coded: Decided, error: ConnectorError, proof: str,
    rule: StatusRule | None,
) -> None:  # fmt: skip
    """On the board it does not stay as if it had been done."""
    case.record.end_write()
    case.record.keep(coded=shapes.pack(dataclasses.replace(coded, refused=error.sentence)))
    say(context, case, f"Not done in the ledger: {error.sentence}", f"refused|{proof}")
    shown = case.view.label_meaning(Meaning.REFUSED)
    if shown and rule and rule.meaning in ACTS:
        about = f"Show that the ledger refused {case.known}"
        cells = {case.view.must(DECISION).id: shown}
        with tell(context, case.record, "the refusal"):
            context.board_system.change_item(case.view.board.id, case.item.id, cells, about)
        case.record.keep(source_stamp="")  # the same label set anew is news


def say(context: Context, case: Case, text: str, key: str) -> None:
    """Once: what was perhaps said by an earlier try is looked for."""
    if case.tried and context.board_system.has_said(case.item.id, text):
        return
    about = f"Tell the outcome on {case.item.name}"
    with tell(context, case.record, "an update on the item"):
        context.board_system.say(case.item.id, text, about, f"{case.record.pk}|{key}"[:200])


def journal(case: Case, sentence: str, data: dict[str, Any] | None = None) -> None:
    case.record.journal().append(Entry.Kind.NOTED, sentence, data or {})


def natural_key(case: Case) -> str:
    return f"decision|{case.item.id}"
