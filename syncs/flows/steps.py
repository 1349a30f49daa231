"""Set-up steps that documents rest on: which flow brings what one lacks, said and waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from connections.errors import Reason
from mappings.releases import Wanted
from syncs.coding.to_ledger import Problem
from syncs.flow import Context, Flow
from syncs.ingest.noting import pend
from syncs.models import FlowSettings, Record
from syncs.reconciliation import releases
from syncs.registry import flows_of

WHY = "The ledger has now what it waited for."


class Step(Flow):
    """A flow that brings what documents of the same integration may lack."""

    brings: ClassVar[Reason]
    verb: ClassVar[str] = "makes"

    def covers(self, context: Context, facts: dict[str, str]) -> bool:
        """Whether it is this flow's to bring what a problem names."""
        raise NotImplementedError


def named(context: Context, problems: list[Problem]) -> list[Problem]:
    """The same problems; one that another flow will solve says which."""
    return [_named(context, problem) for problem in problems]


def _named(context: Context, problem: Problem) -> Problem:
    steps = [flow for flow in flows_of(context.integration).values() if isinstance(flow, Step)]
    for flow in steps:
        if flow.brings == problem.reason and flow.covers(context, problem.facts):
            words = f"{problem.sentence} {_says(flow, context.settings_of(flow.name))}"
            return Problem(problem.reason, words, {**problem.facts, "step": flow.name})
    return problem


def _says(flow: Step, settings: FlowSettings) -> str:
    if why := settings.idle:
        return f"The flow “{flow.label}” {flow.verb} it, and is {why}: this waits until it runs."
    return f"The flow “{flow.label}” {flow.verb} it; this one follows by itself."


def let_go(context: Context, wanted: list[Wanted]) -> int:
    """What was held for one of these goes on. Returns how many records."""
    found = releases.waiting(context.integration, wanted)
    return pend([record.pk for record, _ in found], WHY)


def go_on(context: Context, flow: Step, stands: Callable[[dict[str, str]], bool]) -> int:
    """What waited for this step and does not need it any more: the ledger has it by now."""
    rows = releases.held(context.integration).filter(problems__contains=[{"step": flow.name}])
    due = [row.pk for row in rows.iterator(chunk_size=1000) if all(map(stands, of(row, flow)))]
    return pend(due, WHY)


def of(record: Record, flow: Step) -> list[dict[str, str]]:
    return [problem for problem in record.problems if problem.get("step") == flow.name]
