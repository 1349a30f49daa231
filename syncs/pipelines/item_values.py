"""Dimension values that people set on an item, into the document that it shows."""

from __future__ import annotations

import dataclasses

from django.db import transaction

from connections.errors import NeedsPerson, Refused
from mappings.boards.vocabulary import DIMENSION
from mappings.models import StatusRule
from syncs.coding import shapes
from syncs.coding.shapes import decided_of, item_of
from syncs.coding.snapshot import entry_digest
from syncs.coding.to_board import label, value_names
from syncs.flow import Context
from syncs.ingest.noting import pend
from syncs.models import Record
from syncs.pipelines import to_board
from syncs.pipelines.cases import Case
from syncs.pipelines.engine import GateShut
from syncs.pipelines.outcomes import OPENING, intended, journal, not_done, say
from syncs.pipelines.write import review, tell, write


def set_dimensions(context: Context, case: Case, rule: StatusRule | None) -> str:
    """Values that people changed on the board, into the document. Returns what was done."""
    changed = changed_values(case)
    if not changed:
        return ""
    words = ", ".join(f"{code} {value or 'none'}" for code, value in sorted(changed.items()))
    if case.document is None or case.document.status != "draft":
        return not_taken(context, case, rule, words)
    coded = dataclasses.replace(decided_of(case.record), dimensions=changed)
    intent = intended(case, coded, entry_digest(changed), words)
    review(context, case.record, intent)
    journal(case, f"Set on the board: {words}.")
    try:
        with write(context, case.record, intent):
            context.decidable_ledger.set_dimensions(
                case.document, changed, f"Set {words} on {case.known}"
            )
    except GateShut:
        raise
    except (NeedsPerson, Refused) as error:
        not_done(context, case, coded, error, entry_digest(changed), rule)
        raise
    remember(context, case, changed)
    return f"{case.known} has {words} in the ledger now."


def not_taken(context: Context, case: Case, rule: StatusRule | None, words: str) -> str:
    """A document that is not open takes no dimensions: put back, unless it is being opened."""
    if rule and rule.meaning in OPENING:
        case.record.keep(source_stamp="")  # looked at again when it is open
        return ""
    put_back(context, case, words)
    status = case.document.status.replace("_", " ") if case.document else "gone"
    why = f"{case.known} is {status} in the ledger"
    say(context, case, f"{why}: {words} was put back.", f"back|{words}")
    return f"{why}; on the board {words} was put back."


def changed_values(case: Case) -> dict[str, str]:
    """By dimension code: what the board shows now and did not show when we wrote it."""
    return {
        code: case.view.chosen(code, column, case.item)
        for code, column in case.view.dimensions().items()
        if to_board.chosen_anew(case.shown, case.view, code, case.item)
    }


def remember(context: Context, case: Case, changed: dict[str, str]) -> None:
    """Both sides agree now: what the board shows is no person's change any more."""
    names, columns = value_names(context), case.view.dimensions()
    with transaction.atomic():
        row = Record.objects.select_for_update().get(pk=case.shown.pk)
        shown = item_of(row)
        facts, chosen = dict(shown.facts), dict(shown.chosen)
        for code, value in changed.items():
            text = label(value, names.get((code, value), "")) if value else ""
            facts[f"{DIMENSION}{code}"] = text
            chosen[columns[code].id] = to_board.stored(case.item.cells.get(columns[code].id))
        known = shapes.pack(dataclasses.replace(shown, facts=facts, chosen=chosen))
        Record.objects.filter(pk=row.pk).update(coded=known, changed_while_running=True)
    pend([case.shown.pk], "Its dimensions were changed on the board.", forget=True)


def put_back(context: Context, case: Case, words: str) -> None:
    """As the ledger has it."""
    before = item_of(case.shown).facts
    codes = [code for code in case.view.dimensions()
             if to_board.chosen_anew(case.shown, case.view, code, case.item)]  # fmt: skip
    facts = {f"{DIMENSION}{code}": before.get(f"{DIMENSION}{code}", "") for code in codes}
    with tell(context, case.record, f"that {words} is put back"):
        case.view.make_labels(facts)
        cells, about = case.view.cells(facts), f"Put dimensions of {case.known} back"
        context.board_system.change_item(case.view.board.id, case.item.id, cells, about)
    case.record.keep(source_stamp="")  # the same value chosen anew is news
