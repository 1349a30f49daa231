"""What billings take off commitments: as the project system bills, and on the memo accounts.

What was committed and what was freed are documents of their own, told as all others. What is still
to come is the sum of the three.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from connections.documents import RELIEF, Document
from syncs.balance import causes
from syncs.balance.causes import Why
from syncs.balance.documents import Told
from syncs.balance.rows import Cause, CellPart
from syncs.flows.relief import turned
from syncs.models import Record, State

OVER = (
    "It bills more than stands committed on its cost codes: the rest is taken off when a change "
    "order is booked."
)


@dataclasses.dataclass
class Billed(Told):
    """A billing as it counts against its commitment; `relief`: the records that take it off."""

    relief: Sequence[Record] = ()

    @classmethod
    def of(cls, told: Told, relief: Sequence[Record]) -> Billed | None:
        """None for a document that bills no commitment."""
        bills = told.document is not None and bool(told.document.contract_id)
        facts = told.unapproved, told.without_effect
        return cls(told.family, told.terms, RELIEF, *facts, relief) if bills or relief else None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.document, self.stood = relieving(self.document), relieving(self.stood)
        self.standing = [row for row in self.relief if causes.counts(row)]

    def parts(self) -> list[CellPart]:
        """One for each place, and its cause is the billing's or that of its relief."""
        return [self.explained(part) for part in super().parts()]

    def explained(self, part: CellPart) -> CellPart:
        part.flow = self.relief[0].flow if self.relief else part.flow
        if part.cause and part.cause != Cause.PERIOD:
            part.cause, part.why = self.why()
        return part

    def why(self) -> Why:
        if not self.record.posted_digest or self.record.state != State.POSTED:
            return self.cause()
        if not self.relief:
            return Why(Cause.NOT_SENT, "What it takes off its commitment is not worked out yet.")
        why = causes.of(self.relief)
        return Why(Cause.WAITING, OVER) if why.cause == Cause.UNEXPLAINED else why


def relieving(billing: Document | None) -> Document | None:
    """With its lines turned, gross of retainage and net of tax."""
    return turned(billing) if billing else None
