"""Laying out a board: columns and labels made where they are missing, the layout stored.

Everything may be done again: what stands is taken, nothing is made twice, nothing is removed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from connections.boards import BOARDS, STATUS, WATCHED, Board, Column, Label
from connections.companies.asked import asked_by_nobody, seen
from connections.errors import ConnectorError, NeedsPerson, Reason
from connections.models import Connection, Integration
from connections.roles import BoardSystem
from mappings.boards import rules as board_rules
from mappings.boards.check import Findings, check, check_board, findings, listed
from mappings.boards.columns import (
    MAPPED,
    MISSING,
    NEW,
    PROPOSED,
    Row,
    dimensions_of,
    facts_for,
    needed,
    new_id,
    prefix_of,
    survey,
    type_word,
)
from mappings.boards.rules import default_rules
from mappings.boards.vocabulary import DECISION, DIMENSION, LEDGER_STATUSES, POSTING_STATUS, Shown
from mappings.models import BoardLayout, StatusRule

MOST_DIMENSIONS = 6  # of a site with more, none is shown unless somebody wants it


class HalfDone(ConnectorError):
    """Columns were made, then something failed. The layout is as it was."""


@dataclasses.dataclass
class Plan:
    """What a set-up would do, before it does it."""

    columns: dict[str, str] = dataclasses.field(default_factory=dict)  # fact -> id
    new: list[Column] = dataclasses.field(default_factory=list)
    adopted: list[Column] = dataclasses.field(default_factory=list)  # ours, from an earlier try
    labels: list[tuple[Column, list[str]]] = dataclasses.field(default_factory=list)
    dropped: list[Shown] = dataclasses.field(default_factory=list)  # no longer shown
    forgets_rules: bool = False  # they are about another column
    wrong: list[str] = dataclasses.field(default_factory=list)

    def sentences(self, done: bool = False) -> list[str]:
        """What happens when the button is pressed, or what happened."""
        is_, are = ("was", "were") if done else ("will be", "will be")
        said = []
        if self.new:
            titles = listed([column.title for column in self.new])
            many = f"column {is_}" if len(self.new) == 1 else f"columns {are}"
            said.append(f"{len(self.new)} {many} created: {titles}.")
        for column in self.adopted:
            said.append(f"The column “{column.title}” of an earlier set-up {is_} taken.")
        for column, texts in self.labels:
            many = (
                f"Label {listed(texts)} {is_}"
                if len(texts) == 1
                else f"Labels {listed(texts)} {are}"
            )
            said.append(f"{many} added to “{column.title}”.")
        for fact in self.dropped:
            said.append(f"“{fact.title}” is no longer kept up to date; its column stays as it is.")
        if self.forgets_rules:
            said.append(
                f"The meanings of the former approval column's labels {are} dropped, since labels "
                "of another column are other labels."
            )
        return said


@dataclasses.dataclass(frozen=True)
class Prepared:
    """The board as it stands after a set-up, and what was done."""

    board: Board
    created: tuple[str, ...]  # titles
    sentences: tuple[str, ...]

    def column(self, layout: BoardLayout, fact: str) -> Column | None:
        return self.board.column(layout.columns.get(fact, ""))


# -- choosing -------------------------------------------------------------------------------------


def choices_of(rows: Sequence[Row]) -> dict[str, str]:
    """What is chosen unless a person says otherwise: what stands, what fits, else a new column."""
    dimensions = sum(row.fact.name.startswith(DIMENSION) for row in rows)
    return {row.fact.name: choice_of(row, dimensions <= MOST_DIMENSIONS) for row in rows}


def choice_of(row: Row, show_dimensions: bool) -> str:
    if row.state in (MAPPED, PROPOSED):
        return row.column_id
    if row.state == MISSING and row.fact.name.startswith(DIMENSION) and not show_dimensions:
        return ""
    return NEW if row.wrong or row.state == MISSING else ""


def plan(
    board: Board,
    layout: BoardLayout,
    chosen: Mapping[str, str],
    labels: Sequence[str] | None = None,
) -> Plan:
    """What `prepare` would do. `chosen`: fact -> column id, NEW, or "" (leave out, as absent).

    `labels`: what to add to the approval column; None: what it lacks.
    """
    made, before = Plan(), stored(layout)
    same_board = before is not None and before.board_id == board.id
    for fact in facts_for(layout):
        choose(made, board, layout, fact, chosen.get(fact.name, ""))
        if same_board and fact.name in before.columns and fact.name not in made.columns:  # type: ignore[union-attr]
            made.dropped.append(fact)
    twice = {id for id in made.columns.values() if list(made.columns.values()).count(id) > 1}
    for id in sorted(twice):
        titles = [fact.title for fact in facts_for(layout) if made.columns.get(fact.name) == id]
        column = board.column(id)
        made.wrong.append(
            f"The column “{column.title if column else id}” is chosen for {listed(titles)}; each "
            "needs a column of its own."
        )
    if not made.wrong:
        plan_labels(made, board, layout, before if same_board else None, labels)
    return made


def stored(layout: BoardLayout) -> BoardLayout | None:
    """As it stands in the database, whatever the caller changed meanwhile."""
    rows = BoardLayout.objects.filter(integration=layout.integration, kind=layout.kind)
    return rows.first()


def choose(made: Plan, board: Board, layout: BoardLayout, fact: Shown, choice: str) -> None:
    """Put one fact into the plan, or say why not."""
    if choice == NEW:
        taken = made.columns.values()
        id = new_id(board, prefix_of(layout.integration), fact, taken)
        made.columns[fact.name] = id
        stands = board.column(id)
        if stands:
            made.adopted.append(stands)
        else:
            made.new.append(Column(id, fact.title, fact.types[0]))
        return
    if not choice:
        if fact.required:
            made.wrong.append(f"“{fact.title}” is needed: choose a column, or have one created.")
        return
    column = board.column(choice)
    if column is None or column.archived:
        made.wrong.append(f"The column chosen for “{fact.title}” is not on the board any more.")
    elif column.type not in fact.types:
        made.wrong.append(
            f"“{column.title}” is of the type {type_word(column.type)}; “{fact.title}” needs "
            f"{needed(fact)}."
        )
    else:
        made.columns[fact.name] = choice


def plan_labels(
    made: Plan,
    board: Board,
    layout: BoardLayout,
    before: BoardLayout | None,
    wanted: Sequence[str] | None,
) -> None:
    """Labels of the two status columns. `before`: the stored layout, of the same board."""
    status, decision = made.columns[POSTING_STATUS], made.columns[DECISION]
    same_status = before is not None and before.columns.get(POSTING_STATUS) == status
    same_decision = before is not None and before.columns.get(DECISION) == decision
    made.forgets_rules = not same_decision and StatusRule.objects.filter(
        integration=layout.integration, kind=layout.kind
    ).exists()  # fmt: skip
    rules: dict[str, StatusRule] | None = None if same_decision else {}
    new_labels = board_rules.decision_labels(layout.integration)
    texts = {
        status: missing_statuses(board.column(status), before.statuses if same_status else {}),  # type: ignore[union-attr]
        decision: [label.text for label in new_labels],
    }
    if column := board.column(decision):
        texts[decision] = board_rules.missing_labels(layout, column, rules)
    if wanted is not None:
        texts[decision] = not_there(board.column(decision), wanted)
    done = {label.text for label in new_labels if label.done} | {LEDGER_STATUSES["paid"]}
    for id, missing in texts.items():
        if column := board.column(id):
            made.labels += [(column, missing)] * bool(missing)
            continue
        made.new = [with_labels(one, missing, done) if one.id == id else one for one in made.new]


def missing_statuses(column: Column | None, mapped: Mapping[str, str]) -> list[str]:
    """Words of the ledger's statuses without a label; a renamed label keeps its status."""
    active = {label.id for label in column.labels if label.active} if column else set()
    lacking = [text for status, text in LEDGER_STATUSES.items() if mapped.get(status) not in active]
    return not_there(column, lacking)


def not_there(column: Column | None, texts: Iterable[str]) -> list[str]:
    found = {text: column.label(text) if column else None for text in texts}
    return [text for text, label in found.items() if label is None or not label.active]


def with_labels(column: Column, texts: Iterable[str], done: set[str]) -> Column:
    labels = tuple(Label("", text, done=text in done) for text in texts)
    return dataclasses.replace(column, labels=labels)


# -- doing ----------------------------------------------------------------------------------------


def prepare(
    system: BoardSystem,
    layout: BoardLayout,
    chosen: Mapping[str, str],
    about: str,
    labels: Sequence[str] | None = None,
) -> Prepared:
    """Makes what is missing on `layout.board_id`, maps the ledger's statuses, stores the layout.

    Raises NeedsPerson before anything is done when the choice is wrong, HalfDone when columns were
    made and then something failed, else what the platform's client raises. The stored layout
    changes only when all of it succeeded.
    """
    board = system.board(layout.board_id)
    if board.unusable or not board.active:
        raise NeedsPerson(Reason.SETTINGS, board.unusable or f"“{board.name}” is archived.")
    if problem := taken_by(layout, board.id):
        raise NeedsPerson(Reason.SETTINGS, problem)
    made = plan(board, layout, chosen, labels)
    if made.wrong:
        raise NeedsPerson(Reason.SETTINGS, " ".join(made.wrong))
    board = carry_out(system, board, made, about)
    keep(layout, board, made)
    return Prepared(board, tuple(one.title for one in made.new), tuple(made.sentences(done=True)))


def carry_out(system: BoardSystem, board: Board, made: Plan, about: str) -> Board:
    """The board with what was made. Raises HalfDone."""
    columns = {column.id: column for column in board.columns}
    done: list[str] = []
    try:
        for column in made.new:
            said = f"{about}: create the column “{column.title}”"
            columns[column.id] = system.create_column(board.id, column, said)
            done.append(column.title)
        for column, texts in made.labels:
            said = f"{about}: add labels to “{column.title}”"
            columns[column.id] = system.ensure_labels(board.id, column.id, texts, said)
    except ConnectorError as error:
        if not done:
            raise
        raise HalfDone(
            f"{listed(done)} {'was' if len(done) == 1 else 'were'} created on the board. Then: "
            f"{error.sentence} The layout was not changed. Try again later: what is there already "
            "is taken, nothing is created twice."
        ) from error
    return dataclasses.replace(board, columns=tuple(columns.values()))


@transaction.atomic
def keep(layout: BoardLayout, board: Board, made: Plan) -> None:
    """Store the layout, and what follows from it. One at a time for an integration."""
    Integration.objects.select_for_update().only("pk").get(pk=layout.integration_id)
    before = stored(layout)
    same_board = before is not None and before.board_id == board.id
    old = before.columns.get(POSTING_STATUS) if before and same_board else None
    kept = before.statuses if before and old == made.columns[POSTING_STATUS] else {}
    if before is not None:
        layout.pk, layout._state.adding = before.pk, False
    layout.board_id, layout.board_name, layout.board_url = board.id, board.name[:255], board.url
    layout.columns = made.columns
    layout.statuses = statuses_of(board.column(made.columns[POSTING_STATUS]), kept)
    if made.forgets_rules:
        StatusRule.objects.filter(integration=layout.integration, kind=layout.kind).delete()
    layout.save()
    check_board(layout, board)
    keep_boards(layout.integration.project_system)


def statuses_of(column: Column | None, kept: Mapping[str, str]) -> dict[str, str]:
    """The ledger's status -> label id. What is mapped and still there stays, whatever its words."""
    if column is None or column.type != STATUS:
        return {}
    active = {label.id for label in column.labels if label.active}
    found = {status: id for status, id in kept.items() if id in active}
    for status, text in LEDGER_STATUSES.items():
        label = column.label(text)
        if status not in found and label is not None and label.active:
            found[status] = label.id
    return found


def taken_by(layout: BoardLayout, board_id: str) -> str:
    """Who shows something else on this board already, in a sentence; empty: nobody."""
    with asked_by_nobody():
        rows = BoardLayout.objects.select_related("integration").filter(
            board_id=board_id, integration__project_system=layout.integration.project_system_id
        )
        others = list(rows)
    known = seen()
    for other in others:
        if (other.integration_id, other.kind) != (layout.integration_id, layout.kind):
            named = known is None or other.integration_id in known
            whose = other.integration if named else "another integration"
            return f"This board shows the {other.get_kind_display().lower()} of {whose}."
    return ""


@asked_by_nobody()
@transaction.atomic
def keep_boards(connection: Connection) -> None:
    """The setting by which notices are wanted: the boards of all layouts of this connection."""
    rows = BoardLayout.objects.filter(integration__project_system=connection)
    layouts = list(rows.order_by("pk"))
    said = {
        BOARDS: ",".join(dict.fromkeys(row.board_id for row in layouts)),
        WATCHED: ",".join(f"{row.board_id}:{id}" for row in layouts for id in peoples(row)),
    }
    locked = Connection.objects.select_for_update().only("settings").get(pk=connection.pk)
    if any(locked.settings.get(name, "") != text for name, text in said.items()):
        locked.settings = {**locked.settings, **said}
        Connection.objects.filter(pk=connection.pk).update(settings=locked.settings)
    connection.settings = locked.settings


def peoples(layout: BoardLayout) -> list[str]:
    """Columns in which people decide: the approval, and dimensions."""
    return [
        str(id) for fact, id in layout.columns.items()
        if fact == DECISION or fact.startswith(DIMENSION)
    ]  # fmt: skip


__all__ = [
    "Findings", "HalfDone", "Plan", "Prepared", "check", "check_board", "choices_of",
    "default_rules", "dimensions_of", "findings", "keep_boards", "plan", "prepare", "survey",
]  # fmt: skip
