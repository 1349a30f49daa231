"""Dimension values that people set on an item, into the document that it shows."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import NoReturn, Protocol

from django.db import transaction

from connections.errors import NeedsPerson, Reason, Refused
from mappings.boards.vocabulary import DECISION, DIMENSION
from mappings.models import StatusRule
from syncs.coding import shapes
from syncs.coding.shapes import decided_of, item_of
from syncs.coding.snapshot import entry_digest
from syncs.coding.to_board import code_of, label, value_names
from syncs.coding.to_ledger import Problem
from syncs.flow import Context
from syncs.ingest.noting import pend
from syncs.ingest.reference_data import refresh_values
from syncs.models import Record
from syncs.pipelines import to_board
from syncs.pipelines.cases import Case
from syncs.pipelines.engine import GateShut
from syncs.pipelines.outcomes import ACTS, OPENING, intended, journal, not_done, say, unanswered
from syncs.pipelines.write import review, tell, write


class Deciding(Protocol):
    """What is asked of a flow that brings decisions into a ledger."""

    def told(self, context: Context, problems: list[Problem]) -> list[Problem]:
        """What the ledger lacks, in words that say who makes it."""


def set_dimensions(context: Context, flow: Deciding, case: Case, rule: StatusRule | None) -> str:
    """Values that people changed on the board, into the document. Returns what was done."""
    texts = changed_texts(case)
    if not texts:
        forget(case)
        return ""
    if case.document is None or case.document.status != "draft":
        shown = {code: ", ".join(map(code_of, several)) for code, several in texts.items()}
        return not_taken(context, case, rule, words_of(shown))
    if problems := lacking(context, case, texts):
        not_known(context, case, rule, texts, flow.told(context, problems))
    changed = {code: case.view.value_of(code, several[0]) if several else ""
               for code, several in texts.items()}  # fmt: skip
    before, words = decided_of(case.record), words_of(changed)
    refused = "" if before.told else before.refused
    coded = dataclasses.replace(before, dimensions=changed, refused=refused, told="")
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
        told = dataclasses.replace(coded, told=error.sentence)
        not_done(context, case, told, error, entry_digest(changed), rule)
        raise
    remember(context, case, changed)
    done = f"{case.known} has {words} in the ledger now."
    if before.told:
        say(context, case, done, f"mended|{entry_digest(changed)}")
    return done


def forget(case: Case) -> None:
    """The item shows again what it did before somebody named what the ledger did not take."""
    before = decided_of(case.record)
    if before.told:
        known = dataclasses.replace(before, dimensions={}, refused="", told="")
        case.record.keep(coded=shapes.pack(known))


def words_of(values: dict[str, str]) -> str:
    return ", ".join(f"{code} {value or 'none'}" for code, value in sorted(values.items()))


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


def changed_texts(case: Case) -> dict[str, list[str]]:
    """By dimension code: what the board shows now and did not show when we wrote it."""
    return {
        code: case.view.texts(column, case.item)
        for code, column in case.view.dimensions().items()
        if to_board.chosen_anew(case.shown, case.view, code, case.item)
    }


def lacking(context: Context, case: Case, texts: dict[str, list[str]]) -> list[Problem]:
    """What does not name one value each. The ledger is asked before that is said of it."""
    found = unknown(case, texts)
    if any("value" in one.facts for one in found) and not case.view.asked:
        refresh_values(context)
        case.view.asked = True
        found = unknown(case, texts)
    return found


def unknown(case: Case, texts: dict[str, list[str]]) -> list[Problem]:
    """An emptied cell names none, which is no problem."""
    found = []
    for code, several in sorted(texts.items()):
        if len(several) > 1:
            title = case.view.dimensions()[code].title
            words = f"“{case.item.name}” has more than one {title}: choose one on the board."
            found.append(Problem(Reason.DIMENSION, words))
        elif several and not case.view.value_of(code, several[0]):
            [text] = several
            words = f"“{text}”, chosen for {case.known}, is no value of {code} in the ledger."
            facts = {"dimension": code, "value": code_of(text).upper(), "typed": text}
            found.append(Problem(Reason.DIMENSION, words, facts))
    return found


def not_known(
    context: Context, case: Case, rule: StatusRule | None, texts: dict[str, list[str]],
    problems: list[Problem],
) -> NoReturn:  # fmt: skip
    """Told on the item, once for each decision. Where a flow makes the values, that waits."""
    sentence = " ".join(one.sentence for one in problems)
    listed = [one.plain() for one in problems]
    if unanswered(case.record):
        raise GateShut(Reason.DIMENSION, sentence, problems=listed)
    if all(follows(context, one) for one in problems):
        rule = None  # its label stays
    if decided_of(case.record).told != sentence or (rule and rule.meaning in ACTS):
        with suppress(GateShut):  # in shadow mode nobody is told
            tell_lack(context, case, rule, {code: ", ".join(one) for code, one in texts.items()},
                      sentence)  # fmt: skip
    raise NeedsPerson(Reason.DIMENSION, sentence, problems=listed)


def tell_lack(
    context: Context, case: Case, rule: StatusRule | None, shown: dict[str, str], sentence: str
) -> None:
    coded = dataclasses.replace(decided_of(case.record), dimensions=shown)
    label = case.view.label_text(case.view.must(DECISION), case.approval())
    again = f" Then set “{label}” again." if rule and rule.meaning in ACTS else ""
    error = NeedsPerson(Reason.DIMENSION, f"{sentence}{again}")
    not_done(context, case, coded, error, entry_digest(shown | {"": sentence}), rule)
    told = dataclasses.replace(decided_of(case.record), told=sentence)
    case.record.keep(coded=shapes.pack(told))


def follows(context: Context, problem: Problem) -> bool:
    """By itself: a flow that runs brings it."""
    step = problem.facts.get("step", "")
    return bool(step) and not context.settings_of(step).idle


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
