"""Dimension values that people name on a board and the ledger does not have.

The item says so. Where finance lets this flow run and the ledger's services can, the value is made
there, once; what waited for it goes on.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

from connections.documents import Hint
from connections.errors import NotForOtherSide, Reason
from connections.registry import Ability
from mappings.reference import Reference
from mappings.releases import Wanted
from syncs.coding.shapes import Value
from syncs.coding.to_board import SEPARATOR, code_of
from syncs.coding.to_ledger import Problem
from syncs.flow import Context, Flow, Scope
from syncs.flows import steps
from syncs.flows.alignment import make_value, value_stands
from syncs.flows.steps import Step
from syncs.ingest.noting import note_all, pend
from syncs.models import Record, State
from syncs.pipelines.engine import ending, in_hand
from syncs.registry import flows_of
from syncs.worklist.care import TO_APPROVE

# What is held for one of these was not refused by the ledger.
GATES = (*TO_APPROVE, Reason.SENT_BACK, Reason.SHADOW)
CAME = "The ledger has its value now."


class NewValueFlow(Step):
    """A record for each value. What no item names any more by then is not made."""

    batch = 50
    brings = Reason.DIMENSION
    needs_project = frozenset({Ability.BOARDS})
    needs_ledger = frozenset({Ability.DECISIONS, Ability.MASTERS})

    def covers(self, context: Context, facts: dict[str, str]) -> bool:
        return bool(facts.get("typed") and facts.get("value"))

    def refusal(self, context: Context, facts: dict[str, str]) -> str:
        """Why it cannot be made, in a sentence."""
        code, longest = facts["value"], context.master_ledger.longest_value
        if len(code) > longest:
            return (
                f"It begins with a code of {len(code)} characters, and one takes {longest} there: "
                "choose or type a shorter one."
            )
        rows = Record.objects.filter(
            integration=context.integration, flow=self.name, source_id=key_of(facts),
            state=State.HELD,
        ).exclude(reason__in=GATES)  # fmt: skip
        return rows.values_list("sentence", flat=True).first() or ""

    def scopes(self, context: Context) -> list[Scope]:
        return [Scope()]

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Those that held decisions name, by our own records: no request."""
        for key, (facts, stamp) in self.named(context).items():
            yield Hint(key, number=facts["value"], stamp=stamp)

    def named(self, context: Context) -> dict[str, tuple[dict[str, str], str]]:
        """By key: the problem that names it first, and a digest of who does so since when."""
        rows = Record.objects.filter(
            integration=context.integration, state=State.HELD,
            problems__contains=[{"step": self.name}],
        ).order_by("pk")  # fmt: skip
        found: dict[str, tuple[dict[str, str], str]] = {}
        for row in rows.only("problems", "changed_at"):
            for facts in steps.of(row, self):
                first, stamp = found.get(key_of(facts), (facts, ""))
                said = f"{stamp} {row.pk} {row.changed_at}".encode()
                found[key_of(facts)] = first, hashlib.sha256(said).hexdigest()
        return found

    def watch(self, context: Context) -> int:
        """What people made in the ledger themselves."""
        rows = Record.objects.filter(
            integration=context.integration, flow=self.name, state=State.HELD
        )
        come = [row.pk for row in rows if stands(context, *split(row))]
        return pend(come, CAME)

    def carry(self, context: Context, records: list[Record]) -> None:
        named = self.named(context)
        for record in records:
            with ending(in_hand(context, record)):
                facts, _ = named.get(record.source_id, ({}, ""))
                self.align(context, record, facts.get("typed", ""))
            if record.state == State.HELD and record.reason not in GATES:
                dimension, code = split(record)  # whoever named it says so, too
                steps.let_go(context, [Wanted.of("dimension", dimension=dimension, value=code)])

    def align(self, context: Context, record: Record, typed: str) -> None:
        """In the ledger, unless it stands there."""
        dimension, code = split(record)
        name = typed.partition(SEPARATOR)[2].strip() or record.title or code_of(typed)
        record.keep(number=code, title=name)
        if not stands(context, dimension, code):
            if not typed and record.in_doubt_since is None:
                raise NotForOtherSide("No item names it any more: it is not made.")
            make_value(context, record, Value(dimension, code, name))
        value_stands(context, record, dimension, code)

    def reconcile(self, context: Context) -> dict[str, Any]:
        hints = list(self.changes(context, Scope(), None, dt.datetime.now(dt.UTC)))
        return {"noted": note_all(context.integration, self.name, hints, "reconciliation")}


def key_of(facts: dict[str, str]) -> str:
    return f"{facts['dimension']}|{facts['value']}"


def split(record: Record) -> tuple[str, str]:
    dimension, _, code = record.source_id.partition("|")
    return dimension, code


def stands(context: Context, dimension: str, code: str) -> bool:
    values = context.book.references(Reference.Kind.DIMENSION_VALUE)
    return any(parent == dimension and one.upper() == code for parent, one in values)


# -- of the flow that lacks one ------------------------------------------------------------------


def told(context: Context, problems: list[Problem]) -> list[Problem]:
    """The same problems, in words that say who makes what the ledger lacks."""
    return [_told(context, one) if one.facts.get("value") else one for one in problems]


def _told(context: Context, problem: Problem) -> Problem:
    why = context.decidable_ledger.why_no_new_value(problem.facts["dimension"])
    flows = [flow for flow in flows_of(context.integration).values()
             if isinstance(flow, NewValueFlow)]  # fmt: skip
    for flow in flows:
        why = why or flow.refusal(context, problem.facts)
    if why:
        return Problem(problem.reason, f"{problem.sentence} {why}", problem.facts)
    return steps.named(context, [problem])[0]


def go_on(context: Context, flow: Flow) -> int:
    """Decisions that were held for a value which the ledger has by now. Returns how many."""
    rows = Record.objects.filter(
        integration=context.integration, flow=flow.name, state=State.HELD, reason=Reason.DIMENSION
    )
    due = [row.pk for row in rows if any(came(context, facts) for facts in row.problems)]
    return pend(due, CAME)


def came(context: Context, facts: dict[str, str]) -> bool:
    value = facts.get("value", "") if facts.get("typed") else ""
    return bool(value) and stands(context, facts["dimension"], value)
