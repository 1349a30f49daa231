"""The ledger's accounts or dimension values as cost codes of projects, before a document needs one.

Who made a code owns its name: one that people typed is adopted as it is, one that we made follows
the ledger. Nothing is deleted. A poll costs no request: both sides are compared by what is known.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, ClassVar

from django.utils import timezone

from audit.models import Entry
from connections.documents import CostCode, Hint
from connections.errors import (
    NeedsPerson,
    NotForOtherSide,
    NoTry,
    Reason,
    Refused,
    RetryLater,
    Words,
)
from connections.registry import Ability
from connections.transport.days import today
from mappings.models import CostCodeMapping
from mappings.reference import Reference
from mappings.validity import on
from syncs.coding import code_rules
from syncs.coding.code_rules import Chart, Planned, tidy
from syncs.coding.shapes import Code
from syncs.flow import Context, Flow, Scope, project_scopes
from syncs.ingest.noting import note_all, pend
from syncs.models import FlowSettings, Record, State
from syncs.pipelines.engine import ending, in_hand
from syncs.pipelines.write import Intent, review, write_again

Kind = Reference.Kind
CodeRule = FlowSettings.CodeRule
WAIT = dt.timedelta(minutes=5)
WHY = "Its project has the cost code now."
LEFT_OUT = "left out"  # stamp of a code that the rule does not name any more


class CodeFlow(Flow):
    """One record for each project and code. A leaf says by which rules finance may choose."""

    by_project = True
    documents = links = False
    source = "ledger"
    batch = 200
    needs_project = frozenset({Ability.PROJECT_BOOKS})
    kind: ClassVar[str]  # of the ledger's reference rows that become codes

    @property
    def heeds(self) -> frozenset[str]:
        return super().heeds | {"projects"}

    def lacks(self, settings: FlowSettings) -> str:
        return code_rules.problem(settings)

    def outlook(self, context: Context) -> str:
        return self.lacks(context.settings)

    def scopes(self, context: Context) -> list[Scope]:
        return project_scopes(context)

    # -- what is to stand --------------------------------------------------------------------------

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """From the reference data. What left it is named as long as we know it."""
        chart = self.chart(context)
        if self.lacks(context.settings) or self.is_empty(chart):
            return
        plan = self.plan(context, chart, scope.number)
        known = self.known(context, scope)
        for code, row in plan.items():
            if not row.why_not or code in known:
                yield hint(scope, code, row.proof)
        for code in known - plan.keys():
            yield hint(scope, code, LEFT_OUT)

    def chart(self, context: Context) -> Chart:
        """Read once for a batch."""
        found: Chart | None = context.__dict__.get("_chart")
        if found is None:
            found = context.__dict__["_chart"] = self.read(context)
        return found

    def read(self, context: Context) -> Chart:
        both = context.integration
        rows = Reference.objects.filter(connection=both.ledger, kind=self.kind)
        accounts = list(rows) if self.kind == Kind.ACCOUNT else []
        known = Reference.objects.filter(
            connection=both.project_system, kind=Kind.COST_CODE, gone_at=None
        )
        return Chart(
            accounts, [] if accounts else list(rows),
            list(CostCodeMapping.objects.filter(on(today()), integration=both)), list(known),
        )  # fmt: skip

    def is_empty(self, chart: Chart) -> bool:
        """A ledger that tells nothing at all did not retire everything."""
        return all(row.gone_at for row in [*chart.accounts, *chart.values])

    def plan(self, context: Context, chart: Chart, project: str) -> dict[str, Planned]:
        return code_rules.plan(chart, context.settings, project)

    def known(self, context: Context, scope: Scope) -> set[str]:
        rows = Record.objects.filter(
            integration=context.integration, flow=self.name, scope=scope.id, revision=1
        )
        return set(rows.values_list("number", flat=True))

    # -- bringing it there -------------------------------------------------------------------------

    def carry(self, context: Context, records: list[Record]) -> None:
        if said := self.lacks(context.settings):
            refuse(context, records, NeedsPerson(Reason.SETTINGS, said))
            return
        if self.is_empty(self.chart(context)):
            raise NoTry(
                f"It waits for the master data of {context.integration.ledger}: none was read yet.",
                timezone.now() + WAIT,
            )
        projects = {scope.id: scope for scope in project_scopes(context)}
        by_project: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            by_project[record.scope].append(record)
        for project_id, group in by_project.items():
            self.project(context, projects.get(project_id), group)

    def project(self, context: Context, scope: Scope | None, records: list[Record]) -> None:
        """One read, one write for all that differ, one read back."""
        if scope is None:
            words = "Its project is closed, or not among those that finance chose for this flow."
            refuse(context, records, NotForOtherSide(words))
            return
        context.about(None)
        try:
            there = standing(context, scope)
        except (Refused, NeedsPerson) as error:
            refuse(context, records, error)
            return
        plan = self.plan(context, self.chart(context), scope.number)
        jobs = []
        for record in records:
            with ending(in_hand(context, record)):
                if job := prepare(context, scope, record, plan, there):
                    jobs.append(job)
        if jobs:
            send(context, scope, jobs)

    # -- both sides --------------------------------------------------------------------------------

    def reconcile(self, context: Context) -> dict[str, Any]:
        """What the ledger has against what each project shows; one read for a project."""
        counts = {"ledger": 0, "project system": 0, "noted": 0, "sent_again": 0}
        for scope in self.scopes(context):
            hints = list(self.changes(context, scope, None, timezone.now()))
            counts["noted"] += note_all(context.integration, self.name, hints, "reconciliation")
            if hints:
                there = standing(context, scope)
                counts["ledger"] += len(hints)
                counts["project system"] += sum(one.number.upper() in there for one in hints)
                counts["sent_again"] += self.compare(context, scope, there)
        return counts

    def compare(self, context: Context, scope: Scope, there: dict[str, CostCode]) -> int:
        """Posted by our word, and the project shows it otherwise or not at all."""
        rows = Record.objects.filter(
            integration=context.integration, flow=self.name, scope=scope.id, state=State.POSTED
        )
        lost = [row.pk for row in rows.iterator() if differs(row, there.get(row.number.upper()))]
        return pend(lost, "The project does not show it as it was sent.", self.batch)


@dataclasses.dataclass(frozen=True)
class Job:
    """One record in hand, and the code as it is to stand."""

    record: Record
    row: Planned
    code: CostCode  # with an id: it stands under another name

    @property
    def intent(self) -> Intent:
        record, row = self.record, self.row
        entry = Code(row.code, row.name, record.project, row.stands_for)
        words = f"cost code {row.code} {row.name} in project {record.project}"
        return Intent(entry, row.proof, words=words)


def hint(scope: Scope, code: str, stamp: str) -> Hint:
    return Hint(f"{scope.id}|{code}", scope.id, number=code, stamp=stamp)


def standing(context: Context, scope: Scope) -> dict[str, CostCode]:
    """The project's codes, by code in capitals."""
    return {one.code.upper(): one for one in context.project_system.cost_codes(scope.id)}


def refuse(context: Context, records: list[Record], error: Exception) -> None:
    for record in records:
        with ending(in_hand(context, record)):
            raise error


def differs(record: Record, there: CostCode | None) -> bool:
    return there is None or (there.ours and tidy(there.name) != record.title)


def prepare(
    context: Context, scope: Scope, record: Record, plan: dict[str, Planned],
    there: dict[str, CostCode],
) -> Job | None:  # fmt: skip
    """What is to be written, or None when the record reached a state."""
    code = record.number
    row, stands = plan.get(code), there.get(code.upper())
    record.keep(project=scope.number, project_name=scope.name)
    if row is None or row.why_not:
        raise left(record, row, stands, scope)
    source = {"stands for": row.stands_for, "name": row.name}
    record.keep(title=row.name[:500], digest=row.proof, source=source)
    if stands is None or (stands.ours and tidy(stands.name) != row.name):
        wanted = CostCode(stands.id if stands else "", code, row.name, scope.id)
        job = Job(record, row, wanted)
        review(context, record, job.intent)
        return job
    finish(context, scope, record, row, stands)
    return None


def left(record: Record, row: Planned | None, stands: CostCode | None, scope: Scope) -> Exception:
    """Never silent once a project has it from us; what people made is theirs."""
    code = record.number
    if row is None:
        return NotForOtherSide(
            f"The rule of this flow does not name {code} any more. What stands in project "
            f"{scope.number} stays as it is."
        )
    fact = f"{row.stands_for[:1].upper()}{row.stands_for[1:]} {row.why_not}."
    if stands is None or not stands.ours:
        return NotForOtherSide(f"{fact} Project {scope.number} has no cost code {code} of ours.")
    record.keep(digest=hashlib.sha256(f"gone {row.proof}".encode()).hexdigest())
    if record.difference_accepted:
        return NotForOtherSide(f"{fact} A person accepted that cost code {code} stays.")
    return NeedsPerson(
        Reason.DELETED_AT_SOURCE,
        f"{fact} Cost code {code} still stands in project {scope.number}, where no service can "
        "take it off the list: set its budget codes to inactive there (Admin, Work Breakdown "
        "Structure, Budget Code Usage), then accept.",
    )


def send(context: Context, scope: Scope, jobs: list[Job]) -> None:
    """Safe to repeat: origin ids keep the codes single, so a lost answer is simply sent again."""
    context.about(None)
    codes = [job.code for job in jobs]
    more = f" and {len(codes) - 3} more" if len(codes) > 3 else ""
    named = ", ".join(one.code for one in codes[:3]) + more
    with ExitStack() as gates:
        for job in jobs:
            gates.enter_context(write_again(context, job.record, job.intent))
        about = f"Cost codes {named} in project {scope.number}"
        refused = context.project_books.align_cost_codes(scope.id, codes, about)
    there = standing(context, scope)
    for job in jobs:
        with ending(in_hand(context, job.record)):
            settle(context, scope, job, there, refused)


def settle(
    context: Context, scope: Scope, job: Job, there: dict[str, CostCode], refused: dict[str, str]
) -> None:
    """Posted only when the project shows the code as it was sent."""
    code, words = job.row.code, refused.get(job.row.code)
    if words is not None:
        raise NeedsPerson.in_words(
            Words(context.integration.project_system.vendor, "", words),
            Reason.REFUSED,
            f"Project {scope.number} did not take cost code {code}: {words}. Mend what it names, "
            "or make the code there by hand; then replay.",
        )
    stands = there.get(code.upper())
    if stands is None:
        raise RetryLater(f"Project {scope.number} does not show the cost code {code} yet.")
    if tidy(stands.name) != job.row.name:
        raise NeedsPerson(
            Reason.DIFFERS,
            f"Project {scope.number} shows {code} as “{stands.name}”, not as “{job.row.name}”.",
        )
    finish(context, scope, job.record, job.row, stands)


def finish(context: Context, scope: Scope, record: Record, row: Planned, stands: CostCode) -> None:
    record.journal().append(
        Entry.Kind.READ_BACK, f"Project {scope.number} has {stands.code} {stands.name}."
    )
    know(context, scope, stands)
    theirs = "" if stands.ours else " It stood there already and is left as people made it"
    name = f"; the ledger calls it “{row.name}”" if theirs and tidy(stands.name) != row.name else ""
    record.finish(
        f"{stands.code} is a cost code of project {scope.number} for {row.stands_for}."
        + (f"{theirs}{name}." if theirs else ""),
        posted_digest=row.proof, destination_kind="cost_code", destination_id=stands.id,
        destination_number=stands.code, destination_status="posted",
    )  # fmt: skip
    let_go(context, scope, stands.code)


def know(context: Context, scope: Scope, stands: CostCode) -> None:
    """The reference data need not wait for its next refresh."""
    Reference.objects.update_or_create(
        connection=context.integration.project_system, kind=Kind.COST_CODE, parent=scope.id,
        code=stands.code,
        defaults={"name": stands.name, "remote_id": stands.id, "seen_at": timezone.now(),
                  "gone_at": None},
    )  # fmt: skip


def let_go(context: Context, scope: Scope, code: str) -> int:
    """Documents that were held because it lacked the code go on; one that cannot says so again."""
    rows = Record.objects.filter(
        integration=context.integration, state=State.HELD, project__in=["", scope.number],
        problems__contains=[{"reason": Reason.COST_CODE, "value": code}],
    )  # fmt: skip
    return pend(list(rows.values_list("pk", flat=True)), WHY)
