"""What the labels of the approval column mean: proposals from their words, and the stored rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.db import transaction

from connections.boards import Column, Label
from connections.documents import DECISIONS, REJECT, RELEASE, REOPEN, DecisionWay
from connections.models import Integration
from connections.registry import VENDORS
from mappings.models import BoardLayout, StatusRule

Meaning = StatusRule.Meaning
ONCE = (Meaning.PENDING, Meaning.REFUSED)
PENDING_WORDS = ("pending", "waiting", "review", "undecided", "new", "to do", "to approve")
REFUSED_WORDS = ("refused",)
REJECT_WORDS = ("rejected", "reject", "declined", "decline", "denied", "disapproved",
                "not approved")  # fmt: skip
REOPEN_WORDS = ("reopen", "reopened", "re-open", "re-opened")
RELEASE_WORDS = ("release", "released")
APPROVE_WORDS = ("approved", "approve", "accepted", "ok")
PENDING_LABEL, APPROVED_LABEL, REJECTED_LABEL = "Pending review", "Approved", "Rejected"
LONGEST_LABEL = 30  # characters of a label of ours, few enough for any platform


def refused_label(integration: Integration) -> str:
    """Names the ledger as people do: “Refused by NAV”."""
    name = VENDORS[integration.ledger.vendor].label
    name = re.sub(r"^(Microsoft )?(Dynamics )?(365 )?", "", name)
    label = f"Refused by {name}"
    return label if len(label) <= LONGEST_LABEL else "Refused by the ledger"


def decision_labels(integration: Integration) -> tuple[Label, ...]:
    """Of an approval column that is made new; their ids come from the platform."""
    texts = (PENDING_LABEL, APPROVED_LABEL, REJECTED_LABEL, refused_label(integration))
    return tuple(Label("", text, done=text == APPROVED_LABEL) for text in texts)


def approving(ways: Sequence[DecisionWay]) -> str:
    """What an approval does: releases where a way can, else it is noted as approved."""
    can = {decision for way in ways if way.available for decision in way.decisions}
    return Meaning.RELEASE if RELEASE in can else Meaning.APPROVE


def rejecting(ways: Sequence[DecisionWay]) -> str:
    """What a rejection does; a ledger that only releases and reopens is told to reopen."""
    can = {decision for way in ways if way.available for decision in way.decisions}
    return Meaning.REOPEN if REOPEN in can and REJECT not in can else Meaning.REJECT


def meaning_of(text: str, ways: Sequence[DecisionWay] = ()) -> str:
    """What a label says by its words; empty where nothing is clear."""
    words = (
        (REFUSED_WORDS, Meaning.REFUSED), (REJECT_WORDS, rejecting(ways)),
        (REOPEN_WORDS, Meaning.REOPEN), (PENDING_WORDS, Meaning.PENDING),
        (RELEASE_WORDS, Meaning.RELEASE), (APPROVE_WORDS, approving(ways)),
    )  # fmt: skip
    for known, meaning in words:
        if any(re.search(rf"\b{re.escape(word)}\b", text.casefold()) for word in known):
            return str(meaning)
    return ""


def stored_rules(layout: BoardLayout) -> dict[str, StatusRule]:
    """By label id."""
    rows = StatusRule.objects.filter(integration=layout.integration, kind=layout.kind)
    return {row.label_id: row for row in rows}


def proposals(
    layout: BoardLayout,
    labels: Iterable[Label],
    ways: Sequence[DecisionWay] = (),
    rules: dict[str, StatusRule] | None = None,
) -> dict[str, str]:
    """Text of a label without a rule -> what it seems to mean. Pending and refused only once."""
    rules = stored_rules(layout) if rules is None else rules
    used = {rule.meaning for rule in rules.values()}
    found = {}
    for label in labels:
        if not label.active or label.id in rules or not (meaning := meaning_of(label.text, ways)):
            continue
        if meaning in ONCE and meaning in used:
            continue
        used.add(meaning)
        found[label.text] = meaning
    return found


def default_rules(
    layout: BoardLayout, column: Column, ways: Sequence[DecisionWay] = ()
) -> list[StatusRule]:
    """Stores a rule for each label that has none and whose words are clear; returns the new ones.

    Rows that stand are left as people made them. Safe to call twice.
    """
    proposed = proposals(layout, column.labels, ways)
    rows = [
        StatusRule(
            integration=layout.integration, kind=layout.kind, label_id=label.id, label=label.text,
            meaning=proposed[label.text],
        )
        for label in column.labels
        if label.active and label.text in proposed
    ]  # fmt: skip
    with transaction.atomic():
        for row in rows:
            row.save()
    return rows


def missing_labels(
    layout: BoardLayout, column: Column, rules: dict[str, StatusRule] | None = None
) -> list[str]:
    """Of an approval column that exists: what nobody gave a meaning and no label seems to mean.

    `rules`: those of this very column; none are read from the table then.
    """
    active = {label.id for label in column.labels if label.active}
    rules = stored_rules(layout) if rules is None else rules
    rules = {id: rule for id, rule in rules.items() if id in active}
    said = {rule.meaning for rule in rules.values()}
    said |= set(proposals(layout, column.labels, rules=rules).values())
    wanted = (
        (PENDING_LABEL, {Meaning.PENDING}),
        (APPROVED_LABEL, {Meaning.APPROVE, Meaning.RELEASE, Meaning.POST}),
        (REJECTED_LABEL, {Meaning.REJECT, Meaning.REOPEN}),
        (refused_label(layout.integration), {Meaning.REFUSED}),
    )  # fmt: skip
    return [text for text, meanings in wanted if not said & meanings]


def ways_for(meaning: str, ways: Iterable[DecisionWay]) -> list[DecisionWay]:
    """Those that can carry this decision, the ledger's order (best first) kept."""
    return [way for way in ways if meaning in DECISIONS and meaning in way.decisions]
