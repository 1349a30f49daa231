"""What is wrong with a laid-out board now, in sentences; needs the board, asks nobody."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Mapping

from django.utils import timezone

from connections.boards import Board, Column
from connections.errors import NotFound
from connections.roles import BoardSystem
from mappings.boards.columns import MAPPED, TROUBLE, dimensions_of, survey
from mappings.boards.rules import stored_rules
from mappings.boards.vocabulary import DECISION, LEDGER_STATUSES, POSTING_STATUS
from mappings.models import BoardLayout, StatusRule

Meaning = StatusRule.Meaning
NEARLY_FULL = 90  # percent of the items that the platform takes
STAMP_AGAIN = dt.timedelta(hours=6)  # each stored check is a row of history
AGAIN = "Set the board up again"


@dataclasses.dataclass
class Findings:
    """Problems need somebody; hints are good to know."""

    problems: list[str] = dataclasses.field(default_factory=list)
    hints: list[str] = dataclasses.field(default_factory=list)


def check(system: BoardSystem, layout: BoardLayout) -> list[str]:
    """One call. What is wrong, stored with the moment; [] means ready.

    Raises what reading raises, but for a board that is gone: that is what was asked.
    """
    try:
        board = system.board(layout.board_id)
    except NotFound:
        return store(layout, [gone(layout)])
    return check_board(layout, board)


def check_board(layout: BoardLayout, board: Board) -> list[str]:
    """The same of a board that was read already."""
    return store(layout, findings(layout, board).problems)


def store(layout: BoardLayout, problems: list[str], always: bool = False) -> list[str]:
    """When something changed; else a few times a day, or when a person asked."""
    now = timezone.now()
    stale = layout.checked_at is None or layout.checked_at < now - STAMP_AGAIN
    if layout.pk and (always or stale or layout.problems != problems):
        layout.problems, layout.checked_at = problems, now
        BoardLayout.objects.filter(pk=layout.pk).update(problems=problems, checked_at=now)
    return problems


def gone(layout: BoardLayout) -> str:
    return (
        f"The board “{layout.board_name or layout.board_id}” is gone, or the connection's user "
        "cannot see it. Bring it back or share it with that user, or set up another board."
    )


def findings(layout: BoardLayout, board: Board) -> Findings:
    """Everything about the board, its columns and its labels."""
    found = Findings()
    if board.unusable or not board.active:
        why = board.unusable or "It is archived. Restore it, or set up another board."
        found.problems.append(f"The board “{board.name}” cannot be used: {why}")
        return found
    look_at_columns(layout, board, found)
    look_at_statuses(layout, board.column(layout.columns.get(POSTING_STATUS, "")), found)
    look_at_rules(layout, board.column(layout.columns.get(DECISION, "")), found)
    look_at_room(board, found)
    return found


def look_at_columns(layout: BoardLayout, board: Board, found: Findings) -> None:
    known = dimensions_of(layout.integration)
    mapped: Mapping[str, str] = layout.columns or {"": ""}
    for row in survey(board, layout.kind, known, mapped):
        if row.state in TROUBLE:
            found.problems.append(f"{row.sentence} {AGAIN}.")
        elif row.fact.required and row.state != MAPPED:
            found.problems.append(f"No column shows “{row.fact.title}”, which is needed. {AGAIN}.")


def look_at_statuses(layout: BoardLayout, column: Column | None, found: Findings) -> None:
    """Each of the ledger's statuses has a label that can be set."""
    if column is None or column.archived:
        return  # said with the columns
    active = {label.id for label in column.labels if label.active}
    lost = [text for status, text in LEDGER_STATUSES.items()
            if layout.statuses.get(status) not in active]  # fmt: skip
    if lost:
        found.problems.append(
            f"The column “{column.title}” has no label for {listed(lost)} (gone or deactivated). "
            f"{AGAIN}, which adds what is missing."
        )


def look_at_rules(layout: BoardLayout, column: Column | None, found: Findings) -> None:
    """Who decides what by which label."""
    if column is None or column.archived:
        return
    rules = stored_rules(layout)
    labels = {label.id: label for label in column.labels}
    active = {id for id, label in labels.items() if label.active}
    for rule in rules.values():
        if rule.label_id not in active and rule.meaning != Meaning.NOTHING:
            state = "deactivated" if rule.label_id in labels else "gone"
            found.problems.append(
                f"The label “{rule.label or rule.label_id}” of “{column.title}” is {state}; it "
                f"means “{rule.get_meaning_display()}”. Bring it back, or delete its rule."
            )
    found.problems += unsaid(rules, column)
    meant = {rule.meaning for rule in rules.values() if rule.label_id in active}
    if not meant & {Meaning.APPROVE, Meaning.RELEASE, Meaning.POST}:
        found.hints.append(f"No label of “{column.title}” approves, releases or posts anything.")
    silent = [label.text for label in column.labels if label.active and label.id not in rules]
    if silent and rules:
        found.hints.append(
            f"No meaning is given to {listed(silent)} of “{column.title}”: setting "
            f"{'it' if len(silent) == 1 else 'one of them'} does nothing."
        )


def unsaid(rules: Mapping[str, StatusRule], column: Column) -> list[str]:
    """New items need a label, and so does what the ledger refused."""
    meant = Counter(rule.meaning for rule in rules.values())
    needed = (
        (Meaning.PENDING, "that nobody decided yet, which new items get"),
        (Meaning.REFUSED, "that the ledger refused"),
    )
    return [
        f"No label of “{column.title}” means {words}. Say which one does."
        for meaning, words in needed if not meant[meaning]
    ]  # fmt: skip


def look_at_room(board: Board, found: Findings) -> None:
    if board.items_limit and board.items * 100 >= board.items_limit * NEARLY_FULL:
        found.problems.append(
            f"The board has {board.items:,} of the {board.items_limit:,} items that the platform "
            "takes. Archive finished ones; archived items can be restored."
        )


def listed(words: list[str]) -> str:
    quoted = [f"“{word}”" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
