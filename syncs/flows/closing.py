"""What a closed contract never billed, which is taken off the memo accounts.

An order that is closed or a subcontract that is terminated bills no more: what is left of it on the
memo accounts is not to come. By the rule that finance chose it stays there, or is freed, or is
freed once a person approves: journal lines of the other sign, by cost code and type. They follow
what stands: a billing that comes late, or a contract that is opened again, gets its part back.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import ClassVar

from django.db.models import Q

from connections.documents import (
    CLOSING,
    COUNTS,
    ENDED,
    NO_EFFECT,
    ZERO,
    Document,
    Hint,
    Line,
    LineCode,
    Party,
    Project,
    spelled,
)
from connections.errors import NotFound
from connections.transport.days import today
from syncs.coding.shapes import source_document
from syncs.flow import Context, Scope
from syncs.flows.documents import CONTRACTS, DocumentFlow
from syncs.flows.memo import Amounts, OnMemo, amounts
from syncs.flows.relief import ReliefFlow
from syncs.flows.waiting import MOVING, waits
from syncs.models import FlowSettings, Record, State
from syncs.pipelines.posted import DELETED
from syncs.record import RecordQuerySet
from syncs.registry import flows_of
from syncs.worklist.care import LEFT

Rule = FlowSettings.ClosedRule
UNDECIDED = (*MOVING, State.HELD)
OVER = (COUNTS, ENDED, NO_EFFECT)  # a billing that was skipped in one of these comes no more


@dataclasses.dataclass(frozen=True)
class Contract:
    """As its source shows it now."""

    id: str
    number: str
    status: str
    stage: str
    vendor: Party
    project: Project
    url: str = ""

    @property
    def ended(self) -> bool:
        return self.stage == ENDED


class ClosingFlow(OnMemo):
    """A leaf names the flows of the contracts, or none where the source alone knows them."""

    kind = CLOSING
    approved = ()
    billings: ClassVar[str] = ""

    @property
    def heeds(self) -> frozenset[str]:
        return super().heeds | {"when_closed"}

    # -- what changed -----------------------------------------------------------------------------

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Contracts that ended, and those of which something was freed, where anything moved."""
        rows = Record.objects.filter(integration=context.integration, scope=scope.id, revision=1)
        mine = rows.filter(flow=self.name)
        rule = context.settings.when_closed
        asked = mine.exclude(source_stamp__startswith=rule) if since else mine
        ids = set(asked.values_list("source_id", flat=True))
        ids |= self.moved(rows.filter(changed_at__gte=since) if since else rows)
        ids |= self.touched(context, scope, since, until)
        known = set(mine.filter(source_id__in=ids).values_list("source_id", flat=True))
        for contract_id in sorted(ids):
            contract = self.contract(context, scope.id, contract_id)
            ended = contract is not None and contract.ended
            if contract_id in known or (ended and self.on_memo_now(context, scope, contract_id)):
                stamp = f"{rule} {self.proof(context, scope.id, contract_id, contract)}"
                number = contract.number if contract else ""
                yield Hint(contract_id, scope.id, number=number, stamp=stamp[:64])

    def moved(self, rows: RecordQuerySet) -> set[str]:
        """The contracts of these records: themselves, their changes, billings and reliefs."""
        found: set[str] = set()
        others = (*self.change_orders, self.billings, self.reliefs)
        for row in rows.filter(flow__in=(*self.commitments, *others)).iterator(chunk_size=1000):
            kept = row.standing_source or row.source
            its = row.source_id if row.flow in self.commitments else kept.get("contract_id")
            found.add(str(its or ""))
        return found - {""}

    def touched(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> set[str]:
        """Contracts that no flow of ours reads: those that stand on memo accounts by changes."""
        if self.commitments:
            return set()
        listed = {
            hint.source_id
            for kind in CONTRACTS
            for hint in context.project_system.changes(kind, scope.id, since, until)
        }
        return {one for one in listed if self.on_memo_now(context, scope, one)}

    def on_memo_now(self, context: Context, scope: Scope, contract_id: str) -> bool:
        return self.committed(context, scope.id, contract_id).exists()

    def proof(
        self, context: Context, scope: str, contract_id: str, contract: Contract | None
    ) -> str:
        """Of what decides: another one is news."""
        left = sorted(self.rest(context, scope, contract_id).items())
        other = self.unsettled(context, scope, contract_id)
        said = f"{contract and contract.stage} {left} {other and (other.pk, other.state)}"
        return hashlib.sha256(said.encode()).hexdigest()

    # -- the document -----------------------------------------------------------------------------

    def document(self, context: Context, scope: str, source_id: str) -> Document:
        """What is to be freed of the contract in all, as lines that are negative."""
        contract = self.contract(context, scope, source_id)
        if contract is None:
            raise waits("What became of its contract in the source has to be known first.", None)
        rest = self.rest(context, scope, source_id)
        if not contract.ended or context.settings.when_closed == Rule.KEEP:
            rest = {}
        own = list(self.family(context, scope, source_id))
        self.check_settled(context, scope, contract, rest, own)
        lines = tuple(freed(key, amount, self.names(context, scope, source_id))
                      for key, amount in sorted(rest.items()) if amount)  # fmt: skip
        return Document(
            kind=self.kind, id=source_id, number=contract.number,
            title=f"Never billed of {contract.number}", status=contract.status, stage=COUNTS,
            project=contract.project, vendor=contract.vendor, date=day_of(lines, own), currency="",
            lines=lines, total=sum((line.amount for line in lines), ZERO), contract_id=source_id,
            contract_number=contract.number, url=contract.url,
        )  # fmt: skip

    def check_settled(
        self, context: Context, scope: str, contract: Contract, rest: Amounts, own: list[Record]
    ) -> None:
        """Raises while more would be freed than is surely left. Giving back waits for nobody."""
        stands = amounts(own[:1])
        if not any(amount + stands[key] > 0 for key, amount in rest.items()):
            return
        if other := self.unsettled(context, scope, contract.id):
            raise waits(
                f"{contract.number} is “{spelled(contract.status)}”. What it never billed is freed "
                f"after {other} ({other.state_shown.lower()}) is settled. It follows by itself.",
                other,
            )

    def family(self, context: Context, scope: str, source_id: str) -> Iterable[Record]:
        rows = Record.objects.filter(
            integration=context.integration, flow=self.name, scope=scope, source_id=source_id
        )
        return rows.order_by("revision")

    def rest(self, context: Context, scope: str, contract_id: str) -> Amounts:
        """By code, what stands committed less what was billed of it."""
        reliefs = self.relieved(context, scope).filter(standing_source__contract_id=contract_id)
        standing = reliefs.exclude(destination_status__in=LEFT)
        found = amounts([*self.committed(context, scope, contract_id), *standing])
        return {key: amount for key, amount in found.items() if amount}

    def names(self, context: Context, scope: str, contract_id: str) -> dict[str, str]:
        """Of the cost codes."""
        rows = [source_document(row.standing_source)
                for row in self.committed(context, scope, contract_id)]  # fmt: skip
        lines = [line for document in rows if document for line in document.lines]
        return {line.cost_code: line.cost_code_name for line in lines}

    def contract(self, context: Context, scope: str, contract_id: str) -> Contract | None:
        if not self.commitments:
            return in_source(context, scope, contract_id)
        row = self.commitment(context, contract_id)
        seen = source_document(row.source) if row else None
        if row is None or seen is None:
            return None
        flow = flows_of(context.integration)[row.flow]
        stage = flow.stage_of(row) if isinstance(flow, DocumentFlow) else ""
        return Contract(
            contract_id, row.number, row.source_status, stage, seen.vendor, seen.project,
            row.source_url,
        )  # fmt: skip

    # -- what has to be settled first -------------------------------------------------------------

    def unsettled(self, context: Context, scope: str, contract_id: str) -> Record | None:
        """What may still change what is left: the contract, a change, a billing or its relief."""
        rows = Record.objects.filter(integration=context.integration, scope=scope, revision=1)
        contract = Q(flow__in=self.commitments, source_id=contract_id)
        of_it = Q(source__contract_id=contract_id) | Q(standing_source__contract_id=contract_id)
        changes = Q(flow__in=self.change_orders) & of_it
        if other := rows.filter(contract | changes, state__in=UNDECIDED).first():
            return other
        unread = Q(source={}, state__in=MOVING)  # of any contract, perhaps of this one
        billings = rows.filter(Q(flow=self.billings) & (of_it | unread)).order_by("pk")
        for billing in billings:
            if other := self.undecided(context, billing):
                return other
        return None

    def undecided(self, context: Context, billing: Record) -> Record | None:
        """The billing while it may still come, or its relief while it is on its way."""
        flow = flows_of(context.integration)[billing.flow]
        left_out = billing.state == State.SKIPPED and billing.source_status != DELETED
        if left_out and isinstance(flow, DocumentFlow) and flow.stage_of(billing) not in OVER:
            return billing
        if billing.state in UNDECIDED or billing.destination_status == "draft":
            return billing
        relief = flows_of(context.integration)[self.reliefs]
        settings = context.settings_of(self.reliefs)
        if not billing.posted_digest or not settings.enabled or not isinstance(relief, ReliefFlow):
            return None
        row = relief.record_of(context, billing)
        if row is None:
            return billing
        waits_in_vain = row.state == State.HELD and not relief.may_move(context, row)
        return None if row.state not in UNDECIDED or waits_in_vain else row

    def is_ready(self, context: Context, row: Record) -> bool:
        return self.unsettled(context, row.scope, row.source_id) is None

    # -- rules ------------------------------------------------------------------------------------

    def skip_rule(self, context: Context, document: Document) -> str:
        if rule := super().skip_rule(context, document):
            return rule
        if document.lines:
            return ""
        contract = self.contract(context, document.project.id, document.id)
        said = f"{document.number} is “{spelled(document.status)}”"
        if contract is None or not contract.ended:
            return f"{said} in the source: nothing is freed."
        rest = sum(self.rest(context, document.project.id, document.id).values(), ZERO)
        if rest and context.settings.when_closed == Rule.KEEP:
            return f"{said} with {rest:,.2f} never billed. Finance keeps that on the memo accounts."
        return f"{said}, and nothing is left of it to free."

    def asks(self, context: Context, document: Document, first: bool, worth: Decimal) -> str:
        """Of freeing, where finance chose so; nobody is asked about giving back."""
        if context.settings.when_closed != Rule.HOLD or not (first or worth < 0):
            return ""
        said = f"{document.number} is “{spelled(document.status)}”"
        return (
            f"{said} with {-worth:,.2f} never billed. A second person "
            "has to approve that it is freed; set it aside to keep it on the memo accounts."
        )


def freed(key: LineCode, amount: Decimal, names: dict[str, str]) -> Line:
    code, cost_type, segments = key
    others = (f"{name} {item}" for name, item in segments)
    return Line(
        id=" ".join((code, cost_type, *others)).strip(), description="Never billed", amount=-amount,
        cost_code=code, cost_code_name=names.get(code, ""), cost_type=cost_type,
        segments=segments,
    )  # fmt: skip


def day_of(lines: tuple[Line, ...], own: list[Record]) -> dt.date:
    """The day on which exactly this was to be freed for the first time; today when it is news."""
    for row in reversed(own):
        kept = source_document(row.source)
        if kept and kept.lines == lines and kept.date:
            return kept.date
    return today()


def in_source(context: Context, scope: str, contract_id: str) -> Contract | None:
    """Of a contract that no flow of ours reads; None when it is not there any more."""
    for kind in CONTRACTS:
        try:
            found = context.project_system.document(kind, scope, contract_id)
        except NotFound:
            continue
        return Contract(
            contract_id, found.number, found.status, found.stage, found.vendor, found.project,
            found.url,
        )  # fmt: skip
    return None
