"""Undoing an import: what it would do to each row, and doing it, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import transaction

from connections.models import Integration
from mappings.boards.journal import PERSON, journal_of
from mappings.models import Mapping
from mappings.pages.history import differences_of
from mappings.undo.effects import Effects
from mappings.undo.rows import Act, Step, Table
from mappings.undo.taken_file import TakenFile

SHOWN = 200  # rows that the page shows of each kind
DOES = (Act.REMOVE, Act.PUT_BACK, Act.RESTORE)
VERBS = ("import", "change", "delete")
Report = Callable[[int, int], None]


def may(user: Any, table: str) -> bool:
    """Undoing imports, changes and deletes."""
    return all(user.has_perm(f"mappings.{verb}_{table}") for verb in VERBS)


def silent(done: int, rows: int) -> None:
    """Nobody waits for it."""


# -- before it is done ----------------------------------------------------------------------------


def preview(taken: TakenFile, report: Report = silent) -> dict[str, Any]:
    """What undoing would do, as the page shows it; JSON. Changes nothing."""
    table, tally, done = Table(taken.table), Counter[str](), 0
    effects, rows, changed = Effects(table), list[Any](), list[Any]()
    names = dict(Integration.objects.values_list("pk", "name"))
    for steps in table.steps(taken.context):
        for step in steps:
            act = step.act
            tally[act.value] += 1
            if act in DOES:
                effects.plan(step)
            if act in DOES and len(rows) < SHOWN:
                rows.append([act.value, act.label, *shown(table, step, names)])
            elif act in (Act.CHANGED, Act.UNTOLD) and len(changed) < SHOWN:
                changed.append(told_of_change(table, step, names))
        report(done := done + len(steps), taken.touched)
    return {
        "counts": {act.value: tally[act.value] for act in Act},
        "does": sum(tally[act.value] for act in DOES),
        "left": tally[Act.CHANGED.value] + tally[Act.UNTOLD.value],
        "rows": rows, "changed": changed, "said": effects.sentences(),
    }  # fmt: skip


def shown(table: Table, step: Step, names: dict[int, str]) -> tuple[str, Any]:
    """The row in its own words, and (field, as it is now, as it would be) of what differs."""
    values = step.before if step.before is not None else step.now or step.after
    assert values is not None  # noqa: S101 -- one of the three there is
    about = str(table.row(values, step.target))
    return about, differences_of(table.model, table.names, step.now, step.before, names)


def told_of_change(table: Table, step: Step, names: dict[int, str]) -> dict[str, Any]:
    about, cells = shown(table, step, names)
    forced = step.forced if step.told else Act.UNTOLD
    return {
        "value": step.seen, "about": about, "cells": cells, "why": why(table, step),
        "act": forced.label if forced in DOES else "",
    }  # fmt: skip


def why(table: Table, step: Step) -> str:
    if not step.told:
        return "The history does not say what it was before."
    if step.now is None:
        return "Another row stands in its place now." if step.other else "It was removed since."
    if step.other and step.before and table.named(step.now) == table.named(step.before):
        return "Another row counts now on one of the days on which it did."
    if step.other:
        return "It stands for something else now, and another row for what it stood for."
    return "It was changed since."


# -- doing it -------------------------------------------------------------------------------------


def undo(
    taken: TakenFile, user: AbstractUser, chosen: Collection[str], report: Report = silent,
    *, resumed: bool = False,
) -> list[str]:  # fmt: skip
    """All or nothing, and once: who comes second changes nothing. Returns what is to be said.

    `chosen`: of rows that were changed since, those that are undone all the same, as they were
    seen. `resumed`: for a worker that died. Raises IntegrityError where somebody makes the same
    row meanwhile.
    """
    name = user.get_username()
    with pghistory.context(user=user.pk, undone=taken.file) as history, transaction.atomic():
        row = TakenFile.objects.select_for_update(of=("self",)).get(pk=taken.pk)
        made = TakenFile.objects.filter(undoes=row).first()
        if made is None:
            tally = put_back(row, chosen, report)
            made = remember(row, name, tally, history.id)
    first = resumed or made.context == history.id
    said = [told(made) if first else f"It was undone by {made.by} already."]
    return said + Effects.of(made).carry(name, f"The import of “{taken.file}” was undone")


def put_back(taken: TakenFile, chosen: Collection[str], report: Report) -> Counter[str]:
    table, tally, done = Table(taken.table), Counter[str](), 0
    with table.together():
        for steps in table.steps(taken.context, lock=True):
            acts = [(step, act_of(step, chosen)) for step in steps]
            tally.update(act.value for _, act in acts)
            write(table, acts)
            report(done := done + len(steps), taken.touched)
    return tally


def act_of(step: Step, chosen: Collection[str]) -> Act:
    wanted = step.act is Act.CHANGED and step.seen in chosen
    return step.forced if wanted else step.act


def write(table: Table, acts: list[tuple[Step, Act]]) -> None:
    """By a statement per kind; the history sees each row of it."""
    rows: Any = table.model._default_manager
    gone = [step.target for step, act in acts if act is Act.REMOVE]
    rows.filter(pk__in=gone).delete()
    rows.bulk_create(
        instances(table, acts, Act.PUT_BACK), update_conflicts=True, unique_fields=["id"],
        update_fields=[*table.names, "updated_at"],
    )  # fmt: skip
    rows.bulk_create(instances(table, acts, Act.RESTORE))


def instances(table: Table, acts: list[tuple[Step, Act]], wanted: Act) -> list[Mapping]:
    return [
        table.row(step.before, step.target)
        for step, act in acts if act is wanted and step.before is not None
    ]  # fmt: skip


def remember(row: TakenFile, name: str, tally: Counter[str], context: Any) -> TakenFile:
    """The undo is a change of many rows as the import was, and may be undone as that."""
    made = TakenFile.objects.create(
        table=row.table, file=row.file, sha256=row.sha256, by=name, about=row.about,
        key=row.key, context=context, undoes=row, new=tally[Act.RESTORE.value],
        changed=tally[Act.PUT_BACK.value], removed=tally[Act.REMOVE.value],
        same=tally[Act.SAME.value], left=tally[Act.CHANGED.value] + tally[Act.UNTOLD.value],
    )  # fmt: skip
    facts = {
        "file": row.file, "sha256": row.sha256, "table": row.table, "import": row.pk,
        "removed": made.removed, "changed": made.changed, "restored": made.new,
        "same": made.same, "left": made.left,
    }  # fmt: skip
    plural = Table(row.table).model._meta.verbose_name_plural
    said = f"The import of “{row.file}” into {plural} was undone: {counted(made)}"
    journal_of(row.key, name).append(PERSON, said, facts)
    return made


def told(made: TakenFile) -> str:
    return f"Undone: {counted(made)}"


def counted(made: TakenFile) -> str:
    left = f", {made.left:,} left as they are" if made.left else ""
    return f"{made.removed:,} removed, {made.changed:,} put back, {made.new:,} restored{left}."
