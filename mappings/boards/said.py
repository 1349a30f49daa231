"""Storing what a person said of a board's labels."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from connections.boards import Column
from mappings.boards.forms import SHORT, Said
from mappings.boards.rules import ONCE, stored_rules
from mappings.models import BoardLayout, StatusRule

Meaning = StatusRule.Meaning


@transaction.atomic
def keep_said(layout: BoardLayout, column: Column, said: Sequence[Said]) -> list[str]:
    """Brings the rules to what was said; a label without a meaning loses its rule.

    Returns a sentence per change. Labels that are not on the column (any more) are passed over.
    """
    rules = stored_rules(layout)
    wanted = {id: one for one in said if (id := label_id(column, one))}
    give_way(rules, wanted)
    changes = []
    for id, one in sorted(wanted.items(), key=lambda pair: pair[1].meaning in ONCE):
        rule = rules.get(id)
        if not one.meaning and rule:
            rule.delete()
            changes.append(f"“{rule.label or id}” means nothing any more.")
        elif one.meaning and differs(rule, one):
            rule = rule or StatusRule(integration=layout.integration, kind=layout.kind, label_id=id)
            rule.label, rule.meaning, rule.way = one.text[:60], one.meaning, one.way
            rule.save()
            changes.append(f"“{rule.label}” means: {SHORT[Meaning(rule.meaning)]}.")
    return changes


def label_id(column: Column, one: Said) -> str:
    """By its id; a label that was just added is known by its text."""
    if one.id:
        return one.id if any(label.id == one.id for label in column.labels) else ""
    label = column.label(one.text)
    return label.id if label else ""


def differs(rule: StatusRule | None, one: Said) -> bool:
    return rule is None or (rule.meaning, rule.way, rule.label) != (
        one.meaning, one.way, one.text[:60],
    )  # fmt: skip


def give_way(rules: dict[str, StatusRule], wanted: dict[str, Said]) -> None:
    """A meaning that only one label may have moves: the label that has it lets go first."""
    for id, rule in rules.items():
        moves = any(one.meaning == rule.meaning for other, one in wanted.items() if other != id)
        if rule.meaning in ONCE and moves:
            rule.meaning = Meaning.NOTHING
            rule.save(update_fields=["meaning"])
